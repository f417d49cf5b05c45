# SPDX-License-Identifier: Apache-2.0
"""A few Thumb instructions as halfwords, enough for test programs (ARMv7-M Architecture Reference Manual, chapter A7.7)."""

from __future__ import annotations

NOP, WFI, BKPT, BX_LR = 0xBF00, 0xBF30, 0xBE00, 0x4770


def _wide_move(opcode: int, rd: int, value: int) -> list[int]:
    return [opcode | (value >> 11 & 1) << 10 | value >> 12, (value >> 8 & 7) << 12 | rd << 8 | value & 0xFF]


def load(rd: int, value: int) -> list[int]:
    """rd = value, by MOVW and MOVT: four halfwords, two instructions."""
    return _wide_move(0xF240, rd, value & 0xFFFF) + _wide_move(0xF2C0, rd, value >> 16)


def store(rt: int, rn: int, offset: int = 0) -> list[int]:
    """STR rt, [rn, #offset]; offset 0..124."""
    return [0x6000 | offset // 4 << 6 | rn << 3 | rt]


def fetch(rt: int, rn: int, offset: int = 0) -> list[int]:
    """LDR rt, [rn, #offset]; offset 0..124."""
    return [0x6800 | offset // 4 << 6 | rn << 3 | rt]


def compare(rn: int, value: int) -> list[int]:
    return [0x2800 | rn << 8 | value]


def branch(halfwords: int) -> list[int]:
    """B by so many halfwords from this instruction."""
    return [0xE000 | (halfwords - 2) & 0x7FF]


def branch_if_equal(halfwords: int) -> list[int]:
    return [0xD000 | (halfwords - 2) & 0xFF]


def poke(address: int, value: int) -> list[int]:
    """*address = value, by r0 and r1: nine halfwords, five instructions."""
    return load(0, value) + load(1, address) + store(0, 1)


def code(*parts: list[int] | int) -> bytes:
    halfwords = [h for part in parts for h in ([part] if isinstance(part, int) else part)]
    return b"".join(h.to_bytes(2, "little") for h in halfwords)


def vectors(reset: int, stack: int = 0x20020000, **irqs: int) -> bytes:
    """A vector table for 48 interrupts; irqs by name, as ``irq11=address``. Unnamed ones point at the reset handler."""
    table = [stack] + [reset | 1] * 63
    for name, address in irqs.items():
        table[16 + int(name.removeprefix("irq"))] = address | 1
    return b"".join(word.to_bytes(4, "little") for word in table)
