# SPDX-License-Identifier: Apache-2.0
"""An emulated board with a serial loader, plugged in on a service folder of its own, for tools that are started by hand; and venvs of such tools."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import vmrig_native
from ruamel.yaml import YAML

from vmrig_server.boards_data import load_target
from vmrig_server.emulator.pool import WorkerPool
from vmrig_server.paths import data_root

_plugging = asyncio.Lock()
"""While a board is made with board files of its own: they are named by the environment, which is all tasks'."""


@dataclass(frozen=True, slots=True)
class EspBoard:
    """A board that is plugged in.

    Attributes:
        port: its terminal.
        url: its RFC 2217 port, as pyserial's URL.
        environment: for programs that open the terminal and need its modem lines.
    """

    port: str
    url: str
    environment: Mapping[str, str]


def boards_with(folder: Path, target: str, device_params: Mapping[str, Mapping[str, int]], flash_size: int = 0) -> Path:
    """A copy of all board files, in which a target's devices have other parameters and its chip another flash. Returns it."""
    root = folder / "boards"
    shutil.copytree(data_root("boards"), root)
    yaml = YAML(typ="rt")
    path = root / target / "board.yaml"
    board: Any = yaml.load(path.read_text(encoding="utf-8"))
    for device, params in device_params.items():
        board.setdefault("device_params", {}).setdefault(device, {}).update(params)
    yaml.dump(board, path)
    if flash_size:
        path = root / "chips" / f"{load_target(target).chip}.yaml"
        chip: Any = yaml.load(path.read_text(encoding="utf-8"))
        next(memory for memory in chip["memories"] if memory["name"] == "flash")["size"] = flash_size
        yaml.dump(chip, path)
    return root


@contextlib.asynccontextmanager
async def plugged(
    scratch: Path,
    target: str,
    device_params: Mapping[str, Mapping[str, int]] | None = None,
    flash_size: int = 0,
    usb: str = "",
) -> AsyncIterator[EspBoard]:
    """A board in a worker of its own. usb: which of its `usb_choices`."""
    home = scratch / "home"
    pool = WorkerPool(home, workers=1)
    try:
        async with _plugging:
            with _boards_folder(boards_with(scratch, target, device_params or {}, flash_size)):
                await pool.start()
                board = await pool.create(target, usb=usb)
        library = Path(vmrig_native.__path__[0]) / "libvmrig_lines.so"
        environment = {"VMRIG_HOME": str(home), "VMRIG_LINES": str(home / "run" / "lines"), "LD_PRELOAD": str(library)}
        yield EspBoard(board.serial_port, f"rfc2217://127.0.0.1:{board.rfc2217_port}", environment)
    finally:
        await pool.close()


@contextlib.contextmanager
def _boards_folder(root: Path) -> Iterator[None]:
    """Workers take the folder of boards from their environment when they start."""
    before = os.environ.get("VMRIG_BOARDS")
    os.environ["VMRIG_BOARDS"] = str(root)
    try:
        yield
    finally:
        if before is None:
            del os.environ["VMRIG_BOARDS"]
        else:
            os.environ["VMRIG_BOARDS"] = before


def tool_environment(python: Path, *further: Mapping[str, str]) -> dict[str, str]:
    """For a program of the venv of `python`, which must not find our packages."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
    for more in further:
        environment |= more
    environment["PATH"] = os.pathsep.join([str(python.parent), os.environ.get("PATH", os.defpath)])
    environment.pop("PYTHONPATH", None)
    return environment


async def run_logged(
    command: Sequence[str | Path], log: Path, limit_s: float, *, cwd: Path, env: Mapping[str, str]
) -> int | None:
    """Runs a program to its end, with all that it starts. Returns its exit status; None: it did not end in time."""
    output = log.open("wb")
    try:
        child = await asyncio.create_subprocess_exec(
            *command,
            cwd=cwd,
            env=dict(env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    finally:
        output.close()
    try:
        return await asyncio.wait_for(child.wait(), limit_s)
    except TimeoutError:
        return None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # what it left behind, too
        await child.wait()


def venv(folder: Path, packages: Sequence[str], sources: Path | None = None) -> Path:
    """The Python of a venv with these packages, and with that of a checkout; made once for each state of its sources."""
    digest = hashlib.sha256(" ".join(packages).encode())
    for file in _sources(sources):
        digest.update(file.read_bytes())
    root = folder / f"venv-{digest.hexdigest()[:12]}"
    python = root / "bin" / "python"
    done = root / "done"
    if not done.exists():
        sys.stderr.write(f"making a venv in {root}: this takes a minute\n")
        with tempfile.TemporaryDirectory(prefix="vmrig-peers-") as scratch:
            copied: list[str] = []
            if sources is not None:  # pip leaves traces where it builds
                copy = Path(scratch) / sources.name
                shutil.copytree(sources, copy, ignore=shutil.ignore_patterns(".git", "test", "docs", "build"))
                copied = [str(copy)]
            subprocess.run([sys.executable, "-m", "venv", "--clear", root], check=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", *copied, *packages], check=True)
        done.touch()
    return python


def _sources(checkout: Path | None) -> Iterable[Path]:
    if checkout is None:
        return ()
    folders = [path for path in checkout.iterdir() if (path / "__init__.py").is_file()]
    return sorted(file for folder in folders for file in folder.rglob("*.py"))
