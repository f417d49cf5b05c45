# SPDX-License-Identifier: Apache-2.0
"""Stripping: a program without what it only has for people. What it can ask for itself (getattr, keyword arguments) stays."""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import replace

from .container import FIRST_STRIPPABLE, Container, Section, SectionId, padded, read, write
from .records import (
    FIRST_NAME,
    VARKW,
    pack_definitions,
    pack_functions,
    pack_names,
    unpack_definitions,
    unpack_functions,
    unpack_ids,
    unpack_names,
)
from .tables import native_id, tables

# What turns names into texts or texts into names while the program runs.
_NATIVES = ("getattr", "setattr", "hasattr", "delattr", "vars", "dir", "globals", "locals", "_.class_begin")
_ATTRIBUTES = (
    "__dict__",
    "__getattr__",
    "__setattr__",
    "__delattr__",
    "__getattribute__",
    "__set_name__",
    "__match_args__",
)
_DEFINITIONS = ("__name__", "__qualname__")
_FORMAT_FIELD = re.compile(rb"\{[\w\[\]]*\.[A-Za-z_]")


def build_id_of(container: Container) -> int:
    """First four bytes of the SHA-256 of what stripping leaves, the same before and after it."""
    digest = hashlib.sha256()
    sections = _stripped_sections(container)
    for number in sorted(n for n in sections if n < FIRST_STRIPPABLE and n != SectionId.TARGET):
        digest.update(padded(sections[number]))
    return int.from_bytes(digest.digest()[:4], "little")


def strip(image: bytes) -> bytes:
    """The program without names, lines and debug data; the build id still matches the full file. A signature is lost."""
    container = read(image)
    return write(replace(container, sections=_stripped_sections(container)))


def for_board(image: bytes) -> bytes:
    """The program as a board gets it: lines and debug data stay here, where tracebacks are made, and cost the board nothing. All that the
    program says itself stays as it is, and so does the build id. A signed program is left alone."""
    container = read(image)
    if container.signature:
        return image
    kept = {n: s for n, s in container.sections.items() if n not in (SectionId.LINES, SectionId.DEBUG)}
    return write(replace(container, sections=kept))


def _makes_types(words: list[int], container: Container, numbers: dict[str, int]) -> bool:
    """type(name, bases, attributes) turns texts into names; type(x) does not."""
    ids = [row for (row,) in struct.iter_unpack("<I", container.data(SectionId.NATIVE))]
    type_id = native_id(tables().natives["builtins.type"])
    if type_id not in ids:
        return False
    number = ids.index(type_id)
    return any(
        (w & 255 == numbers["LOADX"] and w >> 16 == number)
        or (w & 255 == numbers["CALLB"] and w >> 24 == number and (w >> 16 & 255) > 1)
        for w in words
    )


class _Uses:
    """What of its names a program can ask for."""

    def __init__(self, container: Container) -> None:
        vm = tables()
        words = [w for (w,) in struct.iter_unpack("<I", container.data(SectionId.CODE))]
        used = {w & 255 for w in words}
        numbers = {name: op.number for name, op in vm.by_name.items()}
        attributes = {op.number for op in vm.opcodes if op.ext == -3}
        names = set(unpack_ids(container, SectionId.ATTRS))
        for word, following in zip(words, [*words[1:], 0], strict=True):
            if word & 255 in attributes and word >> 24 == 255:
                names.add(following >> 16)
        self.ids = names | {w >> 16 for w in words if w & 255 == numbers["EXT"]}
        self.ids |= set(unpack_ids(container, SectionId.SLOTS))
        natives = {row for (row,) in struct.iter_unpack("<I", container.data(SectionId.NATIVE))}
        known = [vm.natives[name] for n in _NATIVES if (name := n if "." in n else f"builtins.{n}") in vm.natives]
        functions = unpack_functions(container)
        self.keywords = bool(used & {numbers[n] for n in ("CALLK", "CALLMK", "CALLX")})
        self.texts = (
            any(native_id(n) in natives for n in known)
            or any(vm.name_ids.get(n) in names for n in _ATTRIBUTES)
            or numbers["CALLX"] in used
            or _makes_types(words, container, numbers)
            or any(f.flags & VARKW for f in functions)
            or _FORMAT_FIELD.search(container.data(SectionId.CONST)) is not None
        )
        self.definitions = any(vm.name_ids.get(n) in names for n in _DEFINITIONS)
        for f in functions:
            if self.keywords:
                self.ids |= set(f.parameters or ())


def _stripped_sections(container: Container) -> dict[int, Section]:
    uses = _Uses(container)
    sections = {n: s for n, s in container.sections.items() if n < FIRST_STRIPPABLE}
    functions = unpack_functions(container)
    if not uses.keywords:
        functions = [replace(f, parameters=None if f.parameter_count else ()) for f in functions]
    for section in pack_functions(functions):
        if section.data or section.id == SectionId.FUNC:
            sections[section.id] = section
        else:
            sections.pop(section.id, None)
    texts = unpack_names(container.data(SectionId.NAMES))
    if SectionId.MODULES in sections and SectionId.GLOBALS in container.sections:
        sections[SectionId.GLOBALS] = container.sections[SectionId.GLOBALS]
        uses.ids |= set(unpack_ids(container, SectionId.GLOBALS))
    definitions, classes = unpack_definitions(container)
    ids = set(uses.ids)
    if uses.definitions and definitions:
        ids |= {n for d in definitions for n in d[:2]} | {n for c in classes for n in c}
        plain = [d._replace(file=d.name, first_line=0) for d in definitions]
        sections[SectionId.DEFS] = pack_definitions(plain, classes)
    if texts and (uses.texts or uses.definitions):
        kept = [text if FIRST_NAME + i in ids else b"" for i, text in enumerate(texts)]
        sections[SectionId.NAMES] = pack_names(kept)
    return sections
