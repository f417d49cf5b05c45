# SPDX-License-Identifier: Apache-2.0
# Names of typing at run time.
from typing import List, Dict, Optional, Union, Any, Tuple, TypeVar, Generic, cast, NewType, Callable, TYPE_CHECKING, overload, final, Iterable, Protocol, Sequence
import typing as t
if TYPE_CHECKING:
    from foo import Bar
T = TypeVar('T')
class Stack(Generic[T]):
    def __init__(self) -> None: self.items: List[T] = []
    def push(self, x: T) -> None: self.items.append(x)
    def pop(self) -> T: return self.items.pop()
s: Stack[int] = Stack(); s.push(3); print(s.pop())
s2 = Stack[int](); s2.push(4); print(s2.pop())
Vec = List[float]
def scale(v: Vec, k: float) -> Vec: return [k * x for x in v]
print(scale([1.0, 2.0], 2))
UserId = NewType('UserId', int); print(UserId(5), UserId.__name__)
print(cast(int, 'x'), cast('List[int]', [1]))
Num = Union[int, float]; print(isinstance(3, Num), isinstance('a', Num), isinstance(None, Optional[int]))
Handler = Callable[[int], str]
Table: Dict[str, Handler] = {}
class Shape(Protocol):
    def area(self) -> float: ...
class Sq(Shape):
    def area(self): return 1
print(Sq().area())
@overload
def f(x: int) -> int: ...
@overload
def f(x: str) -> str: ...
def f(x): return x
print(f(1), t.cast(t.Any, 2))
@final
class F: pass
print(F.__name__, T.__name__, repr(T))
class L(List[int]): pass
print(L([1, 2]), isinstance([], List))
Pair = Tuple[T, T]
JSON = Union[Dict[str, 'JSON'], List['JSON'], str, int, None]
print(TYPE_CHECKING, t.TYPE_CHECKING)
if t.TYPE_CHECKING:
    import nowhere
