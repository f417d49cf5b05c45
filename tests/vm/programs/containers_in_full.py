# SPDX-License-Identifier: Apache-2.0
def t(f, *a):
    try: print(f(*a))
    except Exception as e: print(type(e).__name__, e)
a = (1, 2, 3)
t(lambda: a[5]); t(lambda: a['x']); t(lambda: a + [1]); t(lambda: a + 1); t(lambda: a * 2); t(lambda: a.index(9)); t(lambda: a.count(1)); t(lambda: a.foo); t(lambda: a[::-1]); t(lambda: a[1:]); t(lambda: hash(a) == hash((1, 2, 3))); t(lambda: hash(([],))); t(lambda: a < (1, 3)); t(lambda: a == [1, 2, 3]); t(lambda: () == ()); t(lambda: (1,)); t(lambda: ((),)); t(lambda: a.append(1))
def s(): a[0] = 1
t(s)
def s(): del a[0]
t(s)
b = a; b += (4,); print(a, b); print(a * 0, 2 * a, tuple([1]) + (), (1, (2, [3])), (1, 2) > (1,), (1, 2) in [(1, 2)])
print(a.index(2), a.index(3, 1), a.count(5), len(a), 2 in a, max(a), list(a), tuple(a) is a, tuple(range(3)))
a, b = 1, 2; a, b = b, a; print(a, b)
def f(): return 1, 2
print(f(), *f())
print(True + True, True * 3, True & False, True | 1, ~True, -True, True == 1, True is 1 if False else '', bool('False'), bool(0.0), int(True), str(True), True < 2, [10, 20][True], {True: 1}[1], isinstance(True, int), not True, True and 'x', False or 'y')
print(None is None, None == None, None != 1, not None, str(None), repr(None), bool(None), type(None))
print(... is Ellipsis, Ellipsis, repr(...), NotImplemented, bool(...))
def f(): pass
print(f(), f() is None)
print((1).__class__, "a".__class__.__name__, [].__class__ is list)
x = y = 5; print(x is y)
print(1 if None else 2, [None] * 2, (None,), {None: None})
print(__name__ == '__main__')
print(type(f).__name__, type(print).__name__, type(A := 5))
