# SPDX-License-Identifier: Apache-2.0
"""What 32-bit unsigned values cost, which are no small ints of the VM: a CRC by bits of 32 bits beside the same of 16, per byte."""

from __future__ import annotations

import os

from bench.table import Row
from bench.vm import board, programs
from bench.vm.child import run

TURNS = int(os.environ.get("VMRIG_BENCH_ROUNDS", "5"))
BAR = 2.0
SOURCE = """
HOST_N = 1000
MCU_N = 2

def crc(buf, crc):
    for b in buf:
        crc ^= b << {width} - 8
        for _ in range(8):
            if crc & {top}:
                crc = ((crc << 1) ^ {poly}) & {mask}
            else:
                crc = (crc << 1) & {mask}
    return crc

def bench(n):
    buf = bytearray(256)
    for i in range(256):
        buf[i] = i * 7 & 255
    value = {mask}
    for _ in range(n):
        value = crc(buf, value)
    return value
"""
NARROW = SOURCE.format(width=16, top="0x8000", poly="0x1021", mask="0xFFFF")
WIDE = SOURCE.format(width=32, top="0x80000000", poly="0x04C11DB7", mask="0xFFFFFFFF")


def measure() -> list[Row]:
    """On the host and on the board."""
    return [
        _row("host", [_seconds("crc16", NARROW), _seconds("crc32", WIDE)], 1e9, "ns"),
        _row("M0+", [board.instructions("crc16", NARROW)[0], board.instructions("crc32", WIDE)[0]], 1, "instructions"),
    ]


def _seconds(name: str, source: str) -> float:
    """Of the best turn; 0: it does not run."""
    program = programs.compiled(name, f"{source}\nprint(bench(HOST_N))\n")
    turns = [run(program.image, programs.HEAP << 20) for _ in range(TURNS)] if program.image else []
    return min((took for _, took, failure in turns if not failure), default=0)


def _row(where: str, costs: list[float], scale: float, unit: str) -> Row:
    figure, asked = f"{where}, a CRC of 32 bits beside one of 16", f"x <= {BAR}"
    if not all(costs):
        return Row(figure, "-", "does not run", "runs", False)
    count = (1000 if scale > 1 else 2) * 256
    narrow, wide = (cost * scale / count for cost in costs)
    return Row(
        figure, f"x {wide / narrow:.2f}", f"{wide:.0f} and {narrow:.0f} {unit} a byte", asked, wide / narrow <= BAR
    )
