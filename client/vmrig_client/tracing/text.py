# SPDX-License-Identifier: Apache-2.0
"""A trace to read: one line a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from capstone import CS_ARCH_ARM, CS_MODE_MCLASS, CS_MODE_THUMB, Cs

from vmrig_client.tracing.records import Kind, Record
from vmrig_client.tracing.symbols import Firmware

_SYSTEM = {
    1: "Reset", 2: "NMI", 3: "HardFault", 4: "MemManage", 5: "BusFault", 6: "UsageFault", 11: "SVCall", 12: "DebugMonitor", 14: "PendSV",
    15: "SysTick",
}  # fmt: skip


def line_writer(firmware: Firmware | None) -> Callable[[Record, Mapping[int, str]], str]:
    """Returns what makes a line of a record and the names of registers known so far; the time at its head is in microseconds.

    Args:
        firmware: where names of functions and lines come from.
    """
    disassembler = Cs(CS_ARCH_ARM, CS_MODE_THUMB | CS_MODE_MCLASS)
    known: dict[tuple[int, int], str] = {}

    def disassemble(record: Record) -> str:
        key = (record.pc, record.value)
        if key not in known:
            halves = (record.value >> 16, record.value & 0xFFFF) if record.size == 4 else (record.value,)
            code = b"".join(half.to_bytes(2, "little") for half in halves)
            found = next(disassembler.disasm_lite(code, record.pc), None)
            known[key] = f"{found[2]} {found[3]}".rstrip() if found else f".inst 0x{record.value:x}"
        return known[key]

    def write(record: Record, names: Mapping[int, str]) -> str:
        place = firmware.place(record.pc) if firmware else ""
        if record.kind is Kind.INSTRUCTION:
            what = f"{disassemble(record):<32} {place}"
        elif record.kind in (Kind.READ, Kind.WRITE):
            verb, arrow = ("write", "<-") if record.kind is Kind.WRITE else ("read", "->")
            name = names.get(record.address, f"0x{record.address:08X}")
            what = f"{verb} {name} (0x{record.address:08X}) {arrow} 0x{record.value:0{2 * record.size}X} {place}"
        else:
            number = record.value
            name = f"IRQ{number - 16}" if number >= 16 else _SYSTEM.get(number, f"exception {number}")
            what = f"{'enter' if record.kind is Kind.ENTRY else 'leave'} {name} {place}"
        return f"{record.time_ns / 1e3:14.3f} {record.pc:08x} {what}".rstrip()

    return write
