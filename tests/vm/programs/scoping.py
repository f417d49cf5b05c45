# SPDX-License-Identifier: Apache-2.0
"""global, nonlocal, del, shadowed builtins, names bound in odd places, conditional definitions."""

counter = 0


def bump():
    global counter, made_here
    counter += 1
    made_here = "new"


bump()
bump()
print(counter, made_here)


def outer():
    a = 1

    def middle():
        b = 2

        def inner():
            nonlocal a, b
            a += 10
            b += 20
            return a, b

        return inner(), b

    return middle(), a


print(outer())


def unbound(flag):
    if flag:
        v = 1
    try:
        return v
    except UnboundLocalError as e:
        return str(e)


print(unbound(True), unbound(False))


def deleted():
    x = 1
    del x
    try:
        print(x)
    except UnboundLocalError as e:
        print(e)
    x = 2
    return x


print(deleted())
y = 5
del y
try:
    print(y)
except NameError as e:
    print(e)
try:
    del y
except NameError as e:
    print(e)


def loop_del():
    out = []
    for i in range(3):
        if i:
            try:
                out.append(v)
            except UnboundLocalError:
                out.append("gone")
        v = i
        if i == 1:
            del v
    return out


print(loop_del())
if counter > 1:

    def pick():
        return "first"

else:

    def pick():
        return "second"


print(pick())
try:
    print(later())
except NameError as e:
    print(e)


def later():
    return "now"


print(later())
print(len("abc"))


def len(x):
    return "shadowed " + x


print(len("abc"))


def uses_local_sum(sum):
    return sum + 1


print(uses_local_sum(1), sum([1, 2]))


def range_local():
    range = lambda n: ["fake", n]
    return [x for x in range(3)], list(enumerate(range(1)))


print(range_local())
min = 3
print(min)
if (n := 10) > 5:
    print(n)


def walrus(data):
    out = []
    while (item := data.pop()) != 0:
        out.append(item)
    return out, item


print(walrus([0, 3, 2, 1]))


def walrus2(x):
    return x + (x := 5) + x, [x, (x := x + 1), x]


print(walrus2(1))


def same(a, b):
    a, b = b, a
    a = b = a + b
    return a, b


print(same(1, 2))


def nothing():
    return not_defined_anywhere


try:
    nothing()
except NameError as e:
    print(e)


def args_del(a, b):
    del a
    try:
        return a
    except UnboundLocalError as e:
        return str(e), b


print(args_del(1, 2))
for counter in range(3):
    pass
print(counter)


class C:
    global in_class
    in_class = 1


print(in_class)
