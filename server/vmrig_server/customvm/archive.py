# SPDX-License-Identifier: Apache-2.0
"""Archives of custom VMs: written so that the same files give the same bytes, read as what a stranger sends.

The reader knows as much of the tar format (POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header") as an archive of a custom VM needs: plain
files and folders with short names. Whatever else a tar can hold is refused with its name; nothing is written to disk here.
"""

from __future__ import annotations

import io
import lzma
import re
import tarfile
from collections.abc import Mapping

from vmrig_server.errors import VmrigError

MAX_ARCHIVE_BYTES = 4 << 20
"""Of what is sent, compressed or not."""
MAX_FILES = 64
MAX_FILE_BYTES = 2 << 20
MAX_TOTAL_BYTES = 8 << 20
"""Of all files together; no more than this and the tar's own blocks is ever decompressed."""
MAX_DEPTH = 3
"""Names in a path: the folder of the whole, a folder of it, a file."""

_BLOCK = 512
_MAX_TAR_BYTES = MAX_TOTAL_BYTES + (MAX_FILES + 2) * 8 * _BLOCK
_LZMA_MEMORY_BYTES = 80 << 20
"""What the decompressor may take: xz's preset 9, which old tools use, needs 65 MiB."""
_XZ_MAGIC = b"\xfd7zXZ\x00"
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 1 << 20}]
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}")
_KINDS = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a character device",
    b"4": "a block device",
    b"6": "a fifo",
    b"7": "a contiguous file",
    b"L": "a long name",
    b"K": "a long link",
    b"S": "a sparse file",
}
_PAX_REFUSED = ("path", "linkpath", "size", "GNU.sparse")
"""Keywords that change what an entry is; times and owners do not matter here."""


def pack(folder: str, files: Mapping[str, bytes]) -> bytes:
    """A .tar.xz of files below one folder. The same files give the same bytes: sorted, with fixed times, owners and modes.

    Args:
        folder: name of the folder that they are in.
        files: contents by path, with ``/`` between the names.
    """
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(files):
            entry = tarfile.TarInfo(f"{folder}/{path}")
            entry.size = len(files[path])
            entry.mode = 0o644
            tar.addfile(entry, io.BytesIO(files[path]))
    return lzma.compress(raw.getvalue(), format=lzma.FORMAT_XZ, check=lzma.CHECK_CRC64, filters=_FILTERS)


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of a .tar.xz or .tar, by path; the one folder that all of them are in is left out of the paths.

    Raises:
        VmrigError: ``ARCHIVE_REFUSED`` for anything that an archive of a custom VM does not hold, with what it is.
    """
    if len(data) > MAX_ARCHIVE_BYTES:
        raise refused(f"it has more than {MAX_ARCHIVE_BYTES} bytes")
    tar = _decompressed(data) if data.startswith(_XZ_MAGIC) else data
    if tar is data and not _may_be_tar(data):
        raise refused("it is neither a .tar.xz nor a .tar")
    return _without_folder(_Reader(tar).files())


def _may_be_tar(data: bytes) -> bool:
    """Whether the first header has a checksum where one belongs, or there is only the end."""
    return re.fullmatch(rb"[0-7 \0]{8}", data[148:156]) is not None


def refused(what: str, *evidence: str) -> VmrigError:
    """The error of an archive that is not taken."""
    return VmrigError("ARCHIVE_REFUSED", f"The archive is not one of a custom VM: {what}.", evidence=evidence)


def _decompressed(data: bytes) -> bytes:
    decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_LZMA_MEMORY_BYTES)
    try:
        tar = decoder.decompress(data, _MAX_TAR_BYTES + 1)
    except (lzma.LZMAError, EOFError) as error:
        raise refused("it is not whole xz data", str(error)) from None
    if len(tar) > _MAX_TAR_BYTES:
        raise refused(f"it holds more than {MAX_TOTAL_BYTES} bytes")
    if not decoder.eof:
        raise refused("its xz data is cut short")
    return tar


def _without_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    tops = {path.partition("/")[0] for path in files}
    if len(tops) == 1 and all("/" in path for path in files):
        files = {path.partition("/")[2]: data for path, data in files.items()}
    return files


class _Reader:
    """One pass over a tar."""

    def __init__(self, tar: bytes) -> None:
        self._tar = tar
        self._at = 0
        self._files: dict[str, bytes] = {}
        self._seen: set[str] = set()
        self._total = 0

    def files(self) -> dict[str, bytes]:
        """All of it. Raises VmrigError."""
        while (header := self._block()) is not None:
            self._entry(header)
        if not self._files:
            raise refused("it holds no file")
        return self._files

    def _block(self) -> bytes | None:
        """The next header; None at the end, which is a block of zeros."""
        header = self._tar[self._at : self._at + _BLOCK]
        if len(header) < _BLOCK:
            raise refused("it is no tar, or cut short", f"after {self._at} bytes")
        self._at += _BLOCK
        if not any(header):
            return None
        if _number(header[148:156]) != sum(header) - sum(header[148:156]) + 8 * 0x20:
            raise refused("it is no tar, or damaged", f"the checksum of the header at {self._at - _BLOCK} is wrong")
        return header

    def _entry(self, header: bytes) -> None:
        name, kind, size = _name(header), header[156:157], _number(header[124:136])
        shown = ascii(name)
        if kind in (b"x", b"g"):
            self._extended(self._content(size, shown))
            return
        if kind == b"5":
            self._remember(name.rstrip("/"), shown)
            return
        if kind not in (b"0", b"\0"):
            raise refused(f"{shown} is {_KINDS.get(kind, 'of an unknown kind')}")
        self._remember(name, shown)
        if len(self._files) >= MAX_FILES:
            raise refused(f"it has more than {MAX_FILES} files")
        data = self._content(size, shown)
        self._total += size
        if self._total > MAX_TOTAL_BYTES:
            raise refused(f"it holds more than {MAX_TOTAL_BYTES} bytes")
        self._files[name.removeprefix("./")] = data

    def _content(self, size: int, shown: str) -> bytes:
        if size > MAX_FILE_BYTES:
            raise refused(f"{shown} has {size} bytes, more than {MAX_FILE_BYTES}")
        data = self._tar[self._at : self._at + size]
        if len(data) < size:
            raise refused(f"{shown} is cut short")
        self._at += size + -size % _BLOCK
        return data

    def _remember(self, name: str, shown: str) -> None:
        """Refuses what is not a plain path, or is there already."""
        path = name.removeprefix("./")
        if path in ("", "."):
            return
        parts = path.split("/")
        if len(parts) > MAX_DEPTH or not all(_NAME.fullmatch(part) for part in parts):
            raise refused(f"{shown} is not a path that it may have")
        # Folded, as on disks that do not tell the two apart.
        if path.casefold() in self._seen:
            raise refused(f"{shown} is in it twice")
        if len(self._seen) > 2 * MAX_FILES:
            raise refused(f"it has more than {MAX_FILES} files")
        self._seen.add(path.casefold())

    @staticmethod
    def _extended(records: bytes) -> None:
        for record in records.split(b"\n"):
            keyword = record.partition(b" ")[2].partition(b"=")[0].decode("ascii", "replace")
            if keyword.startswith(_PAX_REFUSED):
                raise refused(f"an extended header changes the {keyword[:20]} of an entry")


def _name(header: bytes) -> str:
    name, prefix = (header[a:b].partition(b"\0")[0] for a, b in ((0, 100), (345, 500)))
    whole = prefix + b"/" + name if header[257:263] == b"ustar\0" and prefix else name
    return whole.decode("ascii", "backslashreplace")


def _number(octal: bytes) -> int:
    """Raises VmrigError: not an octal number. (Numbers in base 256 are of files larger than any here.)"""
    digits = octal.strip(b" \0")
    if not re.fullmatch(rb"[0-7]*", digits):
        raise refused("it is no tar, or damaged", f"{octal.decode('latin-1')!a} in a header is not a number")
    return int(digits or b"0", 8)
