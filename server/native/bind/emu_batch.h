/* SPDX-License-Identifier: Apache-2.0 */
/* Batches of debug port operations, executed in C: one call, and one round trip of the probe door, for many accesses.
 *
 * The format is that of vmrig_server/emulator/doors/probe_protocol.py, little-endian:
 *   request:  operations back to back: u8 code, then its arguments
 *     1 DP_READ        u8 address                           -> u32
 *     2 DP_WRITE       u8 address, u32 value
 *     3 AP_READ        u32 address                          -> u32
 *     4 AP_WRITE       u32 address, u32 value
 *     5 AP_READ_BLOCK  u32 address, u32 count               -> count * u32
 *     6 AP_WRITE_BLOCK u32 address, u32 count, count * u32
 *     7 MEM_READ       u8 width, u32 address, u32 length    -> length bytes
 *     8 MEM_WRITE      u8 width, u32 address, u32 length, length bytes
 *   response: u8 status, u32 operations done, u32 address of the failed access (0 if none), results of the done operations
 * The first operation that fails ends the batch; those after it are not executed. A malformed request executes nothing.
 * A failed MEM operation leaves no sticky error behind: the probe made the accesses, so it clears what they left, as real
 * probes with memory commands do. After a failed DP or AP operation that is the caller's to do.
 */
#ifndef VMRIG_EMU_BATCH_H
#define VMRIG_EMU_BATCH_H

#include "emu.h"

typedef enum {
    EMU_BATCH_OK = 0,
    EMU_BATCH_FAULT = 1,     /* the target answered FAULT */
    EMU_BATCH_WAIT = 2,      /* the target answered WAIT */
    EMU_BATCH_MALFORMED = 3, /* unknown code, cut off, misaligned or too long */
} emu_batch_status;

#define EMU_BATCH_HEADER 9u               /* bytes of the response before the results */
#define EMU_BATCH_MAX (16u * 1024 * 1024) /* bytes of results in one batch */

/* Allocates *response with malloc (the caller frees it). Returns false when memory runs out; bad requests are a status. */
bool emu_batch(emu_machine *m, const uint8_t *request, size_t request_length, uint8_t **response, size_t *response_length);

#endif
