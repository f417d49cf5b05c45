# SPDX-License-Identifier: Apache-2.0
HOST_N = 2400
MCU_N = 3


class Forth:
    def __init__(self):
        self.stack = []
        self.words = {
            "+": self.add,
            "*": self.mul,
            "dup": self.dup,
            "swap": self.swap,
            "drop": self.drop,
            "mod": self.mod,
        }
        self.user = {}

    def add(self):
        b = self.stack.pop()
        self.stack[-1] += b

    def mul(self):
        b = self.stack.pop()
        self.stack[-1] *= b

    def mod(self):
        b = self.stack.pop()
        self.stack[-1] %= b

    def dup(self):
        self.stack.append(self.stack[-1])

    def swap(self):
        s = self.stack
        s[-1], s[-2] = s[-2], s[-1]

    def drop(self):
        self.stack.pop()

    def run(self, text):
        for token in text.split():
            if token in self.words:
                self.words[token]()
            elif token in self.user:
                self.run(self.user[token])
            else:
                try:
                    self.stack.append(int(token))
                except ValueError:
                    raise KeyError(token)


def bench(n):
    f = Forth()
    f.user["square"] = "dup *"
    f.user["step"] = "square 7 + 1009 mod"
    f.stack.append(3)
    s = 0
    for i in range(n):
        f.run("step step 1 2 swap drop + step")
        s += f.stack[-1]
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
