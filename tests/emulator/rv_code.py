# SPDX-License-Identifier: Apache-2.0
"""A few instructions of RV32I put one after the other (The RISC-V Instruction Set Manual, volume I, chapter 2), for programs that call a ROM."""

from __future__ import annotations

import struct

ZERO, RA, SP, T0, T1, S0, S1, A0, A1 = 0, 1, 2, 5, 6, 8, 9, 10, 11


class Code:
    """At a fixed address, with data behind the code."""

    def __init__(self, base: int) -> None:
        self.base = base
        self._words: list[int] = []

    def here(self) -> int:
        return self.base + 4 * len(self._words)

    def op(self, word: int) -> Code:
        self._words.append(word & 0xFFFFFFFF)
        return self

    def li(self, rd: int, value: int) -> Code:
        self.op((value + 0x800) & 0xFFFFF000 | rd << 7 | 0x37)
        return self.op((value & 0xFFF) << 20 | rd << 15 | rd << 7 | 0x13)

    def addi(self, rd: int, rs1: int, value: int) -> Code:
        return self.op((value & 0xFFF) << 20 | rs1 << 15 | rd << 7 | 0x13)

    def sw(self, rs2: int, rs1: int, offset: int = 0) -> Code:
        return self.op((offset >> 5 & 0x7F) << 25 | rs2 << 20 | rs1 << 15 | 2 << 12 | (offset & 31) << 7 | 0x23)

    def lw(self, rd: int, rs1: int, offset: int = 0) -> Code:
        return self.op((offset & 0xFFF) << 20 | rs1 << 15 | 2 << 12 | rd << 7 | 0x03)

    def jump(self, to: int) -> Code:
        by = to - self.here()
        return self.op(
            (by >> 20 & 1) << 31 | (by >> 1 & 0x3FF) << 21 | (by >> 11 & 1) << 20 | (by >> 12 & 0xFF) << 12 | 0x6F
        )

    def ret(self) -> Code:
        return self.op(0x00008067)

    def call(self, address: int, *arguments: int) -> Code:
        """With arguments in a0, a1, ... and behind the eighth on the stack."""
        for n, value in enumerate(arguments[8:]):
            self.li(T1, value).sw(T1, SP, 4 * n)
        for n, value in enumerate(arguments[:8]):
            self.li(A0 + n, value)
        return self.li(T1, address).op(T1 << 15 | RA << 7 | 0x67)

    def store(self, address: int, value: int) -> Code:
        return self.li(T0, value).li(T1, address).sw(T0, T1)

    def keep(self, rs: int, address: int) -> Code:
        return self.li(T1, address).sw(rs, T1)

    def stop(self) -> Code:
        """Sleeps for good."""
        here = self.here()
        return self.op(0x10500073).jump(here)

    def image(self) -> bytes:
        return struct.pack(f"<{len(self._words)}I", *self._words)
