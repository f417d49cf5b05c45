class M(type):
    def __new__(mcls, name, bases, ns, **kw):
        print("new", mcls.__name__, name, [b.__name__ for b in bases], sorted(k for k in ns), kw)
        cls = super().__new__(mcls, name, bases, ns)
        cls.tag = name.lower()
        return cls

    def __init__(cls, name, bases, ns, **kw):
        print("init", cls.__name__, kw)
        super().__init__(name, bases, ns)
        cls.count = 0

    def __call__(cls, *args, **kw):
        print("call", cls.__name__, args, kw)
        cls.count += 1
        return super().__call__(*args, **kw)

    def __len__(cls):
        return 42

    def __iter__(cls):
        return iter([1, 2, 3])

    def __getitem__(cls, k):
        return ("item", k)

    def __contains__(cls, x):
        return x == 7

    def __repr__(cls):
        return "<M " + cls.__name__ + ">"

    def hello(cls):
        return "hello from " + cls.__name__

    @property
    def prop(cls):
        return "prop of " + cls.__name__

    def __getattr__(cls, name):
        if name.startswith("magic"):
            return name + "!"
        raise AttributeError(name)


class A(metaclass=M):
    x = 1

    def __init__(self, v=0):
        self.v = v

    def m(self):
        return __class__


class B(A, flavour="sweet"):
    y = 2

    def __init__(self, v):
        super().__init__(v + 1)


print(A, B, type(A), type(B), type(M), isinstance(A, M), isinstance(A, type), isinstance(B(1), A))
print(len(A), list(A), A["k"], 7 in A, 8 in A, A.hello(), B.hello(), A.prop, A.magic1)
print(A(5).v, B(5).v, A.count, B.count, A.tag, B.tag)
try:
    A().hello
except AttributeError as e:
    print(e)
try:
    A.nothing
except AttributeError as e:
    print(e)
print(A().m() is A, B(1).m() is A)
print(A.__class__, B.__mro__, B.mro(), type(A).__mro__)
print(A == A, A != B, hash(A) == hash(A), {A: 1}[A], bool(A))
C = M("C", (A,), {"z": 3})
print(C, C.z, C.x, C(9).v, C.tag)
D = type("D", (B,), {"q": 4})
print(D, type(D), D.q)


class M1(type):
    pass


class M2(type):
    pass


class X1(metaclass=M1):
    pass


class X2(metaclass=M2):
    pass


try:

    class X3(X1, X2):
        pass
except TypeError as e:
    print(e)


class Meta(type):
    @classmethod
    def __prepare__(mcls, name, bases, **kw):
        print("prepare", name, bases, kw)
        return {"injected": 99, "rec": []}

    def __instancecheck__(cls, x):
        print("instancecheck", cls.__name__)
        return x == 3 or super().__instancecheck__(x)

    def __subclasscheck__(cls, x):
        return x is int or super().__subclasscheck__(x)


class P(metaclass=Meta):
    rec.append(injected)
    rec.append(injected + 1)
    w = injected

    def f(self):
        return 1


print(
    P.w,
    P.rec,
    P.injected,
    isinstance(3, P),
    isinstance(4, P),
    isinstance(P(), P),
    issubclass(int, P),
    issubclass(str, P),
    issubclass(P, P),
)


class Singleton(type):
    instances = {}

    def __call__(cls, *args, **kwargs):
        if cls not in cls.instances:
            cls.instances[cls] = super().__call__(*args, **kwargs)
        return cls.instances[cls]


class Conf(metaclass=Singleton):
    def __init__(self, a, b=2):
        self.a = a
        self.b = b


print(Conf(1) is Conf(2), Conf(5).a, Conf(5).b)


class Reg(type):
    def __init__(cls, name, bases, ns):
        if not hasattr(cls, "reg"):
            cls.reg = {}
        else:
            cls.reg[name] = cls


class Base(metaclass=Reg):
    pass


class P1(Base):
    pass


class P2(Base):
    pass


print(sorted(Base.reg), Base.reg["P1"] is P1)


class SetA(type):
    def __setattr__(cls, name, value):
        print("set", name)
        super().__setattr__(name, value)

    def __delattr__(cls, name):
        print("del", name)
        super().__delattr__(name)


class S(metaclass=SetA):
    a = 1


S.a = 2
S.b = 3
del S.b
print(S.a, hasattr(S, "b"))


def fmeta(name, bases, ns):
    print("function metaclass", name, bases, sorted(k for k in ns if not k.startswith("__")))
    return name.upper()


class F(metaclass=fmeta):
    a = 1


print(F)


class IS:
    def __init_subclass__(cls, **kw):
        print("init_subclass", cls.__name__, kw)


class IS2(IS, a=1, **{"b": 2}):
    pass
