/* SPDX-License-Identifier: Apache-2.0 */
/* 64-bit division, under libgcc's names: the toolchain's own is made for speed and takes three times the room. */
#include <stdint.h>

static __attribute__((noinline)) uint64_t divide(uint64_t n, uint64_t d, uint64_t *rest) {
    uint64_t r = 0;
    for (unsigned i = 0; i < 64; i++) {
        uint32_t over = (uint32_t)(r >> 63);
        r = r << 1 | n >> 63;
        n <<= 1;
        if (over || r >= d) {
            r -= d;
            n++;
        }
    }
    *rest = r;
    return n;
}

static uint64_t absolute(int64_t x) { return x < 0 ? 0 - (uint64_t)x : (uint64_t)x; }

uint64_t __udivdi3(uint64_t n, uint64_t d);
uint64_t __udivdi3(uint64_t n, uint64_t d) { return divide(n, d, &d); }

uint64_t __umoddi3(uint64_t n, uint64_t d);
uint64_t __umoddi3(uint64_t n, uint64_t d) { return divide(n, d, &d), d; }

int64_t __divdi3(int64_t n, int64_t d);
int64_t __divdi3(int64_t n, int64_t d) {
    uint64_t rest, q = divide(absolute(n), absolute(d), &rest);
    return (int64_t)((n ^ d) < 0 ? 0 - q : q);
}

int64_t __moddi3(int64_t n, int64_t d);
int64_t __moddi3(int64_t n, int64_t d) {
    uint64_t rest = __umoddi3(absolute(n), absolute(d));
    return (int64_t)(n < 0 ? 0 - rest : rest);
}
