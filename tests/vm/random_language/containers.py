# SPDX-License-Identifier: Apache-2.0
"""Methods and operators of lists, dicts, sets, tuples, ranges and bytearrays."""

from __future__ import annotations

from .maker import Maker

_LIST = ["append({v})", "extend({s})", "insert({i}, {v})", "pop({i})", "pop()", "remove({v})", "index({v})", "count({v})", "reverse()",
         "clear()", "copy()", "sort(key=repr)", "sort(key=repr, reverse=True)", "index({v}, {i})", "__len__()"]  # fmt: skip
_DICT = ["get({v})", "get({v}, 'd')", "pop({v})", "pop({v}, 'd')", "popitem()", "setdefault({v})", "setdefault({v}, {i})", "update({s})",
         "update({{{v}: 1}})", "keys()", "values()", "items()", "clear()", "copy()", "fromkeys({s})"]  # fmt: skip
_SET = ["add({v})", "remove({v})", "discard({v})", "update({s})", "union({s})", "intersection({s})", "difference({s})", "issubset({s})",
        "symmetric_difference({s})", "isdisjoint({s})", "issuperset({s})", "copy()", "clear()", "difference_update({s})",
        "intersection_update({s})", "symmetric_difference_update({s})"]  # fmt: skip
_BYTEARRAY = [
    "append({i})",
    "extend({s})",
    "insert({i}, {i})",
    "pop({i})",
    "remove({i})",
    "reverse()",
    "clear()",
    "copy()",
]
_AUGMENTED = ["+=", "*=", "-=", "|=", "&=", "^="]


class Containers(Maker):
    def item(self) -> str:
        return self.one(["1", "2", "'a'", "'b'", "None", "(1, 2)", "2.0", "True", "[1]", "()", "-1"])

    def source(self) -> str:
        sources = ["[1, 2, 3]", "(2, 'a')", "'ab'", "range(4)", "{1, 2}", "{'a': 1}", "[]", "[(1, 2), ('a', 'b')]", "5", "None", "x",
                   "b'\\x01\\x02'", "frozenset((1,))", "[[1], [2]]"]  # fmt: skip
        return self.one(sources)

    def start(self) -> str:
        return self.one(["[1, 2, 'a']", "[]", "[3, 1, 2, 1]", "{1: 'a', 'b': 2}", "{}", "{1, 2, 3}", "set()", "{'a'}", "bytearray(b'abc')",
                         "(1, 2, 'a')", "frozenset((1, 2))", "range(1, 9, 2)", "[[1], [1], [2]]", "{(1, 2): [], None: {}}"])  # fmt: skip

    def method(self, start: str) -> str:
        table = _LIST if start[0] == "[" else _SET
        if start.startswith(("{1:", "{}", "{(")):
            table = _DICT
        elif start[0] == "b":
            return self.one(_BYTEARRAY).format(s=self.source(), i=self.one(["1", "98", "-1", "300"]))
        elif start[0] in "(r":
            table = ["index({v})", "count({v})", "append({v})"]
        item = self.one(["1", "2", "-1"]) if start[0] == "r" else self.item()
        if table is _DICT and item == "[1]":
            item = "(1,)"  # CPython does not look at the key when the dict is empty
        return self.one(table).format(v=item, s=self.source(), i=self.one(["0", "1", "-1", "5"]))

    def statement(self, start: str) -> str:
        kind = self.random.randrange(10)
        unordered = start[0] in "sf" or start in ("{1, 2, 3}", "{'a'}")  # of an order that is CPython's own
        octets = start[0] == "b"
        if kind < 5:
            return f"r = x.{self.method(start)}"
        index = self.one([self.small(), self.slice()] if octets else [self.small(), self.item(), self.slice()])
        if kind == 5:
            values = ["7", "b'xy'", "[3]", "300"] if octets else ["[3]", self.source()]
            return f"x[{index}] = {self.one(values)}" if not octets or ":" in index or index not in "None" else "r = x"
        if kind == 6:
            return f"del x[{index}]"
        if kind == 7:
            operator, source = self.one(_AUGMENTED), self.source()
            if source == "5" or (operator == "*=" and start[0] in "{rfs") or (octets and source == "x"):
                operator, source = "=", "x"  # worded as CPython words the plain operator; or a buffer that is in use
            return f"x {operator} {source}"
        if kind == 8:
            return f"r = x[{index}]"
        source = self.source()
        either = [f"r = {self.item()} in x", f"r = x == {source}", f"r = x < {source}", f"r = x + {source}", "r = len(x)", f"r = x | {source}",
                  f"r = sorted(x, key=repr, reverse={self.one(['True', 'False'])})", "r = bool(x)"]  # fmt: skip
        ordered = [f"a, *r = {self.one(['x', source])}", f"r = [*x, *{source}]", "r = max(x)", "r = sum(x)", "r = list(enumerate(x))",
                   "r = tuple(reversed(x))"]  # fmt: skip
        return self.one(either if unordered else either + ordered)

    def make(self) -> str:
        self.lines += [
            "def show(v):",
            "    if isinstance(v, (set, frozenset)):",
            "        return (type(v).__name__, sorted(map(repr, v)))",
            "    return repr(v)",
        ]
        for i in range(3):
            start = self.start()
            self.lines += [f"def f{i}():", f"    x = {start}"]
            for _ in range(self.random.randrange(6, 12)):
                self.lines += [
                    "    r = None",
                    "    try:",
                    f"        {self.statement(start)}",
                    "        print(show(r), show(x))",
                    "    except Exception as e:",
                    "        print(type(e).__name__, e, show(x))",
                ]
            self.lines.append(f"f{i}()")
        return "\n".join(self.lines) + "\n"
