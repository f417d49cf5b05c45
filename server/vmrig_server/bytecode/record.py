# SPDX-License-Identifier: Apache-2.0
"""Recording a run on the host's VM, and replaying it exactly.

Between two answers from outside a VM does the same in every run, threads included. So a recording holds what the program's clock, pins and
peripherals answered, in order, each with the number of VM instructions at which it was asked. A replay gives those answers, whatever the time
is, and ends with an error where the program asks for something else than it did.

A recording is text: a line of JSON about the run, then one [instructions, what, answer] a line.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

from .errors import HostRunError
from .peripherals import BoardReset

VERSION = 1
STOP = "stop"
_PLAIN = frozenset({"watchdog_us", "next_us"})  # what is read, not called


class EndOfRecording(Exception):
    """The recorded run was ended here from outside."""


def _encode(value: Any) -> Any:
    return {"hex": value.hex()} if isinstance(value, (bytes, bytearray)) else value


def _decode(value: Any) -> Any:
    if isinstance(value, dict) and "reset" in value:
        reason, cause, wake_us = value["reset"]
        raise BoardReset(reason, cause, wake_us)
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value


def _check_number(value: Any, most: int, may_be_none: bool) -> None:
    if not (value is None and may_be_none) and not (isinstance(value, int) and abs(value) <= most):
        raise ValueError("no number of 64 bits")


class _Outside:
    """Stands for the clock, the pins or the peripherals of a run."""

    def __init__(self, answer: Callable[[str, tuple[Any, ...]], Any], part: str) -> None:
        self._answer = answer
        self._part = part

    def __getattr__(self, name: str) -> Any:
        answer, what = self._answer, f"{self._part}.{name}"
        return answer(what, ()) if name in _PLAIN else lambda *args: answer(what, args)


class Session(ABC):
    """Base of both: what a run is given in place of its own clock, pins and peripherals."""

    def __init__(self) -> None:
        self.instructions: Callable[[], int] = lambda: 0
        self.clock: Any = _Outside(self.answer, "clock")
        self.gpio: Any = _Outside(self.answer, "gpio")
        self.peripherals: Any = _Outside(self.answer, "peripherals")

    @abstractmethod
    def answer(self, what: str, args: tuple[Any, ...]) -> Any:
        """What the part of the outside says."""

    @abstractmethod
    def stopped(self, stop: bool) -> bool:
        """Whether the run ends here, from outside."""


class Recorder(Session):
    """Writes lines to `sink` while the run goes on; `parts` are its own ones, by name."""

    def __init__(
        self, sink: Callable[[bytes], None], about: dict[str, Any], flash: bytes, parts: dict[str, Any]
    ) -> None:
        super().__init__()
        self._sink, self._parts = sink, parts
        packed = base64.b64encode(zlib.compress(flash)).decode()
        self._line({"vmrig-recording": VERSION, **about, "flash": packed})

    def _line(self, content: Any) -> None:
        self._sink(json.dumps(content, separators=(",", ":")).encode() + b"\n")

    def answer(self, what: str, args: tuple[Any, ...]) -> Any:
        """The real one's answer, noted down."""
        part, _, name = what.partition(".")
        member = getattr(self._parts[part], name)
        if name.startswith("wait"):
            return member(*args)  # no answer: time passes
        try:
            value = member if name in _PLAIN else member(*args)
        except BoardReset as told:
            self._line([self.instructions(), what, {"reset": [str(told), told.cause, told.wake_us]}])
            raise
        self._line([self.instructions(), what, _encode(value)])
        return value

    def stopped(self, stop: bool) -> bool:
        """The caller's wish, noted down when it is to stop."""
        if stop:
            self._line([self.instructions(), STOP, True])
        return stop


class Replayer(Session):
    """Answers as the recording says."""

    def __init__(self, recording: bytes, image: bytes) -> None:
        super().__init__()
        lines = recording.splitlines()
        try:
            self.about: dict[str, Any] = json.loads(lines[0])
            version = self.about["vmrig-recording"]
            self.flash = bytearray(zlib.decompress(base64.b64decode(self.about["flash"])))
            self.program, self.uid = str(self.about["program"]), bytes.fromhex(self.about["uid"])
            self.heap_size, self.reset_cause = int(self.about["heap_size"]), int(self.about["reset_cause"])
        except (LookupError, TypeError, ValueError, ArithmeticError, RecursionError, zlib.error) as error:
            raise HostRunError(
                "this is not a recording of a run; make one with: vmrig run --host --record FILE"
            ) from error
        if version != VERSION:
            raise HostRunError(f"the recording is of version {version}; this vmrig replays version {VERSION}")
        if self.program != hashlib.sha256(image).hexdigest():
            raise HostRunError(
                "the recording is of another program: replay it with the source and the vmrig it was made with"
            )
        self._entries = self._read(lines[1:])
        self._next: list[Any] | None = next(self._entries, None)

    @staticmethod
    def _read(lines: list[bytes]) -> Iterator[list[Any]]:
        for number, line in enumerate(lines, 2):
            try:
                entry = json.loads(line)
                if not isinstance(entry, list) or len(entry) != 3:
                    raise ValueError
            except (ValueError, RecursionError):
                if number == len(lines) + 1:
                    return  # the process that wrote it ended in the middle of the line
                raise HostRunError(f"line {number} of the recording is damaged") from None
            yield entry

    def _take(self) -> Any:
        assert self._next is not None
        value, self._next = self._next[2], next(self._entries, None)
        return value

    def answer(self, what: str, args: tuple[Any, ...]) -> Any:
        """The recorded answer. Raises HostRunError when another one was recorded, EndOfRecording behind the last."""
        if what.partition(".")[2].startswith("wait"):
            return None
        if self._next is None or self._next[1] == STOP:
            raise EndOfRecording
        here = self.instructions()
        if self._next[:2] != [here, what]:
            at, wanted, _ = self._next
            raise HostRunError(
                f"the run does not follow the recording: at instruction {here} the program asks for {what}, "
                f"recorded is {wanted} at instruction {at}"
            )
        value = self._take()
        try:
            plain = what.partition(".")[2] in _PLAIN
            if what.startswith(("clock.", "gpio.")) or plain or isinstance(value, int):
                _check_number(value, (1 << 63) - (not plain), what.startswith("gpio."))
            return _decode(value)
        except (LookupError, TypeError, ValueError) as error:
            raise HostRunError(
                f"the recording is damaged: {what} is said to have answered {str(value)[:80]}"
            ) from error

    def stopped(self, stop: bool) -> bool:
        """Where the recorded run was stopped."""
        return stop or self._next is None or self._next[1] == STOP


def about(image: bytes, heap_size: int, uid: bytes, reset_cause: int, big_ints: bool) -> dict[str, Any]:
    """The first line of a recording, but for the flash."""
    return {
        "program": hashlib.sha256(image).hexdigest(),
        "heap_size": heap_size,
        "uid": uid.hex(),
        "reset_cause": reset_cause,
        "big_ints": big_ints,
    }
