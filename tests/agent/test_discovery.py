# SPDX-License-Identifier: Apache-2.0
"""Discovery against a USB bus in memory. (The kernel of a test machine has no USB; pyusb itself is the real one.)"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import usb.core

from tests.agent.fake_usb import FakeBus, FakeDevice, serial_port
from vmrig_server.agent.api import PresenceChange
from vmrig_server.agent.discovery.bus import UsbBus
from vmrig_server.agent.discovery.discovery import Discovery
from vmrig_server.agent.discovery.scan import KnownTarget, ScanMemory, board_id, candidates, probe_id, scan
from vmrig_server.agent.discovery.system import SystemBus

MICROBIT = KnownTarget("microbit_v2", 0x0D28, 0x0204, frozenset({"9903", "9904", "9905", "9906"}))
OLD_MICROBIT = KnownTarget("microbit_v1", 0x0D28, 0x0204, frozenset({"9900", "9901"}))
CH340 = KnownTarget("some_esp", 0x1A86, 0x7523, has_probe=False)
TARGETS = (MICROBIT, OLD_MICROBIT, CH340)
SERIAL = "9904" + "36040d0b0000000000000000000000000000000000ab"


class Watcher:
    def __init__(self, discovery: Discovery) -> None:
        self._changes = discovery.watch()

    async def next(self) -> PresenceChange:
        return await asyncio.wait_for(anext(self._changes), 5)

    async def nothing_more(self, discovery: Discovery, bus: FakeBus) -> bool:
        """True when a further look brings no change."""
        probe = bus.plug(FakeDevice(serial="9900" + "f" * 44, ports=(7, 7)))
        change = await self.next()
        bus.unplug(probe)
        await self.next()
        return change.board.location == "1-7.7"


@asynccontextmanager
async def watching(*buses: UsbBus) -> AsyncIterator[tuple[Discovery, Watcher]]:
    discovery = Discovery(buses, lambda: TARGETS)
    await discovery.start()
    await asyncio.wait_for(discovery.first_look(), 5)
    try:
        yield discovery, Watcher(discovery)
    finally:
        await discovery.stop()


async def test_a_plugged_in_board_is_told_with_all_that_its_descriptors_say() -> None:
    bus = FakeBus()
    async with watching(bus) as (_, watcher):
        device = FakeDevice(serial=SERIAL, ports=(4, 2))
        bus.ports.append(serial_port("/dev/ttyACM3", device))
        bus.plug(device)
        change = await watcher.next()
    assert change.present
    board = change.board
    assert (board.vid, board.pid, board.serial, board.location) == (0x0D28, 0x0204, SERIAL, "1-4.2")
    assert (board.manufacturer, board.product) == ("Arm", "BBC micro:bit CMSIS-DAP")
    assert board.candidates == ("microbit_v2",)
    assert board.probe == SERIAL
    assert board.serial_port == "/dev/ttyACM3"
    assert board.board_id == board_id(0x0D28, 0x0204, SERIAL, "elsewhere")


async def test_plug_in_is_told_within_a_fifth_of_a_second() -> None:
    bus = FakeBus()
    async with watching(bus) as (_, watcher):
        started = time.monotonic()
        bus.plug(FakeDevice(serial=SERIAL))
        await watcher.next()
        assert time.monotonic() - started <= 0.2


async def test_unplugging_is_told_with_the_last_known_description() -> None:
    bus = FakeBus()
    device = bus.plug(FakeDevice(serial=SERIAL))
    async with watching(bus) as (discovery, watcher):
        there = await watcher.next()
        bus.unplug(device)
        gone = await watcher.next()
        assert discovery.present() == {}
    assert not gone.present
    assert gone.board == there.board


async def test_a_replugged_board_has_the_same_id_and_is_told_as_gone_and_back_even_between_two_looks() -> None:
    bus = FakeBus()
    device = bus.plug(FakeDevice(serial=SERIAL, ports=(1,)))
    async with watching(bus) as (_, watcher):
        first = await watcher.next()
        bus.devices.remove(device)
        bus.plug(FakeDevice(serial=SERIAL, ports=(3,)))
        gone, back = await watcher.next(), await watcher.next()
    assert (gone.present, back.present) == (False, True)
    assert first.board.board_id == gone.board.board_id == back.board.board_id
    assert back.board.location == "1-3"


async def test_two_devices_without_serials_stay_two() -> None:
    bus = FakeBus()
    for port in (1, 2):
        bus.plug(FakeDevice(vid=0x1A86, pid=0x7523, ports=(port,)))
    async with watching(bus) as (discovery, _):
        present = discovery.present()
    assert len(present) == 2
    assert {board.location for board in present.values()} == {"1-1", "1-2"}
    assert all(board.candidates == ("some_esp",) and board.probe == "" for board in present.values())


async def test_two_devices_with_equal_serials_stay_two_and_the_first_keeps_its_id() -> None:
    bus = FakeBus()
    bus.plug(FakeDevice(serial="0001", vid=0x1A86, pid=0x7523, ports=(2,)))
    async with watching(bus) as (discovery, watcher):
        first = (await watcher.next()).board
        bus.plug(FakeDevice(serial="0001", vid=0x1A86, pid=0x7523, ports=(1,)))
        second = (await watcher.next()).board
        assert first.board_id != second.board_id
        assert set(discovery.present()) == {first.board_id, second.board_id}
        assert discovery.present()[first.board_id].location == "1-2"


async def test_the_same_place_on_two_buses_is_two_boards() -> None:
    buses = FakeBus("one"), FakeBus("two")
    for bus in buses:
        bus.plug(FakeDevice(vid=0x1A86, pid=0x7523))
    async with watching(*buses) as (discovery, _):
        assert len(discovery.present()) == 2


async def test_a_device_that_may_not_be_opened_is_listed_and_the_udev_hint_is_given_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bus = FakeBus()
    device = bus.plug(FakeDevice(serial=SERIAL, readable=False))
    bus.ports.append(serial_port("/dev/ttyACM0", device))
    with caplog.at_level(logging.WARNING):
        async with watching(bus) as (discovery, watcher):
            board = (await watcher.next()).board
            bus.touch()
            assert await watcher.nothing_more(discovery, bus)
    assert board.serial == SERIAL, "the kernel's own reading of the serial comes with the port"
    hints = [record.message for record in caplog.records if "udev rule" in record.message]
    assert len(hints) == 1
    assert 'ATTR{idVendor}=="0d28"' in hints[0]


async def test_an_id_follows_the_serial_when_the_permission_comes_late() -> None:
    bus = FakeBus()
    device = bus.plug(FakeDevice(serial=SERIAL, readable=False))
    async with watching(bus) as (discovery, watcher):
        unnamed = (await watcher.next()).board
        device.readable = True
        bus.touch()
        gone, there = await watcher.next(), await watcher.next()
        assert gone.board == unnamed and not gone.present
        assert there.board.board_id == board_id(0x0D28, 0x0204, SERIAL, "")
        assert list(discovery.present()) == [there.board.board_id]


async def test_strings_are_read_once_per_plug_in() -> None:
    bus = FakeBus()
    bus.plug(FakeDevice(serial=SERIAL))
    async with watching(bus) as (discovery, watcher):
        await watcher.next()
        reads = bus.backend().string_reads
        bus.touch()
        stranger = bus.plug(FakeDevice(serial="", vid=1, pid=2))
        assert await watcher.nothing_more(discovery, bus)
        assert bus.backend().string_reads == reads + 4  # of the probing device only
        bus.unplug(stranger)


async def test_a_port_that_appears_later_is_told_as_the_same_board() -> None:
    bus = FakeBus()
    device = bus.plug(FakeDevice(serial=SERIAL))
    async with watching(bus) as (_, watcher):
        assert (await watcher.next()).board.serial_port == ""
        bus.ports.append(serial_port("/dev/ttyACM0", device))
        bus.touch()
        change = await watcher.next()
        assert change.present and change.board.serial_port == "/dev/ttyACM0"


async def test_a_bus_that_cannot_be_read_keeps_what_was_known_and_is_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vmrig_server.agent.discovery.discovery.RETRY_S", 0.01)
    bus = FakeBus()
    bus.plug(FakeDevice(serial=SERIAL))
    async with watching(bus) as (discovery, watcher):
        await watcher.next()
        bus.fail = usb.core.USBError("bus is down", -99, 5)
        bus.touch()
        bus.plug(FakeDevice(serial="9906" + "0" * 44, ports=(9,)))
        assert len(discovery.present()) == 1
        bus.fail = None
        assert (await watcher.next()).board.location == "1-9"


async def test_looks_never_overlap_and_a_change_during_a_look_is_not_lost() -> None:
    class SlowBus(FakeBus):
        running = 0
        most = 0

        def serial_ports(self) -> Sequence[Any]:
            self.running += 1
            self.most = max(self.most, self.running)
            time.sleep(0.02)  # a look that takes its time, in its own thread
            self.running -= 1
            return []

    bus = SlowBus()
    async with watching(bus) as (_, watcher):
        for port in range(1, 6):
            bus.plug(FakeDevice(serial=f"9904{port:044x}", ports=(port,)))
            await asyncio.sleep(0)
        assert {(await watcher.next()).board.location for _ in range(5)} == {f"1-{port}" for port in range(1, 6)}
    assert bus.most == 1


def test_the_board_id_of_a_daplink_serial_names_the_target() -> None:
    assert candidates(0x0D28, 0x0204, "9900" + "0" * 44, TARGETS) == ("microbit_v1",)
    assert candidates(0x0D28, 0x0204, "0000" + "0" * 44, TARGETS) == ("microbit_v2", "microbit_v1")
    assert candidates(0x0D28, 0x0204, "", TARGETS) == ("microbit_v2", "microbit_v1")
    assert candidates(0x0D28, 0x0204, "1101" + "0" * 44, TARGETS) == ()
    assert candidates(0x1234, 0x5678, "x", TARGETS) == ()


def test_a_jlink_is_named_by_its_decimal_number() -> None:
    assert probe_id(0x1366, "000683123456") == "683123456"
    assert probe_id(0x0D28, "0099") == "0099"


def test_ports_are_joined_by_place_and_the_lowest_interface_wins() -> None:
    bus = FakeBus()
    ten = bus.plug(FakeDevice(serial="same", vid=0x1A86, pid=0x7523, ports=(10,)))
    one = bus.plug(FakeDevice(serial="same", vid=0x1A86, pid=0x7523, ports=(1,)))
    bus.ports += [
        serial_port("/dev/ttyUSB11", one, interface=10),
        serial_port("/dev/ttyUSB12", one, interface=2),
        serial_port("/dev/ttyUSB2", ten),
    ]
    seen = scan(bus, TARGETS, ScanMemory())
    assert [(entry.board.location, entry.board.serial_port) for entry in seen] == [
        ("1-1", "/dev/ttyUSB12"),
        ("1-10", "/dev/ttyUSB2"),
    ]


async def test_the_systems_bus_can_be_read_and_watched() -> None:
    bus = SystemBus()
    scan(bus, TARGETS, ScanMemory())
    changes = bus.changes()
    task = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0)
    assert not task.done() or task.exception() is None
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await changes.aclose()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("serial", "names"),
    [
        ("000683123456", ("nrf52840_dk",)),
        ("000682123456", ("nrf52_dk",)),
        ("000051123456", ("bare_jlink",)),
        ("", ("nrf52840_dk", "nrf52_dk", "bare_jlink")),
    ],
)
def test_the_number_of_a_j_link_tells_the_kit_that_it_is_on(serial: str, names: tuple[str, ...]) -> None:
    targets = (
        KnownTarget("nrf52840_dk", 0x1366, 0x1051, frozenset({"683"})),
        KnownTarget("nrf52_dk", 0x1366, 0x1051, frozenset({"682"})),
        KnownTarget("bare_jlink", 0x1366, 0x1051),
    )
    assert candidates(0x1366, 0x1051, serial, targets) == names


async def test_the_end_waits_for_one_board_file_and_not_for_all() -> None:
    """Files that never end, as far as the look is concerned: it is left when the service ends."""
    reading, released = threading.Event(), threading.Event()

    def targets() -> Iterator[KnownTarget]:
        while not released.is_set():
            reading.set()
            yield TARGETS[0]

    discovery = Discovery([FakeBus()], targets)
    await discovery.start()
    await asyncio.to_thread(reading.wait, 5)
    rescue = threading.Timer(5, released.set)
    rescue.start()
    await discovery.stop()
    assert not released.is_set()
    rescue.cancel()
