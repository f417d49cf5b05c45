# SPDX-License-Identifier: Apache-2.0
"""From a template to what the rest of vmrig works with: port.bin, and the pins of a board file."""

from __future__ import annotations

from vmrig_server.boards_data import load_target
from vmrig_server.boards_data.schema import BoardPin
from vmrig_server.customvm.classes import Role, class_of
from vmrig_server.customvm.load import Format
from vmrig_server.customvm.portbin_v1 import build_v1
from vmrig_server.customvm.portbin_v2 import port_of_template
from vmrig_server.customvm.template import Template
from vmrig_server.errors import VmrigError
from vmrig_server.images.portbin import build_port


def compile_template(template: Template, form: Format = "v2") -> bytes:
    """The template's port.bin: the same template gives the same bytes.

    Args:
        form: "v2", which vmrig's firmware reads, or "v1", which old boards do.

    Raises:
        VmrigError: ``PORT_TOO_LARGE`` when it is larger than its place in the flash, ``PORT_V1_UNFIT`` when v1 has no way to say it.
    """
    if form == "v1":
        return build_v1(template)
    data = build_port(port_of_template(template))
    layout = load_target(template.target).layout
    if "port" in layout and len(data) > layout["port"][1]:
        raise VmrigError(
            "PORT_TOO_LARGE",
            f"the port.bin of {template.short_name} has {len(data)} bytes, its place in the flash of a {template.target} {layout['port'][1]}",
            evidence=[
                f"{len(template.pinmap)} pins, {len(template.pinclasses)} functional names, {len(template.names)} own names"
            ],
            next_command=f"$EDITOR {template.short_name}.yml",
        )
    return data


def board_pins(template: Template) -> dict[str, BoardPin]:
    """The board's names as a board file has them: a pin with functional names has a role."""
    roles: dict[int, Role] = {}
    for name, use in template.pinclasses.items():
        found = class_of(name)
        if found is not None and found[0].role != "io":
            roles.setdefault(use.pin, found[0].role)
    by_pad = {pin: n for n, pin in enumerate(template.pinmap)}
    pins = {}
    for name, (pin, active_low) in template.pins_by_name().items():
        found = class_of(name)
        role: Role = found[0].role if found else "io" if name in template.names else roles.get(by_pad[pin], "io")
        shown = ("low" if active_low else "high") if role in ("led", "button") else None
        pins[name] = BoardPin.model_construct(pin=pin, role=role, label=None, edge=None, active=shown, pull=None)
    return pins
