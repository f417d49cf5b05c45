# SPDX-License-Identifier: Apache-2.0
"""An archive of a custom VM that comes from outside: looked through, compiled, and only then taken over. What follows from the template is made anew, so that
nothing of it needs to be believed; nothing in it is ever executed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from vmrig_server.boards_data.custom import DEVICE_FILE
from vmrig_server.customvm import Template, TemplateError, compile_template, made, read_template
from vmrig_server.customvm.archive import refused, unpack
from vmrig_server.customvm.folders import PICTURES, TEMPLATE_LIMIT_BYTES
from vmrig_server.customvm.made import compile_text
from vmrig_server.customvm.pictures import check_picture
from vmrig_server.customvm.workshop import Custom, Workshop, check_short_name, exists
from vmrig_server.errors import VmrigError

_PASSED_OVER = re.compile(r"(README|LICEN[CS]E|COPYING)(\.(md|txt|rst))?|package\.json|z\.yml", re.IGNORECASE)
"""What repositories have beside a board; not taken over."""


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file of an archive, and what becomes of it: "new", "changed", "same", "made anew" or "left out"."""

    path: str
    size_bytes: int
    sha256: str
    change: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """An archive that can be taken over."""

    template: Template
    port: bytes
    """port.bin; empty of a template that only old boards can use."""
    whole: Mapping[str, bytes]
    """What its folder will have, by path."""
    files: tuple[IncomingFile, ...]
    replaces: bool
    notes: tuple[str, ...]

    @property
    def short_name(self) -> str:
        """Of the custom VM in it."""
        return self.template.short_name


def look_through(data: bytes, workshop: Workshop, *, force: bool) -> Incoming:
    """What an archive holds, checked to the bottom. Changes nothing.

    Args:
        data: a .tar or .tar.xz.
        workshop: where it would go.
        force: one of the same short name may be replaced.

    Raises:
        VmrigError: ``ARCHIVE_REFUSED``, ``TEMPLATE_INVALID``, ``SHORT_NAME_INVALID``, ``CUSTOM_VM_EXISTS``.
    """
    files = unpack(data)
    name = _short_name(files)
    check_short_name(name)
    notes = _check_manifest(files)
    text = _text(files, f"{name}.yml")
    pictures = {path: picture for path, picture in files.items() if path.startswith(f"{PICTURES}/")}
    for path, picture in pictures.items():
        check_picture(path, picture)
    try:
        compiled = compile_text(text, name, f"{name}.yml")
    except TemplateError as error:
        template = read_template(text, short_name=name, form="v1").template
        if template is None or made.MANIFEST in files:
            raise
        # Old boards bear what ours do not: it is taken as it is, to be mended, or compiled for them.
        derived: Mapping[str, bytes] = {made.PORT_V1_FILE: compile_template(template, "v1")}
        whole: Mapping[str, bytes] = {f"{name}.yml": text.encode(), **pictures, **derived}
        port = b""
        notes += ["its template is none for our VM; vmrig vm custom compile --format v1 takes it", *error.evidence]
    else:
        template, port, derived = compiled.template, compiled.port, compiled.files()
        whole = compiled.whole(pictures)
        notes += [*_compare(files, derived, name), *compiled.notes()]
    replaces = name in workshop.folders.names()
    if replaces and not force:
        raise exists(name, "vmrig vm custom import SOURCE --force")
    listed = tuple(_listed(files, whole, workshop, name, replaces))
    return Incoming(template, port, whole, listed, replaces, tuple(notes))


def as_it_would_be(incoming: Incoming, workshop: Workshop) -> Custom:
    """The custom VM that taking it over makes."""
    template, port = incoming.template, incoming.port
    return Custom(
        template.short_name,
        template.name,
        template.target,
        template.chip,
        "compiled" if port else "created",
        workshop.folders.path(template.short_name),
        workshop.folders.template_path(template.short_name),
        usb_ids=template.usb_ids,
        port_sha256=made.sha256(port) if port else "",
        port_size_bytes=len(port),
    )


def take_over(incoming: Incoming, workshop: Workshop, *, force: bool) -> None:
    """Installs it, whole or not at all."""
    workshop.install(incoming.short_name, dict(incoming.whole), force=force)


def _short_name(files: Mapping[str, bytes]) -> str:
    templates = [path for path in files if "/" not in path and path.endswith(".yml") and path != "z.yml"]
    if len(templates) != 1:
        found = ", ".join(sorted(files)[:8])
        raise refused("it has not one template SHORT_NAME.yml at its top", f"it has: {found}")
    name = templates[0].removesuffix(".yml")
    known = {
        f"{name}.yml", f"{name}.py", DEVICE_FILE, made.MANIFEST, made.REGISTER_FILE, made.ACTIVE_FILE,
    }  # fmt: skip
    for path in files:
        folder, _, file = path.partition("/")
        if path in known or (folder == "port" and file) or _PASSED_OVER.fullmatch(path):
            continue
        if folder == PICTURES and file.endswith(".svg") and "/" not in file:
            continue
        raise refused(f"{path} is no file of a custom VM", f"its files: {', '.join(sorted(known))}, port/…, svg/….svg")
    return name


def _text(files: Mapping[str, bytes], path: str) -> str:
    if len(files[path]) > TEMPLATE_LIMIT_BYTES:
        raise refused(f"{path} has more than {TEMPLATE_LIMIT_BYTES} bytes")
    try:
        return files[path].decode("utf-8")
    except UnicodeDecodeError as error:
        raise refused(f"{path} is not UTF-8", str(error)) from None


def _check_manifest(files: Mapping[str, bytes]) -> list[str]:
    if made.MANIFEST not in files:
        return ["it has no manifest: it was not exported by vmrig, and whether it is whole is not known"]
    beside = (made.MANIFEST, made.PORT_V1_FILE)
    others = {path: data for path, data in files.items() if path not in beside and not _PASSED_OVER.fullmatch(path)}
    try:
        problems = made.manifest_problems(files[made.MANIFEST], others)
    except ValueError as error:
        raise refused(f"its {made.MANIFEST} cannot be read", str(error)) from None
    if problems:
        hint = f"if they were changed by hand, import them without {made.MANIFEST}, or export them anew"
        raise refused("its files are not those of its manifest", *problems[:8], hint)
    return []


def _compare(files: Mapping[str, bytes], derived: Mapping[str, bytes], name: str) -> list[str]:
    notes = []
    if made.PORT_FILE in files and files[made.PORT_FILE] != derived[made.PORT_FILE]:
        notes.append(f"its {made.PORT_FILE} is not what its template gives here; it is compiled anew")
    if made.REGISTER_FILE in files:
        try:
            made.read_register_vm(files[made.REGISTER_FILE])
        except VmrigError as error:
            raise refused(error.message.rstrip("."), *error.evidence) from None
        if files[made.REGISTER_FILE] != derived.get(made.REGISTER_FILE):
            notes.append(f"its {made.REGISTER_FILE} is another one than this vmrig has, which is used instead")
    old = f"{name}.py"
    if old in files and files[old] != derived[old]:
        notes.append(
            f"its {old} is not taken over: vmrig executes nothing of a custom VM and makes its own for old tools"
        )
    return notes


def _listed(
    files: Mapping[str, bytes], whole: Mapping[str, bytes], workshop: Workshop, name: str, replaces: bool
) -> list[IncomingFile]:
    found = []
    there = workshop.folders.path(name)
    for path, data in sorted(files.items()):
        if path not in whole:
            change = "left out"
        elif path != f"{name}.yml" and not path.startswith(f"{PICTURES}/"):
            change = "made anew"
        elif replaces and (there / path).is_file():
            change = "same" if (there / path).read_bytes() == data else "changed"
        else:
            change = "new"
        found.append(IncomingFile(path, len(data), made.sha256(data), change))
    return found
