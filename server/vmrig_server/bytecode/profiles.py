# SPDX-License-Identifier: Apache-2.0
"""What a VM has of the language and the library, and what a program needs that it has not: told with place, reason and the nearest form.

A VM's features are those of vmimages/core/features.def; which import and which method needs which comes from the VM's own tables
(vmrig_native._requirements). What no table shows (floats, patterns of match, ...) is found in the syntax tree.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from vmrig_native import _requirements

from .fold import truth

if TYPE_CHECKING:
    from .unit import Unit

PROFILES: tuple[str, ...] = tuple(_requirements.PROFILES)
COMMON = "common"
_IN_CORE = frozenset(_requirements.PROFILES["core"]) - {COMMON}
HOOKS = frozenset(
    {"__new__", "__get__", "__set__", "__delete__", "__getattribute__", "__setattr__", "__delattr__", "__set_name__"}
)
_BUILTIN_TYPES = frozenset(
    {"bool", "bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "range", "set", "str", "tuple"}
)
_PLAIN = frozenset(
    {"__init__", "__name__", "__qualname__", "__module__", "__doc__", "__class__", "__dict__", "__new__"}
)
_FORMS = {
    "float": "keep thousandths in an int and divide with //",
    "bigint": "keep the number in parts of 32 bits",
    "multiple_bases": "derive from one class and keep an object of the other",
    "descriptors": "use a property, or a function that makes the object",
    "metaclasses": "use a class decorator, or __init_subclass__()",
    "match": "use if and elif with isinstance(), len() and ==",
    "percent": "use an f-string",
    "format_method": "use an f-string",
    "dunder": "use the function or operator that it stands for",
    "modules": "use the members of the module",
    "threads": "do all in one loop, by time.ticks_ms()",
    "json": "write an f-string, read with split()",
    "struct": "use int.to_bytes() and int.from_bytes(), or shifts",
    "math": "use a table of values, or + - * / and math.sqrt()",
    "random": "keep a state: s = (s * 1103515245 + 12345) & 0x7fffffff",
    "store": "keep constants in the program",
}
_METHOD_FORMS = {
    "casefold": "use lower()",
    "removeprefix": "use s[len(p):] if s.startswith(p)",
    "removesuffix": "use s[:-len(p)] if s.endswith(p)",
    "splitlines": 'use split("\\n")',
    "isascii": "use all(ord(c) < 128 for c in s)",
    "isdecimal": "use isdigit()",
    "isnumeric": "use isdigit()",
    "rsplit": "use split()",
    "partition": "use split() with a count of 1",
    "zfill": 'use an f-string: f"{n:05}"',
    "ljust": 'use an f-string: f"{s:<8}"',
    "rjust": 'use an f-string: f"{s:>8}"',
    "center": 'use an f-string: f"{s:^8}"',
    "union": "use |",
    "symmetric_difference": "use ^",
    "to_bytes": "use shifts and bytes([...])",
    "from_bytes": "use shifts",
    "bit_count": 'use bin(n).count("1")',
    "indices": "use range() and len()",
}


@dataclass(frozen=True)
class VmFeatures:
    """A VM that a program is for. `name` is the subject of sentences: "profile nano", "the VM of my-board"."""

    name: str
    features: frozenset[str]

    def lacks(self, needs: Iterable[str]) -> bool:
        """Whether something of that is not there."""
        return not self.features.issuperset(needs)

    @cached_property
    def missing(self) -> dict[str, tuple[str, ...]]:
        """Imports that it has not, with what they need."""
        return {name: needs for name, needs in _requirements.NATIVES.items() if self.lacks(needs)}


def of_profile(profile: str) -> VmFeatures:
    """A profile of vmimages/core/profile.h: nano, core, full."""
    return VmFeatures(f"profile {profile}", frozenset(_requirements.PROFILES[profile]))


def of_features(name: str, features: Iterable[str]) -> VmFeatures:
    """A VM by the features that it tells. What has no feature of its own is where one of profile core's is."""
    found = frozenset(features)
    return VmFeatures(name, found | {COMMON} if found & _IN_CORE else found)


def hint(needs: Sequence[str], method: str = "") -> str:
    """The nearest form, and the smallest profile that has it."""
    form = _METHOD_FORMS.get(method, "") or next((_FORMS[need] for need in needs if need in _FORMS), "")
    profile = PROFILES[_profile_of(needs)]
    return f"{form}; profile {profile} has it" if form else f"profile {profile} has it"


def _profile_of(needs: Iterable[str]) -> int:
    """The smallest profile that has all of that."""
    return next(n for n, profile in enumerate(PROFILES) if set(needs) <= set(_requirements.PROFILES[profile]))


def refuse_missing(unit: Unit, tree: ast.Module, vm: VmFeatures, defined: set[str]) -> None:
    """Notes each place of a module that needs what the VM has not, but for names of its modules and builtins.

    Args:
        defined: attributes that some class or object of the program has.
    """
    for node in _reached(tree):
        for place, what, needs in _needs(unit, node):
            if vm.lacks(needs):
                unit.note(place, f"{vm.name} has no {what}", hint(needs))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr not in defined:
            rows = [] if _of_module(unit, node) else _requirements.METHODS.get(node.attr, [])
            if rows and not node.attr.startswith("__") and all(vm.lacks(needs) for needs in rows):
                unit.note(node, f"{vm.name} has no method {node.attr}()", hint(min(rows, key=_profile_of), node.attr))


def attributes(trees: Iterable[ast.Module]) -> set[str]:
    """Names that a program gives to attributes anywhere."""
    found: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            match node:
                case ast.Attribute(attr=name, ctx=ast.Store()):
                    found.add(name)
                case ast.ClassDef(body=body):
                    for line in body:
                        found |= {n.id for n in ast.walk(line) if isinstance(n, ast.Name)}
                        found |= {line.name} if isinstance(line, (ast.FunctionDef, ast.ClassDef)) else set()
                case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value=str(name)), *_]):
                    found.add(name)
                case ast.Try(handlers=handlers, body=body) if any(_catches_missing(h) for h in handlers):
                    found |= {n.attr for line in body for n in ast.walk(line) if isinstance(n, ast.Attribute)}
                case ast.Call(func=ast.Name(id="hasattr"), args=[_, ast.Constant(value=str(name))]):
                    found.add(name)
    return found


def _catches_missing(handler: ast.ExceptHandler) -> bool:
    names = {n.id for n in ast.walk(handler.type) if isinstance(n, ast.Name)} if handler.type is not None else set()
    return handler.type is None or bool(names & {"AttributeError", "Exception", "BaseException"})


def _reached(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes that become code: without annotations, and without branches that are known not to run."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        yield node
        match node:
            case ast.If(test=test, body=body, orelse=orelse) if (known := truth(test)) is not None:
                pending += body if known else orelse
            case ast.AnnAssign(target=target, value=value):
                pending += [target] if value is None else [target, value]
            case ast.FunctionDef(args=args, body=body, decorator_list=decorators):
                defaults = [d for d in [*args.defaults, *args.kw_defaults] if d is not None]
                pending += [*decorators, *defaults, *body]
            case _:
                pending += ast.iter_child_nodes(node)


Need = tuple[ast.AST, str, tuple[str, ...]]


def _needs(unit: Unit, node: ast.AST) -> Iterator[Need]:
    match node:
        case ast.Constant(value=float()):
            yield node, "floats", ("float",)
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            yield node, "division with / (its result is a float)", ("float",)
        case ast.Constant(value=int(value)) if not -(1 << 63) <= value <= 1 << 63:
            yield node, "ints beyond 64 bits", ("bigint",)
        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str()) | ast.JoinedStr()):
            yield node, "formatting with %", ("percent",)
        case ast.ClassDef():
            yield from _of_class(node)
        case ast.MatchSequence():
            yield node, "sequence patterns of match", ("match",)
        case ast.MatchMapping():
            yield node, "mapping patterns of match", ("match",)
        case ast.MatchClass():
            yield node, "class patterns of match", ("match",)
        case ast.Attribute(value=ast.Name(id=owner), attr=name, ctx=ast.Load()) if owner in _BUILTIN_TYPES:
            if name.startswith("__") and name not in _PLAIN and not unit.program.shadowed(owner):
                yield node, f"{owner}.{name} by name", ("dunder",)


def _of_class(node: ast.ClassDef) -> Iterator[Need]:
    if len(node.bases) > 1:
        yield node.bases[1], "classes with several bases", ("multiple_bases",)
    if any(isinstance(base, ast.Name) and base.id == "type" for base in node.bases):
        yield node.bases[0], "metaclasses", ("metaclasses",)
    for keyword in node.keywords:
        if keyword.arg in (None, "metaclass"):
            yield keyword.value, "metaclasses", ("metaclasses",)
        else:
            yield keyword.value, "keywords in a class statement", ("descriptors",)
    for line in node.body:
        if isinstance(line, ast.FunctionDef) and (line.name in HOOKS or line.name == "__init_subclass__"):
            yield line, f"{line.name}() of classes", ("descriptors",)


def _of_module(unit: Unit, node: ast.Attribute) -> bool:
    """Whether the attribute is a member of an imported module."""
    owner = node.value.id if isinstance(node.value, ast.Name) else ""
    return bool(owner) and any(owner in scope.aliases for scope in unit.program.scopes.values())
