# SPDX-License-Identifier: Apache-2.0
class C:
    x = 1
    def f(self): return self.x
    y = x + 1
    for i in range(3): z = i
    if True: w = [q for q in range(3)]
print(C.x, C.y, C.z, C.w, C.i, C().f())
c = C()
c.x = 5
print(C.x, c.x, c.f())
del c.x
print(c.x)
try:
    del c.x
except AttributeError as e: print(e)
print(C.__name__, C.__qualname__, C)
print(type(c), type(c).__name__, c.__class__, type(C))
print(isinstance(c, C), isinstance(c, (int, C)), issubclass(C, object), issubclass(C, (int, str)))
print(c.__dict__)
c.a = 1; c.b = 2
print(c.__dict__)
print(hasattr(c, 'a'), hasattr(c, 'q'), getattr(c, 'a'), getattr(c, 'q', 7))
setattr(c, 'q', 9); print(c.q)
delattr(c, 'q'); print(hasattr(c, 'q'))
print('x' in C.__dict__, 'f' in C.__dict__, 'nope' in C.__dict__)
print(C.__bases__, C.__base__, C.__mro__)
class A:
    def __init__(self, x): self.x = x
    def f(self): return 'A.f'
    @classmethod
    def cm(cls): return ('A.cm', cls.__name__)
    @staticmethod
    def sm(): return 'A.sm'
    @property
    def p(self): return 'A.p'
class B(A):
    def __init__(self, x):
        super().__init__(x + 1)
        s = super()
        self.y = s.f()
    def f(self):
        return 'B.' + super().f() + super(B, self).f()
    @classmethod
    def cm(cls): return ('B', super().cm())
    @staticmethod
    def sm(): return 'B.sm ' + super(B, B).sm()
    @property
    def p(self): return 'B.' + super().p
    def g(self):
        def inner(): return super(B, self).f()
        return inner()
    def h(self): return [super(B, self).f() for _ in range(2)]
    def k(self): return (lambda: super(B, self).f())()
b = B(1)
print(b.x, b.y, b.f(), B.cm(), b.cm(), b.p, B.sm(), b.sm(), b.g(), b.h(), b.k())
class Cc(B):
    pass
print(Cc(3).f(), Cc(3).p, Cc.cm())
try:
    super(B, b).nope
except AttributeError as e: print(e)
class I:
    def __init__(self): self.log = []
    def __iadd__(self, o): self.log.append(('+', o)); return self
    def __isub__(self, o): self.log.append(('-', o)); return self
    def __imul__(self, o): self.log.append(('*', o)); return self
    def __itruediv__(self, o): self.log.append(('/', o)); return self
    def __ifloordiv__(self, o): self.log.append(('//', o)); return self
    def __imod__(self, o): self.log.append(('%', o)); return self
    def __ipow__(self, o): self.log.append(('**', o)); return self
    def __ilshift__(self, o): self.log.append(('<<', o)); return self
    def __irshift__(self, o): self.log.append(('>>', o)); return self
    def __iand__(self, o): self.log.append(('&', o)); return self
    def __ior__(self, o): self.log.append(('|', o)); return self
    def __ixor__(self, o): self.log.append(('^', o)); return self
    def __imatmul__(self, o): self.log.append(('@', o)); return self
i = I()
i += 1; i -= 2; i *= 3; i /= 4; i //= 5; i %= 6; i **= 7; i <<= 8; i >>= 9; i &= 10; i |= 11; i ^= 12; i @= 13
print(i.log)


class Both:
    def __int__(self):
        return 7

    def __index__(self):
        return 2


print("%d %x %i" % (Both(), Both(), Both()))
