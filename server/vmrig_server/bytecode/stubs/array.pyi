# SPDX-License-Identifier: Apache-2.0
"""Rows of numbers, each in as many bytes as its type code says: b B 1, h H 2, i I 4, l L q Q 8, f 4, d 8 (small letters: signed)."""

from collections.abc import Iterable, Iterator
from typing import Any

class array:
    """Behaves like a list, and like a buffer: memoryview(), struct, bytes(). OverflowError: a number does not fit."""

    typecode: str
    itemsize: int
    """Bytes."""

    def __init__(
        self, typecode: str, initializer: Iterable[int] | Iterable[float] | bytes | bytearray = ..., /
    ) -> None:
        """Of numbers, or of the bytes of numbers. ValueError: no such type code, or bytes that do not go into items."""

    def append(self, value: float, /) -> None:
        """At the end."""

    def extend(self, items: Iterable[int] | Iterable[float], /) -> None:
        """All of them at the end. TypeError: an array of another type code."""

    def fromlist(self, items: list[int] | list[float], /) -> None:
        """The same; when one is no such number, nothing is added."""

    def frombytes(self, data: bytes | bytearray | memoryview, /) -> None:
        """The bytes of numbers at the end. ValueError: they do not go into items."""

    def insert(self, index: int, value: float, /) -> None:
        """Before the item at `index`."""

    def pop(self, index: int = -1, /) -> int | float:
        """Takes an item out. IndexError: there is none."""

    def remove(self, value: float, /) -> None:
        """Takes the first such item out. ValueError: there is none."""

    def index(self, value: float, start: int = 0, stop: int = ..., /) -> int:
        """Place of the first such item. ValueError: there is none."""

    def count(self, value: float, /) -> int:
        """How many there are."""

    def reverse(self) -> None:
        """The last becomes the first."""

    def byteswap(self) -> None:
        """The bytes of each item in the opposite order."""

    def tobytes(self) -> bytes:
        """The bytes of all items."""

    def tolist(self) -> list[int] | list[float]:
        """The items."""

    def __len__(self) -> int:
        """How many items it has."""

    def __iter__(self) -> Iterator[int | float]:
        """Over its items."""

    def __getitem__(self, index: int | slice, /) -> Any:
        """An item, or an array of those of a slice."""

    def __setitem__(self, index: int | slice, value: float | array, /) -> None:
        """An item, or those of a slice by an array."""

    def __delitem__(self, index: int | slice, /) -> None:
        """Without an item, or those of a slice."""

    def __add__(self, other: array, /) -> array:
        """Another one with the items of both."""

    def __mul__(self, times: int, /) -> array:
        """Another one with the items so many times."""
