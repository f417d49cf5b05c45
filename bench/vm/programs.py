# SPDX-License-Identifier: Apache-2.0
"""The workloads, and how they are made into containers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vmrig_server.bytecode import CompileError, compile_source

FOLDER = Path(__file__).resolve().parent / "workloads"
MORE = FOLDER.parent / "more"
"""What is not in the mean, but was once slower than a peer."""
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "empty")))
MORE_NAMES = tuple(sorted(path.stem for path in MORE.glob("*.py") if path.stem != "__init__"))
MAIN = 'if __name__ == "__main__":'
HEAPS = {"sieve": 64, "qsort": 16}
"""Megabytes for those that do not run in what the others get on the host."""
HEAP = 8


@dataclass(frozen=True)
class Program:
    """A compiled workload; `error`: why it is not one."""

    image: bytes
    error: str = ""


def path(name: str) -> Path:
    """Its source."""
    return (MORE if name in MORE_NAMES else FOLDER) / f"{name}.py"


def heap_size(name: str) -> int:
    """Of the host's VM, in bytes."""
    return HEAPS.get(name, HEAP) << 20


def constant(name: str, which: str) -> int:
    """HOST_N or MCU_N."""
    found = re.search(rf"^{which} = (\d+)$", path(name).read_text("utf-8"), re.MULTILINE)
    assert found, f"{name} has no {which}"
    return int(found[1])


def source_without_main(name: str) -> str:
    """What defines bench(), for those who call it themselves."""
    return path(name).read_text("utf-8").split(MAIN)[0]


@cache
def wanted(name: str, which: str) -> str:
    """The checksum, by this CPython."""
    namespace: dict[str, object] = {"__name__": name}
    exec(compile(source_without_main(name), name, "exec"), namespace)
    bench = namespace["bench"]
    assert callable(bench)
    return str(bench(constant(name, which)))


@cache
def compiled(name: str, text: str | None = None) -> Program:
    """Of the workload's own source, or of `text`."""
    try:
        return Program(compile_source(text or path(name).read_text("utf-8"), f"{name}.py").image)
    except CompileError as error:
        reason = str(error).splitlines()[0]
        return Program(b"", re.sub(r"^\S+?:(\d+):\d+: error: ", r"line \1: ", reason))
