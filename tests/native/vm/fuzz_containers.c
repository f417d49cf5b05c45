/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged containers, sealed again, through the verifier and, when it lets them pass, through the VM: meant for AddressSanitizer and UBSan.
 *
 *   fuzz_containers SEED COUNT STATE IMAGE...
 *
 * Some are left whole. Between slices a debugger asks for this and that. Built with VM_GC_STRESS=2, collections come at odd moments and
 * allocations fail.
 *
 * Mutant number n is made of the seed SEED + n alone. STATE is a file that gets the seed in hand (decimal), so that whoever watches knows
 * which one it was; a mutant that takes longer than TIMEOUT_S ends the process by SIGALRM. Prints one line: mutants, accepted ones, and how
 * those ended. */
#include "../check.h"
#include "debug.h"
#include "fuzz_hal.h"
#include "rooms.h"
#include "sha256.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TIMEOUT_S = 60, IMAGES_MAX = 4096, SLACK = 64, SLICES = 12, POLLS_MAX = 20, WHOLE = VM_GC_STRESS ? 2 : 16 };

typedef struct {
    uint8_t *data;
    uint32_t length;
} image;

static image images[IMAGES_MAX];
static unsigned image_count;
static uint64_t state;

static uint32_t below(uint32_t n) {
    state += 0x9E3779B97F4A7C15ull;
    uint64_t z = state;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return (uint32_t)((z ^ z >> 31) >> 32) % n;
}

static image read_image(const char *path) {
    FILE *f = fopen(path, "rb");
    CHECK(f && !fseek(f, 0, SEEK_END));
    image i = {NULL, (uint32_t)ftell(f)};
    i.data = malloc(i.length);
    rewind(f);
    CHECK(i.data && fread(i.data, 1, i.length, f) == i.length);
    fclose(f);
    return i;
}

static uint32_t section_offset(const uint8_t *p, uint32_t length, unsigned index, uint32_t *words) {
    const vbc_header *h = (const vbc_header *)p;
    const vbc_section *s = (const vbc_section *)(h + 1);
    uint32_t at = VBC_HEADER_SIZE + 8u * h->section_count;
    for (unsigned i = 0; i < index && at < length; i++) at += 4 * s[i].words;
    if (at > length) at = length;
    *words = s[index].words <= (length - at) / 4 ? s[index].words : (length - at) / 4;
    return at;
}

static void seal(uint8_t *p, uint32_t length) {
    vbc_header *h = (vbc_header *)p;
    vbc_section *s = (vbc_section *)(h + 1);
    uint32_t directory = 8u * h->section_count, words, end = length - VBC_HASH_SIZE;
    if (length < VBC_HEADER_SIZE + VBC_HASH_SIZE || VBC_HEADER_SIZE + directory > end) return;
    h->total_length = length;
    for (unsigned i = 0; i < h->section_count; i++) {
        uint32_t at = section_offset(p, length, i, &words);
        if (s[i].id == VBC_SIGN) continue;
        s[i].crc = vm_crc32(0, p + at, 4 * words);
    }
    h->header_crc = vm_crc32(vm_crc32(0, h, offsetof(vbc_header, header_crc)), h + 1, directory);
    if (h->section_count && s[h->section_count - 1].id == VBC_SIGN) end -= VBC_SIGNATURE_SIZE;
    if (end > length) return;
    sha256_context sha;
    sha256_init(&sha);
    sha256_update(&sha, p, end);
    sha256_final(&sha, p + end);
}

static uint8_t odd_byte(uint8_t old) {
    static const uint8_t odd[] = {0, 1, 2, 4, 8, 127, 128, 250, 254, 255};
    switch (below(4)) {
    case 0: return odd[below(sizeof odd)];
    case 1: return (uint8_t)(old + 1 - 2 * below(2));
    case 2: return old ^ (uint8_t)(1u << below(8));
    default: return (uint8_t)below(256);
    }
}

/* One change; the length after it. `p` has room for SLACK bytes more. */
static uint32_t change(uint8_t *p, uint32_t length) {
    vbc_header *h = (vbc_header *)p;
    vbc_section *s = (vbc_section *)(h + 1);
    if (length < VBC_HEADER_SIZE + VBC_HASH_SIZE + 8 || !h->section_count || VBC_HEADER_SIZE + 8u * h->section_count > length)
        return length;
    unsigned index = below(h->section_count), kind = below(100);
    for (unsigned tries = 0; tries < 2 && s[index].id != VBC_CODE; tries++) index = below(h->section_count); /* code is what matters most */
    uint32_t words, at = section_offset(p, length, index, &words);
    if (kind < 4) {
        p[below(VBC_HEADER_SIZE + 8u * h->section_count)] = odd_byte(p[0]);
        return length;
    }
    if (!words) return length;
    uint32_t *w = (uint32_t *)(p + at), here = below(words), there = below(words);
    if (kind < 40) {
        p[at + below(4 * words)] = odd_byte(p[at]);
    } else if (kind < 60 && s[index].id == VBC_CODE) {
        w[here] = (w[here] & ~255u) | below(VM_OP_COUNT + 1);
    } else if (kind < 75) {
        unsigned field = 8 * below(4);
        w[here] = (w[here] & ~(255u << field)) | (uint32_t)odd_byte((uint8_t)(w[here] >> field)) << field;
    } else if (kind < 85) {
        uint32_t x = w[here];
        w[here] = w[there];
        w[there] = x;
    } else if (kind < 90) {
        uint32_t x = below(64);
        memmove(w + here, w + there, 4 * (x < words - (here > there ? here : there) ? x : words - (here > there ? here : there)));
    } else { /* a section grows or shrinks, and says so */
        uint32_t by = 4 * (1 + below(2));
        if (kind < 95 && by <= SLACK / 4 && length + by <= 0xFFFFFF) {
            memmove(w + here + by / 4, w + here, length - at - 4 * here);
            s[index].words += by / 4;
            return length + by;
        }
        if (words >= by / 4 && here <= words - by / 4) {
            memmove(w + here, w + here + by / 4, length - at - 4 * here - by);
            s[index].words -= by / 4;
            return length - by;
        }
    }
    return length;
}

static vm *running;
static unsigned polls;
static void poll(void *context) {
    (void)context;
    if (++polls > POLLS_MAX) vm_stop(running);
}

/* How often an allocation collects, and how often it is refused: one in so many, 0 never. */
static uint32_t collect_every, refuse_every;

#if VM_GC_STRESS == 2
bool vm_stress(vm *vm);
bool vm_stress(vm *vm) {
    if (collect_every && !vm->gc_off && !below(collect_every)) vm_gc(vm);
    return !refuse_every || below(refuse_every);
}
#else
/* Any request but those that the host proves before it sends them: what lines add to a program, and values for its variables. Not while
 * cells are fenced off: a debugger may look at those that are not given out yet. */
static void ask(vm *vm) {
    uint8_t in[32], out[256];
    unsigned length = 1 + below(sizeof in);
    for (unsigned i = 0; i < length; i++) in[i] = (uint8_t)(below(2) ? below(4) : below(256));
    in[0] = (uint8_t)below(18);
    if (in[0] == VM_DEBUG_EXTEND || in[0] == VM_DEBUG_START || in[0] == VM_DEBUG_SET) in[0] = VM_DEBUG_WINDOW;
    uint32_t at = vm->heap + 8 * below(vm->heap_bytes / 8); /* a place that may be one */
    if ((in[0] == VM_DEBUG_OBJECT || in[0] == VM_DEBUG_BYTES) && below(4)) memcpy(in + 1, &at, 4);
    uint16_t stop = (uint16_t)(vm_debug_stopped(vm) >> 8);
    if (in[0] == VM_DEBUG_RESUME && below(4)) memcpy(in + 1, &stop, 2);
    if (in[0] == VM_DEBUG_BREAKS) length = 1 + 4 * below(8);
    CHECK(vm_debug(vm, in, length, out, below(4) ? sizeof out : 64) <= (int)sizeof out);
}
#endif

static vm_status run(const uint8_t *p, uint32_t length) {
    static const uint32_t heaps[] = {VM_MIN_HEAP, 4096, 16384, 65536};
    static const int32_t slices[] = {1, 100, 3000};
    size_t size = vm_block_size(heaps[below(4)], length);
    void *block = malloc(size);
    vbc_error error;
    CHECK(block);
    running = vm_init(block, size, NULL);
    CHECK(running && vm_load(running, p, length, NULL, &error));
    polls = 0;
    vm_set_poll(running, poll, NULL);
    static const uint32_t often[] = {0, 0, 1, 7, 60, 400};
    collect_every = often[below(6)];
    refuse_every = often[below(3) ? 0 : 3 + below(3)];
    vm_status status = VM_RUNNING;
    unsigned debugged = below(4);
    for (unsigned i = 0; i < SLICES && status != VM_DONE && status != VM_RAISED; i++) {
        status = vm_run(running, slices[below(3)]);
        CHECK(!running->gc_off && !running->root_count); /* nothing is held on to for good */
        if (!below(40)) vm_interrupt(running);
#if VM_GC_STRESS != 2
        for (unsigned k = debugged ? 0 : below(4); k; k--) ask(running);
#else
        (void)debugged;
#endif
    }
    collect_every = refuse_every = 0;
    vm_trace_entry entries[VM_TRACE_MAX];
    char text[128];
    vm_traceback(running, entries, VM_TRACE_MAX);
    if (status == VM_RAISED) do
            vm_exception_text(running, text, sizeof text);
        while (vm_earlier_exception(running) != VM_LINK_NONE);
    free(block);
    return status;
}

int main(int argc, char **argv) {
    CHECK(argc >= 5);
    uint64_t seed = strtoull(argv[1], NULL, 10), count = strtoull(argv[2], NULL, 10), accepted = 0, ends[VM_PAUSED + 1] = {0};
    int file = open(argv[3], O_WRONLY | O_CREAT, 0644);
    for (int i = 4; i < argc && image_count < IMAGES_MAX; i++) images[image_count++] = read_image(argv[i]);
    for (uint64_t n = 0; n < count; n++) {
        char text[24];
        int digits = snprintf(text, sizeof text, "%-20" PRIu64 "\n", seed + n);
        CHECK(pwrite(file, text, (size_t)digits, 0) == digits);
        state = (seed + n) * 0xD1342543DE82EF95ull;
        alarm(TIMEOUT_S);
        image source = images[below(image_count)];
        uint32_t length = source.length;
        uint8_t *p = malloc(length + SLACK);
        CHECK(p);
        memcpy(p, source.data, length);
        for (unsigned k = below(WHOLE) ? 1 + below(3) : 0; k; k--) length = change(p, length);
        p = realloc(p, length); /* exactly as long as it is, so that reading behind it is noticed */
        if (below(50)) seal(p, length);
        if (vbc_verify(p, length, NULL, NULL)) {
            accepted++;
            ends[run(p, length)]++;
        }
        free(p);
    }
    printf("mutants %" PRIu64 " accepted %" PRIu64 " running %" PRIu64 " sleeping %" PRIu64 " done %" PRIu64 " raised %" PRIu64 "\n", count,
           accepted, ends[VM_RUNNING], ends[VM_SLEEPING] + ends[VM_BLOCKED], ends[VM_DONE], ends[VM_RAISED]);
    return 0;
}
