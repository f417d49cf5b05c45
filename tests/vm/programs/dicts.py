# SPDX-License-Identifier: Apache-2.0
"""dict: order, methods, views, merging, deletion during life."""

d = {"a": 1, "b": 2, 3: "three", None: 0, (1, 2): "t", 2.5: "f", True: "yes"}
print(d, len(d), d["a"], d[3], d[None], d[(1, 2)], d[2.5], d[1])
d["c"] = 3
d["a"] = 10
print(d)
del d["b"]
print(d, "a" in d, "b" in d, "b" not in d)
print(
    d.get("a"), d.get("zz"), d.get("zz", 5), d.pop("c"), d.pop("zz", None), d.setdefault("n", []), d.setdefault("a", 99)
)
print(list(d.keys()), list(d.values()), list(d.items()))
e = {}
for w in "the cat the dog the end".split():
    e[w] = e.get(w, 0) + 1
print(e)
for k in e:
    print(k, end=" ")
for k, v in e.items():
    print(k, v, sep="=", end=";")
print()
print(sorted(e), sorted(e.items(), key=lambda kv: (-kv[1], kv[0])), max(e, key=e.get))
e.update({"cat": 7, "new": 8})
e.update(extra=1)
print(e, dict(a=1, b=2), dict([("x", 1), ("y", 2)]), dict(e) == e, {**e, "z": 0})
print({k: v * 2 for k, v in e.items() if v > 1}, {i: i * i for i in range(4)}, {}, dict())
print(e.popitem(), len(e), {"a": 1} == {"a": 1}, {"a": 1} != {"a": 2}, {1: 2, 3: 4} == {3: 4, 1: 2})
big = {}
for i in range(200):
    big[i * 7 % 211] = i
for i in range(0, 200, 2):
    del big[i * 7 % 211]
for i in range(50):
    big["k" + str(i)] = i
print(len(big), sum(v for v in big.values()), list(big)[:5], list(big)[-3:], big["k7"])
c = big.copy()
c.clear()
print(c, len(big), not c, bool(big))
n = {"x": {"y": {"z": 1}}}
n["x"]["y"]["w"] = 2
print(n, n["x"]["y"]["z"])
print({1: "a", 1.0: "b", True: "c"}, {"k": [1, 2]}["k"][1])
for bad in (
    lambda: d["missing"],
    lambda: {}[0],
    lambda: {[]: 1},
    lambda: {}.popitem(),
    lambda: d.pop("gone"),
    lambda: {{}: 1},
):
    try:
        bad()
    except Exception as ex:
        print(type(ex).__name__, ex)
a = {"x": 1}
a |= {"y": 2}
print(a, {"x": 1} | {"x": 2, "z": 3}, "x" in a.keys(), 2 in a.values(), ("y", 2) in a.items())
print(dict.fromkeys(["a", "b"], 0), list(reversed({1: 1, 2: 2})))
try:
    for k in a:
        a[k + "q"] = 1
except RuntimeError as ex:
    print(ex)
long = {
    "k0": 0, "k1": 1, "k2": 2, "k3": 3, "k4": 4, "k5": 5, "k6": 6, "k7": 7, "k8": 8, "k9": 9,
    "l0": 0, "l1": 1, "l2": 2, "l3": 3, "l4": 4, "l5": 5, "l6": 6, "l7": 7, "l8": 8, "l9": 9, **{"m": 1}, "n": 2,
}  # fmt: skip
print(long, len(long))
