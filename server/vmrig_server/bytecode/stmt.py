# SPDX-License-Identifier: Apache-2.0
"""Simple statements, if, assert and import."""

from __future__ import annotations

import ast

from . import fold
from .asm import Label
from .blocks import direct_exit
from .calls import native
from .cond import cond_jump
from .fn import Fn, statement
from .modules import load_member, load_module, run_import
from .names import load_native, no_feature, no_member, store
from .scope import PASSIVE_MODULES, Target
from .tables import nearest


@statement(ast.Expr)
def expr_statement(f: Fn, node: ast.Expr) -> None:
    # Docstrings and other constants do nothing.
    if not isinstance(node.value, ast.Constant):
        f.effect(node.value)


@statement(ast.Pass, ast.Global, ast.Nonlocal)
def pass_(f: Fn, node: ast.stmt) -> None:
    """Nothing to do: scopes were resolved before."""


@statement(ast.If)
def if_(f: Fn, node: ast.If) -> None:
    known = fold.truth(node.test)
    if known is not None:
        return f.body(node.body if known else node.orelse)
    exit_label = direct_exit(f, node.body[0])
    if exit_label is not None:
        # `if c: break`: the condition itself jumps.
        cond_jump(f, node.test, exit_label, True)
        return f.body(node.orelse)
    otherwise, end = Label(), Label()
    cond_jump(f, node.test, otherwise, False)
    f.body(node.body)
    if node.orelse:
        f.jump("JMP", end)
    f.place(otherwise)
    f.body(node.orelse)
    f.place(end)


@statement(ast.Assert)
def assert_(f: Fn, node: ast.Assert) -> None:
    good = Label()
    cond_jump(f, node.test, good, True)
    error = f.temp()
    native(f, "builtins.AssertionError", error)
    if node.msg is not None:
        f.into(node.msg, f.temp())
        f.line = node.lineno
        f.emit("CALL", error, 1)
    f.emit("RAISE", error)
    f.place(good)


# --- imports: resolved here, so most of them make no code
@statement(ast.Import)
def import_(f: Fn, node: ast.Import) -> None:
    for alias in node.names:
        if alias.name in PASSIVE_MODULES:
            continue
        if alias.name in f.unit.modules:
            _import_own(f, node, alias)
            continue
        if alias.name not in f.unit.tables.modules:
            _no_module(f, node, alias.name)
            return
        name = f.scope.mangle(alias.asname or alias.name)
        owner = f.scope.find(name)
        if name not in owner.aliases:
            f.unit.fail(
                node,
                f"{name!r} is a module and a variable",
                "rename the variable, or import the module under another name",
            )


@statement(ast.ImportFrom)
def import_from(f: Fn, node: ast.ImportFrom) -> None:
    module = node.module or ""
    if module in f.unit.modules:
        return _import_from_own(f, node, module)
    if module in PASSIVE_MODULES:
        return
    if module not in f.unit.tables.modules:
        return _no_module(f, node, module)
    for alias in node.names:
        if alias.name == "*":
            f.unit.fail(node, "import * is not supported", f"write `import {module}`, or name what you need")
        target = Target(module, alias.name)
        member = f.unit.tables.natives.get(target.dotted)
        if member is None:
            if _guarded(f, node):
                return _raise_import_error(
                    f, "builtins.ImportError", f"cannot import name {alias.name!r} from {module!r}"
                )
            no_member(f, target, node)
        bound = alias.asname or alias.name
        if f.scope.mangle(bound) not in f.scope.find(f.scope.mangle(bound)).aliases:
            register = f.temp()
            load_native(f, member, node, register)
            store(f, bound, register, node)


def _import_own(f: Fn, node: ast.Import, alias: ast.alias) -> None:
    """`import a.b`, `import a.b as c` of modules of the program."""
    run_import(f, alias.name)
    name = f.scope.mangle(alias.asname or alias.name.partition(".")[0])
    if name not in f.scope.find(name).aliases:
        register = f.temp()
        load_module(f, alias.name if alias.asname else alias.name.partition(".")[0], register)
        store(f, name, register, node)


def _import_from_own(f: Fn, node: ast.ImportFrom, module: str) -> None:
    run_import(f, module)
    names = [(a.name, a.asname or a.name) for a in node.names if a.name != "*"]
    if len(names) < len(node.names):
        names += [(n, n) for n in f.unit.modules.star_names(module)]
    for member, name in names:
        mark = f.top
        inner = f"{module}.{member}"
        bound = f.scope.mangle(name)
        if inner in f.unit.modules:
            run_import(f, inner)
            if bound in f.scope.find(bound).aliases:
                continue
        elif _guarded(f, node) and not f.unit.modules.binds(module, member):
            return _raise_import_error(f, "builtins.ImportError", f"cannot import name {member!r} from {module!r}")
        register = f.temp()
        load_member(f, Target(module, member), node, register, importing=True)
        store(f, name, register, node)
        f.top = mark


def _no_module(f: Fn, node: ast.Import | ast.ImportFrom, module: str) -> None:
    """An unknown module: an error, unless the program is ready for it with `try ... except ImportError`."""
    if _guarded(f, node):
        top = module.partition(".")[0]
        there = top in f.unit.tables.modules or top in f.unit.modules
        missing = module if there else top
        return _raise_import_error(f, "builtins.ModuleNotFoundError", f"No module named {missing!r}")
    lacking = f.unit.tables.lacking_module(module)
    if lacking:
        no_feature(f, f"module {module!r}", lacking, node)
    modules = sorted(m for m in {*f.unit.tables.modules, *f.unit.modules.available} if not m.startswith("_"))
    close = nearest(module, modules)
    hint = "did you mean " + " or ".join(close) + "?" if close else "the VM has " + ", ".join(modules)
    f.unit.fail(node, f"the VM has no module {module!r}", hint)


def _guarded(f: Fn, node: ast.stmt) -> bool:
    return node in f.unit.guarded_imports


def _raise_import_error(f: Fn, cls: str, message: str) -> None:
    from .expr import load_value

    error = f.temp()
    native(f, cls, error)
    load_value(f, message, f.temp())
    f.emit("CALL", error, 1)
    f.emit("RAISE", error)


def guarded_imports(tree: ast.Module) -> set[ast.stmt]:
    """Imports directly inside a try that catches ImportError."""
    found: set[ast.stmt] = set()
    catching = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Try):
            continue
        names = {n.id for h in node.handlers if h.type is not None for n in ast.walk(h.type) if isinstance(n, ast.Name)}
        if names & catching or any(h.type is None for h in node.handlers):
            found.update(s for s in node.body if isinstance(s, (ast.Import, ast.ImportFrom)))
    return found


def guarded_names(tree: ast.Module) -> set[ast.AST]:
    """Names in a try that catches NameError: missing builtins are looked for there."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Try):
            continue
        names = {n.id for h in node.handlers if h.type is not None for n in ast.walk(h.type) if isinstance(n, ast.Name)}
        if names & {"NameError", "Exception", "BaseException"} or any(h.type is None for h in node.handlers):
            found.update(n for s in node.body for n in ast.walk(s) if isinstance(n, ast.Name))
    return found
