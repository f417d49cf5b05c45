/* SPDX-License-Identifier: Apache-2.0 */
/* main() of every image on a chip. Built twice: with the VM, and as register.vm, which only tells who the chip is. */
#include <string.h>

#include "board.h"
#include "port.h"

#define FEED_US 4000u /* less than any timeout, see vm_watchdog_start */
#define FORGET_FAULTS_US (2 * LINK_CONFIRM_US)

#ifndef VMRIG_REGISTER
#include "rooms.h"
extern uint8_t stack_bottom[];     /* of the linker script */
extern const uint8_t image_size[]; /* its address is what it says */
/* The chip's one VM, which its functions know by this name (single.py), and what it makes its heap of. */
struct {
    _Alignas(8) vm state;
    _Alignas(8) uint8_t heap[BOARD_HEAP_SIZE];
} vm_memory;
static const uint8_t pins[] = {BOARD_PINS};
static const portmap builtin = {.pins = pins, .pins_length = sizeof pins};
#endif

static uint8_t out[BOARD_OUT_SIZE];

static const link_config config = {
    .layout = &port_layout,
    .window = BOARD_WINDOW,
    .chip = chip_identity,
    .fault = &port_fault.fault,
    .out = out,
    .out_size = sizeof out,
#ifndef VMRIG_REGISTER
    .builtin = &builtin,
    .program = &program_vm,
    .image_size = (uint32_t)(uintptr_t)image_size,
    .memory = {&vm_memory, sizeof vm_memory, BOARD_HEAP_SIZE, stack_bottom},
#endif
};

/* The chip has one device; its functions find it here. */
struct vm_hal {
    link_device device;
};

static vm_hal board;

size_t hal_console_write(vm_hal *hal, const uint8_t *data, size_t length) { return link_console_write(&hal->device, data, length); }

void board_settle(vm_hal *hal) { link_settle(&hal->device); }

int hal_pin_by_name(vm_hal *hal, const char *name, size_t length) { return link_pin_by_name(&hal->device, name, length); }

int main(void) {
#ifndef VMRIG_REGISTER
    /* Where the VM's functions look for it: single.py. */
#ifdef __riscv
    __asm volatile("mv tp, %0" ::"r"(&vm_memory));
#else
    __asm volatile("mov r9, %0" ::"r"(&vm_memory));
#endif
#endif
    port_init();
    port_last_fault();
    link_device_init(&board.device, &board, &config);
    for (;;) {
        port_program_runs(program_alive(board.device.state));
        uint64_t until = link_device_step(&board.device);
        if (port_fault.fault.count && hal_time_us(&board) > FORGET_FAULTS_US) port_forget_faults();
        /* The watchdog watches the program: while none runs, nobody else feeds it. */
        if (!program_alive(board.device.state) && hal_watchdog_feed(&board))
            until = hal_time_us(&board) + FEED_US < until ? hal_time_us(&board) + FEED_US : until;
        if (until) hal_wait_until(&board, until);
    }
}

/* The compiler knows these loops and would replace each by a call of the function that it is in, but for the barrier. */
#define BARRIER(variable) __asm volatile("" : "+r"(variable))

size_t strlen(const char *text) {
    size_t n = 0;
    for (; text[n]; n++) BARRIER(n);
    return n;
}

int strcmp(const char *a, const char *b) {
    for (; *a && *a == *b; a++, b++) BARRIER(a);
    return (unsigned char)*a - (unsigned char)*b;
}

void *memchr(const void *from, int byte, size_t length) {
    const unsigned char *p = from;
    for (; length--; p++) {
        BARRIER(p);
        if (*p == (unsigned char)byte) return (void *)(uintptr_t)p;
    }
    return NULL;
}
