# SPDX-License-Identifier: Apache-2.0
"""Worker processes and the pool over them, with the real emulator."""

from __future__ import annotations

import asyncio
import json
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import usb.core

from vmrig_server import sockets
from vmrig_server.boards_data import load_chip
from vmrig_server.emulator.doors.probe_protocol import (
    Batch,
    BatchAnswer,
    FrameReader,
    Kind,
    Status,
    pack_frame,
    parse_answer,
)
from vmrig_server.emulator.hosted import chip_identity
from vmrig_server.emulator.pool import WorkerPool
from vmrig_server.emulator.usb import EmulatedBackend, EmulatedBus
from vmrig_server.emulator.usb_folder import scan
from vmrig_server.emulator.worker_process import WorkerProcess
from vmrig_server.errors import ErrorClass, VmrigError

DEADLINE_S = 10.0
DEVICEID = 0x10000060
NVMC_READY = 0x4001E400
NVMC_CONFIG = 0x4001E504
NVMC_ERASEPAGE = 0x4001E508
FLASH_WORD = 0x60000
"""Address of a word that no test needs otherwise."""


@pytest.fixture
async def pool(tmp_path: Path) -> AsyncIterator[WorkerPool]:
    it = WorkerPool(tmp_path, workers=2)
    await it.start()
    yield it
    await it.close()


def run(tmp_path: Path, serial: str, add: Callable[[Batch], object]) -> BatchAnswer:
    """Debug operations through the board's probe door."""
    (device,) = (d for d in scan(tmp_path / "run" / "usb") if d.serial == serial)
    batch = Batch()
    add(batch)
    with sockets.connect(Path(device.probe_socket)) as sock:
        sock.sendall(pack_frame(Kind.BATCH, batch.data))
        frame = FrameReader(sock).read()
    assert frame is not None
    status, body = frame
    return parse_answer(bytes((status,)) + body)


def word(tmp_path: Path, serial: str, address: int) -> int:
    answer = run(tmp_path, serial, lambda b: b.mem_read(4, address, 4))
    assert answer.status is Status.OK
    return int.from_bytes(answer.results, "little")


def write(tmp_path: Path, serial: str, address: int, value: int) -> None:
    assert run(tmp_path, serial, lambda b: b.mem_write(4, address, value.to_bytes(4, "little"))).status is Status.OK


# --- definitions --------------------------------------------------------------------------------------------------------


async def test_a_board_is_created_plugged_in_and_enumerated(pool: WorkerPool, tmp_path: Path) -> None:
    board = await pool.create("microbit_v2")
    assert board.plugged and board.powered and board.remote_port and board.worker_pid
    assert len(board.serial) == 48 and board.serial.startswith("9903")
    int(board.serial, 16)
    (device,) = usb.core.find(find_all=True, backend=EmulatedBackend(tmp_path / "run" / "usb"))
    assert (device.idVendor, device.idProduct, device.serial_number) == (0x0D28, 0x0204, board.serial)
    (port,) = EmulatedBus(tmp_path / "run" / "usb").serial_ports()
    assert port.device == board.serial_port
    assert port.serial_number == board.serial


async def test_two_boards_are_two_chips_and_each_stays_the_same_chip(pool: WorkerPool, tmp_path: Path) -> None:
    one, two = await pool.create("microbit_v2"), await pool.create("microbit_v2")
    ids = [word(tmp_path, board.serial, DEVICEID) for board in (one, two)]
    assert ids[0] != ids[1]
    await pool.unplug(one.serial)
    await pool.plug(one.serial)
    assert word(tmp_path, one.serial, DEVICEID) == ids[0]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"target": "microbit_v3"}, "TARGET_UNKNOWN"),
        ({"target": "../chips"}, "TARGET_UNKNOWN"),
        ({"target": "microbit_v2", "pace": "slow"}, "PACE_UNKNOWN"),
        ({"target": "microbit_v2", "serial": "../../x"}, "SERIAL_INVALID"),
        ({"target": "microbit_v2", "serial": "x" * 65}, "SERIAL_INVALID"),
    ],
)
async def test_what_cannot_be_created_is_refused_and_leaves_nothing(
    pool: WorkerPool, tmp_path: Path, arguments: dict[str, Any], code: str
) -> None:
    with pytest.raises(VmrigError) as caught:
        await pool.create(**arguments)
    assert caught.value.code == code
    assert await pool.list() == []
    assert not list(tmp_path.glob("emulated/*"))


async def test_a_serial_is_given_once_and_an_unknown_one_is_named(pool: WorkerPool) -> None:
    await pool.create("microbit_v2", serial="9903aa", plugged=False)
    with pytest.raises(VmrigError, match="EMULATED_BOARD_EXISTS"):
        await pool.create("microbit_v2", serial="9903aa")
    for call in (pool.get("9903ab"), pool.plug("9903ab"), pool.delete("9903ab"), pool.power("9903ab", True)):
        with pytest.raises(VmrigError, match="EMULATED_BOARD_UNKNOWN"):
            await call


async def test_delete_removes_the_board_from_bus_and_disk(pool: WorkerPool, tmp_path: Path) -> None:
    board = await pool.create("microbit_v2")
    await pool.delete(board.serial)
    assert scan(tmp_path / "run" / "usb") == []
    assert not list(tmp_path.glob("emulated/*"))
    assert await pool.list() == []


async def test_boards_that_were_plugged_in_are_so_after_a_restart_at_the_same_place(tmp_path: Path) -> None:
    first = WorkerPool(tmp_path, workers=1)
    await first.start()
    kept, out = await first.create("microbit_v2"), await first.create("microbit_v2")
    await first.unplug(out.serial)
    await first.close()
    assert scan(tmp_path / "run" / "usb") == []
    second = WorkerPool(tmp_path, workers=1)
    await second.start()
    try:
        assert [(b.serial, b.plugged) for b in await second.list()] == [(kept.serial, True), (out.serial, False)]
        assert (await second.get(kept.serial)).remote_port == kept.remote_port
    finally:
        await second.close()


async def test_a_definition_that_cannot_be_read_does_not_keep_the_others_out(tmp_path: Path) -> None:
    whole = {"target": "microbit_v2", "pace": "real", "plugged": True, "slot": 0, "remote_port": 0}
    broken = {
        "broken": "{",
        "9903cc": json.dumps({"target": "microbit_v2"}),
        "9903cd": json.dumps({**whole, "serial": "9903cd", "slot": "first"}),
        "9903ce": json.dumps({**whole, "serial": "another"}),
        "9903cf": json.dumps([]),
    }
    for name, text in broken.items():
        (tmp_path / "emulated" / name).mkdir(parents=True)
        (tmp_path / "emulated" / name / "board.json").write_text(text)
    pool = WorkerPool(tmp_path, workers=1)
    await pool.start()
    assert await pool.list() == []
    assert (await pool.create("microbit_v2")).plugged
    await pool.close()


async def test_a_board_whose_target_is_no_more_is_kept_unplugged_and_says_why(tmp_path: Path) -> None:
    definition = {
        "target": "microbit_v9",
        "serial": "9903dd",
        "pace": "real",
        "plugged": True,
        "slot": 0,
        "remote_port": 0,
    }
    (tmp_path / "emulated" / "9903dd").mkdir(parents=True)
    (tmp_path / "emulated" / "9903dd" / "board.json").write_text(json.dumps(definition))
    pool = WorkerPool(tmp_path, workers=1)
    await pool.start()
    (board,) = await pool.list()
    assert not board.plugged
    assert "TARGET_UNKNOWN" in board.problem
    await pool.close()


# --- plug, power, pins --------------------------------------------------------------------------------------------------


async def test_unplug_takes_everything_away_and_plug_brings_it_back(pool: WorkerPool, tmp_path: Path) -> None:
    board = await pool.create("microbit_v2")
    out = await pool.unplug(board.serial)
    assert not out.plugged and not out.powered and out.remote_port == 0
    assert scan(tmp_path / "run" / "usb") == []
    assert not Path(board.serial_port).is_symlink()
    for call in (pool.power(board.serial, True), pool.pin_level(board.serial, "P0"), pool.pin_edges(board.serial)):
        with pytest.raises(VmrigError, match="NOT_PLUGGED"):
            await call
    back = await pool.plug(board.serial)
    assert back.plugged and back.powered and back.serial_port == board.serial_port
    assert [d.location for d in scan(tmp_path / "run" / "usb")] == ["240-1"]


async def test_power_of_the_chip_leaves_the_probe_on_the_bus(pool: WorkerPool, tmp_path: Path) -> None:
    board = await pool.create("microbit_v2")
    off = await pool.power(board.serial, False)
    assert off.plugged and not off.powered
    assert len(scan(tmp_path / "run" / "usb")) == 1
    with sockets.connect(Path(scan(tmp_path / "run" / "usb")[0].probe_socket)) as sock:
        sock.sendall(pack_frame(Kind.CONNECT, b"\1"))
        assert (FrameReader(sock).read() or (0, b""))[0] == Status.NO_POWER
    on = await pool.power(board.serial, True)
    assert on.powered
    assert word(tmp_path, board.serial, DEVICEID)


async def test_a_serial_that_discovery_could_not_name_is_refused_with_one_that_it_can(pool: WorkerPool) -> None:
    with pytest.raises(VmrigError) as caught:
        await pool.create("microbit_v2", serial="abc")
    assert caught.value.code == "SERIAL_INVALID"
    assert caught.value.next_command == "vmrig emulate microbit_v2 --serial 9903abc"
    assert await pool.list() == []


async def test_pins_go_by_any_of_their_names(pool: WorkerPool) -> None:
    board = await pool.create("microbit_v2")
    assert await pool.pin_level(board.serial, "BUTTON_A") == "high"  # the board's pull-up
    assert await pool.drive_pin(board.serial, "BUTTON_A", "low") == "low"
    assert [await pool.pin_level(board.serial, name) for name in ("P5", "P0.14", "14")] == ["low"] * 3
    assert await pool.drive_pin(board.serial, "BUTTON_A", "float") == "high"
    edges, following = await pool.pin_edges(board.serial, "P0.14")
    assert [edge.level for edge in edges][-2:] == ["low", "high"]
    # Not "<": virtual time may stand still between two calls.
    assert edges[-2].time_ns <= edges[-1].time_ns
    assert (await pool.pin_edges(board.serial, from_sequence=following))[0] == []


@pytest.mark.parametrize(
    ("pin", "level", "code"), [("BUTTON_C", "low", "PIN_UNKNOWN"), ("BUTTON_A", "up", "LEVEL_UNKNOWN")]
)
async def test_pins_and_levels_that_do_not_exist_are_named(pool: WorkerPool, pin: str, level: str, code: str) -> None:
    board = await pool.create("microbit_v2")
    with pytest.raises(VmrigError) as caught:
        await pool.drive_pin(board.serial, pin, level)
    assert caught.value.code == code
    assert caught.value.error_class is ErrorClass.REQUEST


async def test_time_of_a_plugged_in_board_keeps_up_with_the_wall_and_not_ahead(pool: WorkerPool) -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    board = await pool.create("microbit_v2")
    plugged = loop.time()
    await asyncio.sleep(0.1)  # the time that is to be measured
    asked = loop.time()
    virtual_s = (await pool.get(board.serial)).time_ns / 1e9
    answered = loop.time()
    assert asked - plugged - 0.02 <= virtual_s <= answered - before


async def test_a_blank_chip_that_resets_for_ever_does_so_by_the_wall_at_any_pace(pool: WorkerPool) -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    board = await pool.create("microbit_v2", pace="fast")
    await asyncio.sleep(0.1)  # the time that is to be measured
    virtual_s = (await pool.get(board.serial)).time_ns / 1e9
    assert 0.05 < virtual_s <= loop.time() - before + 0.01


# --- what survives --------------------------------------------------------------------------------------------------------


def program_word(tmp_path: Path, serial: str, value: int) -> None:
    """Through the flash controller, as a debugger would."""
    powered_up = run(
        tmp_path, serial, lambda b: b.dp_write(4, 0x50000000)
    )  # else a lockup of the blank chip resets NVMC, too
    assert powered_up.status is Status.OK
    write(tmp_path, serial, NVMC_CONFIG, 1)
    write(tmp_path, serial, FLASH_WORD, value)
    while word(tmp_path, serial, NVMC_READY) & 1 == 0:
        pass


async def test_a_killed_worker_takes_its_boards_off_the_bus_and_a_replug_brings_their_flash_back(
    tmp_path: Path,
) -> None:
    changed = asyncio.Event()
    pool = WorkerPool(tmp_path, workers=1, changed=changed.set)
    await pool.start()
    try:
        board = await pool.create("microbit_v2")
        program_word(tmp_path, board.serial, 0xC0DEC0DE)
        os.kill(board.worker_pid, signal.SIGKILL)
        await asyncio.wait_for(changed.wait(), DEADLINE_S)
        assert scan(tmp_path / "run" / "usb") == []
        assert not list((tmp_path / "run" / "usb").iterdir())
        assert not (await pool.get(board.serial)).plugged
        back = await pool.plug(board.serial)
        assert back.worker_pid != board.worker_pid
        assert word(tmp_path, board.serial, FLASH_WORD) == 0xC0DEC0DE
    finally:
        await pool.close()


async def test_a_killed_worker_does_not_touch_the_boards_of_another(pool: WorkerPool, tmp_path: Path) -> None:
    one, two = await pool.create("microbit_v2"), await pool.create("microbit_v2")
    assert one.worker_pid != two.worker_pid
    changed = asyncio.Event()
    pool._changed = changed.set
    os.kill(one.worker_pid, signal.SIGKILL)
    await asyncio.wait_for(changed.wait(), DEADLINE_S)
    assert [d.serial for d in scan(tmp_path / "run" / "usb")] == [two.serial]
    assert word(tmp_path, two.serial, DEVICEID)


async def test_a_board_of_a_dead_worker_can_be_unplugged_plugged_and_deleted_at_once(pool: WorkerPool) -> None:
    board = await pool.create("microbit_v2")
    for call in (pool.unplug, pool.plug, pool.get, pool.delete):
        if board.worker_pid:
            os.kill(board.worker_pid, signal.SIGKILL)
        result = await asyncio.wait_for(call(board.serial), DEADLINE_S)
        board = result or board
    assert await pool.list() == []


async def test_a_worker_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interpreter = tmp_path / "python"
    interpreter.write_text("#!/bin/sh\necho no luck >&2\nexit 1\n")
    interpreter.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(interpreter))
    pool = WorkerPool(tmp_path / "home", workers=1)
    with pytest.raises(VmrigError) as caught:
        await asyncio.wait_for(pool.create("microbit_v2"), DEADLINE_S)
    assert caught.value.code == "EMULATOR_FAILED"
    assert caught.value.evidence[-1] == "no luck"
    assert await pool.list() == []
    await pool.close()


async def test_a_worker_that_still_starts_is_not_waited_for_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interpreter = tmp_path / "python"
    interpreter.write_text("#!/bin/sh\nexec sleep 600\n")
    interpreter.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(interpreter))
    monkeypatch.setattr("vmrig_server.emulator.worker_process.STOP_S", 600.0)
    worker = WorkerProcess(tmp_path / "home", 1, lambda _: None)
    starting = asyncio.create_task(worker.start())
    async with asyncio.timeout(DEADLINE_S):
        while not worker.alive:
            await asyncio.sleep(0)
        starting.cancel()
        await asyncio.wait({starting})
    with pytest.raises(ProcessLookupError):
        os.kill(worker.pid, 0)


async def test_a_call_that_the_worker_dies_in_is_a_bench_error(pool: WorkerPool) -> None:
    board = await pool.create("microbit_v2")
    os.kill(board.worker_pid, signal.SIGSTOP)
    waiting = asyncio.ensure_future(pool.drive_pin(board.serial, "P0", "high"))
    await asyncio.sleep(0)
    os.kill(board.worker_pid, signal.SIGKILL)
    with pytest.raises(VmrigError) as caught:
        await asyncio.wait_for(waiting, DEADLINE_S)
    assert caught.value.code == "EMULATOR_DIED"
    assert caught.value.error_class is ErrorClass.BENCH


async def test_ram_is_lost_and_flash_kept_when_power_is_cut(pool: WorkerPool, tmp_path: Path) -> None:
    board = await pool.create("microbit_v2")
    program_word(tmp_path, board.serial, 0x00C0FFEE)
    write(tmp_path, board.serial, 0x20001000, 0x11223344)
    await pool.power(board.serial, False)
    await pool.power(board.serial, True)
    assert word(tmp_path, board.serial, FLASH_WORD) == 0x00C0FFEE
    assert word(tmp_path, board.serial, 0x20001000) != 0x11223344


def test_no_worker_outlives_its_pool(tmp_path: Path) -> None:
    script = (
        "import asyncio, pathlib, sys\n"
        "from vmrig_server.emulator.pool import WorkerPool\n"
        "async def main():\n"
        "    pool = WorkerPool(pathlib.Path(sys.argv[1]), workers=1)\n"
        "    await pool.start()\n"
        "    print((await pool.create('microbit_v2')).worker_pid, flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    watch = os.pidfd_open(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert select.select([watch], [], [], DEADLINE_S)[0], "the worker lives on"
    os.close(watch)
    assert scan(tmp_path / "run" / "usb") == []


# --- boards with a serial port that has modem lines ---------------------------------------------------------------------


async def test_a_board_is_plugged_in_as_one_of_its_targets_ways_and_stays_so(pool: WorkerPool, tmp_path: Path) -> None:
    usual = await pool.create("esp32c3_devkitm")
    other = await pool.create("esp32c3_devkitm", usb="usb_jtag")
    assert (usual.usb, other.usb) == ("", "usb_jtag")
    assert usual.rfc2217_port and other.rfc2217_port and not usual.remote_port
    devices = {d.serial: d for d in scan(tmp_path / "run" / "usb")}
    assert devices[usual.serial].device[16:24] == "c41060ea" and devices[other.serial].device[16:24] == "3a300110"
    await pool.close()

    again = WorkerPool(tmp_path, workers=1)
    await again.start()
    try:
        kept = await again.get(other.serial)
        assert (kept.usb, kept.rfc2217_port, kept.plugged) == ("usb_jtag", other.rfc2217_port, True)
    finally:
        await again.close()


async def test_a_way_that_the_target_has_not_is_refused_with_those_that_it_has(pool: WorkerPool) -> None:
    with pytest.raises(VmrigError, match="USB_UNKNOWN") as refused:
        await pool.create("esp32c3_devkitm", usb="firewire")
    assert "usb_jtag" in refused.value.evidence[0]
    assert await pool.list() == []


async def test_a_chip_that_is_on_usb_itself_has_its_mac_for_a_serial_number(pool: WorkerPool, tmp_path: Path) -> None:
    board = await pool.create("esp32c3_supermini")
    assert re.fullmatch(r"7C:DF:A1(:[0-9A-F]{2}){3}", board.serial)
    chip = load_chip("esp32c3")
    assert chip_identity(chip, board.serial)["mac"] == bytes.fromhex(board.serial.replace(":", ""))
    (port,) = EmulatedBus(tmp_path / "run" / "usb").serial_ports()
    assert (port.vid, port.pid, port.serial_number) == (0x303A, 0x1001, board.serial)
