# SPDX-License-Identifier: Apache-2.0
"""What the programs of many small cases share: numbered lines, and operands with special methods."""
# ruff: noqa
# fmt: off

class Ix:
    def __init__(self, v):
        self.v = v

    def __index__(self):
        return self.v

class St:
    def __str__(self):
        return "St!"

    def __repr__(self):
        return "<St>"

class Fm:
    def __format__(self, s):
        return "F(" + s + ")"

number = 0

def check(f):
    global number
    number += 1
    try:
        r = f()
        print(number, type(r).__name__, repr(r))
    except Exception as e:
        print(number, type(e).__name__, e)

n = [0]

def t(f, *a):
    n[0] += 1
    try:
        print(n[0], ascii(f(*a)))
    except Exception as e:
        print(n[0], type(e).__name__, e)
