# SPDX-License-Identifier: Apache-2.0
"""A port with modem lines over TCP: Telnet (RFC 854) with the COM port option (RFC 2217). All state is of the connection."""

from __future__ import annotations

import socket
import struct

from vmrig_server.emulator.doors.lined import LinedPort, PortBusyError
from vmrig_server.emulator.doors.port_door import ClientError, PortClient, PortDoor
from vmrig_server.emulator.doors.serial import SerialLoop
from vmrig_server.serialport.holder import tcp_holder

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
BINARY, SGA, COM_PORT = 0, 3, 44
OPTIONS = frozenset((BINARY, SGA, COM_PORT))
"""That both sides may have."""
SIGNATURE, SET_BAUDRATE, SET_DATASIZE, SET_PARITY, SET_STOPSIZE, SET_CONTROL, NOTIFY_LINESTATE, NOTIFY_MODEMSTATE = (
    range(8)
)
SUSPEND, RESUME, SET_LINESTATE_MASK, SET_MODEMSTATE_MASK, PURGE_DATA = range(8, 13)
ANSWER = 100
"""Added to a command: what the server answers it with."""
PURGE_RECEIVE, PURGE_TRANSMIT, PURGE_BOTH = 1, 2, 3
_NO_FLOW_CONTROL, _BREAK_OFF, _NO_INBOUND_FLOW_CONTROL = 1, 6, 14
_DTR_ON, _DTR_OFF, _RTS_ON, _RTS_OFF = 8, 9, 11, 12
_SUBNEGOTIATION_MAX = 1024
_DATA, _COMMAND, _OPTION, _SUB, _SUB_COMMAND = range(5)


class Rfc2217Door(PortDoor):
    """Serves `port` on 127.0.0.1.

    Args:
        number: TCP port, 0: any.

    Raises:
        OSError: the TCP port is taken.
    """

    def __init__(self, loop: SerialLoop, number: int, port: LinedPort) -> None:
        sock = socket.create_server(("127.0.0.1", number), backlog=8)
        self.number: int = sock.getsockname()[1]
        super().__init__(loop, sock, port, _Client)


class _Client(PortClient):
    def __init__(self, door: PortDoor, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._ends = connection.getsockname()[:2], connection.getpeername()[:2]
        self._mode = _DATA
        self._verb = 0
        self._sub = bytearray()
        self._agreed: set[tuple[int, int]] = set()
        """(WILL or DO, option) that we have said."""
        self._settings = {SET_DATASIZE: 8, SET_PARITY: 1, SET_STOPSIZE: 1}
        """As in RFC 2217: eight bits, no parity (1), one stop bit. The line is virtual: they are kept for who asks."""
        self._modem_mask = 255
        super().__init__(door, connection)
        try:
            self.claim()
        except PortBusyError as busy:
            self.refuse(f"{busy}\r\n".encode())

    @property
    def pid(self) -> int:
        """Of a program on this host."""
        return tcp_holder(*self._ends) or 0

    def encode(self, data: bytes) -> bytes:
        return data.replace(b"\xff", b"\xff\xff")

    def arrived(self, data: bytes) -> None:
        plain = bytearray()
        at = 0
        while at < len(data):
            if self._mode == _DATA:
                end = data.find(b"\xff", at)
                end = len(data) if end < 0 else end
                plain += data[at:end]
                at = end + 1
                if end < len(data):
                    self._mode = _COMMAND
                continue
            byte = data[at]
            at += 1
            if self._mode == _COMMAND:
                if byte == IAC:
                    plain.append(IAC)
                self._mode = _OPTION if byte in (WILL, WONT, DO, DONT) else _SUB if byte == SB else _DATA
                self._verb = byte
                self._sub.clear()
            elif self._mode == _OPTION:
                self._mode = _DATA
                self._negotiate(self._verb, byte)
            elif self._mode == _SUB and byte != IAC:
                self._append(byte)
            elif self._mode == _SUB:
                self._mode = _SUB_COMMAND
            elif byte == IAC:
                self._append(byte)
                self._mode = _SUB
            else:
                self._mode = _DATA
                if byte != SE:
                    raise ClientError(f"a subnegotiation that ends with command {byte}")
                # What came before acts before: a reset does not overtake what was written.
                self._pass_on(plain)
                self._subnegotiation(bytes(self._sub))
        self._pass_on(plain)

    def _append(self, byte: int) -> None:
        if len(self._sub) >= _SUBNEGOTIATION_MAX:
            raise ClientError("a subnegotiation without end")
        self._sub.append(byte)

    def _pass_on(self, plain: bytearray) -> None:
        if plain:
            self.to_chip(bytes(plain))
            plain.clear()

    # --- Telnet -----------------------------------------------------------------------------------------------------

    def _negotiate(self, verb: int, option: int) -> None:
        """Agrees to each option once (an answer to an answer would never end, RFC 854), and refuses what we have not."""
        yes, no = (WILL, WONT) if verb in (DO, DONT) else (DO, DONT)
        wanted = verb in (WILL, DO)
        key = (yes, option)
        if wanted == (key in self._agreed):
            return
        if not wanted:
            self._agreed.discard(key)
            self._say(no, option)
        elif option in OPTIONS:
            self._agreed.add(key)
            self._say(yes, option)
            if option == COM_PORT and verb == WILL:
                self._tell(NOTIFY_MODEMSTATE, bytes((self._modem_state(),)))
        else:
            self._say(no, option)

    def _say(self, verb: int, option: int) -> None:
        self.send(bytes((IAC, verb, option)))

    # --- the COM port option ------------------------------------------------------------------------------------------

    def _tell(self, command: int, value: bytes) -> None:
        head = bytes((IAC, SB, COM_PORT, command + ANSWER))
        self.send(head + self.encode(value) + bytes((IAC, SE)))

    def _modem_state(self) -> int:
        """CTS, DSR, ring and carrier: boards with a bridge leave these pins open."""
        return 0

    def _subnegotiation(self, body: bytes) -> None:
        if len(body) < 2 or body[0] != COM_PORT:
            return
        command, value = body[1], body[2:]
        if command == SIGNATURE:
            if not value:
                self._tell(SIGNATURE, b"vmrig")
        elif command == SET_BAUDRATE:
            self._tell(command, self._baud(value))
        elif command in self._settings:
            if self._byte(value):
                self._settings[command] = self._byte(value)
            self._tell(command, bytes((self._settings[command],)))
        elif command == SET_CONTROL:
            self._tell(command, bytes((self._control(self._byte(value)),)))
        elif command == NOTIFY_MODEMSTATE:
            self._tell(command, bytes((self._modem_state() & self._modem_mask,)))
        elif command == NOTIFY_LINESTATE:
            self._tell(command, b"\0")
        elif command == SET_LINESTATE_MASK:
            self._tell(command, value[:1])
        elif command == SET_MODEMSTATE_MASK:
            self._modem_mask = self._byte(value)
            self._tell(command, value[:1])
        elif command == PURGE_DATA:
            if self._byte(value) in (PURGE_TRANSMIT, PURGE_BOTH):
                self.finish_input()
            self._tell(command, value[:1])

    def _byte(self, value: bytes) -> int:
        return value[0] if value else 0

    def _baud(self, value: bytes) -> bytes:
        if len(value) == 4 and (baud := struct.unpack(">I", value)[0]):
            self.port.baud = baud
        return struct.pack(">I", self.port.baud)

    def _control(self, what: int) -> int:
        """Does it, or says how it is: the requests are numbers before those that set."""
        port = self.port
        if what in (_DTR_ON, _DTR_OFF, _RTS_ON, _RTS_OFF):
            self.finish_input()
            if what in (_DTR_ON, _DTR_OFF):
                port.set_lines(dtr=what == _DTR_ON)
            else:
                port.set_lines(rts=what == _RTS_ON)
            return what
        asked = {
            0: _NO_FLOW_CONTROL,
            4: _BREAK_OFF,
            7: _DTR_ON if port.dtr else _DTR_OFF,
            10: _RTS_ON if port.rts else _RTS_OFF,
            13: _NO_INBOUND_FLOW_CONTROL,
        }
        return asked.get(what, what)
