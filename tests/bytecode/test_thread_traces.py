# SPDX-License-Identifier: Apache-2.0
"""What a board prints of a thread that died is resolved on its way to the console."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.link.boards import SimulatedBoard, linked
from vmrig_server.bytecode import compile_source, strip
from vmrig_server.bytecode.stripping import for_board
from vmrig_server.bytecode.thread_traces import ThreadTraces

SOURCE = """\
import _thread, time
def inner(n):
    return 1 // n
def outer():
    inner(0)
print("before")
_thread.start_new_thread(outer, ())
time.sleep_ms(50)
print("after")
"""
IMAGE = compile_source(SOURCE, "threads.py").image
RESOLVED = """\
Traceback (most recent call last):
  File "threads.py", line 5, in outer
    inner(0)
  File "threads.py", line 3, in inner
    return 1 // n
ZeroDivisionError: integer division or modulo by zero
after
"""


@pytest.mark.parametrize("image", [for_board(IMAGE), strip(IMAGE)], ids=["for the board", "stripped"])
async def test_a_thread_that_dies_on_a_board_is_told_of_with_files_lines_and_texts(image: bytes) -> None:
    board = SimulatedBoard()
    board.power(True)
    async with linked(board) as (link, heard):
        committed = await link.uplink(image)
        await link.run()
        await link.wait_end(committed.generation)
        said = bytes(heard.output)
    assert b"  function " in said and b"line" not in said
    traces = ThreadTraces(IMAGE, SOURCE)
    shown = b"".join(traces.feed(said[at : at + 7]) for at in range(0, len(said), 7)) + traces.flush()
    text = shown.decode()
    assert text.startswith("before\nException in thread ") and text.endswith(RESOLVED), text


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_any_other_output_passes_as_it_is_and_at_once(parts: list[bytes]) -> None:
    traces = ThreadTraces(IMAGE)
    for part in parts:
        assert traces.feed(part) == part


def test_lines_that_only_look_like_places_are_left_alone() -> None:
    traces = ThreadTraces(IMAGE)
    said = b"  function 1, word 2\nTraceback (most recent call last):\n  function 1, word 2\n"
    assert traces.feed(said) == said
    head = b"Exception in thread T:\nTraceback (most recent call last):\n"
    assert traces.feed(head + b"  function 9") == head
    assert traces.feed(b"9, word 1\nValueError: x") == b"  word 1, in function#99\n"
    assert traces.flush() == b"ValueError: x" and traces.feed(b"next") == b"next"
    assert traces.feed(b"\n" + head) == b"\n" + head
    long = b"x" * 3000
    assert traces.feed(long) + traces.feed(b"\nend\n") == long + b"\nend\n"
