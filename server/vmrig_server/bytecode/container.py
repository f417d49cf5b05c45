# SPDX-License-Identifier: Apache-2.0
"""The .vbc container: reading, writing, stripping, binding, signing. The format is defined in vmimages/core/container.h.

Bytes are deterministic: the same sections and header fields always give the same file.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from .errors import ContainerError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MAGIC = 0x31434256
FORMAT_MAJOR, FORMAT_MINOR = 1, 0
HEADER_SIZE = 48
DIRECTORY_ENTRY_SIZE = 16
FEATURE_FLOAT = 1
FLAG_STRIPPABLE = 1
NO_NAME = 0xFFFF
ANY_VM = bytes(16)

_HEADER = struct.Struct("<IBBHBBHI16sHHHHI")  # all but header_crc
_ENTRY = struct.Struct("<BBHIII")
FUNC_RECORD = struct.Struct("<IHBBBBBBHHHHHHH6x")
HANDLER_RECORD = struct.Struct("<HHHH")
CLASS_RECORD = struct.Struct("<HHHHHH")
SLOT_RECORD = struct.Struct("<HH")
NATIVE_RECORD = struct.Struct("<IHBB")


class SectionId(IntEnum):
    """Ids of sections; they stand in this order."""

    NAMES = 1
    CONST = 2
    FUNC = 3
    CODE = 4
    HANDLERS = 5
    ARGS = 6
    CLASS = 7
    SLOTS = 8
    NATIVE = 9
    GLOBALS = 10
    LINES = 11
    DEBUG = 12
    SHA256 = 15
    SIGN = 16


STRIPPABLE = frozenset({SectionId.NAMES, SectionId.GLOBALS, SectionId.LINES, SectionId.DEBUG})
_SEALS = frozenset({SectionId.SHA256, SectionId.SIGN})


@dataclass(frozen=True)
class Section:
    """One section: its bytes, and the count of entries where it has entries. `offset` is set when it was read from a file."""

    id: int
    data: bytes
    count: int = 0
    flags: int = 0
    offset: int = 0


@dataclass(frozen=True)
class Container:
    """A .vbc file taken apart. SHA256 and SIGN are not among the sections: writing makes the one, `sign` the other."""

    sections: dict[int, Section]
    features: int = 0
    value_model: int = 1
    vm_abi: int = 1
    vmuid: bytes = ANY_VM
    global_count: int = 0
    entry: int = 0
    max_regs: int = 1
    flags: int = 0
    build_id: int = 0
    format_minor: int = FORMAT_MINOR
    total_length: int = 0
    signature: bytes = field(default=b"", compare=False)

    def data(self, section: int) -> bytes:
        """The bytes of a section, empty when it is not there."""
        found = self.sections.get(section)
        return found.data if found is not None else b""


class FuncRecord(NamedTuple):
    """vbc_func of container.h."""

    code_offset: int
    code_words: int
    nregs: int
    nargs: int
    nkwonly: int
    flags: int
    nposonly: int
    ncells: int
    name: int
    qualname: int
    first_arg: int
    first_handler: int
    handler_count: int
    first_line: int
    file: int


def build_id_of(container: Container) -> int:
    """First four bytes of the SHA-256 of the sections as they are in a stripped image: the same before and after stripping."""
    stripped = _stripped_sections(container)
    digest = hashlib.sha256()
    for number in sorted(stripped):
        digest.update(stripped[number].data)
    return int.from_bytes(digest.digest()[:4], "little")


def write(container: Container, signature: bytes | None = None) -> bytes:
    """The file. With `signature` (64 bytes, or 64 zeros while the text to be signed is made) a SIGN section ends it.

    Raises ContainerError when a field does not fit.
    """
    sections = [container.sections[n] for n in sorted(container.sections)]
    seals = [Section(SectionId.SHA256, bytes(32))]
    if signature is not None:
        seals.append(Section(SectionId.SIGN, signature))
    count = len(sections) + len(seals)
    offset = _align(HEADER_SIZE + count * DIRECTORY_ENTRY_SIZE)
    entries: list[bytes] = []
    body = bytearray()
    start = offset
    for section in [*sections, *seals]:
        flags = FLAG_STRIPPABLE if section.id in STRIPPABLE else 0
        # The seals cover the directory, so their own checksums cannot be in it.
        crc = 0 if section.id in _SEALS else zlib.crc32(section.data)
        try:
            entries.append(_ENTRY.pack(section.id, flags, section.count, offset, len(section.data), crc))
        except struct.error as error:
            raise ContainerError(f"section {section.id} is too large: {error}") from None
        body += section.data
        body += bytes(_align(len(body)) - len(body))
        offset = start + len(body)
    total = offset
    try:
        header = _HEADER.pack(
            MAGIC,
            FORMAT_MAJOR,
            container.format_minor,
            container.features,
            container.value_model,
            count,
            container.vm_abi,
            total,
            container.vmuid,
            container.global_count,
            container.entry,
            container.max_regs,
            container.flags,
            container.build_id,
        )
    except struct.error as error:
        raise ContainerError(f"a header field is out of range: {error}") from None
    directory = b"".join(entries)
    head = header + struct.pack("<I", zlib.crc32(header + directory)) + directory
    image = bytearray(head + bytes(start - len(head)) + body)
    position = total - (32 if signature is None else 96)
    image[position : position + 32] = hashlib.sha256(image[:position]).digest()
    return bytes(image)


def _align(length: int) -> int:
    return (length + 7) & ~7


def read(image: bytes) -> Container:
    """Takes a file apart, checking magic, lengths and checksums (not what the sections mean: that is `verify`).

    Raises ContainerError with the offset of the first thing wrong.
    """
    if len(image) < HEADER_SIZE:
        raise ContainerError(f"the file has {len(image)} bytes, a header alone has {HEADER_SIZE}")
    (magic, major, minor, features, model, count, abi, total, vmuid, global_count, entry, max_regs, flags, build_id) = (
        _HEADER.unpack_from(image)
    )
    if magic != MAGIC:
        raise ContainerError(f"magic is {magic:#010x}, a .vbc file begins with {MAGIC:#010x}")
    if major != FORMAT_MAJOR:
        raise ContainerError(f"format {major}.{minor} cannot be read, this is for format {FORMAT_MAJOR}.x", 4)
    if total != len(image):
        raise ContainerError(f"the header tells {total} bytes, the file has {len(image)}", 12)
    end = HEADER_SIZE + count * DIRECTORY_ENTRY_SIZE
    if end > len(image):
        raise ContainerError(f"the directory of {count} sections does not fit the file", 9)
    (crc,) = struct.unpack_from("<I", image, HEADER_SIZE - 4)
    found = zlib.crc32(image[: HEADER_SIZE - 4] + image[HEADER_SIZE:end])
    if crc != found:
        raise ContainerError(f"the header's CRC is {crc:#010x}, its bytes give {found:#010x}", HEADER_SIZE - 4)
    sections: dict[int, Section] = {}
    for at in range(HEADER_SIZE, end, DIRECTORY_ENTRY_SIZE):
        number, section_flags, entries, offset, length, section_crc = _ENTRY.unpack_from(image, at)
        if offset + length > len(image) or number in sections:
            raise ContainerError(f"section {number} lies outside the file or is there twice", at)
        data = image[offset : offset + length]
        if number not in _SEALS and zlib.crc32(data) != section_crc:
            raise ContainerError(f"the CRC of section {number} is wrong", offset)
        sections[number] = Section(number, data, entries, section_flags, offset)
    seal = sections.pop(SectionId.SHA256, None)
    signature = sections.pop(SectionId.SIGN, None)
    if seal is None:
        raise ContainerError("there is no SHA256 section", HEADER_SIZE)
    if hashlib.sha256(image[: seal.offset]).digest() != seal.data:
        raise ContainerError("the SHA-256 of the file is wrong", seal.offset)
    return Container(
        sections=sections,
        features=features,
        value_model=model,
        vm_abi=abi,
        vmuid=vmuid,
        global_count=global_count,
        entry=entry,
        max_regs=max_regs,
        flags=flags,
        build_id=build_id,
        format_minor=minor,
        total_length=total,
        signature=signature.data if signature is not None else b"",
    )


def _stripped_sections(container: Container) -> dict[int, Section]:
    sections = {n: s for n, s in container.sections.items() if n not in STRIPPABLE}
    natives = sections.get(SectionId.NATIVE)
    if natives is not None:
        rows = [
            NATIVE_RECORD.pack(h, NO_NAME, low, high) for h, _, low, high in NATIVE_RECORD.iter_unpack(natives.data)
        ]
        sections[SectionId.NATIVE] = replace(natives, data=b"".join(rows))
    functions = sections.get(SectionId.FUNC)
    if functions is not None:
        records = [FuncRecord(*row)._replace(first_line=0) for row in FUNC_RECORD.iter_unpack(functions.data)]
        sections[SectionId.FUNC] = replace(functions, data=b"".join(FUNC_RECORD.pack(*r) for r in records))
    return sections


def strip(image: bytes) -> bytes:
    """The program without names, lines and debug data; the build id still matches the full file. A signature is lost."""
    container = read(image)
    return write(replace(container, sections=_stripped_sections(container)))


def bind(image: bytes, vmuid: bytes) -> bytes:
    """The program for one VM only (16 bytes; zeros: any). Raises ContainerError when it is signed: bind first, then sign."""
    if len(vmuid) != 16:
        raise ContainerError(f"a vmuid has 16 bytes, not {len(vmuid)}")
    container = read(image)
    if container.signature:
        raise ContainerError("the container is signed: bind the unsigned one, then sign it")
    return write(replace(container, vmuid=vmuid))


def sign(image: bytes, key: Ed25519PrivateKey) -> bytes:
    """The program with an Ed25519 signature over everything before the SIGN section, the hash included."""
    unsigned = write(read(image), bytes(64))
    return unsigned[:-64] + key.sign(unsigned[:-64])


def check_signature(image: bytes, key: Ed25519PublicKey) -> bool:
    """True when the container is signed with the key that belongs to this public key. Raises ContainerError for a broken container."""
    from cryptography.exceptions import InvalidSignature

    container = read(image)
    if len(container.signature) != 64:
        return False
    try:
        key.verify(container.signature, image[:-64])
    except InvalidSignature:
        return False
    return True
