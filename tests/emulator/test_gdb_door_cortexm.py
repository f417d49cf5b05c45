# SPDX-License-Identifier: Apache-2.0
"""GDB on emulated Cortex-M cores through the board's own door."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator import thumb
from tests.emulator.gdb_client import GDB, Debugger, gdb
from tests.emulator.test_gdb import LINK, PROGRAM
from tests.emulator.thumb import branch, code, vectors
from vmrig_server.boards_data import load_chip
from vmrig_server.emulator.board import Board
from vmrig_server.emulator.doors.debug import gdb_door
from vmrig_server.emulator.doors.gdb import GdbDoor
from vmrig_server.emulator.doors.serial import SerialLoop
from vmrig_server.emulator.machine import build_machine
from vmrig_server.emulator.scheduler import Scheduler

RAM = 0x20000000
COMPARATORS = {"nrf52833": 6, "nrf51822": 4, "rp2040": 4}


@pytest.fixture(scope="module")
def elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program for a Cortex-M0, with its debug information."""
    pytest.importorskip("ziglang", reason="the toolchain is in the extra 'dev'")
    if GDB is None:
        pytest.skip("gdb-multiarch is not installed")
    folder = tmp_path_factory.mktemp("program")
    (folder / "main.c").write_text(PROGRAM)
    (folder / "link.ld").write_text(LINK)
    flags = "-target thumb-freestanding-eabi -mcpu=cortex_m0 -g -O0 -fno-sanitize=all -nostdlib -Wl,--build-id=none -Wl,-e,main -T link.ld"
    for command in (
        ["cc", *flags.split(), "main.c", "-o", "main.elf"],
        ["objcopy", "-O", "binary", "main.elf", "main.bin"],
    ):
        subprocess.run([sys.executable, "-m", "ziglang", *command], cwd=folder, check=True, capture_output=True)
    return folder / "main.elf"


@pytest.fixture
def chip() -> str:
    return "nrf52833"


@pytest.fixture
def board(chip: str) -> Iterator[Board]:
    built = build_machine(load_chip(chip), storage=None, identity={})
    scheduler = Scheduler(1)
    board = Board(built.machine, built.chip.core.clock_hz, scheduler)
    yield board
    board.close()
    scheduler.close()


@pytest.fixture
def door(board: Board, chip: str) -> Iterator[GdbDoor]:
    loop = SerialLoop()
    door = gdb_door(board, load_chip(chip), loop, 0)
    assert door is not None
    yield door
    door.close()
    loop.close()


def test_load_is_refused_and_what_was_flashed_is_debugged(door: GdbDoor, elf: Path, board: Board) -> None:
    board.machine.poke(0, elf.with_suffix(".bin").read_bytes())
    board.power(True)
    text = gdb(
        door,
        elf,
        *("compare-sections", "info registers pc", "break main", "continue", "delete", "break next", "continue", "bt"),
        *("finish", "delete", "watch data.word", "continue", "continue", "print data.word", "delete", "stepi", "next"),
    )
    assert "Error erasing flash" in text, text
    assert re.search(r"Section \.text, range .*: matched\.", text), text
    assert re.search(r"^pc +0x\w+ +0x\w+ <main>", text, re.MULTILINE), text
    assert "Breakpoint 1, main () at main.c" in text
    assert re.search(r"#0 +next \(last=7\) at main\.c:\d+\n#1 +0x\w+ in main \(\) at main\.c", text), text
    assert "Value returned is $1 = 22" in text
    changes = [(int(old), int(new)) for old, new in re.findall(r"Old value = (\d+)\nNew value = (\d+)", text)]
    assert [new for _, new in changes] == [22, 67] and changes[1][0] == 22, text
    assert not board.machine.debug_enabled() and not board.machine.core_halted()


@pytest.mark.parametrize("chip", COMPARATORS)
def test_breakpoints_in_flash_are_as_many_as_the_chip_has_and_in_ram_instructions(
    door: GdbDoor, board: Board, chip: str
) -> None:
    machine = board.machine
    board.power(True)
    machine.poke(RAM + 0x100, code(*[thumb.NOP] * 4, branch(-4)))
    with Debugger(door) as debugger:
        for n in range(COMPARATORS[chip]):
            assert debugger.ask(f"Z1,{0x1000 + 2 * n:x},2") == "OK"
        assert debugger.ask("Z1,2000,2").startswith("E.there is no breakpoint left")
        assert debugger.ask("z1,1000,2") == "OK"
        assert debugger.ask("Z1,2000,2") == "OK"
        assert debugger.ask(f"Z0,{RAM + 0x104:x},2") == "OK"
        debugger.ask(f"Pf={(RAM + 0x100).to_bytes(4, 'little').hex()}")
        debugger.ask(f"P19={(1 << 24).to_bytes(4, 'little').hex()}")
        assert debugger.ask("c") == "T05thread:1;"
        assert debugger.ask("pf") == (RAM + 0x104).to_bytes(4, "little").hex()
        assert debugger.ask(f"z0,{RAM + 0x104:x},2") == "OK"
        assert debugger.ask("s") == "T05thread:1;"
        assert debugger.ask("pf") == (RAM + 0x106).to_bytes(4, "little").hex()
        assert debugger.ask(f"Z0,{RAM + 0x104:x},2") == "OK"
        assert debugger.ask("D") == "OK"
        assert debugger.gone()
    assert machine.peek(RAM + 0x104, 2) == code(thumb.NOP)
    assert not machine.debug_enabled()


def test_a_core_that_sleeps_or_loops_is_interrupted(door: GdbDoor, board: Board) -> None:
    board.machine.poke(0, vectors(0x200))
    board.machine.poke(0x200, code(thumb.WFI, branch(-1)))
    board.power(True)
    with Debugger(door) as debugger:
        for _ in range(3):
            debugger.tell("c")
            debugger.raw(b"\x03")
            assert debugger.answer() == "T02thread:1;"
            assert debugger.ask("s") == "T05thread:1;"
