# SPDX-License-Identifier: Apache-2.0
# collections: deque, OrderedDict, defaultdict, namedtuple.
from collections import deque, OrderedDict, defaultdict
d = deque([1,2,3], 4)
d.append(4); d.append(5); d.appendleft(0); print(d, len(d), d[0], d[-1], 3 in d, list(d))
d.rotate(1); print(d); d.rotate(-2); print(d, d.pop(), d.popleft(), d == deque([1,2]))
for f in (deque().pop, deque().popleft, lambda: d[9]):
    try: f()
    except IndexError as e: print(e)
q = deque()
for i in range(20): q.append(i)
for i in range(15): q.popleft()
q.extendleft("ab"); print(q); q[0] = 9; print(q)
o = OrderedDict(); o["a"]=1; o["b"]=2; o.move_to_end("a"); print(list(o.items())); o.move_to_end("a", last=False); print(list(o.keys()))
c = defaultdict(list); c["x"].append(1); c["x"].append(2); print(c["x"], len(c), "y" in c)
e = defaultdict(int)
for ch in "hello": e[ch] += 1
print(sorted(e.items()))
import errno
print(errno.ENODEV, errno.EIO)
from collections import namedtuple
P = namedtuple("P", "x y")
p = P(1, y=2)
print(p, p.x, p.y, p[0], p == (1, 2), len(p), p._asdict(), p._replace(x=5), P._fields)
x, y = p
print(x, y, sorted([P(3, 1), P(1, 2)]))
for f in (lambda: P(1), lambda: P(1, 2, 3), lambda: p.z, lambda: P(1, 2, z=3), lambda: p._replace(q=1)):
    try: f()
    except Exception as e: print(type(e).__name__, e)
from collections import Counter, ChainMap, UserDict, UserList
def t(f):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
d = deque("abcde"); it = iter(d); next(it); d.append("f"); t(lambda: next(it))
t(lambda: [d.index("c"), d.count("a"), d.index("a", -6), d[2], d[-1], list(reversed(d))]); t(lambda: d.index("c", 3)); t(lambda: d.index("c", 0, -4)); t(lambda: d.remove("x")); t(lambda: d.remove("b")); d.insert(1, "B"); d.insert(-1, "Z"); d.insert(99, "!"); t(lambda: d); del d[0]; del d[-1]; t(lambda: d)
d.rotate(100); t(lambda: d); d.rotate(-3); t(lambda: d); d.reverse(); t(lambda: d); t(lambda: d.rotate("x")); t(lambda: d["x"]); t(lambda: deque([1, 2], -1)); t(lambda: deque([1, 2], "a")); t(lambda: deque(5))
e = deque([1, 2], 3); t(lambda: e.maxlen); t(lambda: e + e); t(lambda: e * 2); t(lambda: 2 * deque("ab")); e += [7, 8]; t(lambda: e); t(lambda: e.insert(0, 1)); e *= 2; t(lambda: e.copy()); e.extend(e); t(lambda: e); t(lambda: e + [1]); t(lambda: deque([1, 2]) < deque([1, 3])); t(lambda: deque([1]) == [1]); t(lambda: bool(deque())); e.appendleft(e); t(lambda: e)
class D(deque): pass
t(lambda: D("ab", maxlen=4)); t(lambda: type(D("ab").copy()).__name__); z = deque(maxlen=0); z.append(1); z.appendleft(1); t(lambda: z)
o = OrderedDict(a=1, b=2, c=3); t(lambda: o); t(lambda: OrderedDict()); t(lambda: o.popitem(last=False)); t(lambda: o.popitem()); t(lambda: o == {"b": 2}); t(lambda: OrderedDict().popitem()); t(lambda: o.move_to_end("q"))
t(lambda: [OrderedDict(a=1, b=2) == OrderedDict(b=2, a=1), OrderedDict(a=1, b=2) != OrderedDict(b=2, a=1), OrderedDict(a=1, b=2) == dict(b=2, a=1), o | {"z": 9}, {"z": 9} | o, OrderedDict.fromkeys("ab", 1), list(reversed(o)), o.copy()])
c = defaultdict(int, {"a": 1}, b=2); t(lambda: c); t(lambda: [c["q"], c.get("r"), c, c.copy(), c | {"z": 0}, type({} | c).__name__]); t(lambda: defaultdict()["x"]); t(lambda: defaultdict(5)); t(lambda: defaultdict(None, {1: 2}))
Q = namedtuple("Q", ["a", "b", "c"], defaults=[8, 9]); t(lambda: [Q(1), Q(1, 2), Q(1, c=3), Q._fields, Q._field_defaults, Q._make("xyz"), Q.__name__, Q(5)._replace(b=0), Q(a=1, b=2, c=3)._asdict()])
for f in (lambda: Q(), lambda: Q(1, 2, 3, 4), lambda: Q(1, a=2), lambda: Q(1, d=2), lambda: Q._make("ab"), lambda: setattr(Q(1), "a", 2), lambda: setattr(Q(1), "z", 2), lambda: delattr(Q(1), "a"), lambda: Q(1).z, lambda: namedtuple("A", "a a"), lambda: namedtuple("A", "_a"), lambda: namedtuple("A", "1a"), lambda: namedtuple("A", "if"), lambda: namedtuple("a b", ""), lambda: namedtuple("A", "a", defaults=[1, 2]), lambda: namedtuple("A", "a, def, a, _x", rename=True)._fields, lambda: namedtuple("A", "x y z")(), lambda: namedtuple("A", "x y")()): t(f)
class R(Q):
    def total(self): return self.a + self.b + self.c
r = R(1); t(lambda: [r, r.total(), r == (1, 8, 9), hash(r) == hash((1, 8, 9)), isinstance(r, tuple), r[1:], Q(1) + (2,)])
a, *b = r; print(a, b, namedtuple("E", "")())
n = Counter("abracadabra"); t(lambda: [n, n.most_common(2), n["z"], n.total(), sorted(n.elements())[:6]]); n.update("zz"); n.update(a=-10); n.subtract({"b": 5}, r=1); t(lambda: n); t(lambda: [+n, -n, n + Counter("zy"), n - Counter("z"), n | Counter(b=3), n & Counter(c=9, z=1)]); del n["nothing"]; n += Counter("q"); t(lambda: n); t(lambda: [Counter(a=1) <= Counter(a=2, b=0), Counter(a=1) == Counter(a=1, b=0), Counter(a=1) < Counter(a=1), Counter(), Counter({"x": None}), Counter(a=1) == {"a": 1}]); t(lambda: Counter.fromkeys("a")); t(lambda: Counter(5))
m = ChainMap({"a": 1}, {"a": 2, "b": 3}); t(lambda: [m["a"], m["b"], len(m), sorted(m), m.get("q", 0), "b" in m, m.parents, m.new_child({"c": 4}), dict(m.items())]); m["b"] = 9; t(lambda: [m, m == {"a": 1, "b": 9}, m | {"z": 1}]); t(lambda: m["q"]); t(lambda: m.pop("q")); del m["b"]; t(lambda: m["b"]); t(lambda: ChainMap().popitem())
class Low(UserDict):
    def __setitem__(self, k, v): self.data[k.lower()] = v
w = Low({"A": 1}, B=2); w.update({"C": 3}); t(lambda: [w, len(w), "a" in w, w.get("z", 7), w.pop("a"), w.setdefault("D", 4), w, w == {"b": 2, "c": 3, "d": 4}, list(w.items()), w | {"E": 5}, Low.fromkeys("XY", 0)]); t(lambda: w["nothing"])
class Twice(UserList):
    def append(self, x): self.data += [x, x]
u = Twice([3]); u.append(1); t(lambda: [u, u[0], u[1:], type(u[1:]).__name__, u + [5], [5] + u, u * 2, sorted(u), 1 in u, u == [3, 1, 1], u < [4], list(reversed(u)), u.index(1), u.count(1), len(u), u.pop(), u]); u += (7,); u[0:1] = u; u.sort(); t(lambda: u); t(lambda: u[9]); t(lambda: u.remove(8))
