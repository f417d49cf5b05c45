# SPDX-License-Identifier: Apache-2.0
"""Whether an exception that was just raised will be caught: by the code of the handlers around the calls, which is read and not run.

A handler's range says little: a `finally`, a `with` and an `except` for other classes have one, too. The compiler's code tells them apart
(blocks.py): an except clause loads its class and asks EXCMATCH, and what does not catch ends in RERAISE of the exception's register.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..asm import JUMPS
from ..isa import extension_count, signed
from ..tables import tables
from .inspector import Inspector
from .lines import Lines
from .protocol import Frame, Value

_STEPS = 4000
"""Instructions that are looked at for one handler; behind so many it counts as one that catches."""
Known = dict[int, "str | Value | bool"]
"""Registers of which something is known: the name of a builtin, a value, the result of EXCMATCH."""


class Handlers:
    """Of one program that stands at a raise."""

    def __init__(self, lines: Lines, inspector: Inspector) -> None:
        self._view = lines.view
        self._inspector = inspector
        self._globals: dict[str, Value] | None = None
        self._classes: list[object] = []

    async def catch(self, exception: Value, frames: Sequence[Frame]) -> bool:
        """Whether one of the frames' handlers catches it for good; what cannot be known counts as caught."""
        self._globals = None
        self._classes = await self._ancestors(await self._inspector.class_of(exception))
        for frame in frames:
            at: int | None = frame.word
            while at is not None:
                handler = self._around(frame.function, at)
                if handler is None:
                    break
                target, register = handler
                at = await self._passed_on(frame.function, target, register)
                if at is None:
                    return True
        return False

    def _around(self, function: int, at: int) -> tuple[int, int] | None:
        """The first handler of a word, as the VM finds it; a range that is its own target only notes what is being handled."""
        for start, end, target, register in self._view.handlers(function):
            if start <= at < end and start != target:
                return target, register
        return None

    async def _passed_on(self, function: int, target: int, register: int) -> int | None:
        """The word at which the handler raises the exception again, on all its ways; None: it catches it."""
        opcodes, words = tables().opcodes, self._view.words(function)
        pending: list[tuple[int, Known]] = [(target, {})]
        seen: set[int] = set()
        passed: int | None = None
        while pending:
            at, known = pending.pop()
            while at not in seen:
                seen.add(at)
                if at >= len(words) or len(seen) > _STEPS:
                    return None
                word = words[at]
                op, a, b, c = opcodes[word & 255], word >> 8 & 255, word >> 16 & 255, word >> 24
                following = at + 1 + extension_count(op, word)
                if op.name == "RERAISE" and a == register:
                    passed = at
                    break
                if op.name in ("RET", "RETN", "RAISE", "RAISEF", "RERAISE"):
                    return None
                if op.name in JUMPS:
                    jump = following + _distance(op.format, word)
                    truth = known.get(a) if op.name in ("JT", "JF") else None
                    if op.name == "JMP":
                        at = jump
                        continue
                    if isinstance(truth, bool):
                        at = jump if truth is (op.name == "JT") else following
                        continue
                    if op.name == "JT" and words[following] & 255 == tables().by_name["RERAISE"].number:
                        at = following  # what __exit__ answers: None, but for few
                        continue
                    pending.append((jump, dict(known)))
                elif op.name == "LOADX":
                    known[a] = self._view.natives[word >> 16]
                elif op.name == "GETG":
                    found = await self._global(word >> 16)
                    known.pop(a, None)
                    if found is not None:
                        known[a] = found
                elif op.name == "EXCMATCH":
                    found_match = await self._matches(known.get(c)) if b == register else None
                    if found_match is None:
                        return None
                    known[a] = found_match
                elif op.name == "MOVE" and b in known:
                    known[a] = known[b]
                else:
                    known.pop(a, None)
                at = following
        return passed

    async def _global(self, number: int) -> Value | None:
        if self._globals is None:
            self._globals = {str(m.place[1]): m.value for m in await self._inspector.globals() if m.place is not None}
        return self._globals.get(str(number))

    async def _matches(self, wanted: str | Value | bool | None) -> bool | None:
        """What EXCMATCH answers for a class or a tuple of classes; None: it is not known."""
        if isinstance(wanted, str):
            return wanted.removeprefix("builtins.") in self._classes
        if not isinstance(wanted, Value):
            return None
        if wanted.type == self._inspector.tuple_type:
            answers = [await self._matches(m.value) for m in await self._inspector.members(wanted)]
            return True if True in answers else None if None in answers else False
        builtin = self._inspector.builtin_name(wanted)
        return builtin in self._classes if builtin else wanted.raw in self._classes

    async def _ancestors(self, class_: Value | None) -> list[object]:
        """A class and those that it is derived from: references of the program's classes, names of builtin ones."""
        found: list[object] = []
        pending = [class_] if class_ is not None else []
        while pending:
            at = pending.pop()
            builtin = self._inspector.builtin_name(at)
            if builtin:
                found += _builtin_line(builtin)
            elif at.is_object:
                found.append(at.raw)
                pending += await self._inspector.bases(at)
        return found


def _builtin_line(name: str) -> list[object]:
    natives = tables().natives
    found: list[object] = []
    dotted: object = name if "." in name else f"builtins.{name}"
    while isinstance(dotted, str) and dotted in natives:
        found.append(dotted.removeprefix("builtins."))
        dotted = natives[dotted].value
    return found


def _distance(form: str, word: int) -> int:
    """Of a jump, from the word behind it."""
    if form in ("AS", "S"):
        return signed(word >> 16, 16)
    return signed(word >> 24 if form == "ABs" else word >> 16 & 255, 8)
