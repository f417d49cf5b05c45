# SPDX-License-Identifier: Apache-2.0
"""``python -m tests.emulator.pyocd_on_emulated_usb ARGUMENTS``: an unmodified pyOCD whose USB bus is the emulated one, as pyusb's back end."""

from __future__ import annotations

import functools
import sys

import libusb_package
import usb.core

from vmrig_server.emulator.usb import EmulatedBackend

libusb_package.find = functools.partial(usb.core.find, backend=EmulatedBackend())

from pyocd.__main__ import main  # noqa: E402 - pyOCD takes the function when it is imported

if __name__ == "__main__":
    sys.exit(main())
