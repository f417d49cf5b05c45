# SPDX-License-Identifier: Apache-2.0
"""Numbers: constructors, operators, builtins and what they say when something is wrong."""
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

check(lambda: (int('12') + 3))
check(lambda: (int(' -0x1F ', 16)))
check(lambda: (int('0b101', 0)))
check(lambda: (int('1_000')))
check(lambda: (int('1__0')))
check(lambda: (int('_1')))
check(lambda: (int('')))
check(lambda: (int('z', 36)))
check(lambda: (int('zz', 35)))
check(lambda: (int('10', 1)))
check(lambda: (int('10', 37)))
check(lambda: (int('0x', 16)))
check(lambda: (int(b'12')))
check(lambda: (int(bytearray(b'12'))))
check(lambda: (int(None)))
check(lambda: (int([])))
check(lambda: (int('12', base=8)))
check(lambda: (int(x=1)))
check(lambda: (int(1.9)))
check(lambda: (int(-1.9)))
check(lambda: (int(1e18)))
check(lambda: (int(Ix(4))))
check(lambda: (int('1.5')))
check(lambda: (int(float('nan'))))
check(lambda: (int(float('inf'))))
check(lambda: (int('a\nb')))
check(lambda: (int('00')))
check(lambda: (int('012', 0)))
check(lambda: (int('0', 0)))
check(lambda: (int('0_0', 0)))
check(lambda: (int('0x_f', 0)))
check(lambda: (int('0X1f', 0)))
check(lambda: (int('+5')))
check(lambda: (int('- 5')))
check(lambda: (int(True)))
check(lambda: (int('10', Ix(2))))
check(lambda: (int(10, 2)))
check(lambda: (int('10', 'a')))
check(lambda: (int('10', 2.0)))
check(lambda: (bool()))
check(lambda: (bool([])))
check(lambda: (bool('a')))
check(lambda: (float('1.5')))
check(lambda: (float(' 1e5 ')))
check(lambda: (float('1_0.5')))
check(lambda: (float('')))
check(lambda: (float('abc')))
check(lambda: (float('-inf')))
check(lambda: (float('+nan')))
check(lambda: (float('infinit')))
check(lambda: (float('1e400')))
check(lambda: (float(b'1.5')))
check(lambda: (float(None)))
check(lambda: (float([])))
check(lambda: (float('1e')))
check(lambda: (float('.5')))
check(lambda: (float('5.')))
check(lambda: (float('.')))
check(lambda: (float('0x1')))
check(lambda: (float('1_')))
check(lambda: (5 // 0))
check(lambda: (5 % 0))
check(lambda: (5 / 0))
check(lambda: (5.0 // 0))
check(lambda: (5.0 % 0))
check(lambda: (0 ** -1))
check(lambda: (0.0 ** -1))
check(lambda: (2 ** -1))
check(lambda: (2 ** 0.5))
check(lambda: (1 << -1))
check(lambda: (1 >> -1))
check(lambda: (1 << 3))
check(lambda: (-1 >> 100))
check(lambda: (-5 // 3, -5 % 3, 5 // -3, 5 % -3))
check(lambda: (-5.5 // 3, -5.5 % 3, 5.5 // -3, 5.5 % -3))
check(lambda: (divmod(-7, 2)))
check(lambda: (divmod(-7.5, 2)))
check(lambda: (divmod(7, 0)))
check(lambda: (pow(2, 10)))
check(lambda: (pow(2, 10, 7)))
check(lambda: (pow(2, -1, 7)))
check(lambda: (pow(2, -1, 4)))
check(lambda: (pow(2, 10, 0)))
check(lambda: (pow(2, 10, -7)))
check(lambda: (pow(2.0, 3, 5)))
check(lambda: (pow('a', 2)))
check(lambda: (pow(2, 'a')))
check(lambda: (pow(2, 3, 'a')))
check(lambda: (pow(base=2, exp=3)))
check(lambda: (pow(2, 3, mod=5)))
check(lambda: (round(2.5), round(3.5), round(-2.5), round(0.5), round(1.5)))
check(lambda: (round(2.675, 2), round(1234.5, -2), round(1250, -2), round(1350, -2), round(-15, -1), round(25, -1)))
check(lambda: (round(1.5, None), round(5), round(5, 2), round(True)))
check(lambda: (round('a')))
check(lambda: (round(1.5, 'a')))
check(lambda: (round(1e300, 2), round(1e-300, 5)))
check(lambda: (round(float('nan'))))
check(lambda: (round(float('inf'))))
check(lambda: (round(float('inf'), 2)))
check(lambda: (round(12345.6789, 2), round(12345.6789, -2), round(0.1+0.2, 10)))
check(lambda: (abs(-5), abs(-5.5), abs(True), abs(-0.0)))
check(lambda: (abs('a')))
check(lambda: (min(1, 2.0), max(1, 1.0), max(1.0, 1), min([3, 1, 2])))
check(lambda: (min()))
check(lambda: (max([])))
check(lambda: (max([], default=3)))
check(lambda: (max(1, 2, default=3)))
check(lambda: (max(5)))
check(lambda: (min('hello')))
check(lambda: (max([1, -5], key=abs)))
check(lambda: (max([1], foo=2)))
check(lambda: ((5).bit_length(), (0).bit_length(), (-5).bit_length(), True.bit_length()))
check(lambda: ((5).bit_count()))
check(lambda: ((5).to_bytes(2, 'big'), (5).to_bytes(2, 'little'), (5).to_bytes()))
check(lambda: ((-5).to_bytes(2, 'big')))
check(lambda: ((-5).to_bytes(2, 'big', signed=True)))
check(lambda: ((256).to_bytes(1, 'big')))
check(lambda: ((128).to_bytes(1, 'big', signed=True)))
check(lambda: ((5).to_bytes(-1, 'big')))
check(lambda: ((5).to_bytes(2, 'foo')))
check(lambda: ((5).to_bytes(length=2, byteorder='big')))
check(lambda: (int.from_bytes(b'\x01\x02', 'big'), int.from_bytes(b'\x01\x02', 'little'), int.from_bytes(b'\xff', 'big', signed=True)))
check(lambda: (int.from_bytes([1, 2], 'big')))
check(lambda: (int.from_bytes('ab', 'big')))
check(lambda: (int.from_bytes(b'', 'big')))
check(lambda: (int.from_bytes(b'\xff')))
check(lambda: ((5).real, (5).imag, (5).numerator, (5).denominator))
check(lambda: ((5).conjugate()))
check(lambda: ((5).as_integer_ratio()))
check(lambda: ((5.5).is_integer(), (5.0).is_integer()))
check(lambda: ((5.5).as_integer_ratio()))
check(lambda: ((0.5).hex()))
check(lambda: ((-1.5).hex(), (0.0).hex(), (1e-320).hex(), float('inf').hex(), (0.1).hex()))
check(lambda: (float.fromhex('0x1.8p3')))
check(lambda: ((5.5).real, (5.5).imag))
check(lambda: ((1.5).conjugate()))
check(lambda: (1 == 1.0, 2**53 == 2.0**53, 2**53+1 == 2.0**53, 10**18 < 1e18, 10**18+1 > 1e18))
check(lambda: (1 < float('nan'), float('nan') == float('nan'), float('nan') != float('nan')))
check(lambda: (float('inf') > 10**18, -float('inf') < -10**18))
check(lambda: (0.0 == -0.0))
check(lambda: (hash(1) == hash(1.0), hash(2**40) == hash(2.0**40), hash(0.5) == hash(0.5), hash(True), hash(-1), hash(0.0)))
check(lambda: (hash(2**31), hash(-2**40), hash(1.5)))
check(lambda: (1 < 'a'))
check(lambda: ('a' < 1))
check(lambda: (1 + 'a'))
check(lambda: ('a' + 1))
check(lambda: (1.5 + 'a'))
check(lambda: (None + 1))
check(lambda: (1 + None))
check(lambda: ([] + 1))
check(lambda: ('a' - 'b'))
check(lambda: ('a' * 'b'))
check(lambda: ('a' * 1.5))
check(lambda: (1.5 * 'a'))
check(lambda: ('a' * -1, 'ab' * 3, 3 * 'ab', 'a' * True))
check(lambda: (b'a' * 3, 3 * b'a', b'a' + b'b', b'a' + bytearray(b'b'), bytearray(b'a') + b'b'))
check(lambda: (b'a' + 'a'))
check(lambda: ('a' + b'a'))
check(lambda: (bytearray(b'a') + 'a'))
check(lambda: (-'a'))
check(lambda: (~1.5))
check(lambda: (+None))
check(lambda: (~5, -5, +5, ~True, -True))
check(lambda: (not 5))
check(lambda: (True + True, True * 5, True & True, True | 2, True ^ False))
check(lambda: (5 & 3.0))
check(lambda: (5 | 'a'))
check(lambda: (5.0 << 1))
check(lambda: (1 << 40, 1 << 62, -1 << 63))
check(lambda: (bin(5), hex(255), oct(8), bin(-5), hex(-255), oct(-8), bin(0)))
check(lambda: (hex('a')))
check(lambda: (hex(1.5)))
check(lambda: (bin(Ix(5))))
check(lambda: (chr(65), chr(233), chr(8364), chr(128512)))
check(lambda: (chr(-1)))
check(lambda: (chr(0x110000)))
check(lambda: (chr('a')))
check(lambda: (chr(1.5)))
check(lambda: (ord('a'), ord('é'), ord('€'), ord(b'a')))
check(lambda: (ord('ab')))
check(lambda: (ord('')))
check(lambda: (ord(b'')))
check(lambda: (ord(5)))
check(lambda: (ord(b'ab')))
check(lambda: (1e16, 1e15, 123456789012345678.0, 1e22, 1e-5, 0.0001, 1.0, -0.0, 1e100, 5e-324, 1.7976931348623157e308))
check(lambda: (0.1, 0.2, 0.1+0.2, 1/3, 2/3, 100.0, 1e21, 123e-7))
check(lambda: (str(1.0), str(1e16), repr(-1.5), str(float('inf')), str(-float('inf')), str(float('nan'))))
check(lambda: (1.5 .__class__))
check(lambda: (isinstance(True, int), isinstance(1, float), type(1), type(1.5), type('a'), type(b'a'), type(True)))
check(lambda: (sum([1, 2.5]), sum([True, True]), sum([], 5)))
check(lambda: (sum(['a'])))
check(lambda: (sum(['a'], '')))
check(lambda: (1 if 1.0 else 2))
check(lambda: (int.__name__, float.__name__))
check(lambda: (10**18 // 7, 10**18 % 7, -10**18 // 7, -10**18 % 7))
check(lambda: (3 ** 39, (-3) ** 39, 7 ** 0, 0 ** 0, (-2) ** 3))
check(lambda: (7.0 ** 2, 2.0 ** 10, 10.0 ** 15, 10.0 ** 22, 10.0 ** -5, 1.1 ** 10, 2 ** 0.5, 2.5 ** 2.5, 10 ** -3))
check(lambda: (1e308 * 10, -1e308 * 10, 1e308 * 10 - 1e308 * 10))
check(lambda: (10.0 ** 400))
check(lambda: (1e200 ** 2))
def block0():
    x = 'a'
    x += 5
    return x
check(block0)
def block1():
    x = 5
    x //= 0
    return x
check(block1)
def block2():
    x = 5
    x <<= 2
    return x
check(block2)
def block3():
    x = 5.5
    x %= 2
    return x
check(block3)
def block4():
    x = 5
    x **= 2
    return x
check(block4)
