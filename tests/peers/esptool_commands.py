# SPDX-License-Identifier: Apache-2.0
"""Every command of esptool once, on whatever port it is given: run by `esptool_suite` in a scratch copy of esptool's suite, whose options it has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import arg_chip, arg_port  # type: ignore[import-not-found]  # the suite has it

LIMIT_S = 300
DATA = bytes(range(256)) * 20
AT = "0x20000"
EVERYWHERE = os.environ.get("ESPTOOL_ARGUMENTS", "").split()
"""In front of every command: how the chip is to be reset, which stub is to be loaded."""


def esptool(*arguments: str, wanted: str) -> None:
    """Runs it, and looks for something it says."""
    command = [sys.executable, "-m", "esptool", "--chip", arg_chip, "--port", arg_port, *EVERYWHERE, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT_S)
    sys.stdout.write(done.stdout)  # pytest shows it of a test that fails
    assert done.returncode == 0
    assert wanted in done.stdout


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ("chip-id", "MAC:"),
        ("read-mac", "MAC:"),
        ("flash-id", "Detected flash size:"),
        ("get-security-info", "Security Information"),
        ("read-flash-sfdp 0 4", "SFDP"),
        ("read-flash-status", "Flash memory status:"),
        ("write-flash-status --non-volatile 0", "After flash memory status:"),
        ("read-mem 0x60000078", "0x60000078 ="),
        ("write-mem 0x3FC90000 0x12345678", "Wrote 0x12345678"),
        ("dump-mem 0x3FC90000 64 memory.bin", "Dumped 64 bytes"),
        ("erase-region 0x20000 0x2000", "erased successfully"),
        ("erase-flash", "erased successfully"),
        ("--no-stub flash-id", "Detected flash size:"),
        ("--no-stub erase-region 0x20000 0x1000", "erased successfully"),
        ("run", "Hard resetting"),
        ("--no-stub load-ram images/ram_helloworld/helloworld-{chip}.bin", "Loaded 2 segments"),
    ],
)
def test_command(arguments: str, wanted: str) -> None:
    esptool(*arguments.format(chip=arg_chip).split(), wanted=wanted)


def test_write_verify_and_read(tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(DATA)
    esptool("write-flash", AT, f"{tmp_path}/data.bin", wanted="Hash of data verified.")
    esptool("verify-flash", AT, f"{tmp_path}/data.bin", wanted="Verification successful")
    esptool("read-flash", AT, str(len(DATA)), f"{tmp_path}/back.bin", wanted="Read 5120 bytes")
    assert (tmp_path / "back.bin").read_bytes() == DATA
