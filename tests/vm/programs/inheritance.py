# SPDX-License-Identifier: Apache-2.0
"""Single inheritance, super(), overriding, isinstance, class attributes through the chain."""


class Animal:
    kind = "animal"
    legs = 4

    def __init__(self, name):
        self.name = name
        self.log = []

    def speak(self):
        return "..."

    def describe(self):
        return self.name + " says " + self.speak()


class Dog(Animal):
    kind = "dog"

    def __init__(self, name, tricks=()):
        super().__init__(name)
        self.tricks = list(tricks)

    def speak(self):
        return "woof"


class Puppy(Dog):
    def __init__(self, name):
        super().__init__(name, tricks=["roll"])
        self.age = 0

    def speak(self):
        return super().speak() + " (small)"

    def describe(self):
        text = super().describe()
        return [text, super().kind]


for a in (Animal("generic"), Dog("rex", ["sit"]), Puppy("bit")):
    print(a.describe(), a.kind, a.legs, isinstance(a, Animal), isinstance(a, Dog), isinstance(a, Puppy))
print(
    issubclass(Puppy, Animal),
    issubclass(Animal, Puppy),
    issubclass(Dog, (int, Animal)),
    isinstance(Puppy("x"), (str, Dog)),
)
p = Puppy("p")
print(p.tricks, p.age, p.name, p.log)
Animal.legs = 5
print(p.legs, Dog.legs)
Dog.legs = 3
print(p.legs, Animal.legs)


class Base:
    def template(self):
        return self.step1() + self.step2()

    def step1(self):
        return "b1"

    def step2(self):
        return "b2"


class Derived(Base):
    def step2(self):
        return "d2"


print(Base().template(), Derived().template())


class Old(Base):
    def step1(self):
        return "old:" + Base.step1(self) + super(Old, self).step2()


print(Old().template())


class Closing(Base):
    def step1(self):
        above = super().step1
        inner = lambda: above()
        assert inner() == "b1"
        parts = [self.step2() for _ in range(2)]
        return "+".join(parts)

    def step2(me):
        keep = lambda: me
        return super().step2() + str(keep() is me)


print(Closing().template())


class Counter:
    total = 0

    def __init__(self):
        type(self).total += 1
        self.id = Counter.total


class Sub(Counter):
    total = 100


Counter()
Sub()
print(Counter.total, Sub.total, Sub().id)


class A:
    def who(self):
        return "A"

    @classmethod
    def make(cls):
        return cls()

    @staticmethod
    def helper(x):
        return x * 2


class B(A):
    def who(self):
        return "B>" + super().who()

    @classmethod
    def make(cls):
        made = super().make()
        made.tag = "made by B"
        return made


class C(B):
    def who(self):
        return "C>" + super().who()


print(C().who(), C.make().tag, C.make().who(), C.helper(4), A.make().who())


class Err(Exception):
    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


try:
    raise Err(7, "bad thing")
except Err as e:
    print(e.code, e, e.args)


class Shape:
    def area(self):
        raise NotImplementedError("area")


class Square(Shape):
    def __init__(self, s):
        self.s = s

    def area(self):
        return self.s**2


for s in (Square(3), Shape()):
    try:
        print(s.area())
    except NotImplementedError as e:
        print("not implemented:", e)
