# SPDX-License-Identifier: Apache-2.0
HOST_N = 48000
MCU_N = 10


def bench(n):
    s = 0
    for i in range(n):
        d = {"a": 1, "b": 2, "c": i}
        d.update({"d": 4, "a": 5})
        d.setdefault("e", []).append(i)
        s += d.pop("b") + len(d) + d.get("zz", 7)
        for k in list(d.keys()):
            if k > "c":
                del d[k]
        for k, v in d.items():
            s += len(k) + v
        e = dict(x=1, y=2)
        e.update(z=3)
        s += sum(e.values()) + ("x" in e) + ("q" not in e)
        d.clear()
        s += len(d)
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
