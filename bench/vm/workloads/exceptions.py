# SPDX-License-Identifier: Apache-2.0
HOST_N = 1000000
MCU_N = 200


class Retry(Exception):
    pass


def risky(i):
    if i % 3 == 0:
        raise Retry
    if i % 5 == 0:
        raise ValueError("bad")
    return i


def bench(n):
    ok = 0
    retry = 0
    bad = 0
    fin = 0
    for i in range(n):
        try:
            try:
                ok = (ok + risky(i)) & 0xFFFFFF
            except Retry:
                retry += 1
            finally:
                fin += 1
        except ValueError:
            bad += 1
    return ok + retry * 2 + bad * 3 + fin


if __name__ == "__main__":
    print(bench(HOST_N))
