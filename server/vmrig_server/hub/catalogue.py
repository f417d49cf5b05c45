# SPDX-License-Identifier: Apache-2.0
"""What VMs can be made: the images that ship with vmrig, bound to a board by their vmstore record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

BuildReport = Callable[[int, int], None]
"""Told how many of how many steps of a build are done; from the event loop's thread."""


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
    title: str = ""
    size_bytes: int = 0
    """Of the image alone."""
    usual: bool = True
    """What the target has when nothing is asked for."""
    built: bool = False
    """Made for a wish; False: it ships with vmrig."""
    image: str = "vm"
    """The catalogue's own name of the image."""


@dataclass(frozen=True, slots=True)
class BuiltPart:
    """Bytes of a VM and the chip address they go to."""

    name: str
    address: int
    data: bytes


class Catalogue(Protocol):
    """Offers, and how one becomes bytes for a board. Calls may read files."""

    def offers(self, target: str) -> list[Offer]:
        """What there is for one target, or (empty) for all."""
        ...

    async def make(self, target: str, features: Sequence[str], report: BuildReport) -> Offer:
        """A VM with just these features, built unless it was built before.

        Raises:
            VmrigError: ``TOOLCHAIN_MISSING``, ``VM_TOO_LARGE``, ``BUILD_FAILED``.
        """
        ...

    def build(self, offer: Offer, chip_uid: str, vmuid: str, signing_key: bytes = b"") -> list[BuiltPart]:
        """The VM, its vmstore record for the chip, and port.bin with the key, if there is one."""
        ...

    def port_now(self, target: str, flashed: bytes) -> tuple[bytes, str]:
        """The port.bin of a target as it is now, with the key of an earlier one; and its hash without the key, by which two of them are told apart."""
        ...
