# SPDX-License-Identifier: Apache-2.0
"""Values to bytes and back, as CPython's module; native sizes are those of a 64-bit host on every board. Formats: str or bytes."""

from collections.abc import Iterator

Format = str | bytes
Data = bytes | bytearray | memoryview

class error(Exception):
    """A format, a value or a buffer does not fit."""

def calcsize(format: Format, /) -> int:
    """Bytes of the format."""

def pack(format: Format, /, *values: object) -> bytes:
    """The values as bytes."""

def pack_into(format: Format, buffer: bytearray | memoryview, offset: int, /, *values: object) -> None:
    """The same, into a buffer; a negative offset counts from its end."""

def unpack(format: Format, data: Data, /) -> tuple[object, ...]:
    """Of exactly as many bytes as the format has."""

def unpack_from(format: Format, data: Data, offset: int = 0) -> tuple[object, ...]:
    """Of the bytes from `offset` on."""

def iter_unpack(format: Format, data: Data, /) -> Iterator[tuple[object, ...]]:
    """One tuple after the other."""

class Struct:
    """A format that is kept: its methods are the functions of the module without their first argument."""

    format: str
    size: int
    def __init__(self, format: Format) -> None: ...
    def pack(self, *values: object) -> bytes:
        """The values as bytes."""

    def pack_into(self, buffer: bytearray | memoryview, offset: int, /, *values: object) -> None:
        """The same, into a buffer."""

    def unpack(self, data: Data, /) -> tuple[object, ...]:
        """Of exactly `size` bytes."""

    def unpack_from(self, data: Data, offset: int = 0) -> tuple[object, ...]:
        """Of the bytes from `offset` on."""

    def iter_unpack(self, data: Data, /) -> Iterator[tuple[object, ...]]:
        """One tuple after the other."""
