# SPDX-License-Identifier: Apache-2.0
def f(n):
    try:
        if n == 0: return 'ret'
        if n == 1: raise ValueError('v')
        if n == 2: raise KeyError('k')
        if n == 3: 1 / 0
        if n == 4: raise SystemExit
    except ValueError as e: return ('VE', e.args)
    except (KeyError, TypeError) as e: return ('KE', str(e), repr(e))
    except Exception as e: return type(e).__name__, str(e)
    except: return 'bare'
    else: return 'else'
    finally: print('fin', n)
for i in range(6): print(f(i))
def g():
    for i in range(4):
        try:
            if i == 1: continue
            if i == 3: break
            print('body', i)
        finally: print('finally', i)
    return i
print(g())
def h():
    try: return 1
    finally: return 2
print(h())
def k():
    while True:
        try: raise ValueError
        except ValueError: break
        finally: print('kf')
    return 'k'
print(k())
def m():
    try:
        try: raise KeyError('a')
        finally: print('inner')
    except KeyError as e: print('outer', e)
    try: e
    except NameError as x: print(type(x).__name__, x)
m()
def n():
    try:
        raise ValueError('1')
    except ValueError:
        try: raise
        except ValueError as e: print('re', e)
n()
def o():
    try: return 'a'
    finally: print('b')
print(o())
def fin_exc():
    try:
        try: 1 / 0
        finally: raise KeyError('replaced')
    except KeyError as e:
        print(repr(e), repr(e.__context__), e.__cause__, e.__suppress_context__)
fin_exc()
def nested():
    try:
        raise ValueError('a')
    except ValueError as e:
        try:
            raise TypeError('b')
        except TypeError as e2:
            print(repr(e2.__context__), e2.__context__ is e)
nested()
try:
    try: raise ValueError('x')
    except ValueError as e: raise KeyError('y') from e
except KeyError as e: print(repr(e.__cause__), e.__suppress_context__)
try:
    try: raise ValueError('x')
    except ValueError as e: raise KeyError('y') from None
except KeyError as e: print(repr(e.__cause__), repr(e.__context__), e.__suppress_context__)
try: raise ValueError from KeyError
except ValueError as e: print(repr(e.__cause__))
try: raise ValueError from 1
except TypeError as e: print(e)
try: raise 1
except TypeError as e: print(e)
try: raise int
except TypeError as e: print(e)
try: raise
except RuntimeError as e: print(e)
def rr(): raise
try: rr()
except RuntimeError as e: print(e)
try:
    try: 1/0
    except ZeroDivisionError: rr()
except ZeroDivisionError as e: print('reraised', e)
try:
    try: raise ValueError
    except int: pass
except TypeError as e: print(e)
try:
    try: raise ValueError
    except (int, ValueError): print('hm')
except TypeError as e: print(e)
class MyE(Exception): pass
class MyE2(MyE):
    def __init__(self, code, msg='dflt'):
        super().__init__(msg)
        self.code = code
class MyE3(MyE):
    def __init__(self, a): self.a = a
    def __str__(self): return 'str:' + str(self.a)
class MyE4(ValueError, ): x = 5
class MyE5(Exception):
    def __init__(self): Exception.__init__(self, 'five', 5)
for E, a in ((MyE, ()), (MyE, ('x',)), (MyE, ('x', 1)), (MyE2, (1,)), (MyE2, (1, 'm')), (MyE3, (7,)), (MyE4, ('v',)), (MyE5, ())):
    try: raise E(*a)
    except Exception as e: print(type(e).__name__, e, repr(e), e.args, getattr(e, 'code', '-'), isinstance(e, MyE), getattr(e, 'x', ''))
try: raise MyE
except MyE as e: print(repr(e))
try: raise MyE2
except TypeError as e: print(e)
try: MyE(a=1)
except TypeError as e: print(e)
class K(KeyError): pass
print(K('a'), repr(K('a')), K(1, 2))
class O(OSError): pass
print(O(1, 'x'), O(1, 'x').errno, O(1, 'x').strerror)
class SI(StopIteration): pass
print(SI(4).value)
def gen(): raise SI(4)
try: gen()
except StopIteration as e: print(e.value)
class BE(BaseException): pass
try:
    try: raise BE('b')
    except Exception: print('wrong')
except BE as e: print('BE', e)
class Ret(Exception):
    def __repr__(self): return 'Rrepr'
print(str(Ret('a')), repr(Ret('a')), [Ret()])
class EQ(Exception):
    def __eq__(self, o): return True
    __hash__ = None
print(EQ() == 1)
def f1():
    try:
        try:
            try: raise ValueError(1)
            finally: print(1)
        finally: print(2)
    except ValueError: print(3)
    finally: print(4)
f1()
def f2():
    for i in range(3):
        try:
            try:
                if i == 1: raise ValueError
                print('ok', i)
            except ValueError:
                print('exc'); continue
            else: print('else')
            finally: print('fin')
        finally: print('outerfin')
f2()
def f3():
    try: return 1
    finally:
        try: raise KeyError
        except KeyError: print('inner')
print(f3())
def f4():
    try:
        raise ValueError
    except ValueError:
        return 'exc'
    finally:
        print('f4')
print(f4())
def f5():
    while True:
        try:
            return 'x'
        finally:
            break
    return 'y'
print(f5())
def f6():
    for i in range(2):
        try: raise ValueError(i)
        except ValueError: pass
        finally: continue
    return i
print(f6())
def f7():
    try: pass
    except: print('no')
    else:
        try: raise IndexError
        except IndexError: print('idx')
    finally: print('f7')
f7()
def f8(x):
    try:
        return x
    finally:
        x = 10
print(f8(1))
def f9():
    try:
        try: raise ValueError('in')
        except KeyError: print('no')
        finally: print('f9')
    except ValueError as e: print(e)
f9()
try:
    try: raise ValueError('a')
    except ValueError as e:
        e = 5
        print(e)
    print(e)
except NameError as x: print(x)
try:
    raise ValueError
except ValueError as e:
    del e
c = 1
x = 'outer'
class A:
    print(x)
    if c:
        x = 1
    y = x
    print(y)
    if not c: z = 5
    try: z
    except NameError as e: print(e)
    for i in range(3):
        if i == 1: q = i
    print(q)
    x = 2
    del x
    print(x)
print(A.y, hasattr(A, 'x'))
e = OSError(2, 'No such')
print(e.errno, e.strerror, e.args)
print(SystemExit(3).code, SystemExit().code)
class B:
    def __bool__(self): return 1
for f in (lambda: bool(B()), lambda: not B(), lambda: 1 if B() else 2):
    try: print(f())
    except TypeError as e: print(e)
class It:
    def __iter__(self): return 5
for f in (lambda: iter(It()), lambda: list(It()), lambda: [x for x in It()]):
    try: print(f())
    except TypeError as e: print(e)
try:
    for x in It(): pass
except TypeError as e: print(e)
class NR:
    __iter__ = None
try:
    for x in NR(): pass
except TypeError as e: print(e)
