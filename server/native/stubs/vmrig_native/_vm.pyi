# SPDX-License-Identifier: Apache-2.0
"""The bytecode VM on the host, its verifier and the tables that the compiler is built on."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

ABI: int
GC_STRESS: int
FORMAT_MAJOR: int
FIRST_NAME: int
MAX_REGS: int
T_STR: int
T_BYTES: int
T_INT64: int
T_BIGINT: int
T_BYTEARRAY: int
T_TUPLE: int
T_LIST: int
T_ARRAY: int
T_DICT: int
T_SET: int
T_TABLE: int
T_RANGE: int
T_SLICE: int
T_ITER: int
T_VIEW: int
T_CELL: int
T_FUNCTION: int
T_METHOD: int
T_BMETHOD: int
T_WRAPPER: int
T_CLASS: int
T_INSTANCE: int
T_EXCEPTION: int
ROM: int
ASCII: int
EMPTY: int
RUNNING: int
SLEEPING: int
BLOCKED: int
DONE: int
RAISED: int
PAUSED: int
TRACE_MAX: int

def opcodes() -> list[tuple[str, str, int]]:
    """(name, format, extension words) by opcode; -1: C words, -2: C + 1 words."""

def names() -> list[str]:
    """The static names, by id."""

def builtins() -> list[tuple[str, str, int, int, int | float | str | None]]:
    """("module.name", kind, min args, max args, value) by number; kind is function, type, exception, int or float;
    value is that of a constant, or the "module.name" of an exception's base class, else None."""

def verify_errors() -> list[tuple[str, str]]:
    """(symbol, sentence) of the verifier's errors, by code."""

class VerifyError(ValueError):
    """A container was refused. `code` is the symbol, `offset` the offending byte in the file."""

    code: str
    offset: int
    wanted: int
    found: int

def verify(image: bytes, vmuid: bytes | None = None, key: bytes | None = None) -> None:
    """Raise VerifyError unless the container is valid; vmuid (16 bytes): of the VM that is to run it."""

class Gpio(Protocol):
    """What a VM's pins are connected to; pin = port * 32 + bit."""

    def mode(self, pin: int, mode: int) -> bool: ...
    def write(self, pin: int, level: bool) -> bool: ...
    def read(self, pin: int) -> int: ...
    def pin_by_name(self, name: str) -> int: ...

class Vm:
    """One VM with a program loaded."""

    def __init__(
        self,
        image: bytes,
        heap_size: int = 65536,
        write: Callable[[bytes], int | None] | None = None,
        time_us: Callable[[], int] | None = None,
        gpio: Gpio | None = None,
        uid: bytes = b"",
        vmuid: bytes | None = None,
        reset_cause: int = 1,
        peripherals: object | None = None,
        flash: bytearray | memoryview | None = None,
        wait_until_us: Callable[[int], None] | None = None,
        big_ints: bool = True,
    ) -> None:
        """big_ints: False for ints of 64 bits, as VMs without the feature bigint have them; wait_until_us: sleeps until then, or earlier, where the program cannot give up its slice; peripherals: an object with the methods of vmrig_server.bytecode.peripherals.Peripherals; flash: what the program's flash module
        keeps its values in, sectors of 4096 bytes. Raises VerifyError for a bad image. write(data) takes output: returns the bytes taken, or None for all."""

    def run(self, budget: int = 1_000_000) -> tuple[int, int | str | None]:
        """Run for about `budget` instructions. Returns (status, detail): detail is the wake time in us when SLEEPING,
        the exception's text when RAISED, else None."""

    def stop(self) -> None:
        """The next run ends the program."""

    def debug(self, request: bytes) -> bytes | None:
        """A request of the debugger (vmimages/core/debug.h); None when the VM does not take it. Between two runs, or from `set_poll`'s callable."""

    def set_poll(self, poll: Callable[[], object] | None) -> None:
        """A callable for the times when a long native call keeps run() from returning."""

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the program."""

    def count(self) -> None:
        """Count every instruction from here on."""

    def counts(self) -> list[int]:
        """How often the instruction at each word of CODE was executed since count(); empty without."""

    def earlier_exception(self) -> tuple[int, str] | None: ...
    def traceback(self) -> list[tuple[int, int]]:
        """(function, word) pairs of the exception that left the program, innermost call last."""

    @property
    def status(self) -> int: ...
    @property
    def instructions(self) -> int: ...
    @property
    def gc_count(self) -> int: ...
    @property
    def heap_size(self) -> int: ...
    @property
    def heap_used(self) -> int: ...
    @property
    def heap_peak(self) -> int: ...
    @property
    def wake_time(self) -> int: ...

class Device:
    """A board made of the firmware's own link and VM over a simulated chip: flash with power cuts, a serial line, pins, virtual time.

    For tests by the thousand; the firmware's image, instruction by instruction, runs in the emulator. A program that stays in native code for
    ever keeps run() from returning.
    """

    def __init__(
        self,
        uid: bytes,
        layout: Mapping[str, Sequence[int]],
        sectors: Sequence[Sequence[int]],
        write_unit: int = 4,
        window: int = 4,
        kind: str = "vm",
        heap_size: int = 65536,
        seed: int = 1,
        image_size: int = 0,
    ) -> None:
        """image_size: bytes of the VM's image in flash, whose hash is compared at boot; 0: it is not. uid: 1 to 16 bytes; layout: part -> (address, size) of vm, vmstore, port, journal, slot_a, slot_b; sectors: runs of
        (count, size) from address 0 on; write_unit: bytes programmed at once, 1, 2, 4 or 8; window: DATA frames the host may send ahead; kind: "vm" or "register"; seed: of
        what a cut operation leaves behind. The flash is erased, power is off. ValueError: something does not fit."""

    def power(self, on: bool) -> None:
        """Cut power, or boot."""

    def run(self, microseconds: int, steps: int = ...) -> int:
        """Let virtual time pass; returns the turns of the main loop done. Returns early when power goes."""

    def write(self, data: bytes) -> None:
        """Bytes on the line to the board."""

    def read(self) -> bytes:
        """What the board has sent since the last call."""

    def peek(self, address: int, length: int) -> bytes:
        """Contents of the flash."""

    def poke(self, address: int, data: bytes) -> None:
        """Change the flash from outside, without its controller."""

    def cut_after(self, operations: int | None) -> None:
        """Power goes in the middle of the flash operation that follows the next `operations`; None: never."""

    def pin_drive(self, pin: int, level: int) -> None:
        """From outside: 0, 1, or -1 to let go."""

    def edges(self) -> list[tuple[int, int, int]]:
        """(microseconds since creation, pin, level) of the outputs."""

    @property
    def powered(self) -> bool: ...
    @property
    def time_us(self) -> int: ...
    @property
    def operations(self) -> int:
        """Flash operations (a page erased, a word written) since creation."""

    @property
    def overwritten(self) -> int:
        """Units written over others so that bits were lost: 0, or the firmware has a bug."""
