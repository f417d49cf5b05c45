# SPDX-License-Identifier: Apache-2.0
"""The last word of a line that is being typed, completed by what the session and its VM have."""

from __future__ import annotations

from .test_repl import session

LINES = [
    "import math, time as clock",
    "from collections import deque as queue_of_two_ends",
    "zebra = 1",
    "class Zoo:\n    animals = 3\n    def feed(self):\n        return self.animals\n",
    "zoo = Zoo()",
    "zoo.friend = zoo",
]


COMPLETED: list[tuple[str, list[str]]] = [
    ("import mat", ["math"]),
    ("import sys, dataclass", ["dataclasses"]),
    ("from collectio", ["collections"]),
    ("from math import log", ["log", "log10", "log1p", "log2"]),
    ("from dataclasses import field, data", ["dataclass"]),
    ("from nowhere import x", []),
    ("x = math.sqr", ["math.sqrt"]),
    ("clock.sleep", ["clock.sleep", "clock.sleep_ms", "clock.sleep_us"]),
    ("zeb", ["zebra"]),
    ("print(zoo.fee", ["zoo.feed"]),
    ("zoo.friend.friend.a", ["zoo.friend.friend.animals"]),
    ("queue_of", ["queue_of_two_ends"]),
    ("whi", ["while"]),
    ("isinst", ["isinstance"]),
    ("zoo.feed().rea", []),
    ("nothing.of.the.kin", []),
    ("(zebra - ", []),
    ("zoo.__ini", ["zoo.__init__", "zoo.__init_subclass__"]),
    ("__rep", []),
]


async def test_a_word_is_completed_by_what_there_is() -> None:
    async with session() as (repl, said):
        for line in LINES:
            assert await repl.run(line) == ""
        assert [(text, await repl.complete(text)) for text, _ in COMPLETED] == COMPLETED
        assert said == []


async def test_to_complete_leaves_the_last_value_and_hides_what_begins_with_an_underscore() -> None:
    async with session() as (repl, said):
        await repl.run("'ab'")
        found = await repl.complete("_.")
        assert "_.upper" in found and not any(word.startswith("_.__") for word in found)
        await repl.run("_")
        assert b"".join(said) == b"'ab'\n'ab'\n"
