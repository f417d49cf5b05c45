# SPDX-License-Identifier: Apache-2.0
"""A service of one's own: started as a child process, answering when the block begins, gone when it ends."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from vmrig_client.errors import BENCH, ApiError

STOP_TIMEOUT_S = 20.0


@contextlib.contextmanager
def local_service(home: Path | None = None, log: Path | None = None, *, usb: bool = True) -> Iterator[str]:
    """Runs a service that ends with this process at the latest (it watches its standard input).

    Args:
        home: its folder; default: this user's.
        log: file for what it says; default: thrown away.
        usb: whether it looks for boards on this host's USB.

    Yields:
        The gRPC target at which it answers.

    Raises:
        ApiError: ``SERVICE_FAILED`` when it ends instead of answering, with its last lines.
    """
    environment = dict(os.environ)
    if home is not None:
        environment["VMRIG_HOME"] = str(home)
    reader, writer = os.pipe()
    with contextlib.ExitStack() as stack:
        sink = stack.enter_context(log.open("ab")) if log else subprocess.DEVNULL
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "vmrig_server", "--embedded", "--ready-fd", str(writer)),
                *(() if usb else ("--no-system-usb",)),
            ],
            stdin=subprocess.PIPE,
            stdout=sink,
            stderr=sink,
            pass_fds=(writer,),
            env=environment,
        )
        os.close(writer)
        with os.fdopen(reader, "rb") as ready:
            answered = ready.read(1)
        if not answered:  # the pipe was closed without a byte
            process.communicate()
            lines = log.read_text(errors="replace").splitlines()[-5:] if log else []
            raise ApiError("SERVICE_FAILED", "The service did not start.", lines, "vmrig up", BENCH)
        try:
            if home is None:
                from vmrig_client.address import default_address

                yield default_address()
            else:
                yield f"unix:{home / 'run' / 'vmrig.sock'}"
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(timeout=STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def answers(address: str) -> bool:
    """Whether something listens at an address on this machine; any other address counts as one that does."""
    if not address.startswith("unix:"):
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(address.removeprefix("unix:"))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def service_of_ones_own() -> Iterator[str]:
    """One with nothing in it, for what needs no board: compiling, running on the host's VM. It shares nothing with others that run at the same time."""
    with tempfile.TemporaryDirectory(prefix="vmrig-") as folder, local_service(Path(folder), usb=False) as address:
        yield address
