# SPDX-License-Identifier: Apache-2.0
"""The probe class of the pyOCD plugin over a fake machine: what is posted, what is deferred, and how errors come back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pyocd.core import exceptions
from pyocd.coresight.ap import APv1Address
from pyocd.probe.debug_probe import DebugProbe

from tests.emulator.fakes import RAM_BASE, FakeMachine
from tests.emulator.test_usb import device
from vmrig_server.emulator.board import Board
from vmrig_server.emulator.doors.probe import ProbeDoor
from vmrig_server.emulator.pyocd_plugin import VmrigMemory, VmrigProbe
from vmrig_server.emulator.scheduler import Scheduler
from vmrig_server.emulator.usb_folder import Plug

BAD = 0x40000000


@pytest.fixture
def machine() -> FakeMachine:
    return FakeMachine()


@pytest.fixture
def board(machine: FakeMachine) -> Iterator[Board]:
    scheduler = Scheduler(1)
    it = Board(machine, 1_000_000, scheduler)
    it.power(True)
    yield it
    it.close()
    scheduler.close()


@pytest.fixture
def door(board: Board, tmp_path: Path) -> Iterator[ProbeDoor]:
    it = ProbeDoor(board, tmp_path / "probe.sock")
    yield it
    it.close()


class Counting(VmrigProbe):
    """Counts round trips."""

    trips = 0

    def _exchange(self, kind: int, body: bytes | bytearray) -> tuple[int, bytes]:
        self.trips += 1
        return super()._exchange(kind, body)


@pytest.fixture
def probe(door: ProbeDoor, tmp_path: Path) -> Iterator[Counting]:

    it = Counting(replace(device(), probe_socket=str(door.path)))
    it.open()
    it.connect(DebugProbe.Protocol.SWD)
    it.trips = 0
    yield it
    it.close()


@pytest.fixture
def memory(probe: Counting) -> VmrigMemory:
    it = probe.get_memory_interface_for_ap(APv1Address(0))
    assert it is not None
    return it


def deferred(value: int | Callable[[], int]) -> Callable[[], int]:
    assert callable(value)
    return value


def test_writes_and_deferred_reads_share_the_round_trip_of_the_first_value_wanted(
    probe: Counting, memory: VmrigMemory
) -> None:
    memory.write_memory(RAM_BASE, 0x11223344)
    probe.write_ap(0, 0x23000052)
    reads = [deferred(memory.read_memory(RAM_BASE + at, 8, now=False)) for at in range(4)]
    csw = deferred(probe.read_ap(0, now=False))
    assert probe.trips == 0
    assert [read() for read in reads] == [0x44, 0x33, 0x22, 0x11]
    assert csw() == 0x23000052
    assert probe.trips == 1


def test_blocks_of_any_kind_read_back(memory: VmrigMemory) -> None:
    memory.write_memory_block32(RAM_BASE, [1, 2, 0x1_0000_0003])
    memory.write_memory_block8(RAM_BASE + 3, [9, 8, 7])
    memory.write_memory(RAM_BASE + 16, 0x0123456789ABCDEF, 64)
    assert memory.read_memory_block32(RAM_BASE, 3) == [0x09000001, 0x00000708, 3]
    assert memory.read_memory_block8(RAM_BASE + 2, 5) == [0, 9, 8, 7, 0]
    assert memory.read_memory(RAM_BASE + 16, 64) == 0x0123456789ABCDEF
    assert memory.read_memory(RAM_BASE + 16, 16) == 0xCDEF


def test_the_error_of_a_posted_write_comes_with_the_flush_and_names_the_address(
    probe: Counting, memory: VmrigMemory
) -> None:
    memory.write_memory(BAD, 1)
    with pytest.raises(exceptions.TransferFaultError) as caught:
        probe.flush()
    assert caught.value.fault_address == BAD
    probe.flush()
    assert memory.read_memory(RAM_BASE) == 0


def test_the_error_of_a_posted_write_comes_with_the_next_read_but_not_with_one_before_it(
    probe: Counting, memory: VmrigMemory
) -> None:
    before = deferred(memory.read_memory(RAM_BASE, now=False))
    memory.write_memory(BAD, 1)
    after = deferred(memory.read_memory(RAM_BASE, now=False))
    with pytest.raises(exceptions.TransferFaultError):
        after()
    assert before() == 0
    assert probe.trips == 1


def test_many_posted_writes_do_not_pile_up(probe: Counting, memory: VmrigMemory) -> None:
    for _ in range(40):
        memory.write_memory_block8(RAM_BASE, bytes(32768))
        memory.read_memory(RAM_BASE, now=False)
    assert probe.trips >= 1


def test_only_the_first_access_port_has_a_memory_interface(probe: Counting) -> None:
    assert probe.get_memory_interface_for_ap(APv1Address(1)) is None


def test_reset_and_its_pin(probe: Counting, machine: FakeMachine) -> None:
    probe.assert_reset(True)
    assert probe.is_reset_asserted() and machine.reset
    probe.reset()
    assert not probe.is_reset_asserted() and not machine.reset


def test_a_chip_without_power_is_a_transfer_error(probe: Counting, board: Board) -> None:
    board.power(False)
    with pytest.raises(exceptions.TransferError):
        probe.read_dp(0)
    with pytest.raises(exceptions.TransferError):
        probe.connect()


def test_an_unplugged_board_is_a_probe_that_disconnected(probe: Counting, door: ProbeDoor) -> None:
    door.close()
    with pytest.raises(exceptions.ProbeDisconnected):
        probe.read_dp(0)
    with pytest.raises(exceptions.ProbeDisconnected):
        VmrigProbe(device()).open()


def test_jtag_is_refused(probe: Counting) -> None:
    with pytest.raises(exceptions.ProbeError):
        probe.connect(DebugProbe.Protocol.JTAG)


def test_probes_are_found_by_their_whole_id_in_any_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VMRIG_HOME", str(tmp_path))
    plug = Plug(tmp_path / "run" / "usb", device())
    assert [p.unique_id for p in VmrigProbe.get_all_connected_probes()] == [device().serial]
    assert VmrigProbe.get_probe_with_id(device().serial.upper()) is not None
    assert VmrigProbe.get_probe_with_id(device().serial[:-1]) is None
    plug.close()
    assert VmrigProbe.get_all_connected_probes() == []


def test_the_plugin_imports_nothing_heavy_of_the_server() -> None:
    script = (
        "import sys, pyocd.probe.aggregator, pyocd.board.board_ids; before = set(sys.modules);"
        "import vmrig_server.emulator.pyocd_plugin; print(*sorted(set(sys.modules) - before))"
    )
    modules = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    ours = {name for name in modules if name.startswith("vmrig")}
    assert ours <= {
        "vmrig_server",
        "vmrig_server.paths",
        "vmrig_server.emulator",
        "vmrig_server.emulator.doors",
        "vmrig_server.emulator.doors.probe_protocol",
        "vmrig_server.emulator.pyocd_plugin",
        "vmrig_server.sockets",
        "vmrig_server.emulator.usb_folder",
        "vmrig_server.pyocd_targets",
    }
    assert not {"pydantic", "ruamel.yaml", "grpc", "sqlalchemy", "asyncio", "vmrig_native"} & set(modules)
