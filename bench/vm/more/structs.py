# SPDX-License-Identifier: Apache-2.0
HOST_N = 170000
MCU_N = 20


import struct


def bench(n):
    t = 0
    for i in range(n):
        p = struct.pack("<HBbI", i & 0xFFFF, i & 255, -(i & 127), i * 3)
        a, b, c, d = struct.unpack("<HBbI", p)
        t += a + b + c + d
    buf = bytearray(16)
    for i in range(n):
        struct.pack_into(">HH", buf, 4, i & 0xFFFF, 99)
        t += struct.unpack_from(">H", buf, 4)[0]
    return t & 0xFFFFFF


if __name__ == "__main__":
    print(bench(HOST_N))
