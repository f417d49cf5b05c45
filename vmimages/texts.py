# SPDX-License-Identifier: Apache-2.0
"""Messages at half their size: texts that a VM only shows are packed when an image is built, and written out pair by pair (core/writer.c).

A byte from 128 on stands for a pair of bytes, each of which may stand for a pair again (byte pair encoding, Gage 1994). All texts of an image share
one table. What is packed are the literals among the arguments of the functions that take such texts, in the preprocessed source.

Exceptions that are raised with a text of their own are numbered: vm_raise(vm, VM_B_ValueError, "...", ...) becomes vm_raise_numbered(vm, 17, ...),
whose row has both. A small number takes two bytes of code, an address among the constants of a function six.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

SHOWN = (
    *("vm_raise", "vm_printf", "vm_put_text", "vm_need_str", "vm_enter", "vm_need_range", "vm_no_keywords", "vm_bytes_to_put"),
    *("not_allowed", "bad", "argument", "collect", "need_double", "byte_called", "write_entries", "write_method_result"),
)  # fmt: skip
"""Functions whose literals are only ever shown: nobody looks into them."""
TABLES = ("vm_names", "builtin_names")
"""Arrays of such literals."""
CODES = 128
LEAST_USES = 4
"""A pair takes two bytes of the table; what is rarer is not worth them."""

ROWS_A_STEP = 8
"""Rows between two offsets of the index: vm_raise_numbered counts the rest."""

_RAISE = re.compile(r'\bvm_raise\s*\(\s*vm\s*,\s*(VM_B_\w+)\s*,\s*((?:"(?:[^"\\\n]|\\[^x\n])*"\s*)+)(?=[,)])')
_LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|[A-Za-z_]\w*|[();]')
_ESCAPE = re.compile(r"\\([0-7]{1,3}|.)")
_PLAIN = {"n": 10, "r": 13, "t": 9, "0": 0, '"': 34, "'": 39, "\\": 92}


def rewrite(source: str, change: Callable[[bytes], bytes]) -> str:
    """The preprocessed source, with each literal that is only shown changed."""
    out: list[str] = []
    done = 0
    calls: list[bool] = []  # of each open parenthesis: literals directly inside are shown
    name, in_table = "", False
    for found in _TOKEN.finditer(source):
        token = found[0]
        if token == ";" or (token in TABLES and source.startswith("[] =", found.end())):
            in_table = token != ";"
        elif token == "(":
            # A parenthesis without a name before it belongs to what it stands in.
            calls.append(name in SHOWN if name else bool(calls and calls[-1]))
        elif token == ")":
            if calls:
                calls.pop()
        elif token[0] == '"' and (in_table or (calls and calls[-1])) and "\\x" not in token:
            out += (source[done : found.start()], quoted(change(unquoted(token))))
            done = found.end()
        name = token if token[0].isalpha() or token[0] == "_" else ""
        if name and source[found.end() : found.end() + 1] != "(":
            name = ""
    return "".join(out) + source[done:]


def unquoted(literal: str) -> bytes:
    """The bytes of a C literal."""

    def one(match: re.Match[str]) -> str:
        what = match[1]
        return chr(int(what, 8) if what[0] in "01234567" else _PLAIN[what])

    return _ESCAPE.sub(one, literal[1:-1]).encode("latin-1")


def quoted(data: bytes) -> str:
    """A C literal of these bytes."""
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\?' else f"\\{b:03o}" for b in data) + '"'


def literals(sources: Iterable[str]) -> list[bytes]:
    """All texts of these sources that are only shown, each once, sorted. A text that has bytes of its own from 128 on is left as it is."""
    found: set[bytes] = set()
    for source in sources:
        rewrite(source, lambda text: found.add(text) or text)  # type: ignore[func-returns-value]
    return sorted(text for text in found if text.isascii())


def train(texts: Sequence[bytes]) -> list[tuple[int, int]]:
    """The pairs of codes 128, 129, ...: always the most frequent one next."""
    rows = [list(text) for text in texts]
    pairs: list[tuple[int, int]] = []
    while len(pairs) < CODES:
        counts = Counter(pair for row in rows for pair in itertools.pairwise(row))
        pair, uses = max(counts.items(), key=lambda item: (item[1], item[0]), default=((0, 0), 0))
        if uses < LEAST_USES:
            break
        for row in rows:
            _join(row, pair, 128 + len(pairs))
        pairs.append(pair)
    return pairs


def pack(text: bytes, pairs: Sequence[tuple[int, int]]) -> bytes:
    """The text with the pairs replaced, in the order in which they were found."""
    row = list(text)
    if text.isascii():
        for code, pair in enumerate(pairs, 128):
            _join(row, pair, code)
    return bytes(row)


def unpack(data: bytes, pairs: Sequence[tuple[int, int]]) -> bytes:
    """What `pack` was given."""
    return b"".join(unpack(bytes(pairs[b - 128]), pairs) if b >= 128 else bytes([b]) for b in data)


Raised = tuple[str, bytes]
"""The exception's symbol, and its text."""


def raised(sources: Iterable[str]) -> list[Raised]:
    """All that these sources raise with a text of their own, what most places raise first."""
    counts = Counter(_raised(found) for source in sources for found in _RAISE.finditer(source))
    return sorted(counts, key=lambda row: (-counts[row], row))


def numbered(source: str, rows: Sequence[Raised]) -> str:
    """The preprocessed source, with numbers of rows instead of exceptions and texts."""
    numbers = {row: number for number, row in enumerate(rows)}
    return _RAISE.sub(lambda found: f"vm_raise_numbered(vm, {numbers[_raised(found)]}", source)


def _raised(found: re.Match[str]) -> Raised:
    return found[1], b"".join(unquoted(literal) for literal in _LITERAL.findall(found[2]))


def rows_table(rows: Sequence[Raised], pairs: Sequence[tuple[int, int]]) -> str:
    """C that defines the rows, each the exception's number in a byte, then its text packed; and where every so many of them begin."""
    packed = [pack(text, pairs) for _, text in rows]
    starts = list(itertools.accumulate((len(text) + 2 for text in packed), initial=0))
    asserts = "".join(f'_Static_assert({name} < 256, "a byte");\n' for name in sorted({name for name, _ in rows}))
    data = ", ".join(
        f"{name}, {''.join(f'{b}, ' for b in text)}0" for (name, _), text in zip(rows, packed, strict=True)
    )
    index = ", ".join(map(str, starts[:-1:ROWS_A_STEP]))
    return f"\n{asserts}const uint8_t vm_raise_rows[] = {{{data or 0}}};\nconst uint16_t vm_raise_index[] = {{{index or 0}}};\n"


def table(pairs: Sequence[tuple[int, int]]) -> str:
    """C that defines the table."""
    rows = ", ".join(f"{{{a}, {b}}}" for a, b in pairs) or "{0, 0}"
    return f"\nconst uint8_t vm_text_pairs[][2] = {{{rows}}};\n"


def _join(row: list[int], pair: tuple[int, int], code: int) -> None:
    at = 0
    first, second = pair
    while at + 1 < len(row):
        if row[at] == first and row[at + 1] == second:
            row[at : at + 2] = [code]
        at += 1
