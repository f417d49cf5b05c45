# SPDX-License-Identifier: Apache-2.0
"""yield, yield from and generator expressions. A generator's first instruction is GEN: what runs before it runs when it is called."""

from __future__ import annotations

import ast

from .asm import Label
from .cond import cond_jump
from .coroutines import asynchronous_iterator, loop_over_async, run_async_loop
from .fn import NONE, Fn, expression
from .loops import loop_over, run_loop
from .scope import ITERATOR, Var
from .unit import Function


@expression(ast.Yield)
def yield_(f: Fn, node: ast.Yield, dst: int) -> None:
    if node.value is None:
        value = f.temp()
        f.load_constant(value, NONE)
    else:
        value = f.value(node.value, hint=dst)
    f.emit("YIELD", dst, value, f.frame.coroutine)


@expression(ast.YieldFrom)
def yield_from(f: Fn, node: ast.YieldFrom, dst: int) -> None:
    base = f.temp(2)
    f.emit("ITER", base, f.value(node.value, hint=base))
    f.load_constant(base + 1, NONE)
    f.emit("DELEGATE", base)
    f.move(dst, base)


@expression(ast.GeneratorExp)
def generator_expression(f: Fn, node: ast.GeneratorExp, dst: int) -> None:
    """The first iterable is worked out here and now, the rest when the generator runs."""
    from .define import make_function

    callee = f.on_top(dst)
    mark = f.top
    argument = f.temp()
    first = node.generators[0]
    if first.is_async:
        asynchronous_iterator(f, first.iter, argument)
    else:
        source = f.value(first.iter, hint=argument)
        f.line = node.lineno
        f.emit("ITER", argument, source)
    f.top = argument + 1
    make_function(f, node, callee)
    f.emit("CALL", callee, 1)
    f.top = mark
    f.move(dst, callee)


def body(f: Fn, node: ast.GeneratorExp, record: Function) -> None:
    """The code of a generator expression: register 0 is its iterator, register 1 what that gives."""
    from .define import allocate

    record.nargs = record.nposonly = 1
    record.parameters = [ITERATOR]
    first = node.generators[0]
    f.scope.variables[ITERATOR].register = 0
    plain: Var | None = None
    if isinstance(first.target, ast.Name) and not first.is_async:
        plain = f.scope.variables.get(f.scope.mangle(first.target.id))
    item = f.temp(2) + 1
    if plain is not None and not plain.captured:
        plain.register = item
        plain.loop = ""
    allocate(f, [])

    def nest(index: int, again: Label) -> None:
        if index == len(node.generators):
            mark = f.top
            value = f.value(node.elt)
            f.emit("YIELD", f.temp(), value, f.frame.coroutine)
            f.top = mark
            return
        clause = node.generators[index]

        def inner(next_item: Label) -> None:
            for test in clause.ifs:
                cond_jump(f, test, next_item, False)
            nest(index + 1, next_item)

        if index:
            loop = run_async_loop if clause.is_async else run_loop
            return loop(f, clause.target, clause.iter, f.scope, 0, inner)
        if clause.is_async:
            return loop_over_async(f, clause.target, 0, 0, inner)
        loop_over(f, clause.target, plain if plain is not None and plain.register == item else None, 0, 0, inner)

    nest(0, Label())
