# SPDX-License-Identifier: Apache-2.0
# copy, types and string.
import copy
import string
import types
from string import Template


class Point:
    def __init__(self, x, parts):
        self.x = x
        self.parts = parts


class Own:
    def __copy__(self):
        return "copied"

    def __deepcopy__(self, memo):
        return ["deep", len(memo) >= 0]


class Named(list):
    pass


class Kept:
    def __init__(self):
        self.a, self.b = 1, 2

    def __getstate__(self):
        return {"a": self.a}

    def __setstate__(self, state):
        self.a = state["a"] + 10


class Slotted:
    __slots__ = ("p", "q")


p = Point(1, [1, [2, 3]])
a, b = copy.copy(p), copy.deepcopy(p)
print(type(a).__name__, a.x, a.parts is p.parts, b.parts, b.parts is p.parts, b.parts[1] is p.parts[1])
print(copy.copy(Own()), copy.deepcopy(Own()), copy.copy([1, [2]]), copy.copy({1: 2}), copy.copy({3}), copy.copy(bytearray(b"x")))
n = Named([1, [2]])
n.tag = ["t"]
c, d = copy.copy(n), copy.deepcopy(n)
print(type(c).__name__, c, c.tag is n.tag, type(d).__name__, d, d[1] is n[1], d.tag, d.tag is n.tag)
loop = [1]
loop.append(loop)
twin = [5]
both = [twin, twin, (twin, 1)]
e, f = copy.deepcopy(loop), copy.deepcopy(both)
print(e[1] is e, e is loop, f[0] is f[1], f[2][0] is f[0], f[0] is twin)
k = copy.copy(Kept())
print(k.a, hasattr(k, "b"))
s = Slotted()
s.p = [1]
t = copy.copy(s)
print(t.p, hasattr(t, "q"))
pair = (1, "a")
print(copy.copy(pair) is pair, copy.deepcopy(pair) is pair, copy.deepcopy(([1],)), copy.deepcopy({"k": [1], (1, 2): {3}}))
print(copy.copy(Point) is Point, copy.deepcopy(len) is len, copy.copy(None), copy.deepcopy(1.5), copy.copy("s"), copy.copy(frozenset([1])))
err = copy.copy(ValueError("a", 2))
print(repr(err), copy.deepcopy({1: [2, {3: 4}]}), issubclass(copy.Error, Exception), copy.error is copy.Error)

ns = types.SimpleNamespace(a=1, b="x")
ns.c = [2]
print(ns, ns == types.SimpleNamespace(a=1, b="x", c=[2]), ns == 3, ns.b)
del ns.a
print(ns)
proxy = types.MappingProxyType({"a": 1})
print(proxy, proxy["a"], len(proxy), "a" in proxy, list(proxy), list(proxy.items()), proxy.get("z", 4), proxy == {"a": 1}, proxy | {"b": 2})
try:
    proxy["a"] = 2
except TypeError:
    print("no assignment")


def gen():
    yield 1


print(type(gen) is types.FunctionType, isinstance(lambda: 1, types.LambdaType), isinstance(gen(), types.GeneratorType))
print(isinstance(len, types.BuiltinFunctionType), isinstance(p.__init__, types.MethodType), isinstance(None, types.NoneType), types.EllipsisType)

print(string.ascii_letters, string.digits, string.hexdigits, string.octdigits, repr(string.whitespace), string.punctuation)
print(len(string.printable), string.ascii_lowercase + string.ascii_uppercase == string.ascii_letters)
print(string.capwords("  hello   wORLD "), string.capwords("a-b c", "-"))
t = Template("$who owes ${what} $$5, $who!")
print(t.substitute(who="Bob", what="tea"), t.substitute({"who": 1, "what": 2}), t.substitute({"who": 1}, what=3))
print(t.safe_substitute(who="x"), t.template, t.is_valid(), t.get_identifiers())
for text in ("$", "a $1 b", "${a", "line\nx $!", "$a$"):
    try:
        print(Template(text).substitute(a=1))
    except ValueError as e:
        print(e)
    print(Template(text).safe_substitute(a=1), Template(text).is_valid())
try:
    t.substitute(who=1)
except KeyError as e:
    print(repr(e))
