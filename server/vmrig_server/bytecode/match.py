# SPDX-License-Identifier: Apache-2.0
"""match: comparisons and jumps. Sequence, mapping and class patterns ask a native function for the parts, which are then matched one by one."""

from __future__ import annotations

import ast

from .asm import Label
from .calls import native
from .cond import cond_jump, fused
from .expr import load_value
from .fn import FALSE, TRUE, Fn, statement
from .names import store

Captures = dict[str, int]
"""Names to registers: they are assigned when the whole pattern matches."""


@statement(ast.Match)
def match_(f: Fn, node: ast.Match) -> None:
    subject = f.temp()
    f.into(node.subject, subject)
    end = Label()
    for case in node.cases:
        if not f.reachable:
            break
        mark = f.top
        f.line = case.pattern.lineno
        other = Label()
        captures: Captures = {}
        for name in _names(case.pattern):
            captures[name] = f.temp()
        _pattern(f, case.pattern, subject, other, captures)
        for name, register in captures.items():
            store(f, name, register, case.pattern)
        if case.guard is not None:
            cond_jump(f, case.guard, other, False)
        f.body(case.body)
        f.jump("JMP", end)
        f.place(other)
        f.top = mark
    f.place(end)


def _names(pattern: ast.pattern) -> list[str]:
    found: dict[str, None] = {}
    for node in ast.walk(pattern):
        if isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name is not None:
            found[node.name] = None
        elif isinstance(node, ast.MatchMapping) and node.rest is not None:
            found[node.rest] = None
    return list(found)


def _pattern(f: Fn, node: ast.pattern, subject: int, other: Label, captures: Captures) -> None:
    """Goes on when R[subject] matches, else jumps to `other`."""
    mark = f.top
    f.line = node.lineno
    match node:
        case ast.MatchValue(value=value):
            fused(f, "EQ", subject, f.value(value), other, False)
        case ast.MatchSingleton(value=constant):
            load_value(f, constant, f.temp())
            fused(f, "IS", subject, f.top - 1, other, False)
        case ast.MatchAs(pattern=inner, name=name):
            if inner is not None:
                _pattern(f, inner, subject, other, captures)
            if name is not None:
                f.move(captures[name], subject)
        case ast.MatchOr(patterns=patterns):
            matched = Label()
            for alternative in patterns[:-1]:
                next_one = Label()
                _pattern(f, alternative, subject, next_one, captures)
                f.jump("JMP", matched)
                f.place(next_one)
            _pattern(f, patterns[-1], subject, other, captures)
            f.place(matched)
        case ast.MatchSequence(patterns=patterns):
            _sequence(f, patterns, subject, other, captures)
        case ast.MatchMapping(keys=keys, patterns=patterns, rest=rest):
            parts = _ask(f, "match_mapping", subject, [keys, rest is not None], other)
            _parts(f, parts, patterns, other, captures, rest)
        case ast.MatchClass():
            _class(f, node, subject, other, captures)
        case _:
            f.unit.fail(node, "this pattern is not supported", "use if / elif with == and isinstance()")
    f.top = mark


def _ask(
    f: Fn, function: str, subject: int, arguments: list[list[ast.expr] | ast.expr | int | bool], other: Label
) -> int:
    """The register of the parts that the native function finds; None jumps to `other`."""
    window = f.temp()
    native(f, "_." + function, window)
    f.move(f.temp(), subject)
    for argument in arguments:
        register = f.temp()
        if isinstance(argument, bool):
            f.load_constant(register, TRUE if argument else FALSE)
        elif isinstance(argument, int):
            f.emit("LOADI", register, argument)
        elif isinstance(argument, list):
            f.into(ast.Tuple(argument, ast.Load(), lineno=f.line, col_offset=0), register)
        else:
            f.into(argument, register)
    f.emit("CALL", window, 1 + len(arguments))
    f.top = window + 1
    f.jump("JNONE", other, window)
    return window


def _parts(
    f: Fn, parts: int, patterns: list[ast.pattern], other: Label, captures: Captures, rest: str | None = None
) -> None:
    count = len(patterns) + (rest is not None)
    first = f.temp(max(count, 1))
    f.emit("UNPACK", first, parts, count)
    if rest is not None:
        f.move(captures[rest], first + len(patterns))
    for i, pattern in enumerate(patterns):
        _pattern(f, pattern, first + i, other, captures)


def _sequence(f: Fn, patterns: list[ast.pattern], subject: int, other: Label, captures: Captures) -> None:
    star = next((i for i, p in enumerate(patterns) if isinstance(p, ast.MatchStar)), None)
    least = len(patterns) - (star is not None)
    parts = _ask(f, "match_sequence", subject, [least, star is None], other)
    first = f.temp(max(len(patterns), 1))
    if star is None:
        f.emit("UNPACK", first, parts, len(patterns))
    else:
        f.emit("UNPACKX", first, parts, star, [len(patterns) - star - 1])
    for i, pattern in enumerate(patterns):
        if not isinstance(pattern, ast.MatchStar):
            _pattern(f, pattern, first + i, other, captures)
        elif pattern.name is not None:
            f.move(captures[pattern.name], first + i)


def _class(f: Fn, node: ast.MatchClass, subject: int, other: Label, captures: Captures) -> None:
    names: list[ast.expr] = [ast.copy_location(ast.Constant(f.scope.mangle(name)), node) for name in node.kwd_attrs]
    parts = _ask(f, "match_class", subject, [node.cls, len(node.patterns), names], other)
    _parts(f, parts, [*node.patterns, *node.kwd_patterns], other, captures)
