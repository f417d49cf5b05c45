# SPDX-License-Identifier: Apache-2.0
"""Firmware images and the formats of what is flashed beside them (docs/wire-protocol.md)."""

from vmrig_server.images.manifest import FirmwareImage, image_names, image_targets, load_image
from vmrig_server.images.portbin import PortMap, PortPin, build_port, parse_port
from vmrig_server.images.stamp import StampedPart, port_hash, port_now, port_of, stamp_vm
from vmrig_server.images.vmstore import VmstoreRecord, build_vmstore, parse_vmstore

__all__ = [
    "FirmwareImage",
    "PortMap",
    "PortPin",
    "StampedPart",
    "VmstoreRecord",
    "build_port",
    "build_vmstore",
    "image_names",
    "image_targets",
    "load_image",
    "parse_port",
    "parse_vmstore",
    "port_hash",
    "port_now",
    "port_of",
    "stamp_vm",
]
