# SPDX-License-Identifier: Apache-2.0
"""No verifier looks at names, lines and debug sections: a program that runs is listed, traced and debugged whatever they hold."""

from __future__ import annotations

import random

import pytest

from tests.bytecode.mutate import directory, reseal
from tests.bytecode.test_verify import python_verdict, sample
from vmrig_server.bytecode import disassemble, format_traceback, strip
from vmrig_server.bytecode.container import SectionId
from vmrig_server.bytecode.debug.lines import Lines
from vmrig_server.bytecode.debug.namespaces import Namespaces
from vmrig_server.bytecode.view import View

SHOWN = (SectionId.NAMES, SectionId.DEFS, SectionId.LINES, SectionId.DEBUG)


def shown(image: bytes) -> str:
    lines = Lines(image)
    Namespaces(View(image))
    strip(image)
    text = format_traceback(
        image, [(n, w) for n in range(len(lines.view.functions)) for w in (0, 5)], "ValueError: x", "a\n"
    )
    return disassemble(image) + text


def damaged(seed: int) -> bytes:
    pick = random.Random(seed)
    out = bytearray(sample())
    sections = [row for row in directory(bytes(out)) if row[0] in SHOWN and row[2]]
    for _ in range(pick.choice((1, 2, 5, 20))):
        _, offset, length = pick.choice(sections)
        out[offset + pick.randrange(length)] = pick.choice((0, 1, 0x22, 0x5B, 255, pick.randrange(256)))
    return reseal(bytes(out))


def test_damaged_names_and_lines_are_shown_somehow() -> None:
    taken = [image for image in map(damaged, range(40)) if python_verdict(image) == "OK"]
    assert len(taken) > 5
    for image in taken:
        assert shown(image)


@pytest.mark.parametrize(
    "content", [b"[]", b"{", b"5", b"[" * 200, b'{"modules": [5]}', b'{"locals": 5}', b'{"globals": [[9, 1]]}', b'{"sources": []}', b'{"natives": 5}', b"\xff"]
)  # fmt: skip
def test_a_debug_section_of_another_shape_is_none(content: bytes) -> None:
    image = bytearray(sample())
    offset, length = next(
        (offset, length) for number, offset, length in directory(bytes(image)) if number == SectionId.DEBUG
    )
    image[offset : offset + length] = content.ljust(length)
    assert View(reseal(bytes(image))).debug == {}
    assert shown(reseal(bytes(image)))
