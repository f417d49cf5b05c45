# SPDX-License-Identifier: Apache-2.0
"""pyOCD's TCP remote probe protocol, version 1, on the loopback: `pyocd ... -u remote:127.0.0.1:PORT -t TARGET` from any venv or container.

One JSON object a line, request and response in strict order. There is no authentication in the protocol, so the door listens on 127.0.0.1 only.
A board that goes away is answered with status 2 (probe disconnected); the connection is never closed from this side, since the client takes an end of file
for an empty read and spins.
"""

from __future__ import annotations

import json
import logging
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from typing import Any

from vmrig_server.emulator.board import Board, PoweredOffError
from vmrig_server.emulator.doors.listener import Listener
from vmrig_server.emulator.doors.probe import POLL
from vmrig_server.emulator.doors.probe_protocol import Batch, Status, parse_answer, written_targetsel
from vmrig_server.emulator.doors.serial import SerialLoop

LOG = logging.getLogger(__name__)

PROTOCOL_VERSION = 1
AHB_AP = 0
"""Number of the access port that memory handles exist for."""
MEMORY_HANDLE = 1
MAX_LINE = 64 * 1024 * 1024
"""Bytes of a request. A longer one is not looked at."""
CAPABILITIES = ("SWJ_SEQUENCE", "SWD_SEQUENCE", "BANKED_DP_REGISTERS", "APv2_ADDRESSES", "MANAGED_AP_SELECTION")
"""MANAGED_DPBANKSEL is absent on purpose: the client sends DP addresses without their bank and writes SELECT itself."""
WIDTHS = {8: 1, 16: 2, 32: 4}
U32 = 0xFFFFFFFF


class StatusCode:
    """Status codes of the protocol."""

    OK = 0
    GENERAL = 1
    DISCONNECTED = 2
    PROBE = 3
    TRANSFER = 10
    TIMEOUT = 11
    FAULT = 12


class RequestError(Exception):
    """A request that ends with a status other than 0."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _DebugLock:
    """lock/unlock of the protocol: one client at a time, recursive; a client that goes away lets go."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._owner: object = None
        self._count = 0

    def acquire(self, owner: object) -> None:
        with self._condition:
            while self._owner not in (None, owner):
                self._condition.wait()
            self._owner = owner
            self._count += 1

    def release(self, owner: object) -> None:
        with self._condition:
            if self._owner is not owner:
                raise RequestError(StatusCode.PROBE, "unlock by a client that does not hold the lock")
            self._count -= 1
            if self._count == 0:
                self._owner = None
                self._condition.notify()

    def forget(self, owner: object) -> None:
        with self._condition:
            if self._owner is owner:
                self._owner = None
                self._count = 0
                self._condition.notify()


class RemoteDoor(Listener):
    """Serves a board on a TCP port of the loopback.

    Args:
        board: the board.
        vendor, product: names of the probe.
        port: 0 lets the system choose; `self.port` is the one it got.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, board: Board, vendor: str, product: str, port: int = 0, loop: SerialLoop | None = None) -> None:
        self.board = board
        self.vendor = vendor
        self.product = product
        self.gone = False
        self.lock = _DebugLock()
        sock = socket.create_server(("127.0.0.1", port), backlog=64)
        self.port: int = sock.getsockname()[1]
        super().__init__(sock, "remote-door", loop)

    def remove(self) -> None:
        """The board was unplugged: no new connections; those that are open hear "probe disconnected" from now on."""
        self.gone = True
        self.stop_accepting()

    def serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = RemoteClient(self)
        buffer = bytearray()
        too_long = False
        try:
            with self.board.debugger():
                while chunk := connection.recv(1 << 18):
                    buffer += chunk
                    *lines, buffer = buffer.split(b"\n") if b"\n" in chunk else (buffer,)
                    if too_long and lines:
                        lines[0] = bytearray()  # its end; it is answered as what is no request
                        too_long = False
                    if lines:
                        connection.sendall(b"".join(client.answer(line) for line in lines))
                    if len(buffer) > MAX_LINE:  # what follows is dropped, up to its end
                        too_long = True
                        buffer.clear()
        finally:
            self.lock.forget(client)


class RemoteClient:
    """One connection's state and requests."""

    def __init__(self, door: RemoteDoor) -> None:
        self._door = door
        self._protocol: str | None = None
        self._dp = 0
        self._handlers: dict[str, tuple[Callable[..., Any], int]] = {
            "hello": (self._hello, 1),
            "readprop": (self._readprop, 1),
            "open": (self._nothing, 0),
            "close": (self._nothing, 0),
            "lock": (lambda: door.lock.acquire(self), 0),
            "unlock": (lambda: door.lock.release(self), 0),
            "connect": (self._connect, 1),
            "disconnect": (self._disconnect, 0),
            "swj_sequence": (self._nothing, 2),
            "swd_sequence": (self._swd_sequence, 1),
            "jtag_sequence": (self._no_jtag, 4),
            "set_clock": (self._nothing, 1),
            "reset": (self._reset, 0),
            "assert_reset": (lambda asserted: door.board.reset_pin(bool(asserted)), 1),
            "is_reset_asserted": (lambda: door.board.reset_asserted, 0),
            "flush": (self._nothing, 0),
            "read_dp": (lambda address: self._word(lambda b: b.dp_read(_dp(address))), 1),
            "write_dp": (lambda address, data: self._write(lambda b: b.dp_write(_dp(address), int(data))), 2),
            "read_ap": (lambda address: self._word(lambda b: b.ap_read(_u32(address))), 1),
            "write_ap": (lambda address, data: self._write(lambda b: b.ap_write(_u32(address), int(data))), 2),
            "read_ap_multiple": (self._read_ap_multiple, 2),
            "write_ap_multiple": (
                lambda address, values: self._write(lambda b: b.ap_write_block(_u32(address), _words(values))),
                2,
            ),
            "get_memory_interface_for_ap": (self._memory_interface, 2),
            "read_mem": (self._read_mem, 3),
            "write_mem": (self._write_mem, 4),
            "read_block32": (self._read_block32, 3),
            "write_block32": (self._write_block32, 3),
            "read_block8": (self._read_block8, 3),
            "write_block8": (self._write_block8, 3),
            "has_swo": (lambda: False, 0),
            "swo_start": (self._no_swo, 1),
            "swo_stop": (self._no_swo, 0),
            "swo_read": (self._no_swo, 0),
        }

    def answer(self, line: bytes | bytearray) -> bytes:
        """The response line to a request line."""
        number: Any = None
        try:
            try:
                request = json.loads(line)
            except ValueError:
                raise RequestError(StatusCode.GENERAL, "request is not JSON") from None
            if not isinstance(request, dict) or "id" not in request or not isinstance(request.get("request"), str):
                raise RequestError(StatusCode.GENERAL, "request needs the fields id and request")
            number = request["id"]
            result = self._dispatch(request["request"], request.get("arguments", []))
        except RequestError as error:
            response: dict[str, Any] = {"id": number, "status": error.status, "error": str(error)}
        except Exception as error:  # process boundary: whatever a client sends, the boards of this process live on
            LOG.exception("remote door: %r", bytes(line[:200]))
            response = {"id": number, "status": StatusCode.GENERAL, "error": repr(error)}
        else:
            response = {"id": number, "status": StatusCode.OK}
            if result is not None:
                response["result"] = result
        return json.dumps(response).encode() + b"\n"

    def _dispatch(self, name: str, arguments: Any) -> Any:
        if name not in self._handlers:
            raise RequestError(StatusCode.GENERAL, f"unknown request {name!r}")
        handler, count = self._handlers[name]
        if not isinstance(arguments, list) or len(arguments) != count:
            raise RequestError(StatusCode.GENERAL, f"{name} takes {count} arguments")
        if self._door.gone and name not in ("close", "unlock"):
            raise RequestError(StatusCode.DISCONNECTED, "the board was unplugged")
        try:
            return handler(*arguments)
        except PoweredOffError:
            raise RequestError(StatusCode.TRANSFER, "the chip has no power") from None
        except (TypeError, ValueError, struct.error) as error:
            raise RequestError(StatusCode.GENERAL, f"{name}: bad argument ({error})") from None

    # --- probe ----------------------------------------------------------------------------------------------------

    def _nothing(self, *_: object) -> None:
        """Requests that have no effect on a probe without wires."""

    def _hello(self, version: int) -> None:
        if version != PROTOCOL_VERSION:
            raise RequestError(StatusCode.GENERAL, f"this door speaks version {PROTOCOL_VERSION}, not {version}")

    def _readprop(self, name: str) -> Any:
        properties = {
            "vendor_name": self._door.vendor,
            "product_name": self._door.product,
            "supported_wire_protocols": ["DEFAULT", "SWD"],
            "wire_protocol": self._protocol,
            "capabilities": list(CAPABILITIES),
        }
        if name not in properties:
            raise RequestError(StatusCode.GENERAL, f"unknown property {name!r}")
        return properties[name]

    def _connect(self, protocol: str) -> None:
        if protocol not in ("DEFAULT", "SWD"):
            raise RequestError(StatusCode.PROBE, f"the board has no {protocol}")
        self._protocol = "SWD"

    def _disconnect(self) -> None:
        self._protocol = None
        self._door.board.reset_pin(False)

    def _reset(self) -> None:
        self._door.board.reset_pin(True)
        self._door.board.reset_pin(False)

    def _swd_sequence(self, sequences: list[Any]) -> list[Any]:
        """There are no wires; of all sequences only the choice of a debug port has an effect."""
        targetsel = written_targetsel(sequences)
        found = None if targetsel is None else self._door.board.machine.dp_find(targetsel)
        self._dp = self._dp if found is None else found
        return [0, [[0] * ((int(s[0]) + 7) // 8) for s in sequences if len(s) == 1]]

    def _no_jtag(self, *_: object) -> None:
        raise RequestError(StatusCode.PROBE, "the board has no JTAG")

    def _no_swo(self, *_: object) -> None:
        raise RequestError(StatusCode.PROBE, "the probe has no SWO")

    # --- debug accesses -------------------------------------------------------------------------------------------

    def _run(self, add: Callable[[Batch], object]) -> memoryview:
        """Executes the operations that `add` puts into a batch."""
        batch = Batch()
        add(batch)
        request = bytes(batch.data)
        answer = parse_answer(self._door.board.debug_batch(request, polls_core=request.startswith(POLL), dp=self._dp))
        if answer.status is Status.FAULT:
            raise RequestError(StatusCode.FAULT, f"fault at 0x{answer.fault_address:08x}")
        if answer.status is Status.WAIT:
            raise RequestError(StatusCode.TIMEOUT, f"no end of WAIT at 0x{answer.fault_address:08x}")
        if answer.status is not Status.OK:
            raise RequestError(StatusCode.GENERAL, "operation is misaligned or too long")
        return answer.results

    def _write(self, add: Callable[[Batch], object]) -> None:
        self._run(add)

    def _word(self, add: Callable[[Batch], object]) -> int:
        return int.from_bytes(self._run(add)[:4], "little")

    def _read_ap_multiple(self, address: int, count: int) -> list[int]:
        return _unpack(self._run(lambda b: b.ap_read_block(_u32(address), _count(count))))

    def _memory_interface(self, ap_version: int, nominal_address: int) -> int | None:
        """A handle replaces the client's register traffic of a MEM-AP, and makes each access atomic between its threads."""
        return MEMORY_HANDLE if ap_version == 1 and nominal_address == AHB_AP else None

    def _read_mem(self, handle: int, address: int, bits: int) -> int:
        width = _width(handle, bits)
        result = self._run(lambda b: b.mem_read(width, _u32(address), width))
        return int.from_bytes(result, "little")

    def _write_mem(self, handle: int, address: int, value: int, bits: int) -> None:
        width = _width(handle, bits)
        data = (int(value) & ((1 << bits) - 1)).to_bytes(width, "little")
        self._write(lambda b: b.mem_write(width, _u32(address), data))

    def _read_block32(self, handle: int, address: int, count: int) -> list[int]:
        _width(handle, 32)
        return _unpack(self._run(lambda b: b.mem_read(4, _u32(address), 4 * _count(count))))

    def _write_block32(self, handle: int, address: int, data: list[int]) -> None:
        _width(handle, 32)
        self._write(lambda b: b.mem_write(4, _u32(address), _words(data)))

    def _read_block8(self, handle: int, address: int, count: int) -> list[int]:
        _width(handle, 8)
        return list(self._run(lambda b: b.bytes_read(_u32(address), _count(count))))

    def _write_block8(self, handle: int, address: int, data: list[int]) -> None:
        _width(handle, 8)
        self._write(lambda b: b.bytes_write(_u32(address), bytes(data)))


def _u32(value: Any) -> int:
    return int(value) & U32


def _dp(address: Any) -> int:
    return int(address) & 0xC


def _count(value: Any) -> int:
    count = int(value)
    if not 0 <= count <= 1 << 22:
        raise ValueError(f"count {count}")
    return count


def _words(values: Sequence[Any]) -> bytes:
    return struct.pack(f"<{len(values)}I", *(int(v) & U32 for v in values))


def _unpack(data: memoryview) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data))


def _width(handle: Any, bits: Any) -> int:
    if handle != MEMORY_HANDLE:
        raise RequestError(StatusCode.GENERAL, f"unknown memory handle {handle!r}")
    if bits not in WIDTHS:
        raise RequestError(StatusCode.GENERAL, f"access of {bits!r} bits")
    return WIDTHS[bits]
