/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots, forks, and the hash of a machine's state.
 *
 * Volatile memory is copied whole. Of large non-volatile memory an image is kept once, shared by all snapshots and forks taken since, and
 * only pages that have changed after it are copied: a board's flash is mostly what was programmed before its tests began. */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "commons.h"
#include "core_class.h"
#include "pins.h"
#include "serial.h"

#define IMAGE_MIN (4 * EMU_PAGE_SIZE) /* smaller memories are copied whole */
#define STATE_SIZE offsetof(emu_machine, state_end)

/* --- images of non-volatile memory ---------------------------------------------------------------------------------------- */

typedef struct emu_image {
    atomic_size_t references;
    int file;
    uint32_t size;
    const uint8_t *bytes;
} emu_image;

static emu_image *use_image(emu_image *image) {
    atomic_fetch_add(&image->references, 1);
    return image;
}

static void drop_image(emu_image *image) {
    if (!image || atomic_fetch_sub(&image->references, 1) != 1) return;
    munmap((void *)(uintptr_t)image->bytes, image->size);
    close(image->file);
    free(image);
}

static emu_image *new_image(const uint8_t *bytes, uint32_t size) {
    emu_image *image = calloc(1, sizeof *image);
    int file = memfd_create("vmrig-image", MFD_CLOEXEC);
    bool written = image && file >= 0;
    for (size_t at = 0; written && at < size;) {
        ssize_t n = write(file, bytes + at, size - at);
        written = n > 0;
        if (written) at += (size_t)n;
    }
    void *mapped = written ? mmap(NULL, size, PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
    if (!image || mapped == MAP_FAILED) {
        if (file >= 0) close(file);
        free(image);
        return NULL;
    }
    image->references = 1;
    image->file = file;
    image->size = size;
    image->bytes = mapped;
    return image;
}

static bool has_image(const emu_memory *mem) { return mem->kind != EMU_RAM && mem->size >= IMAGE_MIN; }
static uint32_t page_count(const emu_memory *mem) { return (mem->size + EMU_PAGE_SIZE - 1) / EMU_PAGE_SIZE; }
static uint32_t page_size(const emu_memory *mem, uint32_t page) {
    uint32_t left = mem->size - page * EMU_PAGE_SIZE;
    return left < EMU_PAGE_SIZE ? left : EMU_PAGE_SIZE;
}
static bool is_changed(const emu_memory *mem, uint32_t page) { return mem->changed[page / 8] >> (page % 8) & 1; }

static uint32_t changed_pages(const emu_memory *mem) {
    uint32_t count = 0;
    for (uint32_t page = 0; page < page_count(mem); page++) count += is_changed(mem, page);
    return count;
}

/* Makes sure that the memory has an image that most of its pages agree with. */
static bool have_image(emu_memory *mem) {
    if (mem->image && changed_pages(mem) <= page_count(mem) / 8) return true;
    emu_image *image = new_image(mem->bytes, mem->size);
    if (!image) return false;
    uint32_t size = (page_count(mem) + 7) / 8;
    if (!mem->changed) mem->changed = malloc(size);
    if (!mem->changed) {
        drop_image(image);
        return false;
    }
    memset(mem->changed, 0, size);
    drop_image(mem->image);
    mem->image = image;
    return true;
}

void emu_memory_forget_image(emu_memory *mem) {
    drop_image(mem->image);
    free(mem->changed);
    mem->image = NULL;
    mem->changed = NULL;
}

/* --- snapshots ------------------------------------------------------------------------------------------------------------- */

typedef struct {
    emu_image *image; /* NULL: the contents are copied whole */
    uint8_t *changed; /* bits, as in emu_memory; of a memory with an image */
    uint8_t *bytes;   /* the changed pages one after another, or all of the contents */
} memory_state;

struct emu_snapshot {
    size_t memory_count, device_count, event_count;
    memory_state memories[EMU_MEMORY_MAX];
    uint32_t sizes[EMU_MEMORY_MAX];
    const emu_device_class *classes[EMU_DEVICE_MAX];
    emu_event *events;
    uint8_t *devices; /* the structs behind their common heads, one after another */
    uint8_t *pins, *serial;
    bool has_second;
    uint8_t state[STATE_SIZE];
    uint8_t second[STATE_SIZE]; /* of the second core */
};

static size_t own_size(const emu_device_class *cls) { return cls->struct_size - sizeof(emu_device); }

void emu_snapshot_free(emu_snapshot *s) {
    if (!s) return;
    for (size_t i = 0; i < s->memory_count; i++) {
        drop_image(s->memories[i].image);
        free(s->memories[i].changed);
        free(s->memories[i].bytes);
    }
    free(s->events);
    free(s->devices);
    free(s->pins);
    free(s->serial);
    free(s);
}

static bool save_memory(emu_memory *mem, memory_state *out) {
    if (mem->origin != mem) return true;
    if (!has_image(mem)) {
        out->bytes = malloc(mem->size);
        if (out->bytes) memcpy(out->bytes, mem->bytes, mem->size);
        return out->bytes != NULL;
    }
    if (!have_image(mem)) return false;
    uint32_t count = changed_pages(mem), at = 0;
    out->image = use_image(mem->image);
    out->changed = malloc((page_count(mem) + 7) / 8);
    out->bytes = malloc((size_t)count * EMU_PAGE_SIZE + 1);
    if (!out->changed || !out->bytes) return false;
    memcpy(out->changed, mem->changed, (page_count(mem) + 7) / 8);
    for (uint32_t page = 0; page < page_count(mem); page++)
        if (is_changed(mem, page)) memcpy(out->bytes + EMU_PAGE_SIZE * at++, mem->bytes + page * EMU_PAGE_SIZE, page_size(mem, page));
    return true;
}

static const char *not_now(const emu_machine *m) {
    for (size_t i = 0; i < m->device_count; i++)
        if (m->devices[i]->cls->copyable && !m->devices[i]->cls->copyable(m->devices[i])) return m->devices[i]->name;
    return NULL;
}

emu_snapshot *emu_snapshot_take(emu_machine *m, char error[EMU_ERROR_MAX]) {
    const char *busy = not_now(m);
    if (busy) {
        snprintf(error, EMU_ERROR_MAX, "%.60s is amid an operation that cannot be copied; let some time pass", busy);
        return NULL;
    }
    emu_snapshot *s = calloc(1, sizeof *s);
    bool ok = s != NULL;
    if (ok) {
        size_t devices = 1;
        for (size_t i = 0; i < m->device_count; i++) devices += own_size(m->devices[i]->cls);
        s->memory_count = m->memory_count;
        s->device_count = m->device_count;
        s->event_count = m->event_count;
        memcpy(s->state, m, STATE_SIZE);
        s->has_second = m->second != NULL;
        if (m->second) memcpy(s->second, m->second, STATE_SIZE);
        s->events = malloc((m->event_count + 1) * sizeof *s->events);
        s->devices = malloc(devices);
        s->pins = malloc(emu_pins_state_size());
        s->serial = malloc(emu_serial_state_size(m->serial) + 1);
        ok = s->events && s->devices && s->pins && s->serial;
    }
    for (size_t i = 0; ok && i < m->memory_count; i++) {
        s->sizes[i] = m->memories[i]->size;
        ok = save_memory(m->memories[i], &s->memories[i]);
    }
    if (!ok) {
        emu_snapshot_free(s);
        snprintf(error, EMU_ERROR_MAX, "out of memory");
        return NULL;
    }
    if (m->event_count) memcpy(s->events, m->events, m->event_count * sizeof *s->events);
    uint8_t *to = s->devices;
    for (size_t i = 0; i < m->device_count; i++) {
        s->classes[i] = m->devices[i]->cls;
        memcpy(to, (uint8_t *)m->devices[i] + sizeof(emu_device), own_size(s->classes[i]));
        to += own_size(s->classes[i]);
    }
    emu_pins_save(m->pins, s->pins);
    emu_serial_save(m->serial, s->serial);
    return s;
}

static void load_memory(emu_machine *m, emu_memory *mem, const memory_state *from) {
    if (mem->origin != mem) return;
    if (!from->image) {
        for (uint32_t page = 0; page < page_count(mem); page++) { /* by pages: decoded code stays where nothing is different */
            uint32_t at = page * EMU_PAGE_SIZE, size = page_size(mem, page);
            bool code = mem->kind != EMU_RAM || emu_bus_has_code(m, mem, at, size);
            if (!code)
                memcpy(mem->bytes + at, from->bytes + at, size);
            else if (memcmp(mem->bytes + at, from->bytes + at, size) != 0)
                emu_memory_change(m, mem, at, from->bytes + at, size);
        }
        return;
    }
    bool same = mem->image == from->image;
    const uint8_t *copy = from->bytes;
    for (uint32_t page = 0; page < page_count(mem); page++) {
        uint32_t at = page * EMU_PAGE_SIZE, size = page_size(mem, page);
        bool copied = from->changed[page / 8] >> (page % 8) & 1;
        const uint8_t *bytes = copied ? copy : from->image->bytes + at;
        if (copied) copy += EMU_PAGE_SIZE;
        if (same && !copied && !is_changed(mem, page)) continue;
        if (memcmp(mem->bytes + at, bytes, size) != 0) emu_memory_change(m, mem, at, bytes, size);
    }
    if (!same) {
        if (!mem->changed) mem->changed = malloc((page_count(mem) + 7) / 8);
        if (!mem->changed) return; /* without an image: the next snapshot takes one */
        drop_image(mem->image);
        mem->image = use_image(from->image);
    }
    memcpy(mem->changed, from->changed, (page_count(mem) + 7) / 8);
}

/* True: its breakpoints or watchpoints are others now. */
static bool load_core(emu_machine *m, const uint8_t state[STATE_SIZE]) {
    bool code = m->cls->translated_otherwise(m, state);
    memcpy(m, state, STATE_SIZE);
    m->limit = m->now;
    if (m->code_decoded_at > m->now) m->code_decoded_at = m->now;
    return code;
}

/* Everything but the memories. */
static void load_state(emu_machine *m, const emu_snapshot *s) {
    bool code[2] = {load_core(m, s->state), m->second && load_core(m->second, s->second)};
    const uint8_t *from = s->devices;
    for (size_t i = 0; i < m->device_count; i++) {
        memcpy((uint8_t *)m->devices[i] + sizeof(emu_device), from, own_size(s->classes[i]));
        from += own_size(s->classes[i]);
    }
    emu_link_devices(m);
    emu_events_put(m, s->events, s->event_count);
    emu_pins_load(m->pins, s->pins);
    emu_serial_load(m->serial, s->serial);
    for (emu_machine *c = m; c; c = c->second) {
        if (code[c->core]) { /* breakpoints and watchpoints are part of decoded code and of the tables */
            emu_code_flush_all(c);
            emu_bus_refresh_tables(c);
        }
        c->cls->restored(c, code[c->core]);
        c->poll.valid = false;
        if (c->code_dirty) emu_attention(c, EMU_ATTN_CODE);
    }
}

bool emu_snapshot_restore(emu_machine *m, const emu_snapshot *s, char error[EMU_ERROR_MAX]) {
    bool same = m->memory_count == s->memory_count && m->device_count == s->device_count && s->has_second == (m->second != NULL);
    for (size_t i = 0; same && i < m->memory_count; i++) same = m->memories[i]->size == s->sizes[i];
    for (size_t i = 0; same && i < m->device_count; i++) same = m->devices[i]->cls == s->classes[i];
    if (!same) {
        snprintf(error, EMU_ERROR_MAX, "the snapshot is of a machine with other memories or devices");
        return false;
    }
    const char *busy = not_now(m);
    if (busy) {
        snprintf(error, EMU_ERROR_MAX, "%.60s is amid an operation that cannot be given up; let some time pass", busy);
        return false;
    }
    for (size_t i = 0; i < m->memory_count; i++) load_memory(m, m->memories[i], &s->memories[i]);
    load_state(m, s);
    return true;
}

/* --- forks ----------------------------------------------------------------------------------------------------------------- */

static emu_memory *copy_memory(emu_machine *to, emu_memory *mem, uint32_t number) {
    emu_memory *copy = malloc(sizeof *copy);
    if (!copy) return NULL;
    *copy = *mem;
    copy->mapped = false;
    copy->image = NULL;
    copy->changed = NULL;
    copy->bytes = NULL;
    if (mem->origin != mem) return copy; /* bytes and origin: once all are there */
    copy->origin = copy;
    if (!has_image(mem)) {
        /* what still holds the pattern of power-on stays shared */
        copy->bytes = emu_commons_map(to->commons, mem->size, 0, number, NULL);
        for (uint32_t page = 0; copy->bytes && page < page_count(mem); page++) {
            uint32_t at = page * EMU_PAGE_SIZE, size = page_size(mem, page);
            if (memcmp(copy->bytes + at, mem->bytes + at, size) != 0) memcpy(copy->bytes + at, mem->bytes + at, size);
        }
    } else if (have_image(mem) && (copy->changed = malloc((page_count(mem) + 7) / 8))) {
        void *bytes = mmap(NULL, mem->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, mem->image->file, 0);
        copy->bytes = bytes == MAP_FAILED ? NULL : bytes;
        copy->image = use_image(mem->image);
        memcpy(copy->changed, mem->changed, (page_count(mem) + 7) / 8);
        for (uint32_t page = 0; copy->bytes && page < page_count(mem); page++)
            if (is_changed(mem, page)) memcpy(copy->bytes + page * EMU_PAGE_SIZE, mem->bytes + page * EMU_PAGE_SIZE, page_size(mem, page));
    }
    if (copy->bytes) return copy;
    emu_memory_forget_image(copy);
    free(copy);
    return NULL;
}

static bool copy_memories(emu_machine *to, const emu_machine *m) {
    for (size_t i = 0; i < m->memory_count; i++) {
        to->memories[i] = copy_memory(to, m->memories[i], (uint32_t)i + 1);
        if (!to->memories[i]) return false;
        to->memory_count++;
    }
    for (size_t i = 0; i < m->memory_count; i++) {
        if (m->memories[i]->origin == m->memories[i]) continue;
        for (size_t k = 0; k < m->memory_count; k++)
            if (m->memories[i]->origin == m->memories[k]) to->memories[i]->origin = to->memories[k];
        to->memories[i]->bytes = to->memories[i]->origin->bytes;
    }
    return true;
}

static bool copy_devices(emu_machine *to, const emu_machine *m) {
    for (size_t i = 0; i < m->device_count; i++) {
        const emu_device *d = m->devices[i];
        emu_device *copy = malloc(d->cls->struct_size);
        char *name = strdup(d->name);
        if (!copy || !name) {
            free(copy);
            free(name);
            return false;
        }
        memcpy(copy, d, d->cls->struct_size);
        copy->machine = to;
        copy->name = name;
        to->devices[to->device_count++] = copy;
    }
    for (size_t i = 0; i < m->memory_count; i++)
        if (m->memories[i]->controller) to->memories[i]->controller = to->devices[m->memories[i]->controller->index];
    if (m->irq_controller) to->irq_controller = to->devices[m->irq_controller->index];
    if (m->debug_guard) to->debug_guard = to->devices[m->debug_guard->index];
    memcpy(to->mmio, m->mmio, sizeof to->mmio);
    to->mmio_block_count = m->mmio_block_count;
    to->mmio_blocks = malloc((m->mmio_block_count + 1u) * sizeof *to->mmio_blocks);
    if (to->mmio_blocks && m->mmio_block_count) memcpy(to->mmio_blocks, m->mmio_blocks, m->mmio_block_count * sizeof *to->mmio_blocks);
    return to->mmio_blocks != NULL;
}

emu_machine *emu_fork(emu_machine *m, char error[EMU_ERROR_MAX]) {
    const char *busy = not_now(m);
    if (busy) {
        snprintf(error, EMU_ERROR_MAX, "%.60s is amid an operation that cannot be copied; let some time pass", busy);
        return NULL;
    }
    emu_machine_config config = m->config;
    config.commons = m->commons;
    emu_machine *to = emu_machine_new(&config, error);
    if (!to) return NULL;
    if (!copy_memories(to, m) || !copy_devices(to, m)) {
        emu_machine_free(to);
        snprintf(error, EMU_ERROR_MAX, "out of memory");
        return NULL;
    }
    emu_second_sync(to);
    uint8_t *pins = malloc(emu_pins_state_size()), *serial = malloc(emu_serial_state_size(m->serial) + 1);
    if (pins && serial) {
        for (emu_machine *c = m, *copy = to; c; c = c->second, copy = copy->second) {
            memcpy(copy, c, STATE_SIZE);
            copy->limit = copy->now;
            copy->code_decoded_at = copy->now;
            copy->poll.valid = false;
        }
        emu_link_devices(to);
        emu_events_put(to, m->events, m->event_count);
        emu_pins_save(m->pins, pins);
        emu_pins_load(to->pins, pins);
        emu_serial_save(m->serial, serial);
        emu_serial_load(to->serial, serial);
        for (emu_machine *c = m; c; c = c->second)
            if (c->code_unpublished) emu_code_publish(c);
        emu_bus_refresh_tables(to);
        for (emu_machine *c = m, *copy = to; c; c = c->second, copy = copy->second) {
            copy->cls->restored(copy, true);
            emu_code_take_over(copy, c);
        }
    }
    bool ok = pins && serial && emu_touched_copy(to, m);
    free(pins);
    free(serial);
    if (ok) return to;
    emu_machine_free(to);
    snprintf(error, EMU_ERROR_MAX, "out of memory");
    return NULL;
}

/* --- hash --------------------------------------------------------------------------------------------------------------------- */

struct emu_hasher {
    const emu_machine *m;
    uint64_t h;
};

void emu_hash_word(emu_hasher *h, uint64_t x) {
    h->h = (h->h ^ x) * 0xFF51AFD7ED558CCDu;
    h->h ^= h->h >> 32;
}

void emu_hash_bytes(emu_hasher *h, const void *bytes, size_t size) {
    uint64_t x;
    for (size_t i = 0; i < size; i += 8) {
        x = 0;
        memcpy(&x, (const uint8_t *)bytes + i, size - i < 8 ? size - i : 8);
        emu_hash_word(h, x);
    }
}

/* A pointer stands for what it points to: another device, a memory, a constant of this library. */
static uint64_t without_address(const emu_machine *m, uint64_t word) {
    if (word >> 32 == 0) return word;
    for (size_t i = 0; i < m->device_count; i++)
        if (word == (uintptr_t)m->devices[i]) return i;
    for (size_t i = 0; i < m->memory_count; i++)
        if (word == (uintptr_t)m->memories[i]) return i;
    uint64_t distance = word - (uintptr_t)emu_device_classes;
    return distance + (1u << 26) < 1u << 27 ? distance : word;
}

static void mix_device(emu_hasher *h, const emu_device *d) {
    const uint8_t *at = (const uint8_t *)d;
    _Static_assert(sizeof(emu_device) % 8 == 0, "pointers in a device's struct are where words begin");
    for (size_t i = sizeof(emu_device); i < d->cls->struct_size; i += 8) {
        uint64_t word = 0;
        memcpy(&word, at + i, d->cls->struct_size - i < 8 ? d->cls->struct_size - i : 8);
        emu_hash_word(h, without_address(h->m, word));
    }
}

static void mix_core(emu_hasher *h, const emu_machine *m) {
    const emu_cpu *c = &m->cpu;
    emu_hash_word(h, (uint64_t)c->sleeping | c->sleep_for_event << 1 | c->event_register << 2 | c->lockup << 3 | c->halted << 4 |
                         c->exclusive << 5);
    emu_hash_word(h, m->now);
    emu_hash_word(h, m->instructions);
    emu_hash_word(h, m->halted_cycles);
    emu_hash_word(h, m->stall_until > m->now ? m->stall_until : 0);
    emu_hash_word(h, (uint64_t)m->powered | m->reset_pin << 1 | m->debug_locked << 2 | m->reset_requested << 3 | m->held << 4);
    emu_hash_word(h, (uint64_t)m->usb_device << 32 ^ m->turn_end ^ (uint64_t)m->download_mode << 31);
    m->cls->hash(m, h);
}

uint64_t emu_state_hash(const emu_machine *m) {
    emu_hasher h = {m, 0x9E3779B97F4A7C15u};
    for (const emu_machine *c = m; c; c = c->second) mix_core(&h, c);
    for (size_t i = 0; i < m->event_count; i++) {
        emu_hash_word(&h, m->events[i].at);
        emu_hash_word(&h, m->events[i].order);
    }
    for (size_t i = 0; i < m->device_count; i++) mix_device(&h, m->devices[i]);
    for (size_t i = 0; i < m->memory_count; i++)
        if (m->memories[i]->origin == m->memories[i]) emu_hash_bytes(&h, m->memories[i]->bytes, m->memories[i]->size);
    uint8_t *state = malloc(emu_pins_state_size() + emu_serial_state_size(m->serial) + 8);
    if (state) {
        emu_pins_save(m->pins, state);
        emu_serial_save(m->serial, state + emu_pins_state_size());
        emu_hash_bytes(&h, state, emu_pins_state_size() + emu_serial_state_size(m->serial));
        free(state);
    }
    return h.h;
}
