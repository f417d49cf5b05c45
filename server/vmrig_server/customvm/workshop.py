# SPDX-License-Identifier: Apache-2.0
"""Custom VMs as the hub works with them: made from an original's template, compiled, looked at, taken away. Blocks; reads files anew when they change."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vmrig_server.boards_data.custom import DeviceFile, not_compiled, read_device
from vmrig_server.customvm import made
from vmrig_server.customvm.folders import Folders
from vmrig_server.customvm.made import NO_USB_IDS, Compiled, compile_text, sha256
from vmrig_server.errors import VmrigError

if TYPE_CHECKING:
    from vmrig_server.customvm.mistakes import Mistake
    from vmrig_server.customvm.originals import Original
    from vmrig_server.customvm.pintable import PinRow

MAX_CUSTOM_VMS = 500


@dataclass(frozen=True, slots=True)
class Custom:
    """A custom VM as it is now."""

    short_name: str
    title: str
    original_target: str
    chip: str
    state: str
    """"created", "compiled", "changed" or "broken"."""
    folder: Path
    template_path: Path
    usb_ids: tuple[str, ...] = ()
    port_sha256: str = ""
    port_size_bytes: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at a template's text told."""

    mistakes: Sequence[Mistake]
    notes: Sequence[str] = ()
    pins: Sequence[PinRow] = ()
    """Of a text that compiles."""


class Workshop:
    """All custom VMs of a service.

    Args:
        root: ``<home>/cvm``.
    """

    def __init__(self, root: Path) -> None:
        self.folders = Folders(root)
        self._lock = threading.Lock()
        self._now: dict[str, tuple[tuple[int, int], str]] = {}
        self._looks: dict[str, tuple[tuple[tuple[int, int], ...], Custom]] = {}

    # --- reading -----------------------------------------------------------------------------------------------------

    def originals(self) -> list[Original]:
        """Targets that a custom VM can be derived from."""
        from vmrig_server.customvm import originals

        return originals()

    def list(self) -> list[Custom]:
        """All, by short name."""
        return [self._look(name) for name in self.folders.names()]

    def get(self, name: str) -> Custom:
        """
        Raises:
            VmrigError: ``CUSTOM_VM_NOT_FOUND``.
        """
        if name not in self.folders.names():
            raise self.folders.unknown(name)
        return self._look(name)

    def _look(self, name: str) -> Custom:
        """Reads its files when they are other ones than the last time."""
        stamps = (_stamp(self.folders.template_path(name)), _stamp(self.folders.device_path(name)))
        known = self._looks.get(name)
        if known is None or known[0] != stamps:
            known = self._looks[name] = (stamps, self._looked_at(name))
        return known[1]

    def _looked_at(self, name: str) -> Custom:
        from vmrig_server.boards_data import load_target

        folders = self.folders
        places = (folders.path(name), folders.template_path(name))
        try:
            text = folders.template(name)
            if not folders.device_path(name).exists():
                return self._uncompiled(name, text)
            device = read_device(folders.device_path(name))
            port = _port_of(device)
            return Custom(
                name,
                device.name,
                device.original_target,
                load_target(device.original_target).chip,
                "compiled" if device.template_sha256 == sha256(text.encode()) else "changed",
                *places,
                usb_ids=tuple(f"{vid:04x}:{pid:04x}" for vid, pid in device.usb_ids()),
                port_sha256=sha256(port),
                port_size_bytes=len(port),
                problem="" if device.usb_ids() else NO_USB_IDS,
            )
        except VmrigError as error:
            return Custom(name, name, "", "", "broken", *places, problem=error.message)

    def _uncompiled(self, name: str, text: str) -> Custom:
        places = (self.folders.path(name), self.folders.template_path(name))
        try:
            template = compile_text(text, name).template
        except VmrigError as error:
            return Custom(name, name, "", "", "created", *places, problem=error.message)
        return Custom(name, template.name, template.target, template.chip, "created", *places, usb_ids=template.usb_ids)

    def port_now(self, name: str) -> str:
        """SHA-256 of the port.bin that the template gives as it is now; empty when it does not compile.

        Raises:
            VmrigError: ``CUSTOM_VM_NOT_FOUND``, ``CUSTOM_VM_BROKEN``.
        """
        stamp = _stamp(self.folders.template_path(name))
        if not any(stamp):
            raise self.folders.unknown(name)
        known = self._now.get(name)
        if known is None or known[0] != stamp:
            try:
                known = (stamp, sha256(compile_text(self.folders.template(name), name).port))
            except VmrigError as error:
                if error.code == "CUSTOM_VM_BROKEN":
                    raise
                known = (stamp, "")
            self._now[name] = known
        return known[1]

    # --- templates ---------------------------------------------------------------------------------------------------

    def template(self, name: str) -> str:
        """The template's text."""
        return self.folders.template(name)

    def set_template(self, name: str, text: str, replaces_sha256: str = "") -> None:
        """Replaces the template's text, whatever it says: mistakes are found when it is compiled.

        Raises:
            VmrigError: ``TEMPLATE_CHANGED`` when another text than that of the hash is there; ``ARGUMENT_INVALID``.
        """
        from vmrig_server.customvm.folders import TEMPLATE_LIMIT_BYTES

        if len(text.encode()) > TEMPLATE_LIMIT_BYTES:
            raise VmrigError("ARGUMENT_INVALID", f"A template may have {TEMPLATE_LIMIT_BYTES} bytes; this has more.")
        with self._lock:
            there = sha256(self.folders.template(name).encode())
            if replaces_sha256 and there != replaces_sha256:
                raise VmrigError(
                    "TEMPLATE_CHANGED",
                    f"Somebody else has changed the template of {name} meanwhile.",
                    evidence=[f"SHA-256 of the text that was edited: {replaces_sha256}", f"of the one there: {there}"],
                    next_command=f"vmrig vm custom template {name}",
                )
            self.folders.put(name, {f"{name}.yml": text.encode()})

    def check(self, name: str, text: str = "") -> Checked:
        """A look at a text, or at the template as it is."""
        from vmrig_server.customvm import TemplateError
        from vmrig_server.customvm.pintable import pin_table

        try:
            compiled = compile_text(text or self.folders.template(name), name)
        except TemplateError as error:
            return Checked(error.mistakes)
        return Checked(compiled.warnings, compiled.remarks(), pin_table(compiled.template))

    # --- making ------------------------------------------------------------------------------------------------------

    def create(self, target: str, name: str, title: str = "") -> Custom:
        """A new one, with the template of its original.

        Raises:
            VmrigError: ``SHORT_NAME_INVALID``, ``CUSTOM_VM_EXISTS``, ``TARGET_NOT_CUSTOMIZABLE``.
        """
        from vmrig_server.customvm import create_template

        check_short_name(name)
        with self._lock:
            if name in self.folders.names():
                raise exists(name)
            if len(self.folders.names()) >= MAX_CUSTOM_VMS:
                raise VmrigError("ARGUMENT_INVALID", f"There are {MAX_CUSTOM_VMS} custom VMs already.")
            self.folders.install(name, {f"{name}.yml": create_template(target, name, title).encode()})
        return self.get(name)

    def compile(self, name: str) -> Compiled:
        """Makes all that follows from the template.

        Raises:
            VmrigError: ``CUSTOM_VM_NOT_FOUND``; ``TEMPLATE_INVALID`` with every mistake, then nothing was changed.
        """
        with self._lock:
            compiled = self._compiled(name)
            files = compiled.whole(self.folders.pictures(name))
            del files[f"{name}.yml"]  # the user's, who may be writing it now
            for picture in self.folders.pictures(name):
                files.pop(picture, None)
            self.folders.put(name, files)
        return compiled

    def compile_v1(self, name: str) -> tuple[bytes, Path, Sequence[str]]:
        """The old layout of port.bin, for old tools, beside what boards of ours get: also of a template that is none for our VM.

        Returns:
            (its bytes, its file, notes)

        Raises:
            VmrigError: as of `compile`; ``PORT_V1_UNFIT``.
        """
        from vmrig_server.customvm import TemplateError, compile_template, read_template

        with self._lock:
            text = self.folders.template(name)
            reading = read_template(text, short_name=name, form="v1")
            if reading.template is None:
                raise TemplateError(reading.mistakes, str(self.folders.template_path(name)))
            data = compile_template(reading.template, "v1")
            self.folders.put(name, {made.PORT_V1_FILE: data})
        return data, self.folders.path(name) / made.PORT_V1_FILE, [str(mistake) for mistake in reading.mistakes]

    def decompile(self, port: bytes) -> tuple[str, bool]:
        """A template's text of a port.bin, and whether that is of the old layout.

        Raises:
            VmrigError: ``PORT_INVALID``.
        """
        from vmrig_server.customvm import decompile, parse_port_file

        return decompile(port), parse_port_file(port)[0] == "v1"

    def port_path(self, name: str) -> Path:
        """Where port.bin is."""
        return self.folders.path(name) / made.PORT_FILE

    def _compiled(self, name: str) -> Compiled:
        return compile_text(self.folders.template(name), name, str(self.folders.template_path(name)))

    def remove(self, name: str) -> None:
        """Takes it away with all its files.

        Raises:
            VmrigError: ``CUSTOM_VM_NOT_FOUND``.
        """
        with self._lock:
            if name not in self.folders.names():
                raise self.folders.unknown(name)
            self.folders.remove(name)
            self._now.pop(name, None)
            self._looks.pop(name, None)

    def pin_map(self, name: str) -> tuple[str, bool]:
        """The picture of its pins as SVG, and whether it is the user's own."""
        from vmrig_server.boards_data import load_chip, load_target
        from vmrig_server.boards_data.pinmap import one_row_a_pad, pinmap_svg

        if name not in self.folders.names():
            raise self.folders.unknown(name)
        pictures = self.folders.pictures(name)
        if pictures:
            own = pictures.get(f"svg/{name}.svg") or next(iter(pictures.values()))
            return own.decode("utf-8", "replace"), True
        if not self.folders.device_path(name).exists():
            raise not_compiled(name)
        target = load_target(name)
        return pinmap_svg(one_row_a_pad(target), load_chip(target.chip)), False

    # --- going out and coming in -------------------------------------------------------------------------------------

    def export(self, name: str) -> bytes:
        """Its .tar.xz.

        Raises:
            VmrigError: ``TEMPLATE_INVALID``: what does not compile is nothing to give to others.
        """
        from vmrig_server.customvm.archive import pack

        with self._lock:
            return pack(name, self._compiled(name).whole(self.folders.pictures(name)))

    def install(self, name: str, files: dict[str, bytes], *, force: bool) -> None:
        """Takes over a whole folder's files.

        Raises:
            VmrigError: ``CUSTOM_VM_EXISTS`` without `force`.
        """
        with self._lock:
            if name in self.folders.names() and not force:
                raise exists(name)
            self.folders.install(name, files)


def check_short_name(name: str) -> None:
    """Refuses what cannot be a short name, or is taken by what ships.

    Raises:
        VmrigError: ``SHORT_NAME_INVALID``.
    """
    from vmrig_server.boards_data import list_chips, list_targets
    from vmrig_server.customvm.template import short_name_mistake

    wrong = short_name_mistake(name)
    if wrong is None and name in list_targets():
        wrong = (f"'{name}' is a target that ships with vmrig", "a name of your own")
    if wrong is None and name in list_chips():
        wrong = (f"'{name}' is a chip", "a name of your own")
    if wrong is not None:
        sentence = wrong[0][0].upper() + wrong[0][1:]
        raise VmrigError(
            "SHORT_NAME_INVALID",
            f"{sentence}.",
            evidence=[f"allowed: {wrong[1]}"],
            next_command="vmrig vm custom create TARGET SHORT_NAME",
        )


def exists(name: str, next_command: str = "") -> VmrigError:
    """A custom VM of that short name is there."""
    return VmrigError(
        "CUSTOM_VM_EXISTS",
        f"There is a custom VM {name} already.",
        next_command=next_command or f"vmrig vm custom show {name}",
    )


def _stamp(path: Path) -> tuple[int, int]:
    """Time of change and size; zeros of a file that is not there."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def _port_of(device: DeviceFile) -> bytes:
    import base64

    return base64.b64decode(device.port_bin)
