# SPDX-License-Identifier: Apache-2.0
"""The host's end of a pair of bulk endpoints on the emulated bus; the other end is `doors.dap.DapUsbDoor` in the board's worker.

One write is one transfer to the device and one answer of the device is one transfer to the host, as with packets that are ended by a short one. A
zero-length transfer ends what needs no end here and is dropped.
"""

from __future__ import annotations

import contextlib
import errno
import select
import threading
import time
from collections import deque
from pathlib import Path

import usb.core

from vmrig_server import sockets
from vmrig_server.emulator.doors.probe_protocol import DapKind, FrameReader, ProtocolError, pack_frame

RELEASE_S = 2.0
"""How long the device may take to let go of an interface."""


class BulkPipe:
    """A claimed interface. One thread may read while another writes.

    Raises:
        usb.core.USBError: EBUSY: another program has claimed it; ENODEV: the device is gone.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._packets: deque[bytes] = deque()
        try:
            self._socket = sockets.connect(path)
        except OSError:
            raise _gone() from None
        self._reader = FrameReader(self._socket)
        if self._next_frame() == DapKind.BUSY:
            self._socket.close()
            raise usb.core.USBError("Resource busy", errno=errno.EBUSY)

    def write(self, data: bytes) -> int:
        """A transfer to the device."""
        if data:
            try:
                self._socket.sendall(pack_frame(DapKind.PACKET, data))
            except OSError:
                raise _gone() from None
        return len(data)

    def read(self, limit: int, timeout_ms: int) -> bytes:
        """A transfer from the device, at most `limit` bytes; what is left of a longer one comes with the next. A timeout of 0 is none.

        Raises:
            usb.core.USBTimeoutError: nothing came.
        """
        with self._lock:
            if not self._packets:
                self._wait(timeout_ms)
            packet = self._packets.popleft()
            if len(packet) > limit:
                self._packets.appendleft(packet[limit:])
            return packet[:limit]

    def release(self) -> None:
        """Lets go of the interface. When this returns, others can claim it."""
        with contextlib.suppress(OSError, usb.core.USBError), self._lock:
            self._socket.settimeout(RELEASE_S)
            self._socket.sendall(pack_frame(DapKind.RELEASE))
            while self._next_frame() != DapKind.RELEASE:
                pass
        self._socket.close()

    def _wait(self, timeout_ms: int) -> None:
        end = time.monotonic() + timeout_ms / 1000
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        while not self._packets:
            if not self._reader.has_frame():
                left = max(0.0, end - time.monotonic())
                if not poll.poll(left * 1000 if timeout_ms else None):
                    raise usb.core.USBTimeoutError("Operation timed out", errno=errno.ETIMEDOUT)
            self._next_frame()

    def _next_frame(self) -> int:
        """Takes a frame: its kind. Packets are put by."""
        try:
            frame = self._reader.read()
        except (OSError, ProtocolError):
            frame = None
        if frame is None:
            raise _gone()
        kind, packet = frame
        if kind == DapKind.PACKET:
            self._packets.append(packet)
        return kind


def _gone() -> usb.core.USBError:
    return usb.core.USBError("No such device (it may have been disconnected)", errno=errno.ENODEV)
