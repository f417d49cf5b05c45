# SPDX-License-Identifier: Apache-2.0
"""GDB on an emulated board, through pyOCD's gdbserver: a program in C is loaded and debugged at source level."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.emulator.pyocd_child import environment
from vmrig_server.emulator.pool import WorkerPool

pytestmark = pytest.mark.asyncio(loop_scope="module")

GDB = shutil.which("gdb-multiarch") or shutil.which("arm-none-eabi-gdb")
DEADLINE_S = 60.0

PROGRAM = """\
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
int main(void);
volatile struct { u8 byte[4]; u16 half[2]; u32 word; } data;
volatile u32 seen;
__attribute__((section(".vectors"), used)) const void *const vectors[64] = {(void *)0x20010000, (void *)main};
static u32 next(u32 last) {
    u32 result = last * 3 + 1;
    return result;
}
int main(void) {
    u32 value = 7;
    for (;;) {
        value = next(value); /* turn */
        data.byte[1] = (u8)value;
        data.half[1] = (u16)value;
        data.word = value;
        seen = data.byte[2] + data.half[0];
    }
}
"""
LINK = """\
MEMORY { flash (rx) : ORIGIN = 0, LENGTH = 64K  ram (rw) : ORIGIN = 0x20000000, LENGTH = 64K }
SECTIONS {
    .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) } > flash
    .bss (NOLOAD) : { *(.bss*) } > ram
    /DISCARD/ : { *(.ARM*) }
}
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
    flags = "-target thumb-freestanding-eabi -mcpu=cortex_m4 -g -O0 -fno-sanitize=all -nostdlib -Wl,--build-id=none -Wl,-e,main -T link.ld"
    command = [sys.executable, "-m", "ziglang", "cc", *flags.split(), "main.c", "-o", "main.elf"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "main.elf"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def server_port(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[int]:
    """pyOCD's gdbserver on a micro:bit V2, through the plugin; it stays when GDB goes."""
    home = tmp_path_factory.mktemp("home")
    pool = WorkerPool(home, workers=1)
    await pool.start()
    await pool.create("microbit_v2")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pyocd", "gdbserver", "-W", "--persist", "--port", str(port), "--telnet-port", "0"),
        env=environment(home, tmp_path_factory.mktemp("plugin")),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert child.stdout is not None
    said = b""
    async with asyncio.timeout(DEADLINE_S):
        while b"GDB server listening" not in said:
            line = await child.stdout.readline()
            said += line
            assert line, said.decode()
    draining = asyncio.ensure_future(child.stdout.read())
    yield port
    child.terminate()
    await child.wait()
    await draining
    await pool.close()


async def gdb(port: int, elf: Path, *commands: str) -> str:
    """Loads the program, resets into it and gives GDB these commands. Returns what it printed."""
    assert GDB is not None
    start = (
        *("set confirm off", "set pagination off", "set height 0", f"target remote 127.0.0.1:{port}"),
        *("load", "monitor reset halt"),
    )
    arguments = [part for command in (*start, *commands, "detach") for part in ("-ex", command)]
    child = await asyncio.create_subprocess_exec(
        *(GDB, "-nx", "-batch", *arguments, str(elf)),
        cwd=elf.parent,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(child.communicate(), DEADLINE_S)
    except TimeoutError:
        child.kill()
        raise
    return output.decode(errors="replace")


async def test_load_break_step_and_print(server_port: int, elf: Path) -> None:
    text = await gdb(
        server_port,
        elf,
        "compare-sections",
        "break main",
        "continue",
        "next",
        "next",
        "step",
        "bt",
        "finish",
        "info registers pc sp xpsr",
        "print value",
        "set var value = 100",
        "tbreak next",
        "continue",
        "print last",
    )
    assert re.search(r"Section \.text, range .*: matched\.", text)
    assert "Breakpoint 1, main () at main.c" in text
    assert re.search(r"#0 +next \(last=7\) at main\.c", text) and "#1 " in text
    assert "Value returned is $1 = 22" in text
    assert "$2 = 7" in text  # not assigned yet
    assert "next (last=100)" in text or "next (last=22)" in text
    assert "MIS-MATCHED" not in text


async def test_watchpoints_of_every_size_and_kind(server_port: int, elf: Path) -> None:
    """pyOCD reports a watchpoint's stop as a SIGTRAP; where the core stands tells which access it was."""
    watched = [
        ("watch data.byte[1]", 17),
        ("watch data.half[1]", 18),
        ("watch data.word", 19),
        ("rwatch data.byte[2]", 19),
        ("awatch data.half[0]", 19),
    ]
    steps = [part for command, _ in watched for part in (command, "continue", 'printf "pc %x\\n", $pc', "delete")]
    text = await gdb(
        server_port,
        elf,
        *("break main", "continue", "delete"),
        *steps,
        "print data.word",
        *(
            "watch data.byte[3]",
            "rwatch data.word",
            "tbreak 15",
            "continue",
        ),  # beside what is accessed, or the other way
    )
    stops = re.findall(r"SIGTRAP.*\n(?:0x[0-9a-f]+ in )?main \(\) at main\.c:(\d+)\n.*\npc ([0-9a-f]+)", text)
    assert [int(line) for line, _ in stops] == [line for _, line in watched]
    addresses = [int(pc, 16) for _, pc in stops]
    assert addresses == sorted(set(addresses))
    assert "$1 = 22" in text
    assert re.search(r"Temporary breakpoint \d+, main \(\) at main\.c:15", text)


async def test_more_breakpoints_than_the_hardware_has_are_software_ones_or_refused(server_port: int, elf: Path) -> None:
    """The nRF52833 has six comparators; in flash there is nothing else, and GDB says so."""
    text = await gdb(
        server_port, elf, *[f"break *(char *)main + {2 * n}" for n in range(8)], "continue", "info breakpoints"
    )
    assert "Cannot insert" in text
