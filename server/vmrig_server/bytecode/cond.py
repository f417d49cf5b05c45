# SPDX-License-Identifier: Apache-2.0
"""Conditions: comparisons fused with jumps, short circuits, and truth tests.

The inverse of an ordered comparison is its JN* form, never the opposite comparison: with NaN, with sets and with classes that define
just `__lt__`, "not less" is not "greater or equal".
"""

from __future__ import annotations

import ast

from . import fold
from .asm import Label
from .fn import Fn

COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "EQ",
    ast.NotEq: "NE",
    ast.Lt: "LT",
    ast.LtE: "LE",
    ast.Gt: "GT",
    ast.GtE: "GE",
    ast.Is: "IS",
    ast.IsNot: "ISNOT",
    ast.In: "IN",
    ast.NotIn: "NOTIN",
}
_FUSED = frozenset({"EQ", "NE", "LT", "LE", "GT", "GE"})


def compare_value(f: Fn, left_node: ast.expr, op: ast.cmpop, right_node: ast.expr, dst: int) -> None:
    """R[dst] = left op right."""
    left = f.value(left_node, hint=dst)
    right = f.value(right_node, hint=dst if left != dst else None)
    f.emit(COMPARE[type(op)], dst, left, right)


def cond_jump(f: Fn, node: ast.expr, label: Label, when: bool) -> None:
    """Jumps to the label when the truth of the expression is `when`, else goes on."""
    known = fold.truth(node)
    if known is not None:
        if known == when:
            f.jump("JMP", label)
        return
    line, mark = f.line, f.top
    f.line = node.lineno
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        cond_jump(f, node.operand, label, not when)
    elif isinstance(node, ast.BoolOp):
        _bool_jump(f, node, label, when)
    elif isinstance(node, ast.Compare):
        _compare_jump(f, node, label, when)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd) and _one_bit(node.right) is not None:
        _emit(f, "JBS", f.value(node.left), _one_bit(node.right) or 0, label, when)
    else:
        f.jump("JT" if when else "JF", label, f.value(node))
    f.line, f.top = line, mark


def _bool_jump(f: Fn, node: ast.BoolOp, label: Label, when: bool) -> None:
    # `and` is decided by the first false operand, `or` by the first true one.
    decides = isinstance(node.op, ast.Or)
    if decides == when:
        for operand in node.values:
            cond_jump(f, operand, label, when)
        return
    other = Label()
    for operand in node.values[:-1]:
        cond_jump(f, operand, other, decides)
    cond_jump(f, node.values[-1], label, when)
    f.place(other)


def _compare_jump(f: Fn, node: ast.Compare, label: Label, when: bool) -> None:
    pairs = list(zip(node.ops, node.comparators, strict=True))
    if len(pairs) == 1:
        return _one(f, f.value(node.left), pairs[0][0], pairs[0][1], label, when)
    # Every comparison but the last ends the chain when it is false.
    false = label if not when else Label()
    left = f.value(node.left)
    for op, right_node in pairs[:-1]:
        right = f.value(right_node)
        fused(f, COMPARE[type(op)], left, right, false, False)
        left = right
    _one(f, left, pairs[-1][0], pairs[-1][1], label, when)
    if when:
        f.place(false)


def _one(f: Fn, left: int, op: ast.cmpop, right_node: ast.expr, label: Label, when: bool) -> None:
    name = COMPARE[type(op)]
    if name in ("IN", "NOTIN") and isinstance(right_node, (ast.Tuple, ast.List)) and _few_constants(right_node.elts):
        return _one_of(f, left, right_node.elts, label, (name == "IN") == when)
    if name in ("IS", "ISNOT") and isinstance(right_node, ast.Constant) and right_node.value is None:
        f.jump("JNONE" if (name == "IS") == when else "JNNONE", label, left)
        return
    if name in _FUSED:
        try:
            value = fold.constant(right_node)
        except fold.NotConstant:
            value = None
        if type(value) is int and -128 <= value <= 127:
            return _emit(f, f"J{name}I", left, value, label, when)
    fused(f, name, left, f.value(right_node), label, when)


def _one_bit(node: ast.expr) -> int | None:
    """n when the expression is the constant 1 << n, n up to 62."""
    try:
        value = fold.constant(node)
    except fold.NotConstant:
        return None
    if type(value) is not int or not 0 < value < 1 << 63 or value & (value - 1):
        return None
    return value.bit_length() - 1


def _few_constants(nodes: list[ast.expr]) -> bool:
    """True for a short row of constants that equal a value just when `==` says so (None is only ever itself)."""
    return 1 <= len(nodes) <= 8 and all(
        isinstance(n, ast.Constant) and isinstance(n.value, (int, str, bytes)) for n in nodes
    )


def _one_of(f: Fn, left: int, nodes: list[ast.expr], label: Label, when: bool) -> None:
    """Jumps when R[left] is (or is not) one of some constants, without making a tuple of them."""
    found = label if when else Label()
    for node in nodes:
        _one(f, left, ast.Eq(), node, found, True)
    if not when:
        f.jump("JMP", label)
        f.place(found)


def fused(f: Fn, name: str, left: int, right: int, label: Label, when: bool) -> None:
    """Jumps to the label when `R[left] name R[right]` is `when`."""
    if name in _FUSED:
        return _emit(f, f"J{name}", left, right, label, when)
    result = f.temp()
    f.emit(name, result, left, right)
    f.jump("JT" if when else "JF", label, result)
    f.top = result


def _emit(f: Fn, op: str, left: int, right: int, label: Label, when: bool) -> None:
    if when:
        return f.jump(op, label, left, right)
    inverse = f.code.inverse(op)
    if inverse is not None:
        return f.jump(inverse, label, left, right)
    over = Label()
    f.jump(op, over, left, right)
    f.jump("JMP", label)
    f.place(over)
