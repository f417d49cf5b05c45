# SPDX-License-Identifier: Apache-2.0
"""What `host_run` and its child say to each other. All numbers are little-endian."""

from __future__ import annotations

import enum
import struct

SPEC = struct.Struct("<IIII??")
"""Parent to child: heap size, lengths of the image, of the source (UTF-8) and of a recording to replay (0: none), all in bytes, whether to
record the run, and whether it has ints beyond 64 bits; image, source and recording follow."""
HEADER = struct.Struct("<cI")
"""Child to parent: kind, and length of what follows."""


class Kind(enum.Enum):
    """Of a frame."""

    OUTPUT = b"o"
    REFUSED = b"x"
    """Why the run cannot go on: a recording that it does not follow."""
    RECORDING = b"r"
    """More of the run's recording."""
    ENDED = b"e"
    """JSON: the fields of `host_run.Ended`."""
