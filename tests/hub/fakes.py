# SPDX-License-Identifier: Apache-2.0
"""An agent, an emulator pool and catalogues for the hub's tests: what they do is told by the test, step by step."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vmrig_server.agent.api import (
    AttachedBoard,
    BoardId,
    ConsoleChunk,
    FirmwareFile,
    FlashOutcome,
    FlashPart,
    PhaseTime,
    PresenceChange,
    Progress,
    RegisterOutcome,
    Report,
    UplinkOutcome,
    VirtualizeOutcome,
    VmOnBoard,
    WrittenPart,
)
from vmrig_server.emulator.pool import RegisterCoverage
from vmrig_server.errors import VmrigError
from vmrig_server.hub.catalogue import BuildReport, BuiltPart, Offer
from vmrig_server.hub.hub import Hub, Outside
from vmrig_server.hub.store import Store, sqlite_url
from vmrig_server.hub.targets import TargetInfo
from vmrig_server.images.features import rtos_of

ALPHA, BETA, GAMMA = "aaaa000000000001", "bbbb000000000002", "aaaa000000000003"
CHIP_UID = "0011223344556677"


def attached(board_id: str, *candidates: str) -> AttachedBoard:
    """A micro:bit, or a board of the candidates."""
    return AttachedBoard(
        board_id,
        0x0D28,
        0x0204,
        f"serial-{board_id}",
        "Arm",
        "BBC micro:bit CMSIS-DAP",
        "240-1",
        candidates or ("microbit_v2",),
        f"serial-{board_id}",
        f"/dev/tty-{board_id}",
    )


def outcome(*parts: tuple[int, bytes]) -> FlashOutcome:
    """A flash that went well."""
    size = sum(len(data) for _, data in parts)
    written = tuple(WrittenPart(address, len(data), "00" * 32) for address, data in parts)
    return FlashOutcome(written, size, size, (PhaseTime("write", 0.25),))


@dataclass
class Gate:
    """Holds the agent's work until the test opens it; tells the test that the work has begun."""

    entered: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)


class FakeAgent:
    """Does as told: `gate` holds work, `failure` ends it, `script` reports before."""

    def __init__(self) -> None:
        self.changes: asyncio.Queue[PresenceChange] = asyncio.Queue()
        self.fences: dict[BoardId, list[int]] = {}
        self.calls: list[tuple[Any, ...]] = []
        self.gate: Gate | None = None
        self.failure: BaseException | None = None
        self.script: Callable[[Report], None] = lambda report: None
        self.cancelled = 0
        self.console: list[ConsoleChunk] = []
        self.typed: list[bytes] = []
        self.chip_uid = CHIP_UID
        self.console_closed = asyncio.Event()

    def plug(self, board: AttachedBoard) -> None:
        self.changes.put_nowait(PresenceChange(True, board))

    def unplug(self, board: AttachedBoard) -> None:
        self.changes.put_nowait(PresenceChange(False, board))

    async def watch(self) -> AsyncIterator[PresenceChange]:
        while True:
            yield await self.changes.get()

    async def look_again(self) -> None:
        self.calls.append(("look_again",))

    async def raise_fence(self, board: BoardId, fence: int, holder: str) -> None:
        self.fences.setdefault(board, []).append(fence)

    async def _work(self, report: Report) -> None:
        self.script(report)
        try:
            if self.gate is not None:
                self.gate.entered.set()
                await self.gate.open.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.failure is not None:
            raise self.failure

    async def flash(
        self,
        board: BoardId,
        fence: int,
        target: str,
        files: Sequence[FirmwareFile],
        report: Report,
        *,
        chip_erase: bool = False,
        halt: bool = False,
        unlock: bool = False,
    ) -> FlashOutcome:
        self.calls.append(("flash", board, fence, target, tuple(files), chip_erase, halt, unlock))
        report(Progress("write", 0, 8))
        await self._work(report)
        return outcome(*((file.address or 0, file.data) for file in files))

    async def erase(
        self,
        board: BoardId,
        fence: int,
        target: str,
        ranges: Sequence[tuple[int, int]],
        report: Report,
        *,
        mass: bool = False,
    ) -> None:
        self.calls.append(("erase", board, fence, target, tuple(ranges), mass))
        report(Progress("erase"))
        await self._work(report)

    async def reset(self, board: BoardId, fence: int, target: str, report: Report) -> None:
        self.calls.append(("reset", board, fence, target))
        await self._work(report)

    async def identify(self, board: BoardId, fence: int, candidates: Sequence[str], report: Report) -> str:
        self.calls.append(("identify", board, fence, tuple(candidates)))
        return candidates[-1]

    async def register(
        self, board: BoardId, fence: int, target: str, report: Report, *, with_firmware: bool = False
    ) -> RegisterOutcome:
        self.calls.append(("register", board, fence, target, with_firmware))
        await self._work(report)
        return RegisterOutcome(
            self.chip_uid, "nRF52833", self.chip_uid, self.chip_uid, "1.0", (PhaseTime("boot", 0.5),)
        )

    async def virtualize(
        self, board: BoardId, fence: int, target: str, parts: Sequence[FlashPart], vmuid: str, report: Report
    ) -> VirtualizeOutcome:
        self.calls.append(("virtualize", board, fence, target, tuple(parts), vmuid))
        report(Progress("write", 0, 8))
        await self._work(report)
        vm = VmOnBoard(vmuid, self.chip_uid, "1.0", "ok")
        return VirtualizeOutcome(outcome(*((part.address, part.data) for part in parts)), vm, (PhaseTime("boot", 0.5),))

    async def run_program(
        self,
        board: BoardId,
        fence: int,
        target: str,
        image: bytes,
        wait: bool,
        report: Report,
        names: object = None,
    ) -> UplinkOutcome:
        self.calls.append(("run", board, fence, target, image, wait))
        report(Progress("uplink", 0, len(image)))
        await self._work(report)
        return UplinkOutcome("A", 3, "00" * 32, len(image), 17, "ended" if wait else "running", ())

    async def read_console(self, board: BoardId, offset: int, follow: bool) -> AsyncIterator[ConsoleChunk]:
        try:
            for chunk in self.console:
                yield chunk
            if follow:
                await asyncio.Event().wait()
        finally:
            self.console_closed.set()

    async def write_console(self, board: BoardId, fence: int, data: bytes) -> None:
        self.typed.append(data)

    async def release_port(self, board: BoardId, fence: int) -> AsyncIterator[str]:
        yield "/dev/ttyFAKE"
        await asyncio.Event().wait()


@dataclass(frozen=True)
class FakeEmulated:
    """An emulated board of `FakePool`."""

    target: str
    serial: str
    pace: str
    plugged: bool
    powered: bool = False
    remote_port: int = 4711
    dap_port: int = 4712
    rfc2217_port: int = 0
    gdb_port: int = 0
    usb: str = ""
    serial_port: str = "/dev/tty-fake"
    cycles: int = 64
    time_ns: int = 1000
    instructions: int = 42
    worker_pid: int = 99


@dataclass(frozen=True)
class FakeEdge:
    pin: str
    level: str
    cycle: int
    time_ns: int


class FakePool:
    """Emulated boards that are on the agent's bus when they are plugged in."""

    def __init__(self, agent: FakeAgent) -> None:
        self._agent = agent
        self.boards: dict[str, FakeEmulated] = {}
        self.created = 0

    @staticmethod
    def _seen(serial: str) -> AttachedBoard:
        board_id = hashlib.sha256(serial.encode()).hexdigest()[:16]
        return replace(attached(board_id), serial=serial, probe=serial)

    async def create(
        self, target: str, serial: str = "", pace: str = "real", plugged: bool = True, usb: str = ""
    ) -> FakeEmulated:
        if target != "microbit_v2":
            raise VmrigError("TARGET_UNKNOWN", f"there is no target {target}")
        self.created += 1
        serial = serial or f"9903{self.created:044x}"
        self.boards[serial] = FakeEmulated(target, serial, pace, plugged, plugged, usb=usb)
        if plugged:
            self._agent.plug(self._seen(serial))
        return self.boards[serial]

    async def list(self) -> list[FakeEmulated]:
        return list(self.boards.values())

    async def get(self, serial: str) -> FakeEmulated:
        if serial not in self.boards:
            raise VmrigError("EMULATED_BOARD_UNKNOWN", f"there is no emulated board {serial}")
        return self.boards[serial]

    async def delete(self, serial: str) -> None:
        await self.unplug(serial)
        del self.boards[serial]

    async def plug(self, serial: str) -> FakeEmulated:
        self.boards[serial] = replace(await self.get(serial), plugged=True, powered=True)
        self._agent.plug(self._seen(serial))
        return self.boards[serial]

    async def unplug(self, serial: str) -> FakeEmulated:
        self.boards[serial] = replace(await self.get(serial), plugged=False, powered=False)
        self._agent.unplug(self._seen(serial))
        return self.boards[serial]

    async def power(self, serial: str, on: bool) -> FakeEmulated:
        self.boards[serial] = replace(await self.get(serial), powered=on)
        return self.boards[serial]

    async def drive_pin(self, serial: str, pin: str, level: str) -> str:
        await self.get(serial)
        if pin != "BUTTON_A":
            raise VmrigError("PIN_UNKNOWN", f"there is no pin {pin}")
        return level

    async def pin_level(self, serial: str, pin: str) -> str:
        return "high"

    async def coverage(self, serial: str) -> Sequence[RegisterCoverage]:
        return (RegisterCoverage("PWM0", "PRESCALER", 0x4001C50C, 0x100, 0, 1, False),)

    async def pin_edges(self, serial: str, pin: str = "", from_sequence: int = 0) -> tuple[Sequence[FakeEdge], int]:
        return (FakeEdge("P0.14", "low", 64, 1000),)[from_sequence:], 1


class FakeTargets:
    """One target."""

    def list(self) -> list[TargetInfo]:
        return [TargetInfo("microbit_v2", "BBC micro:bit V2", "nrf52833", True)]

    def chip(self, target: str) -> str:
        return "nrf52833" if target == "microbit_v2" else ""


class FakeCatalogue:
    """Offers of a VM in two versions."""

    def __init__(self) -> None:
        self.offered = [
            Offer("microbit_v2", version, "vrt", "base", ("bus", "threads"), "Apache-2.0", version[0] * 64)
            for version in ("1.9", "1.10")
        ]
        self.made: list[tuple[str, ...]] = []

    def offers(self, target: str) -> list[Offer]:
        return [offer for offer in self.offered if target in ("", offer.target)]

    async def make(self, target: str, features: Sequence[str], report: BuildReport) -> Offer:
        report(1, 2)
        self.made.append(tuple(features))
        return Offer(target, "1.10", rtos_of(features), "base", tuple(features), "Apache-2.0", "b" * 64, built=True)

    def build(self, offer: Offer, chip_uid: str, vmuid: str, signing_key: bytes = b"") -> list[BuiltPart]:
        return [
            BuiltPart("vm", 0, b"image " + offer.version.encode()),
            BuiltPart("vmstore", 0x34000, f"{vmuid} {chip_uid}".encode()),
        ]

    def port_now(self, target: str, flashed: bytes) -> tuple[bytes, str]:
        return flashed, ""


def outside(agent: FakeAgent, pool: FakePool | None = None) -> Outside:
    """All that a hub needs around it."""
    return Outside(agent, pool or FakePool(agent), FakeTargets(), FakeCatalogue())


class Bench:
    """A hub with a fake agent, on a database of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.agent = FakeAgent()
        self.store: Store
        self.hub: Hub

    async def start(self, settings: Mapping[str, Mapping[str, Any]] | None = None) -> Bench:
        self.store = await Store.open(sqlite_url(self.home / "vmrig.sqlite3"))
        self.hub = Hub(self.store, self.home / "blobs", outside(self.agent), settings)
        await self.hub.start()
        return self

    async def stop(self) -> None:
        await self.hub.close()
        await self.store.close()

    async def kill(self) -> None:
        """As the process' death: nothing is ended in order."""
        for task in self.hub._tasks:
            task.cancel()
        await self.store.close()

    async def plug(self, *boards: AttachedBoard) -> None:
        """Plugs in and waits until the hub lists them."""
        for board in boards:
            await self.hub.boards.note_presence(PresenceChange(True, board))

    async def unplug(self, board: AttachedBoard) -> None:
        await self.hub.boards.note_presence(PresenceChange(False, board))
