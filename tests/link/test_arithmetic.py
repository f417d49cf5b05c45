# SPDX-License-Identifier: Apache-2.0
"""The firmware's own divisions and shifts (vmimages/ports/*/arithmetic.c), run by Unicorn: every core's code against Python's ints."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import unicorn
from elftools.elf.elffile import ELFFile
from unicorn import arm_const, riscv_const

from .test_images import ROOT

CODE, STACK, RETURN = 0x10000, 0x30000, 0x20000
WORD, LONG = 2**32, 2**64
EDGES = (0, 1, 2, 3, 7, 10, 255, 256, 1000, 2**16, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 1)


class Core:
    """One of the compiled files, whose functions can be called."""

    def __init__(self, folder: Path, architecture: str, mcpu: str, triple: str, port: str) -> None:
        path = folder / f"{architecture}.elf"
        source = ROOT / "vmimages" / "ports" / port / "arithmetic.c"
        flags = [
            "-target",
            triple,
            f"-mcpu={mcpu}",
            "-std=c11",
            "-Os",
            "-g",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-nostdlib",
            "-Wl,--no-gc-sections",
        ]
        environment = os.environ | {"ZIG_GLOBAL_CACHE_DIR": str(folder), "ZIG_LOCAL_CACHE_DIR": str(folder)}
        command = [
            sys.executable,
            "-m",
            "ziglang",
            "cc",
            *flags,
            f"-Wl,--image-base={CODE}",
            str(source),
            "-o",
            str(path),
        ]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        self.arm = architecture != "rv32"
        self.uc = (
            unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB)
            if self.arm
            else unicorn.Uc(unicorn.UC_ARCH_RISCV, unicorn.UC_MODE_RISCV32)
        )
        self.uc.mem_map(0, 0x40000)
        self.names: dict[str, int] = {}
        with path.open("rb") as stream:
            elf = ELFFile(stream)
            for segment in elf.iter_segments("PT_LOAD"):
                self.uc.mem_write(segment["p_vaddr"], segment.data())
            for symbol in elf.get_section_by_name(".symtab").iter_symbols():
                self.names[symbol.name] = symbol["st_value"]

    def call(self, name: str, *words: int) -> tuple[int, int, int, int]:
        """The first four result registers."""
        if self.arm:
            registers = [arm_const.UC_ARM_REG_R0 + i for i in range(4)]
            sp, lr, start = arm_const.UC_ARM_REG_SP, arm_const.UC_ARM_REG_LR, self.names[name] | 1
        else:
            registers = [riscv_const.UC_RISCV_REG_A0 + i for i in range(4)]
            sp, lr, start = riscv_const.UC_RISCV_REG_SP, riscv_const.UC_RISCV_REG_RA, self.names[name]
        for register, word in zip(registers, words, strict=False):
            self.uc.reg_write(register, word % WORD)
        self.uc.reg_write(sp, STACK)
        self.uc.reg_write(lr, RETURN | self.arm)
        self.uc.emu_start(start, RETURN, count=5000)
        a, b, c, d = (self.uc.reg_read(register) for register in registers)
        return a, b, c, d


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Core]]:
    folder = tmp_path_factory.mktemp("arithmetic")
    kinds = {
        "v6m": ("cortex_m0plus", "thumb-freestanding-eabi", "cortexm"),
        "v7m": ("cortex_m4", "thumb-freestanding-eabi", "cortexm"),
        "rv32": ("generic_rv32+m+c", "riscv32-freestanding-none", "riscv"),
    }
    made: dict[str, Core] = {}

    def core(name: str) -> Core:
        if name not in made:
            made[name] = Core(folder, name, *kinds[name])
        return made[name]

    yield core


def words(count: int) -> Iterator[tuple[int, int]]:
    """Pairs of numbers of 32 bits: the edges, then any of any length."""
    yield from ((a, b) for a in EDGES for b in EDGES)
    chance = random.Random(5)
    for _ in range(count):
        yield chance.getrandbits(32) >> chance.randrange(32), chance.getrandbits(32) >> chance.randrange(32)


def longs(count: int) -> Iterator[tuple[int, int]]:
    """The same of 64 bits."""
    wide = [a << 32 | b for a in EDGES[::2] for b in EDGES[::3]] + [LONG - 1, LONG - 2]
    yield from ((a, b) for a in wide for b in wide)
    chance = random.Random(6)
    for _ in range(count):
        yield chance.getrandbits(64) >> chance.randrange(64), chance.getrandbits(64) >> chance.randrange(64)


def signed(x: int, bits: int) -> int:
    return x - 2**bits if x >> (bits - 1) else x


def truncated(a: int, b: int) -> tuple[int, int]:
    """Quotient and rest as C has them."""
    q = abs(a) // abs(b)
    q = -q if (a < 0) != (b < 0) else q
    return q, a - q * b


def test_words_are_divided_on_cores_that_cannot(compiled: Callable[[str], Core]) -> None:
    core = compiled("v6m")
    for a, b in words(300):
        unsigned, with_sign = core.call("__aeabi_uidivmod", a, b), core.call("__aeabi_idivmod", a, b)
        if b:
            assert unsigned[:2] == divmod(a, b), (a, b)
            q, rest = truncated(signed(a, 32), signed(b, 32))
            assert with_sign[:2] == (q % WORD, rest % WORD), (a, b)


@pytest.mark.parametrize("name", ["v6m", "v7m"])
def test_longs_are_divided_with_quotient_and_rest(compiled: Callable[[str], Core], name: str) -> None:
    core = compiled(name)
    for a, b in longs(200):
        arguments = (a % WORD, a >> 32, b % WORD, b >> 32)
        unsigned, with_sign = core.call("__aeabi_uldivmod", *arguments), core.call("__aeabi_ldivmod", *arguments)
        if b:
            assert (unsigned[0] | unsigned[1] << 32, unsigned[2] | unsigned[3] << 32) == divmod(a, b), (a, b)
            q, rest = (x % LONG for x in truncated(signed(a, 64), signed(b, 64)))
            assert with_sign == (q % WORD, q >> 32, rest % WORD, rest >> 32), (a, b)


def test_longs_are_divided_on_risc_v(compiled: Callable[[str], Core]) -> None:
    core = compiled("rv32")
    for a, b in longs(200):
        if b:
            q, rest = divmod(a, b)
            with_sign, its_rest = (x % LONG for x in truncated(signed(a, 64), signed(b, 64)))
            for function, expected in (
                ("__udivdi3", q),
                ("__umoddi3", rest),
                ("__divdi3", with_sign),
                ("__moddi3", its_rest),
            ):
                low, high, *_ = core.call(function, a % WORD, a >> 32, b % WORD, b >> 32)
                assert low | high << 32 == expected, (function, a, b)


@pytest.mark.parametrize("name", ["v6m", "v7m"])
def test_longs_are_shifted_by_any_number_of_bits(compiled: Callable[[str], Core], name: str) -> None:
    core = compiled(name)
    for x in (0x0123456789ABCDEF, 0xFEDCBA9876543210, LONG - 1, 1 << 63, 1):
        for by in range(64):
            expected = {"llsl": x << by, "llsr": x >> by, "lasr": signed(x, 64) >> by}
            for function, result in expected.items():
                low, high, *_ = core.call(f"__aeabi_{function}", x % WORD, x >> 32, by)
                assert low | high << 32 == result % LONG, (function, x, by)


def test_leading_zeros_are_counted(compiled: Callable[[str], Core]) -> None:
    core = compiled("v6m")
    for a, _ in words(100):
        assert core.call("__clzsi2", a)[0] == 32 - a.bit_length()
