# SPDX-License-Identifier: Apache-2.0
"""From a port.bin, of either format, back to its template."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from vmrig_server.customvm.load import Format
from vmrig_server.customvm.originals import resolve
from vmrig_server.customvm.portbin_v1 import HEADER, VERSION, parse_v1
from vmrig_server.customvm.portbin_v2 import TAG_BOARD, TAG_ORIGINAL, template_of_port
from vmrig_server.customvm.template import Template
from vmrig_server.customvm.write import write_template
from vmrig_server.errors import VmrigError
from vmrig_server.images.portbin import MAGIC, parse_port

if TYPE_CHECKING:
    from vmrig_server.boards_data import Chip, Target

V1_ORIGINAL = "cvm_espwroom32"
"""v1 does not say what it is for. This is the one board type of which v1 files were made."""


def parse_port_file(data: bytes, original_target: str = V1_ORIGINAL) -> tuple[Format, Template]:
    """The format of a port.bin and the template that it was made of; of v1, what v1 holds.

    Args:
        data: the file; bytes behind its end are ignored.
        original_target: of a v1 file.

    Raises:
        VmrigError: ``PORT_INVALID``: it is no whole port.bin of a custom board.
    """
    try:
        if data[:4] == struct.pack("<I", MAGIC):
            port = parse_port(data)
            if TAG_BOARD not in port.others:
                raise _invalid(
                    f"this is the port.bin of the board type {port.target}, which was made from its board file, not from a template"
                )
            original = port.others.get(TAG_ORIGINAL, b"").decode()
            target, chip = _resolve(original)
            return "v2", template_of_port(port, target.target, chip.name)
        if len(data) >= HEADER.size and int.from_bytes(data[2:4], "little") == VERSION:
            target, chip = _resolve(original_target)
            return "v1", parse_v1(data, original_target, target.target, chip)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise _invalid(f"this is no whole port.bin of a custom board: {error}") from None
    raise _invalid("this is no port.bin: it begins neither with VMP1 nor with a header of version 1")


def decompile(data: bytes, original_target: str = V1_ORIGINAL) -> str:
    """The YAML of a port.bin: compiled again it gives the same bytes. Arguments and errors as of `parse_port_file`."""
    form, template = parse_port_file(data, original_target)
    target, chip = _resolve(template.original_target)
    text = write_template(template, target, chip)
    if form == "v1":
        text = (
            "# Made of a port.bin v1, which holds no USB ids, no own names, and of LED<n> and BTN<n> only how many there are: the pins below\n"
            "# are those that old firmware takes for them.\n"
        ) + text
    return text


def _resolve(name: str) -> tuple[Target, Chip]:
    found = resolve(name)
    if found is None:
        raise _invalid(f"it is of a board made from '{name}', which is no customizable target here")
    return found


def _invalid(sentence: str) -> VmrigError:
    return VmrigError("PORT_INVALID", sentence, next_command="vmrig vm custom original")
