# SPDX-License-Identifier: Apache-2.0
HOST_N = 30000
MCU_N = 40


class Vec:
    __slots__ = ("x", "y", "z")

    def __init__(self, x, y, z):
        self.x = x
        self.y = y
        self.z = z

    def __add__(self, o):
        return Vec(self.x + o.x, self.y + o.y, self.z + o.z)

    def __sub__(self, o):
        return Vec(self.x - o.x, self.y - o.y, self.z - o.z)

    def __mul__(self, k):
        return Vec(self.x * k, self.y * k, self.z * k)

    __rmul__ = __mul__

    def __neg__(self):
        return Vec(-self.x, -self.y, -self.z)

    def __eq__(self, o):
        return self.x == o.x and self.y == o.y and self.z == o.z

    def dot(self, o):
        return self.x * o.x + self.y * o.y + self.z * o.z

    def cross(self, o):
        return Vec(self.y * o.z - self.z * o.y, self.z * o.x - self.x * o.z, self.x * o.y - self.y * o.x)


def bench(n):
    a = Vec(1, 2, 3)
    s = 0
    for i in range(n):
        b = Vec(i & 7, i & 3, 1)
        c = a.cross(b) + b * 2 - (3 * a)
        if -c == a:
            s += 1
        s += c.dot(a)
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
