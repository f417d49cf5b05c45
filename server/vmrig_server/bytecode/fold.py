# SPDX-License-Identifier: Apache-2.0
"""Constant folding: what is known when the program is compiled is not worked out on the board."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

Constant = int | float | str | bytes | bool | None
INT64_MIN, INT64_MAX = -(1 << 63), (1 << 63) - 1
_MAX_TEXT = 64  # longer repeated strings are cheaper made at run time than kept in flash

BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
}
UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
    ast.Not: operator.not_,
}


class NotConstant(Exception):
    """The expression has no value before the program runs."""


def constant(node: ast.expr) -> Constant:
    """The value of an expression of numbers and short texts.

    Raises NotConstant when it has none, when working it out raises (the program must then raise), or when an operator leaves 64 bits.
    """
    if isinstance(node, ast.Constant):
        value = node.value
        if value is Ellipsis or isinstance(value, complex):
            raise NotConstant
        return value
    if isinstance(node, ast.UnaryOp):
        literal = node.operand.value if isinstance(node.operand, ast.Constant) else None
        if isinstance(node.op, ast.USub) and type(literal) is int and literal == 1 << 63:
            return INT64_MIN
        operand = constant(node.operand)
        if isinstance(node.op, ast.Not) or isinstance(operand, (int, float)):
            return _checked(UNARY[type(node.op)], operand)
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        return _binary(node.op, constant(node.left), constant(node.right))
    raise NotConstant


def _binary(op: ast.operator, left: Constant, right: Constant) -> Constant:
    numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    if numbers:
        if (
            isinstance(op, (ast.LShift, ast.Pow))
            and isinstance(right, int)
            and abs(right) > 64
            and isinstance(left, int)
        ):
            raise NotConstant  # it overflows, or takes long to find out
        return _checked(BINARY[type(op)], left, right)
    if isinstance(left, (str, bytes)) and (
        (isinstance(op, ast.Add) and type(left) is type(right)) or (isinstance(op, ast.Mult) and isinstance(right, int))
    ):
        if isinstance(right, int) and right * len(left) > _MAX_TEXT:
            raise NotConstant
        return _checked(BINARY[type(op)], left, right)
    raise NotConstant


def _checked(function: Callable[..., Any], *operands: Constant) -> Constant:
    try:
        result = function(*operands)
    except (ArithmeticError, TypeError, ValueError):
        raise NotConstant from None
    if isinstance(result, complex) or (type(result) is int and not INT64_MIN <= result <= INT64_MAX):
        raise NotConstant
    if not isinstance(result, (int, float, str, bytes)):
        raise NotConstant
    return result


def truth(node: ast.expr) -> bool | None:
    """True or False when the truth of the expression is known, else None."""
    if checks_types(node):
        return False
    if isinstance(node, ast.Name) and node.id == "__debug__":
        return True
    if is_main_test(node):
        return True
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = truth(node.operand)
        return None if inner is None else not inner
    try:
        return bool(constant(node))
    except NotConstant:
        return None


def checks_types(node: ast.expr) -> bool:
    """`TYPE_CHECKING`, `typing.TYPE_CHECKING`: false when the program runs."""
    match node:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(value=ast.Name(), attr="TYPE_CHECKING"):
            return True
    return False


def is_main_test(node: ast.expr) -> bool:
    """`__name__ == "__main__"`: a program is always its own main module."""
    if not (isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq)):
        return False
    sides = [node.left, node.comparators[0]]
    names = [s.id for s in sides if isinstance(s, ast.Name)]
    values = [s.value for s in sides if isinstance(s, ast.Constant)]
    return names == ["__name__"] and values == ["__main__"]
