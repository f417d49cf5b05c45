# SPDX-License-Identifier: Apache-2.0
"""Flash controllers FTFE (K64) and FTFA (KL25), and the MDM-AP: what commands do to the cells, when, and who may look at them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from vmrig_native import _emu

from tests.emulator import thumb
from tests.emulator.kinetis import DHCSR, FTF, K64, KL25, RAM, SIM_COPC, Bench, either, k64, kl25

__all__ = ["either", "k64", "kl25"]

FSTAT, FCNFG, FSEC, FPROT0 = FTF, FTF + 1, FTF + 2, FTF + 0x13
CCIF, RDCOLERR, ACCERR, FPVIOL, MGSTAT0 = 0x80, 0x40, 0x20, 0x10, 0x01
PROGRAM = {K64: 0x07, KL25: 0x06}
UNIT, SECTOR, SIZE = {K64: 8, KL25: 4}, {K64: 4096, KL25: 1024}, {K64: 0x100000, KL25: 0x20000}
STATUS, CONTROL = 1 << 24, 1 << 24 | 4
ACK, READY, SECURE, MASS_ERASE = 1, 2, 4, 32


def target_of(bench: Bench) -> str:
    assert bench.built.target is not None
    return bench.built.target.target


def command(bench: Bench, code: int, address: int = 0, data: Iterable[int] = ()) -> int:
    """Launches a command, waits for its end; returns FSTAT. data: FCCOB4 and on."""
    bench.w8(FSTAT, 0x70)
    bench.write(FTF + 4, code << 24 | address)
    for n, byte in enumerate(data, 4):
        bench.w8(FTF + 4 + (n & ~3) + 3 - (n & 3), byte)
    bench.w8(FSTAT, CCIF)
    for _ in range(4000):
        if bench.r8(FSTAT) & CCIF:
            break
        bench.us(500)
    return bench.r8(FSTAT)


def program(bench: Bench, address: int, data: bytes) -> int:
    """One unit; the bytes in the order of the memory."""
    words = [data[at : at + 4][::-1] for at in range(0, len(data), 4)]
    return command(bench, PROGRAM[target_of(bench)], address, b"".join(words))


def test_a_unit_is_programmed_and_only_clears_bits(either: Bench) -> None:
    unit = UNIT[target_of(either)]
    first, second = bytes(range(0x10, 0x10 + unit)), bytes([0xFF] * unit)
    assert program(either, 0x4000, first) == CCIF
    assert either.machine.peek(0x4000, unit) == first
    assert program(either, 0x4000, second) == CCIF | MGSTAT0
    assert either.machine.peek(0x4000, unit) == first


def test_a_sector_is_erased_after_its_time(either: Bench) -> None:
    size = SECTOR[target_of(either)]
    either.machine.poke(0x4000, bytes(3 * size))
    either.write(FTF + 4, 0x09004000 + size)
    either.w8(FSTAT, CCIF)
    either.us(13_000)
    assert either.r8(FSTAT) & CCIF == 0
    assert either.machine.peek(0x4000, 3 * size) == bytes(3 * size)
    either.us(1_100)
    assert either.r8(FSTAT) == CCIF
    assert either.machine.peek(0x4000, 3 * size) == bytes(size) + b"\xff" * size + bytes(size)


@pytest.mark.parametrize("code", [0x05, 0x42, 0x46, 0x99])
def test_an_unknown_command_is_an_access_error(either: Bench, code: int) -> None:
    assert command(either, code) == CCIF | ACCERR


def test_an_address_that_is_not_aligned_or_not_there_is_an_access_error(either: Bench) -> None:
    unit, size = UNIT[target_of(either)], SIZE[target_of(either)]
    assert program(either, 0x4002, bytes(unit)) == CCIF | ACCERR
    assert program(either, size, bytes(unit)) == CCIF | ACCERR
    assert command(either, 0x09, size) == CCIF | ACCERR


def test_nothing_starts_before_an_error_is_cleared(either: Bench) -> None:
    assert command(either, 0x99) == CCIF | ACCERR
    either.write(FTF + 4, 0x09004000)
    either.w8(FSTAT, CCIF)
    assert either.r8(FSTAT) == CCIF | ACCERR


def test_a_protected_region_is_not_changed_and_protection_is_only_added(either: Bench) -> None:
    either.w8(FPROT0, 0xFD)
    region = SIZE[target_of(either)] // 32
    assert command(either, 0x09, region) == CCIF | FPVIOL
    assert command(either, 0x09, 2 * region) == CCIF
    assert command(either, 0x44) == CCIF | FPVIOL
    either.w8(FPROT0, 0xFF)
    assert either.r8(FPROT0) == 0xFD


def test_blank_checks_and_program_check(either: Bench) -> None:
    count = (0, 1)
    assert command(either, 0x01, 0x4000, [*count, 0]) == CCIF
    either.machine.poke(0x4003, b"\x7f")
    assert command(either, 0x01, 0x4000, [*count, 0]) == CCIF | MGSTAT0
    assert command(either, 0x40, 0x010000) == CCIF | MGSTAT0, "the configuration field is not blank either"
    assert command(either, 0x02, 0x4000, [1, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF]) == CCIF
    assert command(either, 0x02, 0x4000, [1, 0, 0, 0, 0x7E, 0xFF, 0xFF, 0xFF]) == CCIF | MGSTAT0


def test_the_program_once_field_is_written_once(either: Bench) -> None:
    data = bytes(range(1, 1 + UNIT[target_of(either)]))
    assert command(either, 0x43, 0x030000, data) == CCIF
    assert command(either, 0x43, 0x030000, data) == CCIF | ACCERR
    for n in range(4, 4 + len(data)):
        either.w8(FTF + 4 + (n & ~3) + 3 - (n & 3), 0)
    assert command(either, 0x41, 0x030000) == CCIF
    assert bytes(either.r8(FTF + 4 + (n & ~3) + 3 - (n & 3)) for n in range(4, 4 + len(data))) == data


def test_a_section_is_programmed_from_the_acceleration_ram(k64: Bench) -> None:
    data = bytes(range(64))
    k64.machine.poke(0x14000000, data)
    assert command(k64, 0x0B, 0x90000, [0, 4]) == CCIF
    assert k64.machine.peek(0x90000, 80) == data + b"\xff" * 16


def test_a_store_into_the_flash_is_a_bus_error(either: Bench) -> None:
    with pytest.raises(_emu.Fault):
        either.write(0x4000, 0)
    either.machine.dp_write(0, 4)
    assert either.machine.peek(0x4000, 4) == b"\xff" * 4


def running(bench: Bench, at: int, program: bytes, r0: int) -> None:
    bench.machine.poke(at, program)
    bench.machine.core_set(0, r0)
    bench.machine.core_set(15, at)
    bench.machine.core_set(16, 0x01000000)
    bench.write(DHCSR, 0xA05F0001)


POLL = thumb.code(0x7801, 0x0609, 0xD5FC, thumb.BKPT)  # ldrb r1, [r0]; lsls r1, r1, #24; bpl; bkpt


def test_code_goes_on_in_one_block_while_the_other_is_erased(k64: Bench) -> None:
    k64.write(FTF + 4, 0x09090000)
    running(k64, 0x8000, thumb.code(0x2180, 0x7001, thumb.NOP, thumb.BKPT), FSTAT)  # movs r1, #0x80; strb r1, [r0]
    k64.machine.run(100)
    assert k64.machine.now() < 100
    assert k64.r8(FSTAT) & (CCIF | RDCOLERR) == 0


def test_code_in_the_block_that_is_erased_waits(either: Bench) -> None:
    either.write(FTF + 4, 0x09010000)
    running(either, 0x8000, thumb.code(0x2180, 0x7001, thumb.NOP, thumb.BKPT), FSTAT)
    either.machine.run(1_000_000)
    assert either.machine.now() > 0.0139 * either.core_hz
    assert either.r8(FSTAT) == CCIF | RDCOLERR


def test_code_that_went_from_the_flash_into_ram_does_not_collide(either: Bench) -> None:
    either.write(FTF + 4, 0x09010000)
    either.machine.poke(RAM, thumb.code(0x2180, 0x7001, *[0x7801, 0x0609, 0xD5FC], thumb.BKPT))
    either.machine.core_set(2, RAM | 1)
    running(either, 0x8000, thumb.code(thumb.NOP, 0x4710), FSTAT)  # bx r2
    either.machine.run(1_000_000)
    assert either.r8(FSTAT) == CCIF


@pytest.mark.parametrize("reload", [False, True])
def test_a_loop_that_polls_is_the_same_in_one_go_and_cycle_by_cycle(kl25: Bench, reload: bool) -> None:
    """reload: as flash algorithms do, with the register's address from a literal beside the code in RAM."""
    program = (
        thumb.code(0x4802, 0x7801, 0x0609, 0xD5FB, thumb.BKPT, thumb.NOP) + FSTAT.to_bytes(4, "little")
        if reload
        else POLL
    )
    kl25.write(SIM_COPC, 0)
    ends = []
    for step in (1_000_000, 7):
        other = kl25.machine.fork()
        kl25_of_fork = kl25.machine
        kl25.machine = other
        kl25.write(FTF + 4, 0x09010000)
        kl25.w8(FSTAT, CCIF)
        running(kl25, RAM, program, FSTAT)
        why = "budget"
        while why != "break":
            why, _ = other.run(step)
        ends.append((other.now(), other.instructions(), other.core_get(15), other.state_hash()))
        kl25.machine = kl25_of_fork
    assert ends[0] == ends[1]


# --- security


def fresh(target: str, fsec: int) -> Bench:
    """A board whose flash configuration field has this FSEC."""
    return Bench(target, flash={0x400: b"\xff" * 12 + bytes([fsec, 0xFF, 0xFF, 0xFF])})


@pytest.mark.parametrize("target", [K64, KL25])
def test_an_erased_configuration_field_locks_the_debug_port(target: str) -> None:
    bench = fresh(target, 0xFF)
    with pytest.raises(_emu.Fault):
        bench.read(RAM)
    bench.machine.dp_write(0, 4)
    assert bench.machine.ap_read(0) & 1 << 6 == 0, "CSW.DeviceEn"
    assert bench.machine.ap_read(STATUS) & (READY | SECURE | MASS_ERASE) == READY | SECURE | MASS_ERASE


@pytest.mark.parametrize("target", [K64, KL25])
def test_a_mass_erase_over_the_mdm_ap_opens_the_chip_for_good(target: str) -> None:
    bench = fresh(target, 0xFF)
    bench.machine.poke(0x8000, b"secret")
    bench.machine.ap_write(CONTROL, 1)
    assert bench.machine.ap_read(STATUS) & ACK
    assert bench.machine.ap_read(CONTROL) & 1
    bench.us(440_000)
    assert bench.machine.ap_read(CONTROL) & 1 == 0
    assert bench.machine.ap_read(STATUS) & SECURE == 0
    bench.power_on()
    assert bench.machine.peek(0x8000, 6) == b"\xff" * 6
    assert bench.r8(FSEC) == 0xFE


def test_a_mass_erase_that_is_disabled_does_nothing() -> None:
    bench = fresh(KL25, 0xEF)  # MEEN 10
    assert bench.machine.ap_read(STATUS) & MASS_ERASE == 0
    bench.machine.ap_write(CONTROL, 1)
    bench.us(1_000_000)
    assert bench.machine.ap_read(STATUS) & (ACK | SECURE) == SECURE


def test_the_backdoor_key_opens_a_chip_until_reset() -> None:
    key = bytes(range(1, 9))
    bench = Bench(KL25)
    bench.machine.poke(0x400, key)
    bench.machine.poke(0x40C, b"\xbe")
    bench.machine.reset_pin(True)
    bench.machine.reset_pin(False)
    bench.halt()
    words = [key[at : at + 4][::-1] for at in (0, 4)]
    wrong = [*words[0], *reversed(words[1])]
    assert command(bench, 0x45, 0, wrong) == CCIF | ACCERR
    assert command(bench, 0x45, 0, b"".join(words)) == CCIF | ACCERR, "there is one try"
    bench.machine.reset_pin(True)
    bench.machine.reset_pin(False)
    bench.halt()
    assert command(bench, 0x45, 0, b"".join(words)) == CCIF


def test_erase_all_opens_the_chip_until_the_next_reset(either: Bench) -> None:
    assert command(either, 0x44) == CCIF
    assert either.machine.peek(0x400, 16) == b"\xff" * 16
    assert either.r8(FSEC) & 3 == 2
    either.machine.reset_pin(True)
    either.machine.reset_pin(False)
    assert either.machine.ap_read(STATUS) & SECURE


def test_a_chip_held_by_the_mdm_ap_runs_nothing_until_it_is_let_go(either: Bench) -> None:
    either.machine.poke(0, thumb.vectors(8)[:8] + thumb.code(thumb.NOP, 0xE7FD))
    either.write(DHCSR, 0xA05F0000)
    either.machine.ap_write(CONTROL, 0x14)  # debug request, hold in reset
    either.machine.reset_pin(True)
    either.machine.reset_pin(False)
    before = either.machine.instructions()
    either.machine.run(10_000)
    assert either.machine.instructions() == before
    either.write(DHCSR, 0xA05F0001)
    either.machine.ap_write(CONTROL, 4)
    either.machine.run(10_000)
    assert either.machine.ap_read(STATUS) & 1 << 16, "halted"
    assert either.machine.instructions() == before


# --- power cuts


def test_power_that_goes_during_an_erase_leaves_the_cells_part_way_and_always_so(tmp_path: Path) -> None:
    ends = []
    for name in "ab":
        bench = Bench(KL25, storage=tmp_path / name)
        bench.machine.poke(0x4000, bytes(1024))
        bench.write(FTF + 4, 0x09004000)
        bench.w8(FSTAT, CCIF)
        bench.us(7_000)
        bench.machine.power(False)
        ends.append(bench.machine.peek(0x4000, 1024))
    assert ends[0] == ends[1]
    ones = sum(byte.bit_count() for byte in ends[0])
    assert 3000 < ones < 5200, "about half of 8192"
