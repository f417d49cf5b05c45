/* SPDX-License-Identifier: Apache-2.0 */
#include "emu_batch.h"

#include <stdlib.h>
#include <string.h>

/* DP.ABORT: ORUNERRCLR, WDERRCLR, STKERRCLR, STKCMPCLR (ADIv5.2, B2.2.1). */
#define DP_ABORT 0u
#define ABORT_CLEAR_STICKY 0x1Eu

enum { DP_READ = 1, DP_WRITE, AP_READ, AP_WRITE, AP_READ_BLOCK, AP_WRITE_BLOCK, MEM_READ, MEM_WRITE };

typedef struct {
    uint8_t code;
    uint8_t width;       /* bytes an access, memory operations */
    uint32_t address;    /* of the register or memory */
    uint32_t value;      /* of a single write */
    uint32_t count;      /* words of a block, bytes of a memory operation */
    const uint8_t *data; /* of a block or memory write */
    size_t size;         /* bytes of the operation in the request */
    size_t result;       /* bytes of its result */
} operation;

static uint32_t get_u32(const uint8_t *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }

static void put_u32(uint8_t *p, uint32_t value) {
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
    p[2] = (uint8_t)(value >> 16);
    p[3] = (uint8_t)(value >> 24);
}

/* Reads the operation at p; false if it is cut off or makes no sense. */
static bool decode(const uint8_t *p, size_t left, operation *op) {
    static const uint8_t fixed[] = {0, 2, 6, 5, 9, 9, 9, 10, 10};
    memset(op, 0, sizeof *op);
    op->code = p[0];
    if (op->code < DP_READ || op->code > MEM_WRITE || left < fixed[op->code]) return false;
    op->size = fixed[op->code];
    switch (op->code) {
    case DP_READ:
    case DP_WRITE:
        op->address = p[1];
        if (op->code == DP_WRITE)
            op->value = get_u32(p + 2);
        else
            op->result = 4;
        return true;
    case AP_READ:
        op->address = get_u32(p + 1);
        op->result = 4;
        return true;
    case AP_WRITE:
        op->address = get_u32(p + 1);
        op->value = get_u32(p + 5);
        return true;
    case AP_READ_BLOCK:
    case AP_WRITE_BLOCK:
        op->address = get_u32(p + 1);
        op->count = get_u32(p + 5);
        if (op->count > EMU_BATCH_MAX / 4) return false;
        break;
    default:
        op->width = p[1];
        op->address = get_u32(p + 2);
        op->count = get_u32(p + 6);
        if ((op->width != 1 && op->width != 2 && op->width != 4) || op->count > EMU_BATCH_MAX) return false;
        if (op->address % op->width != 0 || op->count % op->width != 0) return false;
        break;
    }
    size_t bytes = op->width ? op->count : (size_t)op->count * 4;
    if (op->code == AP_READ_BLOCK || op->code == MEM_READ) {
        op->result = bytes;
        return true;
    }
    op->data = p + op->size;
    op->size += bytes;
    return op->size <= left;
}

/* Executes one operation; results go to out. *failed is the address of the access that did not succeed. */
static emu_ack execute(emu_machine *m, const operation *op, uint8_t *out, uint32_t *failed) {
    uint32_t value = 0;
    size_t done = 0;
    emu_ack ack = EMU_ACK_OK;
    *failed = op->address;
    switch (op->code) {
    case DP_READ:
        ack = emu_dp_read(m, op->address, &value);
        put_u32(out, value);
        break;
    case DP_WRITE: ack = emu_dp_write(m, op->address, op->value); break;
    case AP_READ:
        ack = emu_ap_read(m, op->address, &value);
        put_u32(out, value);
        break;
    case AP_WRITE: ack = emu_ap_write(m, op->address, op->value); break;
    case AP_READ_BLOCK:
        for (uint32_t i = 0; i < op->count && ack == EMU_ACK_OK; i++) {
            ack = emu_ap_read(m, op->address, &value);
            put_u32(out + (size_t)i * 4, value);
        }
        break;
    case AP_WRITE_BLOCK:
        for (uint32_t i = 0; i < op->count && ack == EMU_ACK_OK; i++) ack = emu_ap_write(m, op->address, get_u32(op->data + (size_t)i * 4));
        break;
    case MEM_READ:
        ack = emu_mem_read(m, op->address, op->width, out, op->count, &done);
        *failed = op->address + (uint32_t)done;
        break;
    case MEM_WRITE:
        ack = emu_mem_write(m, op->address, op->width, op->data, op->count, &done);
        *failed = op->address + (uint32_t)done;
        break;
    }
    return ack;
}

bool emu_batch(emu_machine *m, const uint8_t *request, size_t request_length, uint8_t **response, size_t *response_length) {
    operation op;
    size_t results = 0;
    bool good = true;
    for (size_t at = 0; good && at < request_length; at += op.size) {
        good = decode(request + at, request_length - at, &op);
        results += op.result;
        good = good && results <= EMU_BATCH_MAX;
    }
    uint8_t *out = malloc(EMU_BATCH_HEADER + (good ? results : 0));
    if (out == NULL) return false;
    memset(out, 0, EMU_BATCH_HEADER);
    *response = out;
    *response_length = EMU_BATCH_HEADER;
    if (!good) {
        out[0] = EMU_BATCH_MALFORMED;
        return true;
    }
    uint32_t done = 0;
    for (size_t at = 0; at < request_length; at += op.size) {
        uint32_t failed;
        decode(request + at, request_length - at, &op);
        emu_ack ack = execute(m, &op, out + *response_length, &failed);
        if (ack != EMU_ACK_OK) {
            out[0] = ack == EMU_ACK_WAIT ? EMU_BATCH_WAIT : EMU_BATCH_FAULT;
            put_u32(out + 5, failed);
            if (op.code == MEM_READ || op.code == MEM_WRITE) (void)emu_dp_write(m, DP_ABORT, ABORT_CLEAR_STICKY);
            break;
        }
        *response_length += op.result;
        done++;
    }
    put_u32(out + 1, done);
    return true;
}
