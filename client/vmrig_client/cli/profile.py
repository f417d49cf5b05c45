# SPDX-License-Identifier: Apache-2.0
"""`vmrig run --profile`: where a program spends its instructions, as a table and in files for flame graphs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from vmrig_client.cli.compile import compiled, with_sources
from vmrig_client.cli.output import run, say
from vmrig_client.project import Project

if TYPE_CHECKING:
    from vmrig.v1 import debug_pb2

    from vmrig_client.aio import AsyncClient

NO_FILE = "-"
EXIT_FIRMWARE = 3
SUFFIXES = (".folded", ".json")


def run_profiled(
    program: str | bytes | Project, path: Path, board: str | None, heap: int, file: str, wait_s: float
) -> int:
    """Runs a program for its profile; returns the exit code."""
    out = None if file == NO_FILE else Path(file)
    if out is not None and out.suffix not in SUFFIXES:
        raise typer.BadParameter(f"--profile takes a file that ends in {' or '.join(SUFFIXES)}, or {NO_FILE}")

    async def work(client: AsyncClient) -> int:
        if board is None:
            return await follow(client, None)
        from vmrig_client.cli.holding import holding

        async with holding(client, board, "run", wait_s) as lease:
            return await follow(client, lease)

    async def follow(client: AsyncClient, lease: Any) -> int:
        image = await compiled(client, program, path, lease.board if lease is not None else "")
        async for event in client.profile(image, path.name, lease=lease, heap_size_bytes=heap):
            if event.WhichOneof("event") == "output":
                sys.stdout.buffer.write(event.output)
                sys.stdout.buffer.flush()
                continue
            ended = event.ended
            say(ended.text)
            if out is not None:
                out.write_text(folded(ended) if out.suffix == ".folded" else speedscope(ended, path.name), "utf-8")
            if ended.traceback:
                say(with_sources(ended.traceback.rstrip(), program))
                return EXIT_FIRMWARE
        return 0

    return run(work, boards=board is not None)


def folded(ended: debug_pb2.RunProfileResponse.Ended) -> str:
    """Stacks as flamegraph.pl and speedscope read them: frames with semicolons between, a space, the count."""
    return "".join(f"{';'.join(stack.frames)} {stack.count}\n" for stack in ended.stacks)


def speedscope(ended: debug_pb2.RunProfileResponse.Ended, name: str) -> str:
    """The file format of speedscope.app (its specification: speedscope.app/file-format-schema.json)."""
    places = {f"{row.function}:{row.line}": (row.file, row.line) for row in ended.lines}
    frames: dict[str, int] = {}
    samples = [[frames.setdefault(frame, len(frames)) for frame in stack.frames] for stack in ended.stacks]
    weights = [stack.count for stack in ended.stacks]
    table = []
    for frame in frames:
        file, line = places.get(frame, ("", 0))
        table.append({"name": frame, **({"file": file, "line": line} if file else {})})
    return json.dumps(
        {
            "$schema": "https://www.speedscope.app/file-format-schema.json",
            "name": name,
            "exporter": "vmrig",
            "shared": {"frames": table},
            "profiles": [
                {
                    "type": "sampled",
                    "name": name,
                    "unit": "none",
                    "startValue": 0,
                    "endValue": sum(weights),
                    "samples": samples,
                    "weights": weights,
                }
            ],
        }
    )
