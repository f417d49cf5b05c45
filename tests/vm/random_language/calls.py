# SPDX-License-Identifier: Apache-2.0
"""Functions of all kinds of parameters, called with all kinds of arguments."""

from __future__ import annotations

from .maker import Maker


class Calls(Maker):
    names = ("a", "b", "c", "d", "e")

    def signature(self) -> str:
        names = list(self.names[: self.random.randrange(0, 5)])
        cut = self.random.randrange(len(names) + 1)
        plain, only = names[:cut], names[cut:]
        parts: list[str] = []
        defaulted = False
        posonly = self.random.randrange(len(plain) + 1) if plain and self.chance(25) else 0
        for i, name in enumerate(plain):
            defaulted = defaulted or self.chance(30)
            parts.append(f"{name}={self.one(['10', 'None', '[]', '(1, 2)'])}" if defaulted else name)
            if i + 1 == posonly:
                parts.append("/")
        star = self.chance(35)
        if star:
            parts.append("*rest")
        elif only:
            parts.append("*")
        parts += [f"{name}={i}" if self.chance(50) else name for i, name in enumerate(only)]
        keywords = self.chance(30)
        if keywords:
            parts.append("**more")
        shown = [*names, *(["rest"] if star else []), *(["sorted(more.items())"] if keywords else [])]
        return f"({', '.join(parts)}): return ({', '.join([*shown, '0'])})"

    def arguments(self) -> str:
        parts = self.some(lambda: self.one(["1", "'x'", "[2]", "None"]), 0, 4)
        if self.chance(30):
            parts.insert(
                self.random.randrange(len(parts) + 1),
                "*" + self.one(["[]", "(7, 8)", "'pq'", "range(2)", "(y for y in 'g')", "5"]),
            )
        used: set[str] = set()
        for _ in range(self.random.randrange(0, 3)):
            name = self.one([*self.names, "z"])
            if name not in used:
                used.add(name)
                parts.append(f"{name}={self.one(['1', 'None'])}")
        if self.chance(25):
            parts.append("**" + self.one(["{}", "{'a': 5}", "{'z': 6, 'b': 7}", "dict(c=1)", "{'e': 0, 'd': 1}"]))
        return ", ".join(parts)

    def make(self) -> str:
        count = self.random.randrange(2, 5)
        for i in range(count):
            form = self.one(["def", "def", "method", "class", "static", "lambda"])
            signature = self.signature()
            if form == "def":
                self.lines.append(f"def f{i}{signature}")
            elif form == "lambda":
                head, _, result = signature.partition("): return ")
                self.lines.append(f"f{i} = lambda {head[1:]}: {result}")
            else:
                receiver = {"method": "self", "class": "cls", "static": ""}[form]
                decorator = {"method": "", "class": "    @classmethod\n", "static": "    @staticmethod\n"}[form]
                rest = signature[1:]
                comma = ", " if receiver and not rest.startswith(")") else ""
                self.lines.append(
                    f"class C{i}:\n{decorator}    def f({receiver}{comma}{rest}\nf{i} = {self.one([f'C{i}()', f'C{i}'])}.f"
                )
        return self.program(20, lambda: f"f{self.random.randrange(count)}({self.arguments()})")
