# SPDX-License-Identifier: Apache-2.0
"""Profiles by line."""

from __future__ import annotations

from vmrig_server.bytecode import compile_source, run_on_host
from vmrig_server.bytecode.debug.profile import Profile, profile_on_host, profile_text
from vmrig_server.bytecode.host import VirtualClock

SOURCE = """\
def slow(n):
    t = 0
    for i in range(n):
        t += i * i % 7
    return t

def run():
    for k in range(20):
        slow(300)

run()
print("done")
"""


def test_every_instruction_is_counted_at_its_line_and_the_program_does_the_same() -> None:
    image = compile_source(SOURCE, "a.py").image
    out: list[bytes] = []
    done = profile_on_host(image, write=out.append, clock=VirtualClock())
    plain: list[bytes] = []
    result = run_on_host(image, write=plain.append, clock=VirtualClock())
    assert b"".join(out) == b"".join(plain) == b"done\n"
    assert done.profile.exact and done.profile.instructions == result.instructions
    counts = {row.line: row.count for row in done.profile.lines}
    words = 20 * 300
    assert counts[4] % words == 0 and counts[4] >= 3 * words  # multiply, remainder, add
    assert counts[3] >= words and counts[2] == counts[5] == 20
    assert done.profile.lines[0].line == 4 and done.profile.lines[0].function == "slow"
    assert max(done.profile.stacks, key=lambda stack: done.profile.stacks[stack]) == (
        ("<module>", 11),
        ("run", 9),
        ("slow", 0),
    )
    table = profile_text(done.profile, SOURCE).splitlines()
    assert table[0].endswith(" instructions") and table[2].endswith("a.py:4 slow                      t += i * i % 7")
    assert Profile.from_dict(done.profile.to_dict()) == done.profile


def test_a_program_that_raises_has_its_traceback_beside_its_profile() -> None:
    done = profile_on_host(
        compile_source("x = 1\nx // 0\n", "a.py").image, write=lambda data: None, source="x = 1\nx // 0\n"
    )
    assert "line 2, in <module>\n    x // 0\nZeroDivisionError" in done.traceback
    assert {row.line for row in done.profile.lines} == {1, 2}
