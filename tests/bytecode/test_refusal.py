# SPDX-License-Identifier: Apache-2.0
"""What a board's verifier answers in numbers is said in words."""

from __future__ import annotations

import struct

from vmrig_native import _vm

from vmrig_server.bytecode import compile_source, explain_refusal, read
from vmrig_server.bytecode.container import SectionId

FEATURES_AT = 10


def number(name: str) -> int:
    return [symbol for symbol, _ in _vm.verify_errors()].index(name)


def test_a_vm_without_floats_is_named_as_the_reason() -> None:
    image = compile_source("print(1 / 3 + 0.5)\n", "p.py").image
    assert struct.unpack_from("<H", image, FEATURES_AT) == (1,)
    first, *rest = explain_refusal(image, number("FEATURE"), FEATURES_AT)
    assert "floats" in first
    assert any("FEATURE" in line for line in rest)


def test_an_import_that_the_vm_has_not_is_named() -> None:
    image = compile_source("import math, time\nprint(math.floor(time.ticks_ms()))\n", "p.py").image
    section = read(image).sections[SectionId.NATIVE]
    for index in range(len(section.data) // 4):
        first = explain_refusal(image, number("NATIVE"), section.offset + index * 4)[0]
        if "math.floor" in first:
            return
    raise AssertionError("math.floor was never named")


def test_any_number_and_any_image_get_an_answer() -> None:
    image = compile_source("print(1)\n", "p.py").image
    for code in (0, 1, 999, *range(len(_vm.verify_errors()))):
        for data in (image, b"", image[:60]):
            assert explain_refusal(data, code, 48)
