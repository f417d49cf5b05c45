# SPDX-License-Identifier: Apache-2.0
"""A template's YAML, node by node: each knows its place, and mistakes are collected instead of ending the reading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from vmrig_server.customvm.mistakes import Mistake, near
from vmrig_server.customvm.template import Plain

_SHOWN = 40
_DEPTH = 4


@dataclass(slots=True)
class Mistakes:
    """Those found so far."""

    found: list[Mistake] = field(default_factory=list)
    budget: int = 4096
    """Values that `plain` may still take: aliases make many of few."""

    def add(
        self, at: Node, code: str, sentence: str, allowed: str = "", *, subject: str = "", warning: bool = False
    ) -> None:
        self.found.append(Mistake(at.line, at.column, code, subject or at.name, sentence, allowed, warning))


@dataclass(frozen=True, slots=True)
class Node:
    """A value in the template."""

    value: object
    line: int
    column: int
    name: str
    """What it is the value of."""
    key_line: int = 0
    key_column: int = 0

    @property
    def key(self) -> Node:
        """The key that it stands behind."""
        return Node(self.name, self.key_line or self.line, self.key_column or self.column, self.name)


def kind_of(value: object) -> str:
    """What a YAML value is, in words."""
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    if value is None:
        return "nothing"
    if isinstance(value, int):
        return f"the number {int(value)}" if abs(value) < 1 << 64 else "a huge number"
    if isinstance(value, str):
        return f"the text '{shown(value)}'"
    if isinstance(value, CommentedMap):
        return "a mapping"
    if isinstance(value, CommentedSeq):
        return "a list"
    return f"the {type(value).__name__.removeprefix('Scalar').lower()} {shown(value)}"


def shown(value: object) -> str:
    """A value as a sentence can hold it."""
    text = "".join(c if c.isprintable() else "?" for c in str(value))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def entries(node: Node, mistakes: Mistakes, what: str) -> Iterator[tuple[str, Node]]:
    """The keys and values of a mapping; another value is a mistake. `what`: for the sentence."""
    if node.value is None:
        return
    if not isinstance(node.value, CommentedMap):
        mistakes.add(node, "TYPE_WRONG", f"{node.name} is {kind_of(node.value)}", what)
        return
    for key, value in node.value.items():
        try:
            line, column = node.value.lc.value(key)
            key_line, key_column = node.value.lc.key(key)
        except (KeyError, TypeError):  # merged in from elsewhere with <<
            line, column, key_line, key_column = node.line - 1, node.column - 1, node.line - 1, node.column - 1
        if value is None:  # nothing stands behind the key: YAML's place of it is where the next line begins
            line, column = key_line, key_column
        name = str(key) if isinstance(key, str) else shown(key)
        child = Node(value, line + 1, column + 1, name, key_line + 1, key_column + 1)
        if isinstance(key, str):
            yield key, child
        else:
            mistakes.add(child.key, "KEY_UNKNOWN", f"{kind_of(key)} is a key of {node.name}", "keys that are text")


def items(node: Node) -> list[Node] | None:
    """The entries of a list; None: it is none."""
    if not isinstance(node.value, CommentedSeq):
        return None
    found = []
    for index, value in enumerate(node.value):
        try:
            line, column = node.value.lc.item(index)
        except (KeyError, TypeError):
            line, column = node.line - 1, node.column - 1
        found.append(Node(value, line + 1, column + 1, node.name, node.key_line, node.key_column))
    return found


def text(node: Node, mistakes: Mistakes, what: str = "text") -> str | None:
    """A text; None: it is something else, which is a mistake."""
    if isinstance(node.value, str):
        return str(node.value)
    mistakes.add(node, "TYPE_WRONG", f"{node.name} is {kind_of(node.value)}", what)
    return None


def number(node: Node, mistakes: Mistakes, least: int, most: int, what: str = "") -> int | None:
    """A whole number in a range; None: it is something else, which is a mistake."""
    allowed = what or f"{least} to {most}"
    if isinstance(node.value, bool) or not isinstance(node.value, int):
        mistakes.add(node, "TYPE_WRONG", f"{node.name} is {kind_of(node.value)}", f"a whole number, {allowed}")
    elif not least <= node.value <= most:
        mistakes.add(node, "OUT_OF_RANGE", f"{node.name} is {shown(int(node.value))}", allowed)
    else:
        return int(node.value)
    return None


def truth(node: Node, mistakes: Mistakes) -> bool | None:
    """true or false; None: it is something else, which is a mistake."""
    if isinstance(node.value, bool):
        return node.value
    mistakes.add(node, "TYPE_WRONG", f"{node.name} is {kind_of(node.value)}", "true or false")
    return None


def unknown(node: Node, mistakes: Mistakes, known: list[str], where: str) -> None:
    """A key that nobody knows."""
    sentence = f"{where} has no '{shown(node.name)}'{near(node.name, known)}"
    mistakes.add(node.key, "KEY_UNKNOWN", sentence, ", ".join(known))


def plain(node: Node, mistakes: Mistakes, depth: int = 0) -> Plain:
    """A value of plain data as it is: text, numbers, truth values, lists and mappings of them, not many and not deep."""
    value = node.value
    mistakes.budget -= 1
    if value is None or isinstance(value, (bool, str)):
        return value if value is None or isinstance(value, bool) else str(value)
    if isinstance(value, int) and abs(value) < 1 << 63:
        return int(value)
    if isinstance(value, (CommentedMap, CommentedSeq)) and depth < _DEPTH and len(value) <= mistakes.budget:
        if isinstance(value, CommentedSeq):
            return [plain(entry, mistakes, depth + 1) for entry in items(node) or ()]
        return {key: plain(entry, mistakes, depth + 1) for key, entry in entries(node, mistakes, "a mapping")}
    allowed = f"text, whole numbers, true, false, and lists and mappings of them, {_DEPTH} deep, not many"
    mistakes.add(node, "TYPE_WRONG", f"{node.name} is {kind_of(value)}", allowed)
    return None


def sections_of(node: Node, known: list[str], mistakes: Mistakes, where: str) -> dict[str, Node]:
    """The values of a mapping by key; keys that nobody knows are mistakes."""
    found = {}
    for key, value in entries(node, mistakes, "a mapping of keys to values"):
        if key in known:
            found[key] = value
        else:
            unknown(value, mistakes, known, where)
    return found
