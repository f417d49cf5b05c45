# SPDX-License-Identifier: Apache-2.0
"""The firmware's tables and the host's are the same numbers: compared with the C sources, and with the document."""

from __future__ import annotations

import re
from enum import IntEnum
from pathlib import Path

import pytest

from vmrig_server.agent.link import identity, status
from vmrig_server.boards_data import load_target

ROOT = Path(__file__).resolve().parents[2]
LINK = ROOT / "vmimages" / "link"


def c_constants(path: Path, prefix: str) -> dict[str, int]:
    """`PREFIX_NAME = number` in enums of a header."""
    found = re.findall(rf"\b{prefix}_([A-Z0-9_]+) = (0x[0-9A-Fa-f]+|\d+)", path.read_text("utf-8"))
    return {name: int(value, 0) for name, value in found}


def names(enum: type[IntEnum]) -> dict[str, int]:
    return {member.name: member.value for member in enum}


def statuses_in_c() -> list[tuple[str, int, str]]:
    found = re.findall(r'^LINK_STATUS\((\w+), (\d+), "(.*)"\)$', (LINK / "status.def").read_text("utf-8"), re.MULTILINE)
    return [(name, int(number), sentence) for name, number, sentence in found]


def test_statuses() -> None:
    assert statuses_in_c() == [(s.name, s.value, s.sentence) for s in status.Status]


def test_statuses_in_the_document() -> None:
    document = (ROOT / "docs" / "wire-protocol.md").read_text("utf-8")
    for name, number, sentence in statuses_in_c():
        assert f"| {number} | {name} | {sentence} |" in document


def test_frame_types() -> None:
    in_c = c_constants(LINK / "frame.h", "FRAME")
    assert in_c.pop("REPLY") == status.REPLY
    assert in_c.pop("UNSOLICITED") == status.UNSOLICITED
    assert in_c == names(status.FrameType)


@pytest.mark.parametrize(
    ("header", "prefix", "enum"),
    [
        ("device.h", "EVENT", status.EventKind),
        ("device.h", "RUN", status.RunAction),
        ("program.h", "PROGRAM", status.ProgramState),
        ("vmstore.h", "VMSTORE", status.Binding),
    ],
)
def test_enumerations(header: str, prefix: str, enum: type[IntEnum]) -> None:
    assert c_constants(LINK / header, prefix) == names(enum)


def test_reset_causes() -> None:
    in_c = c_constants(ROOT / "vmimages" / "core" / "hal.h", "HAL_RESET")
    assert in_c == {member.name: member.value for member in status.ResetCause}


def test_identity_tags() -> None:
    in_python = {name.removeprefix("TAG_"): value for name, value in vars(identity).items() if name.startswith("TAG_")}
    assert c_constants(LINK / "device.h", "IDENTITY") == in_python


def test_the_ports_flash_layout_is_that_of_the_board_file() -> None:
    header = (ROOT / "vmimages" / "ports" / "nrf52833" / "layout.h").read_text("utf-8")
    in_c = {name: int(value, 16) for name, value in re.findall(r"LAYOUT_(\w+) (0x[0-9A-Fa-f]+)u", header)}
    layout = load_target("microbit_v2").layout
    page = in_c["PAGE_SIZE"]
    assert layout["vm"] == [in_c["VM"], in_c["VM_SIZE"]]
    assert layout["vmstore"] == [in_c["VMSTORE"], page]
    assert layout["port"] == [in_c["PORT"], in_c["PORT_SIZE"]]
    assert layout["journal"] == [in_c["JOURNAL"], 2 * page]
    assert layout["slot_a"] == [in_c["SLOT_A"], in_c["SLOT_SIZE"]]
    assert layout["slot_b"] == [in_c["SLOT_B"], in_c["SLOT_SIZE"]]
