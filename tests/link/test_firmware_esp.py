# SPDX-License-Identifier: Apache-2.0
"""The ESP32-C3's port: copied to RAM by the boot ROM, flash through the cache, a line that may be the UART or USB."""

from __future__ import annotations

from pathlib import Path

import pytest
from vmrig_native import _emu

from tests.vm.programs_list import PROGRAMS
from vmrig_server.agent.link import EventKind, ResetCause
from vmrig_server.boards_data import load_chip

from .boards import EmulatedBoard, SimulatedBoard, linked, until, vbc
from .same_program import result_of

PC = 32
BOOT = 9
NOWHERE = 0x20000000
BOARDS = [("esp32c3_devkitm", ""), ("esp32c3_devkitm", "usb_jtag"), ("esp32c3_supermini", "")]


def powered(image: str = "vm", name: str = "esp32c3_devkitm", usb: str = "") -> EmulatedBoard:
    board = EmulatedBoard(image, name=name, usb=usb)
    board.power(True)
    return board


@pytest.mark.parametrize(("name", "usb"), BOARDS)
async def test_register_vm_tells_the_mac_address_wherever_it_is_asked(name: str, usb: str) -> None:
    board = powered("register", name, usb)
    async with linked(board) as (link, heard):
        identity = await link.hello()
        assert (identity.kind, identity.uid) == ("register", board.uid)
        assert identity.chip_part == 0xC3 and identity.chip_variant.startswith("v0.")
        await until(lambda: bool(heard.boots))
        assert heard.boots[0].reset_cause is ResetCause.POWER_ON
    assert board.machine.unmodelled() == []


@pytest.mark.parametrize(("name", "usb"), BOARDS)
async def test_a_program_is_stored_runs_and_comes_back_after_power(name: str, usb: str) -> None:
    board = powered(name=name, usb=usb)
    async with linked(board) as (link, heard):
        await link.uplink(vbc("import board\nfor i in range(100):\n    print('line', i)\nprint(board.uid())\n"))
        _, generation = await link.run()
        end = await link.wait_end(generation)
        assert end.kind is EventKind.ENDED
        said = bytes(heard.output).decode().splitlines()
        assert said[:100] == [f"line {i}" for i in range(100)]
        assert said[100] == str(bytes.fromhex(board.uid))
        board.power(False)
        board.power(True)
        await until(lambda: heard.kinds().count("ENDED") == 2)
    assert board.machine.unmodelled() == []


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
async def test_a_program_is_the_same_to_the_chip_as_to_the_host(path: Path) -> None:
    assert await result_of(powered(), path) == await result_of(SimulatedBoard(), path)


async def test_what_nobody_takes_from_usb_holds_no_program_up() -> None:
    board = powered()
    async with linked(board) as (link, heard):
        await link.uplink(vbc("for i in range(2000):\n    print('a line of some length', i)\nprint('end')\n"))
        _, generation = await link.run()
        await link.wait_end(generation)
        board.power(False)
        board.power(True)  # nobody has spoken since: the text goes to both
        heard.output.clear()
        await until(lambda: heard.kinds().count("ENDED") == 2)
        assert heard.output.endswith(b"end\n")


async def test_a_fault_is_reported_with_its_registers_after_the_reset_it_causes() -> None:
    board = powered("register")
    async with linked(board) as (link, heard):
        await link.hello()
        board.machine.core_set(PC, NOWHERE)
        board.send(b"wake up")
        await until(lambda: len(heard.events) == 1)
        event = heard.events[0]
        assert event.kind is EventKind.FAULT and event.faults == 1 and not event.program_ran
        registers = dict(event.registers)
        assert registers["pc"] == NOWHERE and registers["mcause"] == 1  # instruction access fault
        assert registers["sp"] >> 16 == 0x3FC8
        assert (await link.hello()).reset_cause is ResetCause.SOFT


async def test_the_reset_pin_is_told_as_power() -> None:
    board = powered("register")
    async with linked(board) as (link, heard):
        await link.hello()
        board.machine.reset_pin(True)
        board.machine.reset_pin(False)
        await until(lambda: len(heard.boots) == 2)
        assert heard.boots[1].reset_cause is ResetCause.POWER_ON


def test_the_strapping_pin_is_read_when_the_reset_is_let_go_of() -> None:
    board = powered("register")
    board.pass_time(10_000)
    board.machine.reset_pin(True)
    board.machine.pin_drive(BOOT, _emu.LOW)
    board.machine.reset_pin(False)
    board.machine.pin_drive(BOOT, _emu.FLOAT)
    assert b"waiting for download" in board.pass_time(10_000)
    assert board.machine.download_mode()


async def test_uptime_goes_on_beyond_32_bits_of_microseconds() -> None:
    board = powered("register")
    hours = 3
    cycles = hours * 3600 * load_chip("esp32c3").core.clock_hz
    while cycles > 0:
        _, done = board.machine.run(cycles)
        cycles -= max(done, 1)
    board.machine.serial_read(0)
    async with linked(board) as (link, _):
        uptime_us = (await link.hello()).uptime_us
    assert hours * 3600e6 <= uptime_us < hours * 3600e6 + 1e6


async def test_noise_of_any_length_on_either_line_is_survived() -> None:
    for usb in ("", "usb_jtag"):
        board = powered("register", usb=usb)
        async with linked(board) as (link, _):
            await link.hello()
            for burst in (1, 63, 64, 65, 127, 129, 2047, 2049, 5000):
                board.send(bytes(i * 7 % 251 + 1 for i in range(burst)))
                await link.hello()
            assert (await link.hello()).uid == board.uid
