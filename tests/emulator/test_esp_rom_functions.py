# SPDX-License-Identifier: Apache-2.0
"""The numbers, strings and digests of the ESP32-C3's ROM, called from a program on its core and compared with the host's."""

from __future__ import annotations

import hashlib
import math
import random
import struct

import pytest

from tests.emulator.esp_rom import DATA, IRAM, PRINTF, RESULTS, STACK, Rom, image, program
from tests.emulator.rv_code import A0, A1, SP, T0, T1, Code

M64 = (1 << 64) - 1


def run(code: Code, *data: tuple[int, bytes]) -> Rom:
    """A program from flash, to its end."""
    end = DATA - 16
    code.call(PRINTF, end).stop()
    rom = Rom(image((IRAM, code.image()), (end, b"\ndone\n".ljust(16, b"\0")), *data, entry=IRAM))
    said = ""
    for _ in range(100):
        said += rom.ms(10)
        if said.endswith("\r\ndone\r\n"):
            return rom
    raise AssertionError(said)


def results(calls: list[tuple[int, tuple[int, ...]]], *data: tuple[int, bytes]) -> list[int]:
    """a0 and a1 after each call, as one number."""
    code = program()
    for n, (function, arguments) in enumerate(calls):
        code.call(0x40000000 + function, *arguments).keep(A0, RESULTS + 8 * n).keep(A1, RESULTS + 8 * n + 4)
    found = run(code, *data).machine.peek(RESULTS, 8 * len(calls))
    return [int.from_bytes(found[at : at + 8], "little") for at in range(0, len(found), 8)]


def pair(x: int) -> tuple[int, int]:
    return x & 0xFFFFFFFF, x >> 32 & 0xFFFFFFFF


def real(x: float) -> tuple[int, int]:
    low, high = struct.unpack("<II", struct.pack("<d", x))
    return low, high


def single(x: float) -> int:
    return int(struct.unpack("<I", struct.pack("<f", x))[0])


def test_wide_integers_are_those_of_the_host() -> None:
    rng = random.Random(1)
    calls: list[tuple[int, tuple[int, ...]]] = []
    expected = []
    for _ in range(12):
        x, y = rng.getrandbits(rng.choice((20, 40, 64))), rng.getrandbits(rng.choice((3, 33, 64))) | 1
        sx, sy = x - (x >> 63 << 64), y - (y >> 63 << 64)
        quotient = abs(sx) // abs(sy) * (1 if (sx < 0) == (sy < 0) else -1)
        shift = rng.randrange(64)
        for function, arguments, answer in (
            (0x8AC, pair(x) + pair(y), x // y),
            (0x8BC, pair(x) + pair(y), x % y),
            (0x7B4, pair(x) + pair(y), quotient),
            (0x83C, pair(x) + pair(y), sx - quotient * sy),
            (0x84C, pair(x) + pair(y), x * y),
            (0x77C, (*pair(x), shift), x << shift),
            (0x830, (*pair(x), shift), x >> shift),
            (0x780, (*pair(x), shift), sx >> shift),
            (0x86C, pair(x), -x),
            (0x784, pair(x), int.from_bytes(x.to_bytes(8, "little"), "big")),
        ):
            calls.append((function, arguments))
            expected.append(answer & M64)
    assert results(calls) == expected


def test_floating_point_is_that_of_the_host() -> None:
    values = (0.0, -0.0, 1.5, -2.25e10, 3.1e-200, 7e300, 1 / 3, math.inf)
    calls: list[tuple[int, tuple[int, ...]]] = []
    expected = []
    for x in values:
        for y in (2.0, -0.75, 1e150):
            with_host = [(0x76C, x + y), (0x894, x - y), (0x848, x * y), (0x7B0, x / y)]
            for function, answer in with_host:
                calls.append((function, real(x) + real(y)))
                expected.append(struct.unpack("<Q", struct.pack("<d", answer))[0])
    assert results(calls) == expected


def test_comparisons_have_the_signs_that_the_compiler_asks_for() -> None:
    nan = math.nan
    cases = [(1.0, 2.0), (2.0, 1.0), (1.0, 1.0), (nan, 1.0)]
    found = results(
        [(f, real(x) + real(y)) for x, y in cases for f in (0x7C4, 0x864, 0x834, 0x828, 0x820, 0x818, 0x8C4)]
    )
    signs = [(value & 0xFFFFFFFF) - (value >> 31 & 1) * (1 << 32) for value in found]
    for n, (x, y) in enumerate(cases):
        equal, different, less, less_or_equal, greater, greater_or_equal, unordered = signs[7 * n : 7 * n + 7]
        assert (equal == 0, different != 0) == (x == y, x != y)
        assert (less < 0, less_or_equal <= 0) == (x < y, x <= y)
        assert (greater > 0, greater_or_equal >= 0) == (x > y, x >= y)
        assert bool(unordered) == (x != x)


def test_numbers_become_others() -> None:
    cases: list[tuple[int, tuple[int, ...], int, int]] = [
        (0x7DC, real(-3.99), -3 & 0xFFFFFFFF, 32),
        (0x7DC, real(1e20), 0x7FFFFFFF, 32),
        (0x7E8, real(4e9), 4_000_000_000, 32),
        (0x7D8, real(-(2.0**40)), -(1 << 40) & M64, 64),
        (0x7FC, (0xFFFFFFFF,), struct.unpack("<Q", struct.pack("<d", -1.0))[0], 64),
        (0x80C, (0xFFFFFFFF,), struct.unpack("<Q", struct.pack("<d", 4294967295.0))[0], 64),
        (0x7F4, pair(-5 & M64), struct.unpack("<Q", struct.pack("<d", -5.0))[0], 64),
        (
            0x7CC,
            (single(0.1),),
            struct.unpack("<Q", struct.pack("<d", struct.unpack("<f", struct.pack("<f", 0.1))[0]))[0],
            64,
        ),
        (0x8A4, real(0.1), single(0.1), 32),
        (0x770, (single(1.25), single(2.5)), single(3.75), 32),
        (0x7BC, (single(1.0), single(3.0)), single(1 / 3), 32),
        (0x79C, (0x00010000,), 15, 32),
        (0x7D4, (0x00010000,), 17, 32),
        (0x884, pair(0xF0F0_0000_0000_000F), 12, 32),
    ]
    found = results([(function, arguments) for function, arguments, _, _ in cases])
    assert [value & ((1 << bits) - 1) for value, (_, _, _, bits) in zip(found, cases, strict=True)] == [
        c[2] for c in cases
    ]


def test_strings_and_characters() -> None:
    at, copy = DATA, DATA + 0x400
    found = results(
        [
            (0x3E0, (at, ord("w"))),  # strchr
            (0x408, (at, ord("o"))),  # strrchr
            (0x3C8, (at, ord("l"), 3)),  # memchr
            (0x378, (at, at + 6)),  # strstr
            (0x3D0, (at, at + 0x20)),  # strcasecmp
            (0x404, (at, 4)),  # strnlen
            (0x3E4, (at, at + 6)),  # strcspn
            (0x454, (at + 0x40, 0, 0)),  # strtol
            (0x458, (at + 0x50, copy + 0x80, 16)),  # strtoul
            (0x448, (-255 & 0xFFFFFFFF, copy, 10)),  # itoa
            (0x444, (0xBEEF, copy + 0x20, 16)),  # utoa
            (0x39C, (ord("7"),)),  # isdigit
            (0x3B8, (ord("q"),)),  # toupper
            (0x428, (-7 & 0xFFFFFFFF, 2)),  # div
        ],
        (
            at,
            (
                b"hello world\0".ljust(0x20, b"\0")
                + b"HELLO WORLD\0".ljust(0x20, b"\0")
                + b"  -0x10 \0".ljust(16, b"\0")
                + b"ffzz\0\0\0\0"
            ),
        ),
    )
    low = [value & 0xFFFFFFFF for value in found]
    assert low == [
        at + 6,
        at + 7,
        at + 2,
        at + 6,
        0,
        4,
        2,
        -16 & 0xFFFFFFFF,
        255,
        copy,
        copy + 0x20,
        1,
        ord("Q"),
        -3 & 0xFFFFFFFF,
    ]
    assert found[-1] >> 32 == 0xFFFFFFFF  # the rest of -7 / 2


def test_a_digest_of_an_image() -> None:
    data = random.Random(2).randbytes(1000)
    code = program().call(0x40000650, DATA + 0x800, 2)
    for at, n in ((0, 1), (1, 63), (64, 500), (564, 436)):
        code.call(0x4000065C, DATA + 0x800, DATA + at, n, 0)
    rom = run(code.call(0x40000660, DATA + 0x800, DATA + 0xA00), (DATA, data))
    assert rom.machine.peek(DATA + 0xA00, 32) == hashlib.sha256(data).digest()


@pytest.mark.parametrize("count", [0, 1, 2, 17])
def test_an_array_is_sorted_by_the_programs_own_comparison(count: int) -> None:
    words = [random.Random(count).randrange(1000) for _ in range(count)]
    compare = Code(0x40385000).lw(T0, A0).lw(T1, A1).op(0x40628533).ret()  # a0 = *a0 - *a1
    code = program().call(0x40000434, DATA, count, 4, compare.base)
    rom = run(code, (DATA, struct.pack(f"<{count}I", *words) or bytes(4)), (compare.base, compare.image()))
    assert struct.unpack(f"<{count}I", rom.machine.peek(DATA, 4 * count)) == tuple(sorted(words))


def test_a_long_jump_returns_from_where_it_was_set() -> None:
    buffer = DATA + 0x100
    code = program().call(0x40000420, buffer).keep(A0, RESULTS).store(RESULTS + 4, 1)
    # the first time it is 0, and the stack is spoilt before the jump back
    code.li(T1, RESULTS + 8).lw(T0, T1).addi(T0, T0, 1).sw(T0, T1)
    code.op(0x04051063)  # bne a0, x0, behind the jump
    here = code.here()
    code.li(SP, 0x3FCB0000).call(0x4000041C, buffer, 5)
    while code.here() < here + 0x3C:
        code.op(0x13)
    rom = run(code.keep(SP, RESULTS + 12), (RESULTS, bytes(16)))
    assert struct.unpack("<4I", rom.machine.peek(RESULTS, 16)) == (5, 1, 2, STACK)
