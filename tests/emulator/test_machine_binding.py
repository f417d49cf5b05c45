# SPDX-License-Identifier: Apache-2.0
"""The `_emu` extension itself: arguments, errors, threads; and `build_machine`."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from vmrig_native import _emu

from tests.emulator import thumb
from tests.emulator.nrf52 import DHCSR, NVMC, RAM, TIMER0, Bench
from vmrig_server.boards_data import load_chip
from vmrig_server.emulator.machine import build_machine
from vmrig_server.errors import VmrigError

DP_DPIDR = 0
AP_IDR, AP_CSW, AP_TAR, AP_DRW = 0xFC, 0x00, 0x04, 0x0C
CSW_WORDS_INCREMENT = 0x23000012


@pytest.fixture
def bench() -> Bench:
    return Bench()


# --- building


def test_a_machine_has_only_what_was_added() -> None:
    machine = _emu.Machine()
    with pytest.raises(ValueError, match="not wholly in one memory"):
        machine.peek(RAM, 4)
    machine.add_memory("ram", "ram", RAM, 0x1000)
    machine.poke(RAM, b"abcd")
    assert machine.peek(RAM, 4) == b"abcd"
    with pytest.raises(ValueError, match="not wholly in one memory"):
        machine.peek(RAM + 0xFFE, 4)


@pytest.mark.parametrize(
    ("type", "params", "text"),
    [
        ("nrf5.toaster", {}, "nrf5.toaster"),
        ("nrf5.timer", {"ccs": 4}, "no parameter 'ccs'"),
        ("nrf5.timer", {"cc": 7}, "cc must be"),
        ("nrf5.nvmc", {}, "a memory named 'flash'"),
    ],
)
def test_a_device_that_cannot_be_is_refused(type: str, params: dict[str, int], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        _emu.Machine().add_device(type, "X", 0x40000000, params=params)


def test_a_memory_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="kind must be ram, rom or flash"):
        _emu.Machine().add_memory("x", "eeprom", 0, 1024)  # type: ignore[arg-type]


def test_device_types_name_every_class() -> None:
    assert {device.type for device in load_chip("nrf52833").devices} <= set(_emu.DEVICE_TYPES)


def test_a_machine_that_is_off_does_not_run() -> None:
    bench = Bench(power=False)
    assert bench.machine.run(1000) == ("off", 0)
    assert not bench.machine.powered()


def test_time_passes_exactly_as_asked(bench: Bench) -> None:
    before = bench.machine.now()
    assert bench.machine.run(123_457) == ("halted", 123_457)
    assert bench.machine.now() == before + 123_457


def test_next_event_is_none_when_nothing_is_due(bench: Bench) -> None:
    assert bench.machine.next_event() is None
    bench.task(0x4000C000)  # TEMP
    assert bench.machine.next_event() == bench.machine.now() + 36 * 64


# --- identity


@pytest.mark.parametrize(
    ("identity", "text"),
    [
        ({"colour": 1}, "no identity field 'colour'"),
        ({"device_id": 1 << 64}, "8 bytes"),
        ({"device_id": b"1"}, "8 bytes"),
    ],
)
def test_an_identity_that_does_not_fit_is_refused(identity: dict[str, int | bytes], text: str) -> None:
    with pytest.raises(VmrigError, match=text) as caught:
        build_machine("microbit_v2", storage=None, identity=identity)
    assert caught.value.code == "IDENTITY_INVALID"


def test_two_boards_differ_in_their_uid_and_their_random_numbers() -> None:
    def board(uid: int) -> tuple[bytes, bytes]:
        machine = build_machine("microbit_v2", storage=None, identity={"device_id": uid}).machine
        machine.power(True)
        machine.dp_write(4, 0x50000000)
        machine.mem_write(0xE000EDF0, 4, (0xA05F0003).to_bytes(4, "little"))
        machine.mem_write(0x4000D000, 4, b"\x01\x00\x00\x00")
        machine.run(64 * 40)
        return machine.peek(0x10000060, 8), machine.mem_read(0x4000D508, 4, 4)

    one, other = board(1), board(2)
    assert one[0] == (1).to_bytes(8, "little")
    assert one[1] != other[1]
    assert board(1) == one


def test_storage_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(VmrigError) as caught:
        build_machine("microbit_v2", storage=tmp_path / "file" / "board", identity={})
    assert caught.value.code == "STORAGE_FAILED"


# --- debug port


def test_the_debug_port_identifies_itself(bench: Bench) -> None:
    assert bench.machine.dp_read(DP_DPIDR) == 0x2BA01477
    assert bench.machine.ap_read(AP_IDR) == 0x24770011


def test_blocks_go_through_the_access_port(bench: Bench) -> None:
    bench.machine.ap_write(AP_CSW, CSW_WORDS_INCREMENT)
    bench.machine.ap_write(AP_TAR, RAM + 0x40)
    assert bench.machine.ap_write_block(AP_DRW, [1, 2, 0xFFFFFFFF]) == 3
    bench.machine.ap_write(AP_TAR, RAM + 0x40)
    assert bench.machine.ap_read_block(AP_DRW, 3) == [1, 2, 0xFFFFFFFF]


@pytest.mark.parametrize("width", [1, 2, 4])
def test_memory_moves_in_every_width(bench: Bench, width: int) -> None:
    data = bytes(range(64))
    bench.machine.mem_write(RAM + 0x100, width, data)  # type: ignore[arg-type]
    assert bench.machine.mem_read(RAM + 0x100, width, 64) == data  # type: ignore[arg-type]


def test_a_long_transfer_is_whole(bench: Bench) -> None:
    data = bytes(i * 7 & 0xFF for i in range(100_000))
    bench.machine.mem_write(RAM, 4, data)
    assert bench.machine.mem_read(RAM, 4, len(data)) == data


def test_what_is_not_a_transfer_is_refused(bench: Bench) -> None:
    for address, width, length in ((RAM + 2, 4, 4), (RAM, 3, 3), (RAM, 4, 6), (RAM, 4, -4)):
        with pytest.raises(ValueError):
            bench.machine.mem_read(address, width, length)  # type: ignore[arg-type]
    with pytest.raises(OverflowError):
        bench.machine.mem_read(1 << 32, 4, 4)
    with pytest.raises(OverflowError):
        bench.machine.ap_write_block(AP_DRW, [1, 1 << 32])


def test_a_fault_carries_the_address_that_failed() -> None:
    machine = _emu.Machine(unmapped_reads_zero=False)
    machine.add_memory("ram", "ram", RAM, 0x1000)
    machine.power(True)
    machine.dp_write(4, 0x50000000)
    with pytest.raises(_emu.Fault) as caught:
        machine.mem_read(RAM + 0xFF8, 4, 32)
    assert (caught.value.address, caught.value.done, caught.value.ack) == (RAM + 0x1000, 8, 4)
    machine.dp_write(0, 0x1E)  # ABORT: clear the sticky error
    assert machine.dp_read(DP_DPIDR) == 0x2BA01477


# --- threads


def test_others_get_the_machine_while_a_thread_runs_it(bench: Bench) -> None:
    stop = threading.Event()
    cuts = []

    def runner() -> None:
        while not stop.is_set():
            cuts.append(bench.machine.run(640_000_000)[1])

    bench.write(NVMC + 0x504, 0)
    # An RTC ticking at 32768 Hz keeps the machine busy although the core is halted.
    bench.task(0x40000008)
    bench.us(1_000)
    bench.write(0x4000B304, 1)
    bench.task(0x4000B000)
    thread = threading.Thread(target=runner)
    thread.start()
    try:
        for n in range(200):
            bench.write(RAM, n)
            assert bench.read(RAM) == n
    finally:
        stop.set()
        # The runner sees the flag after its present call: make it return.
        while thread.is_alive():
            bench.machine.now()
            thread.join(0.001)
    assert any(cycles < 640_000_000 for cycles in cuts)


def test_a_waiting_thread_gets_the_machine_promptly(bench: Bench) -> None:
    stop = threading.Event()

    def runner() -> None:
        while not stop.is_set():
            bench.machine.run(64_000_000)

    thread = threading.Thread(target=runner)
    thread.start()
    waits = []
    try:
        for _ in range(50):
            began = time.perf_counter()
            bench.machine.now()
            waits.append(time.perf_counter() - began)
    finally:
        stop.set()
        while thread.is_alive():
            bench.machine.now()
            thread.join(0.001)
    assert sorted(waits)[len(waits) // 2] < 0.02  # an unfair lock starves it for seconds


def test_the_same_cycles_in_other_portions_give_the_same_state() -> None:
    def play(portions: list[int]) -> tuple[object, ...]:
        bench = Bench()
        bench.write(0x40008508, 3)  # TIMER0 in 32 bits
        bench.write(0x40008540, 100)
        bench.write(0x40008200, 1)
        bench.write(0x40006510, 3 | 2 << 8 | 3 << 16)  # GPIOTE toggles P0.02 ...
        bench.write(0x4001F510, 0x40008140)  # ... at every compare
        bench.write(0x4001F514, 0x40006000)
        bench.write(0x4001F504, 1)
        bench.task(0x40008000)
        bench.task(0x4000D000)
        for cycles in portions:
            bench.cycles(cycles)
        return bench.machine.now(), bench.machine.pin_edges(), bench.read(0x4000D508), bench.machine.next_event()

    assert play([100_000]) == play([1, 6_399, 1, 1, 20_000, 49_999, 3_599, 20_000])


def test_core_registers_are_read_and_written(bench: Bench) -> None:
    bench.machine.core_set(3, 0xDEADBEEF)
    assert bench.machine.core_get(3) == 0xDEADBEEF


def test_a_core_that_the_last_cycle_of_a_run_has_woken_is_not_idle(bench: Bench) -> None:
    cpsid_i = 0xB672
    bench.machine.poke(RAM, thumb.code(cpsid_i, thumb.WFI, *thumb.branch(-1)))
    bench.write(0xE000E100, 1 << 8)  # NVIC_ISER: TIMER0
    bench.write(TIMER0 + 0x304, 1 << 16)
    bench.write(TIMER0 + 0x540, 100)
    bench.task(TIMER0)
    bench.machine.core_set(15, RAM)
    bench.write(DHCSR, 0xA05F0001)
    bench.us(10)
    assert bench.machine.core_idle()
    due = bench.machine.next_event()
    assert due is not None
    bench.machine.run(due - bench.machine.now())
    assert bench.event(TIMER0 + 0x140)
    assert not bench.machine.core_idle()
