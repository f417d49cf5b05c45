# SPDX-License-Identifier: Apache-2.0
HOST_N = 150000
MCU_N = 60


def bench(n):
    total = 0
    parts = []
    for i in range(n):
        s = "id=" + str(i) + ";v=" + str(i * 3 & 255)
        parts.append(s)
        if len(parts) == 16:
            line = ",".join(parts)
            total += len(line)
            fields = line.split(",")
            for f in fields:
                if f.startswith("id=1"):
                    total += 1
                total += ord(f[len(f) - 1])
            parts = []
    return total


if __name__ == "__main__":
    print(bench(HOST_N))
