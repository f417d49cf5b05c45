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
