# SPDX-License-Identifier: Apache-2.0
"""The firmware images that ship with vmrig, as `vmimages/build.py` made them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.paths import data_root

MANIFEST_FORMAT = 1


@dataclass(frozen=True, slots=True)
class FirmwareImage:
    """One image of a target, its bytes checked against the manifest."""

    target: str
    name: str
    """"register" or "vm"."""
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


def image_names(target: str, root: Path | None = None) -> list[str]:
    """Names of the images there are for a target, sorted; empty for a target without any."""
    return sorted(_images(_manifest(_root(root)), target))


def image_targets(root: Path | None = None) -> list[str]:
    """Targets that there are images for, sorted."""
    return sorted(_manifest(_root(root))["targets"])


def load_image(target: str, name: str, root: Path | None = None) -> FirmwareImage:
    """An image with its bytes. `root`: another folder of images than the one that ships.

    Raises:
        VmrigError: ``IMAGE_UNKNOWN``; ``IMAGE_CORRUPT`` when the file is not what the manifest says; ``MANIFEST_CORRUPT``.
    """
    folder = _root(root)
    manifest = _manifest(folder)
    images = _images(manifest, target)
    if name not in images:
        raise VmrigError(
            "IMAGE_UNKNOWN",
            f"There is no image {name!r} for target {target!r}.",
            evidence=[f"targets with images: {', '.join(sorted(manifest['targets'])) or 'none'}"],
            next_command="vmrig vm available " + target,
        )
    entry = images[name]
    try:
        path = folder / str(entry["file"])
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if digest != entry["sha256"]:
            raise VmrigError(
                "IMAGE_CORRUPT",
                f"The image {entry['file']} is not the one the manifest names.",
                evidence=[f"SHA-256 expected {entry['sha256']}", f"SHA-256 found {digest}"],
                next_command="make images",
                error_class=ErrorClass.BENCH,
            )
        return FirmwareImage(
            target=target,
            name=name,
            chip=str(manifest["targets"][target]["chip"]),
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
        raise _corrupt(folder, f"entry {target}/{name}: {error}") from error


def _root(root: Path | None) -> Path:
    return root if root is not None else data_root("vmimages/images")


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _corrupt(folder, str(error)) from error
    if (
        not isinstance(manifest, dict)
        or manifest.get("format") != MANIFEST_FORMAT
        or not isinstance(manifest.get("targets"), dict)
    ):
        raise _corrupt(folder, f"its format is not {MANIFEST_FORMAT}")
    return manifest


def _images(manifest: Mapping[str, Any], target: str) -> Mapping[str, Mapping[str, Any]]:
    entry = manifest["targets"].get(target)
    images = entry.get("images") if isinstance(entry, dict) else None
    return images if isinstance(images, dict) else {}


def _corrupt(folder: Path, why: str) -> VmrigError:
    return VmrigError(
        "MANIFEST_CORRUPT",
        "The manifest of the firmware images cannot be read.",
        evidence=[str(folder / "manifest.json"), why],
        next_command="make images",
        error_class=ErrorClass.BENCH,
    )
