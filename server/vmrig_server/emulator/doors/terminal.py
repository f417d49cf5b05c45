# SPDX-License-Identifier: Apache-2.0
"""What every door that is a pseudo-terminal does: it has a stable name, and its output may have to wait."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path


def name(link: Path, device: str) -> None:
    """Makes `link` lead to the terminal, in place of an older one."""
    link.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = link.with_name(f".{link.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(device)
    temporary.rename(link)


def unname(link: Path, device: str) -> None:
    """Removes the link, unless it leads elsewhere by now."""
    with contextlib.suppress(OSError):
        if str(link.readlink()) == device:
            link.unlink()


def write(master: int, data: bytes | bytearray) -> int:
    """Writes what there is room for; returns how much that was. Without anybody at the other end all of it is gone."""
    try:
        return os.write(master, data)
    except BlockingIOError:
        return 0
    except OSError as error:
        if error.errno == errno.EIO:
            return len(data)
        raise
