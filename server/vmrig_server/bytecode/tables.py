# SPDX-License-Identifier: Apache-2.0
"""The VM's own tables (instructions, static names, native imports), read at run time from the extension module `_vm`.

They are never copied into Python: compiler, verifier and disassembler work with whatever VM they are installed beside.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .profiles import VmFeatures

from .written_out import WRITTEN_OUT


class Opcode(NamedTuple):
    """One instruction: `format` as in opcodes.def, `ext` the count of extension words (-1: field C of them, -2: C + 1,
    -3: one when C is 255, else C counts a name of ATTRS)."""

    number: int
    name: str
    format: str
    ext: int


class Native(NamedTuple):
    """One import that the VM offers: `name` is "module.name"; arities count positional arguments, 255 is "any".

    `kind` is function, type, exception, int, float or, of what no VM has, expression; `value` that of a constant, or the "module.name" of an
    exception's base.
    """

    name: str
    kind: str
    min_args: int
    max_args: int
    value: int | float | str | None


@dataclass(frozen=True)
class Tables:
    """Everything that the compiler must know of the VM."""

    opcodes: tuple[Opcode, ...]
    by_name: dict[str, Opcode]
    names: tuple[str, ...]
    name_ids: dict[str, int]
    natives: dict[str, Native]
    modules: frozenset[str]
    vm: VmFeatures | None = None  # the one that the program is for; None: one that has all

    def lacking(self, dotted: str) -> tuple[str, ...]:
        """The features that an import needs which this VM has not, empty when there is no such import."""
        return self.vm.missing.get(dotted, ()) if self.vm is not None else ()

    def lacking_module(self, module: str) -> tuple[str, ...]:
        """The same of a module of which this VM has nothing."""
        if self.vm is None or module in self.modules:
            return ()
        return min((n for name, n in self.vm.missing.items() if name.rpartition(".")[0] == module), key=len, default=())

    def knows(self, module: str, member: str) -> bool:
        """True when a program can import the module, or the member of it."""
        return module in self.modules and (not member or f"{module}.{member}" in self.natives)

    def members(self, module: str) -> list[str]:
        """Public names of a native module, sorted."""
        prefix = module + "."
        return sorted(n[len(prefix) :] for n in self.natives if n.startswith(prefix))


_OTHER_NAMES = {
    "IOError": "builtins.OSError",
    "EnvironmentError": "builtins.OSError",
    "exit": "sys.exit",
    "quit": "sys.exit",
}
"""Builtins that are another name of something."""


@cache
def tables() -> Tables:
    """The tables of the installed VM (the import of the extension happens on the first call)."""
    from vmrig_native import _vm

    opcodes = tuple(Opcode(number, *row) for number, row in enumerate(_vm.opcodes()))
    names = tuple(_vm.names())
    natives = {row[0]: Native(*row) for row in _vm.builtins()}
    modules = frozenset(name.rpartition(".")[0] for name in natives) - {"builtins", "_"}
    natives |= {f"builtins.{name}": natives[same] for name, same in _OTHER_NAMES.items()}
    natives |= {name: Native(name, "expression", 0, 0, value) for name, value in WRITTEN_OUT.items()}
    return Tables(
        opcodes=opcodes,
        by_name={op.name: op for op in opcodes},
        names=names,
        name_ids={name: i for i, name in enumerate(names)},
        natives=natives,
        modules=modules,
    )


@lru_cache(16)
def tables_of(vm: VmFeatures | None) -> Tables:
    """The tables of a VM that has only these features; None: of the installed one."""
    whole = tables()
    if vm is None:
        return whole
    natives = {name: native for name, native in whole.natives.items() if name not in vm.missing}
    modules = whole.modules & {name.rpartition(".")[0] for name in natives}
    return replace(whole, natives=natives, modules=modules, vm=vm)


def fnv1a32(data: bytes) -> int:
    """FNV-1a, 32 bits: of the stable ids of native imports, and the hash of str and bytes objects (Fowler, Noll, Vo)."""
    h = 0x811C9DC5
    for byte in data:
        h = ((h ^ byte) * 0x01000193) & 0xFFFFFFFF
    return h


def native_id(native: Native) -> int:
    """The stable id of an import, as NATIVE has it: a VM whose function takes other arguments has another id."""
    return fnv1a32(native.name.encode() + bytes((native.min_args, native.max_args)))


def nearest(name: str, candidates: list[str]) -> list[str]:
    """Up to three candidates that look like `name`, best first."""
    return difflib.get_close_matches(name, candidates, n=3, cutoff=0.6)
