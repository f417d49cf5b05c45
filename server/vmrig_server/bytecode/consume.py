# SPDX-License-Identifier: Apache-2.0
"""any, all, sum, min and max of a generator expression: a loop at that place, that keeps nothing but its result."""

from __future__ import annotations

import ast

from . import fold
from .asm import Label
from .cond import cond_jump
from .displays import run_generators
from .expr import load_value
from .fn import FALSE, TRUE, Fn


def consume(f: Fn, builtin: str, node: ast.GeneratorExp, call: ast.Call, dst: int) -> bool:
    """Makes the code of the call, if it is one of these."""
    if call.keywords:
        return False
    if builtin == "sum":
        return _sum(f, node, call.args[1:], dst)
    if len(call.args) != 1 or builtin not in ("any", "all", "min", "max"):
        return False
    if builtin in ("any", "all"):
        _any_all(f, node, builtin == "any", dst)
    else:
        _extreme(f, node, builtin, call, dst)
    return True


def _any_all(f: Fn, node: ast.GeneratorExp, is_any: bool, dst: int) -> None:
    decided, end = Label(), Label()
    run_generators(f, node, lambda: cond_jump(f, node.elt, decided, is_any))
    f.load_constant(dst, FALSE if is_any else TRUE)
    f.jump("JMP", end)
    f.place(decided)
    f.load_constant(dst, TRUE if is_any else FALSE)
    f.place(end)


def _sum(f: Fn, node: ast.GeneratorExp, start: list[ast.expr], dst: int) -> bool:
    """A start that is no constant is left to sum(): it is worked out before the items, and may be a str, which sum() refuses."""
    first: fold.Constant = 0
    if start:
        try:
            first = fold.constant(start[0])
        except fold.NotConstant:
            return False
    if len(start) > 1 or isinstance(first, (str, bytes)):
        return False
    total = f.scratch(dst)
    load_value(f, first, total)

    def body() -> None:
        mark = f.top
        value = f.value(node.elt)
        f.line = node.lineno
        f.emit("ADD", total, total, value)
        f.top = mark

    run_generators(f, node, body)
    f.move(dst, total)
    return True


def _extreme(f: Fn, node: ast.GeneratorExp, builtin: str, call: ast.Call, dst: int) -> None:
    best = f.scratch(dst)
    mark = f.top
    found = f.temp()
    f.load_constant(best, FALSE)
    f.load_constant(found, FALSE)

    def body() -> None:
        inner = f.top
        value = f.value(node.elt)
        take, skip = Label(), Label()
        f.line = node.lineno
        f.jump("JF", take, found)
        f.jump("JNGT" if builtin == "max" else "JNLT", skip, value, best)
        f.place(take)
        f.move(best, value)
        f.load_constant(found, TRUE)
        f.place(skip)
        f.top = inner

    run_generators(f, node, body)
    end = Label()
    f.jump("JT", end, found)
    nothing = ast.copy_location(ast.Call(call.func, [ast.Tuple([], ast.Load())], []), call)
    ast.fix_missing_locations(nothing)
    f.into(nothing, f.temp())  # its error
    f.place(end)
    f.move(dst, best)
    f.top = mark
