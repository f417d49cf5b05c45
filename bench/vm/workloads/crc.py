# SPDX-License-Identifier: Apache-2.0
# 16-bit CRC over a bytearray: the bit-twiddling an MCU script really does.
HOST_N = 3000
MCU_N = 2


def crc16(buf, crc):
    for b in buf:
        crc ^= b << 8
        for _ in range(8):
            if crc & 0x8000:
                crc = ((crc << 1) ^ 0x1021) & 0xFFFF
            else:
                crc = (crc << 1) & 0xFFFF
    return crc


def bench(n):
    buf = bytearray(256)
    for i in range(256):
        buf[i] = i * 7 & 255
    crc = 0xFFFF
    for _ in range(n):
        crc = crc16(buf, crc)
        buf[crc & 255] ^= 0x5A
    return crc


if __name__ == "__main__":
    print(bench(HOST_N))
