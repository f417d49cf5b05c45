# SPDX-License-Identifier: Apache-2.0
HOST_N = 60000
MCU_N = 20


def bench(n):
    t = 0
    for i in range(n):
        b = (i * 7919).to_bytes(4, "big")
        t += int.from_bytes(b, "little") & 255
        c = (i & 65535).to_bytes(2, "little") + b
        t += int.from_bytes(c[0:2], "little") + c[4]
    return t & 0xFFFFFF


if __name__ == "__main__":
    print(bench(HOST_N))
