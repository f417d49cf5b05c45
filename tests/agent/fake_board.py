# SPDX-License-Identifier: Apache-2.0
"""A board in memory: a USB device on a fake bus, a PTY as its serial port, and a few lines that answer as firmware does.

Only what the agent's own rooms need; the real firmware on the emulated chip is in test_emulated.py.
"""

from __future__ import annotations

import asyncio
import os
import struct
import tty
from collections.abc import Callable
from typing import Any

from tests.agent.fake_usb import FakeBus, FakeDevice, serial_port
from vmrig_server.agent.discovery.scan import board_id
from vmrig_server.agent.link import frames
from vmrig_server.agent.link.frames import Frame
from vmrig_server.agent.link.status import IDENTITY, REPLY, UNSOLICITED, EventKind, FrameType, ProgramState

SERIAL = "9904360258824e45000000000000000000000000000000ab"
UID = "0123456789abcdef"
VMUID = "00112233445566778899aabbccddeeff"


class FakeFirmware:
    """Answers link frames on the board's side of a PTY."""

    def __init__(self) -> None:
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.master, False)
        self.path = os.ttyname(self.slave)
        self.kind = "vm"
        self.uid = UID
        self.vmuid = VMUID
        self.binding = 1
        self.port = 1
        self.silent = False
        self.raw: list[bytes] = []
        self.console = b""
        self.state = ProgramState.IDLE
        self.image = bytearray()
        self.on_run: Callable[[], None] = lambda: None
        self.heard = asyncio.Event()
        self._decoder = frames.Decoder()
        self._sequence = 0
        asyncio.get_running_loop().add_reader(self.master, self._readable)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.master)
        os.close(self.master)
        os.close(self.slave)

    def say(self, data: bytes) -> None:
        """Plain bytes, outside of frames."""
        os.write(self.master, data)

    def tell(self, kind: int, body: bytes) -> None:
        """An unsolicited frame."""
        os.write(self.master, frames.encode(Frame(kind, self._sequence, body, UNSOLICITED)))
        self._sequence += 1

    def boot(self) -> None:
        self.tell(IDENTITY, self.identity())

    def print(self, text: bytes) -> None:
        self.tell(FrameType.CONSOLE_OUT, text)

    def event(self, kind: EventKind, body: bytes = b"", generation: int = 7) -> None:
        states = {
            EventKind.STARTED: ProgramState.RUNNING,
            EventKind.ENDED: ProgramState.ENDED,
            EventKind.RAISED: ProgramState.RAISED,
        }
        self.state = states.get(kind, ProgramState.IDLE)
        if kind is EventKind.STARTED:
            self.tell(FrameType.EVENT, struct.pack("<BBBBI", kind, 0, 1, 0, generation))
        elif kind is EventKind.FAULT:
            self.tell(FrameType.EVENT, struct.pack("<BBBB12I", kind, 1, 1, 0, *range(12)))
        else:
            places = len(body) and body[0]
            self.tell(FrameType.EVENT, struct.pack("<BBBBIQII", kind, places, 0, 0, generation, 1234, 0, 0) + body[1:])

    def identity(self) -> bytes:
        fields = [
            (1, b"\x01"), (2, self.kind.encode()), (3, b"0.1.0"), (5, bytes.fromhex(self.uid)),
            (6, struct.pack("<I4s", 0x52833, b"AAB0")), (8, bytes.fromhex(self.vmuid)), (9, bytes([self.binding])),
            (18, bytes([self.port])),
        ]  # fmt: skip
        return b"".join(bytes([tag, len(value)]) + value for tag, value in fields)

    def _readable(self) -> None:
        try:
            data = os.read(self.master, 65536)
        except (BlockingIOError, OSError):
            return
        self.raw.append(data)
        self.heard.set()
        for item in self._decoder.feed(data):
            if isinstance(item, Frame) and not self.silent:
                self._request(item)

    def _request(self, request: Frame) -> None:
        body = b"\0" * 12
        if request.type == FrameType.HELLO:
            body = self.identity()
        elif request.type == FrameType.BEGIN:
            self.image.clear()
            body = struct.pack("<BBBxIH2x", 0, 0, 2, 0, 64)
        elif request.type == FrameType.DATA:
            self.image += request.body[4:]
            body = struct.pack("<B3xI", 0, len(self.image))
        elif request.type in (FrameType.COMMIT, FrameType.RUN):
            body = struct.pack("<BBBxII", 0, 0, 0, 7, 0)
        elif request.type == FrameType.CONSOLE_IN:
            self.console += request.body
            body = struct.pack("<BxH", 0, len(request.body))
        elif request.type == FrameType.STATUS:
            body = struct.pack("<BBBBIQIIIQIIB3x", 0, self.state, 0, 0, 7, 1234, 0, 0, 0, 0, 0, 0, 0)
        os.write(self.master, frames.encode(Frame(request.type | REPLY, request.sequence, body)))
        if request.type == FrameType.RUN:
            self.event(EventKind.STARTED)
            self.on_run()


class FakeBoard:
    """A micro:bit on a fake bus."""

    def __init__(self, bus: FakeBus, serial: str = SERIAL) -> None:
        self.bus = bus
        self.serial = serial
        self.firmware = FakeFirmware()
        self.id = board_id(0x0D28, 0x0204, serial, "")
        self._device: FakeDevice | None = None
        self._port: Any = None

    def plug(self) -> None:
        self._device = FakeDevice(serial=self.serial)
        self._port = serial_port(self.firmware.path, self._device)
        self.bus.ports.append(self._port)
        self.bus.plug(self._device)

    def unplug(self) -> None:
        assert self._device is not None
        self.bus.ports.remove(self._port)
        self.bus.unplug(self._device)


def fake_driver(act: str) -> Callable[[], list[str]]:
    """A command that takes the place of the pyOCD child."""
    import sys
    from pathlib import Path

    return lambda: [sys.executable, str(Path(__file__).with_name("fake_driver.py")), act]


__all__ = ["SERIAL", "UID", "VMUID", "FakeBoard", "FakeFirmware", "fake_driver"]
