# SPDX-License-Identifier: Apache-2.0
"""Instructions that a Cortex-M0+ retires for bench(MCU_N), in thousands.

Ours: the shipped image of a board with an RP2040 in the emulator, the workload sent over the link as any program. The program raises a pin before
bench() and lowers it after: the emulated core takes a clock for an instruction and does not sleep in between, so the cycles between the two edges
are the instructions, those of the firmware's loop around the VM included. VMRIG_BENCH_IMAGES: another folder of images than the one that ships.

MicroPython: an ARMv6-M build for QEMU's micro:bit machine, driven over its raw REPL under ``-icount shift=0``, where an instruction takes a
nanosecond: its own microseconds are thousands of instructions. Instructions are not cycles: use them for ratios on one core only.
"""

from __future__ import annotations

import asyncio
import os
import re
import select
import shutil
import subprocess
import time
from pathlib import Path

from bench.table import Row
from bench.vm import peers, programs
from bench.vm.host import geometric_mean
from vmrig_server.agent.link import EventKind, Link, LinkError, Listener
from vmrig_server.boards_data import load_chip, load_target
from vmrig_server.emulator.machine import SERIAL_PORT, build_machine
from vmrig_server.images import load_image, stamp_vm

TARGET = "rpi_pico"
PIN = 2
LEFT_OUT = ("pidigits",)
"""Needs ints of any size, which the profile of such boards does not have."""
BAR, STRETCH, WORST_BAR = 0.60, 0.42, 1.0
STEP_CYCLES = 2_000_000
REPL_LIMIT_S = 60.0
CHUNK, CHUNK_S = 64, 0.002
AROUND = """
import gpio
gpio.mode({pin}, gpio.OUTPUT)
gpio.high({pin})
_result = bench(MCU_N)
gpio.low({pin})
print(_result)
"""
QEMU = (
    "qemu-system-arm",
    *("-machine", "microbit", "-nographic", "-monitor", "null", "-semihosting", "-serial", "stdio"),
    *("-global", "nrf51-soc.flash-size=1048576", "-global", "nrf51-soc.sram-size=262144", "-icount", "shift=0"),
)
REPL = """
import gc, time
gc.collect()
_t = time.ticks_us()
_o = time.ticks_diff(time.ticks_us(), _t)
_t = time.ticks_us()
_r = bench(MCU_N)
_u = time.ticks_us()
print('RESULT', _r, time.ticks_diff(_u, _t) - _o)
"""


def image_root() -> Path | None:
    """Folder of the firmware images; None: those that ship."""
    folder = os.environ.get("VMRIG_BENCH_IMAGES")
    return Path(folder) if folder else None


class Board:
    """An emulated board with its VM, whose time passes while its line is read."""

    def __init__(self, name: str) -> None:
        target = load_target(name)
        chip = load_chip(target.chip)
        uid = "0123456789abcdef"[: 2 * chip.identity.fields[chip.identity.uid].size]
        self.machine = build_machine(target, storage=None, identity={chip.identity.uid: int(uid, 16)}).machine
        firmware = load_image(name, "vm", image_root())
        self._flash = chip.flash
        self._put(firmware.address, firmware.data)
        for part in stamp_vm(firmware, target, uid, "c0ffee00" * 4):
            self._put(part.address, part.data)
        self.machine.power(True)

    def _put(self, address: int, data: bytes) -> None:
        self.machine.memory_write(self._flash.name, address - self._flash.base, data)

    async def read(self) -> bytes:
        """As a duplex byte stream."""
        said = b""
        while not said:
            await asyncio.sleep(0)
            self.machine.run(STEP_CYCLES)
            said = self.machine.serial_read(SERIAL_PORT)
        return said

    async def write(self, data: bytes) -> None:
        """As a duplex byte stream."""
        self.machine.serial_write(SERIAL_PORT, data)


async def _run(image: bytes) -> tuple[str, int]:
    """What a program printed, and the instructions between the edges of the pin."""
    printed = bytearray()
    board = Board(TARGET)
    # The timeouts are for a host that is busy.
    async with Link(board, Listener(on_output=printed.extend), timeout_s=20, slow_timeout_s=60) as link:
        await link.hello(deadline_s=20, try_s=2)
        await link.uplink(image)
        _, generation = await link.run()
        ended = await link.wait_end(generation, poll_s=20)
    edges = [cycle for cycle, pin, _ in board.machine.pin_edges()[0] if pin == PIN]
    if ended.kind is not EventKind.ENDED or len(edges) < 2:
        return f"{ended.kind.name} {ended.text}".strip(), 0
    return printed.decode(errors="replace").strip(), edges[-1] - edges[-2]


def ours(name: str) -> tuple[int, str]:
    """Instructions of a workload, and why there are none."""
    count, printed = instructions(name, programs.source_without_main(name))
    if count and printed != programs.wanted(name, "MCU_N"):
        return 0, f"prints {printed!r}"
    return count, "" if count else printed


def instructions(name: str, source: str) -> tuple[int, str]:
    """Of bench(MCU_N) of any source, and what it returned; 0 and why there are none."""
    program = programs.compiled(name, source + AROUND.format(pin=PIN))
    if program.error:
        return 0, program.error
    try:
        printed, count = asyncio.run(_run(program.image))
    except LinkError as error:
        return 0, str(error)
    return count, printed


def micropython(elf: str, name: str) -> tuple[int, str]:
    """The same of MicroPython."""
    command = [*QEMU, "-kernel", elf]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            said = _converse(process, programs.source_without_main(name) + REPL)
        except (TimeoutError, EOFError) as error:
            return 0, f"MicroPython: {error}"
        finally:
            process.kill()
    found = re.search(r"RESULT (\S+) (\d+)", said)
    if not found or found[1] != programs.wanted(name, "MCU_N"):
        return 0, f"MicroPython prints {said[-60:]!r}"
    return int(found[2]) * 1000, ""


def _converse(process: subprocess.Popen[bytes], code: str) -> str:
    """Runs code on a raw REPL; what it printed. The line has no flow control: it gets a little at a time."""
    stdin, stdout = process.stdin, process.stdout
    assert stdin and stdout
    heard = bytearray()

    def until(mark: bytes) -> bytes:
        end = time.monotonic() + REPL_LIMIT_S
        while mark not in heard:
            left = end - time.monotonic()
            if left <= 0 or not select.select([stdout], [], [], left)[0]:
                raise TimeoutError("no answer")
            more = os.read(stdout.fileno(), 4096)
            if not more:
                raise EOFError("QEMU ended")
            heard.extend(more)
        at = heard.index(mark)
        said = bytes(heard[:at])
        del heard[: at + len(mark)]
        return said

    def send(data: bytes) -> None:
        stdin.write(data)
        stdin.flush()

    until(b">>> ")
    send(b"\r\x01")
    until(b"raw REPL; CTRL-B to exit\r\n>")
    data = code.encode()
    for at in range(0, len(data), CHUNK):
        send(data[at : at + CHUNK])
        time.sleep(CHUNK_S)
    send(b"\x04")
    until(b"OK")
    said = until(b"\x04")
    return (said + until(b"\x04")).decode(errors="replace")


def measure(workloads: tuple[str, ...] = programs.NAMES) -> list[Row]:
    """A row for each workload, then the geometric mean."""
    elf = peers.path("micropython-m0")
    if elf and not shutil.which(QEMU[0]):
        elf = None
    rows, ratios = [], []
    names = [name for name in workloads if name not in LEFT_OUT]
    for name in names:
        count, why = ours(name)
        peer, peer_why = micropython(elf, name) if elf else (0, "no peer")
        figure, measured = f"M0+ kinsn, {name}", f"{count / 1000:.0f}" if count else "-"
        beside = f"micropython {peer / 1000:.0f}" if peer else peer_why
        if count and peer:
            ratios.append(count / peer)
            beside += f" (x {ratios[-1]:.2f})"
            rows.append(Row(figure, measured, beside, f"x <= {WORST_BAR}", ratios[-1] <= WORST_BAR))
        elif why:
            rows.append(Row(figure, measured, f"{beside}; {why}", "runs", False))
        else:
            rows.append(Row(figure, measured, beside))
    return [*rows, _mean(ratios, len(names), elf)]


def _mean(ratios: list[float], count: int, elf: str | None) -> Row:
    figure, asked = "... x micropython, geometric mean", f"<= {BAR:.2f} (better: {STRETCH:.2f})"
    if not elf:
        option = "micropython-m0"
        return Row(figure, "-", f"not there: {QEMU[0]}, and --{option}, {peers.variable(option)}", asked)
    if not ratios:
        return Row(figure, "-", elf, asked, False)
    mean = geometric_mean(ratios)
    what = f"{len(ratios)} of {count} workloads, worst x {max(ratios):.2f}"
    return Row(figure, f"{mean:.3f}", what, asked, mean <= BAR and len(ratios) == count)
