# SPDX-License-Identifier: Apache-2.0
# Table CRC-32: needs 32-bit unsigned values, which overflow a 31-bit tagged
# small int on a 32-bit target.
HOST_N = 25000
MCU_N = 4


def table():
    t = []
    for i in range(256):
        c = i
        for _ in range(8):
            if c & 1:
                c = (c >> 1) ^ 0xEDB88320
            else:
                c >>= 1
        t.append(c)
    return t


def crc32(t, buf, crc):
    for b in buf:
        crc = t[(crc ^ b) & 255] ^ (crc >> 8)
    return crc


def bench(n):
    t = table()
    buf = bytearray(256)
    for i in range(256):
        buf[i] = i * 13 & 255
    crc = 0xFFFFFFFF
    for _ in range(n):
        crc = crc32(t, buf, crc)
    return crc ^ 0xFFFFFFFF


if __name__ == "__main__":
    print(bench(HOST_N))
