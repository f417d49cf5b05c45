# SPDX-License-Identifier: Apache-2.0
import helper
import pkg.sub.deep
from pkg import thing as t, area
from pkg.sub import deep as d2
import pkg.sub.deep as d3
from stars import *
import cyc_a
print(__name__, helper.__name__, helper.VALUE, helper.double(4))
helper.VALUE = 10
helper.extra = "set from outside"
print(helper.get(), helper.extra)
helper.VALUE += 5
print(helper.get())
m = helper
print(m.VALUE, getattr(m, "VALUE"), m is helper, type(m).__name__)
try:
    m.nothing
except AttributeError as e:
    print(e)
print(hasattr(m, "double"), m.double(3))
setattr(m, "VALUE", 77)
print(helper.get())
print(t, area(3), pkg.sub.deep.NAME, d2.NAME, d3.NAME, d2 is d3)
print(star_one, star_two())
print(cyc_a.result())
def lazy():
    import late
    return late.N
print("before lazy")
print(lazy(), lazy())
try:
    import broken
except ValueError as e:
    print("broken:", e)
try:
    import broken
except ValueError as e:
    print("broken again:", e)
try:
    import missing_thing
except ImportError as e:
    print(type(e).__name__, e)
try:
    from helper import not_there
except ImportError as e:
    print("ImportError")
del helper.extra
try:
    helper.extra
except AttributeError as e:
    print(e)
c = helper.Klass()
print(c.hello(), helper.Klass, helper.Klass.__module__)
class Sub(helper.Klass):
    def hello(self):
        return super().hello() + "!"
print(Sub().hello())
