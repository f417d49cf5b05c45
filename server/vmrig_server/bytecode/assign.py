# SPDX-License-Identifier: Apache-2.0
"""Assignment in all its forms, and `del`."""

from __future__ import annotations

import ast
from typing import NamedTuple

from .expr import BINARY, module_target, operate_in_place, small_int
from .fn import Fn, statement
from .modules import member_number
from .names import delete, destination, global_number, mark_bound, register_of, store
from .scope import Target


def assign(f: Fn, target: ast.expr, src: int) -> None:
    """target = R[src]."""
    line, mark = f.line, f.top
    f.line = target.lineno
    if isinstance(target, ast.Name):
        store(f, target.id, src, target)
    elif isinstance(target, ast.Attribute):
        number = _module_variable(f, target)
        if number is not None:
            f.emit("SETG", src, number)
        else:
            f.emit("SETA", src, f.value(target.value), 0, [f.name_id(target.attr)])
    elif isinstance(target, ast.Subscript):
        _set_item(f, f.value(target.value), _index(f, target.slice), src)
    elif isinstance(target, (ast.Tuple, ast.List)):
        _unpack(f, target, src)
    else:
        f.unit.fail(target, f"cannot assign to {type(target).__name__}")
    f.line, f.top = line, mark


def _module_variable(f: Fn, node: ast.Attribute) -> int | None:
    """The number of the global variable when the attribute is one of a module of the program."""
    target: Target | None = module_target(f, node.value)
    if target is not None and not target.member and target.module in f.unit.modules:
        return member_number(f, Target(target.module, node.attr), node)
    if target is not None and target.module not in f.unit.modules:
        f.unit.fail(
            node, f"attributes of {target.dotted!r} cannot be changed", "keep the value in a variable of your own"
        )
    return None


def _unpack(f: Fn, target: ast.Tuple | ast.List, src: int) -> None:
    elements = target.elts
    count = len(elements)
    star = next((i for i, e in enumerate(elements) if isinstance(e, ast.Starred)), None)
    direct = _consecutive(f, elements) if star is None else None
    if direct is not None:
        f.emit("UNPACK", direct, src, count)
        for element in elements:
            assert isinstance(element, ast.Name)
            mark_bound(f, element.id)
        return
    if count > 200:
        f.unit.fail(target, "too many targets in one assignment", "unpack into a list and use its items")
    first = f.temp(max(count, 1))
    if star is None:
        f.emit("UNPACK", first, src, count)
    else:
        f.emit("UNPACKX", first, src, star, [count - star - 1])
    for i, element in enumerate(elements):
        assign(f, element.value if isinstance(element, ast.Starred) else element, first + i)


def _consecutive(f: Fn, elements: list[ast.expr]) -> int | None:
    """The first register when the targets are plain variables in neighbouring registers, in order."""
    registers = [destination(f, e.id) if isinstance(e, ast.Name) else None for e in elements]
    first = registers[0] if registers else None
    if first is None or any(r != first + i for i, r in enumerate(registers)):
        return None
    return first


@statement(ast.Assign)
def assign_statement(f: Fn, node: ast.Assign) -> None:
    targets = node.targets
    if len(targets) == 1:
        target = targets[0]
        if isinstance(target, ast.Name):
            return assign_name(f, target, node.value)
        if isinstance(target, (ast.Tuple, ast.List)) and _assign_pairs(f, target, node.value):
            return
    src = f.value(node.value)
    for target in targets:
        assign(f, target, src)


def assign_name(f: Fn, target: ast.Name, value: ast.expr) -> None:
    """name = value, straight into the variable's register where there is one."""
    register = destination(f, target.id)
    if register is None:
        src = f.value(value)
        return None if _set_global(f, target, src) else assign(f, target, src)
    f.into(value, register)
    mark_bound(f, target.id)


def _set_global(f: Fn, target: ast.Name, src: int) -> bool:
    """True when the global variable is set by the instruction that was to make the value."""
    number = global_number(f, target)
    last = f.code.last()
    if number is None or last is None or last.op != "LOADI" or last.a != src or not f.is_temp(src):
        return False
    last.op, last.a = "SETGI", number
    return True


def _assign_pairs(f: Fn, target: ast.Tuple | ast.List, value: ast.expr) -> bool:
    """`a, b = x, y` without making a tuple. A variable that an earlier target overwrites is copied first."""
    if not isinstance(value, (ast.Tuple, ast.List)) or len(value.elts) != len(target.elts):
        return False
    if any(isinstance(e, ast.Starred) for e in [*target.elts, *value.elts]) or len(target.elts) > 60:
        return False
    written: set[int] = set()
    sources: list[int] = []
    for element, source_node in zip(target.elts, value.elts, strict=True):
        source = f.value(source_node)
        if not f.is_temp(source) and source in written:
            variable, source = source, f.temp()
            f.move(source, variable)
        sources.append(source)
        written |= _registers_written(f, element)
    for element, source in zip(target.elts, sources, strict=True):
        assign(f, element, source)
    return True


def _registers_written(f: Fn, target: ast.expr) -> set[int]:
    names = [n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return {r for r in (destination(f, name) for name in names) if r is not None}


@statement(ast.AnnAssign)
def annotated(f: Fn, node: ast.AnnAssign) -> None:
    # Annotations are not evaluated: they cost nothing on the board.
    if node.value is None:
        return
    if isinstance(node.target, ast.Name):
        return assign_name(f, node.target, node.value)
    assign(f, node.target, f.value(node.value))


@statement(ast.AugAssign)
def augmented(f: Fn, node: ast.AugAssign) -> None:
    op, target = BINARY[type(node.op)], node.target
    if isinstance(target, ast.Name):
        read = ast.copy_location(ast.Name(target.id, ast.Load()), target)
        register = register_of(f, read)
        if register is not None:
            return operate_in_place(f, op, register, register, node.value)
        result = f.temp()
        f.into(read, result)
        operate_in_place(f, op, result, result, node.value)
        f.line = node.lineno
        store(f, target.id, result, target)
    elif isinstance(target, ast.Attribute):
        number = _module_variable(f, target)
        if number is not None:
            result = f.temp()
            f.into(ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target), result)
            operate_in_place(f, op, result, result, node.value)
            f.line = node.lineno
            return f.emit("SETG", result, number)
        name = f.name_id(target.attr)
        owner = f.value(target.value)
        result = f.temp()
        f.emit("GETA", result, owner, 0, [name])
        operate_in_place(f, op, result, result, node.value)
        f.line = node.lineno
        f.emit("SETA", result, owner, 0, [name])
    else:
        container = f.value(target.value)
        index = _index(f, target.slice)
        result = f.temp()
        f.emit("GETIC" if index.constant else "GETI", result, container, index.operand)
        operate_in_place(f, op, result, result, node.value)
        f.line = node.lineno
        _set_item(f, container, index, result)


class _Index(NamedTuple):
    """Where an item is: a register, or the number itself."""

    operand: int
    constant: bool


def _index(f: Fn, node: ast.expr) -> _Index:
    number = small_int(node, 0, 255)
    return _Index(number, True) if number is not None else _Index(f.value(node), False)


def _set_item(f: Fn, container: int, index: _Index, src: int) -> None:
    f.emit("SETIC" if index.constant else "SETI", container, index.operand, src)


@statement(ast.Delete)
def delete_statement(f: Fn, node: ast.Delete) -> None:
    for target in node.targets:
        _delete(f, target)


def _delete(f: Fn, target: ast.expr) -> None:
    mark = f.top
    f.line = target.lineno
    if isinstance(target, ast.Name):
        delete(f, target.id, target)
    elif isinstance(target, ast.Attribute):
        number = _module_variable(f, target)
        if number is not None:
            f.emit("DELG", 0, number)
        else:
            f.emit("DELA", f.value(target.value), 0, 0, [f.name_id(target.attr)])
    elif isinstance(target, ast.Subscript):
        container = f.value(target.value)
        f.emit("DELI", container, f.value(target.slice))
    elif isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            _delete(f, element)
    f.top = mark
