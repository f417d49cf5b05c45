# SPDX-License-Identifier: Apache-2.0
"""Custom boards: templates (``<short_name>.yml``), what they compile to, and the way back. docs/custom-template.md explains the template.

text = create_template("nrf52840_dk", "blinky", "My blinky")   # a commented template to edit
reading = read_template(text, short_name="blinky")             # a Template or None, and all mistakes with line and column
template = load_template(text, path="blinky.yml")              # the same, raising TemplateError
data = compile_template(template)                              # port.bin; form="v1" for old boards
text = decompile(data)                                         # YAML again, of either format
target = target_of(template)                                   # the Target: name, USB ids, pins; chip and layout of the original
port = port_of_template(template)                              # for stamp_vm(..., port=port)
svg = pinmap_picture(template)
"""

from __future__ import annotations

from vmrig_server.customvm.compile import board_pins, compile_template
from vmrig_server.customvm.create import create_template
from vmrig_server.customvm.decompile import decompile, parse_port_file
from vmrig_server.customvm.load import Format, Reading, load_template, read_template
from vmrig_server.customvm.mistakes import Mistake, TemplateError
from vmrig_server.customvm.originals import Original, list_originals, originals
from vmrig_server.customvm.portbin_v2 import port_of_template
from vmrig_server.customvm.template import Peripheral, PinUse, Template, short_name_mistake
from vmrig_server.customvm.write import write_template

__all__ = [
    "Format",
    "Mistake",
    "Original",
    "Peripheral",
    "PinUse",
    "Reading",
    "Template",
    "TemplateError",
    "board_pins",
    "compile_template",
    "create_template",
    "decompile",
    "list_originals",
    "load_template",
    "originals",
    "parse_port_file",
    "port_of_template",
    "read_template",
    "short_name_mistake",
    "write_template",
]
