# SPDX-License-Identifier: Apache-2.0
"""The firmware images that ship with vmrig, as `vmimages/build.py` made them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.images.features import rtos_of
from vmrig_server.paths import data_root

MANIFEST_FORMAT = 2
_FILE = "manifest.json"


@dataclass(frozen=True, slots=True)
class FirmwareImage:
    """One image of a target, its bytes checked against the manifest."""

    target: str
    name: str
    """"register"; "vm", the target's own VM; "vm_bare", the same without threads, where the target's own has them."""
    chip: str
    address: int
    """Chip address of the first byte."""
    data: bytes
    sha256: str
    features: tuple[str, ...]
    ram_size: int
    """Bytes of RAM it uses, stack included."""
    vm_version: str
    vm_abi: int
    toolchain: str

    @property
    def rtos(self) -> str:
        """Its kernel."""
        return rtos_of(self.features)


def image_names(target: str, root: Path | None = None) -> list[str]:
    """Names of the images there are for a target, sorted; empty for a target without any."""
    folder = _root(root) / target
    return sorted(_manifest(folder)["images"]) if target in image_targets(root) else []


def image_targets(root: Path | None = None) -> list[str]:
    """Targets that there are images for, sorted."""
    return sorted(path.parent.name for path in _root(root).glob(f"*/{_FILE}"))


def load_image(target: str, name: str, root: Path | None = None) -> FirmwareImage:
    """An image with its bytes. `root`: another folder of images than the one that ships.

    Raises:
        VmrigError: ``IMAGE_UNKNOWN``; ``IMAGE_CORRUPT`` when the file is not what the manifest says; ``MANIFEST_CORRUPT``.
    """
    if name not in image_names(target, root):
        raise VmrigError(
            "IMAGE_UNKNOWN",
            f"There is no image {name!r} for target {target!r}.",
            evidence=[f"targets with images: {', '.join(image_targets(root)) or 'none'}"],
            next_command="vmrig vm available " + target,
        )
    folder = _root(root) / target
    manifest = _manifest(folder)
    try:
        entry = manifest["images"][name]
        path = folder / str(entry["file"])
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if digest != entry["sha256"]:
            raise VmrigError(
                "IMAGE_CORRUPT",
                f"The image {target}/{entry['file']} is not the one the manifest names.",
                evidence=[f"SHA-256 expected {entry['sha256']}", f"SHA-256 found {digest}"],
                next_command="make images",
                error_class=ErrorClass.BENCH,
            )
        return FirmwareImage(
            target=target,
            name=name,
            chip=str(manifest["chip"]),
            address=int(entry["address"]),
            data=data,
            sha256=digest,
            features=tuple(str(feature) for feature in entry["features"]),
            ram_size=int(entry["ram_size"]),
            vm_version=str(manifest["vm_version"]),
            vm_abi=int(manifest["vm_abi"]),
            toolchain=str(manifest["toolchain"]),
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise _corrupt(folder, f"entry {name}: {error}") from error


def _root(root: Path | None) -> Path:
    return root if root is not None else data_root("vmimages/images")


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / _FILE).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _corrupt(folder, str(error)) from error
    if (
        not isinstance(manifest, dict)
        or manifest.get("format") != MANIFEST_FORMAT
        or not isinstance(manifest.get("images"), dict)
    ):
        raise _corrupt(folder, f"its format is not {MANIFEST_FORMAT}")
    return manifest


def _corrupt(folder: Path, why: str) -> VmrigError:
    return VmrigError(
        "MANIFEST_CORRUPT",
        "The manifest of a target's firmware images cannot be read.",
        evidence=[str(folder / _FILE), why],
        next_command="make images",
        error_class=ErrorClass.BENCH,
    )
