# SPDX-License-Identifier: Apache-2.0
"""``python -m tests.emulator.pyocd_on_emulated_usb ARGUMENTS``: an unmodified pyOCD whose USB bus is the emulated one, as pyusb's back end, and that
has no plugin of ours. ARGUMENTS are pyOCD's, or a Python script (`.py`) that uses it, with the script's."""

from __future__ import annotations

import functools
import runpy
import sys
from pathlib import Path

import libusb_package
import usb.core

from vmrig_server.emulator.usb import EmulatedBackend


def main() -> int:
    libusb_package.find = functools.partial(usb.core.find, backend=EmulatedBackend())
    from pyocd.probe import aggregator  # takes the function when it is imported

    aggregator.PROBE_CLASSES.pop("vmrig", None)
    if sys.argv[1:2] and sys.argv[1].endswith(".py"):
        del sys.argv[0]
        sys.path.insert(0, str(Path(sys.argv[0]).resolve().parent))
        runpy.run_path(sys.argv[0], run_name="__main__")
        return 0
    from pyocd.__main__ import main as pyocd

    return int(pyocd() or 0)


if __name__ == "__main__":
    sys.exit(main())
