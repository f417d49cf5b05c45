# SPDX-License-Identifier: Apache-2.0
"""A machine without a chip, for tests of what is around machines: pace, scheduling, door protocols. What the C code does is tested with the real one."""

from __future__ import annotations

import struct
import threading

from vmrig_server.emulator.doors.probe_protocol import Op, Status
from vmrig_server.emulator.machine_api import Level

RAM_BASE = 0x20000000
RAM_SIZE = 0x10000
DHCSR = 0xE000EDF0
C_DEBUGEN, C_HALT, S_HALT = 1, 2, 1 << 17


class _Stop(Exception):
    pass


class FakeMachine:
    """RAM, a DHCSR whose C_HALT halts, a core that is busy for `busy_cycles` and then waits for `event`."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.on = False
        self.hz = 1_000_000
        self.cycles = 0
        self.busy_cycles = 0
        self.download = False
        self.active_until = 0
        self.event: int | None = None
        self.debug = 0
        self.reset = False
        self.ram = bytearray(RAM_SIZE)
        self.dp = {0: 0x2BA01477, 4: 0, 8: 0, 12: 0}
        self.ap: dict[int, int] = {}
        self.accesses: list[tuple[str, int, int]] = []
        self.to_chip = bytearray()
        self.from_chip = bytearray()
        self.pins: dict[int, Level] = {}
        self.edges: list[tuple[int, int, Level]] = []
        self.runs: list[int] = []

    def power(self, on: bool) -> None:
        with self.lock:
            self.on = on
            self.cycles = 0

    def reset_pin(self, asserted: bool) -> None:
        self.reset = asserted

    def usb_reset(self) -> None:
        pass

    def run(self, max_cycles: int) -> tuple[str, int]:
        with self.lock:
            if not self.on or self.reset:
                return "off", 0
            self.runs.append(max_cycles)
            self.cycles += max_cycles
            if self.debug & C_HALT:
                return "halted", max_cycles
            self.busy_cycles = max(0, self.busy_cycles - max_cycles)
            if self.event is not None and self.event <= self.cycles:
                self.event = None
            return ("budget" if self.busy_cycles else "sleep"), max_cycles

    def clock_hz(self) -> int:
        return self.hz

    def nanoseconds(self, cycle: int) -> int:
        return cycle * 1_000_000_000 // self.hz

    def now(self) -> int:
        return self.cycles

    def instructions(self) -> int:
        return 0

    def next_event(self) -> int | None:
        return self.event

    def core_idle(self) -> bool:
        return self.busy_cycles == 0 or bool(self.debug & C_HALT)

    def core_locked_up(self) -> bool:
        return False

    def core_halted(self, dp: int = 0, /) -> bool:
        return bool(self.debug & C_HALT)

    def usb_device(self) -> int:
        return 0

    def download_mode(self) -> bool:
        return self.download

    def download_active_until(self) -> int:
        return self.active_until

    def dp_count(self) -> int:
        return 1

    def dp_find(self, targetsel: int, /) -> int | None:
        return None

    def debug_enabled(self) -> bool:
        return bool(self.debug & C_DEBUGEN)

    def debug_poll(self) -> int | None:
        return None

    def _memory(self, width: int, address: int, data: bytes | None, length: int) -> bytes:
        result = bytearray()
        for at in range(address, address + length, width):
            if at == DHCSR and width == 4:
                if data is not None:
                    self.debug = int.from_bytes(data[at - address : at - address + 4], "little") & 0xFFFF
                result += (self.debug | (S_HALT if self.debug & C_HALT else 0)).to_bytes(4, "little")
            elif RAM_BASE <= at < RAM_BASE + RAM_SIZE:
                offset = at - RAM_BASE
                if data is not None:
                    self.ram[offset : offset + width] = data[at - address : at - address + width]
                result += self.ram[offset : offset + width]
            else:
                raise _Stop(at)
            self.accesses.append(("w" if data is not None else "r", at, width))
        return bytes(result)

    def batch(self, request: bytes, dp: int = 0, /) -> bytes:
        """The executor of emu_batch.c in Python."""
        results, done, at = bytearray(), 0, 0
        with self.lock:
            while at < len(request):
                code = request[at]
                try:
                    if code == Op.DP_READ:
                        results += struct.pack("<I", self.dp[request[at + 1]])
                        at += 2
                    elif code == Op.DP_WRITE:
                        self.dp[request[at + 1]] = struct.unpack_from("<I", request, at + 2)[0]
                        at += 6
                    elif code == Op.AP_READ:
                        results += struct.pack("<I", self.ap.get(struct.unpack_from("<I", request, at + 1)[0], 0))
                        at += 5
                    elif code == Op.AP_WRITE:
                        address, value = struct.unpack_from("<II", request, at + 1)
                        self.ap[address] = value
                        at += 9
                    elif code == Op.AP_READ_BLOCK:
                        address, count = struct.unpack_from("<II", request, at + 1)
                        results += struct.pack("<I", self.ap.get(address, 0)) * count
                        at += 9
                    elif code == Op.AP_WRITE_BLOCK:
                        address, count = struct.unpack_from("<II", request, at + 1)
                        if count:
                            self.ap[address] = struct.unpack_from("<I", request, at + 5 + 4 * count)[0]
                        at += 9 + 4 * count
                    elif code in (Op.MEM_READ, Op.MEM_WRITE):
                        width, address, length = struct.unpack_from("<BII", request, at + 1)
                        if address % width or length % width:
                            return struct.pack("<BII", Status.MALFORMED, 0, 0)
                        at += 10
                        if code == Op.MEM_READ:
                            results += self._memory(width, address, None, length)
                        else:
                            self._memory(width, address, request[at : at + length], length)
                            at += length
                    else:
                        return struct.pack("<BII", Status.MALFORMED, 0, 0)
                except _Stop as stop:
                    return struct.pack("<BII", Status.FAULT, done, stop.args[0]) + bytes(results)
                done += 1
        return struct.pack("<BII", Status.OK, done, 0) + bytes(results)

    def pin_drive(self, pin: int, level: Level) -> None:
        self.pins[pin] = level
        self.edges.append((self.cycles, pin, level))

    def pin_level(self, pin: int) -> Level:
        return self.pins.get(pin, -1)

    def pin_edges(self, start: int) -> tuple[list[tuple[int, int, Level]], int]:
        return self.edges[start:], len(self.edges)

    def serial_write(self, port: int, data: bytes) -> int:
        with self.lock:
            taken = data[: max(0, 65536 - len(self.to_chip))]
            self.to_chip += taken
        return len(taken)

    def serial_drop(self, port: int) -> None:
        with self.lock:
            self.to_chip.clear()

    def serial_waiting(self, port: int) -> int:
        return len(self.to_chip)

    def serial_read(self, port: int) -> bytes:
        with self.lock:
            data, self.from_chip = bytes(self.from_chip), bytearray()
        return data

    def unmodelled(self, index: int) -> list[tuple[int, int, int, int, bool]]:
        return []
