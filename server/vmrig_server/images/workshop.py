# SPDX-License-Identifier: Apache-2.0
"""VM images built for a wish, by vmimages/build.py in a process of its own, and kept by the contents of all that they are made of."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.images.manifest import FirmwareImage, load_image
from vmrig_server.paths import data_root

DEADLINE_S = 300.0
KEPT = 64
"""So many images are kept; of more, those that were asked for longest ago go."""
_LAST_LINES = 20
_MISFIT_EXIT = 3
_SOURCES = frozenset({".c", ".h", ".def", ".inc", ".ld", ".S", ".py"})

Report = Callable[[int, int], None]


class Workshop:
    """Builds images, one at a time.

    Args:
        folder: where the images are kept.
        cache: for the compiler's objects, which can be made again.
    """

    def __init__(self, folder: Path, cache: Path) -> None:
        self._folder = folder
        self._cache = cache
        self._busy: asyncio.Lock | None = None

    def find(self, target: str, features: Sequence[str]) -> FirmwareImage | None:
        """The image that was built of the sources as they are now; None when there is none, or when it is no longer whole."""
        folder = self._place(target, features)
        try:
            image = load_image(target, "vm", folder)
        except VmrigError:
            return None
        with contextlib.suppress(OSError):
            os.utime(folder)
        return image

    async def build(self, target: str, features: Sequence[str], report: Report) -> FirmwareImage:
        """The image, built if it is not there yet. `report`: steps done, of how many.

        Raises:
            VmrigError: ``TOOLCHAIN_MISSING``, ``VM_TOO_LARGE``, ``BUILD_FAILED``.
        """
        if self._busy is None:
            self._busy = asyncio.Lock()
        async with self._busy:
            found = await asyncio.to_thread(self.find, target, features)
            if found is None:
                await self._make(target, features, report)
                found = await asyncio.to_thread(self.find, target, features)
            if found is None:
                raise _failed("The image that was built is not there.", [str(self._place(target, features))])
            return found

    async def _make(self, target: str, features: Sequence[str], report: Report) -> None:
        script = data_root("vmimages") / "build.py"
        if importlib.util.find_spec("ziglang") is None or not script.is_file():
            raise VmrigError(
                "TOOLCHAIN_MISSING",
                "A VM with these features has to be built, and the compiler is not installed.",
                evidence=[
                    "it is in the optional extra 'images' of vmrig",
                    f"VMs that need no compiler: vmrig vm available {target}",
                ],
                next_command="pip install 'vmrig[images]'",
            )
        place = self._place(target, features)
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        await asyncio.to_thread(self._cache.mkdir, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".making-") as made:
            command = [
                *(sys.executable, str(script), "--target", target, "--features", ",".join(sorted(features))),
                *("--out", made, "--cache", str(self._cache), "--boards", str(data_root("boards"))),
                *("--jobs", str(os.cpu_count() or 2), "--progress"),
            ]
            code, said = await _run(command, report)
            if code == _MISFIT_EXIT:
                raise VmrigError(
                    "VM_TOO_LARGE",
                    f"A VM with these features does not fit into a {target}.",
                    evidence=said,
                    next_command=f"vmrig vm available {target} --features",
                )
            if code:
                raise _failed(f"The compiler ended with code {code}.", said)
            await asyncio.to_thread(self._keep, Path(made), place)

    def _keep(self, made: Path, place: Path) -> None:
        shutil.rmtree(place, ignore_errors=True)
        kept = made / "kept"
        kept.mkdir()
        for folder in made.iterdir():
            if folder != kept:
                folder.rename(kept / folder.name)
        kept.rename(place)
        others = sorted(self._folder.glob("[0-9a-f]*"), key=lambda folder: folder.stat().st_mtime, reverse=True)
        for folder in others[KEPT:]:
            shutil.rmtree(folder, ignore_errors=True)

    def _place(self, target: str, features: Sequence[str]) -> Path:
        digest = hashlib.sha256(json.dumps([target, sorted(features)]).encode())
        root, boards = data_root("vmimages"), data_root("boards")
        files = [path for path in root.rglob("*") if path.suffix in _SOURCES]
        for path in [*sorted(files), boards / target / "board.yaml", *sorted((boards / "chips").glob("*.yaml"))]:
            data = path.read_bytes() if path.is_file() else b""
            digest.update(f"{path.name}\0{len(data)}\0".encode())
            digest.update(data)
        return self._folder / digest.hexdigest()[:32]


async def _run(command: Sequence[str], report: Report) -> tuple[int, list[str]]:
    """Runs the build; its exit code and the last lines that it said. Whatever ends this ends the whole process group."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, start_new_session=True
    )
    assert process.stdout is not None
    said: deque[str] = deque(maxlen=_LAST_LINES)
    try:
        async with asyncio.timeout(DEADLINE_S):
            async for line in process.stdout:
                text = line.decode("utf-8", "replace").rstrip()
                try:
                    step = json.loads(text)
                    report(int(step["done"]), int(step["total"]))
                except (ValueError, TypeError, KeyError):
                    said.append(text)
            return await process.wait(), list(said)
    except TimeoutError:
        raise _failed(f"The build was stopped: it was not done after {DEADLINE_S:g} s.", list(said)) from None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _failed(sentence: str, evidence: Sequence[str]) -> VmrigError:
    return VmrigError("BUILD_FAILED", sentence, evidence=list(evidence), error_class=ErrorClass.BENCH)
