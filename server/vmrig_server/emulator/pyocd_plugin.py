# SPDX-License-Identifier: Apache-2.0
"""Entry point ``pyocd.probe``: the debug probes of emulated boards, for any pyOCD in the same venv.

``pyocd list`` shows them with their target; ``pyocd flash``, ``cmd``, ``gdbserver`` ... use them without further options. Locks are local to the process, writes
are posted, and everything up to the next read travels in one round trip. As with any probe that posts writes, the error of a write is raised by the
next read or flush.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyocd.board.board_ids import BOARD_ID_TO_INFO, BoardInfo
from pyocd.core import exceptions
from pyocd.core.memory_interface import MemoryInterface
from pyocd.core.plugin import Plugin
from pyocd.probe.debug_probe import DebugProbe

from vmrig_server import __version__, paths, sockets
from vmrig_server.emulator import usb_folder
from vmrig_server.emulator.doors.probe_protocol import (
    VERSION,
    Batch,
    FrameReader,
    Kind,
    ProtocolError,
    Status,
    pack_frame,
    parse_answer,
    written_targetsel,
)
from vmrig_server.pyocd_targets import register_targets

if TYPE_CHECKING:
    import socket

    from pyocd.board.board import Board
    from pyocd.coresight.ap import APAddressBase

MAX_POSTED = 1 << 20
"""Bytes of posted operations that are sent without waiting for a read."""
U32 = 0xFFFFFFFF


class _Pending:
    """A batch that is being filled or was sent; the callbacks of its reads look here."""

    __slots__ = ("batch", "done_bytes", "error", "results")

    def __init__(self) -> None:
        self.batch = Batch()
        self.results: memoryview | None = None
        self.done_bytes = 0
        self.error: Exception | None = None


class VmrigProbe(DebugProbe):  # type: ignore[misc]  # pyOCD is untyped here
    """The debug probe of one emulated board."""

    @classmethod
    def get_all_connected_probes(cls, unique_id: str | None = None, is_explicit: bool = False) -> list[VmrigProbe]:
        return [cls(device) for device in usb_folder.scan(paths.usb_dir()) if device.probe_socket]

    @classmethod
    def get_probe_with_id(cls, unique_id: str, is_explicit: bool = False) -> VmrigProbe | None:
        wanted = unique_id.lower()
        for probe in cls.get_all_connected_probes():
            if probe.unique_id.lower() == wanted:
                return probe
        return None

    def __init__(self, device: usb_folder.PluggedDevice) -> None:
        super().__init__()
        self._device = device
        self._socket: socket.socket | None = None
        self._reader: FrameReader | None = None
        self._protocol: DebugProbe.Protocol | None = None
        self._pending = _Pending()

    # --- description ----------------------------------------------------------------------------------------------

    @property
    def vendor_name(self) -> str:
        return self._device.manufacturer

    @property
    def product_name(self) -> str:
        return self._device.product

    @property
    def unique_id(self) -> str:
        return self._device.probe_id

    @property
    def supported_wire_protocols(self) -> Collection[DebugProbe.Protocol]:
        return [DebugProbe.Protocol.DEFAULT, DebugProbe.Protocol.SWD]

    @property
    def wire_protocol(self) -> DebugProbe.Protocol | None:
        return self._protocol

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    @property
    def capabilities(self) -> set[DebugProbe.Capability]:
        """AP registers are named in full, so that AP selection costs nothing. There are no wires to send sequences on, but the choice of a
        debug port is understood."""
        capability = DebugProbe.Capability
        return {
            capability.BANKED_DP_REGISTERS,
            capability.APv2_ADDRESSES,
            capability.MANAGED_AP_SELECTION,
            capability.SWD_SEQUENCE,
        }

    @property
    def associated_board_info(self) -> BoardInfo:
        device = self._device
        known = BOARD_ID_TO_INFO.get(device.serial[:4])
        binary = known.binary if known is not None and known.target == device.pyocd_target else None
        return BoardInfo(device.board_name, device.pyocd_target, binary, device.board_vendor or None)

    def create_associated_board(self) -> Board:
        from pyocd.board.board import Board

        return Board(self.session, board_info=self.associated_board_info)

    # --- connection -----------------------------------------------------------------------------------------------

    def open(self) -> None:
        try:
            self._socket = sockets.connect(Path(self._device.probe_socket))
        except OSError as error:
            raise exceptions.ProbeDisconnected(
                f"emulated board {self.unique_id} does not answer ({error}); `vmrig boards` shows what is plugged in"
            ) from error
        self._reader = FrameReader(self._socket)
        self._pending = _Pending()
        self._request(Kind.HELLO, struct.pack("<I", VERSION))

    def close(self) -> None:
        if self._socket is not None:
            try:
                self.flush()
            finally:
                self._socket.close()
                self._socket = None
                self._reader = None
                self._protocol = None

    def connect(self, protocol: DebugProbe.Protocol | None = None) -> None:
        if protocol is DebugProbe.Protocol.JTAG:
            raise exceptions.ProbeError("emulated boards have SWD, not JTAG")
        self._request(Kind.CONNECT, b"\1")
        self._protocol = DebugProbe.Protocol.SWD

    def disconnect(self) -> None:
        self._request(Kind.DISCONNECT)
        self._protocol = None

    def set_clock(self, frequency: float) -> None:
        self._request(Kind.SET_CLOCK, struct.pack("<I", min(int(frequency), U32)))

    def reset(self) -> None:
        self._request(Kind.RESET)

    def swj_sequence(self, length: int, bits: int) -> None:
        """Line resets and switches between protocols: the line is always ready for SWD."""

    def swd_sequence(self, sequences: Sequence[tuple[int] | tuple[int, int]]) -> tuple[int, Sequence[bytes]]:
        """A write of TARGETSEL chooses the debug port for all that follows; nobody acknowledges it on a wire either.

        What is read comes as numbers, whatever the annotation says: so does that of pyOCD's CMSIS-DAP driver, and its server can only send those.
        """
        targetsel = written_targetsel(sequences)
        if targetsel is not None:
            self._request(Kind.TARGETSEL, struct.pack("<I", targetsel))
        read: Any = [(1 << sequence[0]) - 1 for sequence in sequences if len(sequence) == 1]
        return 0, read

    def assert_reset(self, asserted: bool) -> None:
        self._request(Kind.RESET_PIN, bytes((bool(asserted),)))

    def is_reset_asserted(self) -> bool:
        return self._request(Kind.IS_RESET) == b"\1"

    def flush(self) -> None:
        """Sends what was posted. Raises what went wrong with it."""
        with self._lock:
            if self._pending.batch.operations:
                pending = self._send()
                if pending.error is not None:
                    raise pending.error

    # --- DP and AP ------------------------------------------------------------------------------------------------

    def read_dp(self, addr: int, now: bool = True) -> int | Callable[[], int]:
        with self._lock:
            return self._word(self._pending.batch.dp_read(addr), now)

    def write_dp(self, addr: int, data: int) -> None:
        with self._lock:
            self._pending.batch.dp_write(addr, data)
            self._posted()

    def read_ap(self, addr: int, now: bool = True) -> int | Callable[[], int]:
        with self._lock:
            return self._word(self._pending.batch.ap_read(addr), now)

    def write_ap(self, addr: int, data: int) -> None:
        with self._lock:
            self._pending.batch.ap_write(addr, data)
            self._posted()

    def read_ap_multiple(
        self, addr: int, count: int = 1, now: bool = True
    ) -> Sequence[int] | Callable[[], Sequence[int]]:
        with self._lock:
            read = self._deferred(self._pending.batch.ap_read_block(addr, count), 4 * count, _words)
        return read() if now else read

    def write_ap_multiple(self, addr: int, values: Sequence[int]) -> None:
        with self._lock:
            self._pending.batch.ap_write_block(addr, _pack(values))
            self._posted()

    def get_memory_interface_for_ap(self, ap_address: APAddressBase) -> VmrigMemory | None:
        """The AHB-AP is AP 0 (ADIv5) of every chip so far; other access ports are driven by their registers."""
        is_first = ap_address.ap_version.value == 1 and ap_address.nominal_address == 0
        return VmrigMemory(self) if is_first else None

    # --- wire -----------------------------------------------------------------------------------------------------

    def _exchange(self, kind: int, body: bytes | bytearray) -> tuple[int, bytes]:
        """One round trip."""
        if self._socket is None or self._reader is None:
            raise exceptions.ProbeError("probe is not open")
        try:
            self._socket.sendall(pack_frame(kind, body))
            answer = self._reader.read()
        except (OSError, ProtocolError) as error:
            raise exceptions.ProbeDisconnected(f"emulated board {self.unique_id}: {error}") from error
        if answer is None:
            raise exceptions.ProbeDisconnected(f"emulated board {self.unique_id} was unplugged")
        return answer

    def _request(self, kind: Kind, body: bytes = b"") -> bytes:
        """A request other than a batch; posted operations go before it."""
        with self._lock:
            self.flush()
            status, answer = self._exchange(kind, body)
        if status == Status.NO_POWER:
            raise exceptions.TransferError("no answer on SWD: the chip has no power")
        if status != Status.OK:
            raise exceptions.ProbeError(answer.decode(errors="replace"))
        return answer

    def _send(self) -> _Pending:
        """Sends the batch and takes its answer. Called with the lock held. Raises only when the probe is gone."""
        pending, self._pending = self._pending, _Pending()
        status, body = self._exchange(Kind.BATCH, pending.batch.data)
        if status == Status.NO_POWER:
            pending.error = exceptions.TransferError("no answer on SWD: the chip has no power")
        elif status == Status.MALFORMED:
            pending.error = exceptions.TransferError("access is misaligned or too long")
        else:
            answer = parse_answer(bytes((status,)) + body)
            pending.results = answer.results
            pending.done_bytes = len(answer.results)
            if status == Status.FAULT:
                pending.error = exceptions.TransferFaultError(fault_address=answer.fault_address)
            elif status == Status.WAIT:
                pending.error = exceptions.TransferTimeoutError(f"WAIT at 0x{answer.fault_address:08x}")
        return pending

    def _posted(self) -> None:
        """After a write: bounds what is kept back."""
        if len(self._pending.batch.data) > MAX_POSTED:
            self.flush()

    def _deferred(self, at: int, length: int, convert: Callable[[memoryview], Any]) -> Callable[[], Any]:
        """The callback of a read in the batch that is being filled."""
        pending = self._pending

        def read() -> Any:
            with self._lock:
                if pending is self._pending:
                    self._send()
            end = at + length
            if pending.results is not None and end <= pending.done_bytes:
                return convert(pending.results[at:end])
            raise pending.error or exceptions.ProbeError("the answer is too short")

        return read

    def _word(self, at: int, now: bool) -> int | Callable[[], int]:
        read: Callable[[], int] = self._deferred(at, 4, _word)
        return read() if now else read


class VmrigMemory(MemoryInterface):  # type: ignore[misc]
    """Memory through the AHB-AP, by the probe itself. Reads fetch blocks of any size in one round trip; adjacent writes become one operation."""

    def __init__(self, probe: VmrigProbe) -> None:
        self._probe = probe

    def write_memory(self, addr: int, data: int, transfer_size: int = 32, **attrs: Any) -> None:
        probe = self._probe
        value = data & ((1 << transfer_size) - 1)
        with probe._lock:
            probe._pending.batch.mem_write(
                min(transfer_size // 8, 4), addr, value.to_bytes(transfer_size // 8, "little")
            )
            probe._posted()

    def read_memory(
        self, addr: int, transfer_size: int = 32, now: bool = True, **attrs: Any
    ) -> int | Callable[[], int]:
        probe = self._probe
        size = transfer_size // 8
        with probe._lock:
            read: Callable[[], int] = probe._deferred(
                probe._pending.batch.mem_read(min(size, 4), addr, size), size, _word
            )
        return read() if now else read

    def write_memory_block32(self, addr: int, data: Sequence[int], **attrs: Any) -> None:
        probe = self._probe
        with probe._lock:
            probe._pending.batch.mem_write(4, addr, _pack(data))
            probe._posted()

    def read_memory_block32(self, addr: int, size: int, **attrs: Any) -> Sequence[int]:
        probe = self._probe
        with probe._lock:
            words: Sequence[int] = probe._deferred(probe._pending.batch.mem_read(4, addr, 4 * size), 4 * size, _words)()
        return words

    def write_memory_block8(self, addr: int, data: Sequence[int], **attrs: Any) -> None:
        probe = self._probe
        with probe._lock:
            probe._pending.batch.bytes_write(addr, bytes(data))
            probe._posted()

    def read_memory_block8(self, addr: int, size: int, **attrs: Any) -> Sequence[int]:
        probe = self._probe
        with probe._lock:
            octets: Sequence[int] = probe._deferred(probe._pending.batch.bytes_read(addr, size), size, list)()
        return octets


def _word(data: memoryview) -> int:
    return int.from_bytes(data, "little")


def _words(data: memoryview) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data))


def _pack(values: Sequence[int]) -> bytes:
    """Little-endian words; pyOCD's values can have more than 32 bits, which a probe cuts off."""
    try:
        return struct.pack(f"<{len(values)}I", *values)
    except struct.error:
        return struct.pack(f"<{len(values)}I", *(value & U32 for value in values))


class VmrigProbePlugin(Plugin):  # type: ignore[misc]
    """Tells pyOCD of the probe class."""

    def load(self) -> type[VmrigProbe]:
        register_targets()
        return VmrigProbe

    @property
    def name(self) -> str:
        return "vmrig"

    @property
    def description(self) -> str:
        return "Debug probes of vmrig's emulated boards"

    @property
    def version(self) -> str:
        return __version__
