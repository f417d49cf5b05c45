/* SPDX-License-Identifier: Apache-2.0 */
/* A board made of the firmware's own link code over a simulated chip: flash whose power can go in the middle of any operation, a serial
 * line, pins, virtual time. For tests of what must survive a power cut, thousands of times a second; the real firmware runs in the
 * emulator. */
#ifndef VMRIG_BIND_VM_DEVICE_SIM_H
#define VMRIG_BIND_VM_DEVICE_SIM_H

#include "device.h"
#include "vm_hal_host.h"

#define SIM_PINS 64
#define SIM_RUNS 16
#define SIM_OUT_SIZE 2048

typedef struct {
    erase_run runs[SIM_RUNS];
    flash_geometry geometry;
} sim_flash_shape;

typedef struct {
    uint8_t *data;
    size_t at, used, size;
} sim_queue;

typedef struct {
    uint64_t time_us;
    uint8_t pin, level;
} sim_edge;

typedef struct {
    uint8_t *flash;
    uint32_t flash_size;
    uint8_t uid[16];
    uint8_t uid_length;
    uint64_t boot_us, time_us; /* time_us is since creation, the firmware's is since boot */
    uint32_t reset_cause;
    uint64_t operations; /* of flash (a unit erased, a unit written) since creation */
    uint64_t cut_at;     /* the operation in which power goes; UINT64_MAX: never */
    bool powered, reset_asked;
    uint32_t random;
    uint64_t overwritten; /* units written, other than to zeros, that were not blank: a bug of the firmware */
    sim_queue to_board, from_board;
    uint8_t pin_mode[SIM_PINS];
    int8_t pin_out[SIM_PINS], pin_in[SIM_PINS]; /* pin_in: -1 nobody drives */
    sim_edge *edges;
    size_t edge_count, edge_size;
    bool failed; /* out of memory on the host */
    vm_hal hal;
    sim_flash_shape shape;
    uint8_t out[SIM_OUT_SIZE];
    link_layout layout;
    link_config config;
    link_device device;
} device_sim;

/* config: layout, chip, program and its memory block; flash begins at address 0, is as config.layout's says (copied), and erased.
 * false: no memory. */
bool device_sim_init(device_sim *s, uint32_t flash_size, const link_config *config, const uint8_t *uid, uint8_t uid_length);
void device_sim_free(device_sim *s);
void device_sim_power(device_sim *s, bool on); /* on: boots */
/* Lets time pass until `until_us` (since creation) or until `steps` turns of the main loop are done, whichever is first; returns turns
 * done. */
uint64_t device_sim_run(device_sim *s, uint64_t until_us, uint64_t steps);
bool device_sim_write(device_sim *s, const uint8_t *data, size_t length); /* to the board */
size_t device_sim_read(device_sim *s, uint8_t *out, size_t max);          /* from the board */

#endif
