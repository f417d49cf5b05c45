# SPDX-License-Identifier: Apache-2.0
"""A VM that is built without floats runs what uses none, and refuses the rest before it runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from vmrig_server.agent.link import EventKind, LinkRefused, Status
from vmrig_server.bytecode import explain_refusal

from .boards import EmulatedBoard, linked, vbc
from .test_images import ROOT, build

__all__ = ["build"]

INTEGERS = "import time\nt = time.ticks_ms()\nprint(7 // 2, 7 % 2, '%d' % 3, f'{255:x}')\n"


@pytest.mark.slow
async def test_a_vm_without_floats(build: object, tmp_path: Path) -> None:
    boards = tmp_path / "boards"
    shutil.copytree(ROOT / "boards", boards)
    path = boards / "microbit_v2" / "board.yaml"
    path.write_text(path.read_text() + "firmware: {without: [float]}\n")
    build.build(  # type: ignore[attr-defined]
        ROOT / "vmimages", tmp_path / "out", tmp_path / "cache", boards=boards, targets=["microbit_v2"]
    )
    board = EmulatedBoard(bound=False)
    full = board.machine.peek(0, 0x30000)
    image = (tmp_path / "out" / "microbit_v2" / "vm.bin").read_bytes()
    assert len(image) < len(full.rstrip(b"\xff")) - 12_000
    board.machine.poke(0, image + b"\xff" * (len(full) - len(image)))
    board.power(True)
    async with linked(board) as (link, heard):
        await link.uplink(vbc(INTEGERS))
        end = await link.wait_end((await link.run())[1])
        assert end.kind is EventKind.ENDED
        assert heard.output == b"3 1 3 ff\n"
        for source, reason in (
            ("print(1.5)\n", "floats"),
            ("n = 7\nprint(n / 2)\n", "floats"),
            ("import math\nprint(math.floor(4))\n", "floats"),
            ("import time\nprint(time.time())\n", "floats"),
        ):
            program = vbc(source)
            with pytest.raises(LinkRefused) as failure:
                await link.uplink(program)
            assert failure.value.status is Status.BAD_CONTAINER
            assert reason in explain_refusal(program, failure.value.verify_code, failure.value.offset)[0]
