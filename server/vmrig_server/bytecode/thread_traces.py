# SPDX-License-Identifier: Apache-2.0
"""The tracebacks that a board prints of threads that die: places that it knows as numbers get file, line and text, as those of the main thread.

A board writes them onto its console (vmimages/core/thread.c), in the middle of what the program prints:

    Exception in thread NAME:
    Traceback (most recent call last):
      function 3, word 12
    ValueError: no
"""

from __future__ import annotations

import re
from collections.abc import Callable

from .traceback import Texts, frame_lines, locate, resolve_names
from .view import View

_BEGIN = b"Exception in thread "
_HEAD = b"Traceback (most recent call last):"
_PLACE = re.compile(rb"  function (\d+), word (\d+)")
_LONGEST = 1024
"""A line that is longer is none of a traceback's, and is not kept waiting for its end."""


class ThreadTraces:
    """Passes a program's output on; only lines of such a traceback wait for their ends.

    Args:
        image: the program with its names and lines.
        source: its text, or empty.
        places: the lines of a traceback for (function, word), when the program has grown since (a REPL).
    """

    def __init__(self, image: bytes, source: str = "", places: Callable[[int, int], list[str]] | None = None) -> None:
        self._view = View(image)
        self._places = places
        self._texts = Texts(self._view, source)
        self._line = b""  # what has come of the current one
        self._begun = 0  # how many of the two first lines stand there
        self._previous: tuple[str, int, str] | None = None
        self._repeated = 0

    def feed(self, data: bytes) -> bytes:
        """What there is to show once these bytes have come, too."""
        out = bytearray()
        for part in data.splitlines(keepends=True):
            waiting = self._begun == 2
            if not waiting:
                out += part
            self._line = (self._line + part)[: _LONGEST + 1]
            if waiting and len(self._line) > _LONGEST:
                out += self._line[: len(self._line) - len(part)] + part
                self._begun, waiting = 0, False
            if part.endswith(b"\n"):
                if waiting:
                    out += self._resolved(self._line)
                else:
                    self._note(self._line.rstrip(b"\r\n"))
                self._line = b""
        return bytes(out)

    def flush(self) -> bytes:
        """What waits for the end of its line, when no more comes."""
        held = self._line if self._begun == 2 else b""
        self._line, self._begun = b"", 0
        return held

    def _note(self, line: bytes) -> None:
        if line.startswith(_BEGIN):
            self._begun = 1
        elif self._begun == 1 and line == _HEAD:
            self._begun, self._previous = 2, None
        else:
            self._begun = 0

    def _resolved(self, line: bytes) -> bytes:
        found = _PLACE.fullmatch(line.rstrip(b"\r\n"))
        if found is None:
            if line.startswith(b"  File "):  # the board knows its lines
                return line
            self._begun = 0  # the exception itself is the last
            return resolve_names(self._view, line.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        function, word = int(found[1]), int(found[2])
        if self._places is not None:
            return "".join(f"{text}\n" for text in self._places(function, word)).encode("utf-8", "replace")
        place = locate(self._view, function, word)
        self._repeated = self._repeated + 1 if place == self._previous else 0
        self._previous = place
        if self._repeated > 2:
            return b""
        return "".join(f"{text}\n" for text in frame_lines(place, word, self._texts)).encode("utf-8", "replace")
