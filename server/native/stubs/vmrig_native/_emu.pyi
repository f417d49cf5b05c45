# SPDX-License-Identifier: Apache-2.0
"""The emulator: a machine is an object, there is no global state.

Time is virtual: cycles of the core's clock since power on; one instruction is one cycle. A machine may be used from several Python threads: a
mutex in it keeps them apart, ``run`` lets the others in between its inner slices (20 000 cycles). The GIL is released while a machine runs and
during long block transfers.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias, final

Stop: TypeAlias = Literal["budget", "sleep", "halted", "break", "full", "off"]
Level: TypeAlias = Literal[-1, 0, 1]
"""-1: nobody drives the pin and nothing pulls it."""

FLOAT: Final = -1
LOW: Final = 0
HIGH: Final = 1

REG_XPSR: Final = 16
REG_MSP: Final = 17
REG_PSP: Final = 18
REG_CFBP: Final = 20

TRACE_INSTRUCTIONS: Final = 1
TRACE_ACCESSES: Final = 2
TRACE_EXCEPTIONS: Final = 4
TRACE_COUNTS: Final = 8

DEVICE_TYPES: Final[tuple[str, ...]]
"""Names that ``Machine.add_device`` knows."""

class Fault(Exception):
    """The debug port answered something else than OK.

    Attributes:
        address: of the access that failed: DP/AP address for the register calls, byte address for memory calls.
        ack: 2 WAIT or 4 FAULT (ADIv5).
        done: bytes (memory) or words (blocks) transferred before it.
    """

    address: int
    ack: int
    done: int

@final
class Snapshot:
    """The whole state of a machine at a moment; from Machine.snapshot()."""

@final
class Machine:
    def __new__(
        cls,
        *,
        core: str = "cortex-m4",
        clock_hz: int = 64_000_000,
        irq_count: int = 48,
        priority_bits: int = 3,
        cpuid: int = 0x410FC241,
        dpidr: int = 0x2BA01477,
        ap_idr: int = 0x24770011,
        rom_table: int = 0xE00FF000,
        unmapped_reads_zero: bool = True,
        lockup_reset_us: int = 0,
        core_count: int = 1,
        fpu: bool = False,
        mpu_regions: int = 0,
        bit_band: bool = False,
        vtor: bool = True,
        reset_core_only: bool = False,
        targetid: int = 0,
        rescue_dp: bool = False,
        reset_vector: int = 0,
        core_reads_zero: bool = False,
        espressif: bool = False,
    ) -> Machine:
        """A machine without memories and devices, power off. ValueError: the core refuses the configuration.

        reset_core_only: SYSRESETREQ resets the core that asks, not the chip. targetid: DP.TARGETID of debug ports that share a wire, 0: one alone;
        rescue_dp: one more port, which resets the chip.
        reset_vector, core_reads_zero: of RISC-V, where its first instruction is, and whether its accesses to where nobody answers read 0 and
        are ignored rather than fault; espressif: control registers and interrupts as in the ESP32-C3, else as the RISC-V manual has them.
        lockup_reset_us: virtual time from a lockup of the core to the reset that it causes, unless a debugger is connected; 0: it causes none.
        """

    def add_memory(
        self,
        name: str,
        kind: Literal["ram", "rom", "flash"],
        base: int,
        size: int,
        *,
        erased: int = 0xFF,
        path: str | None = None,
        alias_of: str | None = None,
        mapped: bool = True,
    ) -> None:
        """Adds a memory. ``base`` and ``size``: bytes, multiples of 1 KB. ``path``: a file that keeps the contents, mapped, created when it
        does not exist. ``alias_of``: name of the memory this is a second window onto. ``mapped`` False: on no bus, known by its name alone.
        ValueError says what is wrong."""

    def add_device(
        self, type: str, name: str, base: int, *, irq: int = -1, params: Mapping[str, int] | None = None
    ) -> None:
        """Adds a device of a type in ``DEVICE_TYPES``. ValueError: unknown type or parameter, or the address space is taken."""

    # --- power, reset, time
    def power(self, on: bool) -> None:
        """Power on is a power-on reset of everything; off stops time and loses volatile contents."""
    def reset_pin(self, asserted: bool) -> None:
        """nRESET, asserted = low: the core does not run while it is held; releasing it is a pin reset."""
    def usb_reset(self) -> None:
        """The host resets the chip over the chip's own USB port."""
    def run(self, max_cycles: int) -> tuple[Stop, int]:
        """Lets up to ``max_cycles`` of virtual time pass; events due at the cycle it ends on have happened when it returns.

        Returns (why it ended, cycles that passed). It ends early with fewer cycles when another thread waits for the machine ("budget",
        "sleep" or "halted" as the core stands), and when the core halts inside ("break"). "off": no power or nRESET held, nothing happened.
        """
    def now(self) -> int:
        """Cycles since power on."""
    def clock_hz(self) -> int:
        """Cycles in a virtual second, now."""
    def nanoseconds(self, cycle: int, /) -> int:
        """Virtual time since power on of a cycle up to now; the clock may have changed since."""
    def instructions(self) -> int:
        """Instructions retired since power on."""
    def next_event(self) -> int | None:
        """Cycle of the next event, None for none."""
    def core_idle(self) -> bool:
        """The core sleeps, is locked up or is halted; of two cores: both."""
    def core_locked_up(self) -> bool:
        """Only a reset or a debugger brings the core back."""
    def core_halted(self, dp: int = 0, /) -> bool:
        """The core behind this debug port is in debug state."""
    def usb_device(self) -> int:
        """What the chip's own USB port shows to a host: idVendor << 16 | idProduct; 0: nothing."""
    def download_mode(self) -> bool:
        """The chip is in its ROM's serial loader, or runs what that has loaded."""
    def download_active_until(self) -> int:
        """Cycle of its last sign of work, or until which that is known to go on."""
    def debug_enabled(self) -> bool:
        """DHCSR.C_DEBUGEN: a debugger is there."""
    def debug_poll(self) -> int | None:
        """The debugger's last read was of a status register: the cycle at which that will change, as far as its device knows."""
    def hold(self) -> None:
        """Keeps the machine for this thread until ``let_go``: what it calls in between is one access to all others. Not nested."""
    def let_go(self) -> None:
        """RuntimeError: this thread does not hold it."""
    def powered(self) -> bool:
        """What ``power`` was last told."""

    # --- tracing: changes nothing of what the machine does, only how fast
    def trace_start(self, flags: int, capacity: int = 65536) -> None:
        """Records what ``flags`` (TRACE_*, or'ed) say from now on, in place of a record under way. ``capacity``: records kept for the reader;
        when they are used up, `run` returns "full" until some have been read."""
    def trace_stop(self) -> None:
        """Ends it; what was not read is gone."""
    def trace_read(self, max: int = 65536) -> bytes:
        """Takes the oldest records, 32 bytes each, little-endian: u64 cycle, u64 virtual time in ns, u32 pc, u32 address, u32 value, u8 kind
        (0 instruction, 1 read, 2 write, 3 exception entry, 4 exception return), u8 size in bytes, u16 zero. ``value``: the instruction's
        encoding, what was read or written, the exception's number."""
    def trace_counts(self) -> list[tuple[int, int]]:
        """(address, executions) of instructions executed since `trace_start` with TRACE_COUNTS, by address."""

    # --- snapshots
    def snapshot(self) -> Snapshot:
        """Core, memories, devices, pins, serial queues, pending events and time. RuntimeError: a device is amid something (a flash erase)
        that cannot be copied; let some time pass."""
    def restore(self, snapshot: Snapshot) -> None:
        """Back to that state; the record of pin edges goes on. ValueError: of another build of machine, or a device is busy as above."""
    def fork(self) -> Machine:
        """A second machine in the same state, with what `touched` says, kept in no files. RuntimeError: as `snapshot`."""
    def state_hash(self) -> int:
        """64 bits of everything that decides what the machine will do: independent of the process, of how time was cut into runs, and of
        snapshots taken in between."""

    # --- memory as a backdoor, without side effects and past the flash controller
    def peek(self, address: int, length: int) -> bytes:
        """ValueError: not wholly in one memory."""
    def poke(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """ValueError: not wholly in one memory."""
    def memory_read(self, name: str, offset: int, length: int) -> bytes:
        """Contents of a memory by its name, which may be on no bus. ValueError: no such memory, or not wholly inside."""
    def memory_write(self, name: str, offset: int, data: bytes | bytearray | memoryview) -> None:
        """Changes them, past its controller. ValueError: no such memory, or not wholly inside."""
    def bus_read(self, address: int, size: int = 4) -> int:
        """One read as the core makes it, side effects of devices included. ``size``: 1, 2 or 4. ValueError: a bus error."""
    def bus_write(self, address: int, value: int, size: int = 4) -> None:
        """One write as the core makes it. ValueError: a bus error."""

    # --- debug port (ADIv5); all raise Fault. `dp`: which of several on the wire: 0 the first core's, 1 the second one's, 2 the rescue port
    def dp_count(self) -> int: ...
    def dp_find(self, targetsel: int, /) -> int | None:
        """The port that a write of TARGETSEL selects."""
    def dp_read(self, address: int, dp: int = 0, /) -> int:
        """``address``: A[3:2] as 0, 4, 8, 0xC."""
    def dp_write(self, address: int, value: int, dp: int = 0, /) -> None: ...
    def ap_read(self, address: int, dp: int = 0, /) -> int:
        """``address``: APSEL << 24 | register with its bank, 0x00..0xFC."""
    def ap_write(self, address: int, value: int, dp: int = 0, /) -> None: ...
    def ap_read_block(self, address: int, count: int) -> list[int]:
        """``count`` reads of one register (DRW with auto-increment)."""
    def ap_write_block(self, address: int, values: list[int] | tuple[int, ...]) -> int:
        """Writes of one register one after the other; returns how many."""
    def mem_read(self, address: int, width: Literal[1, 2, 4], length: int, dp: int = 0, /) -> bytes:
        """Memory as a debugger sees it, devices' side effects included. ``length``: bytes, a multiple of ``width`` (bytes an access);
        ``address``: aligned to it."""
    def mem_write(
        self, address: int, width: Literal[1, 2, 4], data: bytes | bytearray | memoryview, dp: int = 0, /
    ) -> None: ...
    def batch(self, request: bytes | bytearray | memoryview, dp: int = 0, /) -> bytes:
        """A batch of debug port operations in one call; the format is that of server/native/bind/emu_batch.h. Does not raise Fault: the
        response holds the status."""

    # --- core state, for tests and tools
    def core_get(self, reg: int, dp: int = 0, /) -> int:
        """``reg``: 0..15 or REG_*, numbered as DCRSR.REGSEL. RISC-V: 0..31, 32 the pc, 0x1000 + n CSR n."""
    def core_set(self, reg: int, value: int) -> None: ...

    # --- a debugger without a debug port: RISC-V. ValueError: this core is not debugged that way, or nobody attached
    def debug_attach(self, on: bool, /) -> None:
        """Breakpoint instructions halt the core from now on. Off: breakpoints are gone, and it runs on."""
    def halt(self) -> None: ...
    def resume(self) -> None: ...
    def step(self) -> None:
        """Lets the halted core go for one instruction or one entry of a trap; it does so in the next ``run``."""
    def halted(self) -> bool: ...
    def breakpoint_add(self, address: int, /) -> bool:
        """The core halts before the instruction there. False: it could not be set."""
    def breakpoint_remove(self, address: int, /) -> bool: ...

    # --- pins: number = port * 32 + bit
    def pin_drive(self, pin: int, level: Level) -> None:
        """From outside the chip; FLOAT lets go."""
    def pin_pull(self, pin: int, pull: Level) -> None:
        """A resistor on the board: HIGH up, LOW down, FLOAT none. Weaker than any driver, stronger than the chip's own."""
    def pin_level(self, pin: int) -> Level:
        """What a meter would show."""
    def pin_edges(self, start: int = 0) -> tuple[list[tuple[int, int, Level]], int]:
        """Changes of level from sequence number ``start`` on as (cycle, pin, level after), and the number to start from next time. The last
        65536 are kept, older ones are skipped. Sequence numbers never repeat; cycles count from the power-on before the edge."""

    # --- serial ports
    def serial_write(self, port: int, data: bytes | bytearray | memoryview) -> int:
        """To the chip; returns the bytes taken (the queue holds 64 KB). The UART takes them off the line at its baud rate."""
    def serial_read(self, port: int, limit: int = 65536) -> bytes:
        """From the chip; what has left its TX pin so far, at most ``limit`` bytes."""
    def serial_waiting(self, port: int) -> int:
        """Bytes on their way to the chip."""
    def serial_drop(self, port: int) -> None:
        """Loses them."""
    def serial_stats(self, port: int) -> dict[str, int]:
        """Bytes so far: ``to_chip``, ``from_chip``, ``lost_rx`` (no receiver was on), ``lost_tx`` (nobody read in time)."""

    # --- accesses that nobody answered
    def unmodelled(self, index: int = 0) -> list[tuple[int, int, int, int, bool]]:
        """(address, pc, value, size, is write), once per address, from entry ``index`` on."""
    def touched(self, index: int = 0) -> list[tuple[int, int, int, int, bool]]:
        """Words of devices' address space that the core has accessed since power on: (address, pc of the first access, reads, writes, is
        modelled), in the order of first accesses, from entry ``index`` on."""
