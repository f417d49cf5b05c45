# SPDX-License-Identifier: Apache-2.0
"""NVMC of the nRF52833 (Product Specification, "NVMC"): what reaches the cells, how long it takes, what a power cut leaves."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vmrig_native import _emu

from tests.emulator import thumb
from tests.emulator.nrf52 import CYCLES_PER_US, DHCSR, NVMC, RAM, UICR, Bench
from tests.emulator.thumb import code
from vmrig_server.emulator.machine import build_machine

READY, READYNEXT, CONFIG = NVMC + 0x400, NVMC + 0x408, NVMC + 0x504
ERASEPAGE, ERASEALL, ERASEUICR = NVMC + 0x508, NVMC + 0x50C, NVMC + 0x514
PARTIAL, PARTIALCFG = NVMC + 0x518, NVMC + 0x51C
REN, WEN, EEN = 0, 1, 2
CFSR = 0xE000ED28
IMPRECISERR = 1 << 10
PAGE = 4096
ERASED = 0xFFFFFFFF
WRITE_US, ERASE_PAGE_US, ERASE_ALL_US = 41, 85_000, 169_000


class Flash(Bench):
    def wait(self) -> int:
        """Passes time until READY; returns the microseconds, to the next whole one."""
        waited = 0
        while not self.read(READY):
            step = 1 if waited < 200 else 500
            self.us(step)
            waited += step
        return waited

    def program(self, address: int, value: int) -> None:
        self.write(CONFIG, WEN)
        self.write(address, value)
        self.wait()
        self.write(CONFIG, REN)

    def erase(self, address: int) -> None:
        self.write(CONFIG, EEN)
        self.write(ERASEPAGE, address)
        self.us(ERASE_PAGE_US)
        self.write(CONFIG, REN)


@pytest.fixture
def flash() -> Flash:
    return Flash()


def test_a_fresh_chip_is_erased_and_ready(flash: Flash) -> None:
    assert (flash.read(0x1000), flash.read(READY), flash.read(READYNEXT), flash.read(CONFIG)) == (ERASED, 1, 1, REN)


def test_a_store_without_write_enable_is_ignored(flash: Flash) -> None:
    flash.write(0x1000, 0)
    assert flash.read(0x1000) == ERASED


def test_a_word_write_takes_its_time(flash: Flash) -> None:
    flash.write(CONFIG, WEN)
    flash.write(0x1000, 0x12345678)
    flash.us(WRITE_US - 1)
    assert flash.read(READY) == 0
    flash.us(1)
    assert flash.read(READY) == 1
    assert flash.read(0x1000) == 0x12345678


@pytest.mark.parametrize("config", [REN, WEN])
@pytest.mark.parametrize("width", [1, 2])
@pytest.mark.parametrize("address", [0x1000, UICR + 0x80])
def test_a_debugger_that_writes_bytes_or_halfwords_gets_a_fault(
    flash: Flash, config: int, width: int, address: int
) -> None:
    flash.write(CONFIG, config)
    with pytest.raises(_emu.Fault, match="FAULT"):
        flash.machine.mem_write(address, width, bytes(width))
    flash.machine.dp_write(0, 4)  # ABORT.STKERRCLR
    assert (flash.read(address), flash.read(READY)) == (ERASED, 1)


STRB_R0_R1, STRH_R0_R1, STR_R0_R1 = 0x7008, 0x8008, 0x6008


@pytest.mark.parametrize(
    ("store", "address", "faults"),
    [(STRB_R0_R1, 0x1002, True), (STRH_R0_R1, 0x1002, True), (STR_R0_R1, 0x1002, True), (STR_R0_R1, 0x1004, False)],
)
def test_a_core_that_writes_less_than_an_aligned_word_takes_a_bus_fault(
    flash: Flash, store: int, address: int, faults: bool
) -> None:
    flash.machine.poke(RAM, code(store, thumb.BKPT))
    flash.machine.poke(12, (RAM + 0x201).to_bytes(4, "little"))
    flash.machine.poke(RAM + 0x200, code(thumb.BKPT))
    flash.write(CONFIG, WEN)
    for register, value in ((0, 0), (1, address), (13, RAM + 0x1000), (15, RAM), (16, 1 << 24)):
        flash.machine.core_set(register, value)
    flash.write(DHCSR, 0xA05F0001)
    assert flash.machine.run(100 * CYCLES_PER_US)[0] == "break"
    assert flash.machine.core_get(15) == (RAM + 0x200 if faults else RAM + 2)
    if faults:
        assert flash.read(CFSR) & 0xFF00 == IMPRECISERR  # the store was in the write buffer
        assert flash.read(0x1000) == ERASED
    else:
        assert flash.read(address) == 0


@pytest.mark.parametrize(
    ("way", "goes_on"),
    [([0x100, RAM, 0x200], False), ([0x100, RAM, 0x1100, RAM + 0x200], True)],
    ids=["in flash again", "in RAM again"],
)
def test_the_core_waits_for_a_write_only_if_it_runs_from_flash_at_that_moment(way: list[int], goes_on: bool) -> None:
    """It is back in a page whose code it knows already, in one run: where that run last began tells nothing."""
    machine = build_machine("microbit_v2", storage=None, identity={}).machine
    bx_r2 = 0x4710
    machine.power(True)
    machine.poke(0, thumb.vectors(way[0]))
    for here, there in itertools.pairwise(way):
        machine.poke(here, code(thumb.load(2, there | 1), bx_r2))
    machine.poke(way[-1], code(thumb.poke(CONFIG, WEN), thumb.poke(0x8000, 0), thumb.branch(0)))
    machine.run(1000)
    assert (machine.instructions() > 900) is goes_on


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.integers(0, ERASED), min_size=1, max_size=5))
def test_writes_only_clear_bits(values: list[int]) -> None:
    flash = Flash()
    expected = ERASED
    for value in values:
        flash.program(0x2000, value)
        expected &= value
    assert flash.read(0x2000) == expected


def test_a_page_erase_sets_that_page_and_no_other(flash: Flash) -> None:
    for address in (PAGE - 4, PAGE, 2 * PAGE - 4, 2 * PAGE):
        flash.program(address, 0)
    flash.erase(PAGE + 0x123)
    assert [flash.read(a) for a in (PAGE - 4, PAGE, 2 * PAGE - 4, 2 * PAGE)] == [0, ERASED, ERASED, 0]


def test_a_page_erase_takes_its_time(flash: Flash) -> None:
    flash.write(CONFIG, EEN)
    flash.write(ERASEPAGE, PAGE)
    flash.us(ERASE_PAGE_US - 1)
    assert (flash.read(READY), flash.read(READYNEXT)) == (0, 0)
    flash.us(1)
    assert flash.read(READY) == 1


@pytest.mark.parametrize("config", [REN, WEN])
def test_erase_needs_erase_enable(flash: Flash, config: int) -> None:
    flash.program(PAGE, 0)
    flash.write(CONFIG, config)
    flash.write(ERASEPAGE, PAGE)
    flash.write(ERASEALL, 1)
    assert flash.read(READY) == 1
    assert flash.read(PAGE) == 0


def test_eraseall_erases_flash_and_uicr(flash: Flash) -> None:
    flash.program(0x7F000, 0)
    flash.program(UICR + 0x80, 0x1234)
    flash.write(CONFIG, EEN)
    flash.write(ERASEALL, 1)
    flash.us(ERASE_ALL_US - 1)
    assert flash.read(READY) == 0
    flash.us(1)
    assert (flash.read(READY), flash.read(0x7F000), flash.read(UICR + 0x80)) == (1, ERASED, ERASED)


def test_eraseuicr_leaves_the_flash_alone(flash: Flash) -> None:
    flash.program(0x1000, 0)
    flash.program(UICR + 0x80, 0)
    flash.write(CONFIG, EEN)
    flash.write(ERASEUICR, 1)
    flash.us(ERASE_PAGE_US)
    assert (flash.read(0x1000), flash.read(UICR + 0x80)) == (0, ERASED)


def test_partial_erases_add_up_to_a_whole_one(flash: Flash) -> None:
    flash.program(PAGE, 0)
    flash.write(CONFIG, EEN)
    assert flash.read(PARTIALCFG) == 10
    for done in range(1, 10):
        flash.write(PARTIAL, PAGE)
        flash.us(10_000)
        if done < 9:
            assert flash.read(PAGE) != ERASED, f"erased after only {done * 10} ms"
    assert flash.read(PAGE) == ERASED


def test_one_write_may_be_queued_behind_another(flash: Flash) -> None:
    flash.write(CONFIG, WEN)
    flash.write(0x1000, 1)
    assert (flash.read(READY), flash.read(READYNEXT)) == (0, 1)
    flash.write(0x1004, 2)
    assert flash.read(READYNEXT) == 0
    flash.us(2 * WRITE_US)
    assert (flash.read(READY), flash.read(0x1000), flash.read(0x1004)) == (1, 1, 2)


def test_an_erase_beyond_the_flash_does_nothing(flash: Flash) -> None:
    flash.write(CONFIG, EEN)
    flash.write(ERASEPAGE, 0x80000)
    assert flash.read(READY) == 1


# --- power cuts


def cut_erase(after_us: int) -> bytes:
    flash = Flash()
    flash.machine.poke(PAGE, bytes(range(256)) * 16)
    flash.write(CONFIG, EEN)
    flash.write(ERASEPAGE, PAGE)
    flash.us(after_us)
    flash.machine.power(False)
    return flash.machine.peek(PAGE, PAGE)


def test_a_power_cut_in_an_erase_leaves_a_mix_of_old_and_erased_bits() -> None:
    old = bytes(range(256)) * 16
    left = cut_erase(ERASE_PAGE_US // 2)
    assert left not in (old, b"\xff" * PAGE)
    assert all(was & now == was for was, now in zip(old, left, strict=True)), "an erase never clears a bit"


def test_the_same_cut_leaves_the_same_cells() -> None:
    assert cut_erase(30_000) == cut_erase(30_000)


def test_the_later_the_cut_the_more_is_erased() -> None:
    ones = [sum(byte.bit_count() for byte in cut_erase(us)) for us in (0, 20_000, 60_000, ERASE_PAGE_US)]
    assert ones == sorted(ones)
    assert (ones[0], ones[-1]) == (16 * 1024, PAGE * 8)


@settings(max_examples=40, deadline=None)
@given(value=st.integers(0, ERASED), cycles=st.integers(0, WRITE_US * CYCLES_PER_US - 1), word=st.integers(0, 1023))
def test_a_power_cut_in_a_write_programs_a_part_of_the_word(value: int, cycles: int, word: int) -> None:
    flash = Flash()
    flash.write(CONFIG, WEN)
    flash.write(PAGE + 4 * word, value)
    if cycles:
        flash.cycles(cycles)
    flash.machine.power(False)
    left = flash.peek32(PAGE + 4 * word)
    assert left & value == value, "only bits that were to be cleared are"


def test_a_cut_after_the_operation_changes_nothing(flash: Flash) -> None:
    flash.program(PAGE, 0x1234)
    flash.power_cycle()
    assert flash.read(PAGE) == 0x1234


def test_a_power_cut_resets_the_controller(flash: Flash) -> None:
    flash.write(CONFIG, WEN)
    flash.write(PAGE, 0)
    flash.power_cycle()
    assert (flash.read(READY), flash.read(CONFIG)) == (1, REN)


def test_contents_live_in_the_boards_folder(tmp_path: Path) -> None:
    first = Flash(storage=tmp_path)
    first.program(0x12340, 0xCAFE)
    first.program(UICR + 0x80, 0xBEEF)
    del first
    assert (tmp_path / "flash.bin").stat().st_size == 512 * 1024
    again = Flash(storage=tmp_path)
    assert (again.read(0x12340), again.read(UICR + 0x80)) == (0xCAFE, 0xBEEF)
