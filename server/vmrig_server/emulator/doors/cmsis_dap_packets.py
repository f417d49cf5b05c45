# SPDX-License-Identifier: Apache-2.0
"""What commands of CMSIS-DAP are taken apart with."""

from __future__ import annotations


class Cut(Exception):
    """The packet ends before its command does."""


class Reader:
    """Takes a packet apart."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self.data):
            raise Cut
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def u8(self) -> int:
        return self.take(1)[0]

    def u16(self) -> int:
        return int.from_bytes(self.take(2), "little")

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "little")
