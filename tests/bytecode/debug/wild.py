# SPDX-License-Identifier: Apache-2.0
"""Messages of any shape to a debug adapter that has a program: some good, most not.

python -m tests.bytecode.debug.wild [SECONDS [FIRST_SEED]]
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from typing import Any

from tests.bytecode.debug.client import LocalClient, editor_at
from tests.bytecode.debug.test_dap import VirtualClock
from vmrig_server.bytecode.debug.dap import Adapter
from vmrig_server.bytecode.debug.host import HostTarget
from vmrig_server.bytecode.debug.looking import Message, Program
from vmrig_server.bytecode.debug.target import Target

SOURCE = """\
class Point:
    def __init__(self, x):
        self.x = x
def area(p, scale=2):
    total = p.x * scale
    for i in range(3):
        total += i
    return total
points = [Point(n) for n in range(4)]
data = {"a": [1, 2.5, None], "b": b"bytes", "c": {1, 2}}
while points:
    print(area(points.pop()))
"""
PATH = "/home/someone/wild.py"
COMMANDS = sorted(name.removeprefix("_do_") for name in dir(Adapter) if name.startswith("_do_"))
KEYS = """
    threadId frameId variablesReference source path breakpoints line lines column condition hitCondition logMessage filters filterOptions expression
    context name value start count startFrame levels program stopOnEntry noDebug restart terminateDebuggee granularity singleThread memoryReference
    sourceReference text targetId format hex offset instructionReference linesStartAt1 exceptionOptions sourceModified args heap stopOnEntry
""".split()  # noqa: SIM905
TEXTS = ["", "a", PATH, "wild.py", "../../etc/passwd", "x" * 5000, "\0", "\ud800", "é", "points", "p.x", "total + 1", "points[99]", "1 +", "__import__('os')", "(" * 3000,
         "9" * 5000, "9**9**9", "[0] * 10**9", "'a' * 10**9", "lambda: 0", "uncaught", "raised", "watch", "hover", "repl", "statement", "i == 1", ">= 2", "{total} {i}", "{", "{}", "yield", "await x",
         "x := 1", "points = 5", "del points", "f'{p}'", "p.x.y.z", "data['a'][0]", "data[0]", "not", "-" * 5000 + "1"]  # fmt: skip
NUMBERS = [
    0,
    1,
    2,
    3,
    5,
    12,
    -1,
    255,
    1000,
    1001,
    2000,
    65536,
    2**31,
    2**53,
    2**63,
    10**30,
    0.5,
    1e300,
    float("inf"),
    float("nan"),
    True,
]


def anything(pick: random.Random, depth: int = 0) -> Any:
    """A value that JSON can hold."""
    kind = pick.random()
    if kind < 0.35:
        return pick.choice(NUMBERS)
    if kind < 0.7:
        return pick.choice(TEXTS)
    if kind < 0.75 or depth > 3:
        return None
    if kind < 0.87:
        return [anything(pick, depth + 1) for _ in range(pick.choice((0, 1, 2, 40)))]
    return {pick.choice(KEYS): anything(pick, depth + 1) for _ in range(pick.choice((0, 1, 2, 4)))}


def likely(pick: random.Random) -> Any:
    """Arguments that nearly are what a request takes."""
    found: dict[str, Any] = {
        "threadId": 1, "frameId": pick.choice((0, 1, 2)), "variablesReference": pick.choice((1, 2, 3, 1000, 1001, 1002)), "source": {"path": PATH},
        "breakpoints": [{"line": pick.choice((1, 5, 7, 12, 99))} for _ in range(pick.randrange(30))], "expression": pick.choice(TEXTS), "name": pick.choice(("total", "i", "x", "a", "")),
        "value": pick.choice(TEXTS), "context": pick.choice(TEXTS), "filters": ["uncaught"], "line": pick.choice((1, 5, 99)), "program": PATH,
    }  # fmt: skip
    for key in pick.sample(KEYS, pick.choice((0, 0, 1, 2))):
        found[key] = anything(pick)
    for breakpoint_ in found["breakpoints"] if isinstance(found["breakpoints"], list) else []:
        if isinstance(breakpoint_, dict) and pick.random() < 0.2:
            breakpoint_[pick.choice(("condition", "hitCondition", "logMessage", "line", "column"))] = anything(pick)
    return found


def message(pick: random.Random, number: int) -> Any:
    """One message."""
    command: Any = pick.choice(COMMANDS) if pick.random() < 0.93 else anything(pick)
    if command in ("disconnect", "terminate") and pick.random() < 0.9:
        command = "stackTrace"
    arguments = likely(pick) if pick.random() < 0.75 else anything(pick)
    made = {"seq": number, "type": "request", "command": command, "arguments": arguments}
    if pick.random() < 0.05:
        made[pick.choice(("seq", "type", "command", "arguments"))] = anything(pick)
    return made


async def host_target(program: Program, _: Message) -> Target:
    """The VM of this process."""
    return HostTarget(program.image, clock=VirtualClock())


async def session(seed: int, length: int = 40) -> None:
    """A launch, then messages; each gets an answer, and the adapter goes on."""
    pick = random.Random(seed)
    async with editor_at(host_target, SOURCE, PATH) as client:
        assert isinstance(client, LocalClient)
        if pick.random() < 0.9:
            await client.begin([5], PATH)
            await client.event("stopped", "terminated")
        for number in range(100, 100 + length):
            told = message(pick, number)
            try:
                await asyncio.wait_for(client.send(told), 20)
            except Exception as error:
                error.add_note(f"seed {seed}: {str(told)[:400]}")
                raise
            if client.adapter.finished.is_set():
                return


def main() -> int:
    """Runs the campaign."""
    end = time.monotonic() + float(sys.argv[1] if len(sys.argv) > 1 else 60)
    seed = first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    failed: dict[str, str] = {}
    while time.monotonic() < end:
        try:
            asyncio.run(session(seed))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            where = error.__traceback__
            while where and where.tb_next:
                where = where.tb_next
            place = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where else ""
            failed.setdefault(f"{type(error).__name__} {place}", f"{error} {getattr(error, '__notes__', '')}"[:500])
        seed += 1
    for place, text in failed.items():
        sys.stdout.write(f"{place}: {text}\n")
    sys.stdout.write(f"seeds {first}..{seed - 1}: {len(failed)} findings\n")
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main())
