/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and their answers (docs/wire-protocol.md). */
#include <string.h>

#include "debug.h"
#include "device.h"
#include "le.h"
#include "sha256.h"
#include "verify.h"

/* --- IDENTITY ------------------------------------------------------------------------------------------------------ */

typedef struct {
    uint8_t *out;
    uint16_t length;
} tlv_writer;

static void tlv(tlv_writer *w, uint8_t tag, const void *value, size_t length) {
    if (w->length + 2 + length > FRAME_MAX_BODY) return;
    w->out[w->length++] = tag;
    w->out[w->length++] = (uint8_t)length;
    memcpy(w->out + w->length, value, length);
    w->length = (uint16_t)(w->length + length);
}

static void tlv_number(tlv_writer *w, uint8_t tag, uint64_t value, size_t bytes) {
    uint8_t number[8];
    le_put64(number, value);
    tlv(w, tag, number, bytes);
}

static void tlv_text(tlv_writer *w, uint8_t tag, const char *text) { tlv(w, tag, text, strlen(text)); }

uint16_t link_identity(link_device *d, uint8_t out[FRAME_MAX_BODY]) {
    const link_config *c = d->config;
    tlv_writer w = {out, 0};
    uint8_t uid[16], window[3] = {c->window};
    link_chip chip = {0}; /* little-endian, like all that this runs on */
    tlv_number(&w, IDENTITY_PROTOCOL, LINK_PROTOCOL_VERSION, 1);
    tlv_text(&w, IDENTITY_KIND, c->program ? "vm" : "register");
    size_t uid_length = hal_uid(d->hal, uid);
    tlv(&w, IDENTITY_UID, uid, uid_length);
    c->chip(&chip);
    tlv(&w, IDENTITY_CHIP, &chip, sizeof chip);
    tlv_number(&w, IDENTITY_RESET_CAUSE, hal_reset_cause(d->hal), 4);
    tlv_number(&w, IDENTITY_UPTIME, hal_time_us(d->hal), 8);
    tlv_number(&w, IDENTITY_MAX_BODY, FRAME_MAX_BODY, 2);
    tlv_number(&w, IDENTITY_PORT, d->port_state, 1);
    if (d->port.target) tlv(&w, IDENTITY_TARGET, d->port.target, d->port.target_length < 32 ? d->port.target_length : 32);
    tlv_number(&w, IDENTITY_BINDING, d->binding, 1);
    tlv(&w, IDENTITY_VMUID, d->vmuid, sizeof d->vmuid);
    if (!c->program) return w.length;
    tlv_text(&w, IDENTITY_VM_VERSION, c->program->version);
    tlv_number(&w, IDENTITY_VM_ABI, c->program->abi, 2);
    tlv_number(&w, IDENTITY_FEATURES, c->program->features, 4);
    tlv_number(&w, IDENTITY_HEAP, c->memory.heap_size, 4);
    tlv_number(&w, IDENTITY_ACTIVE_SLOT, d->active, 1);
    le_put16(window + 1, LINK_CHUNK);
    tlv(&w, IDENTITY_WINDOW, window, sizeof window);
    tlv_number(&w, IDENTITY_SLOT_SIZE, c->layout->slot_size, 4);
    for (uint8_t slot = 0; slot < SLOTS_COUNT; slot++) {
        const slots_record *r = &d->slots.commit[slot];
        uint8_t body[20] = {slot, (uint8_t)(r->present | r->marked << 1), r->trials};
        le_put32(body + 4, r->generation);
        le_put32(body + 8, r->length);
        if (r->present) memcpy(body + 12, slots_hash(&d->slots, r), 8);
        tlv(&w, IDENTITY_SLOT, body, sizeof body);
    }
    return w.length;
}

/* In one function they would keep each other's values out of the registers, and all their buffers on the stack. */
#define APART __attribute__((noinline))

#define HOLD 0xFF /* instead of a status: the request waits until run() has returned */

/* --- uplink -------------------------------------------------------------------------------------------------------- */

typedef struct {
    uint8_t body[32]; /* the first byte is the status */
    uint8_t length;
} answer;

static void answer_upload_state(const link_device *d, answer *a) {
    a->body[1] = d->upload.slot;
    a->body[2] = d->config->window;
    le_put32(a->body + 4, d->upload.next);
    le_put16(a->body + 8, LINK_CHUNK);
}

APART static uint8_t begin(link_device *d, const frame *f, answer *a) {
    a->length = 12;
    if (f->length != 36) return LINK_BAD_REQUEST;
    uint32_t total = le_get32(f->body);
    if (total == 0 || total & 3) return LINK_BAD_REQUEST;
    if (total > d->config->layout->slot_size) return LINK_TOO_LARGE;
    uint8_t why = link_bound(d);
    if (why) return why;
    unsigned slot = slots_target(&d->slots, link_slot_runs, d);
    if (program_alive(d->state) && slot == d->active) {
        if (d->in_run) return HOLD;
        link_stop(d);
    }
    link_upload *u = &d->upload;
    if (u->open && u->slot == slot && u->total == total && memcmp(u->sha256, f->body + 4, sizeof u->sha256) == 0) {
        answer_upload_state(d, a); /* the line broke, not the board */
        return LINK_OK;
    }
    u->open = false;
    uint32_t offset = slots_begin(&d->slots, slot, total, f->body + 4);
    if (offset == UINT32_MAX) return LINK_FLASH_FAILED;
    *u = (link_upload){.open = true, .slot = (uint8_t)slot, .next = offset, .total = total};
    memcpy(u->sha256, f->body + 4, sizeof u->sha256);
    answer_upload_state(d, a);
    return LINK_OK;
}

/* Programs whole write units; returns how many of the bytes it took, UINT32_MAX when the flash failed. What is left at the program's end is
 * padded with blanks. */
static uint32_t program(link_device *d, uint32_t address, const uint8_t *bytes, uint32_t length, bool last) {
    uint32_t unit = d->config->layout->flash->write_unit, rest = length % unit, whole = length - rest;
    if (whole && !hal_flash_write(d->hal, address, bytes, whole)) return UINT32_MAX;
    if (!rest || !last) return whole;
    uint8_t end[GEOMETRY_WRITE_UNIT_MAX];
    memset(end, 0xFF, sizeof end);
    memcpy(end, bytes + whole, rest);
    return hal_flash_write(d->hal, address + whole, end, unit) ? length : UINT32_MAX;
}

APART static uint8_t data(link_device *d, const frame *f, answer *a) {
    link_upload *u = &d->upload;
    a->length = 8;
    if (!u->open) return LINK_NO_UPLOAD;
    le_put32(a->body + 4, u->next);
    if (f->length <= 4) return LINK_BAD_REQUEST;
    uint32_t offset = le_get32(f->body), length = f->length - 4u;
    if (offset & 3 || length & 3 || offset > u->total || length > u->total - offset) return LINK_BAD_REQUEST;
    if (offset > u->next) return LINK_GAP;
    if (offset + length <= u->next) return LINK_OK; /* heard before */
    uint32_t skip = u->next - offset;
    length -= skip;
    uint32_t taken = program(d, d->config->layout->slot[u->slot] + u->next, f->body + 4 + skip, length, u->next + length == u->total);
    if (taken == UINT32_MAX) {
        u->open = false;
        slots_give_up(&d->slots);
        return LINK_FLASH_FAILED;
    }
    u->next += taken;
    le_put32(a->body + 4, u->next);
    return taken ? LINK_OK : LINK_BAD_REQUEST;
}

APART static uint8_t commit(link_device *d, answer *a) {
    link_upload *u = &d->upload;
    a->length = 12;
    if (!u->open) return LINK_NO_UPLOAD;
    a->body[1] = u->slot;
    if (u->next != u->total) return LINK_INCOMPLETE;
    u->open = false;
    program_refusal why = {.status = LINK_HASH_MISMATCH};
    if (!link_holds(d, d->config->layout->slot[u->slot], u->total, u->sha256) || !link_verify(d, u->slot, u->total, &why)) {
        slots_give_up(&d->slots);
        a->body[2] = why.code;
        le_put32(a->body + 8, why.offset);
        return why.status;
    }
    if (!slots_commit(&d->slots, u->slot, u->total, u->sha256)) return LINK_JOURNAL_FAILED;
    le_put32(a->body + 4, d->slots.commit[u->slot].generation);
    return LINK_OK;
}

/* --- control ------------------------------------------------------------------------------------------------------- */

APART static uint8_t run(link_device *d, const frame *f, answer *a) {
    a->length = 12;
    a->body[1] = d->active;
    le_put32(a->body + 4, d->generation);
    if (f->length != 1 || f->body[0] < RUN_START || f->body[0] > RUN_DEBUG) return LINK_BAD_REQUEST;
    if (f->body[0] == RUN_STOP) {
        if (!program_alive(d->state)) return LINK_NOT_RUNNING;
        if (d->in_run) return HOLD;
        link_stop(d);
        return LINK_OK;
    }
    if (f->body[0] == RUN_DEBUG && !d->config->program->debug) return LINK_NOT_SUPPORTED;
    uint8_t why = link_bound(d);
    if (why) return why;
    bool trials_used;
    unsigned slot = slots_choose(&d->slots, false, link_slot_runs, d, &trials_used);
    if (slot == SLOTS_NONE) return LINK_NO_PROGRAM;
    bool runs = program_alive(d->state) && d->active == slot && d->generation == d->slots.commit[slot].generation;
    if (runs && f->body[0] == RUN_START) return LINK_OK;
    if (d->in_run) return HOLD;
    if (program_alive(d->state)) link_stop(d);
    uint8_t status = link_start(d, slot);
    if (status == LINK_OK && f->body[0] == RUN_DEBUG) {
        static const uint8_t attach[] = {VM_DEBUG_ATTACH, VM_DEBUG_PAUSE};
        uint8_t state[64];
        if (d->config->program->debug(d->vm, attach, sizeof attach, state, sizeof state) < 0) {
            link_stop(d);
            status = LINK_OUT_OF_MEMORY;
        }
    }
    a->body[1] = (uint8_t)slot;
    a->body[2] = d->refusal.code;
    le_put32(a->body + 4, d->generation);
    le_put32(a->body + 8, d->refusal.offset);
    return status;
}

APART static uint8_t confirm(link_device *d, const frame *f, answer *a) {
    a->length = 8;
    a->body[1] = d->active;
    le_put32(a->body + 4, d->generation);
    if (f->length != 0 && f->length != 4) return LINK_BAD_REQUEST;
    if (d->active == SLOTS_NONE || (f->length && le_get32(f->body) != d->generation)) return LINK_NOT_RUNNING;
    return link_confirm(d) ? LINK_OK : LINK_JOURNAL_FAILED;
}

APART static uint8_t console_in(link_device *d, const frame *f, answer *a) {
    uint16_t taken = 0;
    for (; taken < f->length && d->in_used < LINK_IN_SIZE; taken++) d->in[(d->in_at + d->in_used++) % LINK_IN_SIZE] = f->body[taken];
    a->length = 4;
    le_put16(a->body + 2, taken);
    return LINK_OK;
}

APART static void status(link_device *d, uint16_t sequence) {
    uint8_t body[48] = {LINK_OK, (uint8_t)d->state, d->active, d->refusal.status};
    le_put32(body + 4, d->generation);
    link_counters(d, body + 8);
    le_put64(body + 28, d->state == PROGRAM_IDLE ? 0 : hal_time_us(d->hal) - d->started_us);
    le_put32(body + 36, d->refusal.offset);
    le_put32(body + 40, d->decoder.noise);
    body[44] = d->refusal.code;
    link_send(d, FRAME_STATUS | FRAME_REPLY, 0, sequence, body, sizeof body);
}

static uint8_t dispatch(link_device *d, const frame *f, answer *a) {
    a->length = 4;
    switch (f->type) {
    case FRAME_BEGIN:
    case FRAME_DATA:
    case FRAME_COMMIT:
    case FRAME_RUN:
    case FRAME_CONFIRM:
    case FRAME_CONSOLE_IN: break;
    default: return LINK_UNKNOWN_REQUEST;
    }
    if (!d->config->program) return LINK_NOT_SUPPORTED;
    switch (f->type) {
    case FRAME_BEGIN: return begin(d, f, a);
    case FRAME_DATA: return data(d, f, a);
    case FRAME_COMMIT: return commit(d, a);
    case FRAME_RUN: return run(d, f, a);
    case FRAME_CONFIRM: return confirm(d, f, a);
    default: return console_in(d, f, a);
    }
}

APART static void hello(link_device *d, uint16_t sequence) {
    uint8_t body[FRAME_MAX_BODY];
    uint16_t length = link_identity(d, body);
    link_send(d, FRAME_IDENTITY, 0, sequence, body, length);
}

/* Requests of a debugger are harmless to repeat, so that their answers, which may be long, need not be kept. */
APART static void debug(link_device *d, const frame *f) {
    uint8_t body[FRAME_MAX_BODY] = {LINK_NOT_RUNNING};
    const program_ops *p = d->config->program;
    int length = 0;
    if (!p->debug)
        body[0] = LINK_NOT_SUPPORTED;
    else if (d->state != PROGRAM_IDLE && d->state != PROGRAM_REFUSED) {
        length = p->debug(d->vm, f->body, f->length, body + 1, sizeof body - 1);
        body[0] = length < 0 ? LINK_BAD_REQUEST : LINK_OK;
        if (length >= 0 && f->length && f->body[0] == VM_DEBUG_START && !d->in_run) d->state = PROGRAM_RUNNING;
    }
    link_send(d, FRAME_DEBUG | FRAME_REPLY, 0, f->sequence, body, (uint16_t)(length < 0 ? 1 : 1 + length));
}

void link_handle(link_device *d, const frame *f) {
    uint8_t reply = (uint8_t)(f->type | FRAME_REPLY);
    if (f->type & FRAME_REPLY) return; /* our own words, looped back */
    if (f->type == FRAME_HELLO) {
        d->answered = false; /* a new conversation, which may start at any sequence */
        hello(d, f->sequence);
        return;
    }
    if (f->type == FRAME_STATUS && d->config->program) {
        status(d, f->sequence);
        return;
    }
    if (f->type == FRAME_DEBUG && d->config->program) {
        debug(d, f);
        return;
    }
    uint32_t crc = vm_crc32(0, f->body, f->length);
    if (d->answered && d->answered_type == f->type && d->answered_sequence == f->sequence && d->answered_crc == crc) {
        link_send(d, reply, 0, f->sequence, d->answer, d->answer_length);
        return;
    }
    answer a = {{0}, 0};
    a.body[0] = dispatch(d, f, &a);
    if (a.body[0] == HOLD) {
        d->held = true;
        d->held_request = *f;
        d->config->program->stop(d->vm);
        return;
    }
    if (f->type != FRAME_DATA) { /* DATA is harmless to repeat, and must not push out the answer to BEGIN */
        d->answered = true;
        d->answered_type = f->type;
        d->answered_sequence = f->sequence;
        d->answered_crc = crc;
        d->answer_length = a.length;
        memcpy(d->answer, a.body, sizeof a.body);
    }
    link_send(d, reply, 0, f->sequence, a.body, a.length);
}
