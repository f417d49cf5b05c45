# SPDX-License-Identifier: Apache-2.0
"""Host speed. Every engine runs each workload in a child process; the engines take turns, and the best turn of each counts.

The cost is CPU seconds, user and system, since the machine is shared. Of a peer: all of its child, less the best turn of the same engine on an
empty program, so that starting is not counted; it parses its source in that time, which takes some 0.1 ms of these workloads' 50 to 800. Of our
VM: from before the VM is made to after its end, measured in the child (`bench.vm.child`). MicroPython's speed depends on the size of its heap:
it runs with each of `MP_HEAPS`, and the fastest counts. Checksums must be the same everywhere.
"""

from __future__ import annotations

import math
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.table import Row
from bench.vm import peers, programs

ROUNDS = int(os.environ.get("VMRIG_BENCH_ROUNDS", "5"))
LIMIT_S = 30.0
HOPELESS = 3.0
"""A size of heap that takes so many times as long as the best one is not tried again."""
MP_HEAPS = ("16m", "2m", "64m")
MP_BAR, MP_STRETCH, MP_WORST_BAR = 0.50, 0.35, 1.0
CPYTHON_BAR, CPYTHON_STRETCH = 0.85, 0.60


@dataclass
class Turns:
    """Of one engine on one workload."""

    best: float = math.inf
    failure: str = ""
    hopeless: set[str] = field(default_factory=set)

    def took(self, seconds: float) -> None:
        """One more turn."""
        self.best = min(self.best, seconds)


@dataclass(frozen=True)
class Engine:
    """A program that runs the source; `variants` are arguments of which the best counts."""

    name: str
    command: tuple[str, ...]
    variants: tuple[tuple[str, ...], ...] = ((),)

    def turn(self, workload: str, want: str, turns: Turns) -> None:
        """Runs it once with each variant."""
        for variant in self.variants:
            label = " ".join(variant)
            if label in turns.hopeless:
                continue
            limit = min(LIMIT_S, turns.best * HOPELESS + 1)
            took, printed = _child([self.command[0], *variant, *self.command[1:], str(programs.path(workload))], limit)
            if printed != want:
                turns.failure = turns.failure or f"prints {printed!r}"
            elif math.isfinite(took):
                turns.took(took)
            if not took <= turns.best * HOPELESS:
                turns.hopeless.add(label)


def _child(command: list[str], limit_s: float) -> tuple[float, str]:
    """CPU seconds of a child process and what it printed; infinite seconds when it does not end in time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s, check=False)
    except subprocess.TimeoutExpired:
        return math.inf, ""
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, (done.stdout if done.returncode == 0 else done.stdout + done.stderr).strip()


def _ours(image: Path, heap_size: int, want: str, turns: Turns) -> None:
    """One turn of our VM."""
    command = [sys.executable, "-m", "bench.vm.child", str(image), str(heap_size)]
    _, printed = _child(command, LIMIT_S)
    checksum, _, seconds = printed.rpartition(" ")
    if checksum == want:
        turns.took(float(seconds))
    else:
        turns.failure = printed.splitlines()[-1] if printed else "ran out of time"


def engines() -> list[Engine]:
    """The peers that are there."""
    found = []
    if micropython := peers.path("micropython"):
        found.append(
            Engine("micropython", (micropython,), tuple(("-X", f"heapsize={heap}") for heap in MP_HEAPS)),
        )
    if cpython := peers.path("cpython"):
        found.append(Engine(peers.cpython_name(cpython), (cpython, "-I", "-S")))
    return found


def measure(names: tuple[str, ...] = programs.NAMES) -> list[Row]:
    """A row for each workload, then the geometric means."""
    there = engines()
    empty = {engine.name: Turns() for engine in there}
    for _ in range(ROUNDS):
        for engine in there:
            engine.turn("empty", "", empty[engine.name])
    ratios: dict[str, list[float]] = {engine.name: [] for engine in there}
    with tempfile.TemporaryDirectory(prefix="vmrig-bench-") as folder:
        rows = [row for name in names for row in _workload(name, there, empty, ratios, Path(folder))]
    return [*rows, *_means(ratios, len(names))]


def _workload(
    name: str, there: list[Engine], empty: dict[str, Turns], ratios: dict[str, list[float]], folder: Path
) -> Iterator[Row]:
    figure = f"host s, {name}"
    want = programs.wanted(name, "HOST_N")
    program = programs.compiled(name)
    image = folder / f"{name}.vbc"
    image.write_bytes(program.image)
    ours = Turns(failure=program.error)
    turns = {engine.name: Turns() for engine in there}
    for _ in range(ROUNDS):
        if not ours.failure:
            _ours(image, programs.heap_size(name), want, ours)
        for engine in there:
            engine.turn(name, want, turns[engine.name])
    beside, worst = [], 0.0
    for engine in there:
        short = engine.name.split()[0].lower()
        peer = turns[engine.name].best - empty[engine.name].best
        if not math.isfinite(peer):
            beside.append(f"{short}: {turns[engine.name].failure}")
        elif ours.failure:
            beside.append(f"{short} {peer:.3f}")
        else:
            ratio = ours.best / peer
            ratios[engine.name].append(ratio)
            beside.append(f"{short} {peer:.3f} (x {ratio:.2f})")
            worst = max(worst, ratio if short == "micropython" else 0.0)
    beside_text = ", ".join(beside) or "no peer"
    if ours.failure:
        yield Row(figure, "-", f"{beside_text}; {ours.failure}", "runs", False)
    elif worst:
        yield Row(figure, f"{ours.best:.3f}", beside_text, f"x <= {MP_WORST_BAR}", worst <= MP_WORST_BAR)
    else:
        yield Row(figure, f"{ours.best:.3f}", beside_text)


def _means(ratios: dict[str, list[float]], count: int) -> Iterator[Row]:
    """A mean over fewer workloads than there are does not hold."""
    for short, option, bar, stretch in (
        ("micropython", "micropython", MP_BAR, MP_STRETCH),
        ("cpython", "cpython", CPYTHON_BAR, CPYTHON_STRETCH),
    ):
        figure = f"... x {short}, geometric mean"
        asked = f"<= {bar:.2f} (better: {stretch:.2f})"
        found = next(((name, r) for name, r in ratios.items() if name.lower().startswith(short)), None)
        if found is None:
            yield Row(figure, "-", f"not there: --{option}, {peers.variable(option)}", asked)
            continue
        name, values = found
        if not values:
            yield Row(figure, "-", name, asked, False)
            continue
        mean = geometric_mean(values)
        what = f"{name}, {len(values)} of {count} workloads, worst x {max(values):.2f}"
        yield Row(figure, f"{mean:.3f}", what, asked, mean <= bar and len(values) == count)


def geometric_mean(values: list[float]) -> float:
    """Of ratios."""
    return math.exp(sum(map(math.log, values)) / len(values))
