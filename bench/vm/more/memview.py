# SPDX-License-Identifier: Apache-2.0
HOST_N = 60000
MCU_N = 6


def checksum(view):
    s = 0
    for b in view:
        s = (s + b) & 0xFFFF
    return s


def bench(n):
    buf = bytearray(64)
    view = memoryview(buf)
    s = 0
    for i in range(n):
        for j in range(0, 64, 8):
            view[j] = (i + j) & 255
        part = view[8:40]
        part[0:4] = b"abcd"
        s += checksum(part) + len(part) + bytes(view[8:12])[1]
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
