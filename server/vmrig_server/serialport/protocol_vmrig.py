# SPDX-License-Identifier: Apache-2.0
"""pyserial's handler of ``vmrig://<absolute path of a socket>`` (see `vmrig_server.serialport.register`): a serial port with modem lines, without the detour over a terminal.

pyserial finds it by the name of this module. Its `name` begins with ``rfc2217:``: that is how tools, esptool among them, tell a port whose lines are set one after the other and that has no file
descriptor for ioctl() from a terminal.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import select
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from serial.serialutil import PortNotOpenError, SerialBase, SerialException, SerialTimeoutException

from vmrig_server.serialport import wire
from vmrig_server.serialport.wire import SCHEME, Kind
from vmrig_server.sockets import connect

_ANSWER_S = 10.0
"""A door that has not answered by then is not going to."""
_RECEIVE = 1 << 18


class Serial(SerialBase):  # type: ignore[misc]  # pyserial is untyped
    """The port, as any other of pyserial's. One thread may read while others write and set lines.

    Raises (from `open`):
        SerialException: errno EBUSY with the holder's process id, ENOENT, EACCES ...
    """

    BAUDRATES = (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600, 1_000_000, 2_000_000, 4_000_000)

    is_open: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._condition = threading.Condition()
        self._write_lock = threading.Lock()
        self._sock: socket.socket | None = None
        self._reset()
        super().__init__(*args, **kwargs)

    def _reset(self) -> None:
        self._unpacker = wire.Unpacker()
        self._input = bytearray()
        self._answers = 0
        self._awaited = 0
        self._drops: list[int] = []
        self._refusal: tuple[Kind, bytes] | None = None
        self._ready = False
        self._lost = ""
        self._pumping = False
        self._cancelled = False
        self._sent_baud = 0

    @property
    def name(self) -> str:
        """See the top of this module."""
        return f"rfc2217:{self._port}"

    @name.setter
    def name(self, value: str | None) -> None:
        """pyserial's base class sets it along with the port."""

    # --- opening and closing --------------------------------------------------------------------------------------

    def open(self) -> None:
        if not self._port:
            raise SerialException("Port must be configured before it can be used.")
        if self.is_open:
            raise SerialException("Port is already open.")
        path = str(self._port)
        path = path[len(SCHEME) :] if path.lower().startswith(SCHEME) else path
        self._reset()
        try:
            sock = connect(Path(path))
        except OSError as error:
            raise SerialException(error.errno, f"could not open port {self._port}: {error.strerror}") from error
        sock.setblocking(False)
        self._sock = sock
        self._wake_r, self._wake_w = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.is_open = True
        try:
            dtr, rts = self._dtr_state and not self._dsrdtr, self._rts_state and not self._rtscts
            self._sent_baud = self._baudrate
            self._send(wire.pack(Kind.HELLO, wire.HELLO.pack(wire.VERSION, self._baudrate, dtr, rts)))
            if not self._wait(lambda: self._ready or self._refusal is not None, time.monotonic() + _ANSWER_S):
                raise SerialException(errno.ETIMEDOUT, f"could not open port {self._port}: its door does not answer")
            if self._refusal is not None:
                raise self._refused(*self._refusal)
        except BaseException:
            self.close()
            raise

    def _refused(self, kind: Kind, body: bytes) -> SerialException:
        if kind is Kind.BUSY:
            (pid,) = wire.NUMBER.unpack(body)
            by = f"PID {pid}" if pid else "another program"
            return SerialException(errno.EBUSY, f"could not open port {self._port}: it is held by {by}")
        return SerialException(
            errno.EPROTO, f"could not open port {self._port}: {body.decode('utf-8', 'replace') or 'refused'}"
        )

    def close(self) -> None:
        if not self.is_open:
            return
        self.is_open = False
        self._wake()
        with self._condition:
            sock, self._sock = self._sock, None
            self._lost = self._lost or "the port is closed"
            self._condition.notify_all()
            while self._pumping:
                self._condition.wait(0.1)
        if sock is not None:
            sock.close()
        os.close(self._wake_r)
        os.close(self._wake_w)

    def _reconfigure_port(self) -> None:
        """Called by the base class when a setting has changed."""
        if self.is_open and self._baudrate != self._sent_baud:
            self._sent_baud = self._baudrate
            self._ask(wire.pack(Kind.BAUD, wire.NUMBER.pack(self._baudrate)))

    # --- bytes ----------------------------------------------------------------------------------------------------

    @property
    def in_waiting(self) -> int:
        self._check_open()
        self._wait(lambda: False, 0.0)
        with self._condition:
            return len(self._input)

    def read(self, size: int = 1) -> bytes:
        """Up to `size` bytes; fewer when the timeout passes or `cancel_read` is called."""
        self._check_open()
        deadline = None if self._timeout is None else time.monotonic() + self._timeout
        self._wait(lambda: len(self._input) >= size or self._cancelled, deadline)
        with self._condition:
            self._cancelled = False
            if self._lost and not self._input:
                raise SerialException(f"read failed: {self._lost}")
            data = bytes(memoryview(self._input)[:size])
            del self._input[:size]
            return data

    def write(self, data: bytes | bytearray | memoryview) -> int:
        self._check_open()
        whole = bytes(data)
        for start in range(0, len(whole), wire.BODY_MAX):
            self._send(wire.pack(Kind.DATA, whole[start : start + wire.BODY_MAX]), self._write_timeout)
        return len(whole)

    def flush(self) -> None:
        """What was written is with the door already."""
        self._check_open()

    def reset_input_buffer(self) -> None:
        self._check_open()
        self._ask(wire.pack(Kind.DROP_INPUT), drops=True)

    def reset_output_buffer(self) -> None:
        self._check_open()

    def cancel_read(self) -> None:
        if self.is_open:
            self._cancelled = True
            self._wake()

    def cancel_write(self) -> None:
        """A write waits for nobody but the door."""

    def fileno(self) -> int:
        raise io.UnsupportedOperation("a vmrig:// port has no file descriptor")

    # --- lines ----------------------------------------------------------------------------------------------------

    def _update_dtr_state(self) -> None:
        self._ask(wire.pack(Kind.LINES, wire.LINES.pack(bool(self._dtr_state), wire.LEAVE)))

    def _update_rts_state(self) -> None:
        self._ask(wire.pack(Kind.LINES, wire.LINES.pack(wire.LEAVE, bool(self._rts_state))))

    def _update_break_state(self) -> None:
        """The chip's side of a break is not modelled."""

    def set_lines(self, dtr: bool, rts: bool) -> None:
        """Both at once, which setting them by pyserial's properties cannot."""
        self._dtr_state, self._rts_state = dtr, rts
        self._ask(wire.pack(Kind.LINES, wire.LINES.pack(dtr, rts)))

    @property
    def cts(self) -> bool:
        self._check_open()
        return False

    @property
    def dsr(self) -> bool:
        self._check_open()
        return False

    @property
    def ri(self) -> bool:
        self._check_open()
        return False

    @property
    def cd(self) -> bool:
        self._check_open()
        return False

    # --- inside ---------------------------------------------------------------------------------------------------

    def _check_open(self) -> None:
        if not self.is_open:
            raise PortNotOpenError

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_w, b"!")
        with self._condition:
            self._condition.notify_all()

    def _ask(self, frame: bytes, *, drops: bool = False) -> None:
        """Sends what is answered by DONE, and waits for that."""
        with self._write_lock:
            with self._condition:
                self._awaited += 1
                number = self._awaited
                if drops:
                    self._drops.append(number)
            self._send_now(frame, None)
        if not self._wait(lambda: self._answers >= number, time.monotonic() + _ANSWER_S):
            raise SerialException(self._lost or "the port's door does not answer")

    def _send(self, frame: bytes, timeout: float | None = None) -> None:
        with self._write_lock:
            self._send_now(frame, timeout)

    def _send_now(self, frame: bytes, timeout: float | None) -> None:
        """Called with the write lock held."""
        sock = self._sock
        if sock is None or self._lost:
            raise SerialException(f"write failed: {self._lost or 'the port is closed'}")
        deadline = None if timeout is None else time.monotonic() + timeout
        view = memoryview(frame)
        while view:
            try:
                view = view[sock.send(view) :]
            except BlockingIOError:
                wait = None if deadline is None else max(deadline - time.monotonic(), 0)
                if not select.select([], [sock], [], wait)[1]:
                    self._lost = "a frame was sent in part"
                    raise SerialTimeoutException("Write timeout") from None
            except OSError as error:
                raise SerialException(f"write failed: {error}") from error

    def _wait(self, ready: Callable[[], bool], deadline: float | None) -> bool:
        """Receives until `ready` (called with the lock held), the deadline, the end of the connection, or - for reads - a cancellation. One thread receives for all."""
        with self._condition:
            looked = False
            while True:
                if ready():
                    return True
                if self._lost or self._sock is None:
                    return False
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0 and (looked or self._pumping):
                    return False
                if self._pumping:
                    self._condition.wait(left)
                    continue
                self._pumping, sock = True, self._sock
                self._condition.release()
                try:
                    data = self._receive(sock, None if left is None else max(left, 0.0))
                finally:
                    self._condition.acquire()
                    self._pumping = False
                    self._condition.notify_all()
                looked = True
                if data is not None:
                    self._take(data)

    def _receive(self, sock: socket.socket, timeout: float | None) -> bytes | None:
        """None: nothing came."""
        try:
            watched: list[socket.socket | int] = [sock, self._wake_r]
            readable, _, _ = select.select(watched, [], [], timeout)
            if self._wake_r in readable:
                os.read(self._wake_r, 64)
            return sock.recv(_RECEIVE) if sock in readable else None
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def _take(self, data: bytes) -> None:
        if not data:
            self._lost = self._lost or "the board is gone"
            return
        try:
            for kind, body in self._unpacker.feed(data):
                if kind is Kind.DATA:
                    self._input += body
                elif kind is Kind.DONE:
                    self._answers += 1
                    if self._drops and self._drops[0] == self._answers:
                        del self._drops[0]
                        self._input.clear()
                elif kind is Kind.READY:
                    self._ready = True
                else:
                    self._refusal = (kind, body)
        except wire.WireError as error:
            self._lost = str(error)
