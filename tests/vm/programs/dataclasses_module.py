# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass, field, asdict, astuple, replace, fields, is_dataclass, FrozenInstanceError, KW_ONLY
import dataclasses
from typing import List, Optional, ClassVar
@dataclass
class P:
    x: int
    y: int = 2
    tags: List[str] = field(default_factory=list)
    count: ClassVar[int] = 0
    secret: str = field(default='s', repr=False, compare=False)
p = P(1); q = P(1, 2, []); print(p, p == q, p != P(3), p.tags is not q.tags, P.__match_args__)
p.tags.append('a'); print(asdict(p), astuple(p), replace(p, x=9), [f.name for f in fields(P)], is_dataclass(p), is_dataclass(3))
for f in (lambda: P(), lambda: P(1, 2, [], 's', 5), lambda: P(1, z=3), lambda: P(1, x=1), lambda: hash(p), lambda: p < q):
    try: print(f())
    except TypeError as e: print(e)
@dataclass(order=True, frozen=True)
class V:
    a: int
    b: float = 1.5
    def total(self): return self.a + self.b
v = V(1); print(v < V(2), sorted([V(3), V(1)]), hash(v) == hash(V(1)), {v: 1}[V(1)], v.total())
try: v.a = 5
except FrozenInstanceError as e: print(e)
try: del v.a
except AttributeError as e: print(e)
@dataclass
class Base:
    i: int
    def __post_init__(self): self.double = self.i * 2
@dataclass
class D(Base):
    j: Optional[int] = None
    _: KW_ONLY
    k: str = 'k'
d = D(4, k='z'); print(d, d.double, D(1, 2))
match d:
    case D(i, j): print('matched', i, j)
@dataclasses.dataclass(eq=False, repr=False)
class N:
    a: int = 1
print(N() == N(), N().a)
try:
    @dataclass
    class Bad:
        a: int = 1
        b: int
except TypeError as e: print(e)
try:
    @dataclass
    class Bad2:
        a: list = []
except ValueError as e: print(e)
@dataclass
class Node:
    value: int
    children: 'list[Node]' = field(default_factory=list)
print(asdict(Node(1, [Node(2)])))
@dataclass
class Init:
    a: int = field(init=False)
    b: int = field(default=4, init=False)
    def __post_init__(self): self.a = 7
print(Init())


# One that is in itself.
@dataclass
class Link:
    value: int
    other: object = None


link = Link(1)
link.other = Link(2, [link])
print(link)
try:
    print(Link(1, Link(2, type("Broken", (), {"__repr__": lambda self: 1 / 0})())))
except ZeroDivisionError as e:
    print(e)
print(link.other)
