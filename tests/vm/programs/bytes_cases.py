# SPDX-License-Identifier: Apache-2.0
"""bytes and bytearray: constructors, methods, slices and their errors."""
# ruff: noqa
# fmt: off

from common.cases import check, Ix

check(lambda: (bytes(), bytes(3), bytes([1, 2]), bytes('abc', 'utf-8'), bytes(b'abc'), bytes(bytearray(b'a')), bytes((1, 2)), bytes(range(3)), bytes('é', 'latin-1'), bytes('abc', encoding='ascii'), bytes(x for x in [1, 2])))
check(lambda: (bytes('abc')))
check(lambda: (bytes(-1)))
check(lambda: (bytes([256])))
check(lambda: (bytes([-1])))
check(lambda: (bytes(['a'])))
check(lambda: (bytes(1.5)))
check(lambda: (bytes(None)))
check(lambda: (bytes(1, 'a')))
check(lambda: (bytes('a', 1)))
check(lambda: (bytes(Ix(3))))
check(lambda: (bytes([Ix(3)])))
check(lambda: (bytes({1: 2})))
check(lambda: (bytes(object())))
check(lambda: (bytes('é', 'ascii')))
check(lambda: (bytearray(), bytearray(3), bytearray([1, 2]), bytearray('abc', 'utf-8'), bytearray(b'abc'), bytearray(range(3))))
check(lambda: (bytearray('abc')))
check(lambda: (bytearray(-1)))
check(lambda: (bytearray([256])))
check(lambda: (bytearray(['a'])))
check(lambda: (bytearray(None)))
check(lambda: (b'abc'[0], b'abc'[-1], b'abc'[1:], b'abc'[::-1], b'abc'[::2], bytearray(b'abc')[0], bytearray(b'abc')[1:], bytearray(b'abcdef')[4:0:-2]))
check(lambda: (b'abc'[3]))
check(lambda: (bytearray(b'abc')[3]))
check(lambda: (b'abc'['a']))
check(lambda: (bytearray(b'abc')['a']))
check(lambda: (b'abc'[1.5]))
check(lambda: (b'a' in b'abc', 97 in b'abc', b'' in b'abc', b'bc' in bytearray(b'abc'), 300 in [300], 0 in b'', bytearray(b'a') in b'abc'))
check(lambda: ('a' in b'abc'))
check(lambda: (300 in b'abc'))
check(lambda: (None in b'abc'))
check(lambda: (1.5 in bytearray(b'a')))
check(lambda: (b'hello'.find(b'l'), b'hello'.find(108), b'hello'.find(b'l', 3), b'hello'.rfind(b'l'), b'hello'.index(b'l'), b'hello'.count(b'l'), b'hello'.count(108), b'hello'.find(b'z'), b'hello'.count(b'')))
check(lambda: (b'hello'.find('l')))
check(lambda: (b'hello'.find(300)))
check(lambda: (b'hello'.index(b'z')))
check(lambda: (b'hello'.count('a')))
check(lambda: (b'a b c'.split(), b'a,b'.split(b','), b'a,b,c'.split(b',', 1), b'a,b,c'.rsplit(b',', 1), bytearray(b'a b').split(), b' a '.strip(), b'xax'.strip(b'x'), b'a\nb'.splitlines(), b'a\x0bb'.splitlines()))
check(lambda: (b'a'.split('a')))
check(lambda: (b'a'.split(b'')))
check(lambda: (b'a'.strip('a')))
check(lambda: (b'hello'.replace(b'l', b'L'), b'hello'.replace(b'l', b'L', 1), bytearray(b'hello').replace(b'l', b''), b'hello'.replace(b'', b'-')))
check(lambda: (b'hello'.replace('l', 'L')))
check(lambda: (b'hello'.replace(108, 109)))
check(lambda: (b'a.b'.partition(b'.'), b'a.b.c'.rpartition(b'.'), bytearray(b'a.b').partition(b'.'), bytearray(b'ab').partition(b'.')))
check(lambda: (b','.join([b'a', b'b']), b''.join([bytearray(b'a')]), bytearray(b',').join([b'a', b'b'])))
check(lambda: (b','.join(['a'])))
check(lambda: (b','.join([1])))
check(lambda: (b','.join(1)))
check(lambda: (b'hello'.startswith(b'he'), b'hello'.startswith((b'x', b'he')), b'hello'.endswith(b'lo'), b'hello'.startswith(b'l', 2)))
check(lambda: (b'hello'.startswith('he')))
check(lambda: (b'hello'.startswith(1)))
check(lambda: (b'hello'.endswith((1,))))
check(lambda: (b'Hello'.lower(), b'Hello'.upper(), b'Hello'.swapcase(), b'hello world'.title(), b'hELLO'.capitalize(), bytearray(b'Hello').upper()))
check(lambda: (b'abc'.isalpha(), b'ab1'.isalnum(), b'12'.isdigit(), b' '.isspace(), b'AB'.isupper(), b'ab'.islower(), b'Ab'.istitle(), b'a'.isascii(), b'\xff'.isalpha(), b'\xff'.isascii(), b''.isalpha()))
check(lambda: (b'abc'.center(9, b'*'), b'abc'.ljust(5), b'abc'.rjust(5), b'42'.zfill(5), b'-4'.zfill(5), b'a\tb'.expandtabs(4)))
check(lambda: (b'abc'.center(9, '*')))
check(lambda: (b'abc'.center(9, b'**')))
check(lambda: (b'hello'.removeprefix(b'he'), b'hello'.removesuffix(b'lo')))
check(lambda: (b'abc'.translate(bytes(range(256))), b'abc'.translate(None, b'b')))
check(lambda: (bytes.maketrans(b'ab', b'xy')[97:99]))
check(lambda: (b'abc'.hex(), b'abc'.hex(':'), b'abcdef'.hex('-', 2), b'abcdef'.hex('-', -4), bytearray(b'ab').hex(), b''.hex(), b'abc'.hex(sep=' ')))
check(lambda: (b'abc'.hex('ab')))
check(lambda: (b'abc'.hex(1)))
check(lambda: (bytes.fromhex('01 02ff'), bytearray.fromhex('0102'), bytes.fromhex(''), bytes.fromhex(' AB cd ')))
check(lambda: (bytes.fromhex('0')))
check(lambda: (bytes.fromhex('0g')))
check(lambda: (bytes.fromhex('0 1')))
check(lambda: (bytes.fromhex(b'01')))
check(lambda: (bytes.fromhex(1)))
check(lambda: (list(b'abc'), tuple(bytearray(b'ab')), sorted(b'cab'), max(b'abc'), sum(b'abc'), len(b'abc'), [x for x in b'ab'], list(reversed(b'abc'))))
check(lambda: (b'a' * -1, b'ab' * 2, bytearray(b'a') * 3, 2 * bytearray(b'a')))
check(lambda: (b'a' * b'a'))
check(lambda: (b'a' * 1.5))
check(lambda: (b'a' - b'b'))
check(lambda: (b'a' < b'b', b'a' <= b'a', b'b' > b'abc', b'a' == bytearray(b'a'), bytearray(b'a') == b'a', b'a' != b'b'))
check(lambda: (b'a' < 'a'))
check(lambda: (bytearray(b'a') < 1))
check(lambda: (b'a' == 97))
check(lambda: (hash(b'a') == hash(b'a'), {b'a': 1}[b'a']))
check(lambda: ({bytearray(b'a'): 1}))
check(lambda: (bool(b''), bool(b'a'), bool(bytearray()), bool(bytearray(1))))
check(lambda: (repr(bytearray()), repr(bytearray(b'\x00')), str(bytearray(b'a'))))
check(lambda: (b'abc'.decode(), bytearray(b'abc').decode(), bytearray(b'h\xc3\xa9').decode('utf-8')))
check(lambda: (b'abc'.foo))
check(lambda: (b'abc'.append(1)))
check(lambda: (bytes.foo))
check(lambda: (int('5', base=16), int(b'ff', 16), int(bytearray(b'ff'), 16), float(bytearray(b'1.5'))))
check(lambda: (b'%d' % 5, b'%s' % b'a', b'%x' % 255, b'%c' % 65, b'%r' % 'a', b'%5d|' % 5, b'%b' % b'a', bytearray(b'%d') % 5))
check(lambda: (b'a%sb' % 'x'))
check(lambda: (b'abc'.isdecimal()))
check(lambda: (b'abc'.encode()))
check(lambda: ('abc'.decode()))
def block0():
    b = b'abc'
    b[0] = 1
    return b
check(block0)
def block1():
    b = b'abc'
    del b[0]
    return b
check(block1)
def block2():
    b = bytearray(b'abc')
    b[0] = 65
    return b
check(block2)
def block3():
    b = bytearray(b'abc')
    b[0] = 256
    return b
check(block3)
def block4():
    b = bytearray(b'abc')
    b[0] = -1
    return b
check(block4)
def block5():
    b = bytearray(b'abc')
    b[0] = 'a'
    return b
check(block5)
def block6():
    b = bytearray(b'abc')
    b[3] = 1
    return b
check(block6)
def block7():
    b = bytearray(b'abc')
    b[-1] = Ix(66)
    return b
check(block7)
def block8():
    b = bytearray(b'abc')
    b['a'] = 1
    return b
check(block8)
def block9():
    b = bytearray(b'abc')
    b[1:2] = b'XYZ'
    return b
check(block9)
def block10():
    b = bytearray(b'abc')
    b[1:2] = [1, 2]
    return b
check(block10)
def block11():
    b = bytearray(b'abc')
    b[:] = b''
    return b
check(block11)
def block12():
    b = bytearray(b'abc')
    b[1:1] = bytearray(b'--')
    return b
check(block12)
def block13():
    b = bytearray(b'abc')
    b[5:] = b'x'
    return b
check(block13)
def block14():
    b = bytearray(b'abc')
    b[2:1] = b'x'
    return b
check(block14)
def block15():
    b = bytearray(b'abcdef')
    b[::2] = b'XYZ'
    return b
check(block15)
def block16():
    b = bytearray(b'abcdef')
    b[::2] = b'XY'
    return b
check(block16)
def block17():
    b = bytearray(b'abcdef')
    b[::-1] = b'123456'
    return b
check(block17)
def block18():
    b = bytearray(b'abcdef')
    b[1:2] = 5
    return b
check(block18)
def block19():
    b = bytearray(b'abcdef')
    b[1:2] = 'a'
    return b
check(block19)
def block20():
    b = bytearray(b'abcdef')
    b[1:2] = [300]
    return b
check(block20)
def block21():
    b = bytearray(b'abcdef')
    b[1:3] = b
    return b
check(block21)
def block22():
    b = bytearray(b'abcdef')
    b[:] = b[::-1]
    return b
check(block22)
def block23():
    b = bytearray(b'abcdef')
    b[::2] = b''
    return b
check(block23)
def block24():
    b = bytearray(b'abcdef')
    del b[0]
    return b
check(block24)
def block25():
    b = bytearray(b'abcdef')
    del b[1:3]
    return b
check(block25)
def block26():
    b = bytearray(b'abcdef')
    del b[::2]
    return b
check(block26)
def block27():
    b = bytearray(b'abcdef')
    del b[::-2]
    return b
check(block27)
def block28():
    b = bytearray(b'abcdef')
    del b[10]
    return b
check(block28)
def block29():
    b = bytearray(b'abcdef')
    del b[:]
    return b
check(block29)
def block30():
    b = bytearray(b'abc')
    b.append(1)
    return b
check(block30)
def block31():
    b = bytearray(b'abc')
    b.append(256)
    return b
check(block31)
def block32():
    b = bytearray(b'abc')
    b.append('a')
    return b
check(block32)
def block33():
    b = bytearray(b'abc')
    b.append(b'a')
    return b
check(block33)
def block34():
    b = bytearray(b'abc')
    b.extend(b'de')
    return b
check(block34)
def block35():
    b = bytearray(b'abc')
    b.extend([1, 2])
    return b
check(block35)
def block36():
    b = bytearray(b'abc')
    b.extend('ab')
    return b
check(block36)
def block37():
    b = bytearray(b'abc')
    b.extend(5)
    return b
check(block37)
def block38():
    b = bytearray(b'abc')
    b.extend([256])
    return b
check(block38)
def block39():
    b = bytearray(b'abc')
    b.extend(['a'])
    return b
check(block39)
def block40():
    b = bytearray(b'abc')
    b.extend(b)
    return b
check(block40)
def block41():
    b = bytearray(b'abc')
    b.extend(x for x in [1])
    return b
check(block41)
def block42():
    b = bytearray(b'abc')
    b.insert(1, 65)
    return b
check(block42)
def block43():
    b = bytearray(b'abc')
    b.insert(10, 65)
    b.insert(-10, 66)
    return b
check(block43)
def block44():
    b = bytearray(b'abc')
    b.insert(0, 256)
    return b
check(block44)
def block45():
    b = bytearray(b'abc')
    x = b.pop()
    return (x, b)
check(block45)
def block46():
    b = bytearray(b'abc')
    x = b.pop(0)
    return (x, b)
check(block46)
def block47():
    b = bytearray(b'abc')
    x = b.pop(5)
    return (x, b)
check(block47)
def block48():
    b = bytearray()
    return b.pop()
check(block48)
def block49():
    b = bytearray(b'abc')
    b.remove(98)
    return b
check(block49)
def block50():
    b = bytearray(b'abc')
    b.remove(5)
    return b
check(block50)
def block51():
    b = bytearray(b'abc')
    b.remove('a')
    return b
check(block51)
def block52():
    b = bytearray(b'abc')
    b.remove(256)
    return b
check(block52)
def block53():
    b = bytearray(b'abc')
    b.reverse()
    return b
check(block53)
def block54():
    b = bytearray(b'abc')
    b.clear()
    return b
check(block54)
def block55():
    b = bytearray(b'abc')
    c = b.copy()
    c.append(1)
    return (b, c)
check(block55)
def block56():
    b = bytearray(b'abc')
    b += b'd'
    return b
check(block56)
def block57():
    b = bytearray(b'abc')
    b += [1]
    return b
check(block57)
def block58():
    b = bytearray(b'abc')
    b += 'a'
    return b
check(block58)
def block59():
    b = bytearray(b'abc')
    b *= 2
    return b
check(block59)
def block60():
    b = bytearray(b'abc')
    b *= 'a'
    return b
check(block60)
def block61():
    b = b'abc'
    b += bytearray(b'd')
    return b
check(block61)
def block62():
    b = b'abc'
    b += [1]
    return b
check(block62)
def block63():
    b = b'abc'
    b += 1
    return b
check(block63)
def block64():
    a, b, c = b'abc'
    return (a, b, c)
check(block64)
def block65():
    b = bytearray(10)
    b[2:5] = b'abc'
    b[0] |= 5
    b[1] += 7
    return b
check(block65)
def block66():
    b = bytearray(b'0123456789')
    b[2:8:3] = b'xy'
    return b
check(block66)
def block67():
    b = bytearray(3)
    b[:2] = bytes(1)
    return b
check(block67)
def block68():
    b = bytearray(b'abc')
    return [b.pop() for _ in range(3)], b
check(block68)
def block69():
    b = bytearray()
    b.extend(range(300 - 44))
    return len(b), b[255]
check(block69)

class Bytes(str):
    def __bytes__(self):
        return b'abc'
check(lambda: bytes(Bytes('x')))
check(lambda: bytes(Bytes('x'), 'ascii'))
check(lambda: b'\xb9\x01'.hex(''))
check(lambda: b'\xb9\x01'.hex('xx'))
check(lambda: b'\xb9\x01'.hex('\xff'))
check(lambda: b'\xb9\x01'.hex(b'\xff'))
check(lambda: b'\xb9\x01'.hex('\u0100'))
check(lambda: 'aé€😀'.encode('ascii', 'backslashreplace'))
check(lambda: 'aé€😀'.encode('latin-1', 'xmlcharrefreplace'))
check(lambda: 'aé€😀'.encode('ascii', errors='nope'))
check(lambda: 'a'.encode('ascii', 'nope'))
check(lambda: b'a\xff\xe2\x82'.decode('utf-8', 'backslashreplace'))
check(lambda: b'a\xff'.decode('ascii', 'backslashreplace'))
check(lambda: b'a\xff'.decode('ascii', 'xmlcharrefreplace'))
check(lambda: b'a\xff'.decode('ascii', 'nope'))
def parts(f):
    try:
        f()
    except UnicodeError as e:
        return e.encoding, e.object, e.start, e.end, e.reason, e.args, str(e)
check(lambda: parts(lambda: b'a\xff'.decode()))
check(lambda: parts(lambda: bytearray(b'a\xe2\x82').decode()))
check(lambda: parts(lambda: 'aé€b'.encode('ascii')))
check(lambda: parts(lambda: 'a€'.encode('latin-1')))
check(lambda: parts(lambda: '😀'.encode('ascii')))
check(lambda: str(UnicodeDecodeError('utf-8', b'ab', 1, 2, 'why')))
check(lambda: str(UnicodeEncodeError('ascii', 'ab', 0, 2, 'why')))
check(lambda: UnicodeEncodeError('ascii', 'ab', 0, 2, 'why'))
