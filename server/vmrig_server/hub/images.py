# SPDX-License-Identifier: Apache-2.0
"""The catalogue of the VM images that ship with vmrig, and of those that are built from the same sources for a wish."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vmrig_server.errors import VmrigError
from vmrig_server.hub.catalogue import BuildReport, BuiltPart, Offer
from vmrig_server.paths import cache_dir

if TYPE_CHECKING:
    from vmrig_server.images import FirmwareImage
    from vmrig_server.images.workshop import Workshop

PATCH, LICENCE = "base", "Apache-2.0"
USUAL = "vm"
"""The image of a target that it has when nothing else is asked for."""


class ShippedImages:
    """A `Catalogue` over the committed images. Each call reads the manifest anew, so that a rebuild is seen at once.

    Args:
        home: the service's folder; built images are kept in ``<home>/images``.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._shop: Workshop | None = None

    def offers(self, target: str) -> list[Offer]:
        """The VMs that ship for a target, or (empty) for all targets; the usual one of a target first.

        Raises:
            VmrigError: ``TARGET_UNKNOWN``.
        """
        from vmrig_server.boards_data import load_target
        from vmrig_server.images import image_names, image_targets, load_image

        images_of = {target: load_target(target).image_target} if target else {name: name for name in image_targets()}
        return [
            _offer(load_image(name, image), offered_for)
            for offered_for, name in images_of.items()
            for image in image_names(name)
            if image.startswith(USUAL)
        ]

    async def make(self, target: str, features: Sequence[str], report: BuildReport) -> Offer:
        """A VM with just these features, built unless it was built before.

        Raises:
            VmrigError: ``TOOLCHAIN_MISSING``, ``VM_TOO_LARGE``, ``BUILD_FAILED``.
        """
        from vmrig_server.boards_data import load_target

        images_of = load_target(target).image_target
        return _offer(await self._workshop().build(images_of, features, report), target, built=True)

    def build(self, offer: Offer, chip_uid: str, vmuid: str, signing_key: bytes = b"") -> list[BuiltPart]:
        """The VM, its vmstore record for the chip, and port.bin with the key, if there is one."""
        from vmrig_server.boards_data import load_target
        from vmrig_server.images import load_image, stamp_vm

        target = load_target(offer.target)
        if offer.built:
            found = self._workshop().find(target.image_target, offer.features)
            if found is None:
                raise VmrigError(
                    "IMAGE_UNKNOWN", "The image was built and is gone.", next_command="vmrig vm create BOARD"
                )
            image = found
        else:
            image = load_image(target.image_target, offer.image)
        parts = stamp_vm(image, target, chip_uid, vmuid, signing_key)
        return [BuiltPart(part.name, part.address, part.data) for part in parts]

    def port_now(self, target: str, flashed: bytes) -> tuple[bytes, str]:
        """The port.bin of a target as it is now; that of a target that is gone is what it was."""
        from vmrig_server.boards_data import load_target
        from vmrig_server.images import port_hash, port_now

        try:
            port = port_now(load_target(target), flashed)
        except VmrigError as error:
            if error.code != "TARGET_UNKNOWN":
                raise
            port = flashed
        return port, port_hash(port)

    def _workshop(self) -> Workshop:
        if self._shop is None:
            from vmrig_server.images.workshop import Workshop

            self._shop = Workshop(self._home / "images", cache_dir() / "images")
        return self._shop


def _offer(image: FirmwareImage, target: str, *, built: bool = False) -> Offer:
    from vmrig_server.images.features import RTOSES

    return Offer(
        target,
        image.vm_version,
        image.rtos,
        PATCH,
        tuple(sorted(image.features)),
        LICENCE,
        image.sha256,
        title=RTOSES[image.rtos],
        size_bytes=len(image.data),
        usual=image.name == USUAL and not built,
        built=built,
        image=image.name,
    )
