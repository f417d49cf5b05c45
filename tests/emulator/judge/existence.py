# SPDX-License-Identifier: Apache-2.0
"""Which encodings exist: those that the manual leaves open, and those where Unicorn is known to be wrong."""

from __future__ import annotations

UNICORN_IS_WRONG = {
    "BLX (immediate), 11110 s... 11x0 ...": "ARMv7-M A5.3.4: not in the table of branches, so UNDEFINED; Unicorn takes the A profile's",
    "Advanced SIMD loads and stores, 11111001 xxx0": "ARMv7-M A5.3, table A5-9: op2 001xxx0 is not allocated, so UNDEFINED",
    "SETEND, 10110110 010": "ARMv7-M A5.2.5: not in the table of miscellaneous instructions, so UNDEFINED",
    "store with the PC as its base": "ARMv7-M A7.7.161 and others: if Rn is 1111 then UNDEFINED",
    "LDREXD, STREXD": "ARMv7-M A5.3.6: op3 0111 is not allocated, so UNDEFINED",
    "DSP on a Cortex-M3": "ARMv7-M A6.1 and A5.3.12 to A5.3.17 mark them v7E-M; Unicorn's Cortex-M3 has some of them",
    "CBZ, IT, CPS f on a Cortex-M0": "ARMv6-M (DDI 0419) A5.2.5, A5.2.6: UNDEFINED; Unicorn's Cortex-M0 has all 16-bit encodings",
    "APSR.Q, GE on a Cortex-M0": "ARMv6-M (DDI 0419) B1.4.2: there is no such flag; programs never set it here",
}


def open_16(h: int) -> bool:
    """UNPREDICTABLE, or a question that one instruction alone cannot answer (a branch to ARM state, waiting, exceptions)."""
    return (
        0x4700 <= h < 0x4800
        or (h >> 8 == 0x45 and (h & 0x87 == 0x87 or h & 0x78 == 0x78))
        or h == 0x44FF
        or h >> 8 in (0xBD, 0xBE, 0xDF)
        or (h & 0xFFE0 == 0xB660 and (h & 8 or not h & 7))
        or h in (0xBF10, 0xBF20, 0xBF30)
        or (h & 0xFFF0 == 0xBFF0 or (h & 0xFFF0 == 0xBFE0 and h & 15 & (h & 15) - 1))
    )


def open_32(word: int) -> bool:
    """A should-be-zero bit is 1, the PC or SP stands where it must not, or the like: UNPREDICTABLE. Or a branch, or a coprocessor's."""
    h1, h2 = word >> 16, word & 0xFFFF
    n, t, d, m = h1 & 15, h2 >> 12, h2 >> 8 & 15, h2 & 15
    if h1 & 0xEC00 == 0xEC00:
        return True
    if h1 & 0xFE00 == 0xEA00:
        return bool(h2 & 0x8000) or d == 15 or m == 15 or (n == 15 and h1 >> 5 & 15 not in (2, 3))
    if h1 & 0xFE40 == 0xE800:  # multiple
        count = (h2 & 0xDFFF).bit_count()
        return bool(h2 & 0x2000) or h2 >> 14 == 3 or count < 2 or n == 15 or bool(h2 >> n & 1) or bool(h2 & 0x8000)
    if h1 & 0xFE40 == 0xE840:  # dual, exclusive, table
        exclusive_or_table = not h1 & 0x0120
        if exclusive_or_table and h1 & 0x90 in (0x00, 0x10):
            return bool({n, t} & {13, 15}) or d in ((13, 15, n, t) if not h1 & 0x10 else range(15))
        if exclusive_or_table:
            bad_store = not h1 & 0x10 and m in (13, 15, n, t)
            return h2 >> 5 & 7 == 0 or n == 15 or t in (13, 15) or d != 15 or bad_store or (bool(h1 & 0x10) and m != 15)
        return n == 15 or t in (13, 15) or d in (13, 15) or t == d or (n in (t, d) and bool(h1 & 0x20))
    if h1 & 0xF800 == 0xF000:
        if h2 & 0x8000:
            special = h1 & 0xFF80 == 0xF380
            return bool(h2 & 0x1000) or special or bool(h1 & 0x0380 != 0x0380 and not h2 & 0x5000)
        if h1 & 0x0200:
            return d in (13, 15) or n == 15 or bool(h1 & 0x0100 and (h2 & 0x20 or h1 & 0x400))
        return d == 15 or (n == 15 and h1 >> 5 & 15 not in (2, 3))
    if h1 & 0xFE00 == 0xF800:
        return t == 15 or (h2 & 0xFC0 == 0 and m == 15)
    if h1 & 0xFF00 == 0xFA00:
        return bool({d, m} & {13, 15}) or n == 15
    if h1 & 0xFF80 == 0xFB80:
        divides = h2 >> 4 & 15 == 15
        return bool({n, d, m} & {13, 15}) or (t != 15 if divides else t == d or t in (13, 15))
    if h1 & 0xFF80 == 0xFB00:
        return bool({n, d, m} & {13, 15}) or t in (13, 15)
    return False


def wrong_16(core: str, h: int) -> bool:
    """Unicorn executes it."""
    set_endian = h & 0xFFE0 == 0xB640
    return set_endian or (
        core == "cortex-m0" and (h & 0xF500 == 0xB100 or (h & 0xFF00 == 0xBF00 and h & 15 != 0) or h & 0xFFE1 == 0xB661)
    )


def wrong_32(core: str, word: int) -> bool:
    """Unicorn executes it."""
    h1, h2 = word >> 16, word & 0xFFFF
    blx = h1 & 0xF800 == 0xF000 and h2 & 0xD000 == 0xC000
    simd = h1 & 0xFF10 == 0xF900
    double = h1 & 0xFFE0 == 0xE8C0 and h2 & 0xF0 == 0x70
    literal_store = h1 & 0xFF1F == 0xF80F
    some_dsp = core == "cortex-m3" and (h1 & 0xFF00 in (0xFA00, 0xFB00) or h1 & 0xFF70 == 0xF320)
    return blx or simd or double or literal_store or some_dsp
