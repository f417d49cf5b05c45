# SPDX-License-Identifier: Apache-2.0
"""The verifier's rules for instructions and exception handlers, one function at a time."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NoReturn

from .errors import VerifyError
from .isa import (
    ATTRIBUTE_OPS,
    CELL_OPS,
    ENDS,
    GLOBAL_OPS,
    NAME_EXTENSIONS,
    extension_count,
    register_fields,
    signed,
    window,
)
from .tables import Opcode, tables

_LONG = frozenset({"JMP", "JT", "JF", "JNONE", "JNNONE", "FORPREP", "FOR0", "FORR", "FOR"})


@dataclass(frozen=True)
class Program:
    """What the check of a function must know of the rest of the container. Offsets are from the start of the file."""

    image: bytes
    name_valid: Callable[[int], bool]
    const_offset: int
    const_length: int
    code_offset: int
    cells: list[int]  # free cells of every function
    class_count: int
    native_count: int
    global_count: int
    module_count: int
    attr_count: int


@cache
def _decoder() -> list[tuple[Opcode, str]]:
    return [(op, register_fields(op)) for op in tables().opcodes]


def _fail(code: str, at: int, sentence: str) -> NoReturn:
    raise VerifyError(code, at, sentence)


def check_function(
    program: Program, code_offset: int, code_words: int, nregs: int, ncells: int, handlers: int, handler_count: int
) -> None:
    """Checks the words of a function whose record is sound, and its handlers, which are in the file at `handlers`. Raises VerifyError."""
    base = program.code_offset + 4 * code_offset
    words = struct.unpack_from(f"<{code_words}I", program.image, base)
    decoder = _decoder()
    starts = bytearray(code_words + 1)
    jumps: list[tuple[int, int]] = []
    at, last = 0, ""
    while at < code_words:
        number = words[at] & 255
        place = base + 4 * at
        if number >= len(decoder) or decoder[number][0].name == "EXT":
            _fail("OPCODE", place, f"{number} is no instruction")
        op, fields = decoder[number]
        count = extension_count(op, words[at])
        following = words[at + 1 : at + 1 + count]
        if len(following) < count or any(
            decoder[w & 255][0].name != "EXT" if w & 255 < len(decoder) else True for w in following
        ):
            _fail("EXTENSION", place, f"{op.name} lacks an extension word")
        ext = [w >> 16 for w in following]
        starts[at] = 1
        distance = _check_instruction(program, op, fields, words[at], ext, nregs, ncells, place)
        if distance is not None:
            jumps.append((at, at + 1 + count + distance))
        last = op.name
        at += 1 + count
    if last not in ENDS:
        _fail("END", base + 4 * (code_words - 1), f"the function ends in {last}")
    for source, target in jumps:
        if not 0 <= target < code_words or not starts[target]:
            _fail("JUMP", base + 4 * source, f"the jump goes to word {target} of {code_words}")
    starts[code_words] = 1
    for i in range(handler_count):
        place = handlers + 8 * i
        start, end, target, register = struct.unpack_from("<4H", program.image, place)
        if not (start < end <= code_words and target < code_words and register < nregs):
            _fail("HANDLER", place, "the handler is out of range")
        if not (starts[start] and starts[end] and starts[target]):
            _fail("HANDLER", place, "the handler begins, ends or goes on at an extension word")


def _check_instruction(
    program: Program, op: Opcode, fields: str, word: int, ext: list[int], nregs: int, ncells: int, place: int
) -> int | None:
    """All rules but those about other instructions; the distance when it is a jump."""
    name = op.name
    a, b, c, wide = word >> 8 & 255, word >> 16 & 255, word >> 24, word >> 16
    for letter in fields:
        register = a if letter == "A" else b if letter == "B" else c
        if register >= nregs:
            _fail("REGISTER", place, f"{name} uses register {register} of {nregs}")
    if name == "MKFUNC":
        if ext[0] >= len(program.cells):
            _fail("FUNCTION", place, f"MKFUNC refers to function {ext[0]} of {len(program.cells)}")
        row = b + 2 + program.cells[ext[0]]
    else:
        row = window(name, a, b, c, ext[0] if ext else 0)
    if row > nregs:
        _fail("REGISTER", place, f"{name} uses registers up to {row - 1} of {nregs}")
    _check_operands(program, name, a, b, c, wide, ext, ncells, place)
    if name in _LONG:
        return signed(wide, 16)
    if op.format in ("ABs", "AsC") and name.startswith("J"):
        return signed(c, 8)
    return None


def _check_operands(
    program: Program, name: str, a: int, b: int, c: int, wide: int, ext: list[int], ncells: int, place: int
) -> None:
    if name == "LOADC" and wide >= 6 and not 32 <= wide < 32 + program.module_count:
        _fail("OPERAND", place, f"there is no constant number {wide}")
    if name in ("LSHIFTI", "RSHIFTI") and c >= 64:
        _fail("OPERAND", place, f"{name} shifts by {c}")
    if name in ("JBS", "JBC") and b > 62:
        _fail("OPERAND", place, f"{name} tests bit {b}")
    if name == "MASK" and c > 62:
        _fail("OPERAND", place, f"MASK has {c} bits")
    if name == "FORMAT" and ext[0] >= 4:
        _fail("OPERAND", place, f"there is no conversion number {ext[0]}")
    if name in ("CALLM", "CALLMK") and b < 1:
        _fail("OPERAND", place, f"{name} has no object")
    if name == "LOADF" and wide * 8 + 8 > program.const_length:
        _fail("CONSTANT", place, f"the float at {wide * 8} lies outside of CONST")
    if name == "LOADK" and not object_size(program.image, program.const_offset, program.const_length, wide * 8):
        _fail("CONSTANT", place, f"there is no sound object at {wide * 8} of CONST")
    if name in CELL_OPS and b >= ncells:
        _fail("CELL", place, f"{name} refers to free cell {b} of {ncells}")
    if name in ATTRIBUTE_OPS and c != 255 and c >= program.attr_count:
        _fail("NAME", place, f"{name} refers to name {c} of {program.attr_count} in ATTRS")
    if name in NAME_EXTENSIONS:
        for e in ext:
            if not program.name_valid(e):
                _fail("NAME", place, f"{name} refers to the name {e}, which is not there")
    if name == "BOUND" and not program.name_valid(wide):
        _fail("NAME", place, f"BOUND refers to the name {wide}, which is not there")
    if name in GLOBAL_OPS and wide >= program.global_count:
        _fail("GLOBAL", place, f"{name} refers to global {wide} of {program.global_count}")
    if name in ("SETGI", "DEFG") and a >= program.global_count:
        _fail("GLOBAL", place, f"{name} refers to global {a} of {program.global_count}")
    if name in ("FUNC", "DEFG"):
        if wide >= len(program.cells):
            _fail("FUNCTION", place, f"{name} refers to function {wide} of {len(program.cells)}")
        if program.cells[wide]:
            _fail("CELL", place, f"{name} makes function {wide}, which has free cells")
    if name == "GETM" and not program.name_valid(ext[0]):
        _fail("NAME", place, f"GETM refers to the name {ext[0]}, which is not there")
    if name == "MKCLASS" and ext[0] >= program.class_count:
        _fail("CLASS", place, f"MKCLASS refers to class {ext[0]} of {program.class_count}")
    if name in ("LOADX", "CALLB"):
        number = wide if name == "LOADX" else c
        if number >= program.native_count:
            _fail("IMPORT", place, f"{name} refers to import {number} of {program.native_count}")


def object_size(image: bytes, section: int, length: int, offset: int) -> int:
    """Of a str, bytes or int laid out as object.h has it, to the next multiple of 8; 0 when there is no sound one."""
    from vmrig_native import _vm

    room = length - offset
    if room < 16:
        return 0
    kind, flags, aux, count = struct.unpack_from("<BBHI", image, section + offset)
    if kind == _vm.T_BIGINT:
        magnitude = int.from_bytes(image[section + offset + 8 : section + offset + 8 + 4 * count], "little")
        small = magnitude < 1 << 63 or (aux == 1 and magnitude == 1 << 63)
        sound = flags == _vm.ROM and aux <= 1 and count <= (room - 8) // 4
        return (8 + 4 * count + 7) // 8 * 8 if sound and not small and magnitude.bit_length() > 32 * (count - 1) else 0
    if aux:
        return 0
    if kind == _vm.T_INT64:
        return 16 if flags == _vm.ROM and not count else 0
    sound_flags = {_vm.T_STR: (_vm.ROM, _vm.ROM | _vm.ASCII), _vm.T_BYTES: (_vm.ROM,)}
    if flags not in sound_flags.get(kind, ()) or count > room - 13 or image[section + offset + 12 + count] != 0:
        return 0
    return int(12 + count + 1 + 7) // 8 * 8
