# SPDX-License-Identifier: Apache-2.0
"""Runs an unmodified pyOCD as a child process that knows our plugin."""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEADLINE_S = 60.0


@dataclass(frozen=True, slots=True)
class Ended:
    """A child that ended: its exit status and everything it said."""

    status: int
    text: str


def environment(home: Path, scratch: Path, *, plugin: bool = True) -> dict[str, str]:
    """For a pyOCD that uses the service folder `home`. Where vmrig is not installed, its entry point is announced by a metadata folder in `scratch`."""
    python_path = [os.path.abspath(p) for p in sys.path if p]  # noqa: PTH100 - entries need not exist
    installed = {entry.name for entry in importlib.metadata.entry_points(group="pyocd.probe")}
    if plugin and "vmrig" not in installed:
        folder = scratch / "vmrig-0.dist-info"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: vmrig\nVersion: 0\n")
        (folder / "entry_points.txt").write_text(
            "[pyocd.probe]\nvmrig = vmrig_server.emulator.pyocd_plugin:VmrigProbePlugin\n"
        )
        python_path.insert(0, str(scratch))
    return {**os.environ, "VMRIG_HOME": str(home), "PYTHONPATH": os.pathsep.join(python_path), "NO_COLOR": "1"}


async def pyocd(env: Mapping[str, str], *arguments: str, expect: int = 0, cwd: Path | None = None) -> Ended:
    """Runs pyOCD to its end. Fails the test if the exit status is not the expected one."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "pyocd",
        *arguments,
        env=dict(env),
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(child.communicate(), DEADLINE_S)
    except TimeoutError:
        child.kill()
        raise
    text = output.decode(errors="replace")
    assert child.returncode == expect, f"pyocd {' '.join(arguments)} ended with {child.returncode}:\n{text}"
    return Ended(child.returncode or 0, text)
