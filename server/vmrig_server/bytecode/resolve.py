# SPDX-License-Identifier: Apache-2.0
"""Finds what every name of a program means: two passes over its syntax tree, before any code is made."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from .scope import (
    ITERATOR,
    PASSIVE_MODULES,
    AsyncFunction,
    CompNode,
    Frame,
    Kind,
    Program,
    Scope,
    Target,
    Var,
    parameters,
)

# Builtins that go through all of an iterable at once: a generator expression given to them is a loop at that place.
EAGER = frozenset({"sum", "list", "tuple", "set", "sorted", "max", "min", "dict", "bytes", "bytearray", "any", "all"})


def _bound_names(tree: ast.AST) -> Iterator[str]:
    """Every name that the program binds anywhere."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)):
                yield name
            case ast.alias(name=name, asname=asname):
                yield asname or name


def _needs_generator(node: ast.GeneratorExp) -> bool:
    """It calls next(), and the StopIteration of that would be a RuntimeError in a generator, but not in a loop; or it is asynchronous."""
    return _waits(node) or any(isinstance(n, ast.Name) and n.id == "next" for n in ast.walk(node))


def _waits(node: ast.GeneratorExp) -> bool:
    """It awaits something: it is an asynchronous generator. The iterable of its first clause is worked out outside of it."""
    pending: list[ast.AST] = [node.elt, *node.generators]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.Await) or (isinstance(part, ast.comprehension) and part.is_async):
            return True
        if isinstance(part, (ast.Lambda, ast.GeneratorExp)):
            continue
        skipped = part.iter if part is node.generators[0] and isinstance(part, ast.comprehension) else None
        pending += [child for child in ast.iter_child_nodes(part) if child is not skipped]
    return False


class OwnModules(Protocol):
    """The modules of the program itself."""

    def __contains__(self, name: str) -> bool: ...

    def star_names(self, name: str) -> list[str]: ...


class _Builder(ast.NodeVisitor):
    """First pass: what every scope binds and uses."""

    def __init__(self, tree: ast.Module, known: Callable[[str, str], bool], own: OwnModules) -> None:
        self.known = known
        self.own = own
        self.certain: set[ast.Try] = set()
        self.scopes: dict[ast.AST, Scope] = {}
        self.methods: set[str] = set()
        self.eager: set[ast.AST] = set()  # generator expressions that need no generator
        self.scope = self._new("module", tree, None)
        self.bound = set(_bound_names(tree))

    def _new(self, kind: Kind, node: ast.AST, parent: Scope | None) -> Scope:
        scope = Scope(kind, node, parent, parent.private if parent else "")
        if kind in ("module", "function") or parent is None:
            scope.frame = Frame(scope, parent.frame if parent else None)
        else:
            scope.frame = parent.frame
        self.scopes[node] = scope
        return scope

    # --- binding
    def bind(self, name: str, target: Target | None = None, walrus: bool = False) -> Var | None:
        scope = self.scope
        if walrus:
            while scope.comprehends and scope.parent is not None:
                if scope.kind == "function":  # of a generator expression, to which it is a free variable
                    scope.uses.append(scope.mangle(name))
                scope = scope.parent
        name = scope.mangle(name)
        if name in scope.global_names:
            scope = scope.root
        elif name in scope.nonlocal_names:
            # The owner may come later in the text; it is found in the second pass.
            scope.stored[name] = scope.stored.get(name, 0) + 1
            return None
        if target is not None:
            scope.imported.setdefault(name, []).append(target)
        else:
            scope.stored[name] = scope.stored.get(name, 0) + 1
        if scope.kind == "module":
            return None
        if scope.kind == "class":
            self.methods.add(name)
        var = scope.variable(name)
        var.stores += 1
        var.walrus |= walrus
        return var

    def use(self, name: str) -> None:
        self.scope.uses.append(self.scope.mangle(name))

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.use(node.id)
        else:
            self.bind(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Store):
            self.methods.add(node.attr)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and node.value.startswith("__"):
            self.methods.add(node.value)  # setattr(C, "__ne__", ...)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self.generic_visit(node)
        if node.name is not None:
            self.bind(node.name)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        if node.rest is not None:
            self.bind(node.rest)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.bind(node.target.id, walrus=True)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.use(node.target.id)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        # Annotations are not evaluated, so they use no names; a bare one still makes the name local, unless it is in parentheses.
        if node.value is not None or node.simple or not isinstance(node.target, ast.Name):
            self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
        if node.name:
            self.bind(node.name)
        self.body(node.body)

    def visit_Try(self, node: ast.Try) -> None:
        """Fallbacks for imports that cannot fail here bind and use nothing."""
        self.body(node.body)
        if all(self.certain_import(s) for s in node.body):
            self.certain.add(node)
        else:
            self.body(node.handlers)
        self.body(node.orelse)
        self.body(node.finalbody)

    def certain_import(self, node: ast.stmt) -> bool:
        if isinstance(node, ast.Import):
            return all(self.known(alias.name, "") for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            return all(self.known(node.module or "", alias.name) for alias in node.names)
        return False

    def visit_Global(self, node: ast.Global) -> None:
        for name in node.names:
            self.scope.global_names.add(self.scope.mangle(name))

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            self.scope.nonlocal_names.add(self.scope.mangle(name))

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            passive = alias.name in PASSIVE_MODULES
            top = alias.name.partition(".")[0]
            whole = alias.asname or alias.name not in self.own
            self.bind(alias.asname or top, Target(alias.name if whole else top, "", passive))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if module == "__future__":
            return
        if module in self.own:
            return self.from_own(node, module)
        for alias in node.names:
            if alias.name != "*":
                self.bind(alias.asname or alias.name, Target(module, alias.name, module in PASSIVE_MODULES))

    def from_own(self, node: ast.ImportFrom, module: str) -> None:
        """A module's variables are copied into variables; a module in a package is that module."""
        for alias in node.names:
            if alias.name == "*":
                for name in self.own.star_names(module):
                    self.bind(name)
            elif f"{module}.{alias.name}" in self.own:
                self.bind(alias.asname or alias.name, Target(f"{module}.{alias.name}"))
            else:
                self.bind(alias.asname or alias.name)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        self.body([node.iter, node.target, *node.body, *node.orelse])

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        self.for_target(node.target, node.iter)
        self.body(node.body)
        self.body(node.orelse)

    def for_target(self, target: ast.expr, iterable: ast.expr) -> None:
        if not isinstance(target, ast.Name):
            self.visit(target)
            return
        var = self.bind(target.id)
        if var is not None:
            is_range = (
                isinstance(iterable, ast.Call) and isinstance(iterable.func, ast.Name) and iterable.func.id == "range"
            )
            var.loop = "range" if is_range or var.loop == "range" else "iter"

    # --- scopes
    def body(self, statements: Iterable[ast.AST]) -> None:
        for statement in statements:
            self.visit(statement)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.body(node.decorator_list)
        self.bind(node.name)
        self.function(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.function(node)

    def function(self, node: ast.FunctionDef | ast.Lambda) -> None:
        arguments = node.args
        self.body([*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)])
        outer = self.scope
        self.scope = self._new("function", node, outer)
        for argument in parameters(arguments):
            name = self.scope.mangle(argument.arg)
            self.scope.variable(name).is_param = True
        self.scope.frame.coroutine = isinstance(node, AsyncFunction)
        declarations = [] if isinstance(node, ast.Lambda) else node.body
        _declare(self.scope, declarations)
        self.body([node.body] if isinstance(node, ast.Lambda) else node.body)
        self.scope = outer

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.body([*node.decorator_list, *node.bases, *node.keywords])
        self.bind(node.name)
        outer = self.scope
        self.scope = self._new("class", node, outer)
        self.scope.private = node.name
        _declare(self.scope, node.body)
        self.body(node.body)
        self.scope = outer

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args:
            self.use("__class__")
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.GeneratorExp() as first, *_]):
                if name in EAGER and name not in self.bound and not _needs_generator(first):
                    self.eager.add(first)
            case ast.Call(func=ast.Attribute(attr="join"), args=[ast.GeneratorExp() as first]) if not _needs_generator(
                first
            ):
                self.eager.add(first)
        self.generic_visit(node)

    def comprehension(self, node: CompNode) -> None:
        first = node.generators[0]
        self.visit(first.iter)
        outer = self.scope
        lazy = isinstance(node, ast.GeneratorExp) and node not in self.eager
        self.scope = self._new("function" if lazy else "comprehension", node, outer)
        if lazy:
            self.scope.frame.generator = True
            self.scope.frame.coroutine = isinstance(node, ast.GeneratorExp) and _waits(node)
            self.scope.variable(ITERATOR).is_param = True
        for generator in node.generators:
            if generator is not first:
                self.visit(generator.iter)
            if generator.is_async:
                self.visit(generator.target)
            else:
                self.for_target(generator.target, generator.iter)
            self.body(generator.ifs)
        self.body([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self.scope = outer

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = comprehension

    def visit_Yield(self, node: ast.Yield | ast.YieldFrom) -> None:
        self.scope.frame.generator = True
        self.generic_visit(node)

    visit_YieldFrom = visit_Yield


def _declare(scope: Scope, statements: Iterable[ast.AST]) -> None:
    """`global` and `nonlocal` hold for the whole scope, so they are read before anything else of it."""
    pending: list[ast.AST] = list(statements)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Global):
            scope.global_names.update(scope.mangle(n) for n in node.names)
        elif isinstance(node, ast.Nonlocal):
            scope.nonlocal_names.update(scope.mangle(n) for n in node.names)
        elif not isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.expr)):
            pending.extend(ast.iter_child_nodes(node))


def _alias_imports(scope: Scope) -> None:
    """Names bound by imports of one and the same thing only are that thing."""
    for name, targets in scope.imported.items():
        var = scope.variables.get(name)
        if name not in scope.stored and len(set(targets)) == 1 and not (var is not None and var.is_param):
            scope.aliases[name] = targets[0]
            scope.variables.pop(name, None)


def analyse(tree: ast.Module, known: Callable[[str, str], bool], own: OwnModules) -> Program:
    """Resolves every name of a module.

    `known(module, member)` tells what can be imported of the VM (member "": the module itself), `own` are the modules of the program.
    """
    builder = _Builder(tree, known, own)
    builder.body(tree.body)
    root = builder.scope
    for scope in builder.scopes.values():
        for name, targets in scope.imported.items():
            there = [t for t in targets if known(t.module, "") or t.module in own or t.passive]
            scope.imported[name] = there or targets
        _alias_imports(scope)
    module_uses: set[str] = set()
    for scope in builder.scopes.values():
        for name in [*scope.uses, *scope.nonlocal_names]:
            owner = scope.find(name)
            if owner.kind == "module":
                module_uses.add(name)
                continue
            if name in owner.aliases:
                continue
            var = owner.variable(name)
            frame: Frame | None = scope.frame
            while frame is not None and frame is not owner.frame:
                var.captured = True
                if var not in frame.free:
                    frame.free.append(var)
                frame = frame.parent
        for name, count in scope.stored.items():
            if name in scope.nonlocal_names:
                owner = scope.find(name)
                if owner.kind != "module":
                    owner.variable(name).stores += count
    return Program(root, builder.scopes, builder.methods, module_uses, builder.certain)
