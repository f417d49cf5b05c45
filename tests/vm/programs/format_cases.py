# SPDX-License-Identifier: Apache-2.0
"""Format specifications, f-strings and str.format, with their errors."""
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

check(lambda: (f'{5}', f'{5!r}', f'{"a"!r}', f'{"é"!a}', f'{5:5}|', f'{5:<5}|', f'{5:^5}|', f'{5:>5}|', f'{5:=5}|', f'{-5:=5}', f'{-5:05}', f'{5:+}', f'{5: }', f'{5:-}', f'{5:*^9}', f'{5:é>5}'))
check(lambda: (f'{255:x}', f'{255:X}', f'{255:#x}', f'{255:#X}', f'{255:b}', f'{255:#b}', f'{255:o}', f'{255:#o}', f'{255:#010x}', f'{-255:#010x}', f'{65:c}', f'{255:08b}', f'{5:n}', f'{5:d}'))
check(lambda: (f'{1234567:,}', f'{1234567:_}', f'{0xabcdef:_x}', f'{0xffff:_b}', f'{1234567:15,}', f'{1234567:015,}', f'{1234567.891:,.2f}', f'{1234567.891:,}', f'{123:,}', f'{-1234:,}', f'{1234:010,}', f'{1234:+,}', f'{12:06,}', f'{123456:07,}'))
check(lambda: (f'{3.14159:.2f}', f'{3.14159:10.2f}', f'{3.14159:<10.2f}|', f'{3.14159:+.2f}', f'{3.14159:010.2f}', f'{-3.14159:010.2f}', f'{3.14159:e}', f'{3.14159:.3e}', f'{3.14159:g}', f'{3.14159:.3g}', f'{0.5:%}', f'{0.5:.1%}', f'{1e10:g}', f'{1e-10:g}', f'{3.0}', f'{3.0:g}', f'{3.0:#g}', f'{3.0:.0f}', f'{3.0:#.0f}', f'{1e100:f}'))
check(lambda: (f'{3.14159:E}', f'{1e20:G}', f'{1e300:F}', f'{float("inf"):F}', f'{float("nan"):E}', f'{float("-inf"):+}', f'{float("inf"):010}', f'{float("nan"):5}', f'{float("inf"):e}', f'{float("nan"):%}', f'{float("nan"):+}'))
check(lambda: (f'{1.5:}', f'{1.5:10}', f'{1.5:<10}|', f'{1.5:.3}', f'{1234.5:.2}', f'{1.0:.3}', f'{100.0:.3}', f'{1e16:.3}', f'{123456.0:.6}', f'{0.00001:.3}', f'{1.5:n}', f'{1e22:}', f'{1e22:,}', f'{12345.678:,.1f}', f'{5:.2f}', f'{5:e}', f'{5:g}', f'{5:%}', f'{10**15:f}'))
check(lambda: (f'{"abc":5}|', f'{"abc":>5}', f'{"abc":^7}', f'{"abc":*^7}', f'{"abc":.2}', f'{"abc":5.2}|', f'{"abc":s}', f'{"abc":05}', f'{"é":3}|', f'{"abc":<05}', f'{"abc":^05}', f'{"日本":>4}'))
check(lambda: (f'{"abc":d}'))
check(lambda: (f'{"abc":+}'))
check(lambda: (f'{"abc":=5}'))
check(lambda: (f'{"abc":,}'))
check(lambda: (f'{"abc":#}'))
check(lambda: (f'{"abc": }'))
check(lambda: (f'{5:s}'))
check(lambda: (f'{5:.2}'))
check(lambda: (f'{5:.2d}'))
check(lambda: (f'{5.5:d}'))
check(lambda: (f'{5.5:x}'))
check(lambda: (f'{5.5:s}'))
check(lambda: (f'{5:q}'))
check(lambda: (f'{5:5x5}'))
check(lambda: (f'{5:,x}'))
check(lambda: (f'{5:,_}'))
check(lambda: (f'{5:_,}'))
check(lambda: (f'{5:,,}'))
check(lambda: (f'{5:,b}'))
check(lambda: (f'{5:,c}'))
check(lambda: (f'{5:+c}'))
check(lambda: (f'{5:#c}'))
check(lambda: (f'{5:.}'))
check(lambda: (f'{5:.f}'))
check(lambda: (f'{-1:c}'))
check(lambda: (f'{0x110000:c}'))
check(lambda: (f'{None:5}'))
check(lambda: (f'{[]:5}'))
check(lambda: (f'{[1]}', f'{(1,)}', f'{None}', f'{True}', f'{True:5}', f'{True:d}', f'{St()}', f'{St()!r}', f'{Fm():abc}', f'{Fm()}'))
check(lambda: (f'{St():5}'))
check(lambda: (f'{St()!s:>6}'))
check(lambda: (f'{{}}', f'{{{5}}}', f'a{1}b{2}c', f'{1+1}', f'{"a" + "b"}', f'{[1,2][0]}', f'{ {"a": 1}["a"] }'))
check(lambda: (format(5), format(5, 'x'), format('a', '5'), format(1.5, '.2f'), format(None), format(None, ''), format(True, 'd')))
check(lambda: (format(5, 5)))
check(lambda: (format()))
check(lambda: (format(5, 'x', 1)))
check(lambda: (format('a', None)))
check(lambda: ('{}'.format(5), '{} {}'.format(1, 2), '{0} {1} {0}'.format(1, 2), '{a} {b}'.format(a=1, b=2), '{:5}|'.format(5), '{0:>5}'.format('a'), '{!r}'.format('a'), '{!s:>5}'.format('a'), '{0!r:5}|'.format('a'), '{:{}}|'.format(5, 10), '{:{w}.{p}f}'.format(3.14159, w=10, p=2), '{{}}'.format(), '{0[0]} {0[1]}'.format([1, 2]), '{0[a]}'.format({'a': 1}), '{a[0]}'.format(a=[5]), '{0.real}'.format(5), '{}{}'.format('a', 'b'), '{0.v}'.format(Ix(5)), '{0.v.real}'.format(Ix(5)), '{:}'.format(5)))
check(lambda: ('{}'.format()))
check(lambda: ('{} {}'.format(1)))
check(lambda: ('{1}'.format(1)))
check(lambda: ('{a}'.format()))
check(lambda: ('{a}'.format(b=1)))
check(lambda: ('{0} {}'.format(1, 2)))
check(lambda: ('{} {0}'.format(1, 2)))
check(lambda: ('{'.format(1)))
check(lambda: ('}'.format(1)))
check(lambda: ('{0'.format(1)))
check(lambda: ('{0!}'.format(1)))
check(lambda: ('{0!x}'.format(1)))
check(lambda: ('{0!rr}'.format(1)))
check(lambda: ('{0!r'.format(1)))
check(lambda: ('{0:'.format(1)))
check(lambda: ('{0[}'.format([1])))
check(lambda: ('{0[0}'.format([1])))
check(lambda: ('{0.}'.format(1)))
check(lambda: ('{0.foo}'.format(1)))
check(lambda: ('{0[5]}'.format([1])))
check(lambda: ('{0[a]}'.format([1])))
check(lambda: ('{0[b]}'.format({'a': 1})))
check(lambda: ('{0[]}'.format([1])))
check(lambda: ('{0[0]x}'.format([1])))
check(lambda: ('{!}'.format(1)))
check(lambda: ('a{}b}'.format(1)))
check(lambda: ('{:{:{}}}'.format(1, 2, 3)))
check(lambda: ('{:d}'.format('a')))
check(lambda: ('{:s}'.format(5)))
check(lambda: ('{ }'.format(1)))
check(lambda: ('{0 }'.format(1)))
check(lambda: ('{-1}'.format(1)))
check(lambda: ('{0:{1}}'.format(5, '>5'), '{0:{1}{2}}'.format(5, '>', 5), '{:>{}}'.format('a', 5), '{:<10}|{:^10}|{:>10}'.format('a', 'b', 'c')))
check(lambda: ('{0:,} {0:_} {1:e} {1:g} {1:%}'.format(1234567, 0.5)))
check(lambda: ('{:c}'.format(65), '{:#b}'.format(5), '{:+d}'.format(5), '{:n}'.format(5)))
check(lambda: ('{:5s}|{:>5s}|{:^5s}|'.format('a', 'b', 'c'), '{:.2s}'.format('abc')))
check(lambda: ('{:{}{}}'.format(1, '>', 4)))
check(lambda: ('{a.v} {b[0]}'.format(a=Ix(1), b=[2])))
check(lambda: ('{0}'.format('{}'), '{}'.format({}), '{}'.format({1: 2}), '{}'.format([1, 'a']), '{!r:^10}'.format('a'), '{!a}'.format('é')))
check(lambda: (format(1234567.0, ','), format(0.0, ',.3f'), format(-0.0, 'f'), format(-0.0, '+g'), format(0.0, 'e'), format(0, 'e'), format(1e15, ''), format(1e16, ''), format(1.5, '+'), format(1.5, ' '), format(123.456, '08.1f'), format(-123.456, '=+12.1f'), format(5, '<'), format(5, '010'), format(5, '<010'), format(5, '*<010'), format(5.5, '^010')))
check(lambda: (format(12345678901234567890 % 10**15, ','), format(0.1, '.20f'), format(0.1, '.17g'), format(1/3, '.10'), format(2.5, '.0f'), format(3.5, '.0f'), format(1e-7, 'f'), format(123456789.0, 'g'), format(0.0001, 'g'), format(0.00001234, '.2g')))
check(lambda: (format(5, '_d'), format(12345, '_'), format(12345, '_x'), format(1234567, '020,d'), format(1234567, '*>20,d'), format(12345.6789, '_.2f'), format(1e6, ','), format(123456, ',.3%'), format(1234.5, ',g'), format(1e20, ',f'), format(123456789, ',e')))
check(lambda: (format(5, '99999999999999999999')))
check(lambda: (format(3, '.99999999999999999999f')))
check(lambda: (format(True, ''), format(True, 's')))
check(lambda: (format(True, '5'), format(False, 'd'), format('a', ''), format(b'a', '')))
check(lambda: (format(b'a', '5')))
check(lambda: (format(5, 'z')))
check(lambda: (format(-0.0, 'z.1f'), format(-0.01, 'z.1f')))
check(lambda: (format('x', '^1'), format('', '5') + '|', format('', '*^5'), format('a', 'é^5'), format('a', '<<5'), format('a', '>>5')))
check(lambda: (format(1.0, '.0'), format(1e5, '.0'), format(0.0, '.0'), format(1.5, '.1'), format(12.0, '.1'), format(1e300, '.50f')[:50]))
def block0():
    x = 5
    return f'{x=}'
check(block0)
def block1():
    x = 'a'
    return f'{x=}', f'{x=!s}', f'{x = }', f'{x=:>4}'
check(block1)
def block2():
    w = 10
    p = 3
    return f'{3.14159:{w}.{p}}', f'{"a":{w}}|', f'{"a":>{w}}', f'{5:{"<"}{w}}|', f'{5:0{w}}'
check(block2)
