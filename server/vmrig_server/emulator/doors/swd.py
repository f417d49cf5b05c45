# SPDX-License-Identifier: Apache-2.0
"""The target's side of the two SWD wires, for doors that speak in wire terms (ADIv5.2, IHI 0031, part B).

`transfer` takes a whole transaction, `clock` and `sample` single cycles, as a probe's firmware has both. A line that was never reset, lost its protocol or
was put to sleep does not answer. AP reads are posted: the value comes with the next AP read or with RDBUFF. An access that fails is acknowledged, too;
what follows gets FAULT until ABORT clears the sticky error.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from vmrig_native import _emu

U32 = 0xFFFFFFFF
APNDP, RNW = 1, 2
"""Bits of a request; 2 and 3 are A[3:2], so that `request & 0xC` is the register."""
DPIDR, CTRL_STAT, SELECT, RDBUFF = 0x0, 0x4, 0x8, 0xC
ABORT, RESEND, TARGETSEL = 0x0, 0x8, 0xC
TAR = 0x4
"""Transfer address of a MEM-AP."""
STKERRCLR, WDERRCLR = 1 << 2, 1 << 3
STICKYERR, WDATAERR = 1 << 5, 1 << 7

LINE_RESET_CYCLES = 50
TO_SWD, TO_JTAG, SWD_TO_DORMANT = 0xE79E, 0xE73C, 0xE3BC
"""16 bits each, LSB first, as the patterns below (B5.3)."""
JTAG_TO_DORMANT, JTAG_TO_DORMANT_BITS = 0x33BBBBBA, 31
ALERT = 0x19BC0EA2E3DDAFE986852D956209F392
ALERT_BITS = 128
ACTIVATE_SWD = 0x1A
"""After the alert and four cycles low."""
WAKE_BITS = ALERT_BITS + 4 + 8
WAKE = ACTIVATE_SWD << (ALERT_BITS + 4) | ALERT


class Ack(enum.IntEnum):
    """What the target answers a request with."""

    OK = 1
    WAIT = 2
    FAULT = 4
    NONE = 7
    """Nobody drives the line, which its pull-up holds high."""


class _Line(enum.Enum):
    LOST = enum.auto()
    """Waits for a line reset: after power on, or when what came made no sense."""
    RESET = enum.auto()
    """After a line reset: DPIDR must be read first, or a target be selected."""
    READY = enum.auto()
    JTAG = enum.auto()
    DORMANT = enum.auto()


class DebugPort(Protocol):
    """What the wires lead to: `vmrig_native._emu.Machine`, see there."""

    def dp_read(self, address: int, /) -> int: ...
    def dp_write(self, address: int, value: int, /) -> None: ...
    def ap_read(self, address: int, /) -> int: ...
    def ap_write(self, address: int, value: int, /) -> None: ...


class _Port:
    """A debug port, and what a host has made of it."""

    __slots__ = ("posted", "select", "sticky", "tar", "to", "write_error")

    def __init__(self, to: DebugPort) -> None:
        self.to = to
        self.select = 0
        self.posted = 0
        self.tar = 0
        self.sticky = False
        self.write_error = False


class SwdTarget:
    """The target on the wires, or the targets: a chip may have several debug ports on them (multi-drop, B4.3.4).

    Args:
        port: the debug port, where there is one; it answers without being selected.
        powered: whether there is anybody at all.
        before_ap_read: called with the register (APSEL and bank included) and the last value written to TAR before an AP register is read.
        find: where there are several, the port that a value written to TARGETSEL selects; a line reset deselects all. `port` is not used then.
    """

    def __init__(
        self,
        port: DebugPort,
        powered: Callable[[], bool],
        before_ap_read: Callable[[int, int], None] | None = None,
        find: Callable[[int], DebugPort | None] | None = None,
    ) -> None:
        self._powered = powered
        self._before_ap_read = before_ap_read
        self._find = find
        self._ports: dict[int, _Port] = {}
        """By the value of TARGETSEL."""
        self._at = _Port(port)
        self._selected = find is None
        self.turnaround = 1
        """Cycles in which the line changes hands."""
        self._line = _Line.LOST
        # Single cycles
        self._ones = 0
        self._history = 0
        self._request = 0
        self._request_bits = 0
        self._drives: deque[int] = deque()
        """What the target puts on the line in the cycles to come, turnarounds included."""
        self._data = 0
        self._data_bits = 0
        self._writes: int | None = None
        """The request whose data phase follows."""

    @property
    def port(self) -> DebugPort:
        """The one that answers."""
        return self._at.to

    # --- whole transactions ---------------------------------------------------------------------------------------

    def transfer(self, request: int, value: int = 0) -> tuple[Ack, int]:
        """A transaction.

        Args:
            request: APNDP, RNW, A[3:2].
            value: for a write.

        Returns:
            The acknowledgement, and what was read (0 unless OK and a read).
        """
        if not self._powered():
            self._line = _Line.LOST
            return Ack.NONE, 0
        if request == TARGETSEL:
            self._choose(value)
            return Ack.NONE, 0
        if self._line is not _Line.READY and not self._wakes(request):
            return Ack.NONE, 0
        if request & APNDP:
            return self._ap(request, value)
        return self._dp_read(request & 0xC) if request & RNW else self._dp_write(request & 0xC, value)

    def ap_read_block(self, request: int, count: int) -> tuple[Ack, list[int]]:
        """`count` reads (at least one) of an AP register, posted ones collected: (last acknowledgement, values that came)."""
        ack, _ = self.transfer(request)
        values: list[int] = []
        if ack is not Ack.OK:
            return ack, values
        address, read = self._ap_address(request), self._at.to.ap_read
        if not self._at.sticky:
            values.append(self._at.posted)
            try:
                for _ in range(count - 1):
                    values.append(read(address))
            except _emu.Fault:
                self._at.sticky = True
        if self._at.sticky:
            return Ack.FAULT, values
        self._at.posted = values[-1]
        return Ack.OK, values

    def ap_write_block(self, request: int, values: Sequence[int]) -> tuple[Ack, int]:
        """Writes (at least one) of an AP register: (last acknowledgement, writes that were acknowledged). One that fails still is; the next tells."""
        ack, _ = self.transfer(request, values[0])
        if ack is not Ack.OK:
            return ack, 0
        address, write = self._ap_address(request), self._at.to.ap_write
        done = 1
        if not self._at.sticky:
            try:
                for value in values[1:]:
                    done += 1
                    write(address, value)
            except _emu.Fault:
                self._at.sticky = True
            if address & 0xFC == TAR:
                self._at.tar = values[done - 1]
        return Ack.FAULT if self._at.sticky else Ack.OK, done

    def _wakes(self, request: int) -> bool:
        """Whether a line that is not ready answers this request."""
        if self._line is _Line.RESET and request == (DPIDR | RNW) and self._selected:
            self._line = _Line.READY
            return True
        if self._line is _Line.RESET:
            self._line = _Line.LOST
        return False

    def _choose(self, targetsel: int) -> None:
        """TARGETSEL was written, which counts right after a line reset only; nobody acknowledges it. One port alone takes no notice."""
        if self._find is None or self._line is not _Line.RESET:
            return
        if targetsel not in self._ports and (port := self._find(targetsel)) is not None:
            self._ports[targetsel] = _Port(port)
        self._selected = targetsel in self._ports
        if self._selected:
            self._at = self._ports[targetsel]

    def _dp_read(self, register: int) -> tuple[Ack, int]:
        if register == DPIDR:
            return Ack.OK, self._at.to.dp_read(DPIDR)
        if register == CTRL_STAT:
            value = self._at.to.dp_read(CTRL_STAT)
            if self._at.select & 15 == 0:
                value |= WDATAERR * self._at.write_error
                self._at.sticky = bool(value & STICKYERR)
            return Ack.OK, value
        if self._at.sticky or self._at.write_error:
            return Ack.FAULT, 0
        return Ack.OK, self._at.posted  # RESEND repeats what RDBUFF has

    def _dp_write(self, register: int, value: int) -> tuple[Ack, int]:
        if register == ABORT:
            self._at.to.dp_write(ABORT, value)
            self._at.sticky = self._at.sticky and not value & STKERRCLR
            self._at.write_error = self._at.write_error and not value & WDERRCLR
            return Ack.OK, 0
        if self._at.sticky or self._at.write_error:
            return Ack.FAULT, 0
        if register == SELECT:
            self._at.select = value
        self._at.to.dp_write(register, value)
        return Ack.OK, 0

    def _ap_address(self, request: int) -> int:
        return self._at.select & 0xFF0000F0 | request & 0xC

    def _ap(self, request: int, value: int) -> tuple[Ack, int]:
        if self._at.sticky or self._at.write_error:
            return Ack.FAULT, 0
        address = self._ap_address(request)
        before = self._at.posted
        try:
            if request & RNW:
                if self._before_ap_read is not None:
                    self._before_ap_read(address, self._at.tar)
                self._at.posted = self._at.to.ap_read(address)
                return Ack.OK, before
            if address & 0xFC == TAR:
                self._at.tar = value
            self._at.to.ap_write(address, value)
        except _emu.Fault as fault:
            if fault.ack == Ack.WAIT:
                return Ack.WAIT, 0
            self._at.sticky = True
        return Ack.OK, before if request & RNW else 0

    # --- single cycles --------------------------------------------------------------------------------------------

    def clock(self, bits: int, count: int) -> None:
        """Cycles in which the probe drives the line; the lowest bit first."""
        for _ in range(count):
            self._cycle(bits & 1, driven=True)
            bits >>= 1

    def sample(self, count: int) -> int:
        """Cycles in which the probe listens. Returns what it hears, the first cycle in the lowest bit."""
        heard = 0
        for position in range(count):
            heard |= self._cycle(1, driven=False) << position
        return heard

    def _cycle(self, bit: int, *, driven: bool) -> int:
        """One cycle with `bit` on the line unless the target drives it. Returns the level heard."""
        self._ones = self._ones + 1 if bit and driven else 0
        if self._ones >= LINE_RESET_CYCLES and self._line not in (_Line.DORMANT, _Line.JTAG):
            self._line = _Line.RESET
            self._selected = self._find is None
            self._forget()
        self._history = (self._history >> 1 | bit << (WAKE_BITS - 1)) if driven else 0
        is_reset = self._ones >= LINE_RESET_CYCLES
        if self._follows_switch() or is_reset or self._line in (_Line.LOST, _Line.JTAG, _Line.DORMANT):
            return 1
        if self._drives:
            return self._drives.popleft()
        if self._writes is not None:
            self._data |= bit << self._data_bits
            self._data_bits += 1
            if self._data_bits == 33:
                self._take_data()
        elif self._request_bits or bit:
            self._request |= bit << self._request_bits
            self._request_bits += 1
            if self._request_bits == 8:
                self._take_request()
        return bit

    def _forget(self) -> None:
        self._request = self._request_bits = 0
        self._data = self._data_bits = 0
        self._writes = None
        self._drives.clear()

    def _tail(self, bits: int) -> int:
        """The last `bits` bits on the line, the latest highest."""
        return self._history >> (WAKE_BITS - bits)

    def _follows_switch(self) -> bool:
        """Whether a switching sequence has just ended."""
        now = self._line
        if now is _Line.DORMANT:
            if self._history == WAKE:
                self._line = _Line.LOST
        elif self._after_reset(TO_SWD):
            self._line = _Line.LOST  # a line reset follows
        elif now is not _Line.JTAG and self._after_reset(TO_JTAG):
            self._line = _Line.JTAG
        elif self._after_reset(SWD_TO_DORMANT) or (
            now is _Line.JTAG and self._tail(JTAG_TO_DORMANT_BITS) == JTAG_TO_DORMANT
        ):
            self._line = _Line.DORMANT
        else:
            return False
        self._forget()
        return self._line is not now

    def _after_reset(self, pattern: int) -> bool:
        """Whether the line has just carried this after a line reset."""
        return self._tail(LINE_RESET_CYCLES + 16) == pattern << LINE_RESET_CYCLES | (1 << LINE_RESET_CYCLES) - 1

    def _take_request(self) -> None:
        """Eight bits: start, APnDP, RnW, A[2:3], parity, stop, park (B4.1.1)."""
        raw, self._request, self._request_bits = self._request, 0, 0
        request = raw >> 1 & 15
        if raw >> 5 & 1 != request.bit_count() & 1 or raw >> 6 != 0b10:
            self._line = _Line.LOST
            return
        turn = [1] * self.turnaround
        if request == TARGETSEL:  # no target acknowledges this one
            self._drives.extend(turn + [1] * 3 + turn)
            self._writes = request
        elif request & RNW:
            ack, value = self.transfer(request)
            self._drives.extend(turn + _bits(ack, 3))
            if ack is Ack.OK:
                self._drives.extend([*_bits(value, 32), value.bit_count() & 1])
            self._drives.extend(turn)
        else:
            ack = self._ready_to_write(request)
            self._drives.extend(turn + _bits(ack, 3) + turn)
            self._writes = request if ack is Ack.OK else None

    def _ready_to_write(self, request: int) -> Ack:
        """The acknowledgement, which comes before the data."""
        if not self._powered() or (self._line is not _Line.READY and not self._wakes(request)):
            return Ack.NONE
        sticky = self._at.sticky or self._at.write_error
        return Ack.FAULT if sticky and request != ABORT else Ack.OK

    def _take_data(self) -> None:
        request, data = self._writes, self._data
        self._writes, self._data, self._data_bits = None, 0, 0
        assert request is not None
        if (data & U32).bit_count() & 1 != data >> 32:
            self._at.write_error = True
        elif request == TARGETSEL or self._line is _Line.READY:
            self.transfer(request, data & U32)


def _bits(value: int, count: int) -> list[int]:
    return [value >> position & 1 for position in range(count)]
