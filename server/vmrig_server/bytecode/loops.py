# SPDX-License-Identifier: Apache-2.0
"""while and for. A loop over range() runs on registers; the loop variable is one of them where it can be."""

from __future__ import annotations

import ast
from collections.abc import Callable

from . import fold
from .asm import Label
from .assign import assign
from .blocks import Loop
from .cond import cond_jump
from .expr import small_int
from .fn import Fn, statement
from .names import destination, killed_names
from .scope import Scope, Var

_SHORT_TEST = 12  # syntax nodes; a longer loop condition is not worth a second copy of its code


@statement(ast.While)
def while_(f: Fn, node: ast.While) -> None:
    known = fold.truth(node.test)
    if known is False:
        return f.body(node.orelse)
    killed = killed_names(f, node.body)
    otherwise, end, again = Label(), Label(), Label()
    short = known is None and sum(1 for _ in ast.walk(node.test)) <= _SHORT_TEST
    if short:
        # The test is made once before the loop and then at its end: one jump an iteration.
        f.bound &= ~killed
        cond_jump(f, node.test, otherwise, False)
        head = f.loop_head(killed)
    else:
        head = again = f.loop_head(killed)
        if known is None:
            cond_jump(f, node.test, otherwise, False)
    f.blocks.append(Loop(end, again))
    f.body(node.body)
    f.blocks.pop()
    if short:
        f.place(again)
        if f.reachable:
            f.line = node.lineno
            cond_jump(f, node.test, head, True)
            f.jump("JMP", otherwise)
    else:
        f.jump("JMP", head)
    f.place(otherwise)
    f.body(node.orelse)
    f.place(end)


@statement(ast.For)
def for_(f: Fn, node: ast.For) -> None:
    end = Label()

    def body(again: Label) -> None:
        f.blocks.append(Loop(end, again))
        f.body(node.body)
        f.blocks.pop()

    run_loop(f, node.target, node.iter, f.scope, killed_names(f, node.body), body)
    f.line = node.lineno
    f.body(node.orelse)
    f.place(end)


def _loop_variable(f: Fn, target: ast.expr) -> Var | None:
    """The variable with loop registers beside it that is the target, unless a loop around this one uses them."""
    if not isinstance(target, ast.Name) or destination(f, target.id) is None:
        return None
    name = f.scope.mangle(target.id)
    var = f.scope.find(name).variables[name]
    return var if var.loop and not var.is_param and var not in f.busy else None


def is_range(f: Fn, node: ast.expr, scope: Scope) -> bool:
    """True for a call of the builtin range() that FORPREP can do."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "range"
        and not node.keywords
        and 1 <= len(node.args) <= 3
        and not any(isinstance(a, ast.Starred) for a in node.args)
        and scope.find("range").kind == "module"
        and not f.unit.program.shadowed("range")
    )


def run_loop(
    f: Fn, target: ast.expr, iterable: ast.expr, iterable_scope: Scope, killed: int, body: Callable[[Label], None]
) -> None:
    """`for target in iterable: body(label to continue at)`; goes on here when the iterable is exhausted.

    The iterable belongs to `iterable_scope` (of a comprehension: the scope around it). `killed` are the variables that the body unbinds.
    """
    var = _loop_variable(f, target)
    mark = f.top
    if var is not None:
        f.busy.add(var)
    if is_range(f, iterable, iterable_scope) and (var is None or var.loop == "range"):
        assert isinstance(iterable, ast.Call)
        _range_loop(f, target, var, iterable, iterable_scope, killed, body)
    else:
        _iterator_loop(f, target, var, iterable, iterable_scope, killed, body)
    if var is not None:
        f.busy.discard(var)
    f.top = mark


def _range_loop(
    f: Fn,
    target: ast.expr,
    var: Var | None,
    iterable: ast.Call,
    scope: Scope,
    killed: int,
    body: Callable[[Label], None],
) -> None:
    base = f.temp(4) if var is None else var.register - 3
    inner, f.scope = f.scope, scope
    arguments = iterable.args
    f.line = iterable.lineno
    from_zero = len(arguments) == 1 or (len(arguments) == 2 and small_int(arguments[0], 0, 0) == 0)
    if from_zero:
        f.into(arguments[-1], base + 1)
    else:
        f.into(arguments[0], base)
        f.into(arguments[1], base + 1)
        if len(arguments) == 3:
            f.into(arguments[2], base + 2)
        else:
            f.emit("LOADI", base + 2, 1)
    f.scope = inner
    done, again = Label(), Label()
    f.bound &= ~killed
    f.jump("FOR0" if from_zero else "FORPREP", done, base)
    head = Label()
    if var is not None:
        f.bound |= var.mask
    f.place(head)
    line = f.line
    if var is None:
        assign(f, target, base + 3)
    body(again)
    f.place(again)
    f.line = line
    f.jump("FORR", head, base)
    f.place(done)


def _iterator_loop(
    f: Fn,
    target: ast.expr,
    var: Var | None,
    iterable: ast.expr,
    scope: Scope,
    killed: int,
    body: Callable[[Label], None],
) -> None:
    base = f.temp(2) if var is None else var.register - 1
    inner, f.scope = f.scope, scope
    mark = f.top
    source = f.value(iterable)
    f.line = iterable.lineno
    f.emit("ITER", base, source)
    f.top = mark
    f.scope = inner
    loop_over(f, target, var, base, killed, body)


def loop_over(f: Fn, target: ast.expr, var: Var | None, base: int, killed: int, body: Callable[[Label], None]) -> None:
    """The loop over the iterator in R[base]; R[base + 1], which may be the variable's register, is the item."""
    done = Label()
    head = f.loop_head(killed)
    line = f.line
    f.jump("FOR", done, base)
    if var is not None:
        f.bound |= var.mask
    else:
        assign(f, target, base + 1)
    body(head)
    f.line = line
    f.jump("JMP", head)
    f.place(done)
