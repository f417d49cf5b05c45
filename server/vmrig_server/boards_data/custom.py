# SPDX-License-Identifier: Apache-2.0
"""Custom VMs as board types: ``<home>/cvm/<short_name>/device.json``, written by the compiler of templates, over the board file of the original target."""

from __future__ import annotations

import base64
import functools
import itertools
import json
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vmrig_server.boards_data.schema import BoardPin, Name, Serial, Target, Usb, UsbChoice, UsbInterface
from vmrig_server.errors import ErrorClass, VmrigError

DEVICE_FILE = "device.json"
SHORT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}")
_FILE_LIMIT = 1 << 20
_OWN_PROBES = frozenset({"jlink", "stlink"})
"""Probes that tools know by the USB ids of their makers, so that one with other ids is not one of them."""
_CMSIS_DAP = [
    UsbInterface(kind="cmsis-dap-v2", name="CMSIS-DAP v2 Interface"),
    UsbInterface(kind="cdc-acm", name="CDC-ACM UART Interface"),
]

UsbId = Annotated[str, Field(pattern=r"^[0-9A-F]{4}$")]


class CustomTarget(Target):
    """A board type that a user made of another one."""

    original_target: Name
    port: bytes
    """Its port.bin."""

    @property
    def image_target(self) -> str:
        """The target whose firmware images it runs."""
        return self.original_target


class DeviceFile(BaseModel):
    """What ``device.json`` must hold; what else old tools want there is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    target: Name
    original_target: Name
    name: str
    vids: list[UsbId]
    pids: list[UsbId]
    pins: dict[Name, BoardPin]
    port_bin: str
    """base64"""
    template_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

    def usb_ids(self) -> list[tuple[int, int]]:
        """(vid, pid): every vendor with every product, as old tools match them."""
        return [(int(vid, 16), int(pid, 16)) for vid, pid in itertools.product(self.vids, self.pids)]


def device_path(root: Path, name: str) -> Path:
    """Where a custom VM's ``device.json`` is."""
    return root / name / DEVICE_FILE


def names(root: Path) -> list[str]:
    """Short names of those that were compiled."""
    found = (path.parent.name for path in root.glob(f"*/{DEVICE_FILE}"))
    return sorted(name for name in found if SHORT_NAME.fullmatch(name))


def is_template_only(root: Path, name: str) -> bool:
    """Whether there is a template of that name and nothing that was compiled of it."""
    return SHORT_NAME.fullmatch(name) is not None and (root / name / f"{name}.yml").is_file()


def not_compiled(name: str) -> VmrigError:
    """It has a template and no more."""
    return VmrigError(
        "CUSTOM_VM_NOT_COMPILED",
        f"The custom VM {name} was not compiled yet.",
        next_command=f"vmrig vm custom compile {name}",
    )


def read_device(path: Path) -> DeviceFile:
    """A ``device.json``.

    Raises:
        VmrigError: ``CUSTOM_VM_BROKEN``.
    """
    try:
        if path.stat().st_size > _FILE_LIMIT:
            raise ValueError(f"larger than {_FILE_LIMIT} bytes")
        raw: Any = json.loads(path.read_bytes())
        device = DeviceFile.model_validate(raw)
        if device.target != path.parent.name:
            raise ValueError(f"target is {device.target!r}, the folder's name says {path.parent.name!r}")
        base64.b64decode(device.port_bin, validate=True)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_url=False)]
        raise _broken(path, *lines[:5]) from None
    except (OSError, ValueError, RecursionError) as error:
        raise _broken(path, str(error)) from None
    return device


@functools.lru_cache(maxsize=64)
def original_of(path: Path, stamp: tuple[int, int]) -> str:
    """The target that it is derived from. `stamp`: of the file."""
    return read_device(path).original_target


def derived(path: Path, base: Target) -> CustomTarget:
    """The board type of a ``device.json`` and its original."""
    device = read_device(path)
    ways = [_way(vid, pid, base) for vid, pid in device.usb_ids()]
    # One without ids of its own is nobody on USB: its original's boards stay what they are.
    usb, serial = ways[0] if ways else (base.usb.model_copy(update={"vid": 0, "pid": 0, "board_ids": []}), base.serial)
    changed: dict[str, Any] = {
        "target": device.target,
        "name": device.name,
        "usb": usb,
        "serial": serial,
        "usb_choices": {
            f"usb{number}": UsbChoice(usb=usb, serial=serial) for number, (usb, serial) in enumerate(ways) if number
        },
        "probe": "cmsis-dap" if base.probe is not None and usb.interfaces == _CMSIS_DAP else base.probe,
        "pins": _pins(device, base),
        "leds": None,
        "original_target": device.original_target,
        "port": base64.b64decode(device.port_bin),
    }
    return CustomTarget(**{**{name: getattr(base, name) for name in Target.model_fields}, **changed})


def _pins(device: DeviceFile, base: Target) -> dict[str, BoardPin]:
    """The template's pins, on a board whose line to the host and whose strapping pin are wired as on the original: otherwise it would not boot."""
    pins = {**{name: pin for name, pin in base.pins.items() if pin.role == "uart"}, **device.pins}
    boot = base.serial.boot
    if boot is not None and not any(pin.pin == boot and pin.pull for pin in pins.values()):
        straps = {name: pin for name, pin in base.pins.items() if pin.pin == boot and pin.pull}
        pins |= {name: pins.get(name, pin).model_copy(update={"pull": pin.pull}) for name, pin in straps.items()}
    return pins


def _way(vid: int, pid: int, base: Target) -> tuple[Usb, Serial]:
    """How a board with these ids is plugged in: as its original, where the ids are one of its, else by a bridge or probe of its own."""
    for choice in (UsbChoice(usb=base.usb, serial=base.serial), *base.usb_choices.values()):
        if (choice.usb.vid, choice.usb.pid) == (vid, pid):
            return choice.usb, choice.serial
    own: dict[str, Any] = {"vid": vid, "pid": pid, "board_ids": []}
    if base.probe in _OWN_PROBES and vid != base.usb.vid:
        own |= {"interfaces": _CMSIS_DAP, "serial_digits": 16, "product": "CMSIS-DAP"}
    return base.usb.model_copy(update=own), base.serial


def _broken(path: Path, *why: str) -> VmrigError:
    return VmrigError(
        "CUSTOM_VM_BROKEN",
        f"What was compiled of the custom VM {path.parent.name} cannot be read.",
        evidence=[str(path), *why],
        next_command=f"vmrig vm custom compile {path.parent.name}",
        error_class=ErrorClass.BENCH,
    )
