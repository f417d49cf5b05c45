# SPDX-License-Identifier: Apache-2.0
"""locals(), vars(), dir() without arguments, hasattr() and getattr() of modules, attributes named by literals, aiter() and anext(): worked out
where they are written."""

from __future__ import annotations

import ast
from collections.abc import Callable

from .asm import Label
from .expr import load_value, module_target
from .fn import FALSE, NONE, TRUE, UNBOUND, Fn
from .scope import Var

Handler = Callable[[Fn, ast.Call, int], bool]


def builtin_call(f: Fn, name: str, node: ast.Call, dst: int) -> bool:
    """R[dst] = the value of a call of builtin `name`, when it is one of those that the compiler answers."""
    handler = _HANDLERS.get(name)
    return handler is not None and not node.keywords and handler(f, node, dst)


def _locals(f: Fn, node: ast.Call, dst: int) -> bool:
    if node.args:
        return False
    scope = f.scope
    while scope.kind == "comprehension" and scope.parent is not None:
        scope = scope.parent
    if scope.kind == "module":
        call = ast.Call(ast.copy_location(ast.Name("globals", ast.Load()), node), [], [])
        f.into(ast.copy_location(call, node), dst)
        return True
    if scope.kind != "function":
        return False
    result = f.scratch(dst)
    f.emit("DICT", result, result, 0)
    for var in [*scope.variables.values(), *(v for v in f.frame.free if v.name != "__class__")]:
        _add(f, var, result)
    f.move(dst, result)
    return True


def _add(f: Fn, var: Var, result: int) -> None:
    """The variable goes into the dict when it is bound."""
    mark = f.top
    skip = Label()
    name, value, test = f.temp(), f.temp(), f.temp()
    load_value(f, var.name, name)
    if var.scope.frame is not f.frame:
        f.emit("GETFREE", value, f.frame.free.index(var), 0, [f.unit.name_id(var.name)])
    elif var.register >= 0 and (not var.captured or var.stores == 0):
        if not f.bound & var.mask:
            f.unset.add(var)
            f.load_constant(test, UNBOUND)
            f.emit("IS", test, var.register, test)
            f.jump("JT", skip, test)
        f.move(value, var.register)
    else:
        f.emit("GETCELL", value, var.cell, 0, [f.unit.name_id(var.name)])
    f.emit("DSET", result, name, value)
    f.place(skip)
    f.top = mark


def _vars(f: Fn, node: ast.Call, dst: int) -> bool:
    if len(node.args) == 1:
        f.into(ast.copy_location(ast.Attribute(node.args[0], "__dict__", ast.Load()), node), dst)
        return True
    return _locals(f, node, dst)


def _dir(f: Fn, node: ast.Call, dst: int) -> bool:
    if node.args:
        return False
    names = ast.copy_location(ast.Call(ast.Name("locals", ast.Load()), [], []), node)
    call = ast.Call(ast.Name("sorted", ast.Load()), [names], [])
    f.into(ast.fix_missing_locations(ast.copy_location(call, node)), dst)
    return True


def _member(f: Fn, node: ast.Call) -> bool | None:
    """Whether the module that is the first argument has the attribute that the second one names; None when it is not that form."""
    if len(node.args) < 2 or not isinstance(node.args[1], ast.Constant) or not isinstance(node.args[1].value, str):
        return None
    target = module_target(f, node.args[0])
    if target is None or target.member or target.passive or target.module in f.unit.modules:
        return None
    return f"{target.module}.{node.args[1].value}" in f.unit.tables.natives


def _literal(f: Fn, node: ast.Call) -> str | None:
    """The name that the second argument is. It is given a number here: a VM finds a text among a program's few names, and would otherwise
    look through all of its own at each call to see that there is none."""
    if len(node.args) < 2 or not isinstance(node.args[1], ast.Constant) or isinstance(node.args[0], ast.Starred):
        return None
    text = node.args[1].value
    if not isinstance(text, str) or not text.isidentifier():
        return None
    f.unit.name_id(text)
    return text


def _setattr(f: Fn, node: ast.Call, dst: int) -> bool:
    text = _literal(f, node)
    if (
        text is None
        or len(node.args) != 3
        or isinstance(node.args[2], ast.Starred)
        or module_target(f, node.args[0]) is not None
    ):
        return False
    mark = f.top
    owner, value = f.temp(), f.temp()
    f.into(node.args[0], owner)
    f.into(node.args[2], value)
    f.emit("SETA", value, owner, 0, [f.unit.name_id(text)])
    f.top = mark
    f.load_constant(dst, NONE)
    return True


def _hasattr(f: Fn, node: ast.Call, dst: int) -> bool:
    known = _member(f, node)
    if known is None or len(node.args) != 2:
        _literal(f, node)
        return False
    f.load_constant(dst, TRUE if known else FALSE)
    return True


def _getattr(f: Fn, node: ast.Call, dst: int) -> bool:
    known = _member(f, node)
    if known is None or (not known and len(node.args) == 2):
        text = _literal(f, node)
        if text is None or len(node.args) != 2 or module_target(f, node.args[0]) is not None:
            return False
        f.emit("GETA", dst, f.value(node.args[0], hint=dst), 0, [f.unit.name_id(text)])
        return True
    name = node.args[1]
    assert isinstance(name, ast.Constant)
    read = ast.Attribute(node.args[0], str(name.value), ast.Load())
    f.into(ast.copy_location(read, node) if known else node.args[2], dst)
    return True


def _asynchronous(f: Fn, node: ast.Call, dst: int) -> bool:
    """aiter(x), anext(x): the special method of that name."""
    if len(node.args) != 1 or isinstance(node.args[0], ast.Starred) or not isinstance(node.func, ast.Name):
        return False
    method = ast.Attribute(node.args[0], f"__{node.func.id}__", ast.Load())
    ast.copy_location(method, node)
    f.into(ast.copy_location(ast.Call(method, [], []), node), dst)
    return True


_HANDLERS: dict[str, Handler] = {
    "aiter": _asynchronous,
    "anext": _asynchronous,
    "locals": _locals,
    "vars": _vars,
    "dir": _dir,
    "hasattr": _hasattr,
    "getattr": _getattr,
    "setattr": _setattr,
}
