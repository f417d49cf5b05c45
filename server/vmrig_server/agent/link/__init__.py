# SPDX-License-Identifier: Apache-2.0
"""The link to a board's firmware: framing, identity, uplink, program control (docs/wire-protocol.md)."""

from .client import Link
from .errors import LinkClosed, LinkError, LinkGarbled, LinkRefused, LinkSilent
from .events import Event, ProgramStatus
from .identity import Identity, SlotState
from .sides import Committed, DuplexStream, Listener
from .status import Binding, EventKind, PortState, ProgramState, ResetCause, RunAction, Status

__all__ = [
    "Binding",
    "Committed",
    "DuplexStream",
    "Event",
    "EventKind",
    "Identity",
    "Link",
    "LinkClosed",
    "LinkError",
    "LinkGarbled",
    "LinkRefused",
    "LinkSilent",
    "Listener",
    "PortState",
    "ProgramState",
    "ProgramStatus",
    "ResetCause",
    "RunAction",
    "SlotState",
    "Status",
]
