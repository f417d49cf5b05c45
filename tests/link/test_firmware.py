# SPDX-License-Identifier: Apache-2.0
"""The port's own behaviour, on the emulated chip: identity, faults, reset causes, time, the line."""

from __future__ import annotations

import struct

import pytest

from vmrig_server.agent.link import EventKind, LinkRefused, LinkSilent, ResetCause, Status
from vmrig_server.agent.link.frames import Frame, encode
from vmrig_server.boards_data import load_chip

from .boards import UID, EmulatedBoard, linked, until, vbc

PC = 15
NOWHERE = 0x00200000
RAM = 0x20000000


def register_board() -> EmulatedBoard:
    board = EmulatedBoard("register")
    board.power(True)
    return board


async def test_register_vm_announces_the_chip_and_answers_hello_and_nothing_else() -> None:
    board = register_board()
    async with linked(board) as (link, heard):
        await until(lambda: bool(heard.boots))
        identity = await link.hello()
        assert (identity.kind, identity.uid, identity.chip_part) == ("register", UID, 0x52833)
        assert identity.vmuid == "00" * 16 and identity.vm_version == ""
        for call in (link.run(), link.status(), link.uplink(bytes(8)), link.confirm()):
            with pytest.raises(LinkRefused) as failure:
                await call
            assert failure.value.status in (Status.NOT_SUPPORTED, Status.UNKNOWN_REQUEST)
    assert board.machine.unmodelled() == []


async def test_the_uid_is_what_a_debugger_reads_in_ficr() -> None:
    board = register_board()
    low, high = struct.unpack("<II", board.machine.mem_read(0x10000060, 4, 8))
    async with linked(board) as (link, _):
        assert (await link.hello()).uid == f"{high:08x}{low:08x}"


async def test_a_fault_is_reported_with_its_registers_after_the_reset_it_causes() -> None:
    board = register_board()
    async with linked(board) as (link, heard):
        await link.hello()
        board.machine.core_set(PC, NOWHERE)
        board.send(b"wake up")
        await until(lambda: len(heard.events) == 1)
        event = heard.events[0]
        assert event.kind is EventKind.FAULT and event.faults == 1 and not event.program_ran
        registers = dict(event.registers)
        assert registers["pc"] == NOWHERE
        assert registers["cfsr"] == 0x100  # IBUSERR, ARMv7-M B3.2.15
        board.machine.reset_pin(True)
        board.machine.reset_pin(False)
        await until(lambda: len(heard.boots) == 3)
        await link.hello()
        assert len(heard.events) == 1  # told once
        causes = [boot.reset_cause for boot in heard.boots]
        assert causes == [ResetCause.POWER_ON, ResetCause.SOFT, ResetCause.PIN]


async def test_after_three_faults_in_a_row_the_program_waits_for_a_person() -> None:
    board = EmulatedBoard()
    board.power(True)
    async with linked(board) as (link, heard):
        await link.uplink(vbc("import time\nwhile True:\n    time.sleep(0.01)\n"))
        await link.run()
        await link.confirm()
        for count in range(1, 4):
            await until(lambda: heard.kinds()[-1] in ("STARTED", "CONFIRMED"))
            board.machine.core_set(PC, NOWHERE)
            await until(lambda count=count: heard.kinds().count("FAULT") == count)  # type: ignore[misc]
        await until(lambda: heard.kinds()[-1] == "REFUSED")
        assert heard.events[-1].status is Status.FAULT_LOOP
        assert heard.events[-2].program_ran
        await link.run()
        assert (await link.status()).state.alive


@pytest.mark.parametrize("what", ["power", "pin", "soft"])
async def test_the_reset_cause_is_what_reset_the_chip(what: str) -> None:
    board = register_board()
    async with linked(board) as (link, heard):
        await link.hello()
        if what == "power":
            board.power(False)
            board.power(True)
        elif what == "pin":
            board.machine.reset_pin(True)
            board.machine.reset_pin(False)
        else:
            board.machine.mem_write(0xE000ED0C, 4, (0x05FA0004).to_bytes(4, "little"))
        await until(lambda: len(heard.boots) == 2)
    causes = {"power": ResetCause.POWER_ON, "pin": ResetCause.PIN, "soft": ResetCause.SOFT}
    assert heard.boots[1].reset_cause == causes[what]


async def test_uptime_goes_on_beyond_32_bits_of_microseconds() -> None:
    board = register_board()
    hours = 3
    clock_hz = load_chip("nrf52833").core.clock_hz
    for _ in range(hours):
        cycles = 3600 * clock_hz
        while cycles > 0:
            _, done = board.machine.run(cycles)
            cycles -= max(done, 1)
    board.machine.serial_read(0)
    async with linked(board) as (link, _):
        uptime_us = (await link.hello()).uptime_us
    assert hours * 3600e6 <= uptime_us < hours * 3600e6 + 1e6


async def test_noise_of_any_length_on_the_line_is_survived() -> None:
    board = register_board()
    async with linked(board) as (link, _):
        await link.hello()
        for burst in (1, 63, 64, 1023, 1024, 1025, 2047, 2048, 5000):
            board.send(bytes(i * 7 % 251 + 1 for i in range(burst)))
            await link.hello()
        board.send(b"\0" * 3000)
        await link.hello()
        for code in (0x01, 0x80, 0xFF):
            board.send(encode(Frame(code, 1, b"?" * 200)))
        assert (await link.hello()).uid == UID


async def test_a_board_held_in_reset_is_silent() -> None:
    board = register_board()
    board.machine.reset_pin(True)
    async with linked(board, hello=False) as (link, _):
        with pytest.raises(LinkSilent) as failure:
            await link.hello(deadline_s=0.05, try_s=0.01)
        assert failure.value.code == "LINK_SILENT" and failure.value.next_command


DEEP = """\
def attempt(name, f):
    try:
        f()
        print(name, 'came back')
    except RecursionError:
        print(name, 'is too deep')
    except MemoryError:
        print(name, 'is too large')

nested = other = 0
for i in range(30):
    nested, other = [nested], [other]
attempt('repr', lambda: repr(nested))
attempt('==', lambda: nested == other)

class Told:
    def __repr__(self):
        return f'({Told()!r})'

class Same:
    def __eq__(self, other):
        return [Same()] in [[Same()]]

def again(value):
    return sorted([1, 2], key=again)

attempt('__repr__', lambda: str(Told()))
attempt('__eq__', lambda: Same() == Same())
attempt('key', lambda: again(1))
chain = range(3)
for i in range(40):
    chain = enumerate(chain)
attempt('iterators', lambda: next(chain))
print('done')
"""


async def test_what_recurses_in_c_ends_with_an_exception_before_a_small_boards_stack_does() -> None:
    board = EmulatedBoard(name="microbit_v1")
    board.power(True)
    async with linked(board) as (link, heard):
        await link.uplink(vbc(DEEP))
        _, generation = await link.run()
        end = await link.wait_end(generation)
        assert end.kind is EventKind.ENDED, end
        assert len(heard.boots) <= 1 and "FAULT" not in heard.kinds()
    said = bytes(heard.output).decode().splitlines()
    assert len(said) == 7 and said[-1] == "done"
    assert all("too" in line for line in said[:5]), said


async def test_a_pico_tells_its_flashs_id_and_of_a_fault_after_the_reset_by_its_watchdog() -> None:
    board = EmulatedBoard("register", name="rpi_pico")
    board.power(True)
    async with linked(board) as (link, heard):
        await until(lambda: bool(heard.boots))
        identity = await link.hello()
        assert (identity.uid, identity.chip_part) == (UID, 0x2040)
        assert identity.reset_cause is ResetCause.POWER_ON
        board.machine.core_set(PC, NOWHERE)
        board.send(b"wake up")
        await until(lambda: len(heard.events) == 1)
        event = heard.events[0]
        assert event.kind is EventKind.FAULT and dict(event.registers)["pc"] == NOWHERE
        assert (await link.hello()).reset_cause is ResetCause.SOFT
    assert board.machine.unmodelled() == []
