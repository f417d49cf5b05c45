# SPDX-License-Identifier: Apache-2.0
"""The RP2040's boot ROM: how it boots, what programs find in it, and what its functions do."""

from __future__ import annotations

import math
import random
import struct

import pytest
from vmrig_native import _emu

from tests.emulator.rp2040 import RAM, VREG, WATCHDOG, Bench, Thumb, boot2

QSPI_SS = 33
BOOTSEL = 0x2E8A0003
PSM_WDSEL = 0x40010008
ROM_FUNCTIONS = (
    "P3",
    "R3",
    "L3",
    "T3",
    "MS",
    "S4",
    "MC",
    "C4",
    "UB",
    "IF",
    "EX",
    "RE",
    "RP",
    "FC",
    "CX",
    "DT",
    "DE",
    "WV",
)
FLOAT_ADD, FLOAT_MUL, FLOAT_DIV, FLOAT_SQRT, FLOAT_TO_INT, FLOAT_FROM_INT, FLOAT_TO_OTHER = 0, 2, 3, 6, 7, 11, 31


def code(letters: str) -> int:
    return ord(letters[0]) | ord(letters[1]) << 8


def f32(x: float) -> int:
    return int.from_bytes(struct.pack("<f", x), "little")


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(flash=boot2())


def marker() -> bytes:
    """A second stage that stores where it runs and what the ROM says in LR at RAM, and stops there."""
    program = Thumb().op(0x4678).load(1, RAM).store(0, 1).op(0x4670).store(0, 1, 4)  # mov r0, pc; ...; mov r0, lr
    return boot2(program.back(program.here()).halfwords())


def test_a_second_stage_with_its_checksum_is_copied_to_ram_and_run() -> None:
    bench = Bench(flash=marker(), halted=False)
    bench.us(1000)
    assert struct.unpack("<II", bench.machine.peek(RAM, 8)) == (0x20041F04, 0)
    assert bench.machine.usb_device() == 0


@pytest.mark.parametrize("flash", [b"", marker()[:-1] + b"\0"], ids=["blank", "wrong checksum"])
def test_without_one_the_rom_waits_on_usb(flash: bytes) -> None:
    bench = Bench(flash=flash, halted=False)
    bench.us(1000)
    assert bench.machine.usb_device() == BOOTSEL
    assert bench.machine.core_idle()


def test_bootsel_held_at_reset_keeps_the_program_from_running_until_it_is_let_go() -> None:
    bench = Bench(flash=marker(), halted=False)
    bench.machine.pin_drive(QSPI_SS, _emu.LOW)
    bench.machine.poke(RAM, bytes(8))
    bench.machine.reset_pin(True)
    bench.machine.reset_pin(False)
    bench.us(1000)
    assert bench.machine.usb_device() == BOOTSEL
    assert bench.machine.peek(RAM, 4) == bytes(4)
    bench.machine.pin_drive(QSPI_SS, _emu.FLOAT)
    bench.machine.reset_pin(True)
    bench.machine.reset_pin(False)
    bench.us(1000)
    assert bench.machine.usb_device() == 0
    assert bench.machine.peek(RAM, 4) != bytes(4)


def test_scratch_registers_send_a_watchdog_reboot_elsewhere() -> None:
    bench = Bench(flash=marker())
    there = Thumb().load(0, 0x600D).load(1, RAM + 0x100).store(0, 1)
    bench.machine.poke(RAM + 0x200, there.back(there.here()).image())
    entry = RAM + 0x200 | 1
    for n, value in ((4, 0xB007C0D3), (5, entry ^ -0xB007C0D3), (6, RAM + 0x1000), (7, entry)):
        bench.write(WATCHDOG + 0x0C + 4 * n, value)
    bench.write(PSM_WDSEL, 0x1FFFC)
    bench.write(WATCHDOG, 1 << 31)
    bench.go()
    bench.us(1000)
    assert bench.machine.peek(RAM + 0x100, 2) == b"\x0d\x60"
    assert bench.read(WATCHDOG + 0x08) == 2  # REASON: forced
    assert bench.read(WATCHDOG + 0x0C + 16) == 0  # the magic is spent


def test_reset_causes_are_told_apart() -> None:
    bench = Bench(flash=boot2())
    assert bench.read(VREG + 8) == 1 << 8  # HAD_POR
    bench.machine.reset_pin(True)
    bench.machine.reset_pin(False)
    bench.halt()
    assert bench.read(VREG + 8) == 1 << 16  # HAD_RUN


def test_the_header_is_there_and_all_functions_are_found(bench: Bench) -> None:
    assert bench.machine.peek(0x10, 3) == b"Mu\1"
    for letters in ROM_FUNCTIONS:
        assert bench.lookup(code(letters)) & 1, letters
    assert bench.lookup(code("??")) == 0
    for letters in ("CR", "SF", "SD"):
        assert 0 < bench.lookup(code(letters), table=0x16) < 0x4000


@pytest.mark.parametrize("value", [0, 1, 0x80000000, 0x00F01000, 0xFFFFFFFF])
def test_bit_functions(bench: Bench, value: int) -> None:
    assert bench.call(code("P3"), value) == value.bit_count()
    assert bench.call(code("R3"), value) == int(f"{value:032b}"[::-1], 2)
    assert bench.call(code("L3"), value) == 32 - value.bit_length()
    assert bench.call(code("T3"), value) == ((value & -value).bit_length() - 1 if value else 32)


def test_memory_functions(bench: Bench) -> None:
    text = bytes(range(1, 40))
    bench.machine.poke(RAM, text.ljust(0x300, b"\0"))
    assert bench.call(code("MC"), RAM + 0x101, RAM + 2, 30) == RAM + 0x101
    assert bench.machine.peek(RAM + 0x100, 33) == b"\0" + text[2:32] + b"\0\0"
    bench.call(code("MS"), RAM + 0x103, 0x1AB, 5)
    assert bench.machine.peek(RAM + 0x101, 9) == text[2:4] + b"\xab" * 5 + text[9:11]
    bench.call(code("C4"), RAM + 0x200, RAM, 8)
    assert bench.machine.peek(RAM + 0x200, 8) == text[:8]


def test_single_precision_functions_are_right(bench: Bench) -> None:
    table = bench.lookup(code("SF"), table=0x16)

    def of(index: int, *arguments: int) -> int:
        bench.call_at(int.from_bytes(bench.machine.peek(table + 4 * index, 4), "little"), *arguments)
        return bench.machine.core_get(0)

    dice = random.Random(7)
    for _ in range(20):
        a, b = (struct.unpack("<f", struct.pack("<f", dice.uniform(-1e6, 1e6)))[0] for _ in "ab")
        assert of(FLOAT_ADD, f32(a), f32(b)) == f32(a + b)
        assert of(FLOAT_MUL, f32(a), f32(b)) == f32(a * b)
        assert of(FLOAT_DIV, f32(a), f32(b)) == f32(a / b)
        assert of(FLOAT_SQRT, f32(abs(a))) == f32(math.sqrt(abs(a)))
        assert of(FLOAT_TO_INT, f32(a)) == math.floor(a) & 0xFFFFFFFF
    assert of(FLOAT_FROM_INT, -5 & 0xFFFFFFFF) == f32(-5.0)
    assert of(FLOAT_ADD, 1, 2) == 0  # denormals count as zeros
    of(FLOAT_TO_OTHER, f32(1.5))
    assert struct.pack("<II", bench.machine.core_get(0), bench.machine.core_get(1)) == struct.pack("<d", 1.5)


def test_double_precision_functions_are_right(bench: Bench) -> None:
    table = bench.lookup(code("SD"), table=0x16)

    def of(index: int, a: float, b: float) -> float:
        at = int.from_bytes(bench.machine.peek(table + 4 * index, 4), "little")
        bench.call_at(at, *struct.unpack("<IIII", struct.pack("<dd", a, b)))
        result: float = struct.unpack("<d", struct.pack("<II", bench.machine.core_get(0), bench.machine.core_get(1)))[0]
        return result

    dice = random.Random(8)
    for _ in range(10):
        a, b = dice.uniform(-1e9, 1e9), dice.uniform(-1e-3, 1e3)
        assert (of(FLOAT_ADD, a, b), of(FLOAT_MUL, a, b), of(FLOAT_DIV, a, b)) == (a + b, a * b, a / b)


def test_a_call_from_outside_the_rom_is_a_fault() -> None:
    bench = Bench()
    bench.run_code(Thumb().load(0, 0x3C00).store(0, 0))
    bench.us(1)
    assert bench.machine.core_get(16) & 0x3F == 3  # HardFault


def test_reboot_to_bootsel_with_an_activity_led() -> None:
    bench = Bench(flash=boot2())
    at = bench.lookup(code("UB"))
    bench.core_set(0, 1 << 25)
    bench.core_set(1, 0)
    bench.core_set(15, at & ~1)
    bench.core_set(16, 0x01000000)
    bench.go()
    bench.us(2000)
    assert bench.machine.usb_device() == BOOTSEL
    bench.machine.power(False)
    bench.machine.power(True)
    bench.us(1000)
    assert bench.machine.usb_device() == 0
