# SPDX-License-Identifier: Apache-2.0
"""Numbers of the wire protocol: statuses, frame types, events, program states.

The firmware's tables are `vmimages/link/status.def`, `frame.h`, `device.h` and `program.h`; a test compares them.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag


class Status(IntEnum):
    """First byte of every answer but IDENTITY."""

    OK = 0
    UNKNOWN_REQUEST = 1
    BAD_REQUEST = 2
    NOT_SUPPORTED = 3
    TOO_LARGE = 4
    NO_UPLOAD = 5
    GAP = 6
    INCOMPLETE = 7
    FLASH_FAILED = 8
    HASH_MISMATCH = 9
    BAD_CONTAINER = 10
    OTHER_VM = 11
    OTHER_BOARD = 12
    BAD_VMSTORE = 13
    NO_PROGRAM = 14
    JOURNAL_FAILED = 15
    NOT_RUNNING = 16
    FAULT_LOOP = 17
    TRIALS_USED = 18
    OUT_OF_MEMORY = 19
    BAD_IMAGE = 20

    @property
    def sentence(self) -> str:
        """What happened, as a sentence."""
        return _SENTENCES[self]


_SENTENCES: dict[Status, str] = {
    Status.OK: "done",
    Status.UNKNOWN_REQUEST: "this firmware does not know the request",
    Status.BAD_REQUEST: "the request's body has the wrong length or an impossible value",
    Status.NOT_SUPPORTED: "this firmware cannot do that (register.vm runs no programs)",
    Status.TOO_LARGE: "the program does not fit into a slot",
    Status.NO_UPLOAD: "no upload is under way: BEGIN comes first",
    Status.GAP: "bytes before this offset are missing: go on at the offset that is answered",
    Status.INCOMPLETE: "COMMIT came before the last byte",
    Status.FLASH_FAILED: "an erase or a write did not leave what it should have in flash",
    Status.HASH_MISMATCH: "the bytes in flash do not have the SHA-256 that BEGIN announced",
    Status.BAD_CONTAINER: "the VM's verifier refuses the program",
    Status.OTHER_VM: "the program is made for another vmuid",
    Status.OTHER_BOARD: "the vmstore record is for another board: this VM runs no programs here",
    Status.BAD_VMSTORE: "the vmstore record is corrupt: virtualize the board again",
    Status.NO_PROGRAM: "no slot holds a whole, verified program",
    Status.JOURNAL_FAILED: "the commit record could not be written",
    Status.NOT_RUNNING: "no program is running",
    Status.FAULT_LOOP: "the firmware faulted three times in a row: the program waits for RUN",
    Status.TRIALS_USED: "the newest program was never confirmed within its trial boots",
    Status.OUT_OF_MEMORY: "the VM has too little memory to load the program",
    Status.BAD_IMAGE: "the VM's image is not the one that its vmstore record names: virtualize the board again",
}


class FrameType(IntEnum):
    """Second field of the protocol: what a frame is. An answer has the request's type with REPLY set."""

    HELLO = 0x01
    BEGIN = 0x02
    DATA = 0x03
    COMMIT = 0x04
    RUN = 0x05
    CONFIRM = 0x06
    STATUS = 0x07
    DEBUG = 0x08
    CONSOLE_OUT = 0x10
    CONSOLE_IN = 0x11
    EVENT = 0x12


REPLY = 0x80
IDENTITY = FrameType.HELLO | REPLY
UNSOLICITED = 1
"""Bit of flags: nobody asked; the sequence is the board's own counter."""


class RunAction(IntEnum):
    """Body of RUN."""

    START = 1
    STOP = 2
    RESTART = 3
    DEBUG = 4


class EventKind(IntEnum):
    """First byte of EVENT's body."""

    STARTED = 1
    ENDED = 2
    RAISED = 3
    STOPPED = 4
    CONFIRMED = 5
    REFUSED = 6
    FAULT = 7
    PAUSED = 8
    EARLIER = 9


class ProgramState(IntEnum):
    """What the board's program is doing."""

    IDLE = 0
    RUNNING = 1
    SLEEPING = 2
    BLOCKED = 3
    ENDED = 4
    RAISED = 5
    STOPPED = 6
    REFUSED = 7
    PAUSED = 8

    @property
    def alive(self) -> bool:
        """The program has been started and has not come to its end."""
        return self in (ProgramState.RUNNING, ProgramState.SLEEPING, ProgramState.BLOCKED, ProgramState.PAUSED)


class PortState(IntEnum):
    """What is where port.bin should be (`port_state` of portmap.h)."""

    ABSENT = 0
    WHOLE = 1
    DAMAGED = 2

    @property
    def sentence(self) -> str:
        """What it means for programs."""
        if self is PortState.WHOLE:
            return "names of pins are those of port.bin"
        what = "there is no port.bin" if self is PortState.ABSENT else "port.bin is damaged"
        return f"{what}: names of pins are those built into the VM; virtualize the board again"


class Binding(IntEnum):
    """What the board's vmstore record says."""

    NONE = 0
    OK = 1
    OTHER_BOARD = 2
    CORRUPT = 3
    OTHER_IMAGE = 4


class ResetCause(IntFlag):
    """Why the board booted, as bits."""

    POWER_ON = 1
    PIN = 2
    WATCHDOG = 4
    SOFT = 8
    LOCKUP = 16
    DEBUG = 32
    WAKE = 64
    WAKE_TIMER = 128
