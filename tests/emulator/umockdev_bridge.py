# SPDX-License-Identifier: Apache-2.0
"""Shows the devices of the emulated USB bus to a program that knows only the kernel's: ``umockdev-wrapper /usr/bin/python3 umockdev_bridge.py FOLDER COMMAND...``.

umockdev gives COMMAND a sysfs and device nodes; this process answers its usbfs requests (linux/usbdevice_fs.h). It is run by the system's Python, which has
the GObject bindings. Its exit status is the command's.
"""

from __future__ import annotations

import errno
import os
import struct
import subprocess
import sys
from collections import deque
from pathlib import Path

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402

from vmrig_server import sockets  # noqa: E402
from vmrig_server.emulator.doors.probe_protocol import DapKind, FrameReader, pack_frame  # noqa: E402
from vmrig_server.emulator.usb_descriptors import string_descriptor  # noqa: E402
from vmrig_server.emulator.usb_folder import PluggedDevice, scan  # noqa: E402

GET_CAPABILITIES, SUBMIT, REAP, REAP_NOW, DISCARD = 0x8004551A, 0x8038550A, 0x4008550C, 0x4008550D, 0x0000550B
CLAIM, RELEASE, GET_DRIVER = 0x8004550F, 0x80045510, 0x41045508
ACCEPTED = {0x80045505, 0x80085504, 0x80045515, 0x00005514, 0x8108551B}
"""SETCONFIGURATION, SETINTERFACE, CLEAR_HALT, RESET, DISCONNECT_CLAIM: nothing is to be done."""
URB_BYTES = 56
CONTROL, BULK = 2, 3
PATIENCE_MS = 2
"""How long a REAP_NOW may wait for an answer that is due: the device node is always ready to the caller, who would ask without a pause."""


class Device(UMockdev.IoctlBase):
    """One device; its host's requests come one at a time."""

    def __init__(self, plugged: PluggedDevice) -> None:
        super().__init__()
        self.plugged = plugged
        self.socket = None
        self.reader = None
        self.watch = 0
        self.finished = deque()
        self.waiting = deque()
        self.packets = deque()
        self.reaper = None
        self.reaper_timer = 0

    def do_handle_ioctl(self, client) -> bool:
        request = client.get_request() & 0xFFFFFFFF
        arg = client.get_arg()
        if request == GET_CAPABILITIES:
            arg.resolve(0, 4).update(0, list(struct.pack("<I", 1)))
            client.complete(0, 0)
        elif request == SUBMIT:
            self.submit(arg.resolve(0, URB_BYTES))
            client.complete(0, 0)
        elif request in (REAP, REAP_NOW):
            self.reap(client, wait=request == REAP)
        elif request == DISCARD:
            self.discard(arg)
            client.complete(0, 0)
        elif request == CLAIM:
            client.complete(*((0, 0) if self.claim() else (-1, errno.EBUSY)))
        elif request == RELEASE:
            self.release()
            client.complete(0, 0)
        elif request == GET_DRIVER:
            client.complete(-1, errno.ENODATA)
        elif request in ACCEPTED:
            client.complete(0, 0)
        else:
            client.complete(-1, errno.ENOTTY)
        return True

    def claim(self) -> bool:
        if self.socket is None and self.plugged.dap_socket:
            self.socket = sockets.connect(Path(self.plugged.dap_socket))
            self.reader = FrameReader(self.socket)
            if self.reader.read() != (DapKind.CLAIMED, b""):
                self.socket = None
                return False
            self.watch = GLib.unix_fd_add_full(
                GLib.PRIORITY_DEFAULT, self.socket.fileno(), GLib.IOCondition.IN, lambda *_: self.receive()
            )
        return True

    def release(self) -> None:
        if self.socket is not None:
            GLib.source_remove(self.watch)
            self.socket.sendall(pack_frame(DapKind.RELEASE))
            while (frame := self.reader.read()) is not None and frame[0] != DapKind.RELEASE:
                pass
            self.socket.close()
            self.socket = None

    def receive(self) -> bool:
        """The device has sent."""
        while True:
            frame = self.reader.read()
            if frame is None:
                return False
            self.packets.append(frame[1])
            if not self.reader.has_frame():
                break
        self.match()
        return True

    def submit(self, urb) -> None:
        kind, endpoint = urb.retrieve()[:2]
        (length,) = struct.unpack_from("<i", bytes(urb.retrieve()), 24)
        buffer = urb.resolve(16, length) if length else None
        if kind == CONTROL:
            self.control(urb, buffer, bytes(buffer.retrieve()))
        elif endpoint & 0x80:
            self.waiting.append((urb, buffer, length))
            self.match()
        else:
            if length and self.socket is not None:
                self.socket.sendall(pack_frame(DapKind.PACKET, bytes(buffer.retrieve())))
            self.finish(urb, length)

    def control(self, urb, buffer, data: bytes) -> None:
        """Standard requests to read descriptors (USB 2.0, 9.4)."""
        request_type, request, value, _, length = struct.unpack_from("<BBHHH", data)
        answer = None
        if request_type == 0x80 and request == 6:
            kind, number = value >> 8, value & 0xFF
            if kind == 3:
                answer = string_descriptor(self.plugged.strings, number)
            elif kind in (1, 2):
                answer = bytes.fromhex(self.plugged.device if kind == 1 else self.plugged.configuration)
        elif request_type == 0x80 and request == 8:
            answer = b"\x01"
        elif not request_type & 0x80:
            answer = b""
        if answer is None:
            self.finish(urb, 0, -errno.EPIPE)
            return
        answer = answer[:length]
        if answer:
            buffer.update(8, list(answer))
        self.finish(urb, len(answer))

    def match(self) -> None:
        """Gives what the device has sent to the host's requests for it."""
        while self.waiting and self.packets:
            urb, buffer, length = self.waiting.popleft()
            packet = self.packets.popleft()
            if len(packet) > length:
                self.packets.appendleft(packet[length:])
            if packet:
                buffer.update(0, list(packet[:length]))
            self.finish(urb, min(len(packet), length))

    def finish(self, urb, actual: int, status: int = 0) -> None:
        urb.update(4, list(struct.pack("<i", status)))
        urb.update(28, list(struct.pack("<i", actual)))
        self.finished.append(urb)
        if self.reaper is not None:
            self.answer_reaper()

    def discard(self, arg) -> None:
        address = arg.client_addr if hasattr(arg, "client_addr") else 0
        for entry in tuple(self.waiting):
            self.waiting.remove(entry)
            self.finish(entry[0], 0, -errno.ENOENT)
            if entry[0].client_addr == address:
                break

    def reap(self, client, *, wait: bool) -> None:
        self.reaper = client
        if self.finished:
            self.answer_reaper()
        elif not wait:
            if self.waiting:
                self.reaper_timer = GLib.timeout_add(PATIENCE_MS, self.answer_reaper)
            else:
                self.answer_reaper()

    def answer_reaper(self) -> bool:
        client, self.reaper = self.reaper, None
        timer, self.reaper_timer = self.reaper_timer, 0
        if client is None:
            return False
        if self.finished:
            if timer:
                GLib.source_remove(timer)
            client.get_arg().resolve(0, 8).set_ptr(0, self.finished.popleft())
            client.complete(0, 0)
        else:
            client.complete(-1, errno.EAGAIN)
        return False


def describe(plugged: PluggedDevice) -> str:
    """A stanza of umockdev's device description."""
    device = bytes.fromhex(plugged.device)
    vid, pid, release = struct.unpack_from("<HHH", device, 8)
    raw = (device + bytes.fromhex(plugged.configuration)).hex().upper()
    node = f"bus/usb/{plugged.bus:03}/{plugged.address:03}"
    lines = [
        f"P: /devices/pci0000:00/0000:00:14.0/usb{plugged.bus}/{plugged.location}",
        f"N: {node}={raw}",
        "E: SUBSYSTEM=usb",
        "E: DEVTYPE=usb_device",
        f"E: DEVNAME=/dev/{node}",
        f"E: BUSNUM={plugged.bus:03}",
        f"E: DEVNUM={plugged.address:03}",
        "E: MAJOR=189",
        f"E: MINOR={(plugged.bus - 1) * 128 + plugged.address - 1}",
        f"E: PRODUCT={vid:x}/{pid:x}/{release:x}",
        f"E: ID_VENDOR_ID={vid:04x}",
        f"E: ID_MODEL_ID={pid:04x}",
        f"E: ID_SERIAL_SHORT={plugged.serial}",
        f"A: idVendor={vid:04x}",
        f"A: idProduct={pid:04x}",
        f"A: busnum={plugged.bus}",
        f"A: devnum={plugged.address}",
        f"A: devpath={plugged.port}",
        "A: speed=12",
        f"A: bNumInterfaces= {bytes.fromhex(plugged.configuration)[4]}",
        "A: bConfigurationValue=1",
        "A: bDeviceClass=ef",
        f"A: manufacturer={plugged.manufacturer}\\n",
        f"A: product={plugged.product}\\n",
        f"A: serial={plugged.serial}\\n",
        f"H: descriptors={raw}",
    ]
    return "\n".join(lines) + "\n"


def root_hub(bus: int) -> str:
    return (
        f"P: /devices/pci0000:00/0000:00:14.0/usb{bus}\nN: bus/usb/{bus:03}/000=12010002090001406B1D020006050302010109021900010100E0000904000001090000000705810304000C\n"
        f"E: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nE: DEVNAME=/dev/bus/usb/{bus:03}/000\nE: BUSNUM={bus:03}\nE: DEVNUM=000\nE: MAJOR=189\nE: MINOR=0\n"
        f"A: idVendor=1d6b\nA: idProduct=0002\nA: busnum={bus}\nA: devnum=0\nA: devpath=0\nA: speed=480\nA: bConfigurationValue=1\nA: bDeviceClass=09\n"
        "H: descriptors=12010002090001406B1D020006050302010109021900010100E0000904000001090000000705810304000C\n"
    )


def main() -> int:
    folder, command = Path(sys.argv[1]), sys.argv[2:]
    plugged = scan(folder)
    testbed = UMockdev.Testbed.new()
    devices = []
    for bus in sorted({device.bus for device in plugged}):
        testbed.add_from_string(root_hub(bus))
    for device in plugged:
        testbed.add_from_string(describe(device))
        devices.append(Device(device))
        testbed.attach_ioctl(f"/dev/bus/usb/{device.bus:03}/{device.address:03}", devices[-1])
    loop = GLib.MainLoop()
    environment = {**os.environ, "LD_PRELOAD": "libumockdev-preload.so.0", "UMOCKDEV_DIR": testbed.get_root_dir()}
    child = subprocess.Popen(command, env=environment)
    status = []

    def ended(pid: int, wait_status: int) -> None:
        status.append(os.waitstatus_to_exitcode(wait_status))
        loop.quit()

    GLib.child_watch_add(GLib.PRIORITY_DEFAULT, child.pid, ended)
    loop.run()
    for device in devices:
        device.release()
    return status[0]


if __name__ == "__main__":
    sys.exit(main())
