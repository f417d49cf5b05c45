# SPDX-License-Identifier: Apache-2.0
"""Flash of STM32 (PM0075, RM0090, RM0351): keys, what can be programmed, errors, times, protection, power cuts."""

from __future__ import annotations

from pathlib import Path

import pytest
from vmrig_native import _emu

from tests.emulator.stm32 import F1, F4, F412, FLASH_BASE, L4, Bench

ERASED = 0xFFFFFFFF
KEYS = (0x45670123, 0xCDEF89AB)
KEYR = {F4: 0x04, F412: 0x04, F1: 0x04, L4: 0x08}
SR = {F4: 0x0C, F412: 0x0C, F1: 0x0C, L4: 0x10}
CR = {F4: 0x10, F412: 0x10, F1: 0x10, L4: 0x14}
BSY = {F4: 1 << 16, F412: 1 << 16, F1: 1, L4: 1 << 16}
LOCK = {F4: 1 << 31, F412: 1 << 31, F1: 1 << 7, L4: 1 << 31}
PG, PER, STRT_F1, STRT = 1, 2, 1 << 6, 1 << 16


class Flash(Bench):
    @property
    def sr(self) -> int:
        return self.flash + SR[self.target]

    @property
    def cr(self) -> int:
        return self.flash + CR[self.target]

    def unlock(self) -> Flash:
        for key in KEYS:
            self.write(self.flash + KEYR[self.target], key)
        return self

    def idle(self) -> int:
        return self.wait(self.sr, BSY[self.target])

    def status(self) -> int:
        """Flags without the end of operation, cleared by being read here."""
        value = self.read(self.sr) & ~(0x21 if self.target == F1 else 1)
        self.write(self.sr, value)
        return value

    def erase(self, address: int) -> int:
        """One erase unit; the time it takes in microseconds."""
        offset = address - FLASH_BASE
        if self.target == F1:
            self.write(self.cr, PER)
            self.write(self.flash + 0x14, address)
            self.write(self.cr, PER | STRT_F1)
        elif self.target == L4:
            page = offset // 0x800
            self.write(self.cr, PER | page % 256 << 3 | page // 256 << 11 | STRT)
        else:
            sectors = [0, 0x4000, 0x8000, 0xC000, 0x10000, *range(0x20000, 0x100000, 0x20000)]
            number = sectors.index(offset % 0x100000) + 16 * (offset // 0x100000)
            self.write(self.cr, PER | number << 3 | 2 << 8 | STRT)
        took = self.idle()
        self.write(self.cr, 0)
        return took


def test_a_wrong_key_locks_until_the_next_reset() -> None:
    flash = Flash(F4)
    flash.write(flash.flash + 4, 0x12345678)
    flash.unlock()
    assert flash.read(flash.cr) & LOCK[F4]
    flash.machine.reset_pin(True)
    flash.machine.reset_pin(False)
    flash.unlock()
    assert not flash.read(flash.cr) & LOCK[F4]


@pytest.mark.parametrize("target", [F4, F1, L4])
def test_nothing_happens_while_it_is_locked(target: str) -> None:
    flash = Flash(target)
    flash.write(flash.cr, PG)
    if target == F1:
        flash.write(FLASH_BASE, 0, 2)
    else:
        flash.write(FLASH_BASE, 0)
    assert (flash.read(FLASH_BASE), flash.read(flash.cr) & PG) == (ERASED, 0)


@pytest.mark.parametrize(("psize", "width"), [(0, 1), (1, 2), (2, 4), (3, 4)])
def test_f4_programs_in_the_width_of_psize_only(psize: int, width: int) -> None:
    flash = Flash(F4).unlock()
    flash.write(flash.cr, PG | psize << 8)
    for wrong in {1, 2, 4} - {width}:
        flash.write(FLASH_BASE, 0, wrong)  # type: ignore[arg-type]
        assert flash.status() & 1 << 6, "PGPERR"
    assert flash.read(FLASH_BASE) == ERASED
    flash.write(FLASH_BASE, 0x12345678, width)  # type: ignore[arg-type]
    assert flash.read(flash.sr) & BSY[F4]
    assert flash.idle() == 16
    assert flash.read(FLASH_BASE, width) == 0x12345678 & (1 << 8 * width) - 1  # type: ignore[arg-type]


def test_f4_programming_only_clears_bits() -> None:
    flash = Flash(F4).unlock()
    flash.write(flash.cr, PG | 2 << 8)
    for value in (0xFFFF0F0F, 0x0FF0FFFF):
        flash.write(FLASH_BASE, value)
        flash.idle()
    assert flash.read(FLASH_BASE) == 0x0FF00F0F


@pytest.mark.parametrize(
    ("offset", "size", "ms"), [(0x4000, 0x4000, 250), (0x10000, 0x10000, 550), (0x1E0000, 0x20000, 1000)]
)
def test_f4_sectors_of_every_size_and_bank_are_erased_in_their_time(offset: int, size: int, ms: int) -> None:
    flash = Flash(F4).unlock()
    flash.machine.poke(FLASH_BASE, b"\0" * 0x200000)
    took = flash.erase(FLASH_BASE + offset)
    assert ms * 1000 <= took <= ms * 1100
    assert flash.machine.peek(FLASH_BASE + offset, size) == b"\xff" * size
    left = flash.machine.peek(FLASH_BASE, 0x200000)
    assert left.count(b"\xff") == size


@pytest.mark.parametrize(("bits", "kept"), [(4, 1), (1 << 15, 0), (4 | 1 << 15, None)])
def test_f4_mass_erase_of_one_bank_or_both(bits: int, kept: int | None) -> None:
    flash = Flash(F4).unlock()
    flash.machine.poke(FLASH_BASE, b"\0" * 0x200000)
    flash.write(flash.cr, bits | 2 << 8 | STRT)
    flash.idle()
    banks = [flash.machine.peek(FLASH_BASE + bank * 0x100000, 0x100000) for bank in range(2)]
    assert [bank.count(0xFF) == 0x100000 for bank in banks] == [kept != 0, kept != 1]


def test_f1_programs_a_halfword_once_and_then_only_to_zero() -> None:
    flash = Flash(F1).unlock()
    flash.write(flash.cr, PG)
    flash.write(FLASH_BASE, 0x1234, 2)
    flash.idle()
    flash.write(FLASH_BASE, 0x1230, 2)
    assert flash.status() == 1 << 2, "PGERR"
    assert flash.read(FLASH_BASE, 2) == 0x1234
    flash.write(FLASH_BASE, 0, 2)
    flash.idle()
    assert (flash.status(), flash.read(FLASH_BASE, 2)) == (0, 0)
    with pytest.raises(_emu.Fault):
        flash.write(FLASH_BASE + 4, 0)


def test_f1_erases_pages_of_a_kilobyte() -> None:
    flash = Flash(F1).unlock()
    flash.machine.poke(FLASH_BASE, b"\0" * 0x1000)
    assert 20_000 <= flash.erase(FLASH_BASE + 0x400) <= 21_000
    assert flash.machine.peek(FLASH_BASE, 0x1000) == b"\0" * 0x400 + b"\xff" * 0x400 + b"\0" * 0x800


def test_l4_programs_a_double_word_once_and_then_only_to_zero() -> None:
    flash = Flash(L4).unlock()
    flash.write(flash.cr, PG)
    for address, value in ((0, 0x11111111), (4, 0x22222222)):
        assert flash.read(FLASH_BASE) == ERASED
        flash.write(FLASH_BASE + address, value)
    assert flash.idle() >= 81
    assert (flash.read(FLASH_BASE), flash.read(FLASH_BASE + 4)) == (0x11111111, 0x22222222)
    flash.write(FLASH_BASE, 0)
    flash.write(FLASH_BASE + 4, 1)
    assert flash.read(flash.sr) & 1 << 3, "PROGERR"
    flash.write(FLASH_BASE + 8, 0)
    assert flash.status() & 1 << 7, "PGSERR: an error that nobody has cleared"
    flash.write(FLASH_BASE, 0)
    flash.write(FLASH_BASE + 4, 0)
    flash.idle()
    assert (flash.status(), flash.read(FLASH_BASE), flash.read(FLASH_BASE + 4)) == (0, 0, 0)


def test_l4_refuses_other_widths_and_half_double_words() -> None:
    flash = Flash(L4).unlock()
    flash.write(flash.cr, PG)
    flash.write(FLASH_BASE, 0, 2)
    assert flash.status() == 1 << 6, "SIZERR"
    flash.write(FLASH_BASE + 4, 0)
    assert flash.status() == 1 << 5, "PGAERR"
    assert flash.read(FLASH_BASE) == ERASED


def test_a_protected_sector_is_neither_programmed_nor_erased() -> None:
    flash = Flash(F412).unlock()
    for key in (0x08192A3B, 0x4C5D6E7F):
        flash.write(flash.flash + 8, key)
    optcr = flash.flash + 0x14
    flash.change(optcr, clear=1 << 17)  # sector 1
    flash.change(optcr, set=2)
    flash.wait(optcr, 2)
    flash.machine.poke(FLASH_BASE + 0x4000, b"\0\0\0\0")
    flash.erase(FLASH_BASE + 0x4000)
    assert flash.status() & 1 << 4, "WRPERR"
    flash.write(flash.cr, PG | 2 << 8)
    flash.write(FLASH_BASE + 0x4010, 0)
    assert flash.status() & 1 << 4
    assert flash.machine.peek(FLASH_BASE + 0x4000, 20) == b"\0\0\0\0" + b"\xff" * 16


def test_read_out_protection_shuts_the_flash_to_the_debugger_and_its_removal_erases_it(tmp_path: Path) -> None:
    flash = Flash(F412, storage=tmp_path)
    flash.machine.poke(FLASH_BASE, b"secret.." * 16)

    def set_level(byte: int) -> None:
        for key in (0x08192A3B, 0x4C5D6E7F):
            flash.write(flash.flash + 8, key)
        flash.change(flash.flash + 0x14, clear=0xFF00, set=byte << 8)
        flash.change(flash.flash + 0x14, set=2)
        flash.wait(flash.flash + 0x14, 2)

    set_level(0x55)
    for _ in range(2):
        with pytest.raises(_emu.Fault):
            flash.read(FLASH_BASE)
        assert flash.read(0x20000000) is not None, "all else is open"
        flash.power_cycle()
    assert flash.machine.peek(FLASH_BASE, 8) == b"secret.."
    set_level(0xAA)
    assert flash.machine.mem_read(FLASH_BASE, 4, 64) == b"\xff" * 64


def test_a_power_cut_in_the_middle_leaves_cells_part_way(tmp_path: Path) -> None:
    flash = Flash(L4, storage=tmp_path).unlock()
    flash.machine.poke(FLASH_BASE, b"\0" * 0x1000)
    flash.write(flash.cr, PER | STRT)
    flash.us(11_000)
    flash.power_cycle()
    page = flash.machine.peek(FLASH_BASE, 0x800)
    ones = sum(byte.bit_count() for byte in page)
    assert 0x800 * 8 * 0.4 < ones < 0x800 * 8 * 0.6
    assert flash.machine.peek(FLASH_BASE + 0x800, 0x800) == b"\0" * 0x800


def test_flash_is_seen_at_address_zero_too() -> None:
    flash = Flash(F4)
    flash.machine.poke(FLASH_BASE + 0x123400, b"abcd")
    assert flash.machine.mem_read(0x123400, 4, 4) == b"abcd"


def test_a_loop_that_waits_and_feeds_a_watchdog_is_skipped_exactly() -> None:
    """As flash algorithms wait: the watchdog that the loop feeds does not run, and time passes as if each turn had been run."""
    loop = bytes.fromhex(
        "1060"  # str r0, [r2]         IWDG.KR
        "cd68"  # ldr r5, [r1, #0xc]   FLASH.SR
        "ed03"  # lsls r5, r5, #15     BSY
        "fbd4"  # bmi to the store
        "fee7"  # b to itself
    )

    def state(slice_cycles: int) -> tuple[int, int, int]:
        flash = Flash(F4).unlock()
        flash.machine.poke(0x20000100, loop)
        for register, value in ((0, 0xAAAA), (1, flash.flash), (2, 0x40003000), (13, 0x20001000), (15, 0x20000100)):
            flash.machine.core_set(register, value)
        flash.machine.core_set(16, 0x01000000)
        flash.write(flash.cr, PER | 2 << 8 | STRT)
        flash.write(0xE000EDF0, 0xA05F0001)
        for _ in range(30_000 // slice_cycles):
            flash.machine.run(slice_cycles)
        return flash.machine.now(), flash.machine.instructions(), flash.machine.state_hash()

    assert state(30_000) == state(1) == state(7_500)


@pytest.mark.parametrize(
    ("code_at", "sector", "runs"),
    [(FLASH_BASE, 17, True), (FLASH_BASE, 5, False), (FLASH_BASE + 0x100000, 5, True), (0x20000100, 5, True)],
)
def test_f4_code_runs_on_unless_its_own_bank_is_erased(code_at: int, sector: int, runs: bool) -> None:
    flash = Flash(F4).unlock()
    # str r0, [r1, #0x10]; adds r2, #1; b to the addition
    flash.machine.poke(code_at, bytes.fromhex("0861 0132 fde7"))
    for register, value in ((0, PER | sector << 3 | 2 << 8 | STRT), (1, flash.flash), (2, 0), (15, code_at)):
        flash.machine.core_set(register, value)
    flash.machine.core_set(16, 0x01000000)
    flash.write(0xE000EDF0, 0xA05F0001)
    flash.us(100_000)
    assert (flash.machine.core_get(2) > 100_000) is runs
    flash.us(1_000_000)
    assert flash.machine.core_get(2) > 100_000
