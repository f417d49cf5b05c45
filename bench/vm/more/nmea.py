# SPDX-License-Identifier: Apache-2.0
HOST_N = 6250
MCU_N = 6


def checksum(text):
    c = 0
    for ch in text:
        c ^= ord(ch)
    return c


def parse(line):
    if line[0] != "$":
        raise ValueError("start")
    body, given = line[1:].split("*")
    if checksum(body) != int(given, 16):
        raise ValueError("checksum")
    f = body.split(",")
    lat = int(f[2][:2]) * 60000 + int(f[2][2:4]) * 1000 + int(f[2][5:8])
    if f[3] == "S":
        lat = -lat
    return f[0], int(f[1][:2]) * 3600 + int(f[1][2:4]) * 60 + int(f[1][4:6]), lat


def bench(n):
    s = 0
    for i in range(n):
        body = "GPGGA,%02d%02d%02d.00,%02d%02d.%03d,%s,1" % (
            i % 24,
            i % 60,
            i * 7 % 60,
            i % 90,
            i % 60,
            i % 1000,
            "NS"[i & 1],
        )
        line = "$" + body + "*%02X" % checksum(body)
        kind, t, lat = parse(line)
        s += t + lat + len(kind)
        try:
            parse(line[:-1] + "Z")
        except ValueError:
            s += 1
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
