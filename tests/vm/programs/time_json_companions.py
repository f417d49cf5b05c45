# SPDX-License-Identifier: Apache-2.0
# The calendar of time, files and encoders of json, and variants of functions.
import gc
import io
import json
import time
from functools import partialmethod, singledispatch, singledispatchmethod
from json import dump, load

t = time.gmtime(1709212009.9)
print(t, t.tm_year, t[3], t.tm_yday, tuple(t), time.mktime(t), time.gmtime(0)[:6], time.gmtime(-1)[:6])
print(time.strftime("%Y-%m-%d %H:%M:%S %a %b %j", t), time.asctime(t), time.ctime(0), time.strptime("2024-02-29 13:06", "%Y-%m-%d %H:%M"))
print(time.strptime("Thu Feb 29 13:06:49 2024").tm_wday, len(time.localtime()), time.time() >= 0, time.monotonic() <= time.monotonic(), time.process_time() >= 0)

file = io.StringIO()
dump({"a": [1, 2.5, None]}, file)
file.seek(0)
print(file.getvalue(), load(file), json.load(io.StringIO("[1]")))


class Encoder(json.JSONEncoder):
    def default(self, o):
        if isinstance(o, set):
            return sorted(o)
        return super().default(o)


print(json.dumps({"s": {2, 1}}, cls=Encoder), Encoder(indent=1).encode([{3}]), json.dumps([1], indent=2), json.loads("[true]"), json.JSONDecoder().decode("{}"))
for bad in (lambda: json.dumps(object, cls=Encoder), lambda: json.loads("{"), lambda: json.load(io.StringIO(""))):
    try:
        print(bad())
    except (TypeError, json.JSONDecodeError) as e:
        print(type(e).__name__, e)
gc.disable()
print(gc.isenabled())
gc.enable()
print(gc.isenabled(), gc.collect() >= 0)


@singledispatch
def show(x):
    "Shows."
    return f"object {x}"


@show.register(int)
def _(x):
    return f"int {x}"


@show.register
def _(x: str):
    return f"str {x}"


show.register(list, lambda x: f"list of {len(x)}")
print(show(1), show("a"), show([1]), show(2.5), show(True), show.dispatch(int)(5), show.__name__, show.__doc__, len(show.registry))


class Cell:
    def __init__(self):
        self.alive = False

    def set_state(self, state, times=1):
        self.alive = state
        return times

    set_alive = partialmethod(set_state, True)
    set_dead = partialmethod(set_state, False, times=3)

    @singledispatchmethod
    def put(self, x):
        return "any"

    @put.register(int)
    def _(self, x):
        return f"int {x} {self.alive}"


c = Cell()
print(c.set_alive(), c.alive, c.set_dead(), c.alive, c.put("x"), c.put(3))
try:
    show()
except TypeError as e:
    print(e)
