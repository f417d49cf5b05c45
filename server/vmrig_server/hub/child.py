# SPDX-License-Identifier: Apache-2.0
"""A module of ours in a process of its own: what it does wrong costs that process, and leaving it is a kill."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

from vmrig_server.errors import ErrorClass, VmrigError

_STDERR_BYTES, _STDERR_LINES = 4096, 20


@dataclass(frozen=True, slots=True)
class Child:
    """A process whose input and output are pipes."""

    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader
    process: asyncio.subprocess.Process
    errors: asyncio.Task[bytes]

    async def failed(self, sentence: str) -> VmrigError:
        """``HOST_VM_FAILED`` for a process that has ended, with the last that it said."""
        code = await self.process.wait()
        return VmrigError(
            "HOST_VM_FAILED",
            sentence.format(code=code),
            evidence=(await self.errors).decode(errors="replace").splitlines()[-_STDERR_LINES:],
            error_class=ErrorClass.BENCH,
        )


@contextlib.asynccontextmanager
async def child_of(module: str) -> AsyncIterator[Child]:
    """Runs `python -m module`; at the end of the block it is killed, with all that it started, if it still runs."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    errors = asyncio.create_task(_tail(process.stderr))
    try:
        yield Child(process.stdin, process.stdout, process, errors)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        errors.cancel()
        await asyncio.gather(errors, return_exceptions=True)
        await process.wait()


async def _tail(stream: asyncio.StreamReader) -> bytes:
    kept = b""
    while data := await stream.read(4096):
        kept = (kept + data)[-_STDERR_BYTES:]
    return kept
