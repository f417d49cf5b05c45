# SPDX-License-Identifier: Apache-2.0
HOST_N = 150000
MCU_N = 40


class DeviceError(Exception):
    pass


class Timeout(DeviceError):
    def __init__(self, ms):
        super().__init__("timeout after %d" % ms)
        self.ms = ms


class Bus:
    def __init__(self):
        self.resets = 0

    def read(self, i):
        if i % 5 == 0:
            raise Timeout(i)
        if i % 7 == 0:
            raise DeviceError("nack")
        if i % 11 == 0:
            return {}["missing"]
        if i % 13 == 0:
            return [][i]
        return i & 15


def attempt(bus, i):
    try:
        return bus.read(i)
    except Timeout as e:
        return e.ms & 7
    except DeviceError:
        bus.resets += 1
        return -1
    finally:
        bus.resets += 1


def bench(n):
    bus = Bus()
    s = 0
    for i in range(n):
        try:
            s += attempt(bus, i)
        except (KeyError, IndexError) as e:
            s += 3 if isinstance(e, KeyError) else 5
        else:
            s += 1
    try:
        int("x1")
    except ValueError:
        s += 100
    return s + bus.resets


if __name__ == "__main__":
    print(bench(HOST_N))
