# SPDX-License-Identifier: Apache-2.0
"""What `host_run` and its child say to each other. All numbers are little-endian."""

from __future__ import annotations

import enum
import struct

SPEC = struct.Struct("<III")
"""Parent to child: heap size, length of the image, length of the source (UTF-8), all in bytes; image and source follow."""
HEADER = struct.Struct("<cI")
"""Child to parent: kind, and length of what follows."""


class Kind(enum.Enum):
    """Of a frame."""

    OUTPUT = b"o"
    ENDED = b"e"
    """JSON: the fields of `host_run.Ended`."""
