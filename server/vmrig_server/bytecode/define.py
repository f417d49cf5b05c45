# SPDX-License-Identifier: Apache-2.0
"""Functions, lambdas and classes."""

from __future__ import annotations

import ast

from . import generators, groups, metaclasses
from .asm import Ins
from .calls import native
from .coroutines import need_coroutines
from .expr import load_value
from .fn import NONE, UNBOUND, Fn, expression, statement
from .names import destination, global_number, mark_bound, store
from .profiles import HOOKS
from .scope import AsyncFunction, Frame, FunctionNode, Scope, Var, function_name, parameters
from .unit import ClassInfo, Function, Unit


def function_number(unit: Unit, outer: Fn, node: FunctionNode) -> int:
    """Compiles the function once; its number. (A `finally` body is made several times, the functions in it are not.)"""
    known = unit.function_nodes.get(node)
    if known is not None:
        return known
    name = function_name(node)
    frame = unit.program.scopes[node].frame
    number = unit.function_nodes[node] = len(unit.functions)
    f = Fn(unit, frame, name, qualified(outer.scope, name))
    unit.functions.append(Function(name, f.qualname, node.lineno, filename=unit.filename))
    _compile_function(f, node, unit.functions[number])
    return number


def qualified(scope: Scope, name: str) -> str:
    """`Class.method`, `outer.<locals>.inner` (PEP 3155)."""
    parts = [name]
    at: Scope | None = scope if name not in scope.global_names else None
    while at is not None and at.parent is not None:
        if at.kind == "function":
            parts += ["<locals>", function_name(at.node)]
            if parts[-1] in at.parent.global_names:
                break
        elif isinstance(at.node, ast.ClassDef):
            parts.append(at.node.name)
        at = at.parent
    return ".".join(reversed(parts))


def _compile_function(f: Fn, node: FunctionNode, record: Function) -> None:
    f.line = node.lineno
    f.node = node
    record.ncells = len(f.frame.free)
    record.generator = f.frame.kind >= 0
    need_coroutines(f)
    if isinstance(node, ast.GeneratorExp):
        generators.body(f, node, record)
        return finish(f, record)
    arguments = node.args
    names = [f.scope.mangle(a.arg) for a in parameters(arguments)]
    record.nposonly = len(arguments.posonlyargs)
    record.nargs = len(arguments.posonlyargs) + len(arguments.args)
    record.nkwonly = len(arguments.kwonlyargs)
    record.varargs = arguments.vararg is not None
    record.varkw = arguments.kwarg is not None
    record.parameters = names
    allocate(f, names)
    if isinstance(node, ast.Lambda):
        f.emit("RET", f.value(node.body))
    else:
        f.body(node.body)
    finish(f, record)


def allocate(f: Fn, names: list[str]) -> None:
    """Parameters in registers 0.., then the other variables, then the cells of captured ones."""
    variables = f.scope.variables
    for name in names:
        var = variables[name]
        var.register = f.temp()
        f.bound |= var.mask
    rest = [v for v in variables.values() if not v.is_param]
    for var in rest:
        if not var.captured and var.register < 0:
            count = {"range": 4, "iter": 2}.get(var.loop, 1)
            var.register = f.temp(count) + count - 1
    cells = [v for v in variables.values() if v.captured]
    for var in cells:
        var.cell = f.temp()
    for var in variables.values():
        f.register_names[var.register if var.register >= 0 else var.cell] = var.name
    f.first_temp = f.top
    for var in cells:
        # A captured parameter keeps its register, too: super() and reads of one that never changes use it.
        if var.is_param:
            f.move(var.cell, var.register)
        else:
            f.load_constant(var.cell, UNBOUND)
        f.emit("MKCELL", var.cell)


def finish(f: Fn, record: Function) -> None:
    """The end of a function's code, and its record."""
    f.emit("RETN")
    start = [Ins("GEN", f.frame.kind, line=record.first_line)] if record.generator else []
    unset: list[Var] = sorted(f.unset, key=lambda v: v.register)
    f.code.prepend(
        start
        + [Ins("LOADC", v.register, UNBOUND, line=record.first_line) for v in unset if v.register not in _parameters(f)]
    )
    record.nregs = f.nregs
    record.registers = [f.register_names.get(i, "") for i in range(f.first_temp)]
    f.unit.codes.append((record, f.code, f.node))


def _parameters(f: Fn) -> set[int]:
    return {v.register for v in f.scope.variables.values() if v.is_param}


def make_function(f: Fn, node: FunctionNode, dst: int) -> None:
    """R[dst] = a new function object: defaults and the cells of free variables go in."""
    number = function_number(f.unit, f, node)
    frame: Frame = f.unit.program.scopes[node].frame
    arguments = None if isinstance(node, ast.GeneratorExp) else node.args
    if not frame.free and (arguments is None or not (arguments.defaults or any(arguments.kw_defaults))):
        f.emit("FUNC", dst, number)
        return _set_docstring(f, node, dst)
    mark = f.top
    base = f.temp()
    if isinstance(node, ast.GeneratorExp):
        f.load_constant(base, NONE)
        f.load_constant(f.temp(), NONE)
    else:
        _defaults(f, node.args, base)
        _keyword_defaults(f, node.args, f.temp())
    for var in frame.free:
        cell = f.temp()
        if var.scope.frame is f.frame:
            f.move(cell, var.cell)
        else:
            f.emit("FREECELL", cell, f.frame.free.index(var))
    f.emit("MKFUNC", dst, base, 0, [number])
    f.top = mark
    _set_docstring(f, node, dst)


def _set_docstring(f: Fn, node: FunctionNode, dst: int) -> None:
    text = f.unit.docstrings.get(node)
    if text is None:
        return
    mark = f.top
    f.top = max(f.top, dst + 1)
    register = f.temp()
    load_value(f, text, register)
    f.emit("SETA", register, dst, 0, [f.unit.name_id("__doc__")])
    f.top = mark
    _need(f, "_.function_attributes", True)


def _defaults(f: Fn, arguments: ast.arguments, dst: int) -> None:
    if not arguments.defaults:
        return f.load_constant(dst, NONE)
    first = f.top
    for default in arguments.defaults:
        f.into(default, f.temp())
    f.emit("TUPLE", dst, first, len(arguments.defaults))
    f.top = first


def _keyword_defaults(f: Fn, arguments: ast.arguments, dst: int) -> None:
    pairs = [(a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None]
    if not pairs:
        return f.load_constant(dst, NONE)
    first = f.top
    for argument, default in pairs:
        load_value(f, f.scope.mangle(argument.arg), f.temp())
        f.into(default, f.temp())
    f.emit("DICT", dst, first, len(pairs))
    f.top = first


@expression(ast.Lambda)
def lambda_(f: Fn, node: ast.Lambda, dst: int) -> None:
    make_function(f, node, dst)


def _decorate(f: Fn, decorators: list[ast.expr], first: int) -> int:
    """Calls the decorators in R[first..] on what is in the register after them, the last one first; where the result is."""
    for i, decorator in reversed(list(enumerate(decorators))):
        f.line = decorator.lineno
        f.emit("CALL", first + i, 1)
    return first


@statement(ast.FunctionDef, AsyncFunction)
def function_def(f: Fn, node: ast.FunctionDef) -> None:
    register = destination(f, node.name)
    if register is not None and not node.decorator_list:
        make_function(f, node, register)
        return mark_bound(f, node.name)
    first = f.top
    for decorator in node.decorator_list:
        f.into(decorator, f.temp())
    f.line = node.lineno
    result = f.temp()
    make_function(f, node, result)
    variable = global_number(f, ast.copy_location(ast.Name(node.name, ast.Store()), node))
    last = f.code.last()
    if variable is not None and not node.decorator_list and last is not None and last.op == "FUNC" and last.a == result:
        last.op, last.a = "DEFG", variable
        return
    f.top = result + 1
    result = _decorate(f, node.decorator_list, first)
    f.line = node.lineno
    store(f, node.name, result, node)


# --- classes
def slots_of(node: ast.ClassDef, scope: Scope) -> list[str]:
    """Attributes that the class's methods assign to their first parameter: those of __init__ first, each in order of appearance."""
    declared = _declared_slots(node)
    if declared is not None:
        return [scope.mangle(name) for name in declared]
    methods = [m for m in node.body if isinstance(m, ast.FunctionDef)]
    methods.sort(key=lambda m: m.name != "__init__")
    found: dict[str, None] = {}
    for method in methods:
        positional = [*method.args.posonlyargs, *method.args.args]
        decorated = {d.id for d in method.decorator_list if isinstance(d, ast.Name)}
        if positional and not decorated & {"staticmethod", "classmethod"}:
            _self_stores(method, positional[0].arg, scope, found)
    return list(found)[:255]


def _declared_slots(node: ast.ClassDef) -> list[str] | None:
    """The names in `__slots__ = ...` where they are written out, else None."""
    for line in node.body:
        match line:
            case ast.Assign(targets=[ast.Name(id="__slots__")], value=value):
                items = value.elts if isinstance(value, (ast.Tuple, ast.List)) else [value]
                return [i.value for i in items if isinstance(i, ast.Constant) and isinstance(i.value, str)]
    return None


def _self_stores(node: ast.AST, me: str, scope: Scope, found: dict[str, None]) -> None:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        match child:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute, ctx=ast.Store()) if name == me:
                found.setdefault(scope.mangle(attribute))
        _self_stores(child, me, scope, found)


def _inherited_slots(unit: Unit, node: ast.ClassDef) -> set[str]:
    """Slots of the base classes that are plain classes of this program, found by name."""
    found: set[str] = set()
    seen: set[ast.ClassDef] = set()
    current: ast.ClassDef | None = node
    while current is not None and current not in seen:
        seen.add(current)
        current = _class_named(unit, current.bases[0] if current.bases else None)
        if current is not None:
            found.update(slots_of(current, unit.program.scopes[current]))
    return found


def _class_named(unit: Unit, base: ast.expr | None) -> ast.ClassDef | None:
    candidates = unit.class_names.get(base.id, []) if isinstance(base, ast.Name) else []
    return candidates[0] if len(candidates) == 1 else None


def _mixed_in(unit: Unit, node: ast.ClassDef, seen: set[ast.ClassDef]) -> list[str]:
    """Slots that the classes behind the first base would bring: the layout has room for one line of bases only."""
    found: list[str] = []
    for i, base in enumerate(node.bases):
        cls = _class_named(unit, base)
        if cls is not None and cls not in seen:
            seen.add(cls)
            if i:
                found += slots_of(cls, unit.program.scopes[cls])
            found += _mixed_in(unit, cls, seen)
    return found


def class_number(unit: Unit, outer: Fn, node: ast.ClassDef) -> int:
    """The class's number; its record is made once."""
    known = unit.class_nodes.get(node)
    if known is not None:
        return known
    scope = unit.program.scopes[node]
    inherited = _inherited_slots(unit, node)
    own = [*_mixed_in(unit, node, {node}), *slots_of(node, scope)]
    slots = [s for s in dict.fromkeys(own) if s not in inherited]
    number = unit.class_nodes[node] = len(unit.classes)
    module = "builtins" if unit.module == groups.MODULE else unit.module
    attributes = len(set(scope.stored) | set(scope.imported))
    unit.classes.append(ClassInfo(node.name, qualified(outer.scope, node.name), slots, attributes, module))
    return number


@statement(ast.ClassDef)
def class_def(f: Fn, node: ast.ClassDef) -> None:
    first = f.top
    for decorator in node.decorator_list:
        f.into(decorator, f.temp())
    cls = f.temp()
    if f.unit.program.metaclasses and (node.bases or node.keywords):
        number = class_number(f.unit, f, node)
        name = f.unit.classes[number].qualname
        metaclasses.class_statement(f, node, cls, number, name, lambda space: _class_body(f, node, space, True))
        result = _decorate(f, node.decorator_list, first)
        f.line = node.lineno
        return store(f, node.name, result, node)
    base = f.temp()
    f.line = node.lineno
    if len(node.bases) > 1 or any(isinstance(b, ast.Starred) for b in node.bases):
        f.into(ast.copy_location(ast.Tuple(node.bases, ast.Load()), node.bases[0]), base)
    elif node.bases and not _is_object(f, node.bases[0]):
        f.into(node.bases[0], base)
    else:
        f.load_constant(base, NONE)
    f.line = node.lineno
    f.emit("MKCLASS", cls, base, 0, [class_number(f.unit, f, node)])
    f.top = cls + 1
    _class_body(f, node, cls)
    f.top = cls + 1
    _need(f, "_.several_bases", len(node.bases) > 1)
    _need(f, "_.class_hooks", any(isinstance(m, ast.FunctionDef) and m.name in HOOKS for m in node.body))
    if node.keywords or f.unit.program.methods & {"__set_name__", "__init_subclass__"}:
        _class_made(f, node, cls)
    result = _decorate(f, node.decorator_list, first)
    f.line = node.lineno
    store(f, node.name, result, node)


def _need(f: Fn, feature: str, needed: bool) -> None:
    """The program names a native that only VMs with the feature have: another one refuses it when it is loaded."""
    native_feature = f.unit.tables.natives.get(feature)
    if needed and native_feature is not None:
        f.unit.native_number(native_feature)


def _class_made(f: Fn, node: ast.ClassDef, cls: int) -> None:
    window = f.temp()
    native(f, "_.class_made", window)
    f.move(f.temp(), cls)
    for keyword in node.keywords:
        f.into(keyword.value, f.temp())
    f.line = node.lineno
    names = [f.name_id(k.arg) for k in node.keywords if k.arg is not None]
    if names:
        f.emit("CALLK", window, 1, len(names), names)
    else:
        f.emit("CALL", window, 1)
    f.top = cls + 1


def _is_object(f: Fn, node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Name)
        and node.id == "object"
        and f.scope.find("object").kind == "module"
        and not f.unit.program.shadowed("object")
    )


def _class_body(f: Fn, node: ast.ClassDef, cls: int, mapping: bool = False) -> None:
    scope = f.unit.program.scopes[node]
    saved = (f.scope, f.class_register, f.class_stored, f.class_mapping)
    f.scope, f.class_register, f.class_stored, f.class_mapping = scope, cls, set(), mapping
    used = set(scope.uses)
    pinned = []
    # In a straight row of statements it is known what is assigned where.
    branches = any(
        isinstance(s, (ast.If, ast.For, ast.While, ast.Try, ast.TryStar, ast.With, ast.Delete)) for s in node.body
    )
    for var in scope.variables.values():
        f.bound &= ~var.mask
        if var.name == "__class__" and var.captured:
            # Methods that call super() find their class in this cell.
            var.cell = f.temp()
            f.load_constant(var.cell, UNBOUND) if mapping else f.move(var.cell, cls)
            f.emit("MKCELL", var.cell)
        elif var.name in used and var.stores:
            var.register = f.temp()
            f.pinned.add(var.register)
            pinned.append(var.register)
            if branches:
                f.load_constant(var.register, UNBOUND)
        else:
            var.register = -1
    f.body(node.body)
    f.pinned.difference_update(pinned)
    f.scope, f.class_register, f.class_stored, f.class_mapping = saved
