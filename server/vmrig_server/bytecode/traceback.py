# SPDX-License-Identifier: Apache-2.0
"""From the (function, word) pairs that a board reports to the text that a Python programmer knows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from .errors import ContainerError
from .view import View

CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"


def locate(view: View, function: int, word: int) -> tuple[str, int, str]:
    """(file, line, function name) of a word of code; line 0 when the program was stripped."""
    if not 0 <= function < len(view.functions):
        return view.filename, 0, f"function#{function}"
    lines = view.lines(function)
    line = lines[word] if 0 <= word < len(lines) else 0
    name = view.name(view.definitions[function].name) if view.definitions else f"function#{function}"
    return view.filename, line, name


def source_lines(view: View, source: str | None) -> list[str]:
    """The program's source: as given, else from its file when that is still the one compiled, else nothing."""
    if source is None:
        digest = view.debug.get("source_sha256")
        if not digest or not view.filename:
            return []
        try:
            source = Path(view.filename).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return []
        if hashlib.sha256(source.encode()).hexdigest() != digest:
            return []
    return source.splitlines()


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
    text = source_lines(view, source)
    out = ["Traceback (most recent call last):"] if pairs else []
    previous: tuple[str, int, str] | None = None
    repeated = 0
    for function, word in pairs:
        place = locate(view, function, word)
        repeated = repeated + 1 if place == previous else 0
        if repeated < 3:
            out += _frame(place, word, text)
        previous = place
    out.append(exception)
    return "\n".join(out) + "\n"


def _frame(place: tuple[str, int, str], word: int, text: list[str]) -> list[str]:
    file, line, name = place
    where = f'File "{file}", line {line}' if file and line else f"word {word}"
    lines = [f"  {where}, in {name}"]
    if 0 < line <= len(text) and text[line - 1].strip():
        lines.append("    " + text[line - 1].strip())
    return lines
