# SPDX-License-Identifier: Apache-2.0
"""Sources that somebody has been careless with: tokens lost, doubled, swapped or replaced, lines moved, odd characters put in.

python -m tests.bytecode.mutate_source [SECONDS [FIRST_SEED]]   mutants until the time is over; ends with the first that does harm
"""

from __future__ import annotations

import ast
import copy
import io
import random
import sys
import time
import tokenize
from functools import cache
from itertools import pairwise
from pathlib import Path

from tests.bytecode.test_verify import c_verdict, python_verdict
from tests.vm.random_language import GRAMMARS
from vmrig_server.bytecode import CompileError, compile_source, strip

PROGRAMS = Path(__file__).parents[1] / "vm" / "programs"
SLOW_S = 20.0  # no program of this size may take the compiler as long

# fmt: off
TOKENS = """
    False None True and as assert async await break class continue def del elif else except finally for from global if import in is
    lambda nonlocal not or pass raise return try while with yield match case type print super self __class__ __init__ x y _ type
    0 1 -1 255 2**31 0x1p 1e999 1_0 1__0 0b2 0777 9223372036854775808 99999999999999999999999999 1.5 1e-400 1j .5. 3.
    '' "a" b'' b'\\xff' 'é' f'{x}' f'{x!r:>{y}}' f'{' f'{x=}' rb'\\' '\\N{DASH}' '\\ud800' '\\x0' \"\"\" '''
    ( ) [ ] { } , : ; . ... -> := = == != < <= > >= + - * ** / // % @ & | ^ ~ << >> += -= *= **= //= >>= @= ! \\\\ # $ ? `
"""
SPACES = ["\n", "\n    ", "\n\t", "    ", "\t", "\f", "\0", "\r", "\r\n", "\ufeff", "\u00a0", "\u2028", "\U0001d501", "\ud7ff", "\U0010ffff"]
WORDS = [*TOKENS.split(), *SPACES]
# fmt: on


@cache
def corpus() -> list[str]:
    """Whole programs to start from."""
    return [path.read_text() for path in sorted(PROGRAMS.glob("*.py"))]


def tokens(source: str) -> list[str]:
    """The source in pieces that join to it again: its tokens and what is between them; characters when it has no tokens."""
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    cuts = {0, len(source)}
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            for row, column in (token.start, token.end):
                if row <= len(lines):
                    cuts.add(starts[row - 1] + column)
    except (tokenize.TokenError, SyntaxError):
        pass
    places = sorted(cut for cut in cuts if cut <= len(source))
    return [source[a:b] for a, b in pairwise(places)]


def part(rng: random.Random, source: str) -> str:
    """Some lines in a row, so that a mutant is small; often a whole function or class."""
    lines = source.splitlines(keepends=True)
    first = rng.randrange(len(lines))
    while first and lines[first][:1] in " \t\n#)]}":
        first -= 1
    return "".join(lines[first : first + rng.choice((3, 10, 30, 100))])


@cache
def tree(number: int) -> ast.Module:
    """A program of the corpus as a tree."""
    return ast.parse(corpus()[number])


def grafted(rng: random.Random) -> str:
    """Good syntax and little sense: expressions and statements in the places of others, of the same program or of another one."""
    number = rng.randrange(len(corpus()))
    body = copy.deepcopy(tree(number)).body
    first = rng.randrange(len(body))
    module = ast.Module(body[first : first + rng.choice((1, 3, 10))], [])
    for _ in range(rng.choice((1, 2, 4, 8))):
        other = module if rng.random() < 0.5 else tree(rng.randrange(len(corpus())))
        kind = ast.expr if rng.random() < 0.7 else ast.stmt
        donors = [node for node in ast.walk(other) if isinstance(node, kind)]
        places = [
            (holder, name, at)
            for holder in ast.walk(module)
            for name, value in ast.iter_fields(holder)
            for at, item in enumerate(value if isinstance(value, list) else [value])
            if isinstance(item, kind)
        ]
        if not donors or not places:
            continue
        holder, name, at = rng.choice(places)
        new = copy.deepcopy(rng.choice(donors))
        value = getattr(holder, name)
        if not isinstance(value, list):
            setattr(holder, name, new)
        elif rng.random() < 0.7:
            value[at] = new
        elif rng.random() < 0.5 or len(value) == 1:
            value.insert(at, new)
        else:
            del value[at]
    try:
        return ast.unparse(module)
    except (ValueError, AttributeError, RecursionError, TypeError):
        return "pass\n"  # a tree that no text makes


def mutant(seed: int) -> str:
    """The mutant of this seed."""
    rng = random.Random(seed)
    kind = rng.random()
    if kind < 0.5:
        return grafted(rng)
    source = rng.choice(list(GRAMMARS.values()))(rng).make() if kind < 0.55 else part(rng, rng.choice(corpus()))
    pieces = tokens(source) or [""]
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        at, other = rng.randrange(len(pieces)), rng.randrange(len(pieces))
        kind = rng.random()
        if kind < 0.2:
            pieces[at] = ""
        elif kind < 0.3:
            pieces[at] *= 2
        elif kind < 0.45:
            pieces[at], pieces[other] = pieces[other], pieces[at]
        elif kind < 0.65:
            pieces[at] = rng.choice(WORDS)
        elif kind < 0.8:
            pieces[at] += rng.choice(("", " ")) + rng.choice(WORDS) + rng.choice(("", " "))
        elif kind < 0.9:
            pieces[at] = pieces[other]
        elif kind < 0.95:
            pieces[at:at] = tokens(part(rng, rng.choice(corpus())))[: rng.randrange(1, 40)]
        else:
            del pieces[min(at, other) : max(at, other)]
            pieces.append("\n")
    return "".join(pieces)


def compiles(source: str) -> bool:
    """Whether it is a program; what the compiler makes of one must be one, and what it refuses has a place in the text.

    Raises AssertionError, or whatever the compiler should not have raised.
    """
    try:
        image = compile_source(source, "mutant.py").image
    except CompileError as error:
        lines = source.count("\n") + source.count("\r") + source.count("\f") + 2
        for diagnostic in error.diagnostics:
            assert diagnostic.reason and 1 <= diagnostic.line <= lines and diagnostic.column >= 1, diagnostic
        assert str(error).startswith("mutant.py:")
        return False
    assert python_verdict(image) == c_verdict(image) == "OK"
    assert c_verdict(strip(image)) == "OK"
    return True


def main() -> int:
    """Runs the campaign."""
    end = time.monotonic() + float(sys.argv[1] if len(sys.argv) > 1 else 60)
    seed = first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    taken = failed = 0
    while time.monotonic() < end and failed < 20:
        began = time.monotonic()
        try:
            taken += compiles(mutant(seed))
            assert time.monotonic() - began < SLOW_S, "too slow"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            failed += 1
            sys.stdout.write(f"seed {seed}: {type(error).__name__}: {str(error)[:300]}\n")
        seed += 1
    sys.stdout.write(f"seeds {first}..{seed - 1}: {taken} programs, {failed} findings\n")
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
