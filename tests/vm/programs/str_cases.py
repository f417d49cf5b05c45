# SPDX-License-Identifier: Apache-2.0
"""Strs: methods, encodings, repr, % and their errors."""
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

check(lambda: ('hello'.find('l'), 'hello'.find('l', 3), 'hello'.find('l', 4), 'hello'.find('l', -2), 'hello'.find(''), 'hello'.find('', 5), 'hello'.find('', 6), 'hello'.find('l', 0, 2)))
check(lambda: ('hello'.find('l', None, None), 'hello'.find('l', None, 3)))
check(lambda: ('hello'.rfind('l'), 'hello'.rfind('l', 0, 3), 'hello'.rfind(''), 'hello'.rfind('', 2, 3)))
check(lambda: ('hello'.index('z')))
check(lambda: ('hello'.rindex('z')))
check(lambda: ('hello'.index(1)))
check(lambda: ('hello'.find(1)))
check(lambda: ('hello'.find('a', 'b')))
check(lambda: ('hello'.count('l'), 'hello'.count(''), 'hello'.count('l', 3), 'hello'.count('', 6), 'hello'.count('', 5), 'aaaa'.count('aa')))
check(lambda: ('hello'.count(1)))
check(lambda: ('héllo'.find('l'), 'héllo'.index('o'), 'héllo'.rfind('l'), 'héllo'.count(''), 'héllo'[1], 'héllo'[1:3], 'héllo'[::-1], len('héllo')))
check(lambda: (' a b  c '.split(), ' a b  c '.split(' '), 'a,b,c'.split(','), 'a,b,c'.split(',', 1), 'a,b,c'.rsplit(',', 1), ' a b  c '.split(None, 1), ' a b  c '.rsplit(None, 1)))
check(lambda: (''.split(), ''.split(','), 'abc'.split('abc'), 'a,b'.split(sep=','), 'a,b,c'.split(',', maxsplit=1), 'a,b,c'.split(maxsplit=0, sep=',')))
check(lambda: ('abc'.split('')))
check(lambda: ('abc'.split(1)))
check(lambda: ('abc'.split(None, 'a')))
check(lambda: ('abc'.split(foo=1)))
check(lambda: ('abc'.rsplit('')))
check(lambda: (' a b c '.split(maxsplit=0), ' a b c '.rsplit(maxsplit=0), ' a b c '.rsplit(maxsplit=1), ' a b c '.split(maxsplit=2), 'a b c'.split(maxsplit=-1)))
check(lambda: ('a\nb\r\nc\rd'.splitlines(), 'a\nb\r\nc\rd'.splitlines(True), ''.splitlines(), '\n'.splitlines(), 'a\x0bb\x0cc\x1cd\x85e\u2028f'.splitlines(), 'a\n\nb'.splitlines(keepends=True)))
check(lambda: ('  a '.strip(), '  a '.lstrip(), '  a '.rstrip(), 'xxaxx'.strip('x'), 'abcba'.strip('ab'), '\t\n a\x0b\x0c'.strip(), 'a'.strip(None), ''.strip(), 'aaa'.strip('a')))
check(lambda: ('a'.strip(1)))
check(lambda: ('\x85a\xa0'.strip(), '\u2003a\u2003'.strip(), 'éaé'.strip('é')))
check(lambda: ('hello'.replace('l', 'L'), 'hello'.replace('l', 'L', 1), 'hello'.replace('', '-'), 'hello'.replace('', '-', 2), 'hello'.replace('l', ''), ''.replace('', 'x'), 'hello'.replace('z', 'x'), 'hello'.replace('l', 'L', 0), 'hello'.replace('l', 'L', -1)))
check(lambda: ('hello'.replace('l')))
check(lambda: ('hello'.replace(1, 'a')))
check(lambda: ('hello'.replace('a', 1)))
check(lambda: ('hello'.replace('a', 'b', 'c')))
check(lambda: ('a.b.c'.partition('.'), 'a.b.c'.rpartition('.'), 'abc'.partition('.'), 'abc'.rpartition('.')))
check(lambda: ('abc'.partition('')))
check(lambda: ('abc'.partition(1)))
check(lambda: (','.join(['a', 'b']), ','.join(('a',)), ','.join([]), ','.join('abc'), ''.join({'a': 1}), ','.join(x for x in 'abc')))
check(lambda: (','.join([1])))
check(lambda: (','.join(['a', 1])))
check(lambda: (','.join(1)))
check(lambda: (','.join(None)))
check(lambda: (','.join()))
check(lambda: (','.join([b'a'])))
check(lambda: ('hello'.startswith('he'), 'hello'.startswith(('x', 'he')), 'hello'.startswith('l', 2), 'hello'.startswith('l', 2, 2), 'hello'.startswith(()), 'hello'.startswith('', 5), 'hello'.startswith('', 6), 'hello'.endswith('lo'), 'hello'.endswith(('x', 'lo')), 'hello'.endswith('l', 0, 4), 'hello'.endswith('')))
check(lambda: ('hello'.startswith(1)))
check(lambda: ('hello'.startswith(['h'])))
check(lambda: ('hello'.startswith((1,))))
check(lambda: ('hello'.endswith(1)))
check(lambda: ('hello'.removeprefix('he'), 'hello'.removesuffix('lo'), 'hello'.removeprefix('x'), 'hello'.removesuffix(''), 'hello'.removeprefix('hello')))
check(lambda: ('hello'.removeprefix(1)))
check(lambda: ('Hello World'.lower(), 'Hello World'.upper(), 'Hello World'.swapcase(), 'hello world'.capitalize(), "hello wOrld it's".title(), 'HELLO'.casefold(), 'straße'.upper(), 'ÉCOLE'.lower(), 'école'.upper(), 'école'.title(), 'ß'.casefold()))
check(lambda: ('abc'.isalpha(), 'ab1'.isalpha(), ''.isalpha(), 'abc1'.isalnum(), '123'.isdigit(), '123'.isdecimal(), '123'.isnumeric(), '½'.isnumeric(), '²'.isdigit(), '²'.isdecimal(), ' \t'.isspace(), ''.isspace(), '\xa0'.isspace(), 'ABC'.isupper(), 'A1'.isupper(), '1'.isupper(), 'abc'.islower(), 'Abc'.istitle(), 'Abc Def'.istitle(), 'abc'.istitle(), 'ABC'.istitle(), ''.istitle(), 'É'.isupper(), 'é'.islower(), 'é'.isalpha(), 'É'.isalnum(), '日本'.isalpha(), '日本'.isupper()))
check(lambda: ('abc'.isidentifier(), '1a'.isidentifier(), 'a b'.isidentifier(), ''.isidentifier(), 'é'.isidentifier(), '_'.isidentifier(), 'a\x00'.isidentifier()))
check(lambda: ('abc'.isprintable(), 'a\n'.isprintable(), ''.isprintable(), '\x7f'.isprintable(), '\xa0'.isprintable(), 'é'.isprintable(), 'abc'.isascii(), 'é'.isascii(), ''.isascii()))
check(lambda: ('abc'.center(10), 'abc'.center(10, '*'), 'abc'.center(9, '*'), 'abcd'.center(9, '*'), 'abc'.ljust(6) + '|', 'abc'.rjust(6), 'abc'.rjust(6, 'é'), 'abc'.center(2), 'héé'.center(8, '-')))
check(lambda: ('abc'.center(10, '**')))
check(lambda: ('abc'.center(10, 1)))
check(lambda: ('abc'.center('a')))
check(lambda: ('abc'.center()))
check(lambda: ('42'.zfill(5), '-42'.zfill(5), '+42'.zfill(5), ''.zfill(3), '--4'.zfill(6), 'abc'.zfill(2)))
check(lambda: ('a\tb\tc'.expandtabs(), 'a\tb'.expandtabs(4), '\t'.expandtabs(0), 'a\n\tb'.expandtabs(tabsize=3)))
check(lambda: (str.maketrans({'a': 'b', 'c': None, 100: 'x'})))
check(lambda: (str.maketrans('abc', 'xyz')))
check(lambda: (str.maketrans('abc', 'xyz', 'd')))
check(lambda: ('abcd'.translate({97: 'X', 98: None, 99: 100})))
check(lambda: ('abcd'.translate(str.maketrans('ab', 'xy'))))
check(lambda: (str.maketrans('ab', 'x')))
check(lambda: ('hello'.encode(), 'hé'.encode(), 'hello'.encode('utf-8'), 'hello'.encode('ascii'), 'hello'.encode('latin-1'), 'hé'.encode('latin-1'), 'hé'.encode('ascii', 'ignore'), 'hé'.encode('ascii', 'replace'), 'hé'.encode(encoding='utf-8', errors='strict')))
check(lambda: ('hé'.encode('ascii')))
check(lambda: ('h€'.encode('latin-1')))
check(lambda: ('a'.encode('foo')))
check(lambda: ('a'.encode(1)))
check(lambda: (b'h\xc3\xa9'.decode(), b'abc'.decode('ascii'), b'h\xe9'.decode('latin-1'), b'h\xe9x'.decode('utf-8', 'ignore'), b'h\xe9x'.decode('utf-8', 'replace'), b'\xff'.decode('utf-8', errors='replace')))
check(lambda: (b'\xff'.decode()))
check(lambda: (b'\xe9'.decode('ascii')))
check(lambda: (b'a\xc3'.decode()))
check(lambda: (b'a\xe2\x82'.decode()))
check(lambda: (b'a\xe2\x82x'.decode()))
check(lambda: (b'\xc3\x28'.decode()))
check(lambda: (b'\xed\xa0\x80'.decode()))
check(lambda: (b'a'.decode('foo')))
check(lambda: (b'a\x80b'.decode()))
check(lambda: (str(b'abc', 'utf-8'), str(b'abc', encoding='ascii'), str(b'abc'), str(bytearray(b'abc'), 'utf-8')))
check(lambda: (str(1, 'utf-8')))
check(lambda: (str('a', 'utf-8')))
check(lambda: (str(object=5), str()))
check(lambda: (str(b'\xff', 'utf-8')))
check(lambda: (str(b'a\xff', 'utf-8', 'ignore')))
check(lambda: (str(b'a', errors='strict')))
check(lambda: ('hello'[0], 'hello'[-1], 'hello'[1:3], 'hello'[:2], 'hello'[::-1], 'hello'[::2], 'hello'[3:1], 'hello'[10:], 'hello'[-3:-1], 'hello'[4:0:-2]))
check(lambda: ('hello'[10]))
check(lambda: ('hello'[-6]))
check(lambda: ('hello'['a']))
check(lambda: ('hello'[1.5]))
check(lambda: ('hello'[None]))
check(lambda: ('hello'[Ix(1)]))
check(lambda: ('hello'[::0]))
check(lambda: ('hello'['a':]))
check(lambda: ('hello'[1:'b']))
check(lambda: ('hello'[Ix(1):Ix(3)]))
check(lambda: ('hello'[True]))
check(lambda: ('abc'.foo))
check(lambda: ('a' in 'abc', '' in 'abc', 'bc' in 'abc', 'd' not in 'abc'))
check(lambda: (1 in 'abc'))
check(lambda: (None in 'abc'))
check(lambda: (b'a' in 'abc'))
check(lambda: ('a' < 'b', 'a' < 'ab', 'é' > 'z', 'a' == 'a', 'a' == b'a', 'a' != 1, 'abc' >= 'abc'))
check(lambda: ('a' < b'a'))
check(lambda: (b'a' < 'a'))
check(lambda: (b'a' < 1))
check(lambda: (b'a' < b'b', b'a' == bytearray(b'a'), bytearray(b'a') < b'b', b'a' == 'a'))
check(lambda: (repr('a\'b'), repr("a\"b"), repr('a\'"b'), repr('\n\t\r\\\x00\x1f\x7f\x80\xa0\xad\xff'), repr('\u2028\u200b\ufeff\ue000\U0001f600\U000e0001'), repr('é日本')))
check(lambda: (ascii('é日本\U0001f600'), ascii([1, 'é'])))
check(lambda: (repr(b'a\'b'), repr(b'a"b'), repr(b'\'"'), repr(b'\x00\xff\n\t\r\\'), repr(bytearray(b'a\'b')), str(b'a'), str(bytearray(b'\x01'))))
check(lambda: (hash('a') == hash('a'), hash('a') == hash(b'a'), hash(b'abc') == hash(b'abc')))
check(lambda: (hash(bytearray(b'a'))))
check(lambda: (list('héa'), tuple('ab'), set('aa'), list(enumerate('é日')), [c for c in 'aéb'], ''.join(reversed('héllo')), sorted('hello')))
check(lambda: (min('hello'), max('héllo'), 'abc' * 0))
check(lambda: (len('\U0001f600'), '\U0001f600'[0], 'a\U0001f600b'[1:], 'a\U0001f600b'[::-1]))
check(lambda: (str.upper('abc'), str.join('-', ['a', 'b']), bytes.upper(b'abc')))
check(lambda: (str.upper(1)))
check(lambda: (str.upper()))
check(lambda: ('abc'.upper(1)))
check(lambda: ('abc'.join(1, 2)))
check(lambda: ('%s' % 'a', '%d' % 5, '%5d|%-5d|%05d' % (5, 5, 5), '%x %X %o' % (255, 255, 8), '%#x %#o' % (255, 8), '%+d % d' % (5, 5), '%c%c' % ('a', 98), '%r' % 'a', '%a' % 'é', '%%', '%5.2f' % 3.14159, '%e' % 12345.678, '%g' % 0.00001, '%G' % 1e20))
check(lambda: ('%s' % (1,), '%s %s' % (1, 2), '%s' % ((1, 2),), '%s' % [1, 2], '%s' % {'a': 1}, '%s' % None))
check(lambda: ('%(a)s %(b)d' % {'a': 1, 'b': 2}))
check(lambda: ('%(a)s' % {'b': 1}))
check(lambda: ('%(a)s' % 1))
check(lambda: ('%(a)s' % (1,)))
check(lambda: ('%d' % 'a'))
check(lambda: ('%d' % 1.9, '%i' % 5, '%u' % 5))
check(lambda: ('%d' % None))
check(lambda: ('%x' % 1.5))
check(lambda: ('%x' % 'a'))
check(lambda: ('%c' % 'ab'))
check(lambda: ('%c' % 1.5))
check(lambda: ('%c' % -1))
check(lambda: ('%f' % 'a'))
check(lambda: ('%s %s' % 1))
check(lambda: ('%s' % (1, 2)))
check(lambda: ('%s %s' % (1,)))
check(lambda: ('abc' % 1))
check(lambda: ('abc' % ()))
check(lambda: ('abc' % []))
check(lambda: ('abc' % {}))
check(lambda: ('abc' % (1,)))
check(lambda: ('%z' % 1))
check(lambda: ('%' % 1))
check(lambda: ('%5' % 1))
check(lambda: ('%(a' % {}))
check(lambda: ('%*d' % (5, 3), '%-*d|' % (5, 3), '%.*f' % (2, 3.14159), '%*.*f' % (8, 2, 3.14159)))
check(lambda: ('%*d' % ('a', 3)))
check(lambda: ('%.3d' % 5, '%.3s' % 'abcdef', '%10.3s|' % 'abcdef', '%.0f' % 2.5, '%.10d' % -5, '%+.3d' % 5, '%#.3x' % 5, '%08.3f' % -3.14159, '%-8.3f|' % 3.14, '%+.2e' % 12345.6789))
check(lambda: ('%5%' % ()))
check(lambda: ('%5s|%-5s|' % ('a', 'b'), '%05s' % 'a', '%05d' % -5, '%+05d' % 5, '%x' % -255, '%#X' % 255, '%ld' % 5))
check(lambda: ('%s' % b'a', '%s' % St(), '%r' % St(), '%5s' % True, '%d' % True))
check(lambda: ('%.2f' % 1, '%g' % 100000, '%g' % 1000000, '%g' % 1e-4, '%#g' % 1.0, '%.3g' % 1234.5, '%f' % float('inf'), '%5.1f|' % float('nan'), '%05d' % 123456, '%05f' % float('inf')))
check(lambda: (b'%s' % b'a'))
check(lambda: (b'%d' % 5))
check(lambda: ('%d%%' % 50))
check(lambda: ('%.50f' % 0.1, '%.20e' % 0.1, '%.30g' % 0.1, '%.0e' % 15.0, '%.100f' % 1.5))
check(lambda: ('%.60d' % 5, '%60d' % 5, '%.80x' % 5))
def block0():
    s = 'abc'
    s[0] = 'd'
    return s
check(block0)
def block1():
    s = 'abc'
    del s[0]
    return s
check(block1)
def block2():
    s = 'abc'
    s.foo = 1
    return s
check(block2)
def block3():
    a, *b = 'héy'
    return (a, b)
check(block3)
