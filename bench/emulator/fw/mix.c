/* SPDX-License-Identifier: Apache-2.0 */
/* Integers: CRC, matrices, a linked list that is sorted, a state machine over a text. Its figures under other engines are known from
 * studies. */
#include "start.h"

static uint32_t crc32_bits(uint32_t c, const uint8_t *p, unsigned n) {
    while (n--) {
        c ^= *p++;
        for (int k = 0; k < 8; k++) c = (c >> 1) ^ ((c & 1) ? 0xEDB88320u : 0);
    }
    return c;
}
static uint16_t crc16(uint16_t c, uint8_t b) {
    for (int i = 0; i < 8; i++, b >>= 1) {
        unsigned x = (b ^ c) & 1;
        c >>= 1;
        if (x) c ^= 0xA001;
    }
    return c;
}

#define N 10
static int16_t ma[N][N], mb[N][N];
static int32_t mc[N][N];
static uint32_t matrix(uint32_t seed) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            seed = seed * 1103515245u + 12345u;
            ma[i][j] = (int16_t)(seed >> 16);
            mb[i][j] = (int16_t)(seed >> 8);
        }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            uint32_t s = 0;
            for (int k = 0; k < N; k++) s += (uint32_t)(ma[i][k] * mb[k][j]);
            mc[i][j] = (int32_t)s;
        }
    uint32_t r = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int32_t v = mc[i][j];
            r += (uint32_t)((v >> 2) & 0xf) * (uint32_t)((v >> 5) & 0x7f);
            r ^= v > 0 ? (uint32_t)v : 0u - (uint32_t)v;
        }
    return r;
}

struct node {
    struct node *next;
    int16_t key, idx;
};
#define LN 48
static struct node pool[LN];
static struct node *list_build(uint32_t seed) {
    struct node *h = 0;
    for (int i = 0; i < LN; i++) {
        seed = seed * 69069u + 1;
        pool[i].key = (int16_t)(seed >> 17);
        pool[i].idx = (int16_t)i;
        pool[i].next = h;
        h = &pool[i];
    }
    return h;
}
static __attribute__((noinline)) int cmp_key(const struct node *a, const struct node *b) { return a->key - b->key; }
static __attribute__((noinline)) int cmp_idx(const struct node *a, const struct node *b) { return a->idx - b->idx; }
static struct node *msort(struct node *list, int (*cmp)(const struct node *, const struct node *)) {
    for (int k = 1;; k *= 2) {
        struct node *p = list, *tail = 0;
        int merges = 0;
        list = 0;
        while (p) {
            merges++;
            struct node *q = p;
            int ps = 0, qs = k;
            for (int i = 0; i < k; i++) {
                ps++;
                q = q->next;
                if (!q) break;
            }
            while (ps > 0 || (qs > 0 && q)) {
                struct node *e;
                if (ps == 0) {
                    e = q;
                    q = q->next;
                    qs--;
                } else if (qs == 0 || !q || cmp(p, q) <= 0) {
                    e = p;
                    p = p->next;
                    ps--;
                } else {
                    e = q;
                    q = q->next;
                    qs--;
                }
                if (tail)
                    tail->next = e;
                else
                    list = e;
                tail = e;
            }
            p = q;
        }
        tail->next = 0;
        if (merges <= 1) return list;
    }
}

enum st { S_START, S_INT, S_FRAC, S_EXP, S_EXPN, S_SIGN, S_BAD, S_N };
static const char text[] = "5012,1234,-874,+122,35.54400,.1234500,-110.700,+0.64400,5.500e+3,-.123e-2,-87e+832,"
                           "+0.6e-12,T0.3e-1F,-T.T++Tq,1T3.4e4z,34.0e-T^";
static uint32_t count[S_N];
static uint32_t states(void) {
    enum st s = S_START;
    for (int i = 0; i < S_N; i++) count[i] = 0;
    for (const char *p = text; *p; p++) {
        char c = *p;
        if (c == ',') {
            count[s]++;
            s = S_START;
            continue;
        }
        int dig = c >= '0' && c <= '9';
        switch (s) {
        case S_START: s = dig ? S_INT : (c == '+' || c == '-') ? S_SIGN : c == '.' ? S_FRAC : S_BAD; break;
        case S_SIGN: s = dig ? S_INT : c == '.' ? S_FRAC : S_BAD; break;
        case S_INT: s = dig ? S_INT : c == '.' ? S_FRAC : (c == 'e' || c == 'E') ? S_EXP : S_BAD; break;
        case S_FRAC: s = dig ? S_FRAC : (c == 'e' || c == 'E') ? S_EXP : S_BAD; break;
        case S_EXP: s = (c == '+' || c == '-') ? S_EXPN : S_BAD; break;
        case S_EXPN: s = dig ? S_EXPN : S_BAD; break;
        default: break;
        }
    }
    count[s]++;
    return crc32_bits(~0u, (const uint8_t *)count, sizeof count);
}

uint32_t work(uint32_t rounds) {
    uint32_t sum = 0x12345678;
    for (uint32_t it = 0; it < rounds; it++) {
        sum ^= matrix(sum);
        struct node *l = list_build(sum);
        l = msort(l, cmp_key);
        uint16_t c = 0xffff;
        for (struct node *n = l; n; n = n->next) c = crc16(c, (uint8_t)n->key);
        l = msort(l, cmp_idx);
        for (struct node *n = l; n; n = n->next) sum = sum * 31 + (uint32_t)n->idx;
        sum = (sum << 5 | sum >> 27) ^ c;
        sum ^= states();
        sum = crc32_bits(sum, (const uint8_t *)text, 64);
    }
    return sum;
}
