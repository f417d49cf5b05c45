# SPDX-License-Identifier: Apache-2.0
"""What is kept of emulated boards between runs of the service: ``<home>/emulated/<serial>/board.json`` beside the files of their memories."""

from __future__ import annotations

import json
import re
import secrets
import shutil
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from vmrig_server.boards_data import Target, load_chip

SERIAL_DIGITS = {"cmsis-dap": 48, "stlink": 24, "jlink": 9, "": 32}
"""Of a probe's serial number, or of a serial bridge's (CP2102N: 32): DAPLink's is the board id and 44 hex digits that tell interfaces apart, an ST-Link's is hexadecimal too, a J-Link's
decimal."""
JLINK_STRING = 12
"""Digits of a J-Link's serial as it is on USB, filled up with zeros in front."""
MAC_SIZE = 6
_MAC = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){5}")
_SERIAL = re.compile(r"[A-Za-z0-9:_-]{1,64}")
BUS_FIRST = 240
"""Number of the first emulated bus; systems number theirs from 1."""
PORTS_PER_BUS = 100


@dataclass(slots=True)
class Definition:
    """A board as the user made it."""

    target: str
    serial: str
    pace: str
    plugged: bool
    """Whether it is to be plugged in when the service starts."""
    slot: int
    """Where it is plugged in, counted over all buses from 0; it keeps its place."""
    remote_port: int = 0
    """TCP port that pyOCD's remote protocol had last, which it gets again if it is free; 0: none yet."""
    dap_port: int = 0
    """The same of CMSIS-DAP."""
    gdb_port: int = 0
    """The same of GDB's remote serial protocol."""
    rfc2217_port: int = 0
    """The same of the serial port."""
    usb: str = ""
    """Which of the target's `usb_choices` it is; empty: as such boards usually are."""

    @property
    def bus(self) -> int:
        return BUS_FIRST + self.slot // PORTS_PER_BUS

    @property
    def port(self) -> int:
        return 1 + self.slot % PORTS_PER_BUS


def fresh_serial(target: Target) -> str:
    """A serial number shaped as the real device's."""
    if target.serial.lines == "usb-serial-jtag":
        chip = load_chip(target.chip)
        maker = bytes.fromhex(chip.identity.fields[chip.identity.uid].prefix)
        return (maker + secrets.token_bytes(MAC_SIZE))[:MAC_SIZE].hex(":").upper()
    prefix = target.usb.board_ids[0] if target.usb.board_ids else ""
    count = target.usb.serial_digits or SERIAL_DIGITS[target.probe or ""]
    if target.probe == "jlink":
        digits = "".join(secrets.choice("123456789") for _ in range(count - len(prefix)))
        return (prefix + digits).zfill(JLINK_STRING)
    return (prefix + secrets.token_hex(count // 2))[:count]


def mac_of(serial: str) -> bytes | None:
    """The chip's MAC, where the USB port is the chip's own and has it for a serial number."""
    return bytes.fromhex(serial.replace(":", "")) if _MAC.fullmatch(serial) else None


def board_id_part(target: Target, serial: str) -> str:
    """A serial from where its board id begins."""
    return serial.lstrip("0") if target.probe == "jlink" else serial


def is_serial(text: str) -> bool:
    """Whether it can be a USB serial number here; it is also the name of a folder and of a port."""
    return _SERIAL.fullmatch(text) is not None


def _parse(text: bytes) -> Definition:
    """Raises ValueError, KeyError or TypeError."""
    raw = {
        "dap_port": 0,
        "rfc2217_port": 0,
        "gdb_port": 0,
        "usb": "",
        **json.loads(text),
    }  # which files of earlier versions have not
    definition = Definition(**{field.name: raw[field.name] for field in fields(Definition)})
    for field in fields(Definition):
        value = getattr(definition, field.name)
        if type(value).__name__ != field.type:
            raise TypeError(f"{field.name} is {value!r}")
    ports = (definition.remote_port, definition.dap_port, definition.rfc2217_port, definition.gdb_port)
    if definition.slot < 0 or not all(0 <= port < 1 << 16 for port in ports):
        raise ValueError("slot or a port is out of range")
    return definition


class Definitions:
    """The definitions on disk."""

    def __init__(self, home: Path) -> None:
        self._root = home / "emulated"

    def folder(self, serial: str) -> Path:
        """The files of a board."""
        return self._root / serial

    def load(self) -> tuple[dict[str, Definition], list[str]]:
        """All that can be read, and a sentence for each that cannot."""
        found: dict[str, Definition] = {}
        problems: list[str] = []
        for path in sorted(self._root.glob("*/board.json")):
            try:
                definition = _parse(path.read_bytes())
            except (OSError, ValueError, KeyError, TypeError) as error:
                problems.append(f"{path} cannot be read: {error!r}")
                continue
            if definition.serial != path.parent.name or not is_serial(definition.serial):
                problems.append(f"{path} is for serial {definition.serial!r}")
                continue
            found[definition.serial] = definition
        return found, problems

    def save(self, definition: Definition) -> None:
        """Whole or not at all."""
        folder = self.folder(definition.serial)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = folder / ".board.json.new"
        temporary.write_text(json.dumps(asdict(definition), indent=1) + "\n")
        temporary.replace(folder / "board.json")

    def delete(self, serial: str) -> None:
        """With the contents of its memories."""
        shutil.rmtree(self.folder(serial), ignore_errors=True)
