# SPDX-License-Identifier: Apache-2.0
"""An open serial port as two simple things: bytes that arrive in the event loop, and an asynchronous write."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import serial

from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.serialport import register
from vmrig_server.serialport.holder import port_holder

LOG = logging.getLogger(__name__)

_READ_LIMIT = 64 * 1024
_WRITE_TIMEOUT_S = 10.0

RESET_HOLD_S = 0.05
"""How long a chip is kept in reset: ten times what empties the capacitor at its reset pin."""


class SerialLine:
    """The single holder of a serial port; nobody else on this host gets it meanwhile.

    Made by `open_line`. A thread reads; what it reads is handed over in the loop, in order.
    """

    def __init__(
        self,
        port: serial.Serial,
        loop: asyncio.AbstractEventLoop,
        on_bytes: Callable[[bytes], None],
        on_lost: Callable[[str], None],
    ) -> None:
        self._port = port
        self._loop = loop
        self._on_bytes = on_bytes
        self._on_lost = on_lost
        self._closing = False
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="serial-write")
        self._reader = threading.Thread(target=self._read, daemon=True, name=f"serial-read {port.port}")
        self._reader.start()

    @property
    def path(self) -> str:
        return str(self._port.port)

    async def write(self, data: bytes) -> None:
        """Returns when the operating system has taken the bytes.

        Raises:
            VmrigError: ``PORT_LOST``.
        """
        try:
            await self._loop.run_in_executor(self._writer, self._port.write, data)
        except (serial.SerialException, OSError, RuntimeError) as failure:
            raise port_lost(self.path, failure) from failure

    async def pulse_reset(self) -> None:
        """Resets a chip whose reset pin hangs on RTS, as on boards with an ESP part; DTR lets go of the strapping pin, so that the firmware boots.

        Raises:
            VmrigError: ``RESET_FAILED``, ``PORT_LOST``.
        """
        run = self._loop.run_in_executor
        try:
            await run(self._writer, self._set_lines, True)
            await asyncio.sleep(RESET_HOLD_S)
            await run(self._writer, self._set_lines, False)
        except (serial.SerialException, OSError, RuntimeError) as failure:
            if isinstance(failure, OSError) and failure.errno in (errno.ENOTTY, errno.EINVAL, errno.EOPNOTSUPP):
                raise VmrigError(
                    "RESET_FAILED",
                    f"The serial port {self.path} has no modem lines to reset the chip by: press its RESET button.",
                    evidence=[str(failure)],
                    error_class=ErrorClass.BENCH,
                ) from failure
            raise port_lost(self.path, failure) from failure

    def _set_lines(self, reset: bool) -> None:
        self._port.rts = reset
        self._port.dtr = False  # in this order: both set is harmless on the usual circuit, DTR alone is not

    async def close(self) -> None:
        """Releases the port; no bytes are handed over afterwards."""
        self._closing = True
        await asyncio.get_running_loop().run_in_executor(None, self._shut)

    def _shut(self) -> None:
        for stop in (self._port.cancel_read, self._port.cancel_write):
            # Some platforms cannot cancel; closing ends the read there.
            with contextlib.suppress(OSError, AttributeError, serial.SerialException):
                stop()
        self._reader.join(1.0)
        self._writer.shutdown(wait=False, cancel_futures=True)
        try:
            self._port.close()
        except OSError as failure:
            LOG.info("closing %s: %s", self._port.port, failure)

    def _read(self) -> None:
        reason = "end of file"
        try:
            while not self._closing:
                data = self._port.read(1)
                if not data:
                    if self._closing:
                        return
                    continue
                waiting = self._port.in_waiting
                if waiting:
                    data += self._port.read(min(waiting, _READ_LIMIT))
                self._post(self._arrived, bytes(data))
        except (serial.SerialException, OSError, TypeError) as failure:
            # TypeError: pyserial's own descriptor is None when the port is closed under its feet.
            reason = str(failure)
        if not self._closing:
            self._post(self._lost, reason)

    def _post(self, call: Callable[[bytes], None] | Callable[[str], None], argument: bytes | str) -> None:
        try:
            self._loop.call_soon_threadsafe(call, argument)  # type: ignore[arg-type]
        except RuntimeError:
            self._closing = True  # the loop is closed, nobody is left to tell

    def _arrived(self, data: bytes) -> None:
        if not self._closing:
            self._on_bytes(data)

    def _lost(self, reason: str) -> None:
        if not self._closing:
            self._on_lost(reason)


async def open_line(
    path: str, baud: int, on_bytes: Callable[[bytes], None], on_lost: Callable[[str], None]
) -> SerialLine:
    """Opens a port for itself alone.

    Args:
        path: a device, or a URL of pyserial.
        baud: 8 data bits, no parity, 1 stop bit.
        on_bytes, on_lost: called in the running loop.

    Raises:
        VmrigError: ``PORT_BUSY``, ``PORT_DENIED``, ``PORT_MISSING``, ``PORT_FAILED``.
    """
    loop = asyncio.get_running_loop()

    def open_port() -> serial.Serial:
        register()
        port = serial.serial_for_url(
            path, baud, do_not_open=True, exclusive=True, timeout=None, write_timeout=_WRITE_TIMEOUT_S
        )
        # pyserial discards what is waiting when it opens; a recorder wants just that: what the board said before anybody looked.
        port._reset_input_buffer = lambda: None
        port.open()
        return port

    try:
        port = await loop.run_in_executor(None, open_port)
    except (serial.SerialException, OSError, ValueError) as failure:
        raise _cannot_open(path, failure) from failure
    return SerialLine(port, loop, on_bytes, on_lost)


def port_lost(path: str, failure: BaseException | str) -> VmrigError:
    return VmrigError(
        "PORT_LOST",
        f"The serial port {path} stopped working.",
        evidence=[str(failure)],
        next_command="vmrig boards",
        error_class=ErrorClass.BENCH,
    )


def _cannot_open(path: str, failure: BaseException) -> VmrigError:
    chain: list[BaseException] = [failure]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and cause not in chain:
        chain.append(cause)
    numbers = {each.errno for each in chain if isinstance(each, OSError)}
    evidence = [str(failure)]
    if numbers & {errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK}:
        holder = port_holder(path)
        return VmrigError(
            "PORT_BUSY",
            f"The serial port {path} is held by {f'PID {holder}' if holder else 'another program'}.",
            evidence=evidence,
            next_command=f"ps {holder}" if holder else f"fuser -v {path}",
            error_class=ErrorClass.BENCH,
        )
    if numbers & {errno.EACCES, errno.EPERM}:
        return VmrigError(
            "PORT_DENIED",
            f"This user may not open the serial port {path}.",
            evidence=evidence,
            next_command="sudo usermod -aG dialout $USER  # then log in again",
            error_class=ErrorClass.BENCH,
        )
    if numbers & {errno.ENOENT, errno.ENODEV, errno.ENXIO}:
        return VmrigError(
            "PORT_MISSING",
            f"The serial port {path} is not there.",
            evidence=evidence,
            next_command="vmrig boards",
            error_class=ErrorClass.BENCH,
        )
    return VmrigError(
        "PORT_FAILED", f"The serial port {path} could not be opened.", evidence=evidence, error_class=ErrorClass.BENCH
    )
