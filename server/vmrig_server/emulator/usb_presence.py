# SPDX-License-Identifier: Apache-2.0
"""What a board, or the chip on it, shows of itself on the emulated USB bus."""

from __future__ import annotations

import os

from vmrig_server.boards_data import Target
from vmrig_server.boards_data.schema import Usb
from vmrig_server.emulator import usb_descriptors
from vmrig_server.emulator.usb_folder import PluggedDevice, SerialDoor


def plugged_device(
    usb: Usb,
    target: Target,
    serial: str,
    place: tuple[int, int, int],
    *,
    release: int,
    pyocd_target: str,
    serial_door: tuple[str, str] | None = None,
    probe_socket: str = "",
    dap_socket: str = "",
    remote_port: int = 0,
    dap_port: int = 0,
) -> PluggedDevice:
    """A device with the descriptors that the board's file asks for.

    Args:
        place: bus, port, address.
        release: bcdDevice.
        serial_door: path and URL of what is behind its serial port; None: nothing is.
        probe_socket, dap_socket, remote_port, dap_port: of the debug probe that it is.
    """
    bus, port, address = place
    interfaces, serial_ports = usb_descriptors.functions([(entry.kind, entry.name) for entry in usb.interfaces])
    descriptors = usb_descriptors.build(
        vid=usb.vid,
        pid=usb.pid,
        release=release,
        manufacturer=usb.manufacturer,
        product=usb.product,
        serial=serial,
        interfaces=interfaces,
    )
    doors: tuple[SerialDoor, ...] = ()
    if serial_door is not None:
        path, url = serial_door
        doors = tuple(SerialDoor(path, number, name, url) for number, name in serial_ports.items())
    return PluggedDevice(
        serial=serial,
        bus=bus,
        address=address,
        port=port,
        device=descriptors.device.hex(),
        configuration=descriptors.configuration.hex(),
        strings=descriptors.strings,
        manufacturer=usb.manufacturer,
        product=usb.product,
        target=target.target,
        board_name=target.name,
        board_vendor="",
        pyocd_target=pyocd_target,
        probe_socket=probe_socket,
        dap_socket=dap_socket,
        remote_port=remote_port,
        dap_port=dap_port,
        serial_doors=doors,
        worker_pid=os.getpid(),
    )
