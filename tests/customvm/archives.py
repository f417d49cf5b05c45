# SPDX-License-Identifier: Apache-2.0
"""Archives as strangers make them."""

from __future__ import annotations

import io
import lzma
import tarfile
from collections.abc import Mapping


def entry(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "") -> tuple[tarfile.TarInfo, bytes]:
    """An entry of any kind."""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = link
    info.size = len(data)
    return info, data


def tar_of(*entries: tuple[tarfile.TarInfo, bytes], form: int = tarfile.USTAR_FORMAT) -> bytes:
    """An uncompressed archive."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=form) as tar:
        for info, data in entries:
            tar.addfile(info, io.BytesIO(data))
    return raw.getvalue()


def tar_of_files(files: Mapping[str, bytes]) -> bytes:
    """An uncompressed archive of plain files."""
    return tar_of(*(entry(path, data) for path, data in files.items()))


def xz(data: bytes) -> bytes:
    """Compressed."""
    return lzma.compress(data)


def with_size_field(tar: bytes, field: bytes) -> bytes:
    """The first entry with another size in its header, and the checksum that goes with it."""
    header = bytearray(tar[:512])
    header[124:136] = field
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + tar[512:]
