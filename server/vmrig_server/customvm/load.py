# SPDX-License-Identifier: Apache-2.0
"""From a template's text to a `Template`: all its mistakes at once, each with its place, what it is about and what is allowed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from vmrig_server.boards_data import Target
from vmrig_server.boards_data.yamltext import YamlMistake, read_mapping
from vmrig_server.customvm.device import Device, read_device, read_original
from vmrig_server.customvm.mistakes import Mistake, TemplateError
from vmrig_server.customvm.peripherals import read_peripherals
from vmrig_server.customvm.pinclasses import read_classes, read_names
from vmrig_server.customvm.pinmap import PinMap, read_pinmap
from vmrig_server.customvm.reading import Mistakes, Node, entries, items, kind_of, sections_of, shown, text, unknown
from vmrig_server.customvm.template import CUSTOM_MACRO, Template, short_name_mistake

Format = Literal["v1", "v2"]
SECTIONS = ["short_name", "layout", "cmacros", "pinmap", "pinclasses", "names", "peripherals", "device"]
TEXT_MAX = 256 * 1024
MACRO_MAX = 64
_MACRO = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a template."""

    template: Template | None
    """None: it has mistakes that are no warnings."""
    mistakes: tuple[Mistake, ...]
    """In the order of the text, warnings too."""


def read_template(source: str, *, short_name: str = "", form: Format = "v2") -> Reading:
    """Reads a template and tells all that is wrong with it; never raises for what the text holds.

    Args:
        source: YAML.
        short_name: the name it must have (its folder's); empty: any.
        form: for "v1", what the first format's compiler let pass and that endangers nothing but the board itself (pads that the flash
            has) is a warning.
    """
    mistakes = Mistakes()
    template = None
    if len(source) > TEXT_MAX:
        mistakes.found.append(
            Mistake(0, 0, "TOO_LARGE", "template", f"the template has {len(source)} characters", f"{TEXT_MAX}")
        )
    else:
        try:
            document = read_mapping(source)
        except YamlMistake as error:
            mistakes.found.append(Mistake(error.line, error.column, "NOT_YAML", "template", error.text))
        else:
            template = _read(Node(document, 1, 1, "the template"), mistakes, short_name, form)
    found = tuple(sorted(mistakes.found))
    return Reading(None if any(not mistake.warning for mistake in found) else template, found)


def load_template(source: str, *, path: str = "", short_name: str = "", form: Format = "v2") -> Template:
    """As `read_template`.

    Args:
        path: of the file, for messages.

    Raises:
        TemplateError: ``TEMPLATE_INVALID``, with all mistakes.
    """
    reading = read_template(source, short_name=short_name, form=form)
    if reading.template is None:
        raise TemplateError(reading.mistakes, path)
    return reading.template


def _read(root: Node, mistakes: Mistakes, expected: str, form: Format) -> Template | None:
    sections = sections_of(root, SECTIONS, mistakes, "a template")
    for needed in ("short_name", "pinmap", "device"):
        if needed not in sections:
            mistakes.add(root, "SECTION_MISSING", f"the template has no section {needed}", subject=needed)
    nothing = Node(None, root.line, root.column, "")
    device = read_device(sections["device"], mistakes) if "device" in sections else Device()
    found = read_original(device.original, mistakes) if device.original else None
    target, chip = found or (None, None)
    pinmap = read_pinmap(sections.get("pinmap", nothing), chip, mistakes)
    board = PinMap(pinmap, target, chip, tolerant=form == "v1")
    classes = read_classes(sections.get("pinclasses", nothing), board, mistakes)
    names = read_names(sections.get("names", nothing), board, mistakes)
    peripherals = read_peripherals(sections.get("peripherals", nothing), classes, board, mistakes)
    short_name = _short_name(sections["short_name"], expected, mistakes) if "short_name" in sections else ""
    macros = _macros(sections["cmacros"], mistakes) if "cmacros" in sections else (CUSTOM_MACRO,)
    if target is None or chip is None or device.original is None:
        return None
    if "layout" in sections:
        _check_layout(sections["layout"], target, mistakes)
    return Template(
        short_name=short_name,
        name=device.name or short_name,
        original_target=str(device.original.value),
        target=target.target,
        chip=chip.name,
        pinmap=tuple(pin for pin in pinmap if pin is not None),
        pinclasses=classes,
        names=names,
        peripherals=peripherals,
        cmacros=macros,
        vids=device.vids,
        pids=device.pids,
        manual_reset=device.manual_reset,
        reset_time=device.reset_time,
        device=device.others,
    )


def _short_name(node: Node, expected: str, mistakes: Mistakes) -> str:
    name = text(node, mistakes)
    if name is None:
        return ""
    if wrong := short_name_mistake(name):
        mistakes.add(node, "SHORT_NAME_WRONG", *wrong)
    elif expected and name != expected:
        mistakes.add(
            node, "SHORT_NAME_WRONG", f"the short name is '{name}', the custom VM is called '{expected}'", expected
        )
    return name


def _macros(node: Node, mistakes: Mistakes) -> tuple[str, ...]:
    listed = items(node)
    if listed is None:
        mistakes.add(node, "TYPE_WRONG", f"cmacros is {kind_of(node.value)}", "a list of C names")
        return ()
    names = []
    for item in listed:
        name = text(item, mistakes, "a C name")
        if name is not None and not (_MACRO.fullmatch(name) and len(name) <= MACRO_MAX):
            mistakes.add(item, "MACRO_WRONG", f"'{shown(name)}' is no C name", "letters, digits and underscores")
        elif name is not None:
            names.append(name)
    if CUSTOM_MACRO not in names:
        mistakes.add(
            node, "MACRO_MISSING", f"{CUSTOM_MACRO} is not among cmacros: the VM would not look for its port.bin"
        )
    return tuple(names)


def _check_layout(node: Node, target: Target, mistakes: Mistakes) -> None:
    """`layout` is filled in by the tool: it says where things are, and cannot move them."""
    if "port" not in target.layout:
        return
    for key, value in entries(node, mistakes, "what the tool filled in"):
        listed = [part.value for part in items(value) or ()]
        if key not in target.layout:
            unknown(value, mistakes, list(target.layout), "the layout")
        elif listed != target.layout[key]:
            address, size = target.layout[key]
            sentence = f"{key} of the layout of a {target.target} cannot be moved: its VM is built for it"
            mistakes.add(value, "LAYOUT_CHANGED", sentence, f"[{address:#x}, {size:#x}]")
