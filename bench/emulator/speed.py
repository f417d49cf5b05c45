# SPDX-License-Identifier: Apache-2.0
"""How fast instructions, device accesses, interrupts and idle time pass, beside QEMU and Unicorn. The engines take turns; the best turn counts."""

from __future__ import annotations

from bench.emulator.engines import Result, best, run_qemu, run_unicorn, run_vmrig, same
from bench.emulator.firmware import M0, M4, M4F, RV32, Core, build
from bench.table import Row

TURNS = 3
QEMU, UNCOUNTED, UNICORN = "qemu -icount", "qemu without -icount", "unicorn, slices of 1000"
INTEGER_BARS = {QEMU: 0.9, UNICORN: 4.0}
FLOAT_BARS = {QEMU: 0.7, UNICORN: 4.0}
RV_WORKLOADS = (("mix", 5000), ("rec", 400_000))
RV_BAR = 1.0
WORKLOADS = (
    ("mix", M0, 4000, INTEGER_BARS),
    ("rec", M0, 250_000, INTEGER_BARS),
    ("mix", M4, 5000, INTEGER_BARS),
    ("rec", M4, 400_000, INTEGER_BARS),
    ("floats", M4F, 2500, FLOAT_BARS),
)
POLL_ROUNDS, POLLS_A_ROUND, POLL_BAR = 40_000, 64, 8.0
TICKS, TICK_INSTRUCTIONS, TICK_BAR_US = 100_000, 1000, 0.5
QEMU_CLOCK_NS = 40
"""Of mps2-an386: 25 MHz, while -icount shift=0 lets an instruction take a nanosecond. Our core takes a clock for each."""
SYSTICK_MAX = 16_777_215
IDLE_S, IDLE_BAR_S = 60, 0.2


def measure() -> list[Row]:
    """Raises BenchError: the engines do not print the same checksum."""
    rows: list[Row] = []
    for workload, core, rounds, bars in WORKLOADS:
        rows += _instructions(workload, core, rounds, bars)
    for workload, rounds in RV_WORKLOADS:
        rows += _riscv(workload, rounds)
    return [*rows, *_polls(), *_interrupts(), *_idle()]


def _turns(
    image_here: tuple[str, Core, int, int], image_qemu: tuple[str, Core, int, int]
) -> tuple[list[Result], float]:
    """Results here, and QEMU's best CPU seconds without its start; 0: it is not installed."""
    here, there = build(*image_here), build(*image_qemu)
    empty = build(image_qemu[0], image_qemu[1], 0, image_qemu[3])
    ours, peers, starts = [], [], []
    for _ in range(TURNS):
        ours.append(run_vmrig(here, image_here[1]))
        if (qemu := run_qemu(there, image_qemu[1])) and (start := run_qemu(empty, image_qemu[1])):
            peers.append(qemu)
            starts.append(start)
    same([*ours, *(peers if image_here[2] == image_qemu[2] else [])])
    return ours, best(peers) - best(starts) if peers else 0.0


def _beside(what: str, ratio: float, peer: str, bar: float | None) -> Row:
    if bar is None:
        return Row(f"... x {what}", f"{ratio:.2f}", peer)
    return Row(f"... x {what}", f"{ratio:.2f}", peer, f">= {bar}", ratio >= bar)


def _absent(what: str, bar: float | None) -> Row:
    return Row(f"... x {what}", "-", "not installed", "" if bar is None else f">= {bar}")


def _instructions(workload: str, core: Core, rounds: int, bars: dict[str, float]) -> list[Row]:
    ours, qemu_s = _turns((workload, core, rounds, 1000), (workload, core, rounds, 1000))
    unicorn = run_unicorn(build(workload, core, rounds), core)
    same([*ours, *([unicorn] if unicorn else [])])
    millions = ours[0].instructions / 1e6
    mips = millions / best(ours)
    rows = [Row(f"MIPS, {workload} on {core.name}", f"{mips:.0f}", f"{millions:.0f} M instructions")]
    for name, seconds in ((QEMU, qemu_s), (UNICORN, unicorn.cpu_s if unicorn else 0.0)):
        peer = millions / seconds if seconds > 0 else 0
        rows.append(_beside(name, mips / peer, f"{peer:.0f} MIPS", bars[name]) if peer else _absent(name, bars[name]))
    return rows


def _riscv(workload: str, rounds: int) -> list[Row]:
    """Beside QEMU in its deterministic mode, which is the bar, and without, where nothing is the same twice."""
    ours, counted_s = _turns((workload, RV32, rounds, 1000), (workload, RV32, rounds, 1000))
    millions = ours[0].instructions / 1e6
    mips = millions / best(ours)
    rows = [Row(f"MIPS, {workload} on {RV32.name}", f"{mips:.0f}", f"{millions:.0f} M instructions")]
    if not counted_s:
        return [*rows, _absent(QEMU, RV_BAR)]
    rows.append(_beside(QEMU, mips * counted_s / millions, f"{millions / counted_s:.0f} MIPS", RV_BAR))
    images = [build(workload, RV32, n) for n in (rounds, 0)]
    runs = [[run for _ in range(TURNS) if (run := run_qemu(image, RV32, counted=False))] for image in images]
    seconds = best(runs[0]) - best(runs[1])
    return [*rows, _beside(UNCOUNTED, mips * seconds / millions, f"{millions / seconds:.0f} MIPS", None)]


def _polls() -> list[Row]:
    image = ("polls", M4, POLL_ROUNDS, 1000)
    ours, qemu_s = _turns(image, image)
    each = 1e9 / (POLL_ROUNDS * POLLS_A_ROUND)
    row = Row(
        "turn of a device poll loop, ns", f"{best(ours) * each:.1f}", f"{ours[0].instructions / 1e6:.0f} M instructions"
    )
    return [
        row,
        _beside(QEMU, qemu_s / best(ours), f"{qemu_s * each:.0f} ns", POLL_BAR) if qemu_s else _absent(QEMU, POLL_BAR),
    ]


def _interrupts() -> list[Row]:
    """The same loop for as many instructions, with an interrupt every 1000 of them and with hardly any: the difference is what they cost."""
    qemu_period = TICK_INSTRUCTIONS // QEMU_CLOCK_NS
    ours, qemu_s = _turns(("ticks", M4, TICKS, TICK_INSTRUCTIONS), ("ticks", M4, TICKS, qemu_period))
    quiet_rounds = TICKS * TICK_INSTRUCTIONS // SYSTICK_MAX + 1
    quiet, qemu_quiet_s = _turns(("ticks", M4, quiet_rounds, SYSTICK_MAX), ("ticks", M4, 1, TICKS * qemu_period))
    base_s = best(quiet) * ours[0].instructions / quiet[0].instructions
    us = (best(ours) - base_s) / TICKS * 1e6
    what = "a timer interrupt, entry and exit, us"
    beside = f"{best(ours):.3f} s with {TICKS}, {base_s:.3f} s without"
    row = Row(what, f"{us:.3f}", beside, f"<= {TICK_BAR_US}", us <= TICK_BAR_US)
    if not qemu_s:
        return [row, _absent(QEMU, None)]
    qemu_us = (qemu_s - qemu_quiet_s) / TICKS * 1e6
    return [row, _beside(QEMU, qemu_us / us, f"{qemu_us:.2f} us", None)]


def _idle() -> list[Row]:
    image = ("idle", M4, IDLE_S * 1000, M4.clock_hz // 1000)
    ours, qemu_s = _turns(image, image)
    row = Row(
        f"{IDLE_S} s of idle 1 ms ticks, s", f"{best(ours):.3f}", "CPU", f"<= {IDLE_BAR_S}", best(ours) <= IDLE_BAR_S
    )
    return [row, _beside(QEMU, qemu_s / best(ours), f"{qemu_s:.2f} s", None) if qemu_s else _absent(QEMU, None)]
