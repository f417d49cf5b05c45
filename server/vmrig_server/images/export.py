# SPDX-License-Identifier: Apache-2.0
"""What is flashed onto a board, as files for other tools: plain binaries, Intel HEX, UF2, and a manifest that holds every address."""

from __future__ import annotations

import hashlib
import io
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vmrig_server.boards_data.schema import Chip, Target

MANIFEST = "manifest.json"
MANIFEST_FORMAT = 1
FILL_MAX = 64 * 1024
"""A binary is filled with 0xFF over a gap of so many bytes; a longer one, or one that others live in, parts it into several files."""
_BLANK = b"\xff"
_UF2 = struct.Struct("<IIIIIIII")
_UF2_MAGIC, _UF2_MAGIC_2, _UF2_MAGIC_END, _UF2_FAMILY_PRESENT = 0x0A324655, 0x9E5D5157, 0x0AB16F30, 0x2000
_UF2_PAYLOAD = 256


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes and the address they go to: of the chip, or an offset in the flash where the flash is in no memory."""

    name: str
    address: int
    data: bytes

    @property
    def end(self) -> int:
        """First address behind it."""
        return self.address + len(self.data)


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file to be written."""

    name: str
    data: bytes


def export(stem: str, parts: Sequence[Part], target: Target, chip: Chip, head: Mapping[str, Any]) -> list[ExportedFile]:
    """The files of some parts; the manifest is the last.

    Args:
        stem: of the names: ``vm_microbit_v2``.
        parts: in any order; none overlap.
        target, chip: say what lies between the parts, and which formats are of use.
        head: goes into the manifest before the parts.
    """
    parts = sorted(parts, key=lambda part: part.address)
    files: list[ExportedFile] = []
    entries: list[dict[str, Any]] = []

    def add(name: str, kind: str, data: bytes, held: Sequence[Part]) -> None:
        files.append(ExportedFile(name, data))
        entries.append(
            {
                "file": name,
                "format": kind,
                "address": held[0].address,
                "parts": [part.name for part in held],
                **_described(data),
            }
        )

    groups = _groups(parts, target)
    for number, group in enumerate(groups, 1):
        name = f"{stem}.bin" if len(groups) == 1 else f"{stem}_part_{number}.bin"
        add(name, "bin", _joined(group), group)
    if chip.flash.mapped:
        add(f"{stem}.hex", "hex", intel_hex(parts), parts)
    if chip.uf2_family is not None:
        add(f"{stem}.uf2", "uf2", uf2(parts, chip.uf2_family), parts)
    manifest = {
        "format": MANIFEST_FORMAT,
        **head,
        "target": target.target,
        "chip": chip.name,
        "addresses": "of the chip" if chip.flash.mapped else "offsets in the flash",
        "parts": [{"name": part.name, "address": part.address, **_described(part.data)} for part in parts],
        "files": entries,
    }
    return [*files, ExportedFile(MANIFEST, json.dumps(manifest, indent=2).encode() + b"\n")]


def intel_hex(parts: Sequence[Part]) -> bytes:
    """Intel HEX of just these bytes."""
    from intelhex import IntelHex

    image = IntelHex()
    for part in parts:
        image.puts(part.address, part.data)
    out = io.StringIO()
    image.write_hex_file(out)
    return out.getvalue().encode()


def uf2(parts: Sequence[Part], family: int) -> bytes:
    """UF2 (github.com/microsoft/uf2) in blocks of 256 aligned bytes, as boot ROMs that program whole pages want them; gaps in a block are 0xFF."""
    pages: dict[int, bytearray] = {}
    for part in parts:
        for at in range(part.address, part.end):
            page = pages.setdefault(at - at % _UF2_PAYLOAD, bytearray(_BLANK * _UF2_PAYLOAD))
            page[at % _UF2_PAYLOAD] = part.data[at - part.address]
    blocks = [
        _UF2.pack(*(_UF2_MAGIC, _UF2_MAGIC_2, _UF2_FAMILY_PRESENT, address, _UF2_PAYLOAD, number, len(pages), family))
        + bytes(page)
        + bytes(476 - _UF2_PAYLOAD)
        + struct.pack("<I", _UF2_MAGIC_END)
        for number, (address, page) in enumerate(sorted(pages.items()))
    ]
    return b"".join(blocks)


def _described(data: bytes) -> dict[str, Any]:
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _groups(parts: Sequence[Part], target: Target) -> list[list[Part]]:
    starts = {target.region(name)[0] for name in target.layout} - {part.address for part in parts}
    groups: list[list[Part]] = []
    for part in parts:
        before = groups[-1][-1].end if groups else None
        joins = before is not None and part.address - before <= FILL_MAX
        if joins and not any(before <= start < part.address for start in starts if before is not None):
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups


def _joined(group: Sequence[Part]) -> bytes:
    joined = bytearray()
    for part in group:
        joined += _BLANK * (part.address - group[0].address - len(joined)) + part.data
    return bytes(joined)
