# SPDX-License-Identifier: Apache-2.0
"""Loading, storing and deleting names: registers, cells, globals, class attributes, imports."""

from __future__ import annotations

import ast
from typing import NoReturn

from .asm import Label
from .class_space import delete_variable, get_variable, set_variable
from .fn import ELLIPSIS, NOT_IMPLEMENTED, TRUE, UNBOUND, Fn, expression
from .modules import load_member, load_module
from .profiles import hint
from .scope import Scope, Target, Var
from .tables import Native, nearest
from .unsupported import MISSING_BUILTINS


def register_of(f: Fn, node: ast.Name) -> int | None:
    """The register of a local variable, ready to be read in place, or None when its value must be fetched.

    A variable that a walrus assigns may change while an expression is worked out, so it is never read in place.
    """
    name = f.scope.mangle(node.id)
    owner = f.scope.find(name)
    var = owner.variables.get(name)
    if owner.kind in ("module", "class") or var is None or owner.frame is not f.frame or var.walrus or not _raw(var):
        return None
    line, f.line = f.line, node.lineno
    _check_bound(f, var)
    f.line = line
    return var.register


def _raw(var: Var) -> bool:
    """True when the variable's register always holds its value (a captured parameter that is never assigned does, too)."""
    return var.register >= 0 and (not var.captured or var.stores == 0)


def _check_bound(f: Fn, var: Var) -> None:
    if not f.reachable or f.bound & var.mask:
        return
    f.unset.add(var)
    f.emit("BOUND", var.register, f.unit.name_id(var.name))
    f.bound |= var.mask


@expression(ast.Name)
def load_name(f: Fn, node: ast.Name, dst: int) -> None:
    """Any name in an expression."""
    load(f, f.scope.mangle(node.id), node, dst)


def load(f: Fn, name: str, node: ast.AST, dst: int) -> None:
    """R[dst] = the value of `name` as seen from this scope."""
    if f.class_mapping and f.scope.kind == "class" and "__prepare__" in f.unit.program.methods:
        return _load_of_mapping(f, name, node, dst)
    owner = f.scope.find(name)
    alias = owner.aliases.get(name)
    if alias is not None:
        load_target(f, alias, node, dst)
    elif owner.kind == "module":
        _load_global(f, name, node, dst)
    elif owner.kind == "class" and owner is f.scope:
        _load_in_class(f, owner, name, node, dst)
    else:
        var = owner.variables[name]
        if owner.frame is not f.frame:
            f.emit("GETFREE", dst, f.frame.free.index(var), 0, [f.unit.name_id(name)])
        elif _raw(var):
            _check_bound(f, var)
            f.move(dst, var.register)
        else:
            f.emit("GETCELL", dst, var.cell, 0, [f.unit.name_id(name)])


def _load_of_mapping(f: Fn, name: str, node: ast.AST, dst: int) -> None:
    """What a __prepare__() gave may have names of its own, and other values than were put into it."""
    mark = f.top
    value, unbound, end = f.temp(), f.temp(), Label()
    get_variable(f, f.class_register, name, value)
    f.move(dst, value)
    f.load_constant(unbound, UNBOUND)
    f.emit("ISNOT", unbound, value, unbound)
    f.jump("JT", end, unbound)
    assert f.scope.parent is not None
    inner, f.scope, mapping, f.class_mapping = f.scope, f.scope.parent, f.class_mapping, False
    load(f, name, node, dst)
    f.scope, f.class_mapping = inner, mapping
    f.place(end)
    f.top = mark


def _load_in_class(f: Fn, scope: Scope, name: str, node: ast.AST, dst: int) -> None:
    var = scope.variables[name]
    if f.bound & var.mask:
        return f.move(dst, var.register)
    mark = f.top
    end, outer = Label(), Label()
    if name in f.class_stored:
        # Perhaps an attribute by now: its register is unbound until it is.
        test = f.temp()
        f.load_constant(test, UNBOUND)
        f.emit("IS", test, var.register, test)
        f.jump("JT", outer, test)
        f.move(dst, var.register)
        f.jump("JMP", end)
        f.place(outer)
    # Not yet an attribute, so the class body sees the name of the scope around it (Python reference 4.2.2).
    assert scope.parent is not None
    inner, f.scope = f.scope, scope.parent
    load(f, name, node, dst)
    f.scope = inner
    f.place(end)
    f.top = mark


def _load_global(f: Fn, name: str, node: ast.AST, dst: int) -> None:
    unit = f.unit
    stored = name in unit.program.root.stored
    if not stored:
        if name == "__name__":
            from .expr import load_value

            return load_value(f, unit.module, dst)
        if name == "__file__":
            from .expr import load_value

            return load_value(f, unit.filename, dst)
        if name == "__debug__":
            return f.load_constant(dst, TRUE)
        if name in ("NotImplemented", "Ellipsis"):
            return f.load_constant(dst, NOT_IMPLEMENTED if name == "NotImplemented" else ELLIPSIS)
        native = unit.tables.natives.get("builtins." + name)
        if native is not None:
            return f.emit("LOADX", dst, unit.native_number(native))
        _unknown(f, name, node)
    f.emit("GETG", dst, unit.global_number(name))


def _unknown(f: Fn, name: str, node: ast.AST) -> None:
    """A name that nothing binds: an error when the VM will never have it, a warning when reaching it is a NameError anyway."""
    lacking = f.unit.tables.lacking("builtins." + name)
    if lacking and node not in f.unit.guarded_names:
        no_feature(f, f"{name}()" if name.islower() else name, lacking, node)
    if name in MISSING_BUILTINS and node not in f.unit.guarded_names:
        f.unit.fail(node, f"{name}() does not exist on the VM", MISSING_BUILTINS[name])
    root = f.unit.program.root
    if name in root.imported:
        return
    if name in f.unit.tables.modules:
        f.unit.fail(node, f"the name {name!r} is not defined", f"add `import {name}`")
    known = [*root.stored, *root.aliases, *(n[9:] for n in f.unit.tables.natives if n.startswith("builtins."))]
    scope: Scope | None = f.scope
    while scope is not None:
        known += scope.variables
        scope = scope.parent
    close = nearest(name, known)
    hint = "did you mean " + " or ".join(close) + "?" if close else ""
    f.unit.warn(node, f"the name {name!r} is not defined anywhere: reaching it raises NameError", hint)


def load_target(f: Fn, target: Target, node: ast.AST, dst: int) -> None:
    """R[dst] = a member of a native module."""
    if target.passive:
        f.unit.fail(node, f"{target.dotted} exists for annotations only", "use it in annotations, or not at all")
    if target.module in f.unit.modules:
        return load_member(f, target, node, dst) if target.member else load_module(f, target.module, dst)
    if not target.member:
        members = f.unit.tables.members(target.module)
        f.unit.fail(
            node,
            f"the module {target.module!r} is not a value on the VM",
            f"use one of its members: {', '.join(members[:8])}",
        )
    native = f.unit.tables.natives.get(target.dotted)
    if native is None:
        no_member(f, target, node)
    load_native(f, native, node, dst)


def load_native(f: Fn, native: Native, node: ast.AST, dst: int) -> None:
    """R[dst] = a member of a native module, which the VM has or the compiler writes out."""
    if native.kind != "expression":
        return f.emit("LOADX", dst, f.unit.native_number(native))
    value = ast.parse(str(native.value), mode="eval").body
    for part in ast.walk(value):
        ast.copy_location(part, node)
    f.into(value, dst)


def no_feature(f: Fn, what: str, needs: tuple[str, ...], node: ast.AST) -> NoReturn:
    """Raises CompileError: the VM that the program is for has not what other VMs have."""
    assert f.unit.tables.vm is not None
    f.unit.fail(node, f"{f.unit.tables.vm.name} has no {what}", hint(needs))


def no_member(f: Fn, target: Target, node: ast.AST) -> NoReturn:
    """Raises CompileError: the module has no such attribute."""
    lacking = f.unit.tables.lacking(target.dotted)
    if lacking:
        no_feature(f, target.dotted, lacking, node)
    members = f.unit.tables.members(target.module)
    close = nearest(target.member, members) or members[:8]
    hint = "it has " + ", ".join(close) if close else f"there is no module {target.module}"
    f.unit.fail(node, f"module {target.module!r} has no attribute {target.member!r}", hint)


# --- storing
def store(f: Fn, name: str, src: int, node: ast.AST) -> None:
    """The variable `name` = R[src]."""
    name = f.scope.mangle(name)
    owner = f.scope.find(name)
    if name in owner.aliases:
        f.unit.fail(node, f"{name!r} is an imported name and a variable", "rename one of the two")
    if owner.kind == "module":
        _not_a_module(f, name, node)
        f.emit("SETG", src, f.unit.global_number(name))
    elif owner.kind == "class" and owner is f.scope:
        if f.class_mapping:
            set_variable(f, f.class_register, name, src)
        else:
            f.emit("SETA", src, f.class_register, 0, [f.unit.name_id(name)])
        var = owner.variables[name]
        f.class_stored.add(name)
        if var.register >= 0:
            f.move(var.register, src)
            f.bound |= var.mask
    else:
        var = owner.variables[name]
        if owner.frame is not f.frame:
            f.emit("SETFREE", src, f.frame.free.index(var))
        elif _raw(var):
            f.move(var.register, src)
            f.bound |= var.mask
        else:
            f.emit("SETCELL", src, var.cell)


def global_number(f: Fn, node: ast.Name) -> int | None:
    """The number of the global variable that the name is when it is stored here, if it fits eight bits."""
    name = f.scope.mangle(node.id)
    owner = f.scope.find(name)
    if owner.kind != "module" or name in owner.aliases:
        return None
    _not_a_module(f, name, node)
    number = f.unit.global_number(name)
    return number if number <= 255 else None


def _not_a_module(f: Fn, name: str, node: ast.AST) -> None:
    for target in f.unit.program.root.imported.get(name, []):
        if not target.member and target.module in f.unit.tables.modules:
            f.unit.fail(node, f"{name!r} is a module and a variable", "rename the variable")


def destination(f: Fn, name: str) -> int | None:
    """The register of a plain local variable that may be written directly, or None."""
    name = f.scope.mangle(name)
    owner = f.scope.find(name)
    var = owner.variables.get(name)
    if owner.kind in ("module", "class") or var is None or owner.frame is not f.frame or not _raw(var):
        return None
    return var.register


def mark_bound(f: Fn, name: str) -> None:
    """The local variable was written directly."""
    name = f.scope.mangle(name)
    f.bound |= f.scope.find(name).variables[name].mask


# --- deleting
def delete(f: Fn, name: str, node: ast.AST) -> None:
    """`del name`."""
    name = f.scope.mangle(name)
    owner = f.scope.find(name)
    if name in owner.aliases:
        f.unit.fail(node, f"the import {name!r} cannot be deleted", "leave the del out: imports cost no memory")
    if owner.kind == "module":
        f.emit("DELG", 0, f.unit.global_number(name))
    elif owner.kind == "class" and owner is f.scope:
        _delete_in_class(f, name)
        _forget(f, owner.variables[name])
    else:
        load(f, name, node, f.temp())  # the error of an unbound name
        unbind(f, name)


def _delete_in_class(f: Fn, name: str) -> None:
    if f.class_mapping:
        delete_variable(f, f.class_register, name)
    else:
        f.emit("DELA", f.class_register, 0, 0, [f.unit.name_id(name)])


def _forget(f: Fn, var: Var) -> None:
    """The class attribute is gone."""
    f.bound &= ~var.mask
    if var.register >= 0:
        f.load_constant(var.register, UNBOUND)


def unbind(f: Fn, name: str) -> None:
    """Makes the (mangled) name unbound, whether it is bound or not: the end of `except ... as name`."""
    owner = f.scope.find(name)
    temp = f.temp()
    if owner.kind == "module":
        # DELG raises when the name is unbound already, which a `del` in the handler may have done.
        f.emit("LOADC", temp, UNBOUND)
        f.emit("SETG", temp, f.unit.global_number(name))
        return
    var = owner.variables[name]
    if owner.kind == "class":
        _delete_in_class(f, name)
        _forget(f, var)
    elif owner.frame is not f.frame:
        f.emit("LOADC", temp, UNBOUND)
        f.emit("SETFREE", temp, f.frame.free.index(var))
    elif _raw(var):
        f.emit("LOADC", var.register, UNBOUND)
        f.bound &= ~var.mask
        for block in f.blocks:
            block.forget(var.mask)
    else:
        f.emit("LOADC", temp, UNBOUND)
        f.emit("SETCELL", temp, var.cell)


def killed_names(f: Fn, nodes: list[ast.stmt]) -> int:
    """The variables (as a mask) that some code in these statements may unbind: `del` and the names of exception handlers."""
    mask = 0
    pending: list[ast.AST] = list(nodes)
    while pending:
        node = pending.pop()
        name = None
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del):
            name = node.id
        elif isinstance(node, ast.ExceptHandler):
            name = node.name
        elif isinstance(node, (ast.FunctionDef, ast.Lambda)):
            continue
        if name is not None:
            name = f.scope.mangle(name)
            var = f.scope.find(name).variables.get(name)
            if var is not None and var.scope.frame is f.frame:
                mask |= var.mask
        pending.extend(ast.iter_child_nodes(node))
    return mask
