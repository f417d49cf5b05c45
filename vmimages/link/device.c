/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"

#include <string.h>

#include "le.h"
#include "sha256.h"

#define FOREVER UINT64_MAX
#define CHAIN_MAX 3 /* exceptions that led to the one that ended the program */

void link_send(link_device *d, uint8_t type, uint8_t flags, uint16_t sequence, const uint8_t *body, uint16_t length) {
    frame f = {type, flags, sequence, length, body};
    d->wire_length = (uint16_t)frame_encode(&f, d->wire);
    d->wire_at = 0;
}

static void poll(void *device);
static void tell_stop(link_device *d);

/* --- programs ------------------------------------------------------------------------------------------------------ */

static const uint8_t *image(const link_device *d, unsigned slot) { return hal_flash(d->hal, d->config->layout->slot[slot]); }

bool link_verify(link_device *d, unsigned slot, uint32_t length, program_refusal *why) {
    return d->config->program->verify(image(d, slot), length, d->vmuid, d->port.key, why);
}

bool link_slot_runs(void *device, unsigned slot, uint32_t length) {
    program_refusal why;
    return link_verify(device, slot, length, &why);
}

static void refuse(link_device *d, unsigned slot, program_refusal why) {
    uint8_t body[8] = {EVENT_REFUSED, (uint8_t)slot, why.status, why.code};
    d->state = PROGRAM_REFUSED;
    d->refusal = why;
    le_put32(body + 4, why.offset);
    link_out_push(d, FRAME_EVENT, body, sizeof body);
}

uint8_t link_start(link_device *d, unsigned slot) {
    const link_config *c = d->config;
    const slots_record *r = &d->slots.commit[slot];
    const program_host host = {d->hal, poll, d};
    d->active = (uint8_t)slot;
    d->generation = r->generation;
    program_refusal why = {0};
    d->refusal = why;
    d->earlier = 0; /* the VM forgets them */
    d->vm = c->program->load(&c->memory, &host, image(d, slot), r->length, d->vmuid, &why);
    if (!d->vm) {
        refuse(d, slot, why);
        return why.status;
    }
    d->state = PROGRAM_RUNNING;
    d->started_us = hal_time_us(d->hal);
    uint8_t body[8] = {EVENT_STARTED, (uint8_t)slot, r->marked};
    le_put32(body + 4, d->generation);
    link_out_push(d, FRAME_EVENT, body, sizeof body);
    return LINK_OK;
}

unsigned link_counters(link_device *d, uint8_t *out) {
    program_counters n = {0};
    bool loaded = d->state != PROGRAM_IDLE && d->state != PROGRAM_REFUSED;
    if (loaded) d->config->program->counters(d->vm, &n);
    le_put64(out, n.instructions);
    le_put32(out + 8, n.collections);
    le_put32(out + 12, n.heap_used);
    le_put32(out + 16, n.heap_peak);
    return 20;
}

static unsigned end_body(link_device *d, uint8_t kind, uint8_t *body) {
    uint8_t counters[20];
    link_counters(d, counters);
    memset(body, 0, 4);
    body[0] = kind;
    le_put32(body + 4, d->generation);
    memcpy(body + 8, counters, 12);
    memcpy(body + 20, counters + 16, 4);
    return 24;
}

static void push_end(link_device *d, uint8_t kind) {
    uint8_t body[24];
    unsigned length = end_body(d, kind, body);
    link_out_push(d, FRAME_EVENT, body, (uint16_t)length);
}

/* An exception. Of at most `further` that led to it the next is told of when this is on its way. */
static void push_exception(link_device *d, uint8_t kind, uint8_t further) {
    const program_ops *p = d->config->program;
    program_place places[16];
    char text[FRAME_MAX_BODY - 24 - sizeof places < 128 ? FRAME_MAX_BODY - 24 - sizeof places : 128] = "";
    uint8_t body[FRAME_MAX_BODY];
    unsigned at = end_body(d, kind, body), count = p->traceback(d->vm, text, sizeof text, places, 16);
    d->earlier = !LINK_SMALL && p->earlier && further && (body[2] = (uint8_t)p->earlier(d->vm)) ? further : 0;
    body[1] = (uint8_t)count;
    for (unsigned k = 0; k < count; k++, at += 4) {
        le_put16(body + at, places[k].function);
        le_put16(body + at + 2, places[k].word);
    }
    size_t length = strlen(text);
    memcpy(body + at, text, length);
    link_out_push(d, FRAME_EVENT, body, (uint16_t)(at + length));
}

void link_stop(link_device *d) {
    push_end(d, EVENT_STOPPED);
    d->state = PROGRAM_STOPPED;
}

bool link_confirm(link_device *d) {
    if (d->slots.commit[d->active].marked) return true;
    if (!slots_confirm(&d->slots, d->active)) return false;
    uint8_t body[8] = {EVENT_CONFIRMED, d->active};
    le_put32(body + 4, d->generation);
    link_out_push(d, FRAME_EVENT, body, sizeof body);
    return true;
}

/* The slot still holds what was started: an upload may have committed another program into it since. */
static bool unconfirmed(const link_device *d) {
    const slots_record *r = &d->slots.commit[d->active];
    return r->present && r->generation == d->generation && !r->marked;
}

static void run_slice(link_device *d) {
    d->in_run = true; /* also of one that sleeps: what it waits for may be what woke us */
    program_state state = d->config->program->run(d->vm, LINK_SLICE, &d->wake_us);
    d->in_run = false;
    if (d->held) {
        /* run() was cut short for a request: the program is still one that runs, until the request has stopped it. */
        d->state = state == PROGRAM_RAISED ? state : PROGRAM_RUNNING;
        if (state == PROGRAM_RAISED) push_exception(d, EVENT_RAISED, CHAIN_MAX);
        return;
    }
    d->state = state;
    if (state == PROGRAM_PAUSED) tell_stop(d);
    if (d->state == PROGRAM_ENDED) {
        push_end(d, EVENT_ENDED);
        if (unconfirmed(d)) link_confirm(d);
    } else if (d->state == PROGRAM_RAISED) {
        push_exception(d, EVENT_RAISED, CHAIN_MAX);
    }
}

/* --- boot ---------------------------------------------------------------------------------------------------------- */

static void push_fault(link_device *d, const link_fault *f) {
    uint8_t body[4 + 4 * LINK_FAULT_REGISTERS] = {EVENT_FAULT, (uint8_t)(f->count < 255 ? f->count : 255), f->program_ran != 0,
                                                  (uint8_t)f->set};
    for (unsigned i = 0; i < LINK_FAULT_REGISTERS; i++) le_put32(body + 4 + 4 * i, f->registers[i]);
    link_out_push(d, FRAME_EVENT, body, sizeof body);
}

bool link_holds(const link_device *d, uint32_t address, uint32_t length, const uint8_t sha256[32]) {
    sha256_context c;
    uint8_t hash[32];
    sha256_init(&c);
    sha256_update(&c, hal_flash(d->hal, address), length);
    sha256_final(&c, hash);
    return memcmp(hash, sha256, sizeof hash) == 0;
}

uint8_t link_bound(const link_device *d) {
    static const uint8_t statuses[] = {LINK_OK, LINK_OK, LINK_OTHER_BOARD, LINK_BAD_VMSTORE, LINK_BAD_IMAGE};
    return statuses[d->binding];
}

static void boot_program(link_device *d) {
    const link_fault *f = d->config->fault;
    uint8_t why = link_bound(d);
    if (why) {
        refuse(d, SLOTS_NONE, (program_refusal){.status = why});
        return;
    }
    if (f && f->count >= LINK_MAX_FAULTS) {
        refuse(d, SLOTS_NONE, (program_refusal){.status = LINK_FAULT_LOOP});
        return;
    }
    bool trials_used;
    unsigned slot = slots_choose(&d->slots, true, link_slot_runs, d, &trials_used);
    if (slot != SLOTS_NONE) {
        link_start(d, slot);
    } else if (trials_used) {
        refuse(d, SLOTS_NONE, (program_refusal){.status = LINK_TRIALS_USED});
    }
}

void link_device_init(link_device *d, vm_hal *hal, const link_config *config) {
    memset(d, 0, sizeof *d);
    d->hal = hal;
    d->config = config;
    d->active = SLOTS_NONE;
    frame_decoder_init(&d->decoder);
    uint8_t uid[16], body[FRAME_MAX_BODY];
    size_t uid_length = hal_uid(hal, uid);
    const uint8_t *record = hal_flash(hal, config->layout->vmstore);
    d->binding = vmstore_check(record, uid, uid_length, d->vmuid);
    /* After power was off or the reset button was pressed, which are rare: on small chips it would take too long even then. */
    if (!LINK_SMALL && d->binding == VMSTORE_OK && config->image_size && hal_reset_cause(hal) & (HAL_RESET_POWER_ON | HAL_RESET_PIN) &&
        !link_holds(d, config->layout->vm, config->image_size, record + VMSTORE_IMAGE))
        d->binding = VMSTORE_OTHER_IMAGE;
    d->port_state = portmap_open(&d->port, hal_flash(hal, config->layout->port), config->layout->port_size);
    slots_mount(&d->slots, hal, config->layout);
    uint16_t length = link_identity(d, body);
    link_out_push(d, FRAME_IDENTITY, body, length);
    if (config->fault && config->fault->count) push_fault(d, config->fault);
    if (config->program) boot_program(d);
}

/* --- the line ------------------------------------------------------------------------------------------------------ */

/* true: the frame on its way is out, the next may be made. */
static bool flush(link_device *d) {
    if (d->wire_at < d->wire_length)
        d->wire_at = (uint16_t)(d->wire_at + hal_link_write(d->hal, d->wire + d->wire_at, d->wire_length - d->wire_at));
    return d->wire_at == d->wire_length;
}

/* The bodies of frames are not on the stack together: hence the functions of their own. */
__attribute__((noinline)) static bool send_waiting(link_device *d) {
    uint8_t type, body[FRAME_MAX_BODY];
    uint16_t length;
    if (!LINK_SMALL && !d->out_used && d->earlier) push_exception(d, EVENT_EARLIER, (uint8_t)(d->earlier - 1));
    if (!link_out_pop(d, &type, body, &length)) return false;
    link_send(d, type, FRAME_UNSOLICITED, d->sequence++, body, length);
    return true;
}

/* Requests first: a program that prints without end must not keep the host from stopping it. true: something was done. */
static bool serve(link_device *d) {
    bool busy = false;
    while (flush(d)) {
        if (d->held) {
            if (d->in_run) return busy;
            d->held = false;
            link_handle(d, &d->held_request);
            continue;
        }
        if (d->rx_at == d->rx_length) {
            d->rx_at = 0;
            d->rx_length = (uint8_t)hal_link_read(d->hal, d->rx, sizeof d->rx);
        }
        if (d->rx_at < d->rx_length) {
            frame f;
            busy = true;
            if (frame_decoder_put(&d->decoder, d->rx[d->rx_at++], &f)) link_handle(d, &f);
            continue;
        }
        if (!send_waiting(d)) return busy;
        busy = true;
    }
    return busy;
}

/* A stop is told of when it is seen: after a slice, or inside of one that native code cannot give up. */
static void tell_stop(link_device *d) {
    if (!d->config->program->stopped) return;
    uint32_t stop = d->config->program->stopped(d->vm);
    if (stop && stop != d->stop) {
        uint8_t body[8] = {EVENT_PAUSED, (uint8_t)stop, (uint8_t)(stop >> 8), (uint8_t)(stop >> 16)};
        le_put32(body + 4, d->generation);
        link_out_push(d, FRAME_EVENT, body, sizeof body);
    }
    d->stop = stop;
}

static void poll(void *device) {
    tell_stop(device);
    serve(device);
}

/* What is in a UART's FIFO needs this long at 115200 baud: 128 bytes on the ESP32-C3. */
#define FIFO_EMPTY_US 12000u

void link_settle(link_device *d) {
    uint64_t quiet = 0;
    if (unconfirmed(d)) link_confirm(d);
    do
        if (serve(d) || d->out_used || !flush(d) || !quiet) quiet = hal_time_us(d->hal) + FIFO_EMPTY_US;
    while (!d->held && hal_time_us(d->hal) < quiet);
}

uint64_t link_device_step(link_device *d) {
    bool busy = serve(d);
    if (!program_alive(d->state)) return busy ? 0 : FOREVER;
    uint64_t confirm_us = unconfirmed(d) && d->state != PROGRAM_PAUSED ? d->started_us + LINK_CONFIRM_US : FOREVER;
    if (hal_time_us(d->hal) >= confirm_us) {
        link_confirm(d);
        return 0;
    }
    if (d->state == PROGRAM_BLOCKED && !busy && d->out_used >= d->config->out_size - LINK_OUT_RESERVE)
        return confirm_us;                                   /* the line wakes us */
    if (d->state == PROGRAM_PAUSED && !busy) return FOREVER; /* a request wakes us */
    run_slice(d);
    if (busy || d->state != PROGRAM_SLEEPING || (d->out_used && flush(d))) return 0; /* what the slice said is to go out first */
    return d->wake_us < confirm_us ? d->wake_us : confirm_us;
}

int link_pin_by_name(const link_device *d, const char *name, size_t length) {
    return portmap_pin(d->port_state == PORT_WHOLE ? &d->port : d->config->builtin, name, length);
}
