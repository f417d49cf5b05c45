/* SPDX-License-Identifier: Apache-2.0 */
/* Records, strings, small calls, divisions: what application code does between its loops. Its figures under other engines are known from
 * studies. */
#include "start.h"

struct rec {
    struct rec *link;
    int kind, val;
    char name[32];
    short tab[8];
};
static struct rec a, b, *cur;
static int grid[20][20];
static int vec[64];
static __attribute__((noinline)) int str_cmp(const char *x, const char *y) {
    while (*x && *x == *y) {
        x++;
        y++;
    }
    return (unsigned char)*x - (unsigned char)*y;
}
static __attribute__((noinline)) void str_cpy(char *d, const char *s) {
    while ((*d++ = *s++)) {}
}
static __attribute__((noinline)) void p_copy(struct rec *d, const struct rec *s) { *d = *s; }
static __attribute__((noinline)) int f_pick(int k, char c) { return (k ^ c) & 1 ? k + 3 : k * 5; }
static __attribute__((noinline)) void p_arr(int *v, int (*g)[20], int i, int x) {
    int l = i + 5;
    v[l] = x;
    v[l + 1] = v[l];
    v[l + 20] = l;
    for (int j = l % 19; j <= l % 19 + 1; j++) g[l % 20][j] = l;
    g[l % 20][l % 18] += 1;
    g[(l + 9) % 20][l % 18] = v[l];
}
static __attribute__((noinline)) int p_kind(struct rec *r, int n) {
    switch (r->kind) {
    case 0: r->val += n; break;
    case 1: r->val -= n / 3; break;
    case 2: r->val = (r->val * 7) / (n | 1); break;
    default: r->val ^= n; break;
    }
    r->kind = (r->kind + 1) & 3;
    return r->val;
}
uint32_t work(uint32_t rounds) {
    uint32_t s = 1;
    char buf[32];
    str_cpy(a.name, "PROGRAM, SOME STRING ONE");
    cur = &b;
    a.link = cur;
    a.kind = 0;
    a.val = 40;
    for (uint32_t i = 0; i < rounds; i++) {
        p_copy(&b, &a);
        str_cpy(buf, "PROGRAM, SOME STRING TWO");
        int c = str_cmp(a.name, buf);
        int x = p_kind(&b, (int)(i & 1023) + c);
        p_arr(vec, grid, (int)(i % 30), x);
        for (int k = 0; k < 3; k++) x = f_pick(x, buf[k + 1]);
        b.tab[i & 7] = (short)x;
        p_copy(&a, &b);
        a.link = cur;
        s = s * 17 + (uint32_t)x + (uint32_t)vec[i & 63];
    }
    return s;
}
