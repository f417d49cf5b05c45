# SPDX-License-Identifier: Apache-2.0
"""Runs applications that others built with ESP-IDF, unmodified, on an emulated ESP32-C3: ``python -m tests.peers.idf_apps CHECKOUT`` (`make peers-idf`).

The applications are the fixtures of pytest-embedded's own tests (https://github.com/espressif/pytest-embedded): a second stage, a partition table
and a program with FreeRTOS each. They are flashed past the loader, which has suites of its own, and time is virtual: what they print is all that
counts. The exit status is 1 when one of them prints something else.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vmrig_server.boards_data import load_chip
from vmrig_server.emulator.machine import build_machine

CHIP = "esp32c3"
STEP_MS = 10


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is typed, and what is to be read after it (a regular expression) within so much virtual time."""

    typed: bytes
    expected: str
    within_s: float


APPS: dict[str, Sequence[Exchange]] = {
    "hello_world_esp32c3/build": (
        Exchange(b"", r"Hello world!\s+This is esp32c3 chip with 1 CPU core", 2),
        Exchange(b"", r"Restarting now\.\s+ESP-ROM:esp32c3(?s:.*)rst:0x(3|c) (?s:.*)Hello world!", 13),
    ),
    "hello_world_esp32c3_panic/build": (
        Exchange(b"", r"Guru Meditation Error: Core  0 panic'ed \(Store access fault\)", 2),
        Exchange(b"", r"MCAUSE  : 0x00000007  MTVAL   : 0x00000000", 2),
    ),
    "unit_test_app_idf/build_esp32c3": (
        Exchange(b"", r"Press ENTER to see the list of tests", 2),
        Exchange(b"\n", r'\(1\)\s+"normal_case_pass"(?s:.*)Enter test for running', 2),
        Exchange(b"1\n", r"1 Tests 0 Failures 0 Ignored", 2),
        Exchange(b"2\n", r"Enter next test|ESP-ROM:esp32c3", 12),
    ),
}


def parts(build: Path) -> list[tuple[int, bytes]]:
    """(offset in the flash, contents) of what a build is made of."""
    files = json.loads((build / "flasher_args.json").read_text("utf-8"))["flash_files"]
    return [(int(offset, 16), (build / name).read_bytes()) for offset, name in files.items()]


def run(build: Path, exchanges: Sequence[Exchange]) -> str | None:
    """None: all was as expected; else what was not, and the last lines."""
    machine = build_machine(load_chip(CHIP), storage=None, identity={"mac": bytes.fromhex("7cdfa1000001")}).machine
    for offset, contents in parts(build):
        machine.memory_write("flash", offset, contents)
    machine.power(True)
    for exchange in exchanges:
        said = ""
        machine.serial_write(0, exchange.typed)
        end = machine.nanoseconds(machine.now()) + round(exchange.within_s * 1e9)
        while not re.search(exchange.expected, said):
            if machine.nanoseconds(machine.now()) > end:
                return f"after {exchange.typed!r}: not found: {exchange.expected}\n" + "\n".join(
                    said.splitlines()[-12:]
                )
            machine.run(machine.clock_hz() * STEP_MS // 1000)
            said += machine.serial_read(0).decode("utf-8", "replace")
    return None


def main(arguments: Sequence[str]) -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkout", type=Path, help="of pytest-embedded's repository")
    checkout: Path = parser.parse_args(arguments).checkout
    failed = 0
    for name, exchanges in APPS.items():
        problem = run(checkout / "tests" / "fixtures" / name, exchanges)
        failed += problem is not None
        sys.stdout.write(f"{name}: {'as expected' if problem is None else problem}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
