# SPDX-License-Identifier: Apache-2.0
"""Calls: plain, of methods, with keywords, with stars, of super().

A call's window is the topmost part of the frame: the callee (or room for the result) at A, then the arguments.
"""

from __future__ import annotations

import ast

from .expr import is_super_call, load_value, module_target
from .fn import NONE, Fn, expression
from .introspect import builtin_call
from .names import load, no_feature


def native(f: Fn, name: str, dst: int) -> None:
    """R[dst] = a member of the VM's own modules that the compiler itself needs."""
    f.emit("LOADX", dst, need_native(f, name, name.removeprefix("builtins.")))


def need_native(f: Fn, name: str, what: str) -> int:
    """The number of such a member; a VM that has it not has no `what`."""
    found = f.unit.tables.natives.get(name)
    if found is None:
        no_feature(f, what, f.unit.tables.lacking(name), f.place_of_line())
    return f.unit.native_number(found)


@expression(ast.Call)
def call(f: Fn, node: ast.Call, dst: int) -> None:
    builtin = _builtin_name(f, node.func)
    if is_super_call(node) and not node.args and not node.keywords:
        return _super_value(f, node, dst)
    if builtin and builtin_call(f, builtin, node, dst):
        return None
    generator = node.args[0] if node.args else None
    if isinstance(generator, ast.GeneratorExp) and f.unit.program.scopes[generator].kind == "comprehension":
        from .consume import consume

        if consume(f, builtin, generator, node, dst):
            return None
        as_list = ast.copy_location(ast.ListComp(generator.elt, generator.generators), generator)
        f.unit.program.scopes[as_list] = f.unit.program.scopes[generator]
        node = ast.copy_location(ast.Call(node.func, [as_list, *node.args[1:]], node.keywords), node)
    if any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
        return _call_with_stars(f, node, dst)
    func = node.func
    if isinstance(func, ast.Attribute) and module_target(f, func) is None and not _direct_super(f, func.value):
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
    if len(node.args) == 1 and isinstance(node.args[0], ast.Starred):
        f.into(node.args[0].value, positional)
    else:
        build_list(f, node.args, positional)
    keywords = f.temp()
    if not node.keywords:
        f.load_constant(keywords, NONE)
    elif len(node.keywords) == 1 and node.keywords[0].arg is None:
        f.into(node.keywords[0].value, keywords)
    else:
        keyword_dict(f, node.keywords, keywords)
    f.line = node.lineno
    f.emit("CALLX", window)
    f.move(dst, window)
    f.top = mark


def keyword_dict(f: Fn, keywords: list[ast.keyword], dst: int) -> None:
    """R[dst] = the dict of all keyword arguments; R[dst - 2] is the callee. A name given twice is an error."""
    f.emit("DICT", dst, dst, 0)
    merging = False
    for keyword in keywords:
        mark = f.top
        if keyword.arg is None:
            f.emit("KWMERGE", dst, f.value(keyword.value))
            merging = True
        else:
            name = f.temp()
            load_value(f, f.scope.mangle(keyword.arg), name)
            if merging:
                f.into(keyword.value, f.temp())
                f.emit("DICT", name, name, 1)
                f.emit("KWMERGE", dst, name)
            else:
                f.emit("DSET", dst, name, f.value(keyword.value))
        f.top = mark


# --- super
def _first_parameter(f: Fn) -> str | None:
    function = f.frame.scope.node
    arguments = function.args if isinstance(function, (ast.FunctionDef, ast.Lambda)) else None
    positional = [*arguments.posonlyargs, *arguments.args] if arguments is not None else []
    if not positional and arguments is not None and arguments.vararg is not None:
        return None
    return positional[0].arg if positional else None


def _direct_super(f: Fn, node: ast.expr) -> bool:
    """`super()`, or `super(Class, self)` in a method with that first parameter: SUPER finds the attribute without an object in between."""
    if not is_super_call(node) or f.unit.program.shadowed("super"):
        return False
    assert isinstance(node, ast.Call)
    if node.keywords:
        return False
    if not node.args:
        return True
    return len(node.args) == 2 and isinstance(node.args[1], ast.Name) and node.args[1].id == _first_parameter(f)


def _class_and_self(f: Fn, node: ast.Call, cls: int) -> None:
    """R[cls] = the class that super() starts after; register 0 is the object."""
    first = _first_parameter(f)
    if first is None:
        f.unit.fail(
            node, "super() needs a method with a first argument around it", "call the base class: Base.method(self)"
        )
    if node.args:
        f.into(node.args[0], cls)
    else:
        if f.scope.find("__class__").kind != "class":
            f.unit.fail(node, "super() outside of a class", "call the base class: Base.method(self)")
        load(f, "__class__", node, cls)
    var = f.frame.scope.variables.get(f.frame.scope.mangle(first))
    if var is not None and var.captured and var.stores:
        # The method assigned its first parameter, which lives in a cell; SUPER looks at register 0.
        f.emit("GETCELL", 0, var.cell, 0, [f.unit.name_id(var.name)])


def _super_value(f: Fn, node: ast.Call, dst: int) -> None:
    """super() as a value: super(__class__, self)."""
    mark = f.top
    window = f.on_top(dst)
    native(f, "builtins.super", window)
    cls = f.temp()
    _class_and_self(f, node, cls)
    f.move(f.temp(), 0)
    f.emit("CALL", window, 2)
    f.move(dst, window)
    f.top = mark


def load_super(f: Fn, node: ast.Attribute, dst: int) -> bool:
    """super().name: looked up after the class whose body the method is written in, bound to the first argument. False: not of that form."""
    if not _direct_super(f, node.value):
        return False
    assert isinstance(node.value, ast.Call)
    cls = f.temp()
    _class_and_self(f, node.value, cls)
    f.emit("SUPER", dst, cls, 0, [f.name_id(node.attr)])
    return True
