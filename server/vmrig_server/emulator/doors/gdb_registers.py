# SPDX-License-Identifier: Apache-2.0
"""Registers as GDB knows them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Register:
    """A register of 32 bits.

    Attributes:
        name: as GDB's standard features have it.
        number: GDB's.
        type: of the target description.
    """

    name: str
    number: int
    type: str = "int"
