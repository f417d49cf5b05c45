# SPDX-License-Identifier: Apache-2.0
"""A recorded run is replayed exactly, without what it ran beside."""

from __future__ import annotations

import json

import pytest

from vmrig_server.bytecode import HostRunError, compile_source, run_on_host
from vmrig_server.bytecode.host import HostResult, Outcome, RecordingGpio, VirtualClock
from vmrig_server.bytecode.peripherals import Peripherals

PROGRAM = """
import _thread, gpio, time
log = []
def reader():
    for _ in range(20):
        log.append((gpio.read("BUTTON"), time.ticks_us() % 1000))
        time.sleep_us(170)
def spinner(name):
    for i in range(3000):
        pass
    log.append(name)
for name in "ab":
    _thread.start_new_thread(spinner, (name,))
reader()
while len(log) < 22:
    time.sleep_ms(1)
print(log, sorted([3, 1], key=lambda x: time.sleep_us(30) or x), time.ticks_us())
"""


class Jitter(VirtualClock):
    """Time that passes by itself, unevenly."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed

    def now_us(self) -> int:
        self.seed = self.seed * 1103515245 + 12345 & 0x7FFFFFFF
        self.wait_until_us(super().now_us() + self.seed % 37)
        return super().now_us()


class Button(RecordingGpio):
    def read(self, pin: int) -> int:
        return self.clock.now_us() >> 4 & 1


def run(image: bytes, seed: int, **options: object) -> tuple[HostResult, bytes]:
    clock, out = Jitter(seed), bytearray()
    parts = Peripherals(seed=seed)
    result = run_on_host(image, write=out.extend, clock=clock, gpio=Button(clock), peripherals=parts, **options)  # type: ignore[arg-type]
    return result, bytes(out)


def recorded(image: bytes, seed: int, **options: object) -> tuple[HostResult, bytes, bytes]:
    recording = bytearray()
    return *run(image, seed, record=recording.extend, **options), bytes(recording)


def test_a_replay_does_what_the_recorded_run_did_whatever_the_time_is() -> None:
    image = compile_source(PROGRAM, "t.py").image
    result, out, recording = recorded(image, 1)
    assert result.outcome is Outcome.DONE, result.traceback
    other, other_out = run(image, 2)
    assert (other.outcome, other_out == out) == (Outcome.DONE, False)
    for seed in (2, 3):
        again, again_out = run(image, seed, replay=recording)
        assert (again, again_out) == (result, out)


def test_a_run_that_was_stopped_stops_at_the_same_instruction() -> None:
    image = compile_source(
        "import time\nwhile True:\n    time.sleep_us(10)\n    print(time.ticks_us())\n", "t.py"
    ).image
    asked = iter(range(1000))
    result, out, recording = recorded(image, 1, stop=lambda: next(asked) == 50)
    assert result.outcome is Outcome.STOPPED and out
    assert run(image, 2, replay=recording) == (result, out)


def test_a_recording_that_was_cut_off_replays_as_far_as_it_goes() -> None:
    image = compile_source(PROGRAM, "t.py").image
    _, out, recording = recorded(image, 1)
    for cut in (len(recording) // 2, len(recording) // 3):
        result, part = run(image, 5, replay=recording[:cut])
        assert result.outcome is Outcome.STOPPED and out.startswith(part)


def test_a_recording_of_something_else_is_refused_by_what_differs() -> None:
    image = compile_source(PROGRAM, "t.py").image
    _, _, recording = recorded(image, 1)
    with pytest.raises(HostRunError, match="not a recording"):
        run(image, 1, replay=b"hello")
    with pytest.raises(HostRunError, match="another program"):
        run(compile_source("print(1)\n", "t.py").image, 1, replay=recording)
    lines = recording.splitlines()
    entry = json.loads(lines[10])
    entry[0] += 1
    with pytest.raises(HostRunError, match="at instruction"):
        run(image, 1, replay=b"\n".join([*lines[:10], json.dumps(entry).encode(), *lines[11:]]))
    with pytest.raises(HostRunError, match="line 11 of the recording is damaged"):
        run(image, 1, replay=b"\n".join([*lines[:10], b"]", *lines[11:]]))


@pytest.mark.parametrize(
    "answer",
    [
        "0.5",
        "null",
        "[]",
        '"x"',
        '{"hex": 5}',
        '{"hex": "zz"}',
        '{"reset": 5}',
        '{"reset": ["a", 1, -5]}',
        "9" * 30,
        "-" + "9" * 30,
    ],
)
def test_an_answer_that_nobody_gave_is_told(answer: str) -> None:
    image = compile_source(PROGRAM, "t.py").image
    lines = recorded(image, 1)[2].splitlines()
    at = next(number for number, line in enumerate(lines[2:], 2) if json.loads(line)[1] == "clock.now_us")
    instructions, what, _ = json.loads(lines[at])
    lines[at] = f'[{instructions}, "{what}", {answer}]'.encode()
    with pytest.raises(HostRunError, match="damaged"):
        run(image, 1, replay=b"\n".join(lines))


@pytest.mark.parametrize("key", ["heap_size", "uid", "program", "reset_cause"])
@pytest.mark.parametrize("value", [None, [], "zz"])
def test_a_head_that_is_none_is_told(key: str, value: object) -> None:
    image = compile_source("print(1)\n", "t.py").image
    head, *rest = recorded(image, 1)[2].splitlines()
    told = {**json.loads(head), key: value}
    with pytest.raises(HostRunError):
        run(image, 1, replay=b"\n".join([json.dumps(told).encode(), *rest]))
    with pytest.raises(HostRunError, match="before the run begins"):
        run(image, 1, replay=head)
