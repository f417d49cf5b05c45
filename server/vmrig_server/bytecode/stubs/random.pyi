# SPDX-License-Identifier: Apache-2.0
"""Random numbers: one seed gives the same row on every board and on the host (not CPython's row). Without seed() they begin anywhere."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

def seed(value: object = None, /) -> None:
    """An int, or anything that has a hash; None: anywhere."""

def getrandbits(count: int, /) -> int:
    """An int of that many bits; profile `core`: of 63 at most. ValueError: negative; OverflowError: more."""

def randrange(start: int, stop: int = ..., step: int = 1, /) -> int:
    """One of range(start, stop, step). ValueError: it is empty."""

def randint(a: int, b: int, /) -> int:
    """From a to b, both included."""

def choice(items: Sequence[T], /) -> T:
    """IndexError: there are none."""

def shuffle(items: list[T], /) -> None:
    """Puts the list into another order."""

def random() -> float:
    """From 0.0 to below 1.0, 53 bits."""

def uniform(a: float, b: float, /) -> float:
    """From a to b."""
