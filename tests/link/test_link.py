# SPDX-License-Identifier: Apache-2.0
"""Host and firmware together, over a good line and over a bad one."""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Callable

import pytest

from vmrig_server.agent.link import (
    Binding,
    EventKind,
    LinkClosed,
    LinkRefused,
    PortState,
    ProgramState,
    ResetCause,
    RunAction,
    Status,
)
from vmrig_server.images import VmstoreRecord, build_vmstore, load_image

from .boards import UID, VMUID, Board, EmulatedBoard, SimulatedBoard, damage, linked, until, vbc

LONG = "text = '{}'\nprint(len(text))\n".format("".join(random.Random(7).choices("abcdefghijklmnopqrstuvwxyz", k=6000)))
FOREVER = "import time\nn = 0\nwhile True:\n    print('tick', n)\n    n += 1\n    time.sleep(0.5)\n"

ABI = load_image("microbit_v2", "vm").vm_abi
both = pytest.mark.parametrize("make", [SimulatedBoard, EmulatedBoard], ids=["simulated", "emulated"])


@both
async def test_a_board_announces_itself_at_boot_and_says_who_it_is(make: Callable[[], Board]) -> None:
    board = make()
    board.power(True)
    async with linked(board) as (link, heard):
        identity = await link.hello()
        assert heard.boots[0].uid == identity.uid == UID
    assert (identity.kind, identity.protocol, identity.vm_abi, identity.target) == ("vm", 1, ABI, "microbit_v2")
    assert (identity.vmuid, identity.binding, identity.port) == (VMUID, Binding.OK, PortState.WHOLE)
    assert (identity.chip_part, identity.chip_variant) == (0x52833, "AAA0")
    assert identity.reset_cause == ResetCause.POWER_ON
    assert (identity.active_slot, identity.slot_size, identity.heap_size) == ("", 0x10000, 65536)
    assert [slot.present for slot in identity.slots] == [False, False]


@both
async def test_a_program_is_sent_committed_run_and_confirmed(make: Callable[[], Board]) -> None:
    board = make()
    board.power(True)
    image = vbc(LONG)
    steps: list[tuple[int, int]] = []
    async with linked(board) as (link, heard):
        committed = await link.uplink(image, lambda done, total: steps.append((done, total)))
        assert committed.sha256 == hashlib.sha256(image).hexdigest()
        assert steps[-1] == (len(image), len(image)) and steps == sorted(steps)
        assert await link.run() == ("A", committed.generation)
        end = await link.wait_end(committed.generation)
        identity = await link.hello()
    assert end.kind is EventKind.ENDED and end.instructions > 0
    assert heard.output == b"6000\n"
    assert heard.kinds() == ["STARTED", "ENDED", "CONFIRMED"]
    assert heard.text == b"" and heard.lost == 0
    slot = identity.slots[0]
    assert (slot.name, slot.present, slot.confirmed, slot.length) == ("A", True, True, len(image))
    assert slot.sha256_head == committed.sha256[:16]


@both
async def test_an_exception_is_told_with_its_places_and_the_program_stays_on_trial(make: Callable[[], Board]) -> None:
    board = make()
    board.power(True)
    async with linked(board) as (link, heard):
        committed = await link.uplink(vbc("def f(x):\n    return 1 // x\nprint('before')\nf(0)\n"))
        _, generation = await link.run()
        end = await link.wait_end(generation)
        status = await link.status()
        assert end.kind is EventKind.RAISED and end.text == "ZeroDivisionError: integer division or modulo by zero"
        assert [function for function, _ in end.places] == [0, 1]
        assert status.state is ProgramState.RAISED and status.generation == committed.generation
        assert heard.output == b"before\n"
        assert not (await link.hello()).slots[0].confirmed


@both
async def test_after_a_power_cut_the_program_runs_again_by_itself(make: Callable[[], Board]) -> None:
    board = make()
    board.power(True)
    async with linked(board) as (link, heard):
        await link.uplink(vbc(FOREVER))
        await link.run()
        await until(lambda: b"tick 2\n" in heard.output)
    board.power(False)
    board.power(True)
    async with linked(board) as (link, heard):
        await until(lambda: b"tick 2\n" in heard.output)
        assert heard.output.startswith(b"tick 0\n")
        assert heard.kinds()[0] == "STARTED"


@both
async def test_a_program_that_runs_on_is_confirmed_stopped_and_started_anew(make: Callable[[], Board]) -> None:
    board = make()
    board.power(True)
    async with linked(board) as (link, heard):
        await link.uplink(vbc(FOREVER))
        _, generation = await link.run()
        assert await link.run() == ("A", generation)  # it runs already
        await until(lambda: "CONFIRMED" in heard.kinds())
        assert b"tick 9\n" in heard.output
        assert heard.kinds() == ["STARTED", "CONFIRMED"]
        assert await link.stop() is True
        assert (await link.wait_end(generation)).kind is EventKind.STOPPED
        assert await link.stop() is False
        heard.output.clear()
        await link.run(RunAction.RESTART)
        await until(lambda: b"tick 1\n" in heard.output)
        assert heard.output.startswith(b"tick 0\n")


@both
async def test_a_busy_program_does_not_keep_the_board_from_answering(make: Callable[[], Board]) -> None:
    board = make()
    board.power(True)
    async with linked(board) as (link, heard):
        await link.uplink(vbc("while True:\n    print('much to say, again and again')\n"))
        _, generation = await link.run()
        await until(lambda: len(heard.output) > 5000)
        assert (await link.status()).state in (ProgramState.RUNNING, ProgramState.BLOCKED)
        await link.stop()
        assert (await link.wait_end(generation)).kind is EventKind.STOPPED
    line = b"much to say, again and again\n"
    whole = heard.output[: len(heard.output) // len(line) * len(line)]
    assert whole == line * (len(whole) // len(line))


async def test_native_code_that_calls_python_does_not_keep_the_board_from_stopping_it() -> None:
    board = EmulatedBoard()
    board.power(True)
    source = "def key(x):\n    while True:\n        pass\nprint('now')\nsorted([3, 1, 2], key=key)\n"
    async with linked(board) as (link, heard):
        await link.uplink(vbc(source))
        _, generation = await link.run()
        await until(lambda: heard.output == b"now\n")
        assert (await link.status()).state.alive
        assert await link.stop() is True
        assert (await link.wait_end(generation)).kind is EventKind.STOPPED
        await link.uplink(vbc("print('next')\n"))
        _, generation = await link.run()
        assert (await link.wait_end(generation)).kind is EventKind.ENDED


@both
async def test_a_program_finds_pins_by_the_boards_names(make: Callable[[], Board]) -> None:
    board = make()
    board.power(True)
    source = (
        "import gpio, time\n"
        "gpio.mode('P0', gpio.OUTPUT)\n"
        "gpio.mode('BUTTON_A', gpio.PULLUP)\n"
        "for i in range(3):\n"
        "    gpio.write('P0', 1)\n    time.sleep_ms(1)\n    gpio.write('P0.02', 0)\n    time.sleep_ms(1)\n"
        "print(gpio.read('BUTTON_A'), gpio.read('P0'))\n"
    )
    async with linked(board) as (link, heard):
        await link.uplink(vbc(source))
        end = await link.wait_end((await link.run())[1])
    assert end.kind is EventKind.ENDED, end
    assert heard.output == b"1 0\n"
    assert [level for _, level in board.edges(2)][-6:] == [1, 0] * 3
    times = [time for time, _ in board.edges(2)][-6:]
    assert all(1000 <= b - a <= 1600 for a, b in itertools.pairwise(times))


@pytest.mark.parametrize("seed", range(6))
async def test_a_bad_line_costs_time_and_nothing_else(seed: int) -> None:
    board = SimulatedBoard()
    board.power(True)
    board.hurt = damage(seed, lost=0.0004, flipped=0.0004)
    image = vbc(LONG)
    async with linked(board, timeout_s=0.05) as (link, _):
        committed = await link.uplink(image)
        await link.run()
        identity = await link.hello(try_s=0.05)
        assert identity.slots[0].sha256_head == committed.sha256[:16] == hashlib.sha256(image).hexdigest()[:16]
        await until(lambda: board.device.peek(0x38000, len(image)) == image)
    assert board.device.overwritten == 0


async def test_an_upload_cut_short_goes_on_where_it_was() -> None:
    board = SimulatedBoard()
    board.power(True)
    image = vbc(LONG)
    board.device.cut_after(1200)
    async with linked(board) as (link, _):
        with pytest.raises(LinkClosed):
            await link.uplink(image)
    assert not board.device.powered
    board.device.cut_after(None)
    board.power(True)
    async with linked(board) as (link, _):
        committed = await link.uplink(image)
        assert committed.resumed_at == 4096 < len(image)
        assert board.device.peek(0x38000, len(image)) == image
    assert board.device.overwritten == 0


@both
async def test_a_corrupt_program_is_refused_with_a_code_and_the_old_one_runs_on(make: Callable[[], Board]) -> None:
    board = make()
    board.power(True)
    async with linked(board) as (link, heard):
        await link.uplink(vbc(FOREVER))
        _, generation = await link.run()
        await until(lambda: b"tick 1\n" in heard.output)
        broken = bytearray(vbc("print('no')\n"))
        broken[len(broken) // 2] ^= 0x10
        with pytest.raises(LinkRefused) as failure:
            await link.uplink(bytes(broken))
        assert failure.value.status is Status.BAD_CONTAINER and failure.value.verify_code
        assert (await link.status()).generation == generation
        heard.output.clear()
        await until(lambda: b"tick" in heard.output)


async def test_what_cannot_be_is_refused_by_name() -> None:
    board = SimulatedBoard()
    board.power(True)
    async with linked(board) as (link, _):
        with pytest.raises(LinkRefused) as failure:
            await link.uplink(bytes(0x10004))
        assert failure.value.status is Status.TOO_LARGE and failure.value.code == "LINK_TOO_LARGE"
        with pytest.raises(LinkRefused) as failure:
            await link.run()
        assert failure.value.status is Status.NO_PROGRAM
        with pytest.raises(LinkRefused) as failure:
            await link.confirm()
        assert failure.value.status is Status.NOT_RUNNING
        assert await link.console_in(b"x" * 400) == 128


@pytest.mark.parametrize(
    ("record", "binding", "status"),
    [
        (build_vmstore(VmstoreRecord(bytes(16), bytes(8), bytes(32))), Binding.OTHER_BOARD, Status.OTHER_BOARD),
        (b"garbage" * 20, Binding.CORRUPT, Status.BAD_VMSTORE),
    ],
)
async def test_a_vm_of_another_board_runs_no_programs(record: bytes, binding: Binding, status: Status) -> None:
    board = SimulatedBoard()
    board.power(True)
    async with linked(board) as (link, _):
        await link.uplink(vbc("print('ours')\n"))
        await link.run()
    board.power(False)
    board.device.poke(0x34000, record)
    board.power(True)
    async with linked(board) as (link, heard):
        assert (await link.hello()).binding is binding
        assert [(event.kind, event.status) for event in heard.events] == [(EventKind.REFUSED, status)]
        for call in (link.uplink(vbc("print('ours')\n")), link.run()):
            with pytest.raises(LinkRefused) as failure:
                await call
            assert failure.value.status is status
        assert (await link.status()).state is ProgramState.REFUSED


async def test_a_program_for_another_vm_is_refused() -> None:
    from vmrig_server.bytecode import bind

    board = SimulatedBoard()
    board.power(True)
    async with linked(board) as (link, _):
        with pytest.raises(LinkRefused) as failure:
            await link.uplink(bind(vbc("print(1)\n"), bytes(15) + b"\1"))
        assert failure.value.status is Status.OTHER_VM
        await link.uplink(bind(vbc("print(1)\n"), bytes.fromhex(VMUID)))


async def test_every_power_cut_in_an_upload_leaves_a_board_that_runs_the_old_or_the_new_program() -> None:
    old, new = vbc("print('old')\n"), vbc("print('new')\n")
    board = SimulatedBoard()
    board.power(True)
    async with linked(board) as (link, _):
        await link.uplink(old)
        await link.wait_end((await link.run())[1])
    start = board.device.peek(0, 0x80000)
    before = board.device.operations
    async with linked(board) as (link, _):
        await link.uplink(new)
        await link.wait_end((await link.run())[1])
    total = board.device.operations - before
    answers = set()
    for cut in sorted({*range(0, total, 11), *range(total - 12, total)}):
        board.power(False)
        board.device.poke(0, start)
        board.device.cut_after(None)
        board.power(True)
        board.device.cut_after(cut)
        async with linked(board) as (link, heard):
            with pytest.raises(LinkClosed):
                await link.uplink(new)
                await link.wait_end((await link.run())[1])
                await until(lambda: False)
        board.device.cut_after(None)
        board.power(True)
        async with linked(board) as (link, heard):
            await until(lambda heard=heard: "ENDED" in heard.kinds())  # type: ignore[misc]
            answers.add(bytes(heard.output))
            assert bytes(heard.output) in (b"old\n", b"new\n")
    assert answers == {b"old\n", b"new\n"}


@pytest.mark.parametrize(
    ("name", "share"),
    [("microbit_v2", share) for share in (0.0, 0.02, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 1.0)]
    + [("esp32c3_devkitm", share) for share in (0.05, 0.3, 0.6, 0.85, 0.97)],
)
async def test_power_cut_at_any_moment_leaves_the_emulated_board_with_a_whole_program(name: str, share: float) -> None:
    old, new = vbc("print('old')\n"), vbc("print('new')\n" + LONG)
    board = EmulatedBoard(name=name)
    board.power(True)
    async with linked(board) as (link, _):
        await link.uplink(old)
        await link.wait_end((await link.run())[1])
        begin = board.machine.now()
        await link.uplink(old)
        await link.wait_end((await link.run())[1])
        await link.uplink(new)
        await link.wait_end((await link.run())[1])
        end = board.machine.now()
        # The same again, in the other slots, until power goes.
        board.cut_at(board.machine.now() + round((end - begin) * share))
        with pytest.raises(LinkClosed):
            await link.uplink(old)
            await link.wait_end((await link.run())[1])
            await link.uplink(new)
            await link.wait_end((await link.run())[1])
            await until(lambda: False)
    board.power(True)
    async with linked(board) as (link, heard):
        await until(lambda: "ENDED" in heard.kinds())
        assert bytes(heard.output) in (b"old\n", b"new\n6000\n")
        await link.uplink(old)
        await link.run()
        await until(lambda: bytes(heard.output).endswith(b"old\n"))


@both
async def test_a_program_that_fills_its_slot_is_sent_while_another_one_prints(make: Callable[[], Board]) -> None:
    board = make()
    board.power(True)
    letters = "".join(random.Random(8).choices("abcdefghijklmnopqrstuvwxyz", k=63000))
    image = vbc(f"text = '{letters}'\nprint(len(text), text[62990:])\n")
    async with linked(board) as (link, heard):
        await link.uplink(vbc("n = 0\nwhile True:\n    n += 1\n    print('line', n)\n"))
        await link.run()
        committed = await link.uplink(image)
        assert committed.size > 63000 and committed.resumed_at == 0
        await link.run()
        await link.wait_end(committed.generation)
    assert heard.output.endswith(f"63000 {letters[62990:]}\n".encode())
    assert heard.lost == 0
