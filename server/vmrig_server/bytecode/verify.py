# SPDX-License-Identifier: Apache-2.0
"""The second verifier: the rules of vmimages/core/verify.h, written again from their text.

It shares no code with the C verifier nor with the container reader, so that a mistake in one is caught by the other. What it
accepts cannot make the interpreter read or write outside its memory.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from typing import NamedTuple, NoReturn

from .errors import VerifyError
from .tables import tables
from .verify_code import Program, check_function

_NAMES, _CONST, _FUNC, _CODE, _HANDLERS, _ARGS, _CLASS, _SLOTS, _NATIVE, _GLOBALS, _LINES, _DEBUG = range(1, 13)
_SHA256, _SIGN = 15, 16
_ENTRY_SIZE = {_FUNC: 32, _HANDLERS: 8, _ARGS: 2, _CLASS: 12, _SLOTS: 4, _NATIVE: 8}
_IDS = frozenset({*range(1, 13), _SHA256, _SIGN})
_KNOWN_FEATURES = 1
_FIRST_NAME = 1024


class _Header(NamedTuple):
    features: int
    section_count: int
    total_length: int
    vmuid: bytes
    global_count: int
    entry: int
    max_regs: int


class _Entry(NamedTuple):
    at: int  # of its directory entry
    entries: int
    offset: int
    length: int


def _fail(code: str, offset: int, sentence: str) -> NoReturn:
    raise VerifyError(code, offset, sentence)


def verify_image(image: bytes, vmuid: bytes | None = None) -> None:
    """Checks a whole container. `vmuid` (16 bytes) is that of the VM that is to run it; None: binding is not checked.

    Raises VerifyError with the code, the offset of the offending byte and a sentence.
    """
    _Verifier(image, vmuid).run()


class _Verifier:
    def __init__(self, image: bytes, vmuid: bytes | None) -> None:
        self.image = image
        self.vmuid = vmuid
        self.sections: dict[int, _Entry] = {}

    def run(self) -> None:
        self.header = self._header()
        self._directory()
        self._names()
        self._globals()
        self._lines()
        self._natives()
        self._classes()
        self._functions()

    def u16(self, at: int) -> int:
        return int.from_bytes(self.image[at : at + 2], "little")

    def u32(self, at: int) -> int:
        return int.from_bytes(self.image[at : at + 4], "little")

    # --- header and directory
    def _header(self) -> _Header:
        from vmrig_native import _vm

        image, length = self.image, len(self.image)
        if length < 4:
            _fail("TRUNCATED", 0, f"the container has {length} bytes")
        if image[:4] != b"VBC1":
            _fail("MAGIC", 0, f"the container begins with {image[:4].hex()}, not with VBC1")
        if length < 48:
            _fail("TRUNCATED", 0, f"the container has {length} bytes, its header alone has 48")
        if image[4] != _vm.FORMAT_MAJOR:
            _fail("FORMAT", 4, f"the container is of format {image[4]}.{image[5]}, this VM reads {_vm.FORMAT_MAJOR}.x")
        abi = self.u16(10)
        if abi != _vm.ABI:
            _fail("ABI", 10, f"the container was made for VM ABI {abi}, this VM has {_vm.ABI}")
        features = self.u16(6)
        if features & ~_KNOWN_FEATURES:
            _fail(
                "FEATURE",
                6,
                f"the program needs the features {features & ~_KNOWN_FEATURES:#x}, which this VM does not have",
            )
        if image[8] != _vm.VALUE_MODEL:
            _fail("VALUE_MODEL", 8, f"the container's value model is {image[8]}, this VM's is {_vm.VALUE_MODEL}")
        count, total = image[9], self.u32(12)
        end = 48 + 16 * count
        if total != length or total % 4 or end > length:
            _fail("TRUNCATED", 12, f"the container has {length} bytes; its header tells {total}, with {count} sections")
        crc = self.u32(44)
        if crc != zlib.crc32(image[48:end], zlib.crc32(image[:44])):
            _fail("HEADER_CRC", 44, "the CRC of the header and the directory is wrong")
        header = _Header(features, count, total, image[16:32], self.u16(32), self.u16(34), self.u16(36))
        if self.u16(38) != 0:
            _fail("HEADER", 38, "the flags of the header are not 0")
        if not 1 <= header.max_regs <= _vm.MAX_REGS:
            _fail("HEADER", 36, f"the largest window has {header.max_regs} registers, allowed are 1 to {_vm.MAX_REGS}")
        if self.vmuid is not None and header.vmuid not in (bytes(16), self.vmuid):
            _fail("VMUID", 16, f"the program is bound to VM {header.vmuid.hex()}")
        return header

    def _directory(self) -> None:
        image = self.image
        end = position = 48 + 16 * self.header.section_count
        last = 0
        for at in range(48, position, 16):
            number, flags = image[at], image[at + 1]
            count, offset, length = self.u16(at + 2), self.u32(at + 4), self.u32(at + 8)
            if number not in _IDS or number <= last or flags > 1:
                _fail("DIRECTORY", at, f"section {number} is unknown, out of order or has bad flags")
            start = (end + 7) & ~7
            if offset != start or offset + length > len(image):
                _fail("DIRECTORY", at, f"section {number} is misplaced or lies outside the file")
            if any(image[end:start]):
                _fail("DIRECTORY", at, f"the bytes before section {number} are not 0")
            size = _ENTRY_SIZE.get(number)
            if size is not None and length != count * size:
                _fail("DIRECTORY", at, f"section {number} has {length} bytes, not {count} entries of {size}")
            if (
                (number == _CODE and length % 4)
                or (number == _SHA256 and length != 32)
                or (number == _SIGN and length != 64)
            ):
                _fail("DIRECTORY", at, f"section {number} has {length} bytes")
            self.sections[number] = _Entry(at, count, offset, length)
            last, end = number, offset + length
        if end != len(image):
            _fail("DIRECTORY", 48, "the sections do not end where the file ends")
        if last not in (_SHA256, _SIGN):
            _fail("SECTION_MISSING", 48, "the SHA256 section is not there or not last")
        for number, entry in self.sections.items():
            crc = self.u32(entry.at + 12)
            seal = number in (_SHA256, _SIGN)
            if crc != (0 if seal else zlib.crc32(image[entry.offset : entry.offset + entry.length])):
                _fail(
                    "DIRECTORY" if seal else "SECTION_CRC",
                    entry.at if seal else entry.offset,
                    f"the CRC of section {number} is wrong",
                )
        for number in (_FUNC, _CODE, _SHA256):
            if number not in self.sections:
                _fail("SECTION_MISSING", 48, f"section {number} is missing")
        seal_at = self.sections[_SHA256].offset
        if hashlib.sha256(image[:seal_at]).digest() != image[seal_at : seal_at + 32]:
            _fail("SHA256", seal_at, "the SHA-256 of the container is wrong")

    def _entry(self, number: int) -> _Entry:
        return self.sections.get(number, _Entry(0, 0, 0, 0))

    # --- names and tables
    def _offsets(self, number: int, count: int, code: str, even: bool) -> None:
        """A table of count + 1 offsets into the bytes that follow it."""
        entry = self._entry(number)
        text = entry.length - 4 * (count + 1)
        if text < 0:
            _fail(code, entry.offset, "the section is shorter than its table of offsets")
        previous = 0
        for i in range(count + 1):
            at = entry.offset + 4 * i
            value = self.u32(at)
            if value < previous or (i == 0 and value) or (even and value % 2) or (i == count and value != text):
                _fail(code, at, f"offset {i} of the table is {value}")
            previous = value

    def _names(self) -> None:
        entry = self._entry(_NAMES)
        if _NAMES in self.sections:
            self._offsets(_NAMES, entry.entries, "NAMES", False)

    def name_valid(self, number: int) -> bool:
        """A static name, or one of the program's; of a stripped program all of those are taken on trust: they are only compared."""
        if number < _FIRST_NAME:
            return number < len(tables().names)
        return _NAMES not in self.sections or number - _FIRST_NAME < self.sections[_NAMES].entries

    def _globals(self) -> None:
        if _GLOBALS not in self.sections:
            return
        entry = self.sections[_GLOBALS]
        if entry.length != 2 * entry.entries or entry.entries != self.header.global_count:
            _fail(
                "GLOBALS",
                entry.offset,
                f"there are names of {entry.entries} globals, the program has {self.header.global_count}",
            )
        for at in range(entry.offset, entry.offset + entry.length, 2):
            if not self.name_valid(self.u16(at)):
                _fail("GLOBALS", at, f"the name {self.u16(at)} of a global is not there")

    def _lines(self) -> None:
        if _LINES in self.sections:
            self._offsets(_LINES, self._entry(_FUNC).entries, "LINES", True)

    def _natives(self) -> None:
        from .tables import fnv1a32

        known = {fnv1a32(n.name.encode()): n for n in tables().natives.values()}
        entry = self._entry(_NATIVE)
        for at in range(entry.offset, entry.offset + entry.length, 8):
            hash_, name, low, high = struct.unpack_from("<IHBB", self.image, at)
            native = known.get(hash_)
            if native is None:
                _fail("NATIVE", at, f"the VM has no import with the id {hash_:#010x}")
            if (low, high) not in ((native.min_args, native.max_args), (255, 255)):
                _fail(
                    "NATIVE",
                    at,
                    f"{native.name} takes {native.min_args} to {native.max_args} arguments, the program expects {low} to {high}",
                )
            if name != 0xFFFF and not self.name_valid(name):
                _fail("NATIVE", at, f"the name {name} of an import is not there")

    def _classes(self) -> None:
        entry, slots = self._entry(_CLASS), self._entry(_SLOTS)
        for at in range(entry.offset, entry.offset + entry.length, 12):
            name, qualname, first, count, _, reserved = struct.unpack_from("<6H", self.image, at)
            if not self.name_valid(name) or not self.name_valid(qualname) or reserved or first + count > slots.entries:
                _fail("CLASS_RECORD", at, "a class's name is not there or its slots lie outside of SLOTS")
            previous = -1
            for slot_at in range(slots.offset + 4 * first, slots.offset + 4 * (first + count), 4):
                slot_name, slot = struct.unpack_from("<2H", self.image, slot_at)
                if slot_name <= previous or slot >= count or not self.name_valid(slot_name):
                    _fail("CLASS_RECORD", slot_at, "the slots of a class are not sorted or out of range")
                previous = slot_name

    # --- functions
    def _functions(self) -> None:
        functions = self._entry(_FUNC)
        if self.header.entry >= functions.entries:
            _fail("FUNC", 34, f"the entry function {self.header.entry} is not there")
        program = Program(
            image=self.image,
            name_valid=self.name_valid,
            const_offset=self._entry(_CONST).offset,
            const_length=self._entry(_CONST).length,
            code_offset=self._entry(_CODE).offset,
            cells=[self.image[functions.offset + 32 * i + 11] for i in range(functions.entries)],
            class_count=self._entry(_CLASS).entries,
            native_count=self._entry(_NATIVE).entries,
            global_count=self.header.global_count,
            handlers=self._entry(_HANDLERS).offset,
        )
        for number in range(functions.entries):
            self._function(program, functions.offset + 32 * number, number == self.header.entry)

    def _function(self, program: Program, at: int, is_entry: bool) -> None:
        fields = struct.unpack_from("<IHBBBBBBHHHHHHHHHH", self.image, at)
        code_offset, code_words, nregs, nargs, nkwonly, flags, nposonly, ncells = fields[:8]
        name, qualname, first_arg, first_handler, handler_count, _, file = fields[8:15]
        parameters = nargs + nkwonly + (flags & 1) + (flags >> 1 & 1)
        if is_entry and (parameters or flags or ncells):
            _fail("FUNC", at, "the entry function has arguments, flags or cells")
        if (
            not 1 <= nregs <= self.header.max_regs
            or parameters > nregs
            or nposonly > nargs
            or flags > 7
            or any(fields[15:])
        ):
            _fail("FUNC", at, "a field of the function's record is out of range")
        if code_words < 1 or code_offset + code_words > self._entry(_CODE).length // 4:
            _fail("FUNC", at, "the function's code lies outside of CODE")
        if not (self.name_valid(name) and self.name_valid(qualname) and self.name_valid(file)):
            _fail("FUNC", at, "a name of the function is not there")
        args = self._entry(_ARGS)
        if first_arg + parameters > args.entries:
            _fail("ARGS", at, "the names of the function's parameters lie outside of ARGS")
        for arg_at in range(args.offset + 2 * first_arg, args.offset + 2 * (first_arg + parameters), 2):
            if not self.name_valid(self.u16(arg_at)):
                _fail("ARGS", arg_at, "the name of a parameter is not there")
        if first_handler + handler_count > self._entry(_HANDLERS).entries:
            _fail("HANDLER", at, "the function's handlers lie outside of HANDLERS")
        check_function(program, code_offset, code_words, nregs, ncells, first_handler, handler_count)
