# SPDX-License-Identifier: Apache-2.0
"""Random programs of nested control flow: every way into and out of loops, try, with and functions, with variables that may be unbound.

They always end: loops are bounded, and everything that may raise is caught and logged somewhere.
"""

from __future__ import annotations

import random

HEAD = """\
log = []
class Boom(Exception):
    pass
class M:
    def __init__(self, k):
        self.k = k
    def __enter__(self):
        log.append(("enter", self.k))
        return self.k
    def __exit__(self, t, v, tb):
        log.append(("exit", self.k, t is not None))
        return self.k % 3 == 0
def boom(k):
    log.append(k)
    if k % 4 == 0:
        raise Boom(k)
    if k % 7 == 0:
        raise ValueError(k)
    return k
"""


# What a caller may do with a generator; in the end it is closed, so that nothing is left to a finalizer.
DRAIN = """\
def drain(g, plan):
    if not hasattr(g, "send"):
        return g
    out = []
    for op in plan:
        try:
            if op == 0:
                out.append(next(g))
            elif op == 1:
                out.append(g.send(len(out)))
            elif op == 2:
                out.append(g.throw(Boom(len(out))))
            elif op == 3:
                out.extend(g)
            elif op == 4:
                out.append(g.close())
            else:
                out.append(g.throw(KeyError))
        except StopIteration as e:
            out.append(("stop", e.value))
        except Exception as e:
            out.append((type(e).__name__, str(e)))
    try:
        g.close()
    except Exception as e:
        out.append((type(e).__name__, str(e)))
    return out
"""


class Generator:
    """Makes one program from a seed; with `lazy`, some of its functions are generators."""

    def __init__(self, seed: int, lazy: bool = False) -> None:
        self.rng = random.Random(seed)
        self.any_lazy = lazy
        self.lazy = False  # the function being made may yield here
        self.lines: list[str] = []
        self.number = 0
        self.functions = 0

    def program(self) -> str:
        for _ in range(3):
            self.function(0, [])
        for i in range(self.functions):
            for argument in (0, 1, 2):
                self.lines += [
                    "try:",
                    f"    log.append(('result', {self.drained(f'f{i}({argument}, {argument + 1})')}))",
                    "except Exception as e:",
                ]
                self.lines += ["    log.append((type(e).__name__, str(e)))"]
        self.lines += ["print(len(log))", "for entry in log:", "    print(entry)"]
        return HEAD + (DRAIN if self.any_lazy else "") + "\n".join(self.lines) + "\n"

    def drained(self, call: str) -> str:
        if not self.any_lazy:
            return call
        return f"drain({call}, {[self.rng.randrange(6) for _ in range(self.rng.randrange(6))]})"

    def next(self) -> int:
        self.number += 1
        return self.number

    def function(self, depth: int, outer: list[str]) -> None:
        pad = "    " * depth
        name = f"f{self.functions}" if depth == 0 else f"g{self.next()}"
        self.functions += depth == 0
        first = "a" if depth == 0 else "p"
        self.lines.append(f"{pad}def {name}({first}, b=2):")
        self.names = [first, "b", "c", "d", "e"]
        if outer and self.rng.random() < 0.6:
            self.lines.append(f"{pad}    nonlocal {(shared := self.rng.choice(outer))}")
            self.names.append(shared)
        self.budget = 30 if depth == 0 else 8
        outside, self.lazy = self.lazy, self.any_lazy and self.rng.random() < 0.7
        yields = self.lazy
        self.block(depth + 1, False, 0)
        self.lines.append(f"{pad}    return {self.expression()}")
        if yields:
            self.lines.append(f"{pad}    yield")
        self.lazy = outside
        if depth and yields and outside and self.rng.random() < 0.7:
            self.lines.append(f"{pad}log.append((yield from {name}({self.rng.randrange(3)})))")
        elif depth:
            self.lines.append(f"{pad}log.append({self.drained(f'{name}({self.rng.randrange(3)})')})")

    def expression(self, level: int = 0) -> str:
        r = self.rng
        if level > 2:
            return r.choice(self.names)
        if self.lazy and r.random() < 0.2:
            return f"(yield {self.expression(level + 1)})"
        return r.choice(
            (
                lambda: r.choice(self.names),
                lambda: str(r.randrange(-300, 300)),
                lambda: f"({self.expression(level + 1)} + {self.expression(level + 1)})",
                lambda: f"({self.expression(level + 1)} * 3 - {r.randrange(9)})",
                lambda: (
                    f"({self.expression(level + 1)} if {self.condition(level + 1)} else {self.expression(level + 1)})"
                ),
                lambda: f"({self.expression(level + 1)} and {self.expression(level + 1)})",
                lambda: f"({self.expression(level + 1)} or {self.expression(level + 1)})",
                lambda: f"boom({self.next()})",
                lambda: f"(d := {self.expression(level + 1)})",
                # Its items use no other names: before 3.12 those would be free variables, worded differently when unbound.
                lambda: (
                    f"sum([q * {r.randrange(9)} + boom(q + {self.next()}) for q in range(3) if q != {r.randrange(3)}])"
                ),
                lambda: f"(lambda z: z + {self.eager(level + 2)})({r.randrange(5)})",
            )
        )()

    def eager(self, level: int) -> str:
        """An expression that does not yield."""
        lazy, self.lazy = self.lazy, False
        text = self.expression(level)
        self.lazy = lazy
        return text

    def condition(self, level: int = 0) -> str:
        r = self.rng
        operator = r.choice(("<", "<=", ">", ">=", "==", "!="))
        return r.choice(
            (
                lambda: f"{self.expression(2)} {operator} {self.expression(2)}",
                lambda: f"{self.expression(2)} {operator} {r.randrange(-5, 5)}",
                lambda: f"{r.randrange(3)} {operator} {self.expression(2)} {operator} {r.randrange(9)}",
                lambda: f"not ({self.condition(level + 1)})" if level < 2 else "a",
                lambda: f"({self.condition(level + 1)} and {self.condition(level + 1)})" if level < 2 else "b",
                lambda: f"({self.condition(level + 1)} or {self.condition(level + 1)})" if level < 2 else "not b",
                lambda: f"{self.expression(2)} is None",
                lambda: f"{self.expression(2)} in (1, 2, 3)",
            )
        )()

    def block(self, depth: int, in_loop: bool, level: int) -> None:
        for _ in range(self.rng.randrange(1, 4)):
            self.statement(depth, in_loop, level)

    def statement(self, depth: int, in_loop: bool, level: int) -> None:
        r, pad = self.rng, "    " * depth
        self.budget -= 1
        simple = ["assign", "assign", "augment", "call", "log", "delete"]
        leaving = ["return"] + (["break", "continue"] * 2 if in_loop else []) + ["raise"]
        nested = ["if", "ifelse", "for", "forrange", "while", "try", "tryfinally", "both", "with", "def"]
        choice = r.choice(simple) if level > 3 or self.budget < 0 or r.random() < 0.45 else r.choice(nested)
        if r.random() < 0.1:
            choice = r.choice(leaving)
        add = self.lines.append
        if choice == "assign":
            add(f"{pad}{r.choice(self.names)} = {self.expression()}")
        elif choice == "augment":
            add(f"{pad}{r.choice(self.names)} {r.choice(('+=', '-=', '*='))} {self.expression(1)}")
        elif choice == "call":
            add(f"{pad}boom({self.next()})")
        elif choice == "log":
            add(f"{pad}log.append(({self.next()}, {self.expression(1)}))")
        elif choice == "delete":
            add(f"{pad}del {r.choice(self.names)}")
        elif choice == "return":
            add(f"{pad}return {self.expression(1)}")
        elif choice in ("break", "continue"):
            add(f"{pad}{choice}")
        elif choice == "raise":
            add(f"{pad}raise {r.choice(('Boom', 'ValueError', 'Boom(1)', 'KeyError(2) from None'))}")
        elif choice in ("if", "ifelse"):
            add(f"{pad}if {self.condition()}:")
            self.block(depth + 1, in_loop, level + 1)
            if choice == "ifelse":
                add(f"{pad}else:")
                self.block(depth + 1, in_loop, level + 1)
        elif choice in ("for", "forrange", "while"):
            self.loop(choice, depth, level)
        elif choice in ("try", "both", "tryfinally"):
            self.try_(choice, depth, in_loop, level)
        elif choice == "with":
            target = f" as {r.choice(self.names)}" if r.random() < 0.5 else ""
            add(f"{pad}with M({self.next()}){target}:")
            self.block(depth + 1, in_loop, level + 1)
        else:
            saved = self.names, self.budget
            self.function(depth, [n for n in self.names if n in "acde"])
            self.names, self.budget = saved

    def loop(self, choice: str, depth: int, level: int) -> None:
        r, pad = self.rng, "    " * depth
        if choice == "forrange":
            self.lines.append(f"{pad}for {r.choice(self.names)} in range({r.randrange(-1, 3)}, {r.randrange(1, 4)}):")
        elif choice == "for":
            target = r.choice((r.choice(self.names), "c, d"))
            items = "[(1, 2), (3, 4)]" if "," in target else "(5, 6, 7)"
            self.lines.append(f"{pad}for {target} in {items}:")
        else:
            count = f"n{self.next()}"
            self.lines += [f"{pad}{count} = 0", f"{pad}while {count} < {r.randrange(4)}:", f"{pad}    {count} += 1"]
        self.block(depth + 1, True, level + 1)
        if r.random() < 0.3:
            self.lines.append(f"{pad}else:")
            self.block(depth + 1, False, level + 1)

    def try_(self, choice: str, depth: int, in_loop: bool, level: int) -> None:
        r, pad = self.rng, "    " * depth
        self.lines.append(f"{pad}try:")
        self.block(depth + 1, in_loop, level + 1)
        if choice != "tryfinally":
            for kind in r.sample(
                ("Boom", "ValueError", "(Boom, KeyError)", "UnboundLocalError", "TypeError"), r.randrange(1, 4)
            ):
                name = f" as {r.choice(self.names)}" if r.random() < 0.4 else ""
                self.lines.append(f"{pad}except {kind}{name}:")
                self.block(depth + 1, in_loop, level + 1)
                if r.random() < 0.15:
                    self.lines.append(f"{pad}    raise")
            if r.random() < 0.3:
                self.lines.append(f"{pad}else:")
                self.block(depth + 1, in_loop, level + 1)
        if choice != "try":
            self.lines.append(f"{pad}finally:")
            lazy, self.lazy = self.lazy, False  # a generator that ignores GeneratorExit is left to CPython's finalizer
            self.block(depth + 1, in_loop, level + 1)
            self.lazy = lazy


def random_program(seed: int, lazy: bool = False) -> str:
    """A program that prints what happened to it."""
    return Generator(seed, lazy).program()
