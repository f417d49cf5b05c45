# SPDX-License-Identifier: Apache-2.0
"""What the fields of each instruction mean, beyond its format: registers, numbers, ids. From the comments of opcodes.def."""

from __future__ import annotations

from .tables import Opcode

# Field letters that are numbers, not registers (of formats A, AB, ABC); "A" of DELG and JMP is ignored.
NUMBER_FIELDS: dict[str, str] = {
    "ANDI": "C",
    "LSHIFTI": "C",
    "RSHIFTI": "C",
    "LIST": "C",
    "TUPLE": "C",
    "DICT": "C",
    "SET": "C",
    "STRJOIN": "C",
    "UNPACK": "C",
    "UNPACKX": "C",
    "CALL": "B",
    "CALLK": "BC",
    "CALLM": "B",
    "CALLMK": "BC",
    "GETFREE": "B",
    "SETFREE": "B",
    "FREECELL": "B",
    "DELG": "A",
    "GETIC": "C",
    "SETIC": "B",
    "MASK": "C",
    "CALLB": "BC",
    "SETGI": "A",
    "DEFG": "A",
}

# Instructions with a name: number C of ATTRS, or an extension word when C is 255.
ATTRIBUTE_OPS = frozenset({"GETCELL", "GETFREE", "GETA", "SETA", "DELA", "SUPER", "CALLM"})
# Instructions whose extension words are name ids.
NAME_EXTENSIONS = ATTRIBUTE_OPS | {"CALLK", "CALLMK"}
CELL_OPS = frozenset({"GETFREE", "SETFREE", "FREECELL"})
GLOBAL_OPS = frozenset({"GETG", "GETM", "SETG", "DELG"})
ENDS = frozenset({"RET", "RETN", "RAISE", "RAISEF", "RERAISE", "JMP"})


def register_fields(op: Opcode) -> str:
    """The letters of the fields that are registers."""
    letters = {"ABC": "ABC", "ABs": "AB", "AsC": "A", "AB": "AB", "A": "A", "AS": "A", "AU": "A"}.get(op.format, "")
    numbers = NUMBER_FIELDS.get(op.name, "")
    return "".join(letter for letter in letters if letter not in numbers)


def window(name: str, a: int, b: int, c: int, ext: int) -> int:
    """One more than the last register of a row that the instruction touches; 0 when it touches no row.

    `ext` is the first extension word of UNPACKX. MKFUNC also reads its function's free cells: see the verifier.
    """
    if name in ("FORPREP", "FORR", "FOR0"):
        return a + 4
    if name in ("FOR", "DELEGATE"):
        return a + 2
    if name in ("SLICE", "CALLX"):
        return (b if name == "SLICE" else a) + 3
    if name in ("LIST", "TUPLE", "SET", "STRJOIN"):
        return b + c
    if name == "DICT":
        return b + 2 * c
    if name == "UNPACK":
        return a + c
    if name == "UNPACKX":
        return a + c + ext + 1
    if name in ("CALL", "CALLM", "CALLB"):
        return a + 1 + b
    if name in ("CALLK", "CALLMK"):
        return a + 1 + b + c
    return 0


def extension_count(op: Opcode, word: int) -> int:
    """Extension words that follow an instruction word."""
    if op.ext >= 0:
        return op.ext
    if op.ext == -3:
        return int(word >> 24 == 255)
    return (word >> 24) + (1 if op.ext == -2 else 0)


def signed(value: int, bits: int) -> int:
    """Two's complement."""
    return value - (1 << bits) if value >> (bits - 1) else value
