# SPDX-License-Identifier: Apache-2.0
"""Random instructions of the floating point unit, and states that bring out its corners: for the tests that compare the core with others."""

from __future__ import annotations

import random
import struct

DATA, DATA_SIZE = 0x2000_0000, 0x1000
POINTERS = (8, 9, 10, 11)
"""Registers that point into the middle of the data. Streams move them by a few words only."""

INTERESTING = (
    0x0000_0000, 0x0000_0001, 0x0000_0002, 0x003F_FFFF, 0x0040_0000, 0x007F_FFFE, 0x007F_FFFF, 0x0080_0000, 0x0080_0001, 0x00FF_FFFF,
    0x0100_0000, 0x0C00_0000, 0x1F80_0000, 0x2000_0000, 0x32FF_FFFF, 0x3300_0000, 0x3380_0000, 0x33FF_FFFF, 0x387F_FFFF, 0x3880_0000,
    0x3EFF_FFFF, 0x3F00_0000, 0x3F00_0001, 0x3F7F_FFFF, 0x3F80_0000, 0x3F80_0001, 0x3FC0_0000, 0x4000_0000, 0x4040_0000, 0x4B00_0001,
    0x4B7F_FFFF, 0x4B80_0000, 0x4B80_0001, 0x477F_DFFF, 0x477F_E000, 0x477F_F000, 0x4780_0000, 0x46FF_FE00, 0x4EFF_FFFF, 0x4F00_0000,
    0x4F7F_FFFF, 0x4F80_0000, 0x5F80_0000, 0x7EFF_FFFF, 0x7F00_0000, 0x7F7F_FFFE, 0x7F7F_FFFF, 0x7F80_0000, 0x7F80_0001, 0x7FA0_1234,
    0x7FBF_FFFF, 0x7FC0_0000, 0x7FC0_0001, 0x7FD5_5555, 0x7FFF_FFFF,
)  # fmt: skip


def random_value(rng: random.Random) -> int:
    """A register's 32 bits: a corner of single precision, a pair of halves, a number of ordinary size, or anything."""
    kind = rng.randrange(8)
    if kind < 2:
        return rng.choice(INTERESTING) | rng.getrandbits(1) << 31
    if kind < 5:  # exponents that meet in sums
        return (
            rng.getrandbits(1) << 31
            | rng.randrange(110, 145) << 23
            | rng.getrandbits(23) & -(1 << rng.choice((0, 0, 8, 16, 22)))
        )
    if kind == 5:  # small integers, for conversions and for results without rounding
        return int(struct.unpack("<I", struct.pack("<f", float(rng.randrange(-4096, 4096))))[0])
    if kind == 6:
        return (
            rng.getrandbits(1) << 31
            | rng.choice((0, 1, 2, 24, 25, 102, 103, 253, 254, 255)) << 23
            | rng.getrandbits(23)
        )
    return rng.getrandbits(32)


def random_fpscr(rng: random.Random) -> int:
    """Rounding to nearest, without flushing, in half of the cases, since most programs never change it."""
    control = 0 if rng.random() < 0.5 else rng.getrandbits(5) << 22
    flags = rng.choice((0, 0x10, 0x9F & rng.getrandbits(8)))
    return rng.getrandbits(4) << 28 | control | flags


def operands(d: int, n: int = 0, m: int = 0) -> int:
    """The fields Vd:D, Vn:N and Vm:M."""
    return (d >> 1) << 12 | (d & 1) << 22 | (n >> 1) << 16 | (n & 1) << 7 | m >> 1 | (m & 1) << 5


THREE = (0xEE00_0A00, 0xEE00_0A40, 0xEE10_0A00, 0xEE10_0A40, 0xEE20_0A00, 0xEE20_0A40, 0xEE30_0A00, 0xEE30_0A40,
         0xEE80_0A00, 0xEE90_0A00, 0xEE90_0A40, 0xEEA0_0A00, 0xEEA0_0A40)  # fmt: skip
"""VMLA, VMLS, VNMLS, VNMLA, VMUL, VNMUL, VADD, VSUB, VDIV, VFNMS, VFNMA, VFMA, VFMS."""
TWO = (0xEEB0_0A40, 0xEEB0_0AC0, 0xEEB1_0A40, 0xEEB1_0AC0, 0xEEB2_0A40, 0xEEB2_0AC0, 0xEEB3_0A40, 0xEEB3_0AC0, 0xEEB4_0A40, 0xEEB4_0AC0,
       0xEEB5_0A40, 0xEEB5_0AC0, 0xEEB8_0A40, 0xEEB8_0AC0, 0xEEBC_0A40, 0xEEBC_0AC0, 0xEEBD_0A40, 0xEEBD_0AC0)  # fmt: skip
"""VMOV, VABS, VNEG, VSQRT, VCVTB, VCVTT (both ways), VCMP, VCMPE, with 0, VCVT and VCVTR from and to integers."""
VMRS_APSR = 0xEEF1_FA10


def arithmetic(rng: random.Random) -> int:
    """Data processing, on a few registers, so that results meet again."""
    d, n, m = (rng.choice((rng.randrange(8), rng.randrange(32))) for _ in range(3))
    kind = rng.random()
    if kind < 0.6:
        return rng.choice(THREE) | operands(d, n, m)
    if kind < 0.9:
        word = rng.choice(TWO)
        return word | operands(d, 0, 0 if word & 0x00BF_0000 == 0x00B5_0000 else m)
    if kind < 0.95:
        return 0xEEB0_0A00 | operands(d) | rng.getrandbits(4) << 16 | rng.getrandbits(4)  # VMOV immediate
    return from_fixed(rng, 0) if rng.random() < 0.3 else to_fixed(rng)


def fixed_point(rng: random.Random, kind: int, size: int) -> int:
    d = rng.randrange(32)
    fixed = kind << 16 | size << 7
    bits = 32 if size else 16
    imm = bits - rng.randrange(0 if bits == 16 else 1, bits + 1)
    return 0xEEBA_0A40 | fixed | operands(d) | imm >> 1 | (imm & 1) << 5


def from_fixed(rng: random.Random, size: int) -> int:
    """VCVT from a fixed-point number of 16 bits, or of 32 (size 1)."""
    return fixed_point(rng, rng.choice((0, 1)), size)


def to_fixed(rng: random.Random) -> int:
    """VCVT to a fixed-point number."""
    return fixed_point(rng, rng.choice((4, 5)), rng.getrandbits(1))


def transfer(rng: random.Random) -> int:
    """Between the unit and r0..r7."""
    s, t, t2 = rng.randrange(32), rng.randrange(8), rng.randrange(8)
    kind = rng.randrange(9)
    if kind < 3:
        return 0xEE00_0A10 | operands(0, s) | t << 12
    if kind == 3:
        return 0xEE10_0A10 | operands(0, s) | t << 12
    if kind == 4:
        return 0xEE00_0B10 | rng.randrange(16) << 16 | t << 12 | rng.getrandbits(1) << 21 | rng.getrandbits(1) << 20
    if kind == 5:
        return 0xEC40_0A10 | operands(0, 0, rng.randrange(31)) | t << 12 | t2 << 16
    if kind == 6:
        return 0xEC50_0A10 | operands(0, 0, rng.randrange(31)) | t << 12 | ((t + 1 + t2 % 7) % 8) << 16
    if kind == 7:
        both = t << 12 | ((t + 1 + t2 % 7) % 8) << 16
        return 0xEC40_0B10 | rng.getrandbits(1) << 20 | both | rng.randrange(16)
    return VMRS_APSR if rng.random() < 0.7 else 0xEEF1_0A10 | t << 12


def memory(rng: random.Random) -> int:
    """Loads and stores of one and of many."""
    n, d, load = rng.choice(POINTERS), rng.randrange(32), rng.getrandbits(1) << 20
    kind = rng.randrange(6)
    if kind < 3:
        return 0xED00_0A00 | rng.getrandbits(1) << 23 | load | n << 16 | operands(d) | rng.randrange(100)
    if kind == 3:
        return 0xED00_0B00 | rng.getrandbits(1) << 23 | load | n << 16 | rng.randrange(16) << 12 | rng.randrange(100)
    how = rng.choice((0x00A0_0000, 0x0120_0000, 0x0080_0000))  # IA with write-back, DB with write-back, IA
    top = 32 if how == 0x0080_0000 else 4
    if kind == 4:
        return 0xEC00_0A00 | how | load | n << 16 | operands(d) | rng.randint(1, min(top, 32 - d))
    d = rng.randrange(16)
    return 0xEC00_0B00 | how | load | n << 16 | d << 12 | 2 * rng.randint(1, min(top // 2, 16 - d))


def integer(rng: random.Random) -> int:
    """Something of the core's own between: ADD.W, or a flag-setting SUBS.W, of r0..r7."""
    return rng.choice((0xEB00_0000, 0xEBB0_0000)) | rng.randrange(8) << 16 | rng.randrange(8) << 8 | rng.randrange(8)


def stream(rng: random.Random, length: int) -> list[int]:
    """So many instructions of 32 bits, without branches."""
    words: list[int] = []
    while len(words) < length:
        kind = rng.random()
        if kind < 0.6:
            words.append(arithmetic(rng))
        elif kind < 0.75:
            words.append(transfer(rng))
        elif kind < 0.9:
            words.append(memory(rng))
        elif kind < 0.95:
            d, m = rng.randrange(32), rng.randrange(32)
            words += [0xEEB4_0A40 | operands(d, 0, m), VMRS_APSR]
        elif kind < 0.96:
            words.append(0xEEE1_0A10 | 12 << 12)  # VMSR FPSCR, r12
        else:
            words.append(integer(rng))
    return words[:length]


def registers(rng: random.Random) -> list[int]:
    """r0..r14: r12 holds a value for FPSCR, the pointers point, the others hold anything."""
    regs = [random_value(rng) for _ in range(15)]
    for n in POINTERS:
        regs[n] = DATA + 0x800 + 4 * rng.randrange(-32, 32)
    regs[12] = random_fpscr(rng)
    regs[13] = DATA + DATA_SIZE - 64
    return regs


def data(rng: random.Random) -> bytes:
    """Contents of the data memory."""
    return struct.pack(f"<{DATA_SIZE // 4}I", *(random_value(rng) for _ in range(DATA_SIZE // 4)))


def halfwords(words: list[int]) -> bytes:
    """The code of a stream, as it lies in memory."""
    return b"".join(struct.pack("<HH", word >> 16, word & 0xFFFF) for word in words)
