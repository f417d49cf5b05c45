# SPDX-License-Identifier: Apache-2.0
"""What programs ask about objects and change in them from behind: __dict__, __class__, __annotations__, notes, unions, descriptors by name."""
def f(a, b: int, *c: 'x', d: str = 'q', **e: float) -> None: pass
print(f.__annotations__)
def g(): pass
print(g.__annotations__)
class A:
    x: int
    y: str = 'a'
    def m(self, z: int): return super().__repr__()
    if True:
        w: int = 1
print(A.__annotations__, A().m.__annotations__, A.m.__annotations__)
class B(A): pass
print(B.__annotations__)
q: int = 3
print(__annotations__)
f.__annotations__['zz'] = 1
print(f.__annotations__)
def outer():
    def inner(a: q) -> A: return a
    return inner
print(outer().__annotations__)
@staticmethod
def dd(a: int): return a
print(dd.__annotations__ if hasattr(dd, '__annotations__') else None)
class C:
    def __init__(self): self.a = 1; self.b = 2
    @property
    def p(self): return self.__dict__.get('p', 'none')
    @p.setter
    def p(self, v): self.__dict__['p'] = v
c = C(); print(c.p); c.p = 5; print(c.p, c.__dict__)
d = c.__dict__; d['new'] = 1; d.update(x=1, y=2); d.pop('a'); del d['b']; d.setdefault('z', 9)
print(c.new, c.x, c.y, c.z, hasattr(c, 'a'), hasattr(c, 'b'), c.__dict__)
d.popitem(); print(hasattr(c, 'z')); d |= {'k': 3}; print(c.k); d.clear(); print(c.__dict__)
def ff(): pass
ff.__dict__.update(author='x'); print(ff.author, ff.__dict__); del ff.__dict__['author']; print(hasattr(ff, 'author'))
x: int | None = 3
U = int | str | None
print(U, isinstance(3, U), isinstance(None, U), isinstance(1.5, U), issubclass(int, U), U.__args__, int | int, str | U)
try: 1 | int
except TypeError as e: print(e)
import sys
def nested():
    try: raise ValueError('q')
    except ValueError:
        print(sys.exc_info()[0], sys.exc_info()[1].args)
        inner2()
    print(sys.exc_info())
def inner2(): print(sys.exc_info()[:2])
nested()
class D:
    def __set_name__(self, o, n): 1/0
try:
    class E: d = D()
except RuntimeError as e: print(e, repr(e.__cause__))
try:
    try: raise TypeError(1)
    except Exception as e:
        a = ValueError(2)
        try: raise KeyError(3)
        except KeyError as k:
            e.__context__ = k; k.__context__ = e
            raise a
except ValueError as v: print(repr(v.__context__), repr(v.__context__.__context__))
e = ValueError('m'); e.add_note('n1'); e.add_note('n2'); print(e.__notes__, e)
try: e.add_note(3)
except TypeError as t: print(t)
def outer3():
    global glob
    def glob(): pass
    class K: pass
outer3(); print(glob.__qualname__)
print(IOError is OSError, EnvironmentError)
try: object(1)
except TypeError as e: print(e)
try: object(a=1)
except TypeError as e: print(e)
class P:
    def __init__(self): self.q = 1
class Q:
    def __init__(self): self.z = 1; self.q = 2
    def hi(self): return self.q
p = P(); p.__class__ = Q; print(type(p).__name__, p.hi(), p.__dict__); p.z = 4; print(p.z)
try: p.__class__ = 3
except TypeError as e: print(e)
try: p.__class__ = int
except TypeError as e: print(e)
print(P.__get__ if hasattr(P, '__get__') else 'no')
print(C.p.__get__(C()), C.p.__get__(None, C) is C.p)
f2 = (lambda s: s).__get__(7); print(f2())

print((lambda *a, **k: (a, k)).__call__(1, b=2))
class Once:
    n = 0
    def __bool__(self): Once.n += 1; return False
def cell():
    v = 1
    def get(): return v
    return get
print(cell().__closure__[0].cell_contents, cell.__closure__, callable(staticmethod(len)), callable(classmethod(len)))
class W:
    @staticmethod
    def s(): "doc s"
    @classmethod
    def c(cls): return cls.__name__
    @property
    def p(self): "doc p"; return 1
print(W.__dict__['s'].__wrapped__.__name__, W.__dict__['c'].__get__(None, W)(), W.p.__doc__, W.p.fget.__name__)
L = list[int]; print(L([1, 2]), isinstance({}, dict))
class Typed(dict[str, int]): pass
print(Typed(a=1))

class S:
    __slots__ = ('a',)
    b = 1
def s1(): S().b = 2
def s2(): del S().b
def s3(): del S().zz
def s4(): S().__dict__
def s5(): object().__dict__
class F:
    def __init__(self, *a): super().__init__(*a)
def s6(): F(1)
for f in (s1, s2, s3, s4, s5, s6):
    try: print(f())
    except Exception as e: print(f.__name__, type(e).__name__, e)
class MadeInto:
    def __new__(cls, arg):
        return object.__new__(Made) if isinstance(arg, int) else object.__new__(cls)
class Made(MadeInto):
    def __init__(self, arg): self.foo = arg
print(type(MadeInto(1)).__name__, MadeInto(1).foo, Made(2).foo, type(MadeInto("a")).__name__)
class S:
    __slots__ = ('a', '__dict__')
s = S(); s.a = 1; s.b = 2; print(s.a, s.b, s.__dict__["b"])
print(issubclass(int, (str, (bytes, (int,)))), issubclass(bool, int | str))
class P:
    def g(self): "g"
    p = property(g, doc='docp'); q = property(g, None, None, 'docq'); r = property(g)
print(P.p.__doc__, P.q.__doc__, P.r.__doc__)
X = type('X', (P,), {})
print(X.__annotations__); X.__annotations__['a'] = 1; print(X.__annotations__, len.__qualname__)
def o():
    global g2
    def g2():
        def h(): pass
        return h
o(); print(g2().__qualname__)
def f3():
    (nsg): int
    print(nsg)
try: f3()
except NameError as e: print(type(e).__name__, e)
e = ValueError()
for n in ('__cause__', '__context__'):
    try: setattr(e, n, 5)
    except TypeError as t: print(t)
try: e.with_traceback(5)
except TypeError as t: print(t)
class E1:
    def __new__(cls, *a, **k): return super().__new__(cls, *a, **k)
for f in (lambda: E1(1), lambda: object.__new__(P, 4), lambda: MadeInto.__new__(MadeInto)):
    try: f()
    except TypeError as t: print(t)
print(FutureWarning.__mro__[1], UnicodeTranslateError.__bases__)
try: exit(3)
except SystemExit as e: print(e.code)
