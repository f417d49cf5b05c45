# SPDX-License-Identifier: Apache-2.0
"""Expressions over the variables of a program that stands: watches, conditions, hovers.

They are worked out here, on values read from the VM: nothing runs there, so that a watch cannot change the program. Names, attributes,
subscripts, arithmetic, comparisons, `and`, `or`, `not`, conditional expressions, displays, and a few builtin functions.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from typing import Any

from ..fold import BINARY, UNARY
from .inspector import Inspector, Member, Special
from .protocol import DebugError, Value

_BINARY = {op: function for op, function in BINARY.items() if op is not ast.Pow}  # a power can take the service's time
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f for f in (abs, bin, bool, chr, hex, int, float, len, max, min, ord, round, sorted, str, sum, repr)
}
_DEEP = 64
_LARGE = 1 << 16
"""Numbers of bits, and lengths, that a watch does not go beyond."""


class Evaluator:
    """Expressions of one frame. `scopes` are looked through in order; later ones are the outer ones."""

    def __init__(self, inspector: Inspector, scopes: Sequence[Sequence[Member]]) -> None:
        self._inspector = inspector
        self._names = {m.name: m.value for scope in reversed(scopes) for m in scope}

    @property
    def names(self) -> list[str]:
        """What an expression can begin with."""
        return [*self._names, *_FUNCTIONS]

    async def names_in(self, path: str) -> list[str]:
        """The attributes of a value; none when there is no such value."""
        try:
            found = await self.value(path)
        except DebugError:
            return []
        return list(await self._attributes(found)) if isinstance(found, Value) else []

    async def value(self, text: str) -> Any:
        """A value of the VM when the expression is a path to one, else a Python value.

        Raises:
            DebugError: for what is no such expression, a name that is not there, or an operation that fails.
        """
        try:
            tree = ast.parse(text.strip(), mode="eval").body
            return await self._eval(tree)
        except SyntaxError as error:
            raise DebugError(f"{error.msg}: {text.strip()}") from None
        except (ArithmeticError, TypeError, ValueError, LookupError, RecursionError) as error:
            raise DebugError(f"{type(error).__name__}: {error}") from None

    async def text(self, text: str) -> tuple[str, Value | None]:
        """What a watch shows, and the value it can be expanded by."""
        found = await self.value(text)
        if isinstance(found, Value):
            return await self._inspector.text(found), found
        return found.text if isinstance(found, Special) else repr(found), None

    async def truth(self, text: str) -> bool:
        """Of a condition."""
        found = await self._plain(await self.value(text))
        return bool(found)

    async def _plain(self, found: Any) -> Any:
        if not isinstance(found, Value):
            return found
        return await self._deep(found, 4)

    async def _deep(self, value: Value, depth: int) -> Any:
        """Containers as Python's own, some levels deep."""
        from vmrig_native import _vm

        if depth and value.type in (_vm.T_LIST, _vm.T_TUPLE):
            items = [await self._deep(m.value, depth - 1) for m in await self._inspector.members(value)]
            return items if value.type == _vm.T_LIST else tuple(items)
        if depth and value.type in (_vm.T_DICT, _vm.T_SET):
            pairs = [
                (await self._deep(k, depth - 1), await self._deep(v, depth - 1))
                for k, v in await self._inspector.pairs(value)
            ]
            return dict(pairs) if value.type == _vm.T_DICT else {k for k, _ in pairs}
        return await self._inspector.plain(value)

    async def _eval(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                if name not in self._names:
                    raise DebugError(f"name '{name}' is not defined here")
                return self._names[name]
            case ast.Attribute(value=inner, attr=name):
                return await self._attribute(await self._eval(inner), name)
            case ast.Subscript(value=inner, slice=index):
                return await self._item(await self._eval(inner), index)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                a, b = await self._plain(await self._eval(left)), await self._plain(await self._eval(right))
                _check_size(op, a, b)
                return _BINARY[type(op)](a, b)
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return not await self._plain(await self._eval(inner))
            case ast.UnaryOp(op=unary, operand=inner):
                return UNARY[type(unary)](await self._plain(await self._eval(inner)))
            case ast.BoolOp(op=op, values=values):
                found: Any = None
                for each in values:
                    found = await self._eval(each)
                    if bool(await self._plain(found)) is isinstance(op, ast.Or):
                        break
                return found
            case ast.Compare():
                return await self._compare(node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return await self._eval(body if await self._plain(await self._eval(test)) else orelse)
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                items = [await self._plain(await self._eval(each)) for each in elements]
                return (
                    tuple(items) if isinstance(node, ast.Tuple) else items if isinstance(node, ast.List) else set(items)
                )
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return await self._call(name, arguments)
        raise DebugError(f"a debugger does not evaluate {type(node).__name__}: nothing may run in the program")

    async def _compare(self, node: ast.Compare) -> bool:
        left = await self._eval(node.left)
        for op, each in zip(node.ops, node.comparators, strict=True):
            right = await self._eval(each)
            if isinstance(op, ast.Is | ast.IsNot):
                same = await self._same(left, right)
                result = same is isinstance(op, ast.Is)
            else:
                result = bool(_COMPARE[type(op)](await self._plain(left), await self._plain(right)))
            if not result:
                return False
            left = right
        return True

    async def _same(self, a: Any, b: Any) -> bool:
        if isinstance(a, Value) and isinstance(b, Value):
            return a.raw == b.raw
        return await self._plain(a) is await self._plain(b)

    async def _call(self, name: str, arguments: list[ast.expr]) -> object:
        if name not in _FUNCTIONS or name in self._names:
            if name == "type" and len(arguments) == 1:
                found = await self._eval(arguments[0])
                return Special(await self._inspector.type_text(found)) if isinstance(found, Value) else type(found)
            raise DebugError(f"a debugger does not call {name}(): nothing may run in the program")
        found = [await self._eval(each) for each in arguments]
        if name == "len" and len(found) == 1 and isinstance(found[0], Value) and found[0].is_object:
            whole = await self._plain(found[0])
            return len(whole)
        if name == "repr" and len(found) == 1 and isinstance(found[0], Value):
            return await self._inspector.text(found[0])
        return _FUNCTIONS[name](*[await self._plain(each) for each in found])

    async def _attributes(self, owner: Value) -> dict[str, Value]:
        """Of a value by name: its own, then those of its classes."""
        found = {m.name: m.value for m in await self._inspector.members(owner) if m.name.isidentifier()}
        class_ = await self._inspector.class_of(owner)
        while class_ is not None and class_.is_object:
            members = {m.name: m.value for m in await self._inspector.members(class_)}
            class_ = members.get("__base__")
            found |= {n: value for n, value in members.items() if n not in found}
        return found

    async def _attribute(self, owner: Any, name: str) -> Value:
        if not isinstance(owner, Value):
            raise DebugError(f"no attribute '{name}' here")
        found = await self._attributes(owner)
        if name in found:
            return found[name]
        kind = await self._inspector.type_text(owner)
        raise DebugError(f"'{kind}' object has no attribute '{name}'")

    async def _item(self, owner: Any, index: ast.expr) -> Any:
        from vmrig_native import _vm

        if isinstance(index, ast.Slice):
            ends = [
                await self._plain(await self._eval(e)) if e else None for e in (index.lower, index.upper, index.step)
            ]
            return (await self._plain(owner))[slice(*ends)]
        key = await self._plain(await self._eval(index))
        if isinstance(owner, Value) and owner.type in (_vm.T_LIST, _vm.T_TUPLE):
            return (await self._inspector.members(owner))[key].value
        if isinstance(owner, Value) and owner.type == _vm.T_DICT:
            for k, v in await self._inspector.pairs(owner):
                if await self._deep(k, _DEEP) == key:
                    return v
            raise DebugError(f"KeyError: {key!r}")
        return (await self._plain(owner))[key]


def _check_size(op: ast.operator, a: Any, b: Any) -> None:
    """A watch is worked out in the service: it may not take its memory."""
    if isinstance(op, ast.LShift) and isinstance(b, int) and b > _LARGE:
        raise DebugError("the shift is too large for a debugger")
    if isinstance(op, ast.Mult):
        for x, n in ((a, b), (b, a)):
            if isinstance(n, int) and isinstance(x, str | bytes | list | tuple) and len(x) * n > _LARGE:
                raise DebugError("the result is too large for a debugger")
            if isinstance(n, int) and n.bit_length() > _LARGE:
                raise DebugError("the result is too large for a debugger")
