# SPDX-License-Identifier: Apache-2.0
"""The firmware's tables and the host's are the same numbers: compared with the C sources, and with the document."""

from __future__ import annotations

import re
from enum import IntEnum
from pathlib import Path

import pytest

from vmrig_server.agent.link import identity, status

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
        ("portmap.h", "PORT", status.PortState),
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
