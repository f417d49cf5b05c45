# SPDX-License-Identifier: Apache-2.0
HOST_N = 240
MCU_N = 12


def bench(n):
    total = 0
    for py in range(n):
        y0 = 2.0 * py / n - 1.0
        for px in range(n):
            x0 = 3.0 * px / n - 2.0
            x = 0.0
            y = 0.0
            it = 0
            while it < 60:
                xx = x * x
                yy = y * y
                if xx + yy > 4.0:
                    break
                y = 2.0 * x * y + y0
                x = xx - yy + x0
                it += 1
            total += it
    return total


if __name__ == "__main__":
    print(bench(HOST_N))
