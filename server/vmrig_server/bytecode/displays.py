# SPDX-License-Identifier: Apache-2.0
"""Lists, tuples, dicts and sets written out, and comprehensions, whose loops are part of the function around them."""

from __future__ import annotations

import ast
from collections.abc import Callable

from .asm import Label
from .cond import cond_jump
from .coroutines import run_async_loop
from .fn import UNBOUND, Fn, expression
from .loops import run_loop
from .scope import CompNode, Scope

_CHUNK = 32  # items that are worked out side by side in registers; a longer display goes on item by item


def allocate(f: Fn, scope: Scope) -> None:
    """Gives registers (or cells) to the variables of a comprehension, those of a plain loop target with its loop beside it."""
    for var in scope.variables.values():
        if var.captured:
            var.cell = f.temp()
            f.load_constant(var.cell, UNBOUND)
            f.emit("MKCELL", var.cell)
            continue
        count = {"range": 4, "iter": 2}.get(var.loop, 1)
        var.register = f.temp(count) + count - 1
        f.pinned.add(var.register)
        f.register_names.setdefault(var.register, var.name)


def release(f: Fn, scope: Scope) -> None:
    """The registers of the comprehension's variables are temporaries again."""
    for var in scope.variables.values():
        f.pinned.discard(var.register)
        f.bound &= ~var.mask


# --- displays
def build_list(f: Fn, elements: list[ast.expr], dst: int) -> None:
    """R[dst] = [elements], some of which may be starred. dst is a temporary."""
    plain = 0
    while plain < len(elements) and plain < _CHUNK and not isinstance(elements[plain], ast.Starred):
        plain += 1
    _sequence(f, "LIST", elements[:plain], dst)
    for element in elements[plain:]:
        mark = f.top
        if isinstance(element, ast.Starred):
            f.emit("EXTEND", dst, f.value(element.value))
        else:
            f.emit("LAPPEND", dst, f.value(element))
        f.top = mark


def _sequence(f: Fn, op: str, elements: list[ast.expr], dst: int) -> None:
    mark = f.top
    for element in elements:
        f.into(element, f.temp())
    f.emit(op, dst, mark if elements else dst, len(elements))
    f.top = mark


def _simple(elements: list[ast.expr]) -> bool:
    return len(elements) <= _CHUNK and not any(isinstance(e, ast.Starred) for e in elements)


@expression(ast.List)
def list_(f: Fn, node: ast.List, dst: int) -> None:
    if _simple(node.elts):
        return _sequence(f, "LIST", node.elts, dst)
    result = f.scratch(dst)
    build_list(f, node.elts, result)
    f.move(dst, result)


@expression(ast.Tuple)
def tuple_(f: Fn, node: ast.Tuple, dst: int) -> None:
    if _simple(node.elts):
        return _sequence(f, "TUPLE", node.elts, dst)
    result = f.scratch(dst)
    build_list(f, node.elts, result)
    f.emit("LTUPLE", dst, result)


@expression(ast.Set)
def set_(f: Fn, node: ast.Set, dst: int) -> None:
    if _simple(node.elts):
        return _sequence(f, "SET", node.elts, dst)
    result = f.scratch(dst)
    f.emit("SET", result, result, 0)
    for element in node.elts:
        mark = f.top
        if isinstance(element, ast.Starred):
            _set_update(f, result, element)
        else:
            f.emit("SADD", result, f.value(element))
        f.top = mark
    f.move(dst, result)


def _set_update(f: Fn, result: int, element: ast.Starred) -> None:
    base = f.temp(2)
    f.emit("ITER", base, f.value(element.value))
    head, done = Label(), Label()
    f.place(head)
    f.jump("FOR", done, base)
    f.emit("SADD", result, base + 1)
    f.jump("JMP", head)
    f.place(done)


@expression(ast.Dict)
def dict_(f: Fn, node: ast.Dict, dst: int) -> None:
    pairs = list(zip(node.keys, node.values, strict=True))
    plain = 0
    while plain < len(pairs) and plain < _CHUNK // 2 and pairs[plain][0] is not None:
        plain += 1
    result = dst if plain == len(pairs) else f.scratch(dst)
    mark = f.top
    for key, value in pairs[:plain]:
        assert key is not None
        f.into(key, f.temp())
        f.into(value, f.temp())
    f.emit("DICT", result, mark if plain else result, plain)
    f.top = mark
    for key, value in pairs[plain:]:
        if key is None:
            f.emit("EXTEND", result, f.value(value))
        else:
            key_register = f.value(key)
            f.emit("DSET", result, key_register, f.value(value))
        f.top = mark
    f.move(dst, result)


# --- comprehensions
def run_generators(f: Fn, node: CompNode, body: Callable[[], None]) -> None:
    """Runs `body` for every item that the comprehension's for and if clauses let through, in its scope."""
    scope = f.unit.program.scopes[node]
    outer, mark = f.scope, f.top
    f.scope = scope
    allocate(f, scope)

    def nest(index: int, again: Label | None) -> None:
        if index == len(node.generators):
            return body()
        generator = node.generators[index]

        def inner(next_item: Label) -> None:
            for test in generator.ifs:
                cond_jump(f, test, next_item, False)
            nest(index + 1, next_item)

        loop = run_async_loop if generator.is_async else run_loop
        loop(f, generator.target, generator.iter, outer if index == 0 else scope, 0, inner)

    nest(0, None)
    release(f, scope)
    f.scope, f.top = outer, mark


def _collect(f: Fn, node: CompNode, op: str, dst: int, add: Callable[[int], None]) -> None:
    result = f.scratch(dst)
    f.emit(op, result, result, 0)

    def body() -> None:
        mark = f.top
        add(result)
        f.top = mark

    run_generators(f, node, body)
    f.move(dst, result)


@expression(ast.ListComp)
def list_comp(f: Fn, node: ast.ListComp, dst: int) -> None:
    _collect(f, node, "LIST", dst, lambda result: f.emit("LAPPEND", result, f.value(node.elt)))


@expression(ast.SetComp)
def set_comp(f: Fn, node: ast.SetComp, dst: int) -> None:
    _collect(f, node, "SET", dst, lambda result: f.emit("SADD", result, f.value(node.elt)))


@expression(ast.DictComp)
def dict_comp(f: Fn, node: ast.DictComp, dst: int) -> None:
    def add(result: int) -> None:
        key = f.value(node.key)
        f.emit("DSET", result, key, f.value(node.value))

    _collect(f, node, "DICT", dst, add)
