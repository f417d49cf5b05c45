# SPDX-License-Identifier: Apache-2.0
"""`except*`: the clauses of such a `try` are run with what the module `_groups` of the prelude finds for each."""

from __future__ import annotations

import ast

from .asm import Label, Range
from .docstrings import body_start
from .fn import TRUE, Fn
from .names import load, store
from .sources import top_level

MODULE = "_groups"
CLASSES = frozenset({"BaseExceptionGroup", "ExceptionGroup"})
CATCH = "<except*>"  # the name that the module's class Catch goes by: none that a program could have


def bring_groups(tree: ast.Module) -> None:
    """Imports what a module's text uses of exception groups. Changes the tree."""
    own = top_level(tree).keys()
    uses: dict[str, ast.expr | ast.stmt] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) if name in CLASSES and name not in own:
                uses.setdefault(name, node)
            case ast.TryStar():
                uses.setdefault(CATCH, node.handlers[0].type or node)
    names = [ast.alias("Catch", CATCH) if name == CATCH else ast.alias(name) for name in sorted(uses)]
    if names:
        made = ast.ImportFrom(MODULE, names, 0)
        place = min(uses.values(), key=lambda node: (node.lineno, node.col_offset))
        tree.body.insert(body_start(tree), ast.copy_location(made, place))


def refusal(reason: str) -> str:
    """Why a VM cannot have exception groups, out of why it cannot have a part of their module."""
    return reason.partition(" has no ")[0] + " has no exception groups"


REFUSAL_HINT = "use except with a tuple of classes; profile full has it"


def clauses(f: Fn, node: ast.TryStar, register: int, first: Label) -> None:
    """The clauses, run one after the other on what was caught, which is in the register. In the register after all others: what is to
    be raised in the end, or None.

    Args:
        first: where the handler's code begins.
    """
    from .blocks import Region, handler_body

    state = f.temp()
    outside = first  # of the clauses, the exception caught is what is being handled
    f.line = node.lineno
    load(f, CATCH, node, state)
    f.move(f.temp(), register)
    f.emit("CALL", state, 1)
    f.top = state + 1
    for handler in node.handlers:
        assert handler.type is not None
        mark, other = f.top, Label()
        f.line = handler.lineno
        match = f.temp()
        f.move(f.temp(), state)
        f.into(handler.type, f.temp())
        f.emit("CALLM", match, 2, 0, [f.unit.name_id("send")])
        f.top = match + 1
        f.jump("JNONE", other, match)
        region = Region(f)
        if handler.name is not None:
            store(f, handler.name, match, handler)
        f.caught.append(match)
        f.stars[match] = state
        handler_body(f, handler)
        f.caught.pop()
        del f.stars[match]
        region.close(f)
        f.jump("JMP", other)
        raised = region.handler(f)
        for start, end in region.pieces:
            f.code.contexts += [Range(outside, start, outside, register), Range(start, end, start, match)]
            outside = end
        if f.reachable:
            window = f.temp()
            f.move(f.temp(), state)
            f.move(f.temp(), raised)
            f.move(f.temp(), match)
            f.emit("CALLM", window, 3, 0, [f.unit.name_id("throw")])
        f.place(other)
        f.top = mark
    f.line = node.lineno
    f.move(f.temp(), state)
    f.emit("CALLM", state, 1, 0, [f.unit.name_id("close")])
    f.top = state + 1
    end = Label()
    f.code.place(end)
    f.code.contexts.append(Range(outside, end, outside, register))


def raised_again(f: Fn, match: int) -> None:
    """A bare `raise` in the clause that got R[match]."""
    state = f.stars.get(match)
    if state is not None:
        flag = f.temp()
        f.load_constant(flag, TRUE)
        f.emit("SETA", flag, state, 0, [f.unit.name_id("again")])
        f.top = flag
