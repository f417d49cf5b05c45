# SPDX-License-Identifier: Apache-2.0
"""Programs of a grammar: text, calls, classes and containers. Each prints a line per step, the errors with their messages.

What they print depends on no address, no hash and no garbage collector, so that two Pythons must agree byte for byte."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

HEAD = """\
def t(f, *a):
    try:
        print(ascii(f(*a)))
    except Exception as e:
        print(type(e).__name__, e)

"""


class Maker:
    """Picks by `random` and collects lines."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.lines: list[str] = []

    def one(self, items: Sequence[str]) -> str:
        return items[self.random.randrange(len(items))]

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def some(self, make: Callable[[], str], least: int, most: int) -> list[str]:
        return [make() for _ in range(self.random.randrange(least, most + 1))]

    def program(self, steps: int, step: Callable[[], str]) -> str:
        self.lines += [f"t(lambda: {step()})" for _ in range(steps)]
        return HEAD + "\n".join(self.lines) + "\n"

    # --- values
    def integer(self) -> str:
        return self.one(
            ["0", "1", "2", "-1", "3", "7", "-5", "10", "255", "True", "2**31", "-(2**63)", "10**20", "None"]
        )

    def small(self) -> str:
        return self.one(["0", "1", "2", "3", "-1", "-2", "5", "9", "-9", "None", "True"])

    def floating(self) -> str:
        return self.one(
            ["0.0", "1.5", "-2.25", "1e20", "-0.0", "0.1", "float('inf')", "float('nan')", "123456.789", "1e-7"]
        )

    def text(self) -> str:
        letters = [
            "a",
            "b",
            "A",
            "Z",
            " ",
            "1",
            "9",
            "-",
            "+",
            ".",
            "_",
            "\\n",
            "\\t",
            "é",
            "ß",
            "Ω",
            "\U0001f600",
            "ab",
            "aba",
        ]
        return '"' + "".join(self.some(lambda: self.one(letters), 0, 5)) + '"'

    def octets(self) -> str:
        letters = ["a", "b", "A", " ", "1", "-", "+", "\\n", "\\t", "\\x00", "\\xff", "ab", "aba"]
        return 'b"' + "".join(self.some(lambda: self.one(letters), 0, 5)) + '"'

    def slice(self) -> str:
        parts = [self.one(["", self.small()]) for _ in range(self.random.randrange(2, 4))]
        return ":".join(parts)


# --- text
_TESTS = ["isdigit", "isalpha", "isalnum", "isspace", "isupper", "islower", "istitle", "isascii"]
_STR_TESTS = [*_TESTS, "isdecimal", "isnumeric", "isprintable", "isidentifier"]
_CHANGES = ["upper", "lower", "capitalize", "title", "swapcase"]
_SEARCH = ["find", "rfind", "index", "rindex", "count", "startswith", "endswith"]


class Text(Maker):
    def value(self) -> str:
        return self.one([self.text(), self.octets(), f"bytearray({self.octets()})"])

    def alike(self, s: str) -> str:
        """Mostly of the kind that a method of s takes."""
        if self.chance(8):
            return self.one([self.text(), self.octets(), self.integer(), "[]"])
        return self.text() if s.startswith('"') else self.one([self.octets(), f"bytearray({self.octets()})"])

    def step(self) -> str:
        s = self.value()
        string = s.startswith('"')
        a, b = self.alike(s), self.alike(s)
        kind = self.random.randrange(16)
        if kind == 0:
            return f"{s}.{self.one(_CHANGES)}()"
        if kind == 1:
            return f"{s}.{self.one(_STR_TESTS if string else _TESTS)}()"
        if kind == 2:
            more = self.one(["", f", {self.small()}", f", {self.small()}, {self.small()}"])
            what = f"({a}, {b})" if self.chance(20) else a
            return f"{s}.{self.one(_SEARCH)}({what}{more})"
        if kind == 3:
            most = self.one(["0", "1", "-1"])
            return (
                f"{s}.{self.one(['split', 'rsplit'])}({self.one(['', a, 'None', f'{a}, {most}', f'maxsplit={most}'])})"
            )
        if kind == 4:
            return f"{s}.{self.one(['strip', 'lstrip', 'rstrip'])}({self.one(['', a, 'None'])})"
        if kind == 5:
            return (
                f"{s}.{self.one(['removeprefix', 'removesuffix'])}({a})"
                if s[1] == "y" or "bytea" in a
                else f"{s}.partition({a})"
            )
        if kind == 6:
            return f"{s}.replace({a}, {b}{self.one(['', f', {self.small()}'])})"
        if kind == 7:
            fill = self.one(["", ', "*"' if string else ', b"*"', f", {self.text() if string else self.octets()}"])
            return f"{s}.{self.one(['center', 'ljust', 'rjust'])}({self.small()}{fill})"
        if kind == 8:
            return f"{s}.{self.one(['zfill', 'expandtabs'])}({self.small()})"
        if kind == 9:
            items = ", ".join(self.some(lambda: self.alike(s), 0, 4))
            return f"{s}.join([{items}])"
        if kind == 10:
            return f"{s}[{self.one([self.small(), self.slice(), self.slice()])}]"
        if kind == 11:
            return f"{s} {self.one(['+', '*', '<', '==', '>=', '!=', 'in', 'not in'])} {self.one([a, self.small()])}"
        if kind == 12:
            return self.one(
                [
                    f"repr({s})",
                    f"list({s})",
                    f"len({s})",
                    f"{s}.splitlines({self.one(['', 'True', '0'])})",
                    f"sorted({s})",
                    f"str({s})",
                ]
            )
        if kind == 13 and string:
            codec = self.one(["utf-8", "ascii", "latin-1"])
            return f"{s}.encode('{codec}', '{self.one(['strict', 'ignore', 'replace'])}')"
        if kind == 13:
            return f"{s}.decode('{self.one(['utf-8', 'ascii', 'latin-1'])}', '{self.one(['strict', 'ignore', 'replace'])}')"
        if kind == 14:
            return f"int({self.text()}, {self.one(['10', '16', '0', '2', '36'])})"
        return self.one(
            [
                f"float({self.text()})",
                f"int({self.text()})",
                f"{s}.translate({{97: 'x', 98: None}})" if string else f"{s}.hex()",
            ]
        )

    def make(self) -> str:
        return self.program(25, self.step)


# --- formats
class Formats(Maker):
    def value(self) -> str:
        return self.one([self.integer(), self.floating(), self.text(), self.integer(), "[1, 'a']", "(1,)", "None"])

    def spec(self) -> str:
        align = self.one(["", "", "<", ">", "^", "=", "*<", "0=", "é^"])
        sign = self.one(["", "", "+", "-", " "])
        width = self.one(["", "5", "12", "05", "0"])
        group = self.one(["", "", ",", "_"])
        precision = self.one(["", "", ".0", ".1", ".3", ".12"])
        return (
            align + sign + self.one(["", "", "#"]) + width + group + precision + self.one([*"dxXobcsfFeEgGn%", "", ""])
        )

    def percent(self) -> str:
        flags = self.one(["", "", "-", "+", "0", " ", "#"])
        body = flags + self.one(["", "5", "10"]) + self.one(["", ".0", ".2"]) + self.one([*"dixXosrafFeEgGc", "q"])
        return "%" + body

    def step(self) -> str:
        v = self.value()
        kind = self.random.randrange(6)
        if kind == 0:
            return f"format({v}, {self.spec()!r})"
        if kind == 1:
            return f"'<%s>' % ({v},)" if self.chance(10) else f"'<{self.percent()}>' % {self.one([v, f'({v},)'])}"
        if kind == 2:
            return f"'{self.percent()} {self.percent()}' % ({v}, {self.value()})"
        if kind == 3:
            return f"'{{:{self.spec()}}}|{{!r:>{self.one(['3', '10'])}}}'.format({v}, {self.value()})"
        if kind == 4:
            inner = v.replace("'", '"').replace("\\", "")
            if '"' in inner or ":" in inner:
                inner = "(12)"
            return f"f'{{{inner}{self.one(['', '!r', '!s'])}:{self.spec()}}}|{{{self.one(['5', '-7'])}:{{10}}d}}'"
        octets = self.octets() if v == "10**20" else self.one([v, self.octets()])
        return f"b'{self.percent()}' % ({octets},)"

    def make(self) -> str:
        return self.program(30, self.step)


# --- calls
class Calls(Maker):
    names = ("a", "b", "c", "d", "e")

    def signature(self) -> str:
        names = list(self.names[: self.random.randrange(0, 5)])
        cut = self.random.randrange(len(names) + 1)
        plain, only = names[:cut], names[cut:]
        parts: list[str] = []
        defaulted = False
        posonly = self.random.randrange(len(plain) + 1) if plain and self.chance(25) else 0
        for i, name in enumerate(plain):
            defaulted = defaulted or self.chance(30)
            parts.append(f"{name}={self.one(['10', 'None', '[]', '(1, 2)'])}" if defaulted else name)
            if i + 1 == posonly:
                parts.append("/")
        star = self.chance(35)
        if star:
            parts.append("*rest")
        elif only:
            parts.append("*")
        parts += [f"{name}={i}" if self.chance(50) else name for i, name in enumerate(only)]
        keywords = self.chance(30)
        if keywords:
            parts.append("**more")
        shown = [*names, *(["rest"] if star else []), *(["sorted(more.items())"] if keywords else [])]
        return f"({', '.join(parts)}): return ({', '.join([*shown, '0'])})"

    def arguments(self) -> str:
        parts = self.some(lambda: self.one(["1", "'x'", "[2]", "None"]), 0, 4)
        if self.chance(30):
            parts.insert(
                self.random.randrange(len(parts) + 1),
                "*" + self.one(["[]", "(7, 8)", "'pq'", "range(2)", "(y for y in 'g')", "5"]),
            )
        used: set[str] = set()
        for _ in range(self.random.randrange(0, 3)):
            name = self.one([*self.names, "z"])
            if name not in used:
                used.add(name)
                parts.append(f"{name}={self.one(['1', 'None'])}")
        if self.chance(25):
            parts.append("**" + self.one(["{}", "{'a': 5}", "{'z': 6, 'b': 7}", "dict(c=1)", "{'e': 0, 'd': 1}"]))
        return ", ".join(parts)

    def make(self) -> str:
        count = self.random.randrange(2, 5)
        for i in range(count):
            form = self.one(["def", "def", "method", "class", "static", "lambda"])
            signature = self.signature()
            if form == "def":
                self.lines.append(f"def f{i}{signature}")
            elif form == "lambda":
                head, _, result = signature.partition("): return ")
                self.lines.append(f"f{i} = lambda {head[1:]}: {result}")
            else:
                receiver = {"method": "self", "class": "cls", "static": ""}[form]
                decorator = {"method": "", "class": "    @classmethod\n", "static": "    @staticmethod\n"}[form]
                rest = signature[1:]
                comma = ", " if receiver and not rest.startswith(")") else ""
                self.lines.append(
                    f"class C{i}:\n{decorator}    def f({receiver}{comma}{rest}\nf{i} = {self.one([f'C{i}()', f'C{i}'])}.f"
                )
        return self.program(20, lambda: f"f{self.random.randrange(count)}({self.arguments()})")


# --- containers
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


# --- classes
_OPERATORS = {"+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow", "<<": "lshift", "&": "and",
              "|": "or", "^": "xor"}  # fmt: skip
_COMPARISONS = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_UNARY = {"-x": "neg", "+x": "pos", "~x": "invert", "abs(x)": "abs", "len(x)": "len", "bool(x)": "bool", "int(x)": "int", "float(x)": "float",
          "[7, 8, 9][x]": "index", "str(x)": "str", "repr(x)": "repr", "list(x)": "iter", "x()": "call",
          "round(x)": "round"}  # fmt: skip


class Classes(Maker):
    def result(self, name: str) -> str:
        good = {"len": ["2", "0"], "bool": ["True", "False"], "int": ["5"], "float": ["1.5"], "index": ["1"], "hash": ["3"], "str": ["'S'"],
                "repr": ["'R'"], "iter": ["iter([1, 2])"]}  # fmt: skip
        if name in ("str", "repr", "index") or (name in good and self.chance(85)):
            return self.one(good[name])
        return self.one(["NotImplemented", "'v'", "None", "7", "self", "(self.n, 'x')", "1 // 0"])

    def class_body(self, i: int, bases: str) -> None:
        """Classes derived from builtin types leave out what those would answer in ways of CPython's own."""
        derived = bases[1:-1] in ("int", "list", "str", "dict", "tuple", "float") or self.bare
        self.bare = self.bare or derived
        self.lines.append(f"class K{i}{bases}:")
        self.lines += [f"    c = {self.one(['1', repr('k')])}", f"    n = 'n{i}'"]
        if not bases:
            self.lines.append(f"    def __repr__(self): return {f'<K{i}>'!r}")
        for operator in self.some(lambda: self.one(list(_OPERATORS)), 0, 4):
            name = self.one(["", "r", "i"]) + _OPERATORS[operator]
            if derived and operator in "+*%":
                continue
            self.lines.append(
                f"    def __{name}__(self, o): return {self.one([repr(f'{name}{i}'), repr(f'{name}{i}'), 'NotImplemented'])}"
            )
        for operator in self.some(lambda: self.one(list(_COMPARISONS)), 0, 2):
            name = _COMPARISONS[operator]
            if derived:
                continue
            self.lines.append(
                f"    def __{name}__(self, o): return {self.one(['True', 'False', 'NotImplemented', repr(name)])}"
            )
        for form in self.some(lambda: self.one(list(_UNARY)), 0, 3):
            if (derived or bases) and _UNARY[form] in ("index", "str", "repr", "iter", "len"):
                continue
            self.lines.append(f"    def __{_UNARY[form]}__(self): return {self.result(_UNARY[form])}")
        if self.chance(30):
            self.lines.append(
                f"    def __getattr__(self, name): return ('ga{i}', name) if name != 'zz' else self.n + 1"
            )
        if self.chance(20):
            self.lines.append("    def __contains__(self, v): return v")
        if self.chance(20):
            self.lines.append("    def __getitem__(self, k): return [4, 5][k]")
        if self.chance(20):
            self.lines.append(f"    def __eq__(self, o): return type(o).__name__ == 'K{i}'")
        if self.chance(50):
            inner = "super().m(v)" if bases and self.chance(70) else "v"
            self.lines.append(f"    def m(self, v=0): return ('m{i}', {inner}, self.c)")
        if self.chance(30):
            self.lines.append(f"    @property\n    def p(self): return ('p{i}', self.n)")
            if self.chance(50):
                self.lines.append("    @p.setter\n    def p(self, v): self.n = v")
        if self.chance(30):
            self.lines.append("    @classmethod\n    def k(cls, *a): return (cls.__name__, a)")
        if self.chance(20):
            self.lines.append("    @staticmethod\n    def s(*a): return a")
        if self.chance(25):
            inner = "super().__init__(*a)" if bases else "pass"
            self.lines.append(f"    def __init__(self, *a):\n        {inner}\n        self.a = a")

    def step(self) -> str:
        x, y = self.one(self.objects), self.one([*self.objects, *self.objects, "1", "'a'", "[1]", "2.5", "None"])
        if self.chance(20):
            x, y = y, x
        kind = self.random.randrange(9)
        if kind < 2:
            return f"{x} {self.one(list(_OPERATORS))} {y}"
        if kind == 2:
            return f"{x} {self.one(list(_COMPARISONS))} {y}"
        if kind == 3:
            return self.one(list(_UNARY)).replace("x", x)
        if kind == 4:
            return f"{x}.{self.one(['m()', 'm(5)', 'p', 'k(1)', 's(2)', 'c', 'n', 'a', 'q', 'zz'])}"
        if kind == 5:
            return self.one([f"{y} in {x}", f"{x}[1]", f"[*{x}]", f"isinstance({x}, {self.one(self.classes)})", f"'%s' % ({x},)", f"f'{{{x}!r}}'",
                             f"setattr({x}, 'p', 5)", f"getattr({x}, 'q', 'none')", f"hasattr({x}, 'm')", f"delattr({x}, 'n')", f"not {x}"])  # fmt: skip
        if kind == 6:
            return f"ip({x}, {y}, {self.random.randrange(3)})"
        if kind == 7:
            return f"{self.one(self.classes)}.{self.one(['m(x0)', 'k()', 's()', 'c', 'p.fget(x0)', '__name__', '__bases__'])}"
        return f"issubclass({self.one(self.classes)}, {self.one(self.classes)})"

    def make(self) -> str:
        count = self.random.randrange(2, 5)
        self.classes = [f"K{i}" for i in range(count)]
        self.objects = [f"x{i}" for i in range(count)]
        self.bare = False
        for i in range(count):
            bases = ""
            if i:
                above = self.one([*self.classes[:i], "", "int", "list", "str", "dict", "tuple", "float"])
                bases = f"({above})" if above else ""
            self.class_body(i, bases)
        for i in range(count):
            self.lines += [
                "try:",
                f"    x{i} = K{i}()",
                "except Exception as e:",
                f"    x{i} = {i}",
                "    print(type(e).__name__, e)",
            ]
        self.lines += [
            "def ip(a, b, k):",
            "    if k == 0: a += b",
            "    elif k == 1: a -= b",
            "    else: a &= b",
            "    return a",
        ]
        return self.program(25, self.step)


GRAMMARS: dict[str, type[Text | Formats | Calls | Containers | Classes]] = {
    "text": Text,
    "formats": Formats,
    "calls": Calls,
    "containers": Containers,
    "classes": Classes,
}
