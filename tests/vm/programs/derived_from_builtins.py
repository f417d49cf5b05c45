# SPDX-License-Identifier: Apache-2.0
class L(list):
    def __init__(self, *a):
        super().__init__(a)
        self.name = 'n'
    def total(self): return sum(self)
    def append(self, x):
        print('append', x)
        super().append(x)
    def __getitem__(self, i):
        print('get', i)
        return super().__getitem__(i)
l = L(1, 2, 3)
print(l, len(l), l.total(), l.name, l[0], l[1:], isinstance(l, list), type(l).__name__, type(l) is list, l == [1, 2, 3], [1, 2, 3] == l)
l.append(4); l.extend([5]); l += [6]
print(l, list(l), l + [1], type(l + [1]) is list, l * 2, 3 in l, l.index(2), sorted(l, reverse=True), l.copy(), type(l.copy()) is L)
for x in l: print(x, end=' ')
print(l.pop(), l.__dict__, bool(l), bool(L()), max(l))
del l[0]; l[0] = 9; print(l, repr(l), str(l), f"{l}")
class P(list): pass
p = P([1, 2]); p.x = 5; print(p, p.x, P(), P('ab'), P(range(3)))
try: hash(p)
except TypeError as e: print(e)
try: P(1)
except TypeError as e: print(e)
try: P(1, 2)
except TypeError as e: print(e)
class Len(list):
    def __len__(self): return 99
    def __contains__(self, x): return x == 'magic'
    def __iter__(self): return iter('xyz')
    def __repr__(self): return 'Len()'
    def __eq__(self, o): return 'eq'
    def __add__(self, o): return 'add'
    def __radd__(self, o): return 'radd'
    def __bool__(self): return False
q = Len([1, 2])
print(len(q), 1 in q, 'magic' in q, list(q), q, [q], q == 1, q + [1], [1] + q, bool(q), q[0], tuple(q), sorted(q), [*q])
a, b, c = q; print(a, b, c)
class D(dict):
    def __missing__(self, k):
        return 'missing ' + str(k)
    def __setitem__(self, k, v):
        print('set', k, v)
        super().__setitem__(k, v)
    def __getattr__(self, n):
        if n in self: return self[n]
        raise AttributeError(n)
d = D(a=1)
d['b'] = 2
print(d, d['a'], d['zz'], d.get('zz'), d.a, len(d), list(d), list(d.items()), 'a' in d, d == {'a': 1, 'b': 2}, isinstance(d, dict))
try: d.q
except AttributeError as e: print(e)
d.update(c=3); print(d, sorted(d), d.pop('a'), {**d}, dict(d), type(dict(d)) is dict)
print(d | {'z': 1}, d.setdefault('y', 5), d.keys(), d.values())
del d['b']; print(d)
class OD(dict):
    def __init__(self, *a, **k):
        super().__init__(*a, **k)
        self.extra = 'e'
    def __getitem__(self, k): return ('got', dict.__getitem__(self, k))
    def __delitem__(self, k): print('del', k); dict.__delitem__(self, k)
    def __contains__(self, k): return True
    def keys(self): return ['fake']
o = OD([(1, 2)], x=3)
print(o, o[1], o['x'], o.extra, 5 in o, o.keys())
del o[1]; print(o)
try: o['nokey']
except KeyError as e: print(repr(e))
class I(int):
    def __add__(self, o): return I(int(self) + int(o) + 100)
    def __repr__(self): return f'I({int(self)})'
    def double(self): return self * 2
i = I(5)
print(i, repr(i), i + 1, 1 + i, i - 1, i * 2, i.double(), type(i.double()) is int, i == 5, 5 == i, i < 6, hash(i) == hash(5), {5: 'a'}[i], [1, 2, 3, 4, 5, 6][i], range(i), int(i), float(i), abs(I(-3)), -i, bool(I(0)), bool(i), i.real, i.bit_length(), isinstance(i, int), str(i), '%d' % i, f'{i:03d}', I('12'), I('ff', 16), I(3.7), I(), max(i, 3))
class Flags(int):
    def __new__(cls, v): return int.__new__(cls, v & 0xff)
    def __or__(self, o): return Flags(int(self) | int(o))
    def __str__(self): return 'F%d' % int(self)
print(Flags(0x1ff), Flags(1) | 2, str(Flags(3)), Flags(7) & 2, ~Flags(1))
x = I(3); x.attr = 'at'; print(x.attr, x.__dict__)
class Pt(tuple):
    def __new__(cls, x, y): return tuple.__new__(cls, (x, y))
    @property
    def x(self): return self[0]
    @property
    def y(self): return self[1]
    def __add__(self, o): return Pt(self.x + o.x, self.y + o.y)
    def __repr__(self): return 'Pt(%d, %d)' % self
p = Pt(1, 2)
print(p, p.x, p.y, p + Pt(3, 4), len(p), p == (1, 2), hash(p) == hash((1, 2)), p[0], p[:], type(p[:]) is tuple, list(p), isinstance(p, tuple), {(1, 2): 'k'}[p], 1 in p, p.count(1), tuple(p), type(tuple(p)) is tuple, p * 2, sorted([Pt(2, 1), Pt(1, 2)]))
a, b = p; print(a, b)
class T2(tuple): pass
print(T2(), T2([1, 2]), T2((1,)) + (2,), T2('ab'))
p.z = 1; print(p.z)
class MS(set):
    def add(self, x): print('adding', x); super().add(x)
m = MS([1, 2]); m.add(3); m.q = 1
print(m, len(m), 2 in m, m | {9}, sorted(m), m == {1, 2, 3}, isinstance(m, set), m.q, MS())
class FS(frozenset): pass
print(FS([1]), FS([1]) == {1}, hash(FS([1])) == hash(frozenset([1])), FS(), {FS([1]): 2}[frozenset({1})])
class B(bytes):
    def hello(self): return b'hello ' + self
print(B(b'x'), B(b'x').hello(), len(B(3)), B(b'ab')[0], B(b'ab') == b'ab', isinstance(B(), bytes))
class BA(bytearray): pass
ba = BA(b'abc'); ba.append(100); ba.z = 3; print(ba, ba.z, ba[0], len(ba))
class MyKey(KeyError, AttributeError): pass
try: raise MyKey('k')
except AttributeError as e: print('attr', e)
try: raise MyKey('k')
except KeyError as e: print('key', e)
class A:
    def f(self): return 'A'
    def g(self): return 'Ag'
class B(A):
    def f(self): return 'B' + super().f()
class C(A):
    def f(self): return 'C' + super().f()
    def g(self): return 'Cg'
class D(B, C):
    def f(self): return 'D' + super().f()
d = D()
print(d.f(), d.g(), [c.__name__ for c in D.__mro__], D.__bases__, D.__base__, isinstance(d, C), issubclass(D, A))
class E(D): pass
print(E().f(), [c.__name__ for c in E.__mro__], E.__bases__)
try:
    class X(A, B): pass
except TypeError as e: print(e)
try:
    class X(A, A): pass
except TypeError as e: print(e)
try:
    class X(list, dict): pass
except TypeError as e: print(e)
try:
    class X(int, str): pass
except TypeError as e: print(e)
class Mix:
    def __init__(self, *a, **k):
        print('Mix', a, k)
        super().__init__(*a, **k)
    def hello(self): return 'hello from ' + type(self).__name__
class Base:
    def __init__(self, x): self.x = x
class M(Mix, Base):
    def __init__(self, x, y):
        super().__init__(x)
        self.y = y
m = M(1, 2)
print(m.x, m.y, m.hello(), m.__dict__)
class ML(Mix, list): pass
ml = ML([1, 2]); print(ml, len(ml), ml.hello())
class P1:
    def __init__(self): self.a = 1; super().__init__()
class P2:
    def __init__(self): self.b = 2; super().__init__()
class P3(P1, P2):
    def __init__(self): super().__init__(); self.c = 3
p = P3(); print(p.a, p.b, p.c, sorted(p.__dict__.items()))
class P4(P2, P1):
    def __init__(self): self.b = 'x'; super().__init__()
p = P4(); print(p.a, p.b)
class Log:
    def log(self, m): print('log', m)
class Loud(Log, Exception): pass
try: raise Loud('x')
except Exception as e: e.log(e)
class V1: v = 1
class V2: v = 2; w = 3
class V3(V1, V2): pass
print(V3.v, V3.w, V3().v)
V1.z = 'later'; print(V3.z)
class F1:
    @classmethod
    def make(cls): return cls.__name__
    @staticmethod
    def st(): return 'st'
    @property
    def pr(self): return 'pr'
class F2(V1, F1): pass
print(F2.make(), F2.st(), F2().pr, F2().make())
class A:
    def __init__(self): self.x = 1
    def __setattr__(self, n, v):
        print('setattr', n, v)
        super().__setattr__(n, v)
    def __delattr__(self, n):
        print('delattr', n)
        object.__delattr__(self, n)
    def __getattr__(self, n):
        print('getattr', n)
        if n == 'bad': raise AttributeError('no ' + n)
        return n * 2
a = A()
a.x = 2; a.y = 3
print(a.x, a.y, a.z)
del a.x
print(a.x)
try: a.bad
except AttributeError as e: print(e)
print(hasattr(a, 'bad'), hasattr(a, 'q'), getattr(a, 'bad', 'dflt'))
setattr(a, 'k', 1); print(a.k)
class G:
    def __init__(self): self.v = 1
    def __getattribute__(self, n):
        print('ga', n)
        if n == 'v2': return 'v2!'
        return object.__getattribute__(self, n)
    def m(self): return self.v
g = G(); print(g.v, g.v2, g.m())
try: g.nope
except AttributeError as e: print(e)
class Desc:
    def __init__(self, n): self.n = n
    def __get__(self, o, t): print('get', self.n, o is None, t.__name__); return self.n
    def __set__(self, o, v): print('set', self.n, v)
    def __delete__(self, o): print('delete', self.n)
    def __set_name__(self, owner, name): print('set_name', owner.__name__, name)
class NonData:
    def __get__(self, o, t=None): return 'nd'
class H:
    a = Desc('a')
    b = NonData()
    def __init__(self): self.a = 5; self.q = 1
h = H()
print(h.a, H.a, h.b)
h.a = 7; del h.a
h.b = 'own'; print(h.b)
class Typed:
    def __set_name__(self, owner, name): self.name = '_' + name
    def __get__(self, o, t): return self if o is None else getattr(o, self.name)
    def __set__(self, o, v):
        if not isinstance(v, int): raise TypeError('int wanted')
        setattr(o, self.name, v)
class J:
    x = Typed(); y = Typed()
    def __init__(self, x, y): self.x, self.y = x, y
j = J(1, 2); print(j.x + j.y)
try: j.x = 'a'
except TypeError as e: print(e)
class N:
    def __new__(cls, *a, **k):
        print('new', a, k)
        o = object.__new__(cls)
        o.made = True
        return o
    def __init__(self, x=0, y=0): print('init', x, y)
n = N(1, y=2); print(n.made)
class Single:
    inst = None
    def __new__(cls):
        if cls.inst is None: cls.inst = super().__new__(cls)
        return cls.inst
print(Single() is Single())
class Other:
    def __new__(cls): return 5
    def __init__(self): print('never')
print(Other())
class Sub(N): pass
Sub()
class Cached:
    c = {}
    def __new__(cls, k):
        if k not in cls.c: cls.c[k] = super().__new__(cls)
        return cls.c[k]
    def __init__(self, k): self.k = k
print(Cached(1) is Cached(1), Cached(2).k)
class S:
    __slots__ = ('a', 'b')
    def __init__(self): self.a = 1
s = S(); s.b = 2; print(s.a, s.b)
try: s.c = 3
except AttributeError as e: print(e)
try: del s.a; s.a
except AttributeError as e: print(e)
class S2(S): pass
s = S2(); s.c = 5; print(s.c)
class S3:
    __slots__ = ['x']
try: S3().x
except AttributeError as e: print(e)
try: S3().y = 1
except AttributeError as e: print(e)
class Reg:
    subs = []
    def __init_subclass__(cls, **kw):
        super().__init_subclass__()
        cls.subs.append((cls.__name__, kw))
class R1(Reg): pass
class R2(Reg, key=5): pass
print(Reg.subs)


bases = ()


class OfNoBases(*bases):
    def __init__(self):
        self.x = 1


class OfSome(*(OfNoBases, dict)):
    pass


print(OfNoBases.__bases__, OfNoBases().x, OfNoBases.missing if hasattr(OfNoBases, "missing") else None)
print(OfSome.__bases__, OfSome().x)
