# SPDX-License-Identifier: Apache-2.0
"""Where the programs are that the VM is compared with. None is built or shipped here: options of ``python -m bench``, or the environment."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

OPTIONS = {
    "micropython": "MicroPython of the unix port, variant standard",
    "micropython-m0": "ELF of MicroPython's qemu port, BOARD=MICROBIT, as fast as it gets: vm.c at -O2 with computed goto, SysTick told 16 MHz",
    "cpython": "CPython 3.11; default: a Debian python3.11",
    "mpy-cross": "MicroPython's compiler",
}
"""Option of the command line -> what it is the path of."""


def variable(option: str) -> str:
    """The environment variable that stands for an option."""
    return "VMRIG_BENCH_" + option.upper().replace("-", "_")


def path(option: str) -> str | None:
    """Of a peer that is there."""
    given = os.environ.get(variable(option), "")
    if given:
        return given if Path(given).exists() else shutil.which(given)
    return next((p for p in ("/usr/bin/python3.11",) if Path(p).exists()), None) if option == "cpython" else None


def cpython_name(program: str) -> str:
    """Version and file: builds differ. Debian's has profile-guided and link-time optimisation; one without is a tenth slower, and no peer."""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return f"C{done.stdout.strip()} ({program})"
