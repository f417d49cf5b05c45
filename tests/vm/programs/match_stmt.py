# SPDX-License-Identifier: Apache-2.0
class P:
    __match_args__ = ('x', 'y')
    def __init__(self, x, y): self.x = x; self.y = y
class Q:
    def __init__(self, a): self.a = a
def f(v):
    match v:
        case 0: return 'zero'
        case 1 | 2 | 3: return 'small'
        case -1: return 'neg'
        case True: return 'never'
        case None: return 'none'
        case 'a' | 'b' as s: return 'str ' + s
        case 1.5: return 'float'
        case int(n) if n > 100: return f'big {n}'
        case int(): return 'int'
        case str(s): return f's {s}'
        case []: return 'empty'
        case [x]: return f'one {x}'
        case [1, *rest]: return f'1.. {rest}'
        case (x, y): return f'two {x} {y}'
        case [first, *_, last]: return f'{first}..{last}'
        case {'k': v2, **rest}: return f'k {v2} {rest}'
        case {'z': [a, b]}: return f'z {a} {b}'
        case {}: return 'dict'
        case P(0, 0): return 'origin'
        case P(x, y=0): return f'x axis {x}'
        case P(x, y) if x == y: return f'diag {x}'
        case P(x=x): return f'P {x}'
        case Q(a=[b, c]): return f'Q {b} {c}'
        case Q(a=P(x, _)): return f'QP {x}'
        case _: return 'other'
for v in (0, 2, -1, True, None, 'a', 'q', 1.5, 500, 50, [], [7], [1, 2, 3], (5, 6), [9, 8, 7], (1,), range(3), {'k': 1, 'm': 2}, {'z': [1, 2]}, {'q': 1}, P(0, 0), P(1, 0), P(2, 2), P(2, 3), Q([1, 2]), Q(P(5, 6)), Q(1), 2.5, b'x', 'b', {}, {'z': 1}):
    print(f(v))
x = 5
match x:
    case y: print(y)
print(y)
match (1, 2):
    case (a, 3): print('no')
    case (1, b): print('b', b)
try: a
except NameError as e: print(e)
import sys
class C: RED = 1; BLUE = 2
match 2:
    case C.RED: print('red')
    case C.BLUE: print('blue')
try:
    match P(1, 2):
        case P(1, 2, 3): pass
except TypeError as e: print(e)
try:
    match 5:
        case x(): pass
except TypeError as e: print(e)
match [1, [2, {'a': (3, 4)}]]:
    case [a, [b, {'a': (c, d)}]]: print(a, b, c, d)
match 'abc':
    case [a, b, c]: print('no')
    case 'abc': print('str')
for i in range(5):
    match i:
        case 1: continue
        case 3: break
        case n: print('n', n)


class Pt:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


class Whole(int):
    pass


class Keys:
    a = b = "a"


def refused(number, subject, args=("x",)):
    class N:
        __match_args__ = args

    try:
        match subject:
            case Pt(1, 2, 3) if number == 1:
                print("no")
            case Pt(1, x=1) if number == 2:
                print("guarded")
            case int(1, 2) if number == 3:
                print("no")
        match N():
            case N(1):
                print("no")
            case N():
                print("an N")
    except TypeError as e:
        print(number, e)


refused(1, Pt(1, 2))
refused(3, 5)
refused(4, None, (1,))
refused(5, None, "x")
refused(6, None)
try:
    match Pt(1, 2):
        case Pt(1, x=1):
            print("no")
except TypeError as e:
    print(e)
match Whole(7):
    case Whole(n):
        print(n)
for subject in ({"a": 1}, {"a": 1, "b": 2}):
    try:
        match subject:
            case {Keys.a: 1, Keys.b: 1}:
                print("no")
            case _:
                print("other")
    except ValueError as e:
        print(e)
