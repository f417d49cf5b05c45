# SPDX-License-Identifier: Apache-2.0
"""A function while it is compiled: its registers, its code, and what is known at the point reached.

The rooms that know the language (expr, calls, loops, ...) register one function per kind of syntax node with the decorators below;
this module gives them registers, labels and the definite-assignment state, and calls them.

Registers: parameters first, then the other local variables (with the hidden registers of their loops beside them), then
temporaries, which are a stack: `top` is the first free one. A call's window starts at its first argument and may overwrite
everything above, so a call is always made with nothing alive above it.

Definite assignment: `bound` is the set (a bit mask) of this frame's variables that are assigned on every way to this point. A jump
hands its set to its label, a label keeps the intersection, so the set is right at every join.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from .asm import Code, Ins, Label
from .errors import CompileError
from .isa import ENDS
from .scope import Frame, Scope, Var
from .unit import Unit

if TYPE_CHECKING:
    from .blocks import Block

MAX_REGS = 250
EQUALITY = frozenset({"JEQ", "JNE", "JEQI", "JNEI"})
NONE, FALSE, TRUE, UNBOUND, NOT_IMPLEMENTED, ELLIPSIS = range(6)

Expression = Callable[["Fn", ast.AST, int], None]
Statement = Callable[["Fn", ast.AST], None]
_EXPRESSIONS: dict[type[ast.AST], Expression] = {}
_STATEMENTS: dict[type[ast.AST], Statement] = {}
NodeT = TypeVar("NodeT", bound=ast.AST)


def expression(*types: type[NodeT]) -> Callable[[Callable[[Fn, NodeT, int], None]], Callable[[Fn, NodeT, int], None]]:
    """Registers `function(f, node, dst)`, which puts the value of the node into register dst.

    When dst is a variable's register the function may write it with its last instruction only (use `f.scratch`).
    """

    def register(function: Callable[[Fn, NodeT, int], None]) -> Callable[[Fn, NodeT, int], None]:
        for kind in types:
            _EXPRESSIONS[kind] = function  # type: ignore[assignment]
        return function

    return register


def statement(*types: type[NodeT]) -> Callable[[Callable[[Fn, NodeT], None]], Callable[[Fn, NodeT], None]]:
    """Registers `function(f, node)`, which makes the code of a statement."""

    def register(function: Callable[[Fn, NodeT], None]) -> Callable[[Fn, NodeT], None]:
        for kind in types:
            _STATEMENTS[kind] = function  # type: ignore[assignment]
        return function

    return register


class Fn:
    """The state of one frame's compilation."""

    def __init__(self, unit: Unit, frame: Frame, name: str, qualname: str) -> None:
        self.unit = unit
        self.frame = frame
        self.scope: Scope = frame.scope
        self.name = name
        self.qualname = qualname
        # `!=` is the inverse of `==` unless some class says otherwise.
        self.code = Code(unit.tables, EQUALITY if "__ne__" in unit.program.methods else frozenset())
        self.line = 0
        self.reachable = True
        self.bound = 0
        self.top = 0
        self.first_temp = 0
        self.nregs = 1
        self.node: ast.AST = frame.scope.node
        self.blocks: list[Block] = []
        self.stars: dict[int, int] = {}  # by the register of what an except* clause has got: that of its try's Catch
        self.caught: list[int] = []  # registers of the exceptions being handled here, innermost last
        self.register_names: dict[int, str] = {}
        self.unset: set[Var] = set()  # variables that some BOUND looks at: made unbound at the start
        self.pinned: set[int] = set()  # variables' registers in the temporaries' range (comprehensions, class bodies)
        self.busy: set[Var] = set()  # loop variables whose hidden registers are in use
        self.class_register = -1  # in a class body: the class
        self.class_mapping = (
            False  # in a class body: the register holds a mapping, from which a metaclass will make the class
        )
        self.class_stored: set[str] = set()  # in a class body: names that may have been assigned

    # --- registers
    def temp(self, count: int = 1) -> int:
        """`count` fresh registers at the top; the first one's number."""
        register = self.top
        self.top += count
        if self.top > MAX_REGS:
            self.unit.fail(
                self.node,
                f"{self.qualname}() needs more than {MAX_REGS} registers",
                "split the function, or put some of its variables into a list or an object",
            )
        self.nregs = max(self.nregs, self.top)
        return register

    def is_temp(self, register: int) -> bool:
        """True when the register belongs to no variable, so that it may be written before the value is complete."""
        return register >= self.first_temp and register not in self.pinned

    def scratch(self, dst: int) -> int:
        """dst itself when it may hold unfinished values, else a fresh temporary."""
        return dst if self.is_temp(dst) else self.temp()

    def on_top(self, dst: int) -> int:
        """dst when it is the topmost register in use (so that a window may start there), else a fresh temporary."""
        return dst if dst == self.top - 1 and self.is_temp(dst) else self.temp()

    # --- code
    def emit(self, op: str, a: int = 0, b: int = 0, c: int = 0, ext: Iterable[int] = ()) -> None:
        """Appends an instruction, unless this point cannot be reached."""
        if not self.reachable:
            return
        self.code.add(Ins(op, a, b, c, tuple(ext), self.line))
        if op in ENDS:
            self.reachable = False

    def move(self, dst: int, src: int) -> None:
        """MOVE unless both are the same register."""
        if dst != src:
            self.emit("MOVE", dst, src)

    def jump(self, op: str, label: Label, a: int = 0, b: int = 0) -> None:
        """Appends a jump to a label."""
        if not self.reachable:
            return
        label.bound = self.bound if label.bound is None else label.bound & self.bound
        self.code.add(Ins(op, a, b, 0, (), self.line, label))
        if op == "JMP":
            self.reachable = False

    def place(self, label: Label) -> None:
        """The label means this point; it is reachable when the code before or a jump reaches it."""
        self.code.place(label)
        if label.bound is not None:
            self.bound = self.bound & label.bound if self.reachable else label.bound
            self.reachable = True

    def loop_head(self, killed: int) -> Label:
        """A label for a jump back to this point: of what is bound now, `killed` may be unbound when it comes back."""
        self.bound &= ~killed
        label = Label()
        self.place(label)
        return label

    # --- expressions and statements
    def into(self, node: ast.expr, dst: int) -> None:
        """Puts the value of the expression into register dst."""
        handler = _EXPRESSIONS.get(type(node))
        if handler is None:
            self.unit.fail(node, f"{type(node).__name__} is not supported here")
        line, mark = self.line, self.top
        self.line = node.lineno
        handler(self, node, dst)
        self.line, self.top = line, mark

    def value(self, node: ast.expr, hint: int | None = None) -> int:
        """A register that holds the value: a variable's own one where that is safe, else `hint` if it is free to use, else a new one."""
        from .names import register_of

        if isinstance(node, ast.Name):
            register = register_of(self, node)
            if register is not None:
                return register
        dst = hint if hint is not None and self.is_temp(hint) else self.temp()
        self.into(node, dst)
        return dst

    def effect(self, node: ast.expr) -> None:
        """Works the expression out for what it does."""
        mark = self.top
        self.into(node, self.temp())
        self.top = mark

    def statement(self, node: ast.stmt) -> None:
        """Makes the code of a statement; nothing when it cannot be reached."""
        if not self.reachable:
            return
        handler = _STATEMENTS.get(type(node))
        mark = self.top
        self.line = node.lineno
        before = (self.scope, self.class_register, self.class_stored, self.blocks, list(self.blocks), list(self.caught))
        try:
            if handler is None:
                self.unit.fail(node, f"{type(node).__name__} is not supported")
            handler(self, node)
        except CompileError as error:
            if self.unit.errors is None:
                raise
            # The program will not be linked; this is where the search for more goes on.
            self.unit.errors += error.diagnostics
            self.scope, self.class_register, self.class_stored, self.blocks, self.blocks[:], self.caught[:] = before
            self.reachable = True
        self.top = mark

    def body(self, statements: Iterable[ast.stmt]) -> None:
        """Makes the code of statements, one after the other."""
        for node in statements:
            self.statement(node)

    def place_of_line(self) -> ast.AST:
        """A node at the line reached, for errors of what has none of its own."""
        text = self.unit.source[self.line - 1] if 0 < self.line <= len(self.unit.source) else ""
        start = len(text) - len(text.lstrip())
        return ast.Pass(lineno=self.line, col_offset=start, end_lineno=self.line, end_col_offset=len(text))

    # --- small constants
    def load_constant(self, dst: int, number: int) -> None:
        """LOADC."""
        self.emit("LOADC", dst, number)

    def name_id(self, name: str) -> int:
        """Id of an identifier as written at this place (private names mangled)."""
        return self.unit.name_id(self.scope.mangle(name))
