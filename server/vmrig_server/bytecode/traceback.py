# SPDX-License-Identifier: Apache-2.0
"""From the (function, word) pairs that a board reports to the text that a Python programmer knows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from .errors import ContainerError
from .sources import PRELUDE
from .view import View

CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"


def locate(view: View, function: int, word: int) -> tuple[str, int, str]:
    """(file, line, function name) of a word of code; line 0 when the program was stripped."""
    if not 0 <= function < len(view.functions):
        return view.filename, 0, f"function#{function}"
    lines = view.lines(function)
    line = lines[word] if 0 <= word < len(lines) else 0
    if not view.definitions:
        return view.filename, line, f"function#{function}"
    definition = view.definitions[function]
    return view.name(definition.file), line, view.name(definition.name)


class Texts:
    """The lines of the program's files: as given, else from the file itself when that is still the one compiled."""

    def __init__(self, view: View, source: str | None) -> None:
        self._view = view
        self._digests: dict[str, str] = view.debug.get("sources", {})
        self._lines: dict[str, list[str]] = {}
        self._folders = [PRELUDE] if source is not None else [Path(), PRELUDE]
        if view.filename and view.debug.get("source_sha256"):
            self._digests = {**self._digests, view.filename: view.debug["source_sha256"]}
        if source is not None:
            self._lines[view.filename] = source.splitlines()

    def line(self, file: str, number: int) -> str:
        """The text of a line, stripped; empty when it is not known."""
        if file not in self._lines:
            self._lines[file] = self._read(file)
        lines = self._lines[file]
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""

    def _read(self, file: str) -> list[str]:
        for folder in self._folders:
            path = folder / file
            if folder is PRELUDE and not path.resolve().is_relative_to(PRELUDE):
                continue
            try:
                text = path.read_text("utf-8")
            except (OSError, UnicodeDecodeError, ValueError):
                continue
            if hashlib.sha256(text.encode()).hexdigest() == self._digests.get(file):
                return text.splitlines()
        return []


_NUMBERED = re.compile(r"\b(function|class|global|name)#(\d+)")


def resolve_names(view: View, text: str) -> str:
    """A message in which a stripped program named functions, classes and attributes by their numbers, with their names."""

    def name(match: re.Match[str]) -> str:
        kind, number = match[1], int(match[2])
        if kind == "function" and number < len(view.definitions):
            return view.name(view.definitions[number].qualname)
        if kind == "class" and number < len(view.class_names):
            return view.name(view.class_names[number].name)
        if kind == "global" and number < len(view.globals):
            return view.globals[number]
        return view.name(number) if kind == "name" else match[0]

    return _NUMBERED.sub(name, text) if view.names else text


def format_traceback(
    image: bytes,
    pairs: Sequence[tuple[int, int]],
    exception: str,
    source: str | None = None,
    build_id: int | None = None,
) -> str:
    """A traceback worded as CPython's, innermost call last.

    `image` is the full program (with names and lines) that ran, or that was stripped to what ran; `build_id` is that of the program on
    the board, when known. `exception` is the last line, "ValueError: message". Raises ContainerError when the program is another one.
    """
    view = View(image)
    if build_id is not None and build_id != view.container.build_id:
        raise ContainerError(
            f"the board runs build {build_id:08x}, this file is build {view.container.build_id:08x}: recompile or find its file"
        )
    texts = Texts(view, source)
    out = ["Traceback (most recent call last):"] if pairs else []
    previous: tuple[str, int, str] | None = None
    repeated = 0
    for function, word in pairs:
        place = locate(view, function, word)
        repeated = repeated + 1 if place == previous else 0
        if repeated < 3:
            out += frame_lines(place, word, texts)
        previous = place
    out.append(resolve_names(view, exception))
    return "\n".join(out) + "\n"


Earlier = tuple[bool, str, Sequence[tuple[int, int]]]
"""An exception that led to another: whether that was raised from it, its last line, its (function, word) pairs."""


def format_chain(
    image: bytes,
    pairs: Sequence[tuple[int, int]],
    exception: str,
    earlier: Sequence[Earlier],
    source: str | None = None,
) -> str:
    """A traceback with those of the exceptions that led to it, given newest first, before it."""
    text = format_traceback(image, pairs, exception, source)
    for is_cause, what, places in earlier:
        text = format_traceback(image, places, what, source) + (CAUSE if is_cause else CONTEXT) + text
    return text


def frame_lines(place: tuple[str, int, str], word: int, texts: Texts) -> list[str]:
    """The lines of a traceback for one call."""
    file, line, name = place
    where = f'File "{file}", line {line}' if file and line else f"word {word}"
    lines = [f"  {where}, in {name}"]
    text = texts.line(file, line)
    if text:
        lines.append("    " + text)
    return lines
