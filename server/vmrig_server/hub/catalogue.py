# SPDX-License-Identifier: Apache-2.0
"""What VMs can be made: the images that ship with vmrig, bound to a board by their vmstore record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Offer:
    """A VM that can be made for a target."""

    target: str
    version: str
    rtos: str
    patch: str
    features: tuple[str, ...]
    licence: str
    image_sha256: str


@dataclass(frozen=True, slots=True)
class BuiltPart:
    """Bytes of a VM and the chip address they go to."""

    name: str
    address: int
    data: bytes


class Catalogue(Protocol):
    """Offers, and how one becomes bytes for a board. Calls may read files."""

    def offers(self, target: str) -> list[Offer]:
        """For one target, or (empty) for all."""
        ...

    def build(self, offer: Offer, chip_uid: str, vmuid: str, signing_key: bytes = b"") -> list[BuiltPart]:
        """The VM, its vmstore record for the chip, and port.bin with the key, if there is one."""
        ...
