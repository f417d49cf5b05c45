# SPDX-License-Identifier: Apache-2.0
"""What follows from a template: ``device.json``, port.bin, ``register.vm`` and the files that old tools want. The same template gives the same bytes."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vmrig_server import __version__
from vmrig_server.boards_data.custom import DEVICE_FILE
from vmrig_server.boards_data.pins import chip_pin_name
from vmrig_server.customvm.template import Template
from vmrig_server.errors import VmrigError

if TYPE_CHECKING:
    from vmrig_server.customvm.mistakes import Mistake

MANIFEST = "manifest.json"
MANIFEST_FORMAT = 1
PORT_FILE, PORT_V1_FILE = "port/port.bin", "port/port_v1.bin"
REGISTER_FILE = "register.vm"
ACTIVE_FILE = "active"
NO_USB_IDS = "device.vids and device.pids are empty: its boards are not recognised by their USB ids"
_DEVICE_KEYS = ("target", "original_target", "name", "vids", "pids", "pins", "port_bin", "template_sha256")


@dataclass(frozen=True, slots=True)
class RegisterVm:
    """The image that tells a chip's identity, as ``register.vm`` holds it."""

    data: bytes
    address: int


def sha256(data: bytes) -> str:
    """As lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def device_json(template: Template, text: str, port: bytes) -> bytes:
    """What the registry of targets reads, with the keys of the template's ``device`` section for old tools."""
    from vmrig_server.boards_data import load_chip
    from vmrig_server.customvm.classes import class_of
    from vmrig_server.customvm.compile import board_pins

    style = load_chip(template.chip).pin_style
    pins: dict[str, dict[str, str]] = {}
    for name, pin in board_pins(template).items():
        pins[name] = {"pin": chip_pin_name(pin.pin, style), "role": pin.role}
        known = class_of(name)
        # Which level means more is said of the functional name; a pin can have others.
        if known is not None and pin.active is not None:
            pins[name]["active"] = pin.active
            if pin.role == "button":  # what a button leaves open, a resistor on the board holds
                pins[name]["pull"] = "up" if pin.active == "low" else "down"
    device = {
        **{key: value for key, value in template.device.items() if key not in _DEVICE_KEYS},
        "target": template.short_name,
        "original_target": template.target,
        "name": template.name,
        "customized": True,
        "customizable": False,
        "classes": [f"{template.short_name}.{class_name(template.short_name)}"],
        "vids": list(template.vids),
        "pids": list(template.pids),
        "manual_reset": template.manual_reset,
        "reset_time": template.reset_time,
        "pins": pins,
        "port_bin": base64.b64encode(port).decode(),
        "template_sha256": sha256(text.encode()),
    }
    return _json(device)


def class_name(short_name: str) -> str:
    """What old tools call the board's class."""
    return f"{short_name}Device"


def old_module(short_name: str, vids: tuple[str, ...], pids: tuple[str, ...]) -> bytes:
    """``<short_name>.py`` for old tools. It is text: vmrig never imports it, and makes it anew instead of taking over another one."""
    return (
        f"# Made by vmrig from {short_name}.yml, for old tools. vmrig does not read it.\n"
        "from base import *\n\n\n"
        f"class {class_name(short_name)}(Board):\n"
        "    @staticmethod\n"
        "    def match(dev):\n"
        f"        return dev['vid'] in {list(vids)!r} and dev['pid'] in {list(pids)!r}\n"
    ).encode()


def derived_files(template: Template, text: str, port: bytes) -> dict[str, bytes]:
    """All that follows from a template, by path in the folder; ``device.json`` last but for the manifest, since with it the rest counts."""
    name = template.short_name
    files = {
        PORT_FILE: port,
        f"{name}.py": old_module(name, template.vids, template.pids),
        ACTIVE_FILE: _json({"short_name": name}),
    }
    if (image := register_vm(template.target)) is not None:
        files[REGISTER_FILE] = image
    files[DEVICE_FILE] = device_json(template, text, port)
    return files


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template that compiles."""

    template: Template
    text: str
    port: bytes
    warnings: tuple[Mistake, ...] = ()

    def notes(self) -> list[str]:
        """What its owner should know: warnings, and what is no mistake."""
        return [*map(str, self.warnings), *self.remarks()]

    def remarks(self) -> list[str]:
        """What is no mistake and should be known."""
        return [] if self.template.vids and self.template.pids else [NO_USB_IDS]

    def files(self) -> dict[str, bytes]:
        """All that follows from it, by path."""
        return derived_files(self.template, self.text, self.port)

    def whole(self, pictures: dict[str, bytes]) -> dict[str, bytes]:
        """The folder of it: the template, what follows, the user's pictures, and the manifest of all."""
        name = self.template.short_name
        files = {f"{name}.yml": self.text.encode(), **pictures, **self.files()}
        return {**files, MANIFEST: manifest(name, self.template.target, files)}


def compile_text(text: str, name: str = "", path: str = "") -> Compiled:
    """A template's text, compiled.

    Args:
        name: the short name that it must have; empty: any.
        path: for the messages.

    Raises:
        VmrigError: ``TEMPLATE_INVALID`` (`TemplateError`) with every mistake, ``PORT_TOO_LARGE``.
    """
    from vmrig_server.customvm import TemplateError, compile_template, read_template

    reading = read_template(text, short_name=name)
    if reading.template is None:
        raise TemplateError(reading.mistakes, path)
    return Compiled(reading.template, text, compile_template(reading.template), reading.mistakes)


def manifest(short_name: str, original_target: str, files: Mapping[str, bytes]) -> bytes:
    """The hashes of a folder's files."""
    listed = {path: {"size": len(files[path]), "sha256": sha256(files[path])} for path in sorted(files)}
    return _json(
        {
            "format": MANIFEST_FORMAT,
            "short_name": short_name,
            "original_target": original_target,
            "vmrig": __version__,
            "files": listed,
        }
    )


def manifest_problems(data: bytes, files: Mapping[str, bytes]) -> list[str]:
    """Where files are not what a manifest says, as sentences.

    Raises:
        ValueError: it is no manifest of this format.
    """
    try:
        raw = json.loads(data)
        if raw["format"] != MANIFEST_FORMAT:
            raise ValueError(f"its format is {raw['format']!r}, not {MANIFEST_FORMAT}")
        listed = {str(path): (int(entry["size"]), str(entry["sha256"])) for path, entry in raw["files"].items()}
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"it is no manifest: {error!r}") from None
    problems = [f"{path} is in the manifest and not there" for path in sorted(listed.keys() - files.keys())]
    problems += [f"{path} is not in the manifest" for path in sorted(files.keys() - listed.keys())]
    for path in sorted(listed.keys() & files.keys()):
        found = (len(files[path]), sha256(files[path]))
        if found != listed[path]:
            size, digest = listed[path]
            problems.append(f"{path} has {found[0]} bytes, SHA-256 {found[1]}; the manifest says {size}, {digest}")
    return problems


def register_vm(target: str) -> bytes | None:
    """The register image of a target as the JSON of old tools; None when there is none."""
    from vmrig_server.images import image_names, load_image

    if "register" not in image_names(target):
        return None
    image = load_image(target, "register")
    return _json(
        {
            "type": "register",
            "dev_type": target,
            "bin": base64.b64encode(image.data).decode(),
            "loc": f"{image.address:#010x}",
            "size": len(image.data),
            "md5": hashlib.md5(image.data, usedforsecurity=False).hexdigest(),
            "sha256": image.sha256,
        }
    )


def read_register_vm(data: bytes) -> RegisterVm:
    """The image in a ``register.vm``: ours, or an old tool's with one part.

    Raises:
        VmrigError: ``REGISTER_VM_INVALID``.
    """
    try:
        raw = json.loads(data)
        image = base64.b64decode(raw["bin"], validate=True)
        if int(raw["size"]) != len(image):
            raise ValueError(f"size says {raw['size']}, there are {len(image)} bytes")
        if hashlib.md5(image, usedforsecurity=False).hexdigest() != raw["md5"]:
            raise ValueError("md5 is that of other bytes")
        if "sha256" in raw and sha256(image) != raw["sha256"]:
            raise ValueError("sha256 is that of other bytes")
        return RegisterVm(image, int(str(raw.get("loc", "0")), 0))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise VmrigError(
            "REGISTER_VM_INVALID",
            "The register.vm holds no whole image.",
            evidence=[f"{type(error).__name__}: {error}"],
        ) from None


def _json(data: Mapping[str, Any]) -> bytes:
    return (json.dumps(data, indent=1, sort_keys=True, ensure_ascii=True) + "\n").encode()
