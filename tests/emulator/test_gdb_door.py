# SPDX-License-Identifier: Apache-2.0
"""GDB on an emulated RISC-V core, through the board's own door: a program in C is loaded and debugged at source level."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from vmrig_native import _emu

from tests.emulator.gdb_client import GDB, Debugger, gdb
from vmrig_server.emulator.board import Board, Pace
from vmrig_server.emulator.doors.gdb import GdbDoor
from vmrig_server.emulator.doors.gdb_documents import MemoryRegion, memory_map
from vmrig_server.emulator.doors.gdb_packets import escape, pack, unescape
from vmrig_server.emulator.doors.gdb_targets import target_of
from vmrig_server.emulator.doors.serial import SerialLoop
from vmrig_server.emulator.hosted import Folders, HostedBoard
from vmrig_server.emulator.scheduler import Scheduler
from vmrig_server.paths import data_root

CODE, DATA, FLASH = 0x40380000, 0x3FC80000, 0x42000000
LOOP = b"\x6f\x00\x00\x00"
"""j . (jal x0, 0)"""

PROGRAM = """\
typedef unsigned int u32;
volatile u32 turns;
volatile unsigned char bytes[4];
int main(void);
__attribute__((naked, section(".start"))) void start(void) { __asm__("la sp, stack_top\\n j main"); }
static u32 next(u32 last) {
    u32 result = last * 3 + 1;
    return result;
}
int main(void) {
    u32 value = 7;
    for (;;) {
        value = next(value); /* turn */
        bytes[1] = (unsigned char)value;
        turns++;
    }
}
"""
LINK = f"""\
MEMORY {{ code (rx) : ORIGIN = {CODE}, LENGTH = 64K  data (rw) : ORIGIN = {DATA}, LENGTH = 64K }}
ENTRY(start)
SECTIONS {{
    .text : {{ *(.start) *(.text*) *(.rodata*) }} > code
    .bss : {{ *(.bss*) }} > data
    stack_top = {DATA} + 64K;
    /DISCARD/ : {{ *(.eh_frame*) *(.riscv.attributes) }}
}}
"""


@pytest.fixture(scope="module")
def elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with its debug information."""
    pytest.importorskip("ziglang", reason="the toolchain is in the extra 'dev'")
    if GDB is None:
        pytest.skip("gdb-multiarch is not installed")
    folder = tmp_path_factory.mktemp("program")
    (folder / "main.c").write_text(PROGRAM)
    (folder / "link.ld").write_text(LINK)
    flags = "-target riscv32-freestanding -mcpu=generic_rv32+m+c -gdwarf-4 -O0 -fno-sanitize=all -nostdlib -Wl,--build-id=none -T link.ld"
    command = [sys.executable, "-m", "ziglang", "cc", *flags.split(), "main.c", "-o", "main.elf"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "main.elf"


@pytest.fixture
def board() -> Iterator[Board]:
    machine = _emu.Machine(core="rv32imc", irq_count=31, clock_hz=1_000_000, reset_vector=CODE)
    machine.add_memory("code", "ram", CODE, 0x10000)
    machine.add_memory("data", "ram", DATA, 0x10000)
    machine.add_memory("flash", "rom", FLASH, 0x1000)
    scheduler = Scheduler(1)
    board = Board(machine, 1_000_000, scheduler)
    board.power(True)
    machine.poke(CODE, LOOP)
    yield board
    board.close()
    scheduler.close()


@pytest.fixture
def door(board: Board) -> Iterator[GdbDoor]:
    target = target_of("rv32imc", board.machine)
    assert target is not None
    door = GdbDoor(board, target, [MemoryRegion("rom", FLASH, 0x1000)])
    yield door
    door.close()


def test_load_break_step_print_and_backtrace(door: GdbDoor, elf: Path) -> None:
    text = gdb(
        door,
        elf,
        *("compare-sections", "x/i $pc", "break main", "continue", "next", "next", "step", "bt", "finish"),
        *("print value", "set var value = 100", "tbreak next", "continue", "print last", "info registers pc sp mcause"),
    )
    assert re.search(r"Section \.text, range .*: matched\.", text), text
    assert f"=> {CODE:#x} <start" in text, text
    assert "Breakpoint 1, main () at main.c" in text
    assert re.search(r"#0 +next \(last=\d+\) at main\.c:7\n#1 .*main \(\) at main\.c:13", text), text
    assert "Value returned is $1 = 22" in text
    assert "MIS-MATCHED" not in text
    assert re.search(r"next \(last=(100|22)\)", text), text
    assert re.search(r"^mcause +0x0", text, re.MULTILINE), text


def test_watched_variables_and_conditions(door: GdbDoor, elf: Path) -> None:
    text = gdb(
        door,
        elf,
        *("break main", "continue", "watch turns", "continue", "continue", "print turns", "delete"),
        *("break next if last > 1000", "continue", "print last > 1000", "delete", "stepi", "stepi", "info breakpoints"),
    )
    changes = [(int(old), int(new)) for old, new in re.findall(r"Old value = (\d+)\nNew value = (\d+)", text)]
    assert [new - old for old, new in changes] == [1, 1] and changes[0][1] == changes[1][0], text
    assert f"$1 = {changes[1][1]}\n" in text and "$2 = 1" in text, text
    assert "No breakpoints or watchpoints." in text


def test_after_detach_the_core_runs_on_without_the_breakpoints(door: GdbDoor, elf: Path, board: Board) -> None:
    text = gdb(door, elf, "break next", "continue", 'printf "turns=%u\\n", turns')
    assert "Breakpoint 1, next" in text
    turns = int(re.findall(r"turns=(\d+)", text)[0])
    board.let_pass(1_000_000)
    assert int.from_bytes(board.machine.peek(DATA, 4), "little") > turns + 10
    assert not board.machine.halted()


def test_a_debugger_that_dies_lets_the_core_run_on_and_the_next_one_come(door: GdbDoor, board: Board) -> None:
    with Debugger(door) as debugger:
        assert debugger.ask(f"Z0,{CODE:x},4") == "OK"
        with Debugger(door) as second:
            assert second.gone(), "there is one at a time"
    with Debugger(door) as debugger:
        assert debugger.ask("s") == "T05thread:1;"
        assert debugger.ask("D") == "OK"
        assert debugger.gone()
    assert not board.machine.halted()
    assert not board.machine.debug_enabled()


def test_a_running_core_is_interrupted_and_goes_on(door: GdbDoor, board: Board) -> None:
    with Debugger(door) as debugger:
        assert debugger.ask("?") == "T05thread:1;"
        at = board.machine.now()
        debugger.tell("c")
        while board.machine.now() < at + 1000:
            pass
        debugger.raw(b"\x03")
        assert debugger.answer() == "T02thread:1;"
        here = board.machine.instructions()
        assert debugger.ask("p20") == CODE.to_bytes(4, "little").hex()
        assert board.machine.instructions() == here
        assert debugger.ask("s") == "T05thread:1;"
        assert board.machine.instructions() == here + 1
        assert debugger.ask("vCont;s:1;c") == "T05thread:1;"
        assert board.machine.instructions() == here + 2


def test_the_kind_of_a_breakpoint_is_told_to_who_knows_it(door: GdbDoor) -> None:
    with Debugger(door) as debugger:
        assert "PacketSize=" in debugger.ask("qSupported:swbreak+;hwbreak+")
        assert debugger.ask(f"M{CODE:x},8:" + (b"\x01\x00" * 2 + LOOP).hex()) == "OK"  # two no-ops before the loop
        assert debugger.ask(f"P20={CODE.to_bytes(4, 'little').hex()}") == "OK"
        assert debugger.ask(f"Z1,{CODE + 2:x},2") == "OK"
        assert debugger.ask(f"Z0,{CODE + 4:x},4") == "OK"
        assert debugger.ask("c") == "T05thread:1;hwbreak:;"
        assert debugger.ask("c") == "T05thread:1;swbreak:;"
        assert debugger.ask(f"z0,{CODE + 4:x},4") == "OK"
        assert debugger.ask(f"z0,{CODE + 4:x},4") == "OK"
        assert debugger.ask(f"Z3,{DATA:x},4") == "", "what reads a variable is not watched"


def test_memory_that_is_not_there_or_not_to_be_written_is_refused(door: GdbDoor, board: Board) -> None:
    with Debugger(door) as debugger:
        assert debugger.ask("m60000000,4") == "00000000", "as on a chip whose bus answers for nobody"
        assert debugger.ask(f"M{FLASH:x},4:00000000").startswith("E.flash is not written")
        assert debugger.ask(f"vFlashErase:{FLASH:x},1000").startswith("E.flash is not written")
        assert debugger.ask(b"X%x,4:" % DATA + escape(b"#$}*")) == "OK"
        assert debugger.ask(f"m{DATA:x},4") == b"#$}*".hex()
        for nonsense in (
            "m",
            "mx,y",
            "p",
            "G00",
            "P20=1",
            "Z1",
            "qXfer:features:read:target.xml:0",
            "M0,4:0",
            "vCont",
            "W",
        ):
            assert debugger.ask(nonsense) in ("", "E01"), nonsense
        board.power(False)
        assert debugger.ask(f"m{DATA:x},4").startswith("E.the board has no power")
        assert debugger.ask("c").startswith("E.the board has no power")


def test_an_esp32c3_is_debugged_from_the_first_instruction_of_its_program_on(tmp_path: Path) -> None:
    image = (data_root("vmimages/images") / "esp32c3_devkitm" / "vm.bin").read_bytes()
    entry = image[4:8].hex()
    second = (int.from_bytes(image[4:8], "little") + 4).to_bytes(4, "little").hex()
    scheduler, loop = Scheduler(1), SerialLoop()
    hosted = HostedBoard(
        "esp32c3_devkitm", "0" * 32, tmp_path / "board", Pace.REAL, scheduler, loop, Folders(tmp_path / "run")
    )
    with (tmp_path / "board" / "flash.bin").open("r+b") as flash:
        flash.write(image)
    hosted.plug(240, 1, 5)
    port = hosted.status()["gdb_port"]
    with Debugger(port) as debugger:
        assert '<memory type="rom" start="0x40000000"' in debugger.ask("qXfer:memory-map:read::0,2000")
        assert debugger.ask(f"Z1,{int.from_bytes(image[4:8], 'little'):x},2") == "OK"
        for _ in range(2):
            assert debugger.ask("qRcmd," + b"reset".hex()) == "OK"
            hosted.board.let_pass(20_000_000)
            assert debugger.ask("p20") == (0x40000000).to_bytes(4, "little").hex(), "the ROM waits with its core"
            assert debugger.ask("c") == "T05thread:1;"
            assert debugger.ask("p20") == entry
            assert debugger.ask("s") == "T05thread:1;"
            assert debugger.ask("p20") == second
        assert debugger.ask("qRcmd," + b"reset".hex()) == "OK"
        assert debugger.ask("s") == "T05thread:1;"
        assert debugger.ask("p20") == second
    hosted.unplug()
    assert hosted.status()["gdb_port"] == 0
    hosted.plug(240, 1, 5, gdb_port=port)
    assert hosted.status()["gdb_port"] == port
    hosted.close()
    scheduler.close()
    loop.close()


def test_a_packet_with_a_wrong_checksum_is_asked_for_again(door: GdbDoor) -> None:
    with Debugger(door) as debugger:
        debugger.raw(b"$qC#00")
        debugger.raw(pack(b"qC"))
        assert debugger.answer() == "QC1"


def test_the_memory_map_has_every_address_once() -> None:
    text = memory_map([MemoryRegion("flash", 0x1000, 0x2000, 0x400), MemoryRegion("rom", 0xFFFF0000, 0x10000)])
    places = [(int(start, 16), int(length, 16)) for start, length in re.findall(r'start="(\w+)" length="(\w+)"', text)]
    assert [start for start, _ in places] == [0, *(start + length for start, length in places[:-1])]
    assert sum(places[-1]) == 1 << 32
    assert '<property name="blocksize">0x400</property>' in text


def test_escapes_are_undone() -> None:
    data = bytes(range(256))
    assert unescape(escape(data)) == data
    assert not set(b"#$*") & set(escape(data))
