# SPDX-License-Identifier: Apache-2.0
"""The real service with emulated boards, and the real commands as a person types them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from vmrig_client import Client
from vmrig_client.local_service import local_service

SCRIPTS = Path(sys.executable).parent
COMMAND_TIMEOUT_S = 180
WAIT_S = 10.0
TARGET = "microbit_v2"


@dataclass(frozen=True)
class Bench:
    """A running service and its folder."""

    home: Path
    client: Client

    def environment(self) -> dict[str, str]:
        """For child processes that should find this service and its boards."""
        return {**os.environ, "VMRIG_HOME": str(self.home), "NO_COLOR": "1"}

    def command(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Runs a script of the environment (vmrig, pyocd) with these arguments."""
        return subprocess.run(
            [str(SCRIPTS / words[0]), *words[1:]],
            env=self.environment(),
            input=stdin,
            text=True,
            capture_output=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )

    def vmrig(self, *words: str, code: int = 0, stdin: str = "") -> str:
        """Runs a vmrig command that must exit with `code`; returns its standard output, or what it said when it failed as expected."""
        done = self.command("vmrig", *words, stdin=stdin)
        assert done.returncode == code, f"{words}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback (most recent call last)" not in done.stderr or code == 3
        return done.stdout if code == 0 else done.stderr


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    """One service for all tests of a process."""
    # Not pytest's folder: a unix socket's path has at most 107 bytes.
    with tempfile.TemporaryDirectory(prefix="vmrig-") as folder:
        home = Path(folder)
        with local_service(home, home / "service.log") as address, Client(address) as client:
            yield Bench(home, client)


@dataclass(frozen=True)
class EmulatedHandle:
    """An emulated board of a test: its names."""

    name: str
    serial: str
    board: str
    alias: str
    remote_port: int
    worker_pid: int


@pytest.fixture
def emulated(bench: Bench, request: pytest.FixtureRequest) -> Iterator[EmulatedHandle]:
    """A fresh emulated board, listed, gone after the test."""
    made = bench.client.emulated.create(TARGET)
    present = [board for board in wait_for_serial(bench.client, made.serial)]
    alias = f"b{made.serial[-8:].lower()}"
    bench.client.set_alias(present[0], alias)
    yield EmulatedHandle(made.name, made.serial, present[0], alias, made.remote_port, made.worker_pid)
    bench.client.emulated.delete(made.name)


def wait_for_serial(client: Client, serial: str) -> list[str]:
    for event in client.watch_boards():
        if event.board.usb.serial == serial:
            return [event.board.name]
    raise AssertionError("the watch ended")


@pytest.fixture
def firmware(tmp_path: Path) -> Path:
    """A small image that could run here: a vector table and a loop."""
    image = tmp_path / "loop.bin"
    image.write_bytes(
        (0x20020000).to_bytes(4, "little")
        + (0x41).to_bytes(4, "little")
        + bytes(56)
        + b"\xfe\xe7"
        + bytes(range(256)) * 8
    )
    return image
