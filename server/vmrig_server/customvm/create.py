# SPDX-License-Identifier: Apache-2.0
"""A new custom board's template: that of its original, with its own name."""

from __future__ import annotations

from vmrig_server.boards_data.yamltext import read_mapping
from vmrig_server.customvm.originals import need_original, template_file
from vmrig_server.customvm.template import short_name_mistake
from vmrig_server.customvm.write import layout_lines, scalar
from vmrig_server.errors import VmrigError


def create_template(target: str, short_name: str, name: str = "") -> str:
    """The commented template of a new custom board.

    Args:
        target: a customizable target (`list_originals`).
        short_name: how programs and files call it.
        name: for people; empty: the short name.

    Raises:
        VmrigError: ``TARGET_NOT_CUSTOMIZABLE``, ``SHORT_NAME_WRONG``.
    """
    if wrong := short_name_mistake(short_name):
        sentence, allowed = wrong
        raise VmrigError(
            "SHORT_NAME_WRONG",
            sentence,
            evidence=[f"allowed: {allowed}"],
            next_command="vmrig vm custom create TARGET SHORT_NAME",
        )
    original, _ = need_original(target)
    text = template_file(target).read_text(encoding="utf-8")
    document = read_mapping(text)
    lines = text.splitlines(keepends=True)
    places = [
        (*document.lc.value("short_name"), short_name),
        (*document["device"].lc.value("name"), name or short_name),
    ]
    for line, column, value in places:
        lines[line] = lines[line][:column] + scalar(value) + "\n"
    lines[document.lc.key("layout")[0]] = layout_lines(original)
    return "".join(lines).replace("SHORT_NAME", short_name)
