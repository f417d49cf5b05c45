# SPDX-License-Identifier: Apache-2.0
def f(a, b=2, *args, c, d=4, **kw): return a, b, args, c, d, kw
print(f(1, c=3), f(1, 2, 3, 4, c=5, d=6, e=7), f(*[1, 2], c=1, **{'z': 1}), f(*(1,), *[2, 3], **{'c': 1}, **{'q': 2}))
def g(a, /, b, *, c=1): return a, b, c
print(g(1, 2), g(1, b=2, c=3))
def h(*a, **k): return a, k
print(h(), h(1, x=2), h(*range(3), 5, *'ab', k=1, **dict(m=2)))
for call in ("f()", "f(1)", "f(1, a=2, c=1)", "g(1)", "g(a=1, b=2)", "g(1, 2, 3)", "g(1, 2, d=4)", "g()", "g(1,2,c=3,e=4)", "g(1, 2, 3, 4)"): pass
def tryit(fn):
    try: print(fn())
    except TypeError as e: print(e)
tryit(lambda: f())
tryit(lambda: f(1))
tryit(lambda: f(1, a=2, c=1))
tryit(lambda: g(1))
tryit(lambda: g(a=1, b=2))
tryit(lambda: g(1, 2, 3))
tryit(lambda: g(1, 2, d=4))
tryit(lambda: g())
tryit(lambda: g(1, 2, c=3, e=4))
tryit(lambda: g(1, 2, 3, 4))
tryit(lambda: h(**{1: 2}))
tryit(lambda: h(*1))
tryit(lambda: h(**1))
tryit(lambda: h(x=1, **{'x': 2}))
tryit(lambda: f(1, **{'a': 1, 'c': 2}))
def k(): pass
def k1(a): pass
def k2(a, b): pass
def k3(a, b, c): pass
def kd(a, b=1): pass
def kk(*, a, b, c): pass
tryit(lambda: k(1)); tryit(lambda: k(1, 2)); tryit(lambda: k(x=1)); tryit(lambda: k1()); tryit(lambda: k1(1, 2)); tryit(lambda: k2(1)); tryit(lambda: k2()); tryit(lambda: k3()); tryit(lambda: k3(1)); tryit(lambda: kd()); tryit(lambda: kd(1, 2, 3)); tryit(lambda: kk()); tryit(lambda: kk(a=1)); tryit(lambda: kk(1, a=1, b=2, c=3)); tryit(lambda: kk(a=1, b=2, c=3, d=4))
class M:
    def m(self, a): pass
    @staticmethod
    def s(a): pass
    @classmethod
    def c(cls, a): pass
    def noself(): pass
tryit(lambda: M().m()); tryit(lambda: M().m(1, 2)); tryit(lambda: M.m()); tryit(lambda: M.s()); tryit(lambda: M.c()); tryit(lambda: M().noself()); tryit(lambda: M(1)); tryit(lambda: M(x=1))
class M2:
    def __init__(self, a): pass
tryit(lambda: M2()); tryit(lambda: M2(1, 2)); tryit(lambda: M2(b=1))
class M3:
    def __init__(self): return 1
tryit(lambda: M3())
def defaults(x, l=[]): l.append(x); return l
print(defaults(1), defaults(2))
def mk():
    fs = []
    for i in range(3):
        def f(x, i=i): return x * i
        fs.append(f)
    return fs
print([f(10) for f in mk()])
fs = [lambda: i for i in range(3)]
print([f() for f in fs])
def counter():
    n = 0
    def inc():
        nonlocal n
        n += 1
        return n
    def get(): return n
    return inc, get
i, g = counter()
i(); i()
print(g())
def outer():
    x = 1
    def mid():
        def inner():
            nonlocal x
            x += 1
            return x
        return inner
    f = mid()
    return f(), f(), x
print(outer())
def unb():
    print(q)
    q = 1
try: unb()
except UnboundLocalError as e: print(e)
def unb2():
    def f(): return z
    try: f()
    except NameError as e: print(e)
    z = 1
    print(f())
    del z
    try: f()
    except NameError as e: print(e)
    try: z
    except NameError as e: print(type(e).__name__, e)
unb2()
try: undefined_name
except NameError as e: print(e)
x = 1
del x
try: x
except NameError as e: print(e)
try:
    del x
except NameError as e: print(e)
def dl():
    a = 1
    del a
    try: a
    except UnboundLocalError as e: print(e)
    try:
        del a
    except UnboundLocalError as e: print(e)
dl()
def r(n): return 0 if n == 0 else 1 + r(n - 1)
print(r(200))
def inf(): return inf()
try: inf()
except RecursionError as e: print(e)
try: inf()
except RuntimeError as e: print(type(e).__name__)
class A:
    def __getattr__(self, n): return getattr(self, n + 'x')
try: A().y
except RecursionError as e: print('rec')
class B:
    def __repr__(self): return repr(self)
try: repr(B())
except RecursionError as e: print('rec2')
class C:
    def __eq__(self, o): return self == o
try: C() == 1
except RecursionError as e: print('rec3')
a, *b, c = range(5); print(a, b, c)
*a, = 'abc'; print(a)
a, (b, *c), d = 1, (2, 3, 4), 5; print(a, b, c, d)
[a, b] = [1, 2]; print(a, b)
(a), b = 1, 2
for a, *b in [(1, 2, 3), 'xyz']: print(a, b)
def t(f):
    try: f()
    except (ValueError, TypeError) as e: print(type(e).__name__, e)
def u1(): a, b = 1,
def u2(): a, b = 1, 2, 3
def u3(): a, *b, c = 1,
def u4(): a, b = 1
def u5(): a, b = None
def u6(): (a, b), c = 1, 2
def u7(): a, b = {}
def u8(): a, b, c = 'ab'
def u9(): [] = 1,
def u10(): a, b = iter([1,2,3])
for f in (u1, u2, u3, u4, u5, u6, u7, u8, u9, u10): t(f)
x = [1, 2, 3]
i = 0
i, x[i] = 1, 9
print(i, x)
a = b = c = []
a.append(1); print(c, a is b)
x = [0, 1]
x[0], x[1] = x[1], x[0]
print(x)
print([*range(3), *'ab'], (*[1], 2), {*[1, 2], 3} == {1, 2, 3}, {**{'a': 1}, 'b': 2, **{'a': 3}})
if (n := 5) > 3: print(n)
print([y := 1, y + 1], y)
print([last := i for i in range(3)], last)
while (n := n - 1) > 2: print(n)
print(1 < 2 < 3, 1 < 3 < 2, 1 < 2 > 1 == 1 != 2, 3 > 2 >= 2 in [2])
def f(x): print('f', x); return x
print(f(1) < f(2) < f(3), f(3) < f(2) < f(1))
print(1 if 0 else 2, (lambda x: x if x else 'no')(0))
print(not 1, not [], not not 'a', 1 and 2, 0 or 3, [] and 1, None or 0 or 'z', 1 and 0 or 5)
for i in range(3):
    if i == 5: break
else: print('else')
i = 0
while i < 3: i += 1
else: print('welse', i)
while True:
    break
else: print('no')
for i in range(10):
    if i % 2: continue
    if i > 6: break
    print(i, end=' ')
print(i)
for x in []: pass
else: print('empty else')
assert True, 'no'
try: assert False
except AssertionError as e: print(repr(e))
try: assert 1 == 2, 'msg %d' % 3
except AssertionError as e: print(repr(e))
try: assert [], ('a', 'b')
except AssertionError as e: print(repr(e), e.args)
for i in range(3):
    for j in range(3):
        if j == 1: break
        print(i, j)
    else: print('never')
l = [1, 2, 3]
for x in l:
    if x < 3 and len(l) < 6: l.append(x * 10)
print(l)
for i in range(3): i = 10
print(i)
for i in range(0): pass
print(i)
r = range(3)
for x in r:
    for y in r: print(x * y, end=',')
print()
for i in range(5, 0, -2): print(i, end=' ')
for i in range(-3, 3, 2): print(i, end=' ')
print()
for a, b in {'x': 1, 'y': 2}.items(): print(a, b)
for i, (a, b) in enumerate(zip('ab', [1, 2])): print(i, a, b)
try:
    for i in 5: pass
except TypeError as e: print(e)
try:
    for i in range(1.0): pass
except TypeError as e: print(e)
try:
    for i in range('a'): pass
except TypeError as e: print(e)
try: range(1, 2, 0)
except ValueError as e: print(e)
try: range()
except TypeError as e: print(e)
try: range(1, 2, 3, 4)
except TypeError as e: print(e)
for x[0] in [[1], [2]] if False else []: pass
class O: pass
o = O()
for o.x in range(3): pass
print(o.x)
d = {}
for d['k'] in 'abc': pass
print(d)
