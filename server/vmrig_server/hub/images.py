# SPDX-License-Identifier: Apache-2.0
"""The catalogue of the VM images that ship with vmrig."""

from __future__ import annotations

from vmrig_server.hub.catalogue import BuiltPart, Offer

RTOS, PATCH, LICENCE = "bare", "base", "Apache-2.0"
"""What the shipped images are."""


class ShippedImages:
    """A `Catalogue` over the committed images. Each call reads the manifest anew, so that a rebuild is seen at once."""

    def offers(self, target: str) -> list[Offer]:
        """The VM of a target, or (empty) of all targets.

        Raises:
            VmrigError: ``TARGET_UNKNOWN``.
        """
        from vmrig_server.boards_data import load_target
        from vmrig_server.images import image_names, image_targets, load_image

        if target:
            load_target(target)
        offers = []
        for name in image_targets():
            if target in ("", name) and "vm" in image_names(name):
                image = load_image(name, "vm")
                features = tuple(sorted(image.features))
                offers.append(Offer(name, image.vm_version, RTOS, PATCH, features, LICENCE, image.sha256))
        return offers

    def build(self, offer: Offer, chip_uid: str, vmuid: str, signing_key: bytes = b"") -> list[BuiltPart]:
        """The VM, its vmstore record for the chip, and port.bin with the key, if there is one."""
        from vmrig_server.boards_data import load_target
        from vmrig_server.images import load_image, stamp_vm

        parts = stamp_vm(load_image(offer.target, "vm"), load_target(offer.target), chip_uid, vmuid, signing_key)
        return [BuiltPart(part.name, part.address, part.data) for part in parts]
