/* SPDX-License-Identifier: Apache-2.0 */
/* Building a machine, power and reset, and the run loop that lets time pass. */
#define _GNU_SOURCE
#include "core_class.h"
#include "cpu/slots.h"
#include "commons.h"
#include "pins.h"
#include "serial.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- building ------------------------------------------------------------------------------------------------------- */

static const struct emu_core_class *const classes[] = {&emu_cortexm, &emu_rv32, &emu_no_core};

static bool choose_class(emu_machine *m, char error[EMU_ERROR_MAX]) {
    size_t used = 0;
    char known[EMU_ERROR_MAX] = "";
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        for (const char *const *name = classes[i]->names; *name; name++) {
            if (m->config.core && strcmp(m->config.core, *name) == 0) {
                m->cls = classes[i];
                m->config.core = *name; /* the caller's string need not live on */
                return m->cls->configure(m, error);
            }
            int length = snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", *name);
            if (length > 0 && used + (size_t)length < sizeof known) used += (size_t)length;
        }
    }
    snprintf(error, EMU_ERROR_MAX, "unknown core '%.40s': this emulator has %.160s", m->config.core ? m->config.core : "", known);
    return false;
}

emu_machine *emu_machine_new(const emu_machine_config *config, char error[EMU_ERROR_MAX]) {
    if (config->irq_count < 1 || config->irq_count > 240 || !config->clock_hz) {
        snprintf(error, EMU_ERROR_MAX, "irq_count must be 1..240 and clock_hz above 0");
        return NULL;
    }
    emu_machine *m = calloc(1, sizeof *m);
    if (!m) {
        snprintf(error, EMU_ERROR_MAX, "out of memory");
        return NULL;
    }
    m->config = *config;
    m->clock[0].hz = config->clock_hz;
    if (!m->config.core_count) m->config.core_count = 1;
    if (!choose_class(m, error)) {
        free(m);
        return NULL;
    }
    m->first = m->active = m;
    m->commons = config->commons ? emu_commons_use(config->commons) : emu_commons_new();
    m->pins = emu_pins_new(m);
    m->serial = emu_serial_new(m);
    if (!emu_core_alloc(m) || !m->commons || !m->pins || !m->serial) {
        emu_machine_free(m);
        snprintf(error, EMU_ERROR_MAX, "out of memory");
        return NULL;
    }
    if ((m->config.core_count > 1 && !emu_second_new(m)) || (m->config.rescue_dp && !emu_rescue_new(m))) {
        emu_machine_free(m);
        snprintf(error, EMU_ERROR_MAX, "out of memory");
        return NULL;
    }
    return m;
}

void emu_machine_free(emu_machine *m) {
    if (!m) return;
    if (m->powered) emu_power(m, false);
    for (size_t i = 0; i < m->device_count; i++) {
        emu_device *d = m->devices[i];
        if (d->cls->destroy) d->cls->destroy(d);
        free((char *)d->name);
        free(d);
    }
    for (size_t i = 0; i < m->memory_count; i++) {
        emu_memory *mem = m->memories[i];
        if (mem->origin == mem) {
            munmap(mem->bytes, mem->size);
            emu_memory_forget_image(mem);
        }
        free(mem);
    }
    emu_windows_free(m);
    emu_second_free(m);
    emu_core_dealloc(m);
    if (m->pins) emu_pins_free(m->pins);
    if (m->serial) emu_serial_free(m->serial);
    emu_commons_drop(m->commons);
    free(m->mmio_blocks);
    emu_touched_forget(m);
    emu_trace_stop(m);
    free(m->unmodelled);
    free(m->events);
    free(m);
}

/* Written, not stored through the mapping: what this process has never touched is not part of its memory. */
static bool write_erased(int fd, const emu_memory_config *config) {
    uint8_t chunk[4096];
    memset(chunk, config->erased, sizeof chunk);
    for (uint32_t at = 0; at < config->size; at += sizeof chunk) {
        size_t length = config->size - at < sizeof chunk ? config->size - at : sizeof chunk;
        if (pwrite(fd, chunk, length, (off_t)at) != (ssize_t)length) return false;
    }
    return true;
}

/* The file's bytes as memory that the kernel writes back even when this process dies. */
static uint8_t *map_file(const emu_memory_config *config, char error[EMU_ERROR_MAX]) {
    int fd = open(config->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) {
        snprintf(error, EMU_ERROR_MAX, "cannot open %.150s: %s", config->path, strerror(errno));
        if (fd >= 0) close(fd);
        return NULL;
    }
    if (st.st_size != 0 && (uint64_t)st.st_size != config->size) {
        snprintf(error, EMU_ERROR_MAX, "%.150s has %" PRIu64 " bytes, memory %.31s has %" PRIu32, config->path, (uint64_t)st.st_size,
                 config->name, config->size);
        close(fd);
        return NULL;
    }
    bool fresh = st.st_size == 0;
    if (fresh && posix_fallocate(fd, 0, config->size) != 0) {
        snprintf(error, EMU_ERROR_MAX, "no room for %.150s", config->path);
        close(fd);
        return NULL;
    }
    if (fresh && !write_erased(fd, config)) {
        snprintf(error, EMU_ERROR_MAX, "cannot write %.150s: %s", config->path, strerror(errno));
        close(fd);
        return NULL;
    }
    void *bytes = mmap(NULL, config->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (bytes == MAP_FAILED) {
        snprintf(error, EMU_ERROR_MAX, "cannot map %.150s: %s", config->path, strerror(errno));
        return NULL;
    }
    return bytes;
}

emu_memory *emu_add_memory(emu_machine *m, const emu_memory_config *config, char error[EMU_ERROR_MAX]) {
    const char *name = config->name ? config->name : "";
    if (!config->size || (config->base | config->size) & 1023 || config->base + (config->size - 1) < config->base) {
        snprintf(error, EMU_ERROR_MAX, "memory %.31s: base and size must be multiples of 1 KB and end below 4 GB", name);
        return NULL;
    }
    if (m->memory_count == EMU_MEMORY_MAX || !*name || strlen(name) > 31 || emu_memory_by_name(m, name)) {
        snprintf(error, EMU_ERROR_MAX, "memory '%.31s': names must differ, have 1 to 31 characters, and there are at most %d", name,
                 EMU_MEMORY_MAX);
        return NULL;
    }
    for (uint32_t offset = 0; offset < config->size && !config->unmapped; offset += 1024) {
        if (emu_memory_at(m, config->base + offset) || emu_device_at(m, config->base + offset)) {
            snprintf(error, EMU_ERROR_MAX, "memory %.31s overlaps something at 0x%08" PRIX32, name, config->base + offset);
            return NULL;
        }
    }
    emu_memory *origin = NULL;
    if (config->alias_of) {
        origin = emu_memory_by_name(m, config->alias_of);
        if (!origin || config->size > origin->size) {
            snprintf(error, EMU_ERROR_MAX, "memory %.31s: no memory '%.31s' of at least its size", name, config->alias_of);
            return NULL;
        }
        origin = origin->origin;
    }
    emu_memory *mem = calloc(1, sizeof *mem);
    if (!mem) {
        snprintf(error, EMU_ERROR_MAX, "out of memory");
        return NULL;
    }
    memcpy(mem->name, name, strlen(name) + 1);
    mem->kind = config->kind;
    mem->base = config->base;
    mem->size = config->size;
    mem->erased = config->erased;
    mem->unmapped = config->unmapped;
    mem->origin = origin ? origin : mem;
    if (origin) {
        mem->kind = origin->kind;
        mem->bytes = origin->bytes;
    } else if (config->path) {
        mem->bytes = map_file(config, error);
        mem->mapped = true;
    } else {
        mem->bytes = emu_commons_map(m->commons, config->size, config->kind == EMU_RAM ? 0 : config->erased, 0, NULL);
        if (!mem->bytes) snprintf(error, EMU_ERROR_MAX, "out of memory");
    }
    if (!mem->bytes) {
        free(mem);
        return NULL;
    }
    m->memories[m->memory_count++] = mem;
    emu_second_sync(m);
    emu_bus_refresh_tables(m);
    return mem;
}

void emu_place_device(emu_machine *m, emu_device *d) {
    d->machine = m;
    d->index = (unsigned)m->device_count;
    for (uint32_t offset = 0; offset < d->cls->region_size; offset += 1024) {
        uint32_t address = d->base + offset;
        uint8_t *block = &m->mmio[address >> 20];
        if (!*block) {
            void *grown = m->mmio_block_count < 255 ? realloc(m->mmio_blocks, (m->mmio_block_count + 1u) * sizeof *m->mmio_blocks) : NULL;
            if (!grown) abort();
            m->mmio_blocks = grown;
            memset(m->mmio_blocks[m->mmio_block_count], 0, sizeof *m->mmio_blocks);
            *block = ++m->mmio_block_count;
        }
        m->mmio_blocks[*block - 1][address >> 10 & 1023] = (uint8_t)(m->device_count + 1);
    }
    m->devices[m->device_count++] = d;
    emu_second_sync(m);
}

emu_device *emu_add_device(emu_machine *m, const char *type, const char *name, uint32_t base, int irq, const emu_param *params,
                           size_t param_count, char error[EMU_ERROR_MAX]) {
    const emu_device_class *cls = NULL;
    for (size_t i = 0; emu_device_classes[i]; i++)
        if (strcmp(emu_device_classes[i]->type, type) == 0) cls = emu_device_classes[i];
    if (!cls) {
        snprintf(error, EMU_ERROR_MAX, "device %.60s: unknown type '%.60s'", name, type);
        return NULL;
    }
    if (m->device_count == EMU_DEVICE_MAX || emu_device_by_name(m, name) || irq < -1 || irq >= (int)m->config.irq_count || base & 1023) {
        snprintf(error, EMU_ERROR_MAX, "device %.60s: the name is taken, irq %d is not in -1..%d, or the base is not a multiple of 1 KB",
                 name, irq, (int)m->config.irq_count - 1);
        return NULL;
    }
    for (uint32_t offset = 0; offset < cls->region_size; offset += 1024) {
        if (emu_memory_at(m, base + offset) || emu_device_at(m, base + offset)) {
            snprintf(error, EMU_ERROR_MAX, "device %.60s overlaps something at 0x%08" PRIX32, name, base + offset);
            return NULL;
        }
    }
    emu_device *d = calloc(1, cls->struct_size);
    char *own_name = strdup(name);
    if (!d || !own_name) {
        free(d);
        free(own_name);
        snprintf(error, EMU_ERROR_MAX, "out of memory");
        return NULL;
    }
    d->cls = cls;
    d->name = own_name;
    d->machine = m;
    d->base = base;
    d->irq = irq;
    d->index = (unsigned)m->device_count;
    if (cls->init && !cls->init(d, params, param_count, error)) {
        free(d);
        free(own_name);
        return NULL;
    }
    emu_place_device(m, d);
    m->linked = false;
    return d;
}

/* --- power and reset -------------------------------------------------------------------------------------------------- */

static void reset_all(emu_machine *m, emu_reset_kind kind) {
    bool power_on = kind == EMU_RESET_POWER_ON;
    emu_events_clear(m);
    m->turn_end = 0;
    m->download_mode = false;
    m->download_active = 0;
    for (emu_machine *c = m; c; c = c->second) {
        c->stall_until = 0;
        c->cls->reset(c, power_on);
    }
    for (size_t i = 0; i < m->device_count; i++)
        if (m->devices[i]->cls->reset) m->devices[i]->cls->reset(m->devices[i], kind);
    for (emu_machine *c = m; c; c = c->second) {
        c->cls->start(c);
        c->reset_requested = false;
        c->attention |= EMU_ATTN_RESET;
    }
}

void emu_reset_core(emu_machine *m) {
    m->stall_until = 0;
    m->cls->reset_alone(m);
    m->reset_requested = false;
    m->attention |= EMU_ATTN_RESET;
}

void emu_rescue(emu_machine *m) {
    if (m->powered && !m->reset_pin) reset_all(m, EMU_RESET_DEBUG);
}

void emu_link_devices(emu_machine *m) {
    m->linked = true;
    for (size_t i = 0; i < m->device_count; i++)
        if (m->devices[i]->cls->link) m->devices[i]->cls->link(m->devices[i]);
}

void emu_power(emu_machine *m, bool on) {
    if (on == m->powered) return;
    if (!on) {
        for (size_t i = 0; i < m->device_count; i++)
            if (m->devices[i]->cls->power_off) m->devices[i]->cls->power_off(m->devices[i]);
        emu_events_clear(m);
        emu_pins_reset(m->pins);
        emu_serial_reset(m->serial);
        m->powered = false;
        m->usb_device = 0;
        if (m->second) m->second->powered = false;
        if (m->rescue) m->rescue->powered = false;
        return;
    }
    m->powered = true;
    if (!m->linked) emu_link_devices(m);
    memset(m->clock, 0, sizeof m->clock);
    m->clock[0].hz = m->config.clock_hz;
    if (m->rescue) m->rescue->powered = true;
    for (emu_machine *c = m; c; c = c->second) {
        c->powered = true;
        c->now = c->limit = c->instructions = c->halted_cycles = 0;
    }
    m->unmodelled_count = 0;
    emu_touched_forget(m);
    for (size_t i = 0; i < m->memory_count; i++)
        if (m->memories[i]->kind == EMU_RAM && m->memories[i]->origin == m->memories[i] && !m->memories[i]->mapped)
            emu_commons_map(m->commons, m->memories[i]->size, 0, (uint32_t)i + 1, m->memories[i]->bytes);
    for (emu_machine *c = m; c; c = c->second) emu_code_flush_all(c);
    emu_pins_reset(m->pins);
    emu_serial_reset(m->serial);
    reset_all(m, EMU_RESET_POWER_ON);
}

void emu_reset_pin(emu_machine *m, bool asserted) {
    if (m->reset_pin == asserted) return;
    m->reset_pin = asserted;
    if (m->second) m->second->reset_pin = asserted;
    if (m->powered && !asserted) reset_all(m, EMU_RESET_PIN);
}

void emu_usb_reset(emu_machine *m) {
    if (m->powered && !m->reset_pin) reset_all(m, EMU_RESET_USB);
}

void emu_request_reset(emu_machine *m, emu_reset_kind kind) {
    if (m->reset_requested) return;
    m->reset_requested = true;
    m->reset_kind = kind;
    emu_attention(m, EMU_ATTN_RESET);
}

void emu_apply_reset(emu_machine *m) {
    if (!m->reset_requested) return;
    if (m->config.reset_core_only && (m->reset_kind == EMU_RESET_SOFT || m->reset_kind == EMU_RESET_DEBUG))
        emu_reset_core(m);
    else
        reset_all(m->first, m->reset_kind);
}

/* --- what others ask ---------------------------------------------------------------------------------------------------- */

bool emu_powered(const emu_machine *m) { return m->powered; }
bool emu_download_mode(const emu_machine *m) { return m->first->download_mode; }
uint64_t emu_now(const emu_machine *m) { return m->now; }
uint64_t emu_instructions(const emu_machine *m) { return m->instructions + (m->second ? m->second->instructions : 0); }
uint64_t emu_clock_hz(const emu_machine *m) { return m->clock[0].hz; }

uint64_t emu_ns_at(const emu_machine *m, uint64_t cycle) {
    unsigned i = 0;
    while (i + 1 < EMU_CLOCKS && cycle < m->clock[i].from && m->clock[i + 1].hz) i++;
    uint64_t hz = m->clock[i].hz;
    if (cycle < m->clock[i].from) return m->clock[i].ns; /* longer ago than is remembered */
    uint64_t cycles = cycle - m->clock[i].from;          /* split, so that no product overflows */
    return m->clock[i].ns + cycles / hz * 1000000000u + cycles % hz * 1000000000u / hz;
}

uint64_t emu_now_ns(const emu_machine *m) { return emu_ns_at(m, m->now); }

void emu_set_clock_hz(emu_machine *m, uint32_t hz) {
    uint32_t old = (uint32_t)m->clock[0].hz;
    if (!hz || hz == old) return;
    uint64_t ns = emu_now_ns(m);
    memmove(&m->clock[1], &m->clock[0], sizeof m->clock - sizeof m->clock[0]);
    m->clock[0].hz = hz;
    m->clock[0].from = m->now;
    m->clock[0].ns = ns;
    emu_events_rescale(m, old, hz);
}

uint32_t emu_cpu_pc(const emu_machine *m) { return m->op ? emu_op_address(m->op) : m->cls->pc(m); }
uint32_t emu_core_get(const emu_machine *m, unsigned reg) { return m->cls->get(m, reg); }
void emu_core_set(emu_machine *m, unsigned reg, uint32_t value) { m->cls->set(m, reg, value); }
uint64_t emu_core_cycles(const emu_machine *m) { return m->now - m->halted_cycles; }

static bool waits(const emu_machine *c) {
    /* An event that comes with the last cycle of a run leaves a core that sleeps and is about to wake: it must not be left alone. */
    return !c->powered || c->reset_pin || (c->cpu.sleeping && !c->cls->wakes(c)) || c->cpu.lockup || c->cpu.halted || c->held;
}

bool emu_core_idle(const emu_machine *m) { return waits(m) && (!m->second || waits(m->second)); }
bool emu_core_halted(const emu_machine *m) { return waits(m) && m->cpu.halted; }
bool emu_core_locked_up(const emu_machine *m) {
    return m->powered && emu_core_idle(m) && (m->cpu.lockup || (m->second && m->second->cpu.lockup));
}
bool emu_debug_enabled(const emu_machine *m) { return m->cls->debugged(m) || (m->second && m->cls->debugged(m->second)); }

void emu_set_download_mode(emu_machine *m, bool on) {
    m->first->download_mode = on;
    m->first->download_active = m->first->now;
}

void emu_download_active(emu_machine *m, uint64_t until_cycle) {
    if (m->first->download_active < until_cycle) m->first->download_active = until_cycle;
}

uint64_t emu_download_active_until(const emu_machine *m) { return m->first->download_active; }

void emu_usb_connect(emu_machine *m, uint32_t device) { m->first->usb_device = device; }
uint32_t emu_usb_device(const emu_machine *m) { return m->first->usb_device; }

void emu_core_stall(emu_machine *m, uint64_t until_cycle) {
    m = emu_active_core(m);
    if (until_cycle <= m->now) return;
    if (until_cycle > m->stall_until) m->stall_until = until_cycle;
    emu_attention(m, EMU_ATTN_STALL);
}

void emu_core_stall_over(emu_machine *m, uint64_t at_cycle) {
    for (emu_machine *c = m->first; c; c = c->second)
        if (c->stall_until == UINT64_MAX) c->stall_until = at_cycle;
}

/* --- interrupts ----------------------------------------------------------------------------------------------------------- */

static void set_line(emu_machine *c, int irq, bool level) {
    if (irq >= 0 && (uint32_t)irq < c->config.irq_count) c->cls->irq(c, (unsigned)irq, level);
}

void emu_irq_set(emu_machine *m, int irq, bool level) {
    emu_device *controller = m->first->irq_controller;
    if (controller) {
        if (irq >= 0) controller->cls->irq_input(controller, (unsigned)irq, level);
        return;
    }
    for (emu_machine *c = m->first; c; c = c->second) set_line(c, irq, level);
}

void emu_irq_set_core(emu_machine *m, unsigned core, int irq, bool level) {
    emu_machine *c = core ? m->first->second : m->first;
    if (c) set_line(c, irq, level);
}

void emu_irq_controller(emu_device *d) { d->machine->irq_controller = d; }
void emu_core_interrupt(emu_machine *m, unsigned line) { m->cls->interrupt(m->first, line); }

/* --- a debugger that needs no debug port ----------------------------------------------------------------------------------- */

static bool command(emu_machine *m, emu_debug_command what) { return m->cls->debug && m->cls->debug(m, what); }

bool emu_core_debug_attach(emu_machine *m, bool on) { return command(m, on ? EMU_DEBUG_ATTACH : EMU_DEBUG_DETACH); }
bool emu_core_debug_halt(emu_machine *m) { return command(m, EMU_DEBUG_HALT); }
bool emu_core_debug_resume(emu_machine *m) { return command(m, EMU_DEBUG_RESUME); }
bool emu_core_debug_step(emu_machine *m) { return command(m, EMU_DEBUG_STEP); }
bool emu_breakpoint_set(emu_machine *m, uint32_t address) { return m->cls->breakpoint && m->cls->breakpoint(m, address, true); }
bool emu_breakpoint_clear(emu_machine *m, uint32_t address) { return m->cls->breakpoint && m->cls->breakpoint(m, address, false); }

/* --- the run loop --------------------------------------------------------------------------------------------------------- */

void emu_pass(emu_machine *m, uint64_t until) {
    if (m->cpu.halted) m->halted_cycles += until - m->now;
    m->now = m->limit = until;
}

void emu_look(emu_machine *m) {
    if (m->held) {
        m->attention = 0;
        emu_apply_reset(m);
        return;
    }
    while (m->cls->between(m)) {}
}

emu_stop emu_run(emu_machine *m, uint64_t max_cycles) {
    if (!m->powered || m->reset_pin) return EMU_STOP_OFF;
    uint64_t target = m->now + max_cycles;
    if (target < m->now) target = UINT64_MAX;
    m->debug.halted_inside = false;
    if (m->second) {
        emu_run_pair(m, target);
        if (m->debug.halted_inside || m->second->debug.halted_inside) return EMU_STOP_BREAK;
        if (emu_trace_full(m)) return EMU_STOP_FULL;
    }
    while (m->now < target) {
        emu_events_run(m);
        emu_look(m);
        if (m->debug.halted_inside) return EMU_STOP_BREAK;
        if (emu_trace_full(m)) return EMU_STOP_FULL;
        uint64_t next = emu_next_event(m), limit = next < target ? next : target;
        if (limit <= m->now) continue;
        if (m->cpu.halted || m->cpu.lockup || m->cpu.sleeping || m->held) {
            emu_pass(m, limit);
        } else if (m->stall_until > m->now) {
            emu_pass(m, m->stall_until < limit ? m->stall_until : limit);
        } else {
            m->cls->slice(m, limit);
        }
        while (m->attention & EMU_ATTN_HALT && !m->cpu.halted && m->cls->between(m)) {}
        if (m->debug.halted_inside) return EMU_STOP_BREAK;
    }
    emu_apply_reset(m); /* requested by the last instruction */
    for (emu_machine *c = m; c; c = c->second) emu_code_settle(c);
    if (m->cpu.halted && emu_core_idle(m)) return EMU_STOP_HALTED;
    if (emu_core_idle(m) && emu_next_event(m) > m->now) return EMU_STOP_SLEEP;
    return EMU_STOP_BUDGET;
}
