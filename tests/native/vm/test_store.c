/* SPDX-License-Identifier: Apache-2.0 */
/* The key-value store: a story of puts and removals on a flash whose power goes in the middle of any one of its operations, and of those
 * that follow. After each cut every key has the value it was last told, but the one being written, which may have the value before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/store.h"

enum { SECTOR = 256, SECTORS_MAX = 5, KEYS = 7, VALUE_MAX = 40, STEPS = 50 };

/* --- flash, with power that goes */

struct vm_hal {
    uint8_t cells[SECTOR * SECTORS_MAX];
    uint32_t sectors, random, erased[SECTORS_MAX];
    long left; /* operations until power goes; negative: never */
    bool dead;
    const char *fault;
};

static uint32_t dice(vm_hal *h) {
    h->random = h->random * 1664525u + 1013904223u;
    return h->random >> 8;
}

/* false: power is off; *cut: it goes now. */
static bool operation(vm_hal *h, bool *cut) {
    *cut = h->left == 0;
    if (h->left > 0) h->left--;
    if (h->dead) return false;
    h->dead = *cut;
    return true;
}

const uint8_t *hal_flash(vm_hal *h, uint32_t address) { return h->cells + address; }

bool hal_flash_room(vm_hal *h, hal_room *out) {
    *out = (hal_room){0, SECTOR, h->sectors, 8};
    return true;
}

bool hal_flash_erase(vm_hal *h, uint32_t address, uint32_t length) {
    bool cut;
    if (address % SECTOR || length != SECTOR) h->fault = "an erase that is no sector";
    if (!operation(h, &cut)) return false;
    h->erased[address / SECTOR]++;
    for (uint32_t i = 0; i < length; i++) h->cells[address + i] |= cut ? (uint8_t)(dice(h) & dice(h)) : 0xFF;
    return !cut;
}

bool hal_flash_write(vm_hal *h, uint32_t address, const void *data, uint32_t length) {
    const uint8_t *bytes = data;
    if ((address | length) % 8) h->fault = "a write that is no unit";
    for (uint32_t at = 0; at < length; at += 8) {
        static const uint8_t zeros[8] = {0};
        uint8_t *cells = h->cells + address + at;
        bool cut, blank = true;
        for (unsigned i = 0; i < 8; i++) blank &= cells[i] == 0xFF;
        if (!blank && memcmp(bytes + at, zeros, 8) != 0) h->fault = "a unit written twice";
        if (!operation(h, &cut)) return false;
        for (unsigned i = 0; i < 8; i++) cells[i] &= (uint8_t)(bytes[at + i] | (cut ? dice(h) : 0));
        if (cut) return false;
    }
    return memcmp(h->cells + address, data, length) == 0;
}

/* --- what the store must hold */

typedef struct {
    uint8_t value[VALUE_MAX];
    int length; /* -1: no such key */
} entry;

static void fail(const char *what, long cut, unsigned step) {
    fprintf(stderr, "%s (cut at %ld, step %u)\n", what, cut, step);
    exit(1);
}

static bool holds(const store *s, unsigned key, const entry *e) {
    uint8_t name[2] = {'k', (uint8_t)('0' + key)};
    store_record r;
    if (!store_find(s, name, 2, &r)) return e->length < 0;
    return e->length == r.value_length && memcmp(r.value, e->value, (size_t)e->length) == 0;
}

static unsigned count(const store *s) {
    store_cursor c = {0};
    store_record r;
    unsigned n = 0;
    while (store_next(s, &c, &r)) n++;
    return n;
}

/* One story; power goes after `cut` operations, again and again when `often`. Returns the operations done. */
static long story(uint32_t sectors, uint32_t seed, long cut, bool often) {
    static vm_hal h;
    memset(&h, 0, sizeof h);
    memset(h.cells, 0xFF, sizeof h.cells);
    h.sectors = sectors;
    h.random = seed;
    h.left = cut < 0 ? 1000000 : cut;
    store s;
    store_open(&s, &h);
    entry now[KEYS];
    for (unsigned k = 0; k < KEYS; k++) now[k].length = -1;
    uint32_t choice = seed * 2654435761u;
    for (unsigned step = 0; step < STEPS; step++) {
        choice = choice * 1664525u + 1013904223u;
        unsigned key = (choice >> 8) % KEYS;
        entry next = {.length = (int)((choice >> 16) % VALUE_MAX)};
        uint8_t name[2] = {'k', (uint8_t)('0' + key)};
        for (int i = 0; i < next.length; i++) next.value[i] = (uint8_t)(choice >> (i % 20));
        bool gone = choice >> 28 == 0;
        if (gone) next.length = -1;
        int error = store_put(&s, name, 2, gone ? STORE_DELETED : 1, next.value, gone ? 0 : (uint32_t)next.length);
        if (error && !h.dead && error != HAL_ENOSPC) fail("an error though power was on", cut, step);
        if (error == HAL_ENOSPC && sectors > 2) fail("no room though there is", cut, step);
        if (h.dead) {
            h.dead = false;
            h.left = often ? (long)(dice(&h) % 40) : -1;
            if (holds(&s, key, &next)) now[key] = next;
        } else if (!error) {
            now[key] = next;
        }
        unsigned alive = 0;
        for (unsigned k = 0; k < KEYS; k++) {
            if (!holds(&s, k, &now[k])) fail("a value is not what it was told", cut, step);
            alive += now[k].length >= 0;
        }
        if (count(&s) != alive) fail("a walk does not find all, or more", cut, step);
        if (h.fault) fail(h.fault, cut, step);
    }
    uint32_t most = 0, least = UINT32_MAX;
    for (uint32_t i = 0; i < sectors; i++) {
        most = h.erased[i] > most ? h.erased[i] : most;
        least = h.erased[i] < least ? h.erased[i] : least;
    }
    if (cut < 0 && most - least > 1) fail("sectors do not wear alike", cut, 0);
    if (store_clear(&s) == 0 && count(&s)) fail("something is left after clear", cut, 0);
    return 1000000 - h.left;
}

int main(void) {
    for (uint32_t sectors = 2; sectors <= SECTORS_MAX; sectors += sectors / 2) {
        for (uint32_t seed = 1; seed <= 1; seed++) {
            long operations = story(sectors, seed, -1, false);
            for (long cut = 0; cut < operations; cut++) {
                story(sectors, seed, cut, false);
                story(sectors, seed + (uint32_t)cut, cut % 50, true);
            }
        }
    }
    return 0;
}
