# SPDX-License-Identifier: Apache-2.0
# Attributes by names that are strs: constants, made at run time, and those that come to be only later.


class Box:
    def __init__(self):
        self.known = 1

    def get(self):
        return self.known


class Open:
    def __getattr__(self, name):
        return "no " + name


def keywords(**kw):
    return forwarded(**kw)


def forwarded(**kw):
    return sorted(kw.items())


box = Box()
for turn in range(4):
    print(hasattr(box, "later"), getattr(box, "later", "default"), hasattr(box, "known"), hasattr(box, "get"))
    if turn == 1:
        setattr(box, "later", turn)
    if turn == 2:
        delattr(box, "later")

for turn in range(3):
    for i in range(40):
        name = "made_%d" % (i * 7 % 40)
        setattr(box, name, getattr(box, name, 0) + i)
print(sum(getattr(box, "made_" + str(i)) for i in range(40)), len(vars(box)))
print([getattr(box, "".join(parts))() for parts in (("g", "et"), ("ge", "t"), ("get",))])

spelled = "".join(["kn", "own"])
for _ in range(3):
    setattr(box, spelled, getattr(box, spelled) + 1)
print(box.known, getattr(Open(), "anything"), getattr(Open(), "any" + "thing"), getattr(Open(), "".join("xyz")))

for turn in range(3):
    print(keywords(a=1, get=2, known=turn), keywords(**{"un" + "known": turn, "sort": 1}))
print([hasattr(value, "append") for value in ([], (), "", {}, set(), b"", bytearray(), 1, None)])
print([hasattr([], name) for name in ("sort", "keys", "".join(["so", "rt"]), "nothing of the kind")])
try:
    getattr(box, "never")
except AttributeError as e:
    print(e)
