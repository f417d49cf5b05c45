# SPDX-License-Identifier: Apache-2.0
VALUE = 3
extra = None
def double(x):
    return x * 2
def get():
    return VALUE
class Klass:
    def __init__(self):
        self.a = 1
    def hello(self):
        return "hello %d" % self.a
if __name__ == "__main__":
    print("never")
print("helper runs once", __name__)
