/* SPDX-License-Identifier: Apache-2.0 */
/* Records, strings, small calls, divisions: what application code does between its loops. */
#include "start.h"

typedef struct {
    char name[24];
    uint32_t id, balance;
    int16_t history[8];
} account;

static account accounts[16];

static __attribute__((noinline)) uint32_t length(const char *s) {
    uint32_t n = 0;
    while (s[n]) n++;
    return n;
}
static __attribute__((noinline)) int compare(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return *a - *b;
}
static __attribute__((noinline)) char *decimal(char *to, uint32_t value) {
    char digits[10];
    int n = 0;
    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (n) *to++ = digits[--n];
    *to = 0;
    return to;
}
static __attribute__((noinline)) void name_account(account *a, uint32_t id) {
    const char *prefix = id & 1 ? "customer-" : "supplier-";
    char *to = a->name;
    while (*prefix) *to++ = *prefix++;
    decimal(to, id * 37 % 100000);
    a->id = id;
}
static __attribute__((noinline)) void exchange(account *a, account *b) {
    account t = *a;
    *a = *b;
    *b = t;
}
static __attribute__((noinline)) uint32_t interest(uint32_t balance, uint32_t per_mille, uint32_t days) {
    return (uint32_t)((uint64_t)balance * per_mille * days / 365000u);
}

uint32_t work(uint32_t rounds) {
    uint32_t sum = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        for (uint32_t i = 0; i < 16; i++) {
            name_account(&accounts[i], (i * 7 + round) & 0xFFFF);
            accounts[i].balance += 1000 + i;
        }
        for (int i = 1; i < 16; i++)
            for (int j = i; j > 0 && compare(accounts[j - 1].name, accounts[j].name) > 0; j--) exchange(&accounts[j - 1], &accounts[j]);
        for (int i = 0; i < 16; i++) {
            account *a = &accounts[i];
            a->balance += interest(a->balance, 20 + (uint32_t)i, 1 + (round & 31));
            a->history[round & 7] = (int16_t)(a->balance / 3);
            sum = (sum << 5 | sum >> 27) ^ a->balance ^ length(a->name) ^ (uint32_t)a->history[i & 7];
        }
    }
    return sum;
}
