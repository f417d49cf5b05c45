# SPDX-License-Identifier: Apache-2.0
"""The .vbc container: reading, writing, binding, signing. The format is defined in vmimages/core/container.h.

Bytes are deterministic: the same sections and header fields always give the same file. What the sections mean is in records.py.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from .errors import ContainerError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MAGIC = b"VBC"
FORMAT_MAJOR = 2
HEADER_SIZE = 24
DIRECTORY_ENTRY_SIZE = 8
HASH_SIZE, SIGNATURE_SIZE = 32, 64
FEATURE_FLOAT, FEATURE_BIGINT, FEATURE_MODULES = 1, 2, 4
ANY_VM = bytes(16)

_HEADER = struct.Struct("<4sIHHHBBI")  # all but header_crc
_ENTRY = struct.Struct("<II")
_MAX_WORDS = 0xFFFFFF


class SectionId(IntEnum):
    """Ids of sections; they stand in this order."""

    CONST = 1
    RESOURCES = 2
    FUNC = 3
    CODE = 4
    EXTRA = 5
    ATTRS = 6
    CLASS = 7
    SLOTS = 8
    NATIVE = 9
    TARGET = 10
    MODULES = 11
    GLOBALS = 16
    DEFS = 17
    LINES = 18
    DEBUG = 19
    NAMES = 20
    SIGN = 31


FIRST_STRIPPABLE = SectionId.GLOBALS
_EIGHT_ALIGNED = frozenset({SectionId.CONST, SectionId.RESOURCES, SectionId.FUNC, SectionId.MODULES})


@dataclass(frozen=True)
class Section:
    """One section: its bytes. `offset` is set when it was read from a file."""

    id: int
    data: bytes
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Container:
    """A .vbc file taken apart. Hash and signature are not among the sections: writing makes the one, `sign` the other."""

    sections: dict[int, Section]
    features: int = 0
    vm_abi: int = 1
    global_count: int = 0
    max_regs: int = 1
    build_id: int = 0
    total_length: int = field(default=0, compare=False)
    signature: bytes = field(default=b"", compare=False)

    def data(self, section: int) -> bytes:
        """The bytes of a section, empty when it is not there."""
        found = self.sections.get(section)
        return found.data if found is not None else b""

    @property
    def vmuid(self) -> bytes:
        """The only VM that may run it; zeros: any."""
        return self.data(SectionId.TARGET) or ANY_VM


def section_name(number: int) -> str:
    """`CODE`, or the number of one that is unknown here."""
    return SectionId(number).name if number in SectionId.__members__.values() else f"section {number}"


def padded(section: Section) -> bytes:
    """The section's bytes at the length that the format wants."""
    fill = b" " if section.id == SectionId.DEBUG else b"\0"
    return section.data + fill * (-len(section.data) % (8 if section.id in _EIGHT_ALIGNED else 4))


def write(container: Container, is_signed: bool = False) -> bytes:
    """The file; with `is_signed` it ends in 64 zeros where the signature comes. Raises ContainerError when a field does not fit."""
    entries: list[bytes] = []
    body = bytearray()
    for number in sorted(container.sections):
        data = padded(container.sections[number])
        if len(data) // 4 > _MAX_WORDS:
            raise ContainerError(f"{section_name(number)} has {len(data)} bytes, which is too much")
        entries.append(_ENTRY.pack(number | len(data) // 4 << 8, zlib.crc32(data)))
        body += data
    if is_signed:
        entries.append(_ENTRY.pack(SectionId.SIGN | SIGNATURE_SIZE // 4 << 8, 0))
    directory = b"".join(entries)
    seals = HASH_SIZE + (SIGNATURE_SIZE if is_signed else 0)
    try:
        header = _HEADER.pack(
            MAGIC + b"%d" % FORMAT_MAJOR,
            HEADER_SIZE + len(directory) + len(body) + seals,
            container.vm_abi,
            container.features,
            container.global_count,
            container.max_regs,
            len(entries),
            container.build_id,
        )
    except struct.error as error:
        raise ContainerError(f"a header field is out of range: {error}") from None
    image = header + struct.pack("<I", zlib.crc32(directory, zlib.crc32(header))) + directory + bytes(body)
    return image + hashlib.sha256(image).digest() + bytes(seals - HASH_SIZE)


def read(image: bytes) -> Container:
    """Takes a file apart, checking magic, lengths and checksums (not what the sections mean: that is `verify`).

    Raises ContainerError with the offset of the first thing wrong.
    """
    if len(image) < HEADER_SIZE + HASH_SIZE:
        raise ContainerError(f"the file has {len(image)} bytes, the smallest container has more")
    magic, total, abi, features, global_count, max_regs, count, build_id = _HEADER.unpack_from(image)
    if magic[:3] != MAGIC:
        raise ContainerError(f"the file begins with {magic.hex()}, a container with {MAGIC.hex()}")
    if magic[3:] != b"%d" % FORMAT_MAJOR:
        found = magic[3:].decode("ascii", "replace")
        raise ContainerError(
            f"the container's format is {found}, this reads format {FORMAT_MAJOR}: compile it again", 3
        )
    if total != len(image):
        raise ContainerError(f"the header tells {total} bytes, the file has {len(image)}", 4)
    end = HEADER_SIZE + count * DIRECTORY_ENTRY_SIZE
    if end > len(image):
        raise ContainerError(f"the directory of {count} sections does not fit the file", 15)
    (crc,) = struct.unpack_from("<I", image, HEADER_SIZE - 4)
    found_crc = zlib.crc32(image[HEADER_SIZE:end], zlib.crc32(image[: HEADER_SIZE - 4]))
    if crc != found_crc:
        raise ContainerError(f"the header's CRC is {crc:#010x}, its bytes give {found_crc:#010x}", HEADER_SIZE - 4)
    sections: dict[int, Section] = {}
    seal, signature = len(image) - HASH_SIZE, b""
    for at in range(HEADER_SIZE, HEADER_SIZE + count * DIRECTORY_ENTRY_SIZE, DIRECTORY_ENTRY_SIZE):
        head, section_crc = _ENTRY.unpack_from(image, at)
        number, length = head & 255, (head >> 8) * 4
        if number == SectionId.SIGN:
            seal, signature = seal - SIGNATURE_SIZE, image[-SIGNATURE_SIZE:]
            continue
        if end + length > seal or number in sections:
            raise ContainerError(f"{section_name(number)} lies outside the file or is there twice", at)
        data = image[end : end + length]
        if zlib.crc32(data) != section_crc:
            raise ContainerError(f"the CRC of {section_name(number)} is wrong", end)
        sections[number] = Section(number, data, end)
        end += length
    if end != seal:
        raise ContainerError(f"the sections end at {end:#x}, the hash begins at {seal:#x}", HEADER_SIZE)
    if hashlib.sha256(image[:seal]).digest() != image[seal : seal + HASH_SIZE]:
        raise ContainerError("the SHA-256 of the file is wrong", seal)
    return Container(sections, features, abi, global_count, max_regs, build_id, total, signature)


def bind(image: bytes, vmuid: bytes) -> bytes:
    """The program for one VM only (16 bytes; zeros: any). Raises ContainerError when it is signed: bind first, then sign."""
    if len(vmuid) != 16:
        raise ContainerError(f"a vmuid has 16 bytes, not {len(vmuid)}")
    container = read(image)
    if container.signature:
        raise ContainerError("the container is signed: bind the unsigned one, then sign it")
    sections = {n: s for n, s in container.sections.items() if n != SectionId.TARGET}
    if vmuid != ANY_VM:
        sections[SectionId.TARGET] = Section(SectionId.TARGET, vmuid)
    return write(replace(container, sections=sections))


def sign(image: bytes, key: Ed25519PrivateKey) -> bytes:
    """The program with an Ed25519 signature over everything before it, the hash included."""
    unsigned = write(read(image), is_signed=True)[:-SIGNATURE_SIZE]
    return unsigned + key.sign(unsigned)


def check_signature(image: bytes, key: Ed25519PublicKey) -> bool:
    """True when the container is signed with the key that belongs to this public key. Raises ContainerError for a broken container."""
    from cryptography.exceptions import InvalidSignature

    container = read(image)
    if not container.signature:
        return False
    try:
        key.verify(container.signature, image[:-SIGNATURE_SIZE])
    except InvalidSignature:
        return False
    return True
