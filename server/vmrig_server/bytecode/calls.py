# SPDX-License-Identifier: Apache-2.0
"""Calls: plain, of methods, with keywords, with stars, of super().

A call's window is the topmost part of the frame: the callee (or room for the result) at A, then the arguments.
"""

from __future__ import annotations

import ast

from .asm import Label
from .expr import is_super_call, load_value, module_target
from .fn import FALSE, NONE, TRUE, Fn, expression
from .names import load


def native(f: Fn, name: str, dst: int) -> None:
    """R[dst] = a member of the VM's own modules that the compiler itself needs."""
    f.emit("LOADX", dst, f.unit.native_number(f.unit.tables.natives[name]))


@expression(ast.Call)
def call(f: Fn, node: ast.Call, dst: int) -> None:
    builtin = _builtin_name(f, node.func)
    if is_super_call(node) and builtin == "super":
        f.unit.fail(node, "super() alone is not a value on the VM", "use an attribute of it: super().name")
    generator = node.args[0] if node.args else None
    if isinstance(generator, ast.GeneratorExp) and f.unit.program.scopes[generator].kind == "comprehension":
        if builtin in ("any", "all") and len(node.args) == 1 and not node.keywords:
            return _any_all(f, generator, builtin == "any", dst)
        as_list = ast.copy_location(ast.ListComp(generator.elt, generator.generators), generator)
        f.unit.program.scopes[as_list] = f.unit.program.scopes[generator]
        node = ast.copy_location(ast.Call(node.func, [as_list, *node.args[1:]], node.keywords), node)
    if any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
        return _call_with_stars(f, node, dst)
    func = node.func
    if isinstance(func, ast.Attribute) and module_target(f, func) is None and not is_super_call(func.value):
        return _call_method(f, node, func, dst)
    mark = f.top
    window = f.on_top(dst)
    f.into(func, window)
    # A member of the VM is always there: it need not be loaded before the arguments are worked out.
    last = f.code.last() if f.reachable and not node.keywords else None
    imported = last.b if last is not None and last.op == "LOADX" and last.a == window and last.b <= 255 else None
    if imported is not None:
        f.code.items.pop()
    _arguments(f, node)
    f.line = node.lineno
    names = _keyword_names(f, node)
    if imported is not None:
        f.emit("CALLB", window, len(node.args), imported)
    elif names:
        f.emit("CALLK", window, len(node.args), len(names), names)
    else:
        f.emit("CALL", window, len(node.args))
    f.move(dst, window)
    f.top = mark


def _builtin_name(f: Fn, func: ast.expr) -> str:
    """The name when the callee is a builtin that the program does not shadow, else empty."""
    if not isinstance(func, ast.Name) or f.scope.find(func.id).kind != "module" or f.unit.program.shadowed(func.id):
        return ""
    return func.id


def _arguments(f: Fn, node: ast.Call) -> None:
    for argument in node.args:
        f.into(argument, f.temp())
    for keyword in node.keywords:
        f.into(keyword.value, f.temp())


def _keyword_names(f: Fn, node: ast.Call) -> list[int]:
    return [f.name_id(k.arg) for k in node.keywords if k.arg is not None]


def _call_method(f: Fn, node: ast.Call, func: ast.Attribute, dst: int) -> None:
    mark = f.top
    window = f.on_top(dst)
    f.into(func.value, f.temp())
    _arguments(f, node)
    f.line = func.end_lineno or node.lineno
    name = f.name_id(func.attr)
    names = _keyword_names(f, node)
    if names:
        f.emit("CALLMK", window, len(node.args) + 1, len(names), [name, *names])
    else:
        f.emit("CALLM", window, len(node.args) + 1, 0, [name])
    f.move(dst, window)
    f.top = mark


def _call_with_stars(f: Fn, node: ast.Call, dst: int) -> None:
    from .displays import build_list

    mark = f.top
    window = f.on_top(dst)
    f.into(node.func, window)
    positional = f.temp()
    build_list(f, node.args, positional)
    keywords = f.temp()
    if not node.keywords:
        f.load_constant(keywords, NONE)
    else:
        f.emit("DICT", keywords, keywords, 0)
        for keyword in node.keywords:
            inner = f.top
            if keyword.arg is None:
                f.emit("EXTEND", keywords, f.value(keyword.value))
            else:
                name = f.temp()
                load_value(f, f.scope.mangle(keyword.arg), name)
                f.emit("DSET", keywords, name, f.value(keyword.value))
            f.top = inner
    f.line = node.lineno
    f.emit("CALLX", window)
    f.move(dst, window)
    f.top = mark


def _any_all(f: Fn, node: ast.GeneratorExp, is_any: bool, dst: int) -> None:
    """any() and all() of a generator expression stop at the first item that decides."""
    from .cond import cond_jump
    from .displays import run_generators

    decided, end = Label(), Label()
    run_generators(f, node, lambda: cond_jump(f, node.elt, decided, is_any))
    f.load_constant(dst, FALSE if is_any else TRUE)
    f.jump("JMP", end)
    f.place(decided)
    f.load_constant(dst, TRUE if is_any else FALSE)
    f.place(end)


# --- super
def load_super(f: Fn, node: ast.Attribute, dst: int) -> None:
    """super().name: looked up after the class whose body the method is written in, bound to the first argument."""
    call_node = node.value
    assert isinstance(call_node, ast.Call)
    function = f.frame.scope.node
    arguments = function.args if isinstance(function, (ast.FunctionDef, ast.Lambda)) else None
    positional = [*arguments.posonlyargs, *arguments.args] if arguments is not None else []
    if not positional:
        f.unit.fail(
            call_node,
            "super() needs a method with a first argument around it",
            "call the base class: Base.method(self)",
        )
    first = positional[0].arg
    cls = f.temp()
    if not call_node.args:
        if f.scope.find("__class__").kind != "class":
            f.unit.fail(call_node, "super() outside of a class", "call the base class: Base.method(self)")
        load(f, "__class__", call_node, cls)
    else:
        own = len(call_node.args) == 2 and isinstance(call_node.args[1], ast.Name) and call_node.args[1].id == first
        if not own or call_node.keywords:
            f.unit.fail(call_node, "only super() and super(Class, self) are supported", "write super()")
        f.into(call_node.args[0], cls)
    var = f.frame.scope.variables.get(f.frame.scope.mangle(first))
    if var is not None and var.captured and var.stores:
        # The method assigned its first parameter, which lives in a cell; SUPER looks at register 0.
        f.emit("GETCELL", 0, var.cell, 0, [f.unit.name_id(var.name)])
    f.emit("SUPER", dst, cls, 0, [f.name_id(node.attr)])
