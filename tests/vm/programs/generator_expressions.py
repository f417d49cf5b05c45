"""Generator expressions: laziness, scopes, nesting, and the calls that consume them."""

print(list(x * x for x in range(5)), sum(x for x in [1, 2, 3]), tuple(c for c in "abc"), max(-x for x in (3, 1, 2)))
print(sorted((x % 3, x) for x in range(5)), "-".join(str(x) for x in range(4)), dict((x, x * x) for x in range(3)))
print(any(x == 2 for x in range(3)), all(x < 2 for x in range(3)), set(x // 2 for x in range(4)) == {0, 1})
print(list((a, b) for a in range(3) for b in range(a) if a + b > 1), list((x, y) for x, y in [(1, 2), (3, 4)]))
g = (print("made", x) or x for x in [1, 2])
print("lazy")
print(next(g), next(g), next(g, None))
try:
    (x for x in 5)
except TypeError as e:
    print(e)


def scopes(n):
    k = 10
    gen = (x + k + n for x in range(3))
    k = 20
    n = 100
    return list(gen)


print(scopes(1))
x = "outer"
print(list(x for x in range(2)), x)
print(list(list(y + z for y in range(2)) for z in range(2)))
print(list((lambda: i)() for i in range(3)), [f() for f in list((lambda: i) for i in range(3))])


class Body:
    items = [1, 2]
    doubled = list(v * 2 for v in items)

    def method(self):
        return sum(v for v in self.items)


print(Body.doubled, Body().method())
print(list((w := v) for v in [1, 2]), w)


def walrus():
    total = 0
    out = list((total := total + v) for v in range(4))
    any((last := v) == 2 for v in range(5))
    return out, total, last


print(walrus())
print(repr((x for x in ()))[:29], type((x for x in ())).__name__)


def named():
    return (1 for _ in range(1))


print(str(named()).partition(" at ")[0], named().__name__)


def first(pred, items):
    return next((i for i in items if pred(i)), None)


print(first(lambda v: v > 2, [1, 2, 3, 4]), first(lambda v: v > 9, [1]))
print(sum(sum(r) for r in ((a * b for a in range(3)) for b in range(3))))
matrix = [[1, 2], [3, 4]]
print(list(map(list, (row[::-1] for row in matrix))), list(zip(*(row for row in matrix))))


def negamax(depth, value):
    if not depth:
        return value
    return max(-negamax(depth - 1, value * 2 + k) for k in (0, 1))


print(negamax(6, 1))
print(sum((x for x in [1.5, 2]), 10), min((len(s) for s in ["ab", "c"]), default=0), max((v for v in []), default="d"))
print(list(filter(None, (x % 2 for x in range(4)))), list(enumerate(c for c in "ab")))


def raises():
    yield 1
    raise ValueError("in the middle")


try:
    print(sum(v for v in raises()))
except ValueError as e:
    print("error", e)
try:
    list(next(iter([])) for _ in range(2))
except RuntimeError as e:
    print(e)
a, *b = (v for v in "xyz")
print(a, b, [*(v for v in range(2))], 3 in (v for v in range(5)))
pipeline = (v + 1 for v in (v * 2 for v in (v for v in range(6)) if v % 2))
print(list(pipeline), list(pipeline))


# --- what is a loop where it stands
def consumed(n):
    s = 5
    s = sum(s * x for x in range(n))
    m = max(x % 7 for x in range(n) if x != 3)
    l = min((x - 4) ** 2 for x in range(n))
    return s, m, l, sum((x for x in range(n) if x % 2), 100), sum((x / 2 for x in range(n)), 0.5), sum([y] * 2 == [y, y] for y in "ab")


print(consumed(9), consumed(1))
for empty in (lambda: max(x for x in ()), lambda: min(x for x in []), lambda: sum(x for x in "ab"), lambda: sum((x for x in "ab"), "")):
    try:
        print(empty())
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)
print(sum(([x] for x in range(3)), []), max((x, -x) for x in (1, 3, 2)), min(s for s in ("b", "a", "c")), sum((x for x in (1, 2)), sum(x for x in (3, 4))))
nan = float("nan")
print(max(x for x in (1, nan, 3)), min(x for x in (nan, 1)), sum(max(y for y in range(x + 1)) for x in range(4)))
