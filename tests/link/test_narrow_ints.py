# SPDX-License-Identifier: Apache-2.0
"""Ints of 64 bits: a board whose VM has no larger ones, and the host's VM standing in for it."""

from __future__ import annotations

import pytest

from vmrig_server.bytecode import compile_source, run_on_host
from vmrig_server.bytecode.host import VirtualClock

from .boards import EmulatedBoard, linked

HEAP = 4096
SOURCE = """\
top, bottom = 9223372036854775807, -9223372036854775807 - 1
def past(name, f):
    try:
        print(name, f())
    except OverflowError as e:
        print(name, 'OverflowError', e)
past('add', lambda: top + 1)
past('sub', lambda: bottom - 1)
past('mul', lambda: top * 3)
past('neg', lambda: -bottom)
past('abs', lambda: abs(bottom))
past('floordiv', lambda: bottom // -1)
past('shift', lambda: 1 << 63)
past('power', lambda: 3 ** 50)
past('parse', lambda: int('9223372036854775808'))
past('digits', lambda: int('1' * 40, 16))
past('float', lambda: int(1e19))
past('bytes', lambda: int.from_bytes(b'\\xff' * 8, 'big'))
past('inside', lambda: (top, bottom, 1 << 62, 3 ** 39, int('-9223372036854775808'), int.from_bytes(b'\\x7f' * 8, 'big')))
past('divided', lambda: top / 3 == 3074457345618258602.3)
past('modulo', lambda: pow(3, 1000, 1000003))
past('large modulus', lambda: pow(3, 5, 1 << 40))
past('rounded', lambda: (round(-1250, -2), round(top, -18), round(7, -19)))
product = 1
try:
    for i in range(1, 100):
        product *= i
except OverflowError:
    print(i, product)
"""


@pytest.mark.parametrize("name", ["microbit_v1"])
async def test_the_host_stands_in_for_a_board_without_larger_ints(name: str) -> None:
    image = compile_source(SOURCE, "main.py").image
    said = bytearray()
    board = EmulatedBoard(name=name)
    board.power(True)
    async with linked(board) as (link, heard):
        await link.uplink(image)
        _, generation = await link.run()
        end = await link.wait_end(generation)
        heap = (await link.hello()).heap_size
    result = run_on_host(image, write=said.extend, heap_size=heap, clock=VirtualClock(), big_ints=False)
    assert heard.output.decode().splitlines() == said.decode().splitlines()
    assert said.count(b"OverflowError") >= 13
    assert (end.instructions, end.collections) == (result.instructions, result.gc_count)
