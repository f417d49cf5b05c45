# SPDX-License-Identifier: Apache-2.0
"""A trace to read: one line a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from capstone import CS_ARCH_ARM, CS_ARCH_RISCV, CS_MODE_MCLASS, CS_MODE_RISCV32, CS_MODE_RISCVC, CS_MODE_THUMB, Cs

from vmrig_client.tracing.records import Kind, Record
from vmrig_client.tracing.symbols import Firmware

_SYSTEM = {
    1: "Reset", 2: "NMI", 3: "HardFault", 4: "MemManage", 5: "BusFault", 6: "UsageFault", 11: "SVCall", 12: "DebugMonitor", 14: "PendSV",
    15: "SysTick",
}  # fmt: skip
_TRAPS = {
    0: "instruction address misaligned", 1: "instruction access fault", 2: "illegal instruction", 3: "breakpoint",
    4: "load address misaligned", 5: "load access fault", 6: "store address misaligned", 7: "store access fault", 8: "ecall from U",
    11: "ecall from M",
}  # fmt: skip


def _is_riscv(core: str) -> bool:
    return core.startswith("rv")


def _exception(core: str, number: int) -> str:
    """Its name: of a number of an ARM core, of a value of mcause (RISC-V privileged architecture, section 3.1.15)."""
    if _is_riscv(core):
        line = number & 0x7FFFFFFF
        return f"interrupt {line}" if number >> 31 else _TRAPS.get(number, f"exception {number}")
    return f"IRQ{number - 16}" if number >= 16 else _SYSTEM.get(number, f"exception {number}")


def line_writer(core: str, firmware: Firmware | None) -> Callable[[Record, Mapping[int, str]], str]:
    """Returns what makes a line of a record and the names of registers known so far; the time at its head is in microseconds.

    Args:
        core: `WatchTraceResponse.core`.
        firmware: where names of functions and lines come from.
    """
    if _is_riscv(core):
        disassembler = Cs(CS_ARCH_RISCV, CS_MODE_RISCV32 | CS_MODE_RISCVC)
    else:
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
            name = _exception(core, record.value)
            what = f"{'enter' if record.kind is Kind.ENTRY else 'leave'} {name} {place}"
        return f"{record.time_ns / 1e3:14.3f} {record.pc:08x} {what}".rstrip()

    return write
