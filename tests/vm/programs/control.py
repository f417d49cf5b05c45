# SPDX-License-Identifier: Apache-2.0
"""if, while, for, break, continue, else; nested; ranges of every kind."""

for i in range(5):
    if i == 1:
        continue
    if i == 4:
        break
    print("i", i)
else:
    print("never")
for i in range(3):
    pass
else:
    print("else", i)
n = 0
while n < 5:
    n += 1
    if n == 2:
        continue
    if n == 4:
        break
else:
    print("never")
print(n)
while n > 0:
    n -= 1
else:
    print("while else", n)
print(
    list(range(5)), list(range(2, 8)), list(range(0, 10, 3)), list(range(10, 0, -4)), list(range(0)), list(range(5, 2))
)
for i in range(10, 0, -3):
    print(i, end=" ")
for i in range(-3, 3, 2):
    print(i, end=" ")
for i in range(3):
    for j in range(3):
        if j == i:
            break
        print((i, j), end=" ")
    else:
        continue
    print("b", end=" ")
print()
r = range(2, 20, 5)
print(len(r), r[1], r[-1], 7 in r, 8 in r, r, range(3), list(r[::-1]), r == range(2, 20, 5))


def classify(n):
    if n < 0:
        return "neg"
    elif n == 0:
        return "zero"
    elif n < 10:
        return "small"
    else:
        return "big"


print([classify(v) for v in (-1, 0, 5, 50)])


def primes(n):
    out = []
    for c in range(2, n):
        for p in out:
            if c % p == 0:
                break
        else:
            out.append(c)
    return out


print(primes(40))


def loops():
    total = 0
    for i in range(4):
        i *= 10
        total += i
        for i in range(2):
            total += i
    return total, i


print(loops())


def unused():
    for x in []:
        pass
    try:
        return x
    except UnboundLocalError as e:
        return str(e)


print(unused())


def empty_range():
    y = "before"
    for y in range(0):
        pass
    return y


print(empty_range())


def changing(n):
    seen = []
    for i in range(n):
        n += 10
        seen.append(i)
    return seen, n


print(changing(3))
a, b = 5, 7
print("t" if a < b else "f", a if a > b else b, 1 if not a else 2 if b else 3)
print(a < b < 10, a < b > 6, 1 < 2 < 3 < 3, 1 == 1 != 2, not a == b)
print(a and b, a or b, 0 and 1, 0 or "x", "" or 0 or [], 1 and 2 and 3, not (a and 0))
while True:
    a += 1
    if a > 8:
        break
print(a)
if a:
    if b:
        print("both")
pass
if 0:
    print("dead")
if 1:
    print("alive")
for ch in "xyz":
    if ch == "y" or ch == "x" and a > 100:
        continue
    print(ch)
try:
    for i in range(0, 10, 0):
        pass
except ValueError as e:
    print(e)
try:
    for i in range(1.5):
        pass
except TypeError as e:
    print(e)
