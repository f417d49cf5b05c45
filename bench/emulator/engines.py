# SPDX-License-Identifier: Apache-2.0
"""One image on three engines: vmrig's, QEMU in its deterministic mode, Unicorn in counted slices. The cost is CPU seconds of all threads."""

from __future__ import annotations

import ctypes
import resource
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from vmrig_native import _emu

from bench.emulator.firmware import M0, RV32, Core
from vmrig_server.emulator.machine import build_machine

UNICORN_SLICE = 1000
LIMIT_S = 120.0
RV_SERIAL = 0x1000_0000
"""The serial port of QEMU's board takes a byte at the address where Arm's UART does, and wants no switching on."""


class BenchError(RuntimeError):
    """An engine did not print what it had to."""


@dataclass(frozen=True, slots=True)
class Result:
    """What an engine printed, the instructions it ran (0: it does not say) and the CPU seconds it took."""

    printed: str
    instructions: int
    cpu_s: float


def machine_for(core: Core) -> _emu.Machine:
    """A machine as QEMU's board of the same name, power off."""
    if core.target:
        return build_machine(core.target, storage=None, identity={}).machine
    if core is RV32:
        machine = _emu.Machine(core="rv32imc", clock_hz=core.clock_hz, irq_count=31, reset_vector=core.base)
        machine.add_memory("code", "rom", core.base, 256 * 1024)
        machine.add_memory("ram", "ram", core.base + 256 * 1024, 64 * 1024)
        machine.add_device("cmsdk.uart", "uart", RV_SERIAL)
        return machine
    machine = _emu.Machine(clock_hz=core.clock_hz, irq_count=32, fpu=True)
    machine.add_memory("flash", "rom", 0x0000_0000, 256 * 1024)
    machine.add_memory("ram", "ram", 0x2000_0000, 64 * 1024)
    machine.add_device("cmsdk.uart", "uart", 0x4000_4000, irq=0)
    return machine


def run_vmrig(image: Path, core: Core) -> Result:
    """Our core, through the extension module, as the service uses it."""
    machine = machine_for(core)
    machine.poke(core.base, image.read_bytes())
    machine.power(True)
    if core is RV32:
        machine.mem_write(RV_SERIAL + 8, 4, bytes([1, 0, 0, 0]))
    printed = b""
    start = time.process_time()
    while not printed.endswith(b"\n") and time.process_time() - start < LIMIT_S:
        machine.run(10_000_000)
        printed += machine.serial_read(0)
    return Result(printed.decode(errors="replace").strip(), machine.instructions(), time.process_time() - start)


def run_qemu(image: Path, core: Core, counted: bool = True) -> Result | None:
    """QEMU as fast as it can, with -icount shift=0 when `counted`; CPU seconds of the process until the newline. None: not installed."""
    program = shutil.which(f"qemu-system-{core.architecture}")
    if program is None:
        return None
    command = [
        program,
        "-M",
        core.qemu,
        *(["-icount", "shift=0,sleep=off"] if counted else []),
        *(["-bios", "none"] if core is RV32 else []),
        "-nographic",
        "-monitor",
        "none",
        "-serial",
        "stdio",
    ]
    loader = f"loader,file={image},addr={core.base:#x},force-raw=on"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        [*command, "-device", loader], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    printed = process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Result(printed.decode(errors="replace").strip(), 0, used)


def run_unicorn(image: Path, core: Core) -> Result | None:
    """Unicorn in slices of 1000 instructions: what a board needs whose interrupts and time are exact. Its C entry points are called directly, so
    that Python costs next to nothing. None: not installed."""
    try:
        from unicorn import UC_ARCH_ARM, UC_MODE_THUMB
        from unicorn.arm_const import (
            UC_ARM_REG_C1_C0_2,
            UC_ARM_REG_FPEXC,
            UC_ARM_REG_PC,
            UC_ARM_REG_SP,
            UC_CPU_ARM_CORTEX_M0,
            UC_CPU_ARM_CORTEX_M4,
        )
        from unicorn.unicorn_py3.unicorn import Uc, uclib
    except ImportError:
        return None
    printed = bytearray()
    code = image.read_bytes()
    # With UC_MODE_MCLASS it is a Cortex-M33, whatever is asked for.
    uc: Any = cast(Any, Uc)(UC_ARCH_ARM, UC_MODE_THUMB, UC_CPU_ARM_CORTEX_M0 if core is M0 else UC_CPU_ARM_CORTEX_M4)
    uc.mem_map(0, 256 * 1024)
    uc.mem_map(0x2000_0000, 64 * 1024)
    base, data, ready = (0x4000_2000, 0x51C, 0x11C) if core is M0 else (0x4000_4000, 0, -1)

    def write(_uc: Any, offset: int, _size: int, value: int, _data: Any) -> None:
        if offset == data:
            printed.append(value & 255)

    uc.mmio_map(base, 0x1000, lambda _uc, offset, _size, _data: int(offset == ready), None, write, None)
    uc.mem_write(0, code)
    if core is not M0:
        uc.reg_write(UC_ARM_REG_C1_C0_2, 0xF << 20)  # CPACR and the like: it has no system control space to write to
        uc.reg_write(UC_ARM_REG_FPEXC, 1 << 30)
    uc.mem_map(0xE000_E000, 0x1000)
    uc.reg_write(UC_ARM_REG_SP, int.from_bytes(code[0:4], "little"))
    pc = ctypes.c_uint32(int.from_bytes(code[4:8], "little"))
    handle, count, until = uc._uch, ctypes.c_size_t(UNICORN_SLICE), ctypes.c_uint64(0xFFFF_FFF0)
    start_c, read_c, reference = uclib.uc_emu_start, uclib.uc_reg_read, ctypes.byref(pc)
    start = time.process_time()
    while not printed.endswith(b"\n") and time.process_time() - start < LIMIT_S:
        for _ in range(100):
            if start_c(handle, ctypes.c_uint64(pc.value | 1), until, ctypes.c_uint64(0), count):
                raise BenchError(f"Unicorn stopped at 0x{pc.value:x} on {image.name}")
            read_c(handle, UC_ARM_REG_PC, reference)
            if printed.endswith(b"\n"):
                break
    return Result(printed.decode(errors="replace").strip(), 0, time.process_time() - start)


def same(results: list[Result]) -> None:
    """Raises BenchError unless all printed one and the same checksum."""
    printed = {result.printed for result in results}
    if len(printed) != 1 or printed.pop().strip("+0123456789abcdef") != "":
        raise BenchError(f"the engines do not agree: {results}")


def best(results: list[Result]) -> float:
    """CPU seconds of the fastest turn: the machine is shared."""
    return min(result.cpu_s for result in results)
