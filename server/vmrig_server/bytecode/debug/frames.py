# SPDX-License-Identifier: Apache-2.0
"""What the debugger's process and its parent say to each other: {u32 length, u8 kind, bytes}."""

from __future__ import annotations

import base64
import json
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .looking import Program

HEADER = struct.Struct("<IB")
MESSAGE, PROGRAM, PROFILE, OUTPUT, PROFILED, REPL, LINE, INTERRUPT, DONE, COMPLETE, COMPLETIONS = range(11)


def program_of(data: bytes) -> Program:
    """Of a frame."""
    from .looking import Program

    fields = json.loads(data)
    return Program(**{**fields, "image": base64.b64decode(fields.get("image", ""))})


def frame_of(program: Program) -> bytes:
    """For a frame."""
    fields = {name: getattr(program, name) for name in ("source", "filename", "path", "error")}
    return json.dumps({**fields, "image": base64.b64encode(program.image).decode()}).encode()
