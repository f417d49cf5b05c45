# SPDX-License-Identifier: Apache-2.0
"""The modules of a program while it is compiled: all of them are linked into one container.

A module's variables are global variables of the program, one behind the other; before them is one that tells whether its body has begun.
`import m` runs the body when it has not. A name that is only ever bound by importing one module is that module, so `m.x` is that global
variable. Only a module that is used as a value is looked up by name at run time (MODULES, vmimages/core/container.h).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from .asm import Label, Range
from .fn import Fn
from .profiles import hint
from .scope import Program, Target
from .sources import MAIN, Source, exported, imported_names, parents, top_level
from .tables import nearest

if TYPE_CHECKING:
    from .unit import Unit

FIRST_MODULE = 32  # of the constants


@dataclass(eq=False)
class Module:
    """One module of the program."""

    source: Source
    tree: ast.Module
    number: int
    program: Program | None = None
    unit: Unit | None = None
    extra: set[str] = field(default_factory=set)  # variables that other modules give it
    function: int = 0  # of its body
    state: int = 0  # the global variable that is true once the body has begun
    first_global: int = 0
    count: int = 0
    certain: dict[str, bool] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """`__main__`, `package.module`."""
        return self.source.name

    def variables(self) -> list[str]:
        """Names of its global variables."""
        assert self.program is not None
        return list(dict.fromkeys([*self.program.root.stored, *sorted(self.extra)]))

    def alias(self, name: str) -> Target | None:
        """What a name of the module is when it is no variable: an import."""
        assert self.program is not None
        return self.program.root.aliases.get(name)


class Modules:
    """All modules of a program by name, the main one first."""

    def __init__(self, available: list[str]) -> None:
        self.available = available  # names that could be imported
        self.by_name: dict[str, Module] = {}
        self.as_values = False  # some module is used as a value
        self._imports: dict[str, set[str]] = {}
        self._reach: dict[str, frozenset[str]] = {}  # found so far; both hold as long as no module comes or goes

    def __contains__(self, name: str) -> bool:
        return name in self.by_name

    def __iter__(self) -> Iterator[Module]:
        return iter(self.by_name.values())

    def __len__(self) -> int:
        return len(self.by_name)

    def get(self, name: str) -> Module | None:
        """The module of that name, if it is the program's own."""
        return self.by_name.get(name)

    def add(self, source: Source, tree: ast.Module) -> Module:
        """A new module."""
        self._reach.clear()
        module = self.by_name[source.name] = Module(source, tree, len(self.by_name))
        module.certain = top_level(tree)
        return module

    def keep(self, names: set[str]) -> None:
        """Forgets all other modules."""
        self._reach.clear()
        self.by_name = {name: module for name, module in self.by_name.items() if name in names}
        for number, module in enumerate(self.by_name.values()):
            module.number = number

    def binds(self, name: str, member: str) -> bool:
        """True when the module has a variable or an import of that name."""
        module = self.by_name[name]
        return member in module.variables() or module.alias(member) is not None or f"{name}.{member}" in self

    def star_names(self, name: str) -> list[str]:
        """What `from name import *` binds."""
        module = self.by_name[name]
        names = exported(module.tree)
        if names is not None:
            return names
        found = [n for n in module.certain if not n.startswith("_")]
        for node in module.tree.body:
            match node:
                case ast.ImportFrom(module=str(other), names=[ast.alias(name="*")]) if other in self and other != name:
                    found += [n for n in self.star_names(other) if not n.startswith("_")]
        return list(dict.fromkeys(found))

    def note_stores(self) -> None:
        """Finds the variables that modules are given from outside: `m.x = 1`."""
        for module in self:
            bound: dict[str, set[str]] = {}
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Import):
                    for a in node.names:
                        bound.setdefault(a.asname or a.name.partition(".")[0], set()).update(
                            [a.name] if a.asname else [a.name.partition(".")[0]]
                        )
                elif isinstance(node, ast.ImportFrom) and node.module:
                    for a in node.names:
                        bound.setdefault(a.asname or a.name, set()).add(f"{node.module}.{a.name}")
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                    for name in self._meant(node.value, bound):
                        self.by_name[name].extra.add(node.attr)
                        if isinstance(node.ctx, ast.Del):
                            self.by_name[name].certain[node.attr] = False

    def _meant(self, node: ast.expr, bound: dict[str, set[str]]) -> set[str]:
        if isinstance(node, ast.Name):
            return {n for n in bound.get(node.id, ()) if n in self}
        if isinstance(node, ast.Attribute):
            return {f"{n}.{node.attr}" for n in self._meant(node.value, bound) if f"{n}.{node.attr}" in self}
        return set()

    def number_globals(self, unit: Unit) -> None:
        """Gives every module's variables their numbers, if there are several modules."""
        for module in self:
            assert module.unit is not None
            if module.name != MAIN:
                module.state = unit.hidden_global(module.name)
            module.first_global = len(unit.globals)
            for name in module.variables():
                module.unit.global_number(name)
            module.count = len(unit.globals) - module.first_global

    def surely_bound(self, user: str, module: Module, name: str) -> bool:
        """True when the variable is there whenever code of `user` runs: the module's body is complete by then."""
        return module.certain.get(name, False) and user not in self._reached(module.name)

    def reached_by(self, node: ast.Import | ast.ImportFrom) -> set[str]:
        """Modules of the program that an import statement brings, directly or not."""
        tree = ast.Module([node], [])
        found = {p for name in imported_names(tree) for p in parents(name) if p in self}
        return found.union(*(self._reached(name) for name in found))

    def _reached(self, name: str) -> frozenset[str]:
        """The module and all that it imports, directly or not."""
        if name not in self._reach:
            if not self._reach:
                self._imports = {m.name: self._direct(m) for m in self}
            seen: set[str] = set()
            pending = [name]
            while pending:
                at = pending.pop()
                if at not in seen and at in self:
                    seen.add(at)
                    pending += self._imports[at]
            self._reach[name] = frozenset(seen)
        return self._reach[name]

    def _direct(self, module: Module) -> set[str]:
        return {part for name in imported_names(module.tree) for part in parents(name) if part in self}


# --- code
def run_import(f: Fn, name: str) -> None:
    """Code that runs the bodies of a module and of the packages around it, if they have not begun."""
    for part in parents(name):
        module = f.unit.modules.get(part)
        if module is None or module.name == f.unit.module:
            continue
        mark = f.top
        window = f.temp()
        over = Label()
        f.emit("GETG", window, module.state)
        f.jump("JT", over, window)
        f.emit("FUNC", window, module.function)
        f.emit("CALL", window, 0)
        f.place(over)
        f.top = mark


def load_module(f: Fn, name: str, dst: int) -> None:
    """R[dst] = the module as a value."""
    module = f.unit.modules.by_name[name]
    vm = f.unit.tables.vm
    if vm is not None and vm.lacks(("modules",)):
        f.unit.fail(f.place_of_line(), f"{vm.name} has no modules of the program as values", hint(("modules",)))
    f.unit.modules.as_values = True
    f.emit("LOADC", dst, FIRST_MODULE + module.number)


def load_member(f: Fn, target: Target, node: ast.AST, dst: int, importing: bool = False) -> None:
    """R[dst] = a variable of a module of the program."""
    from .expr import load_value
    from .names import load_target

    module = f.unit.modules.by_name[target.module]
    if f"{target.dotted}" in f.unit.modules:
        return load_module(f, target.dotted, dst)
    alias = module.alias(target.member)
    if alias is not None:
        return load_target(f, alias, node, dst)
    if target.member in ("__name__", "__file__") and target.member not in module.variables():
        return load_value(f, module.name if target.member == "__name__" else module.source.filename, dst)
    number = member_number(f, target, node)
    if f.unit.modules.surely_bound(f.unit.module, module, target.member):
        return f.emit("GETG", dst, number)
    f.emit("GETM", dst, number, 0, [f.unit.name_id(module.name) | (1 << 16 if importing else 0)])


def member_number(f: Fn, target: Target, node: ast.AST) -> int:
    """The number of the global variable."""
    module = f.unit.modules.by_name[target.module]
    assert module.unit is not None
    if target.member not in module.variables():
        _no_member(f, module, target.member, node)
    return module.unit.global_number(target.member)


def _no_member(f: Fn, module: Module, member: str, node: ast.AST) -> NoReturn:
    names = module.variables()
    close = nearest(member, names) or [n for n in names if not n.startswith("_")][:8]
    hint = "it has " + ", ".join(close) if close else f"{module.source.filename} binds no names"
    f.unit.fail(node, f"module {module.name!r} has no attribute {member!r}", hint)


def begin_body(f: Fn, module: Module) -> Label:
    """The start of a module's body; the main one begins by saying that no other has begun."""
    started = f.temp()
    if module.name == MAIN:
        for other in f.unit.modules:
            if other.name != MAIN:
                set_state(f, other, 0, started)
    else:
        set_state(f, module, 1, started)
    f.top = started
    label = Label()
    f.code.place(label)
    return label


def end_body(f: Fn, module: Module, start: Label) -> None:
    """A body that an exception left has not begun: the next import tries it again."""
    if module.name == MAIN:
        return
    f.emit("RETN")
    end, target = Label(), Label()
    f.code.place(end)
    if start.index == end.index:
        return
    register = f.temp()
    f.code.ranges.append(Range(start, end, target, register))
    target.bound = 0
    f.place(target)
    set_state(f, module, 0, f.temp())
    f.emit("RERAISE", register)


def set_state(f: Fn, module: Module, value: int, register: int) -> None:
    """Says whether a module's body has begun; `register` is free for it."""
    if module.state <= 255:
        return f.emit("SETGI", module.state, value)
    f.emit("LOADI", register, value)
    f.emit("SETG", register, module.state)
