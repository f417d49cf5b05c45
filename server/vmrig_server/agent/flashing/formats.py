# SPDX-License-Identifier: Apache-2.0
"""Firmware files (raw binary, Intel HEX, ELF, UF2) to bytes at addresses. Pure: no I/O, no chip."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from vmrig_server.agent.api import FirmwareFile, FlashPart
from vmrig_server.agent.flashing.chip import ChipFacts
from vmrig_server.agent.flashing.uf2 import is_uf2, uf2_parts
from vmrig_server.errors import VmrigError

FORMATS = ("bin", "hex", "elf", "uf2")

_ALIASES = {
    "bin": "bin",
    "raw": "bin",
    "hex": "hex",
    "ihex": "hex",
    "ihx": "hex",
    "elf": "elf",
    "axf": "elf",
    "out": "elf",
    "uf2": "uf2",
}
_ELF_MAGIC = b"\x7fELF"
_HEX_CHARS = frozenset(b"0123456789ABCDEFabcdef")


def detect_format(data: bytes) -> str:
    """By contents: ``elf`` and ``uf2`` by their magic, ``hex`` when the first line is a whole Intel HEX record, else ``bin``."""
    if data.startswith(_ELF_MAGIC):
        return "elf"
    if is_uf2(data):
        return "uf2"
    line = data.lstrip()[:600].split(b"\n", 1)[0].rstrip()
    if line.startswith(b":") and len(line) >= 11 and len(line) % 2 == 1 and set(line[1:]) <= _HEX_CHARS:
        return "hex"
    return "bin"


def file_format(file: FirmwareFile) -> str:
    """The file's format: what the caller said, else what it looks like.

    Raises:
        VmrigError: ``IMAGE_FORMAT`` for a format that is not known, or a file that its name says is HEX or ELF and is not.
    """
    if not file.format:
        found = detect_format(file.data)
        named = _ALIASES.get(file.name.rpartition(".")[2].lower(), found)
        # ".out" is what linkers call any result, raw ones too.
        if file.data and found == "bin" and named != "bin" and not file.name.lower().endswith(".out"):
            raise VmrigError(
                "IMAGE_FORMAT",
                f"{file.name} is not {named.upper()}, as its name says, and is not flashed as raw bytes.",
                evidence=[f"it begins with {file.data[:16]!r}", "a raw binary is named .bin"],
            )
        return found
    chosen = _ALIASES.get(file.format.lower().lstrip("."))
    if chosen is None:
        raise VmrigError(
            "IMAGE_FORMAT",
            f"{file.name}: {file.format!r} is no known format.",
            evidence=[f"known: {', '.join(FORMATS)}"],
        )
    return chosen


def file_parts(file: FirmwareFile, chip: ChipFacts) -> list[FlashPart]:
    """The bytes of a file and where they go; a raw binary without an address goes to where the chip boots from.

    Raises:
        VmrigError: ``IMAGE_EMPTY``, ``IMAGE_FORMAT``, ``IMAGE_WRONG_CHIP``, ``IMAGE_OVERLAP`` (a HEX file that says a byte twice).
    """
    chosen = file_format(file)
    if not file.data:
        raise VmrigError("IMAGE_EMPTY", f"{file.name} is empty.")
    if chosen == "bin":
        address = (
            file.address
            if file.address is not None
            else chip.loader.boot_offset
            if chip.loader
            else chip.flash[0].start
        )
        return [FlashPart(address, bytes(file.data), file.name)]
    if file.address is not None:
        raise VmrigError(
            "IMAGE_FORMAT",
            f"{file.name} is {chosen.upper()}, which carries its own addresses; the address {file.address:#010x} cannot be used.",
            evidence=["an address is for raw binaries"],
        )
    if chosen == "elf" and chip.loader is not None:
        raise _not_loaded(file, chip.loader.chip)
    if chosen == "uf2":
        parts = uf2_parts(file, chip.uf2_family, chip.name)
    else:
        parts = _hex_parts(file) if chosen == "hex" else _elf_parts(file, chip.elf_machine)
    if not parts:
        raise VmrigError("IMAGE_EMPTY", f"{file.name} has no bytes to flash.", evidence=[f"read as {chosen.upper()}"])
    return parts


def _not_loaded(file: FirmwareFile, chip: str) -> VmrigError:
    image = file.name.removesuffix(".elf") + ".bin"
    return VmrigError(
        "IMAGE_FORMAT",
        f"{file.name} is an ELF file; the chip's ROM loads an image that is made of it.",
        evidence=["an ELF says where code runs, not where in the flash it lies"],
        next_command=f"esptool --chip {chip} elf2image -o {image} {file.name}",
    )


def _hex_parts(file: FirmwareFile) -> list[FlashPart]:
    from intelhex import AddressOverlapError, HexReaderError, HexRecordError, IntelHex, IntelHexError

    try:
        text = file.data.decode("ascii")
    except UnicodeDecodeError as bad:
        raise VmrigError(
            "IMAGE_FORMAT", f"{file.name} is not Intel HEX: byte {bad.start} is no ASCII character."
        ) from None
    image: Any = IntelHex()
    try:
        image.loadhex(io.StringIO(text))
    except AddressOverlapError as overlap:
        raise VmrigError("IMAGE_OVERLAP", f"{file.name} gives some bytes twice.", evidence=[str(overlap)]) from None
    except (HexReaderError, HexRecordError, IntelHexError) as bad:
        raise VmrigError("IMAGE_FORMAT", f"{file.name} is not valid Intel HEX.", evidence=[str(bad)]) from None
    segments: Sequence[tuple[int, int]] = image.segments()
    return [FlashPart(start, bytes(image.tobinstr(start=start, end=end - 1)), file.name) for start, end in segments]


def _elf_parts(file: FirmwareFile, machine: int) -> list[FlashPart]:
    from elftools.common.exceptions import ELFError
    from elftools.construct import ConstructError
    from elftools.elf.elffile import ELFFile

    try:
        elf: Any = ELFFile(io.BytesIO(file.data))
        _check_elf(file, elf, machine)
        parts = []
        for segment in elf.iter_segments():
            header = segment.header
            if header.p_type != "PT_LOAD" or header.p_filesz == 0:
                continue
            data = segment.data()
            if len(data) != header.p_filesz:
                raise ELFError(
                    f"segment at file offset {header.p_offset:#x} is {header.p_filesz} bytes long, {len(data)} are there"
                )
            # The load (physical) address is where an initialised variable's first value is kept in flash.
            parts.append(FlashPart(header.p_paddr, bytes(data), file.name))
    except (ELFError, ConstructError, OverflowError, UnicodeDecodeError) as bad:
        raise VmrigError(
            "IMAGE_FORMAT", f"{file.name} is a broken ELF file.", evidence=[str(bad) or type(bad).__name__]
        ) from None
    return parts


def _check_elf(file: FirmwareFile, elf: Any, machine: int) -> None:
    header = elf.header
    found = f"e_machine {header['e_machine']}, {elf.elfclass} bit, {'little' if elf.little_endian else 'big'} endian"
    if _machine_number(file.data, elf.little_endian) != machine or elf.elfclass != 32 or not elf.little_endian:
        raise VmrigError(
            "IMAGE_WRONG_CHIP",
            f"{file.name} is not built for this kind of processor.",
            evidence=[f"found: {found}", f"expected: e_machine {machine}, 32 bit, little endian"],
        )
    if header["e_type"] != "ET_EXEC":
        raise VmrigError(
            "IMAGE_FORMAT",
            f"{file.name} is no linked program.",
            evidence=[f"e_type {header['e_type']}, expected ET_EXEC"],
        )
    profile = _arm_profile(elf)
    if profile not in ("", "M"):
        raise VmrigError(
            "IMAGE_WRONG_CHIP",
            f"{file.name} is built for an Arm core of profile {profile}, the chip's core is of profile M.",
            evidence=[f"Tag_CPU_arch_profile {profile!r} in .ARM.attributes"],
        )


def _machine_number(data: bytes, little_endian: bool) -> int:
    return int.from_bytes(data[18:20], "little" if little_endian else "big")


def _arm_profile(elf: Any) -> str:
    """Tag_CPU_arch_profile of the build attributes (Addenda to the Arm ABI, section 3.3.5.2): "A", "R", "M", "S"; "" when not said.

    Damaged attributes say nothing: they are the toolchain's remarks, nothing of them is flashed.
    """
    from elftools.common.exceptions import ELFError
    from elftools.construct import ConstructError
    from elftools.elf.sections import ARMAttributesSection

    try:
        section = elf.get_section_by_name(".ARM.attributes")
        if not isinstance(section, ARMAttributesSection):
            return ""
        for subsection in section.iter_subsections():
            for subsubsection in subsection.iter_subsubsections():
                for attribute in subsubsection.iter_attributes("TAG_CPU_ARCH_PROFILE"):
                    return chr(attribute.value) if attribute.value else ""
    except (ELFError, ConstructError, TypeError, ValueError, OverflowError, UnicodeDecodeError):
        return ""
    return ""
