# SPDX-License-Identifier: Apache-2.0
"""What the hub's rooms hand to each other. Times are seconds since the epoch; enum numbers equal those of `vmrig.v1`."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vmrig_server.errors import ErrorClass, VmrigError


class Presence(enum.IntEnum):
    """Written by the watch of the agent alone."""

    ABSENT = 1
    PRESENT = 2


class Health(enum.IntEnum):
    """Written by `hub.health` (job results) and by people through SetHealth, both in `hub.boards`."""

    UNKNOWN = 1
    GOOD = 2
    FAILING = 3
    MAINTENANCE = 4


class LeaseState(enum.IntEnum):
    """Written by the lease service alone. DRAINING: the lease has ended, a job that it started has not."""

    FREE = 1
    GRANTED = 2
    DRAINING = 3


class JobState(enum.IntEnum):
    """Written by the job engine alone."""

    PENDING = 1
    RUNNING = 2
    SUCCEEDED = 3
    FAILED = 4
    CANCELLED = 5

    @property
    def ended(self) -> bool:
        """Nothing more will happen."""
        return self >= JobState.SUCCEEDED


@dataclass(frozen=True, slots=True)
class Usb:
    """How the board shows on its bus."""

    vid: int
    pid: int
    serial: str
    manufacturer: str
    product: str
    location: str


@dataclass(frozen=True, slots=True)
class LeaseRef:
    """Proof of the right to change a board, as a caller shows it."""

    lease_id: str
    fence: int


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to change a board for a time."""

    lease_id: str
    board_id: str
    holder: str
    reason: str
    fence: int
    grant_time: float
    expire_time: float
    end_time: float | None = None
    end_reason: str = ""
    """Empty while it holds; "released", "expired" or "taken"."""


@dataclass(frozen=True, slots=True)
class Board:
    """One board as it is now. Presence, health, lease and job are separate values with one writer each."""

    board_id: str
    usb: Usb
    candidates: tuple[str, ...]
    target: str = ""
    """Empty while several are possible."""
    chip: str = ""
    probe: str = ""
    serial_port: str = ""
    aliases: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    presence: Presence = Presence.ABSENT
    health: Health = Health.UNKNOWN
    health_reason: str = ""
    health_by_hub: bool = True
    """The hub set the health, so that a good job may set it again; false when a person did."""
    failures: int = 0
    """Bench failures in a row."""
    lease_state: LeaseState = LeaseState.FREE
    lease: Lease | None = None
    fence: int = 0
    job_id: str = ""
    chip_uid: str = ""
    chip_part: str = ""
    register_time: float | None = None
    vmuid: str = ""
    port_sha256: str = ""
    """Of the port.bin that was flashed with the VM, without a key; empty when it is not known."""
    stale_reason: str = ""
    """Why the board needs to be virtualized again; empty when it does not. Written by `hub.custom_vms` alone."""
    last_seen_time: float | None = None
    listed: bool = True
    revision: int = 0

    @property
    def name(self) -> str:
        """Resource name."""
        return f"boards/{self.board_id}"

    @property
    def call_name(self) -> str:
        """What a person calls it: an alias, else the id cut to what is comfortable to type."""
        return self.aliases[0] if self.aliases else self.board_id[:8]


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as a record keeps it."""

    code: str
    message: str
    evidence: tuple[str, ...] = ()
    next_command: str = ""
    error_class: ErrorClass = ErrorClass.REQUEST

    @classmethod
    def of(cls, error: VmrigError) -> Failure:
        """From the exception."""
        return cls(error.code, error.message, error.evidence, error.next_command, error.error_class)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Failure:
        """From what `as_json` made."""
        return cls(
            data["code"],
            data["message"],
            tuple(data["evidence"]),
            data["next_command"],
            ErrorClass(data["error_class"]),
        )

    def as_json(self) -> dict[str, Any]:
        """For a JSON column."""
        return {
            "code": self.code,
            "message": self.message,
            "evidence": list(self.evidence),
            "next_command": self.next_command,
            "error_class": int(self.error_class),
        }


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a job is."""

    phase: str
    done_bytes: int = 0
    total_bytes: int = 0
    elapsed_s: float = 0.0
    """Seconds in this phase."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work on a board. `result` has the fields of the kind's message in `vmrig.v1`, by their names there."""

    job_id: str
    kind: str
    board_id: str
    state: JobState
    create_time: float
    lease_id: str = ""
    end_time: float | None = None
    failure: Failure | None = None
    result: Mapping[str, Any] | None = None
    progress: JobProgress | None = None

    @property
    def name(self) -> str:
        """Resource name."""
        return f"jobs/{self.job_id}"


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One step of a job's record: a progress, a line, or the job itself after a change of state."""

    sequence: int
    time: float
    content: JobProgress | str | Job


@dataclass(frozen=True, slots=True)
class VmPart:
    """Bytes of a VM, by hash, and the chip address they go to."""

    name: str
    address: int
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Vm:
    """A VM image made for one registered board."""

    vmuid: str
    board_id: str
    target: str
    chip_uid: str
    version: str
    rtos: str
    patch: str
    features: tuple[str, ...]
    image_sha256: str
    size_bytes: int
    create_time: float
    parts: tuple[VmPart, ...] = ()

    @property
    def name(self) -> str:
        """Resource name."""
        return f"vms/{self.vmuid}"


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for. `after` is the key of the last row that the caller has."""

    size: int = 100
    after: str = ""
