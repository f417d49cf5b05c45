# SPDX-License-Identifier: Apache-2.0
"""Which variable does a name mean? Scopes, frames and variables, as `resolve` finds them before code is made.

A *frame* is what has a register window at run time: the module body or a function. Class bodies and comprehensions are scopes
too, but their code is part of the frame around them. Names are resolved as in the Python reference, section 4.2.2, with one
difference: imports are resolved here, so a name that is only ever bound by imports of one thing is that thing, not a variable.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["module", "function", "class", "comprehension"]
FunctionNode = ast.FunctionDef | ast.Lambda | ast.GeneratorExp
CompNode = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

# Modules that only matter to type checkers: their names may be imported and used in annotations, nowhere else.
PASSIVE_MODULES = frozenset({"__future__", "typing", "typing_extensions", "collections.abc"})


class AsyncFunction(ast.FunctionDef):
    """An `async def`. Whoever asks what a function is takes it for one."""


AsyncFunction.__name__ = "FunctionDef"  # by which syntax trees are visited

ITERATOR = ".0"  # the parameter of a generator expression: the iterator of its first for clause


@dataclass(frozen=True)
class Target:
    """What an import binds: a module of the VM (member ""), or one of its members. `passive`: for annotations only."""

    module: str
    member: str = ""
    passive: bool = False

    @property
    def dotted(self) -> str:
        """ "module.member", or the module's name."""
        return f"{self.module}.{self.member}" if self.member else self.module


@dataclass(eq=False)
class Var:
    """A variable of a function, a comprehension or a class body."""

    name: str
    scope: Scope
    bit: int
    is_param: bool = False
    stores: int = 0
    captured: bool = False
    loop: Literal["", "iter", "range"] = ""  # it is the plain target of a for loop: the loop's registers lie beside it
    walrus: bool = False
    register: int = -1
    cell: int = -1

    @property
    def mask(self) -> int:
        """Its bit in the sets of definitely assigned variables of its frame."""
        return 1 << self.bit


@dataclass(eq=False)
class Scope:
    """A region of source text with its own names."""

    kind: Kind
    node: ast.AST
    parent: Scope | None
    private: str = ""  # name of the class around it, for the mangling of __names
    variables: dict[str, Var] = field(default_factory=dict)
    aliases: dict[str, Target] = field(default_factory=dict)
    imported: dict[str, list[Target]] = field(default_factory=dict)
    global_names: set[str] = field(default_factory=set)
    nonlocal_names: set[str] = field(default_factory=set)
    uses: list[str] = field(default_factory=list)
    stored: dict[str, int] = field(
        default_factory=dict
    )  # names bound other than by import (in the module: its globals)
    frame: Frame = field(init=False)

    @property
    def comprehends(self) -> bool:
        """It is a comprehension's or a generator expression's: a walrus in it binds further out."""
        return self.kind == "comprehension" or isinstance(self.node, ast.GeneratorExp)

    def mangle(self, name: str) -> str:
        """`__name` inside class C is `_C__name` (Python reference 6.2.1)."""
        if not self.private or not name.startswith("__") or name.endswith("__") or "." in name:
            return name
        stripped = self.private.lstrip("_")
        return f"_{stripped}{name}" if stripped else name

    def find(self, name: str) -> Scope:
        """The scope that owns `name` when it is used here; the module's when no function does."""
        scope: Scope = self
        direct = True
        while scope.parent is not None:
            if scope.kind == "class" and not direct:
                if name == "__class__":
                    return scope
            elif name in scope.global_names:
                return scope.root
            elif name not in scope.nonlocal_names and (name in scope.variables or name in scope.aliases):
                return scope
            direct = False
            scope = scope.parent
        return scope

    @property
    def root(self) -> Scope:
        """The module's scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def variable(self, name: str) -> Var:
        """The variable of that name in this very scope, made on first sight."""
        var = self.variables.get(name)
        if var is None:
            var = self.variables[name] = Var(name, self, self.frame.take_bit())
        return var


@dataclass(eq=False)
class Frame:
    """A function or the module body: what has registers."""

    scope: Scope
    parent: Frame | None
    free: list[Var] = field(default_factory=list)
    generator: bool = False  # it yields
    coroutine: bool = False  # it awaits, or could
    bits: int = 0

    @property
    def kind(self) -> int:
        """What its GEN makes: 0 a generator, or as in `coroutines`; -1: it has none."""
        if not self.coroutine:
            return 0 if self.generator else -1
        return 4 if self.generator else 2

    def take_bit(self) -> int:
        """A new number for a variable of this frame."""
        self.bits += 1
        return self.bits - 1


@dataclass
class Program:
    """The scopes of a whole source file."""

    root: Scope
    scopes: dict[ast.AST, Scope]
    methods: set[str]  # names of all functions defined in class bodies: what special methods can exist at run time
    module_uses: set[str]  # names that are looked up as globals anywhere
    certain_imports: set[ast.Try]  # `try: import m` where m is there: the except clauses are dead
    metaclasses: bool = False  # classes may be made by calling another class than `type`

    def shadowed(self, builtin: str) -> bool:
        """True when the program itself binds a global of that name."""
        return builtin in self.root.stored or builtin in self.root.aliases


def function_name(node: ast.AST) -> str:
    """As in `__name__`."""
    if isinstance(node, ast.FunctionDef):
        return node.name
    return "<lambda>" if isinstance(node, ast.Lambda) else "<genexpr>"


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    """All parameters in the order of their registers: positional, *args, keyword-only, **kwargs."""
    result = [*arguments.posonlyargs, *arguments.args]
    if arguments.vararg:
        result.append(arguments.vararg)
    result += arguments.kwonlyargs
    if arguments.kwarg:
        result.append(arguments.kwarg)
    return result
