/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "commons.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cpu/slots.h"

#define BUCKETS 1024u /* power of two */
#define PATTERNS 16u

struct emu_code_shared {
    struct emu_code_shared *next; /* in its bucket */
    emu_code_page *page;
    uint64_t hash;
    emu_code_source source; /* bytes follow this struct */
    size_t references;
    bool known; /* in the table: a better page may have taken its place */
};

typedef struct {
    int file;
    uint32_t seed;
    uint8_t value;
    size_t size;
} pattern;

struct emu_commons {
    pthread_mutex_t lock;
    size_t references;
    struct emu_code_shared *buckets[BUCKETS];
    size_t pages, page_references;
    pattern patterns[PATTERNS];
    unsigned pattern_count;
};

emu_commons *emu_commons_new(void) {
    emu_commons *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    pthread_mutex_init(&c->lock, NULL);
    c->references = 1;
    return c;
}

emu_commons *emu_commons_use(emu_commons *c) {
    pthread_mutex_lock(&c->lock);
    c->references++;
    pthread_mutex_unlock(&c->lock);
    return c;
}

void emu_commons_drop(emu_commons *c) {
    if (!c) return;
    pthread_mutex_lock(&c->lock);
    bool last = --c->references == 0;
    pthread_mutex_unlock(&c->lock);
    if (!last) return;
    for (unsigned i = 0; i < c->pattern_count; i++) close(c->patterns[i].file);
    pthread_mutex_destroy(&c->lock);
    free(c); /* pages are gone: each was dropped by the machine that referred to it, before the machine dropped this */
}

/* --- bytes ------------------------------------------------------------------------------------------------------------- */

static void fill(uint8_t *bytes, size_t size, uint8_t value, uint32_t seed) {
    if (!seed) {
        memset(bytes, value, size);
        return;
    }
    uint32_t x = seed * 2654435761u | 1;
    for (size_t i = 0; i + 4 <= size; i += 4) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        memcpy(bytes + i, &x, 4);
    }
}

/* A file in memory that holds at least `size` bytes of the pattern; -1: none can be had. Whoever has it mapped keeps its pages. */
static int pattern_file(emu_commons *c, size_t size, uint8_t value, uint32_t seed) {
    pattern *p = NULL;
    for (unsigned i = 0; i < c->pattern_count; i++)
        if (c->patterns[i].value == value && c->patterns[i].seed == seed) p = &c->patterns[i];
    if (p && p->size >= size) return p->file;
    int file = memfd_create("vmrig-memory", MFD_CLOEXEC);
    if (file < 0) return -1;
    uint8_t *bytes = ftruncate(file, (off_t)size) == 0 ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
    if (bytes == MAP_FAILED) {
        close(file);
        return -1;
    }
    fill(bytes, size, value, seed);
    munmap(bytes, size);
    if (p)
        close(p->file);
    else if (c->pattern_count < PATTERNS)
        p = &c->patterns[c->pattern_count++];
    else
        p = &c->patterns[(seed ^ value) % PATTERNS], close(p->file);
    *p = (pattern){file, seed, value, size};
    return file;
}

uint8_t *emu_commons_map(emu_commons *c, size_t size, uint8_t value, uint32_t seed, uint8_t *over) {
    int flags = MAP_PRIVATE | MAP_NORESERVE | (over ? MAP_FIXED : 0);
    pthread_mutex_lock(&c->lock);
    int file = pattern_file(c, size, value, seed);
    void *bytes = file < 0 ? MAP_FAILED : mmap(over, size, PROT_READ | PROT_WRITE, flags, file, 0);
    pthread_mutex_unlock(&c->lock);
    if (bytes != MAP_FAILED) return bytes;
    /* no such files here: the same bytes, at a higher price */
    bytes = over ? over : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED) return NULL;
    fill(bytes, size, value, seed);
    return bytes;
}

/* --- decoded pages ------------------------------------------------------------------------------------------------------ */

static uint64_t hash_of(const emu_code_source *s) {
    uint64_t h = ((uint64_t)s->base << 32 | s->from) ^ (uint64_t)s->kind * 0x9E3779B97F4A7C15u, x = 0;
    for (uint32_t i = 0; i < s->size; i += 8) {
        memcpy(&x, s->bytes + i, s->size - i < 8 ? s->size - i : 8);
        h = (h ^ x) * 0xFF51AFD7ED558CCDu;
        h ^= h >> 32;
    }
    return h;
}

static bool equal(const emu_code_source *a, const emu_code_source *b) {
    return a->base == b->base && a->kind == b->kind && a->from == b->from && a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static struct emu_code_shared **place_of(emu_commons *c, const emu_code_source *source, uint64_t hash) {
    struct emu_code_shared **at = &c->buckets[hash & (BUCKETS - 1)];
    while (*at && !((*at)->hash == hash && equal(&(*at)->source, source))) at = &(*at)->next;
    return at;
}

emu_code_page *emu_commons_find(emu_commons *c, const emu_code_source *source) {
    uint64_t hash = hash_of(source);
    pthread_mutex_lock(&c->lock);
    struct emu_code_shared *found = *place_of(c, source, hash);
    if (found) {
        found->references++;
        c->page_references++;
    }
    pthread_mutex_unlock(&c->lock);
    return found ? found->page : NULL;
}

/* Whether every run of `b` is decoded in `a` too. */
static bool covers(const emu_code_page *a, const emu_code_page *b) {
    for (unsigned i = 0; i < EMU_PAGE_SLOTS; i++)
        if (b->ops[i].n && !a->ops[i].n) return false;
    return true;
}

static void forget(emu_commons *c, struct emu_code_shared *shared) {
    struct emu_code_shared **at = &c->buckets[shared->hash & (BUCKETS - 1)];
    while (*at != shared) at = &(*at)->next;
    *at = shared->next;
    shared->known = false;
    c->pages--;
}

emu_code_page *emu_commons_publish(emu_commons *c, emu_code_page *page, const emu_code_source *source) {
    uint64_t hash = hash_of(source);
    struct emu_code_shared *shared = malloc(sizeof *shared + source->size);
    if (!shared) return page;
    pthread_mutex_lock(&c->lock);
    struct emu_code_shared *other = *place_of(c, source, hash);
    if (other && covers(other->page, page)) {
        other->references++;
        c->page_references++;
        pthread_mutex_unlock(&c->lock);
        free(shared);
        free(page);
        return other->page;
    }
    if (other) forget(c, other); /* those who have it keep it */
    *shared = (struct emu_code_shared){c->buckets[hash & (BUCKETS - 1)], page, hash, *source, 1, true};
    memcpy(shared + 1, source->bytes, source->size);
    shared->source.bytes = (const uint8_t *)(shared + 1);
    c->buckets[hash & (BUCKETS - 1)] = shared;
    c->pages++;
    c->page_references++;
    page->shared = shared;
    pthread_mutex_unlock(&c->lock);
    return page;
}

emu_code_page *emu_commons_use_page(emu_commons *c, emu_code_page *page) {
    pthread_mutex_lock(&c->lock);
    page->shared->references++;
    c->page_references++;
    pthread_mutex_unlock(&c->lock);
    return page;
}

void emu_commons_drop_page(emu_commons *c, emu_code_page *page) {
    struct emu_code_shared *shared = page->shared;
    pthread_mutex_lock(&c->lock);
    c->page_references--;
    bool last = --shared->references == 0;
    if (last && shared->known) forget(c, shared);
    pthread_mutex_unlock(&c->lock);
    if (!last) return;
    free(shared);
    free(page);
}

emu_commons_counters emu_commons_count(emu_commons *c) {
    pthread_mutex_lock(&c->lock);
    emu_commons_counters counters = {c->pages, c->page_references};
    pthread_mutex_unlock(&c->lock);
    return counters;
}
