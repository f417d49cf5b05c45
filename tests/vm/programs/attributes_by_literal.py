# SPDX-License-Identifier: Apache-2.0
# getattr(), setattr() and hasattr() whose name is a literal: the same as any other name, but worked out when compiled.


class Base:
    kind = "base"

    def __init__(self):
        self.x = 1
        self._log = []

    def __setattr__(self, name, value):
        if name == "refused":
            raise AttributeError("refused: " + name)
        super().__setattr__(name, value)

    @property
    def twice(self):
        return self.x * 2

    @twice.setter
    def twice(self, value):
        self.x = value // 2


class Any:
    def __getattr__(self, name):
        return "any " + name


class Private:
    __y = 5

    def look(self):
        # not mangled, unlike self.__y
        return hasattr(self, "__y"), hasattr(self, "_Private__y"), getattr(self, "_Private__y"), getattr(self, "__y", "none")


def said(value):
    print("evaluated", isinstance(value, int))
    return value


b = Base()
print(getattr(b, "x"), getattr(b, "twice"), getattr(b, "kind"), getattr(Base, "kind"))
print(setattr(b, "twice", 10), b.x)
print(getattr(b, "nothing", 3), hasattr(b, "nothing"), hasattr(b, "x"))
for action in (lambda: getattr(b, "nothing"), lambda: setattr(b, "refused", 1), lambda: getattr(5, "real_part"), lambda: setattr(3, "x", 1)):
    try:
        action()
    except AttributeError as e:
        print(e)
print(getattr(Any(), "get"), getattr(Any(), "zz"), getattr(Any(), "append", 1), hasattr(Any(), "qq"))
print(Private().look())
print(getattr("abc", "upper")(), getattr([3, 1], "index")(1), getattr(7, "real"))
setattr(said(b), "x", said(4))
print(b.x)
x = Base()
setattr(x, "x", (x := Base()).x + 8)
print(x.x)
print([getattr(o, "x") for o in (b, x)], (getattr(b, "x"), setattr(b, "y", 2), b.y))
for name in ("x", "get", "kind", "append", "nope"):
    print(name, hasattr(b, name), getattr(b, name, "-"), getattr(b, name[:1] + name[1:], "-"))
