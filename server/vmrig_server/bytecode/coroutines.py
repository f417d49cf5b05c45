# SPDX-License-Identifier: Apache-2.0
"""async def, await, async for. A coroutine is a generator that `await` delegates to, as `yield from` does to others.

An asynchronous generator is one whose `yield` ends the DELEGATE of the one that awaits it (YIELD with field C), so that what it gives takes no
object of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from .asm import Label
from .assign import assign
from .blocks import Loop, Region
from .calls import native, need_native
from .fn import NONE, Fn, expression, statement
from .names import killed_names
from .scope import Scope

COROUTINE, ASYNC_GENERATOR = 2, 4  # of GEN: VM_G_COROUTINE, VM_G_ASYNC of vmimages/core/object.h


def need_coroutines(f: Fn) -> None:
    """The program names what only VMs with the frame's kind of generator have: another one refuses it when it is loaded."""
    if f.frame.kind == ASYNC_GENERATOR:
        need_native(f, "_.async_generator", "asynchronous generators")
    elif f.frame.kind == COROUTINE:
        need_native(f, "_.coroutine", "coroutines")


@expression(ast.Await)
def await_(f: Fn, node: ast.Await, dst: int) -> None:
    base = f.temp(2)
    f.into(node.value, base + 1)
    delegate(f, base)
    f.move(dst, base)


def delegate(f: Fn, base: int) -> None:
    """R[base] = await R[base + 1]; that is the topmost register."""
    f.emit("LOADX", base, need_native(f, "_.awaitable", "coroutines"))
    f.emit("CALL", base, 1)
    f.load_constant(base + 1, NONE)
    f.emit("DELEGATE", base)


@statement(ast.AsyncFor)
def async_for(f: Fn, node: ast.AsyncFor) -> None:
    end = Label()

    def body(again: Label) -> None:
        f.blocks.append(Loop(end, again))
        f.body(node.body)
        f.blocks.pop()

    run_async_loop(f, node.target, node.iter, f.scope, killed_names(f, node.body), body)
    f.line = node.lineno
    f.body(node.orelse)
    f.place(end)


def run_async_loop(
    f: Fn, target: ast.expr, iterable: ast.expr, iterable_scope: Scope, killed: int, body: Callable[[Label], None]
) -> None:
    """As run_loop, over what `iterable` gives when it is awaited."""
    mark = f.top
    inner, f.scope = f.scope, iterable_scope
    iterator = f.temp()
    asynchronous_iterator(f, iterable, iterator)
    f.scope = inner
    loop_over_async(f, target, iterator, killed, body)
    f.top = mark


def asynchronous_iterator(f: Fn, iterable: ast.expr, dst: int) -> None:
    """R[dst] = aiter(iterable); dst is the topmost register."""
    f.into(iterable, f.temp())
    f.line = iterable.lineno
    f.emit("CALLM", dst, 1, 0, [f.unit.name_id("__aiter__")])
    f.top = dst + 1


def loop_over_async(f: Fn, target: ast.expr, iterator: int, killed: int, body: Callable[[Label], None]) -> None:
    """The loop over the asynchronous iterator in a register, until its StopAsyncIteration."""
    head, done = f.loop_head(killed), Label()
    line = f.line
    mark = f.top
    region = Region(f)
    item = f.temp(2)
    f.temp()
    f.move(item + 2, iterator)
    f.emit("CALLM", item + 1, 1, 0, [f.unit.name_id("__anext__")])
    f.top = item + 2
    delegate(f, item)
    region.close(f)
    assign(f, target, item)
    f.top = mark
    body(head)
    f.line = line
    f.jump("JMP", head)
    error = region.handler(f)
    matched = f.temp(2)
    native(f, "builtins.StopAsyncIteration", matched + 1)
    f.emit("EXCMATCH", matched, error, matched + 1)
    f.jump("JT", done, matched)
    f.emit("RERAISE", error)
    f.place(done)
    f.top = mark
