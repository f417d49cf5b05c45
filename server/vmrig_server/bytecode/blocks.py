# SPDX-License-Identifier: Apache-2.0
"""What surrounds a statement and must be left in order: loops, try blocks, with blocks; and the statements that leave them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial

from . import groups
from .asm import Label, Range
from .calls import native
from .fn import NONE, Fn, statement
from .names import destination, store, unbind


class Block:
    """Base: something that `return`, `break` or `continue` may have to leave."""

    caught: list[int]
    catches = True
    """Whether code of this function may run after an exception in the block."""

    def unwind(self, f: Fn, returning: bool) -> None:
        """Makes the code that runs when control leaves the block early; `returning`: the function, too."""

    def suspend(self, f: Fn) -> None:
        """What follows is not part of the block's code."""

    def resume(self, f: Fn) -> None:
        """What follows is part of the block's code again."""

    def forget(self, mask: int) -> None:
        """These variables became unbound inside the block."""


class Loop(Block):
    """A loop: the targets of break and continue."""

    catches = False

    def __init__(self, break_label: Label, continue_label: Label) -> None:
        self.break_label = break_label
        self.continue_label = continue_label


class HandlerName(Block):
    """The body of `except ... as name`, the name a plain variable: it is unbound when the body is left."""

    def __init__(self, name: str) -> None:
        self.name = name

    def unwind(self, f: Fn, returning: bool) -> None:
        if not returning:
            unbind(f, self.name)


class Region(Block):
    """Code whose exceptions go to one handler. It may consist of several pieces: code that leaves it early lies between them."""

    def __init__(self, f: Fn, cleanup: Callable[[Fn], None] | None = None) -> None:
        self.target = Label()
        self.bound = f.bound
        self.pieces: list[tuple[Label, Label]] = []
        self.start = Label()
        self.cleanup = cleanup
        self.caught = list(f.caught)
        self.scope = f.scope
        f.code.place(self.start)
        f.blocks.append(self)

    def unwind(self, f: Fn, returning: bool) -> None:
        if self.cleanup is not None:
            caught, f.caught = f.caught, list(self.caught)
            scope, f.scope = f.scope, self.scope
            mark = f.top
            self.cleanup(f)
            f.caught, f.scope, f.top = caught, scope, mark

    def suspend(self, f: Fn) -> None:
        end = Label()
        f.code.place(end)
        self.pieces.append((self.start, end))

    def resume(self, f: Fn) -> None:
        self.start = Label()
        f.code.place(self.start)

    def forget(self, mask: int) -> None:
        self.bound &= ~mask

    def close(self, f: Fn) -> None:
        """The protected code ends here."""
        f.blocks.pop()
        self.suspend(f)

    def handler(self, f: Fn) -> int:
        """Begins the handler's code here; the register that holds the exception. Unreachable when nothing could raise."""
        register = f.temp()
        pieces = [p for p in self.pieces if p[0].index < p[1].index]
        f.code.ranges += [Range(start, end, self.target, register) for start, end in pieces]
        if pieces:
            self.target.bound = self.bound
        f.place(self.target)
        return register

    def handled(self, f: Fn, register: int, end: Label) -> None:
        """From the handler's begin to `end` the exception in the register is being handled: the context of those raised there."""
        if self.target.index < end.index:
            f.code.contexts.append(Range(self.target, end, self.target, register))


def _leave(f: Fn, keep: int, finish: Callable[[], None], returning: bool = False) -> None:
    """Unwinds all blocks but the outer `keep` ones, then makes the jump or the return."""
    blocks = f.blocks
    left: list[Block] = []
    for i in range(len(blocks) - 1, keep - 1, -1):
        f.blocks = blocks[:i]
        blocks[i].suspend(f)
        left.append(blocks[i])
        blocks[i].unwind(f, returning)
    finish()
    for block in reversed(left):
        block.resume(f)
    f.blocks = blocks


@statement(ast.Return)
def return_(f: Fn, node: ast.Return) -> None:
    if node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None):
        return _leave(f, 0, lambda: f.emit("RETN"), returning=True)
    register = f.value(node.value)
    if any(isinstance(b, Region) and b.cleanup is not None for b in f.blocks) and not f.is_temp(register):
        # A finally clause may assign the variable; the value returned is the one of now.
        variable, register = register, f.temp()
        f.move(register, variable)
    line = f.line

    def finish() -> None:
        f.line = line
        f.emit("RET", register)

    _leave(f, 0, finish, returning=True)


def _leave_loop(f: Fn, pick: Callable[[Loop], Label]) -> None:
    for i in range(len(f.blocks) - 1, -1, -1):
        block = f.blocks[i]
        if isinstance(block, Loop):
            return _leave(f, i + 1, partial(f.jump, "JMP", pick(block)))


@statement(ast.Break)
def break_(f: Fn, node: ast.Break) -> None:
    _leave_loop(f, lambda loop: loop.break_label)


@statement(ast.Continue)
def continue_(f: Fn, node: ast.Continue) -> None:
    _leave_loop(f, lambda loop: loop.continue_label)


def direct_exit(f: Fn, node: ast.stmt) -> Label | None:
    """The label that `break` or `continue` jumps to when nothing has to be unwound on the way, else None."""
    if isinstance(node, (ast.Break, ast.Continue)) and f.blocks:
        block = f.blocks[-1]
        if isinstance(block, Loop):
            return block.break_label if isinstance(node, ast.Break) else block.continue_label
    return None


# --- try
@statement(ast.Try)
def try_(f: Fn, node: ast.Try) -> None:
    _try(f, node)


@statement(ast.TryStar)
def try_star(f: Fn, node: ast.TryStar) -> None:
    _try(f, node)


def _try(f: Fn, node: ast.Try | ast.TryStar) -> None:
    if not node.finalbody:
        return _try_except(f, node)
    end = Label()
    region = Region(f, lambda g: g.body(node.finalbody))
    if node.handlers:
        _try_except(f, node)
    else:
        f.body(node.body)
    region.close(f)
    f.body(node.finalbody)
    f.jump("JMP", end)
    register = region.handler(f)
    if f.reachable:
        f.caught.append(register)
        f.body(node.finalbody)
        f.caught.pop()
        f.emit("RERAISE", register)
    f.place(end)
    region.handled(f, register, end)


def _try_except(f: Fn, node: ast.Try | ast.TryStar) -> None:
    if node in f.unit.program.certain_imports:
        f.body(node.body)
        return f.body(node.orelse)
    end = Label()
    region = Region(f)
    f.body(node.body)
    region.close(f)
    f.body(node.orelse)
    f.jump("JMP", end)
    register = region.handler(f)
    if f.reachable and isinstance(node, ast.TryStar):
        f.caught.append(register)
        result = f.top
        groups.clauses(f, node, register, region.target)
        f.caught.pop()
        f.jump("JNONE", end, result)
        f.emit("RERAISE", result)
        return f.place(end)
    if f.reachable:
        f.caught.append(register)
        for handler in node.handlers:
            _except(f, handler, register, end)
        f.caught.pop()
        f.line = node.lineno
        f.emit("RERAISE", register)
    f.place(end)
    region.handled(f, register, end)


def _except(f: Fn, handler: ast.ExceptHandler, register: int, end: Label) -> None:
    if not f.reachable:
        return
    other = Label()
    mark = f.top
    f.line = handler.lineno
    if handler.type is not None:
        _match(f, handler.type, register, other)
    if handler.name is not None:
        store(f, handler.name, register, handler)
    handler_body(f, handler)
    f.jump("JMP", end)
    f.place(other)
    f.top = mark


def handler_body(f: Fn, handler: ast.ExceptHandler) -> None:
    """The statements of an except clause; its name has been stored."""
    if handler.name is None:
        f.body(handler.body)
    else:
        _named_handler_body(f, handler.body, f.scope.mangle(handler.name))


def _named_handler_body(f: Fn, body: list[ast.stmt], name: str) -> None:
    """The name is unbound when the body ends, whichever way. An exception that leaves the function takes its variables along."""
    seen_after = any(isinstance(b, Region) for b in f.blocks) or destination(f, name) is None
    if not seen_after:
        f.blocks.append(HandlerName(name))
        f.body(body)
        f.blocks.pop()
        if f.reachable:
            unbind(f, name)
        return
    done = Label()
    region = Region(f, lambda g: unbind(g, name))
    f.body(body)
    region.close(f)
    if f.reachable:
        unbind(f, name)
        f.jump("JMP", done)
    register = region.handler(f)
    if f.reachable:
        unbind(f, name)
        f.emit("RERAISE", register)
    f.place(done)


def _match(f: Fn, node: ast.expr, register: int, other: Label) -> None:
    """Goes on when the exception matches. The classes of a written-out tuple are tried one by one, so no tuple is made."""
    classes = (
        node.elts if isinstance(node, ast.Tuple) and not any(isinstance(e, ast.Starred) for e in node.elts) else [node]
    )
    if not classes:
        return f.jump("JMP", other)
    body = Label()
    for i, cls in enumerate(classes):
        mark = f.top
        result = f.temp()
        f.emit("EXCMATCH", result, register, f.value(cls, hint=result))
        if i + 1 < len(classes):
            f.jump("JT", body, result)
        else:
            f.jump("JF", other, result)
        f.top = mark
    f.place(body)


# --- with
@statement(ast.With)
def with_(f: Fn, node: ast.With) -> None:
    _with_items(f, node, 0)


@statement(ast.AsyncWith)
def async_with(f: Fn, node: ast.AsyncWith) -> None:
    _with_items(f, node, 0)


def _call_manager(f: Fn, node: ast.With | ast.AsyncWith, dst: int, count: int, method: str) -> None:
    """R[dst] = R[dst + 1].__method__(the registers behind), of `async with` awaited; dst + 1 is free from then on."""
    awaited = isinstance(node, ast.AsyncWith)
    name = f.unit.name_id(f"__{'a' if awaited else ''}{method}__")
    if not awaited:
        return f.emit("CALLM", dst, count, 0, [name])
    from .coroutines import delegate

    f.emit("CALLM", dst + 1, count, 0, [name])
    f.top = dst + 2
    delegate(f, dst)


def _with_items(f: Fn, node: ast.With | ast.AsyncWith, index: int) -> None:
    if index == len(node.items):
        return f.body(node.body)
    from .assign import assign

    item = node.items[index]
    f.line = item.context_expr.lineno
    manager = f.temp()
    f.into(item.context_expr, manager)
    entered = f.temp()
    window = f.temp(1 + isinstance(node, ast.AsyncWith)) + isinstance(node, ast.AsyncWith)
    f.move(window, manager)
    _call_manager(f, node, entered, 1, "enter")
    end, swallowed = Label(), Label()

    def leave(g: Fn) -> None:
        g.line = node.lineno
        _call_exit(g, node, manager, None)

    region = Region(f, leave)
    f.top = entered + 1
    if item.optional_vars is not None:
        assign(f, item.optional_vars, entered)
    f.top = entered
    _with_items(f, node, index + 1)
    region.close(f)
    if f.reachable:
        leave(f)
        f.jump("JMP", end)
    f.top = entered
    register = region.handler(f)
    if f.reachable:
        f.line = node.lineno
        f.caught.append(register)
        result = _call_exit(f, node, manager, register)
        f.caught.pop()
        f.jump("JT", swallowed, result)
        f.emit("RERAISE", register)
        f.place(swallowed)
        region.handled(f, register, swallowed)
    f.place(end)


def _call_exit(f: Fn, node: ast.With | ast.AsyncWith, manager: int, exception: int | None) -> int:
    """manager.__exit__(type, value, traceback); the register of the result."""
    result = f.temp()
    window = f.temp(4 + isinstance(node, ast.AsyncWith)) + isinstance(node, ast.AsyncWith)
    f.move(window, manager)
    if exception is None:
        for register in range(window + 1, window + 4):
            f.load_constant(register, NONE)
    else:
        callee = f.temp(2)
        native(f, "builtins.type", callee)
        f.move(callee + 1, exception)
        f.emit("CALL", callee, 1)
        f.move(window + 1, callee)
        f.move(window + 2, exception)
        f.emit("GETA", window + 3, exception, 0, [f.unit.name_id("__traceback__")])
    f.top = window + 4
    _call_manager(f, node, result, 4, "exit")
    f.top = result + 1
    return result


# --- raise
@statement(ast.Raise)
def raise_(f: Fn, node: ast.Raise) -> None:
    if node.exc is None:
        if not f.caught:
            # What a caller handles, or an error.
            nothing = f.temp()
            f.load_constant(nothing, NONE)
            return f.emit("RERAISE", nothing)
        groups.raised_again(f, f.caught[-1])
        return f.emit("RERAISE", f.caught[-1])
    exception = f.value(node.exc)
    if node.cause is None:
        return f.emit("RAISE", exception)
    f.emit("RAISEF", exception, f.value(node.cause))
