# SPDX-License-Identifier: Apache-2.0
"""The second verifier: the rules of vmimages/core/verify.h, written again from their text.

It shares no code with the C verifier nor with the container reader, so that a mistake in one is caught by the other. What it
accepts cannot make the interpreter read or write outside its memory.
"""

from __future__ import annotations

import hashlib
import zlib
from itertools import cycle
from typing import NamedTuple, NoReturn

from .errors import VerifyError
from .tables import native_id, tables
from .verify_code import Program, check_function, object_size

_CONST, _RESOURCES, _FUNC, _CODE, _EXTRA, _ATTRS, _CLASS, _SLOTS, _NATIVE, _TARGET, _MODULES = range(1, 12)
_GLOBALS, _DEFS, _LINES, _DEBUG, _NAMES = range(16, 21)
_SIGN = 31
_IDS = frozenset({*range(1, 12), *range(16, 21), _SIGN})
_EVEN = frozenset({_CONST, _RESOURCES, _FUNC, _MODULES})
_KNOWN_FEATURES = 7
_FIRST_NAME = 1024
_VARARGS, _VARKW, _GENERATOR, _KWONLY, _RARE, _PARAMETERS, _HANDLERS = (1 << i for i in range(7))


class _Header(NamedTuple):
    section_count: int
    seal: int  # where the hash is
    global_count: int
    max_regs: int


class _Entry(NamedTuple):
    offset: int
    length: int  # bytes


class _Function(NamedTuple):
    nregs: int
    ncells: int
    handlers: int  # offset in the file
    handler_count: int


def _fail(code: str, offset: int, sentence: str) -> NoReturn:
    raise VerifyError(code, offset, sentence)


def _vm_type(name: str) -> int:
    from vmrig_native import _vm

    return int(getattr(_vm, f"T_{name}"))


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
        self.functions = self._entry(_FUNC).length // 8
        if self.functions > 0xFFFF:
            _fail("FUNC", self._entry(_FUNC).offset, f"there are {self.functions} functions")
        self._target()
        self._names()
        self._tables()
        self._resources()
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
        if image[:3] != b"VBC":
            _fail("MAGIC", 0, f"the container begins with {image[:4].hex()}, not with VBC")
        if length < 24:
            _fail("TRUNCATED", 0, f"the container has {length} bytes, its header alone has 24")
        if image[3] != ord(str(_vm.FORMAT_MAJOR)):
            _fail("FORMAT", 3, f"the container is of format {chr(image[3])!r}, this VM reads {_vm.FORMAT_MAJOR}")
        abi = self.u16(8)
        if abi != _vm.ABI:
            _fail("ABI", 8, f"the container was made for VM ABI {abi}, this VM has {_vm.ABI}")
        features = self.u16(10)
        if features & ~_KNOWN_FEATURES:
            _fail(
                "FEATURE",
                10,
                f"the program needs the features {features & ~_KNOWN_FEATURES:#x}, which this VM does not have",
            )
        count, total = image[15], self.u32(4)
        end = 24 + 8 * count
        if total != length or total % 4 or end > length:
            _fail("TRUNCATED", 4, f"the container has {length} bytes; its header tells {total}, with {count} sections")
        is_signed = count > 0 and image[end - 8] == _SIGN
        seal = length - 32 - (64 if is_signed else 0)
        if seal < end:
            _fail("TRUNCATED", 4, f"the container has {length} bytes, too few for its hash")
        if self.u32(20) != zlib.crc32(image[24:end], zlib.crc32(image[:20])):
            _fail("HEADER_CRC", 20, "the CRC of the header and the directory is wrong")
        header = _Header(count, seal, self.u16(12), image[14])
        if not 1 <= header.max_regs <= _vm.MAX_REGS:
            _fail("HEADER", 14, f"the largest window has {header.max_regs} registers, allowed are 1 to {_vm.MAX_REGS}")
        return header

    def _directory(self) -> None:
        image, seal = self.image, self.header.seal
        position = 24 + 8 * self.header.section_count
        last = 0
        for at in range(24, position, 8):
            number, length, crc = image[at], 4 * (self.u32(at) >> 8), self.u32(at + 4)
            if number not in _IDS or number <= last or (number in _EVEN and length % 8):
                _fail("DIRECTORY", at, f"section {number} is unknown, out of order or of an odd length")
            last = number
            if number == _SIGN:
                if crc or length != 64:
                    _fail("DIRECTORY", at, f"the signature has {length} bytes and the CRC {crc:#x}")
                break
            if position + length > seal:
                _fail("DIRECTORY", at, f"section {number} lies outside the file")
            if crc != zlib.crc32(image[position : position + length]):
                _fail("SECTION_CRC", position, f"the CRC of section {number} is wrong")
            self.sections[number] = _Entry(position, length)
            position += length
        if position != seal:
            _fail("DIRECTORY", 24, "the sections do not end where the hash begins")
        for number in (_FUNC, _CODE):
            if not self._entry(number).length:
                _fail("SECTION_MISSING", 24, f"section {number} is missing")
        if hashlib.sha256(image[:seal]).digest() != image[seal : seal + 32]:
            _fail("SHA256", seal, "the SHA-256 of the container is wrong")

    def _entry(self, number: int) -> _Entry:
        return self.sections.get(number, _Entry(0, 0))

    def _target(self) -> None:
        if _TARGET not in self.sections:
            return
        entry = self.sections[_TARGET]
        if entry.length != 16:
            _fail("DIRECTORY", entry.offset, f"the vmuid has {entry.length} bytes")
        vmuid = self.image[entry.offset : entry.offset + 16]
        if self.vmuid is not None and vmuid != self.vmuid:
            _fail("VMUID", entry.offset, f"the program is bound to VM {vmuid.hex()}, this is {self.vmuid.hex()}")

    # --- names and tables
    def _offsets(self, at: int, count: int, first: int, last: int, odd: bool, code: str) -> None:
        """A table of offsets: from `first` on, not falling, at most `last`."""
        previous = first
        for i in range(count):
            value = self.u32(at + 4 * i)
            if value < previous or (i == 0 and value != first) or (not odd and value % 2) or value > last:
                _fail(code, at + 4 * i, f"offset {i} of the table is {value}")
            previous = value

    def _names(self) -> None:
        self.name_count = 0x10000 - _FIRST_NAME  # of a stripped program all are taken on trust: they are only compared
        if _NAMES not in self.sections:
            return
        entry = self.sections[_NAMES]
        first = self.u32(entry.offset) if entry.length else 0
        if first < 4 or first % 4 or first > entry.length or first // 4 - 1 > self.name_count:
            _fail("NAMES", entry.offset, f"the table of names has {first} bytes")
        self.name_count = first // 4 - 1
        self._offsets(entry.offset, first // 4, first, entry.length, True, "NAMES")

    def name_valid(self, number: int) -> bool:
        """A static name, or one of the program's."""
        if number < _FIRST_NAME:
            return number < len(tables().names)
        return number - _FIRST_NAME < self.name_count

    def _ids(self, number: int, code: str) -> None:
        entry = self._entry(number)
        for at in range(entry.offset, entry.offset + entry.length, 2):
            if not self.name_valid(self.u16(at)):
                _fail(code, at, f"the name {self.u16(at)} is not there")

    def _tables(self) -> None:
        if _GLOBALS in self.sections:
            entry = self.sections[_GLOBALS]
            if entry.length != (self.header.global_count + 1) // 2 * 4:
                _fail("GLOBALS", entry.offset, f"{entry.length} bytes of names for {self.header.global_count} globals")
        self._ids(_GLOBALS, "GLOBALS")
        self._ids(_ATTRS, "NAME")
        self._ids(_SLOTS, "CLASS_RECORD")
        self._definitions()
        if _LINES in self.sections:
            entry = self.sections[_LINES]
            table = 4 * (self.functions + 1)
            if entry.length < table:
                _fail("LINES", entry.offset, "the section is shorter than its table of offsets")
            self._offsets(entry.offset, self.functions + 1, 0, entry.length - table, False, "LINES")
        known = {native_id(n) for n in tables().natives.values()}
        entry = self._entry(_NATIVE)
        for at in range(entry.offset, entry.offset + entry.length, 4):
            if self.u32(at) not in known:
                _fail("NATIVE", at, f"the VM has no import with the id {self.u32(at):#010x}")
        entry = self._entry(_MODULES)
        for at in range(entry.offset, entry.offset + entry.length, 8):
            name, first, count, zero = (self.u16(at + i) for i in (0, 2, 4, 6))
            if not self.name_valid(name) or zero or first + count > self.header.global_count:
                _fail("MODULES", at, "the module's name or variables are out of range")
        entry, slots = self._entry(_CLASS), self._entry(_SLOTS)
        for at in range(entry.offset, entry.offset + entry.length, 4):
            if self.u16(at) + self.image[at + 2] > slots.length // 2:
                _fail("CLASS_RECORD", at, "a class's slots lie outside of SLOTS")

    def _resources(self) -> None:
        entry = self._entry(_RESOURCES)
        at, kinds = 0, cycle((_vm_type("STR"), _vm_type("BYTES")))
        first = next(kinds)
        wanted = first
        while at < entry.length or wanted != first:
            size = object_size(self.image, entry.offset, entry.length, at)
            if not size or self.image[entry.offset + at] != wanted:
                _fail("RESOURCES", entry.offset + at, "a file of the program or its name is malformed")
            at, wanted = at + size, next(kinds)

    def _definitions(self) -> None:
        if _DEFS not in self.sections:
            return
        entry = self.sections[_DEFS]
        of_functions = 8 * self.functions
        if entry.length != of_functions + 2 * self._entry(_CLASS).length:
            _fail("DEFS", entry.offset, f"{entry.length} bytes for {self.functions} functions and the classes")
        for i in range(0, entry.length, 2):
            value = self.u16(entry.offset + i)
            wrong = (i >= of_functions and value) if i % 8 == 6 else not self.name_valid(value)
            if wrong:
                _fail("DEFS", entry.offset + i, f"the name {self.u16(entry.offset + i)} is not there")

    # --- functions
    def _functions(self) -> None:
        functions, code_length = self._entry(_FUNC), self._entry(_CODE).length // 4
        starts = [self.u32(functions.offset + 8 * i) >> 8 for i in range(self.functions)] + [code_length]
        checked = [self._function(i, starts[i], starts[i + 1]) for i in range(self.functions)]
        program = Program(
            image=self.image,
            name_valid=self.name_valid,
            const_offset=self._entry(_CONST).offset,
            const_length=self._entry(_CONST).length,
            code_offset=self._entry(_CODE).offset,
            cells=[f.ncells for f in checked],
            class_count=self._entry(_CLASS).length // 4,
            native_count=self._entry(_NATIVE).length // 4,
            global_count=self.header.global_count,
            module_count=self._entry(_MODULES).length // 8,
            attr_count=self._entry(_ATTRS).length // 2,
        )
        for start, end, f in zip(starts, starts[1:], checked, strict=False):
            check_function(program, start, end - start, f.nregs, f.ncells, f.handlers, f.handler_count)

    def _function(self, number: int, start: int, end: int) -> _Function:
        """Checks a function's record and its part of EXTRA."""
        at = self._entry(_FUNC).offset + 8 * number
        extra = self._entry(_EXTRA)
        nregs, nargs, flags, place = self.image[at], self.image[at + 4], self.image[at + 5], self.u16(at + 6)
        if flags > 127 or not 1 <= nregs <= self.header.max_regs or start >= end or (number == 0 and start):
            _fail("FUNC", at, "a field of the function's record is out of range")
        here, room = extra.offset + 2 * place, extra.length - 2 * place
        need = (4 if flags & _RARE else 0) + (2 if flags & _HANDLERS else 0)
        if room < need or (place and not flags & (_RARE | _PARAMETERS | _HANDLERS)):
            _fail("FUNC", at, "the function's part of EXTRA is out of range")
        ncells, nkwonly, nposonly, zero = self.image[here : here + 4] if flags & _RARE else bytes(4)
        parameters = nargs + nkwonly + (flags & 1) + (flags >> 1 & 1)
        if (
            (number == 0 and (parameters or ncells or flags & _GENERATOR))
            or parameters > nregs
            or nposonly > nargs
            or zero
            or (nkwonly > 0) != (flags & _KWONLY > 0)
        ):
            _fail("FUNC", at, "the function's parameters or cells are out of range")
        here += 4 if flags & _RARE else 0
        if flags & _PARAMETERS:
            need += 2 * parameters
            if room < need or not all(self.name_valid(self.u16(here + 2 * i)) for i in range(parameters)):
                _fail("ARGS", at, "the names of the function's parameters are out of range")
            here += 2 * parameters
        count = self.u16(here) if flags & _HANDLERS else 0
        if room < need + 8 * count:
            _fail("HANDLER", at, "the function's handlers lie outside of EXTRA")
        return _Function(nregs, ncells, here + 2, count)
