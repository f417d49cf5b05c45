# SPDX-License-Identifier: Apache-2.0
"""The GDB door: GDB's remote serial protocol on a TCP port of the loopback (GDB manual, appendix E), for one debugger at a time.

The core halts when a debugger comes and runs on, without its breakpoints, when it goes. While the core runs under it, virtual time does not wait for the
wall's. Flash is not written through here: that takes its controller, and is the business of the flashing tools.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from vmrig_native import _emu

from vmrig_server.emulator.board import SLICE_CYCLES, Board
from vmrig_server.emulator.doors.gdb_documents import MemoryRegion, description, memory_map
from vmrig_server.emulator.doors.gdb_packets import PACKET_SIZE, PacketLine, escape, unescape
from vmrig_server.emulator.doors.gdb_targets import GdbTarget
from vmrig_server.emulator.doors.listener import Listener
from vmrig_server.emulator.doors.serial import SerialLoop
from vmrig_server.emulator.machine_api import Machine

LOG = logging.getLogger(__name__)
POLL_S = 0.002
"""How often a running core is asked whether it has halted, and the debugger whether it wants that."""
OK, UNKNOWN, REFUSED = b"OK", b"", b"E01"
NO_POWER = b"E.the board has no power"
NO_FLASH = b"E.flash is not written by the debugger: use vmrig flash"
HANDOVER_S = 0.5
"""A debugger waits so long for the one before it to be gone."""
WATCHED_CYCLES = 2000
"""Between two looks whether the debugger wants a halt, while something is watched."""
TRAPPED, INTERRUPTED = 5, 2
"""Signals, as GDB numbers them."""
HELP = "monitor reset: pulse the reset pin; the core halts before its first instruction\n"


class GdbDoor(Listener):
    """Serves a board's (first) core.

    Args:
        target: that core.
        regions: what is not RAM; all else is read and written as it is asked for, devices too.
        port: 0 lets the system choose; `self.port` is the one it got.

    Raises:
        OSError: the port is taken.
    """

    def __init__(
        self,
        board: Board,
        target: GdbTarget,
        regions: Sequence[MemoryRegion],
        port: int = 0,
        loop: SerialLoop | None = None,
    ) -> None:
        self._board = board
        self._target = target
        self._regions = regions
        self._debugger = threading.Lock()
        sock = socket.create_server(("127.0.0.1", port))
        self.port: int = sock.getsockname()[1]
        super().__init__(sock, "gdb-door", loop)

    def serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self._debugger.acquire(timeout=HANDOVER_S):
            LOG.warning("gdb door %d: a second debugger was turned away", self.port)
            return
        try:
            with self._board.debugger():
                GdbSession(self._board, self._target, memory_map(self._regions), PacketLine(connection)).serve()
        finally:
            self._debugger.release()


class GdbSession:
    """One debugger, from its coming to its going."""

    def __init__(self, board: Board, target: GdbTarget, regions: str, line: PacketLine) -> None:
        self._board = board
        self._target = target
        self._line = line
        self._documents = {b"features:target.xml": description(target).encode(), b"memory-map:": regions.encode()}
        self._general = [register for entry in list(target.features.values())[:1] for register in entry]
        self._breakpoints: dict[int, bytes] = {}
        """Kind (Z0 or Z1) by address."""
        self._watched: dict[tuple[int, int], bytes] = {}
        """Contents by (address, length)."""
        self._seen_change: int | None = None
        self._tells_kind = False
        self._signal = TRAPPED
        self._handlers: dict[bytes, Callable[[bytes], bytes]] = {
            b"g": lambda _: b"".join(self._register(register.number) for register in self._general),
            b"G": self._write_general,
            b"p": lambda body: self._register(int(body, 16)),
            b"P": self._write_register,
            b"m": self._read_memory,
            b"M": self._write_hex,
            b"X": self._write_binary,
            b"Z": lambda body: self._breakpoint(body, True),
            b"z": lambda body: self._breakpoint(body, False),
            b"c": lambda body: self._go(body, step=False),
            b"s": lambda body: self._go(body, step=True),
            b"C": lambda body: self._go(body.partition(b";")[2], step=False),
            b"S": lambda body: self._go(body.partition(b";")[2], step=True),
            b"v": self._v,
            b"q": self._query,
            b"Q": self._set,
            b"?": lambda _: self._stopped(),
            b"H": lambda _: OK,
            b"T": lambda _: OK,
        }

    def serve(self) -> None:
        """Until the debugger detaches or is gone."""
        with self._alone():
            self._target.attach()
        try:
            while (packet := self._line.read()) is not None:
                if packet[:1] in (b"D", b"k"):
                    if packet[:1] == b"D":
                        self._line.send(OK)
                    return
                self._line.send(self._answer(packet))
                if packet == b"QStartNoAckMode":
                    self._line.acknowledges = False
        finally:
            with self._alone():
                self._target.detach()

    def _answer(self, packet: bytes) -> bytes:
        handler = self._handlers.get(packet[:1])
        if handler is None:
            return UNKNOWN
        try:
            return handler(packet[1:])
        except _emu.Fault:
            return REFUSED if self._board.powered else NO_POWER
        except ValueError:  # no number where one is due
            return REFUSED

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """The machine is this thread's meanwhile, and the board runs on after it."""
        with self._board.access() as machine:
            machine.hold()
            try:
                yield
            finally:
                machine.let_go()

    # --- registers and memory -----------------------------------------------------------------------------------------

    def _register(self, number: int) -> bytes:
        value = self._target.read(number)
        return REFUSED if value is None else value.to_bytes(4, "little").hex().encode()

    def _write_general(self, body: bytes) -> bytes:
        data = bytes.fromhex(body.decode("ascii"))
        if len(data) < 4 * len(self._general):
            return REFUSED
        for i, register in enumerate(self._general):
            self._target.write(register.number, int.from_bytes(data[4 * i : 4 * i + 4], "little"))
        return OK

    def _write_register(self, body: bytes) -> bytes:
        number, _, value = body.partition(b"=")
        data = bytes.fromhex(value.decode("ascii"))
        if len(data) != 4:
            return REFUSED
        return OK if self._target.write(int(number, 16), int.from_bytes(data, "little")) else REFUSED

    def _read_memory(self, body: bytes) -> bytes:
        address, length = (int(number, 16) for number in body.split(b","))
        length = min(length, PACKET_SIZE // 2, (1 << 32) - address)
        with self._board.access(urgent=False) as machine:
            try:
                return machine.mem_read(address, _width(address, length), length).hex().encode()
            except _emu.Fault as fault:
                if not fault.done:
                    raise
                done = fault.done & ~3
                return machine.mem_read(address, _width(address, done), done).hex().encode()

    def _write_hex(self, body: bytes) -> bytes:
        place, _, data = body.partition(b":")
        return self._write_memory(place, bytes.fromhex(data.decode("ascii")))

    def _write_binary(self, body: bytes) -> bytes:
        place, _, data = body.partition(b":")
        return self._write_memory(place, unescape(data))

    def _write_memory(self, place: bytes, data: bytes) -> bytes:
        address, length = (int(number, 16) for number in place.split(b","))
        if length != len(data) or address + length > 1 << 32:
            return REFUSED
        if not data:
            return OK
        with self._board.access(urgent=False) as machine:
            width = _width(address, length)
            machine.mem_write(address, width, data)
            if _is_memory(machine, address) and machine.mem_read(address, width, length) != data:
                return NO_FLASH  # a chip whose bus answers for nobody ignores the write
        return OK

    # --- breakpoints, running ---------------------------------------------------------------------------------------------

    def _breakpoint(self, body: bytes, on: bool) -> bytes:
        kind, address_text, length = body.partition(b";")[0].split(b",")
        address = int(address_text, 16)
        if kind == b"2":
            return self._watch(address, int(length, 16), on)
        if kind not in (b"0", b"1"):
            return UNKNOWN
        with self._alone():
            if on == (address in self._breakpoints):
                return OK  # as it was
            if not self._target.breakpoint(address, on):
                return b"E.there is no breakpoint left"
        if on:
            self._breakpoints[address] = kind
        else:
            del self._breakpoints[address]
        return OK

    def _watch(self, address: int, length: int, on: bool) -> bytes:
        if not on:
            self._watched.pop((address, length), None)
            return OK
        with self._board.access(urgent=False) as machine:
            self._watched[address, length] = machine.mem_read(address, _width(address, length), length)
        return OK

    def _go(self, body: bytes, *, step: bool) -> bytes:
        if not self._board.powered:
            return NO_POWER
        target = self._target
        if body:
            target.write(self._pc, int(body, 16))
        self._signal, self._seen_change = TRAPPED, None
        if self._watched and not step:
            self._go_watching()
            return self._stopped()
        with self._alone():
            if step:
                target.step()
            else:
                target.resume()
        while not target.halted():
            if step:  # right here: a step is over before another thread would have begun it
                stop, _ = self._board.machine.run(SLICE_CYCLES)
                if stop in ("break", "halted"):
                    continue
            if self._line.interrupted(POLL_S):
                with self._alone():
                    target.halt()
                self._signal = INTERRUPTED
        return self._stopped()

    def _go_watching(self) -> None:
        """Instruction by instruction, and a look at what is watched after each. Interrupts come as they do otherwise, which they do not in GDB's own steps."""
        target = self._target
        while True:
            with self._alone():
                machine = self._board.machine
                target.resume()
                for _ in range(WATCHED_CYCLES):
                    machine.run(1)
                    if target.halted() or self._has_changed(machine):
                        break
                stopped = target.halted() or self._seen_change is not None
                # To halt and go on would step over a breakpoint that the core has come to and not met yet.
                stopped = stopped or (target.read(self._pc) or 0) in self._breakpoints
                target.halt()
            if stopped:
                return
            if self._line.interrupted(0.0):
                self._signal = INTERRUPTED
                return

    def _has_changed(self, machine: Machine) -> bool:
        for (address, length), before in self._watched.items():
            now = machine.mem_read(address, _width(address, length), length)
            if now != before:
                self._watched[address, length] = now
                self._seen_change = address
                return True
        return False

    @property
    def _pc(self) -> int:
        return next(register.number for register in self._general if register.name == "pc")

    def _stopped(self) -> bytes:
        if self._seen_change is not None:
            return b"T%02xthread:1;watch:%x;" % (TRAPPED, self._seen_change)
        kind = self._breakpoints.get(self._target.read(self._pc) or 0) if self._signal == TRAPPED else None
        reason = b"" if kind is None or not self._tells_kind else b"swbreak:;" if kind == b"0" else b"hwbreak:;"
        return b"T%02xthread:1;%s" % (self._signal, reason)

    # --- everything else ----------------------------------------------------------------------------------------------------

    def _v(self, body: bytes) -> bytes:
        if body == b"Cont?":
            return b"vCont;c;C;s;S"
        if body.startswith(b"Cont;"):
            actions = [action.partition(b":")[0] for action in body[5:].split(b";")]
            return self._go(b"", step=any(action[:1] in (b"s", b"S") for action in actions))
        if body.startswith(b"Flash"):
            return NO_FLASH
        return UNKNOWN

    def _query(self, body: bytes) -> bytes:
        name = body.partition(b":")[0].partition(b",")[0]
        if name == b"Supported":
            asked = body.partition(b":")[2].split(b";")
            self._tells_kind = b"swbreak+" in asked and b"hwbreak+" in asked
            return (
                b"PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;qXfer:memory-map:read+;vContSupported+;"
                b"swbreak+;hwbreak+" % PACKET_SIZE
            )
        if name == b"Xfer":
            return self._document(body)
        if name == b"Rcmd":
            return self._monitor(bytes.fromhex(body.partition(b",")[2].decode("ascii")).decode("utf-8", "replace"))
        answers = {b"C": b"QC1", b"fThreadInfo": b"m1", b"sThreadInfo": b"l", b"Attached": b"1", b"Symbol": OK}
        return answers.get(name, UNKNOWN)

    def _set(self, body: bytes) -> bytes:
        return OK if body == b"StartNoAckMode" else UNKNOWN

    def _document(self, body: bytes) -> bytes:
        _, name, verb, annex, place = body.split(b":", 4)
        document = self._documents.get(name + b":" + annex)
        if document is None or verb != b"read":
            return UNKNOWN
        offset, length = (int(number, 16) for number in place.split(b","))
        part = document[offset : offset + min(length, PACKET_SIZE // 2)]
        return (b"m" if offset + len(part) < len(document) else b"l") + escape(part)

    def _monitor(self, command: str) -> bytes:
        words = command.split()
        if words[:1] == ["reset"] and words[1:] in ([], ["halt"], ["init"]):
            with self._alone():
                self._target.reset(self._pulse)
            return OK
        text = HELP if words == ["help"] else f"'{command.strip()}' is unknown here\n{HELP}"
        return text.encode().hex().encode()

    def _pulse(self) -> None:
        machine = self._board.machine
        machine.reset_pin(True)
        machine.reset_pin(False)


def _is_memory(machine: Machine, address: int) -> bool:
    with contextlib.suppress(ValueError):
        return bool(machine.peek(address, 1))
    return False


def _width(address: int, length: int) -> Literal[1, 2, 4]:
    """Bytes of an access: registers of devices are read and written as a whole where that is what is asked for."""
    return 4 if not (address | length) & 3 else 2 if length == 2 and not address & 1 else 1
