# SPDX-License-Identifier: Apache-2.0
"""In place of the pyOCD child: speaks its protocol, touches no probe. The argument says how it fares."""

from __future__ import annotations

import json
import os
import sys
import time


def say(**message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main() -> None:
    spec = json.loads(sys.stdin.readline())
    act = sys.argv[1]
    say(type="log", text="steps " + " ".join(step["do"] for step in spec["steps"]))
    say(type="log", text=f"unlock {spec['unlock']} home {os.environ['VMRIG_HOME']}")
    say(type="progress", phase="connect", done=0, total=0)
    if act == "probe_lost":
        say(type="error", code="PROBE_LOST", message="The debug probe stopped answering.", **{"class": 4})
        return
    say(type="progress", phase="write", done=1, total=2)
    if act == "hang":
        time.sleep(600)
    say(type="progress", phase="reset", done=0, total=0)
    say(
        type="result", phases=[["connect", 0.1], ["write", 0.2]], bytes_written=8, bytes_verified=8,
        words={"uid": [0x89ABCDEF, 0x01234567]},
    )  # fmt: skip


main()
