# SPDX-License-Identifier: Apache-2.0
"""What the grammars share: picking by a source of random numbers, values, and the shape of a program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

HEAD = """\
def t(f, *a):
    try:
        print(ascii(f(*a)))
    except Exception as e:
        print(type(e).__name__, e)

"""


class Maker:
    """Picks by `random` and collects lines."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.lines: list[str] = []

    def one(self, items: Sequence[str]) -> str:
        return items[self.random.randrange(len(items))]

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def some(self, make: Callable[[], str], least: int, most: int) -> list[str]:
        return [make() for _ in range(self.random.randrange(least, most + 1))]

    def program(self, steps: int, step: Callable[[], str]) -> str:
        self.lines += [f"t(lambda: {step()})" for _ in range(steps)]
        return HEAD + "\n".join(self.lines) + "\n"

    # --- values
    def integer(self) -> str:
        return self.one(
            ["0", "1", "2", "-1", "3", "7", "-5", "10", "255", "True", "2**31", "-(2**63)", "10**20", "None"]
        )

    def small(self) -> str:
        return self.one(["0", "1", "2", "3", "-1", "-2", "5", "9", "-9", "None", "True"])

    def floating(self) -> str:
        return self.one(
            ["0.0", "1.5", "-2.25", "1e20", "-0.0", "0.1", "float('inf')", "float('nan')", "123456.789", "1e-7"]
        )

    def text(self) -> str:
        letters = [
            "a",
            "b",
            "A",
            "Z",
            " ",
            "1",
            "9",
            "-",
            "+",
            ".",
            "_",
            "\\n",
            "\\t",
            "é",
            "ß",
            "Ω",
            "\U0001f600",
            "ab",
            "aba",
        ]
        return '"' + "".join(self.some(lambda: self.one(letters), 0, 5)) + '"'

    def octets(self) -> str:
        letters = ["a", "b", "A", " ", "1", "-", "+", "\\n", "\\t", "\\x00", "\\xff", "ab", "aba"]
        return 'b"' + "".join(self.some(lambda: self.one(letters), 0, 5)) + '"'

    def slice(self) -> str:
        parts = [self.one(["", self.small()]) for _ in range(self.random.randrange(2, 4))]
        return ":".join(parts)
