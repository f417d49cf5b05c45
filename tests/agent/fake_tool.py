# SPDX-License-Identifier: Apache-2.0
"""A tool process for tests of the runner: does what the specification's ``act`` says, with nothing but the standard library."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time


def say(**message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main() -> None:
    spec = json.loads(sys.stdin.readline())
    act = spec["act"]
    if act == "ok":
        for done in range(0, 101, 25):
            say(type="progress", phase="write", done=done, total=100)
        say(type="log", text="remark")
        sys.stderr.write("a warning\n")
        say(type="result", answer=spec["question"])
    elif act == "error":
        sys.stderr.write("tool says why\n")
        sys.stderr.flush()
        say(
            type="error",
            code="VERIFY_FAILED",
            message="It differs.",
            evidence=["at 0x10"],
            next_command="vmrig flash",
            **{"class": 4},
        )
    elif act == "crash":
        sys.stderr.write("first line\nSegmentation nonsense\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGSEGV)
    elif act == "exit":
        sys.stderr.write("\n".join(f"line {n}" for n in range(100)))
        sys.exit(7)
    elif act == "garbage":
        sys.stdout.buffer.write(
            b'not json\n\xff\xfe\x00\n[1,2]\n{"type":17}\n{"type":"progress"}\n' + b"x" * 100_000 + b"\n"
        )
        sys.stdout.flush()
        if spec.get("then_ok"):
            say(type="result", answer=1)
    elif act in ("hang", "stubborn", "children"):
        if act != "hang":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        pids = [os.getpid()]
        if act == "children":
            code = (
                "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(600)"
            )
            child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
            assert child.stdout is not None
            child.stdout.read(1)
            pids.append(child.pid)
        say(type="progress", phase="write", done=1, total=2)
        say(type="log", text=json.dumps(pids))
        time.sleep(600)
    elif act == "leaves_child":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        say(type="log", text=json.dumps([child.pid]))
        say(type="result")
    elif act == "stdin":
        # Ends when the parent lets go of stdin; tells so by a file.
        say(type="log", text="waiting")
        sys.stdin.read()


main()
