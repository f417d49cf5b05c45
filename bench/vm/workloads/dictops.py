# SPDX-License-Identifier: Apache-2.0
HOST_N = 2000000
MCU_N = 300

WORDS = ("red", "green", "blue", "cyan", "magenta", "yellow", "black", "white")


def bench(n):
    counts = {}
    nums = {}
    for i in range(n):
        w = WORDS[(i * 7) & 7]
        counts[w] = counts.get(w, 0) + 1
        k = (i * 31) % 97
        if k in nums:
            nums[k] += i & 15
        else:
            nums[k] = 1
    s = 0
    for k in nums:
        s += nums[k]
    for w in WORDS:
        if w in counts:
            s += counts[w]
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
