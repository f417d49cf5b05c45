# SPDX-License-Identifier: Apache-2.0
"""Classes with special methods, derived from each other and from builtin types."""

from __future__ import annotations

from .maker import Maker

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
