# SPDX-License-Identifier: Apache-2.0
"""What the verifier lets through cannot hurt the VM, however little sense the program makes.

Worth most in a build with AddressSanitizer (-DVMRIG_SANITIZE=ON); elsewhere it still finds crashes and endless loops.
"""

from __future__ import annotations

import random
import struct
import threading
from collections import Counter
from functools import cache

import pytest
from vmrig_native import _vm

from tests.bytecode.mutate import directory, mutations, reseal
from tests.vm.programs_list import PROGRAMS, compiled
from vmrig_server.bytecode import compile_source, strip

CODE, EXTRA = 4, 5


@cache
def images() -> list[bytes]:
    return [compiled(path).image for path in PROGRAMS]


def code_of(image: bytes) -> tuple[int, int]:
    """Offset and words of CODE."""
    return next((offset, length // 4) for number, offset, length in directory(image) if number == CODE)


def nonsense(image: bytes, rng: random.Random) -> bytes:
    """The program with a few instructions made others, their fields changed, or swapped."""
    offset, words = code_of(image)
    out = bytearray(image)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        at, other = (offset + 4 * rng.randrange(words) for _ in range(2))
        kind = rng.random()
        if kind < 0.3:
            out[at] = rng.randrange(len(_vm.opcodes()))
        elif kind < 0.8:
            out[at + rng.randrange(1, 4)] = rng.choice((rng.randrange(6), rng.randrange(16), rng.randrange(256)))
        else:
            out[at : at + 4], out[other : other + 4] = out[other : other + 4], out[at : at + 4]
    return reseal(bytes(out))


def run_for_a_while(image: bytes, rng: random.Random) -> int:
    """The VM's last status. A slice must come back: sleeping is no excuse, time goes on at every look. Code that native code
    calls keeps its slice; an endless loop there must heed stop()."""
    now = 0

    def time_us() -> int:
        nonlocal now
        now += 1000
        return now

    vm = _vm.Vm(image, heap_size=rng.choice((4096, 16384, 65536)), time_us=time_us, write=lambda data: None)
    watch = threading.Timer(5, vm.stop)
    watch.start()
    for _ in range(20):
        status, _detail = vm.run(rng.choice((1, 100, 5000)))
        if status in (_vm.DONE, _vm.RAISED):
            break
    watch.cancel()
    vm.traceback()
    return status


def campaign(count: int, seed: int) -> Counter[str]:
    seen: Counter[str] = Counter()
    for number in range(count):
        rng = random.Random(seed * 1_000_000 + number)
        image = rng.choice(images())
        if rng.random() < 0.1:
            image = strip(image)
        image = nonsense(image, rng) if rng.random() < 0.85 else mutations(image, 1, number)[0]
        try:
            seen[f"status {run_for_a_while(image, rng)}"] += 1
        except _vm.VerifyError as error:
            seen[error.code] += 1
    return seen


def test_programs_without_sense_do_no_harm() -> None:
    seen = campaign(1500, 1)
    ran = sum(seen[f"status {s}"] for s in (_vm.RUNNING, _vm.SLEEPING, _vm.DONE, _vm.RAISED))
    assert 400 < ran < 1300, seen
    assert seen[f"status {_vm.RAISED}"] > 100, seen


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 12))
def test_many_programs_without_sense_do_no_harm(seed: int) -> None:
    campaign(5000, seed)


@pytest.mark.parametrize(
    ("source", "end"),
    [
        ("class A:\n    def __repr__(self):\n        return 'A!'\nraise ValueError(A(), 1)\n", "ValueError: (A!, 1)"),
        ("format(1, 2)\n", "TypeError: format() argument 2 must be str, not int"),
        ("a = -9223372036854775807 - 1\nraise ValueError(a % 100000)\n", "ValueError: 24192"),
        ("a = -100000\nb = 9223372036854775807\nraise ValueError(a % b)\n", "ValueError: 9223372036854675807"),
    ],
)
def test_what_such_programs_found(source: str, end: str) -> None:
    vm = _vm.Vm(compile_source(source, "t.py").image)
    assert vm.run() == (_vm.RAISED, end)


def test_an_exception_costs_budget() -> None:
    """A handler that goes back to the instruction that raises must not hold the slice for ever."""
    image = bytearray(compile_source("try:\n    1 // 0\nexcept TypeError:\n    pass\n", "t.py").image)
    offset = next(offset for number, offset, _ in directory(image) if number == EXTRA)
    (count,) = struct.unpack_from("<H", image, offset)
    assert count == 2  # where the exception is being handled, and the handler
    start, _end, _target, _reg = struct.unpack_from("<4H", image, offset + 10)
    struct.pack_into("<H", image, offset + 14, start + 1)
    vm = _vm.Vm(reseal(bytes(image)))
    assert vm.run(10_000) == (_vm.RUNNING, None)
