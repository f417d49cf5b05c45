# SPDX-License-Identifier: Apache-2.0
"""What a board's flash held after the last job: whoever flashes an image twice mostly changed a little of it.

Hashes of sectors, kept per board. They are a guess, not a proof: the firmware writes to the flash too, and somebody may have used another tool. So a
job leaves out the sectors that seem to be there, and compares the whole part afterwards; if that fails, it writes all of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from vmrig_server.agent.api import FlashPart

LOG = logging.getLogger(__name__)

_BLANK = b"\xff"


class KnownFlash:
    """The memory of one board's flash and chip, in a file.

    Args:
        path: of the file; one that is not there, or is damaged, knows nothing.
        sector: bytes that are erased at once.
    """

    def __init__(self, path: Path, sector: int) -> None:
        self._path = path
        self._sector = sector
        self._hashes: dict[int, str] = {}
        self.revision: int | None = None
        """Of the chip, 100 * major + minor, when the loader told it last."""
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            self._load(json.loads(path.read_bytes()))

    def unchanged(self, part: FlashPart) -> list[int]:
        """Addresses of the sectors that seem to hold already what the part puts into them."""
        return [at for at, data in self._sectors(part) if self._hashes.get(at) == _hash(data)]

    def forget(self, ranges: Iterable[tuple[int, int]]) -> None:
        """These (address, size in bytes) are about to change. Kept at once: the job may never end."""
        for address, size in ranges:
            for at in range(address - address % self._sector, address + size, self._sector):
                self._hashes.pop(at, None)
        self._save()

    def forget_all(self) -> None:
        self._hashes.clear()
        self._save()

    def remember(self, parts: Sequence[FlashPart], revision: int | None = None) -> None:
        """The flash was found to hold these parts."""
        for part in parts:
            self._hashes.update({at: _hash(data) for at, data in self._sectors(part)})
        self.revision = revision if revision is not None else self.revision
        self._save()

    def _sectors(self, part: FlashPart) -> Iterator[tuple[int, bytes]]:
        """(address, contents) of the sectors that a part fills; what is around it in them is erased with it."""
        first = part.address - part.address % self._sector
        data = _BLANK * (part.address - first) + part.data
        for offset in range(0, len(data), self._sector):
            yield first + offset, data[offset : offset + self._sector].ljust(self._sector, _BLANK)

    def _load(self, kept: dict[str, Any]) -> None:
        revision = kept["revision"]
        hashes = {int(at, 16): str(digest) for at, digest in kept["sectors"].items()}
        if kept["sector"] == self._sector:
            self._hashes = hashes
        self.revision = revision if isinstance(revision, int) else None

    def _save(self) -> None:
        kept = {
            "sector": self._sector,
            "revision": self.revision,
            "sectors": {f"{at:#x}": digest for at, digest in sorted(self._hashes.items())},
        }
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new = self._path.with_suffix(".new")
            new.write_text(json.dumps(kept))
            new.replace(self._path)
        except OSError as failure:
            # What is kept there may be wrong now.
            self._path.unlink(missing_ok=True)
            LOG.warning("%s: the contents of the flash are not remembered: %s", self._path, failure)


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
