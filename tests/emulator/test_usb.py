# SPDX-License-Identifier: Apache-2.0
"""The emulated USB bus, seen with pyusb and pyserial's eyes."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import usb.core
import usb.util

from vmrig_server.emulator import usb_descriptors
from vmrig_server.emulator.usb import EmulatedBackend, EmulatedBus
from vmrig_server.emulator.usb_folder import Plug, PluggedDevice, SerialDoor, scan

SERIAL = "9903" + "0123456789ab" * 3 + "cafe0042"
KINDS = [
    ("mass-storage", "USB_MSC"),
    ("cdc-acm", "mbed Serial Port"),
    ("cmsis-dap-v1", "CMSIS-DAP v1"),
    ("cmsis-dap-v2", "WebUSB: CMSIS-DAP"),
]


def device(serial: str = SERIAL, port: int = 3, address: int = 7) -> PluggedDevice:
    interfaces, serial_ports = usb_descriptors.functions(KINDS)
    built = usb_descriptors.build(
        vid=0x0D28,
        pid=0x0204,
        release=0x1000,
        manufacturer="Arm",
        product="BBC micro:bit CMSIS-DAP",
        serial=serial,
        interfaces=interfaces,
    )
    return PluggedDevice(
        serial=serial,
        bus=240,
        address=address,
        port=port,
        device=built.device.hex(),
        configuration=built.configuration.hex(),
        strings=built.strings,
        manufacturer="Arm",
        product="BBC micro:bit CMSIS-DAP",
        target="microbit_v2",
        board_name="BBC micro:bit V2",
        board_vendor="",
        pyocd_target="nrf52833",
        probe_socket="/nowhere",
        dap_socket="/nowhere",
        remote_port=5555,
        dap_port=4441,
        serial_doors=tuple(SerialDoor(f"/dev/pts/{n}", n, name) for n, name in serial_ports.items()),
        worker_pid=os.getpid(),
    )


def find(folder: Path) -> list[usb.core.Device]:
    return list(usb.core.find(find_all=True, backend=EmulatedBackend(folder)))


def test_pyusb_reads_the_descriptors_of_a_plugged_in_board(tmp_path: Path) -> None:
    plug = Plug(tmp_path, device())
    (it,) = find(tmp_path)
    assert (it.idVendor, it.idProduct, it.bus, it.address, it.port_numbers) == (0x0D28, 0x0204, 240, 7, (3,))
    assert (it.serial_number, it.manufacturer, it.product) == (SERIAL, "Arm", "BBC micro:bit CMSIS-DAP")
    assert it.langids == (0x0409,)
    plug.close()
    assert find(tmp_path) == []


def test_the_cmsis_dap_interface_is_found_the_way_pyocd_and_openocd_look_for_it(tmp_path: Path) -> None:
    plug = Plug(tmp_path, device())
    (it,) = find(tmp_path)
    assert it.bDeviceClass in (0x00, 0xEF)
    configuration = it.get_active_configuration()
    vendor = [i for i in configuration if i.bInterfaceClass == 0xFF]
    (interface,) = vendor
    assert "CMSIS-DAP" in usb.util.get_string(it, interface.iInterface)
    out, back = interface.endpoints()
    assert usb.util.endpoint_direction(out.bEndpointAddress) == usb.util.ENDPOINT_OUT
    assert usb.util.endpoint_direction(back.bEndpointAddress) == usb.util.ENDPOINT_IN
    assert usb.util.endpoint_type(out.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK
    plug.close()


def test_the_configuration_is_consistent(tmp_path: Path) -> None:
    plug = Plug(tmp_path, device())
    (it,) = find(tmp_path)
    configuration = it.get_active_configuration()
    assert configuration.wTotalLength == len(bytes.fromhex(device().configuration))
    assert [i.bInterfaceNumber for i in configuration] == list(range(configuration.bNumInterfaces)) == list(range(5))
    addresses = [e.bEndpointAddress for i in configuration for e in i]
    assert len(addresses) == len(set(addresses))
    assert all(len(list(i)) == i.bNumEndpoints for i in configuration)
    plug.close()


def test_data_transfers_fail_as_for_a_device_that_is_gone(tmp_path: Path) -> None:
    plug = Plug(tmp_path, device())
    (it,) = find(tmp_path)
    interface = next(i for i in it.get_active_configuration() if i.bInterfaceClass == 0xFF)
    with pytest.raises(usb.core.USBError) as caught:
        it.write(interface[0].bEndpointAddress, b"\0\1")
    assert caught.value.errno == 19
    plug.close()


def test_a_file_whose_holder_died_is_no_device_and_is_removed(tmp_path: Path) -> None:
    script = (
        "import sys, pickle, pathlib; from vmrig_server.emulator.usb_folder import Plug;"
        "plug = Plug(pathlib.Path(sys.argv[1]), pickle.load(sys.stdin.buffer)); print('up', flush=True); sys.stdin.close(); import signal; signal.pause()"
    )
    import pickle

    child = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin is not None and child.stdout is not None
    pickle.dump(device(), child.stdin)
    child.stdin.close()
    assert child.stdout.readline() == b"up\n"
    assert [d.serial for d in scan(tmp_path)] == [SERIAL]
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert len(list(tmp_path.iterdir())) == 1
    assert scan(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_version_or_without_sense_is_ignored(tmp_path: Path) -> None:
    for name, text in (
        ("a", "{}"),
        ("b", "not json"),
        ("c", json.dumps({"serial": 1, "serial_doors": [], "strings": []})),
    ):
        with (tmp_path / f"{name}.usb.json").open("w+") as file:
            file.write(text)
            file.flush()
            fcntl.flock(file, fcntl.LOCK_EX)
            assert scan(tmp_path) == []


def test_devices_are_listed_by_port(tmp_path: Path) -> None:
    plugs = [Plug(tmp_path, device(serial=f"9903{n:044x}", port=port)) for n, port in enumerate((5, 1, 9))]
    assert [d.port for d in scan(tmp_path)] == [1, 5, 9]
    for plug in plugs:
        plug.close()


def test_serial_ports_look_as_pyserial_lists_them(tmp_path: Path) -> None:
    plug = Plug(tmp_path, device())
    (port,) = EmulatedBus(tmp_path).serial_ports()
    assert (port.device, port.vid, port.pid, port.serial_number) == ("/dev/pts/1", 0x0D28, 0x0204, SERIAL)
    assert (port.location, port.interface) == ("240-3:1.1", "mbed Serial Port")
    assert port.hwid == f"USB VID:PID=0D28:0204 SER={SERIAL} LOCATION=240-3:1.1"
    plug.close()


async def test_changes_tells_of_plug_in_replug_and_removal(tmp_path: Path) -> None:
    changes = EmulatedBus(tmp_path / "usb").changes()
    waiting = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0)
    plug = Plug(tmp_path / "usb", device())
    await asyncio.wait_for(waiting, 2)
    plug.close()
    again = Plug(tmp_path / "usb", replace(device(), address=8))  # between two looks
    await asyncio.wait_for(anext(changes), 2)
    again.close()
    await asyncio.wait_for(anext(changes), 2)
    await changes.aclose()  # type: ignore[attr-defined]


@pytest.mark.parametrize("index", [9, 255])
def test_a_string_that_does_not_exist_stalls(tmp_path: Path, index: int) -> None:
    plug = Plug(tmp_path, device())
    (it,) = find(tmp_path)
    with pytest.raises(usb.core.USBError):
        usb.util.get_string(it, index)
    plug.close()
