/* SPDX-License-Identifier: Apache-2.0 */
/* What hal.h asks for and a port does not have: it says so. And two things that no chip has of its own: the ring of events and the room for
 * values. */
#include "port_chip.h"

#define ABSENT __attribute__((weak))

ABSENT int hal_uart_open(vm_hal *hal, const hal_uart *line) {
    (void)hal, (void)line;
    return HAL_ENODEV;
}

ABSENT void hal_uart_close(vm_hal *hal, unsigned uart) { (void)hal, (void)uart; }

ABSENT size_t hal_uart_read(vm_hal *hal, unsigned uart, uint8_t *out, size_t max) {
    (void)hal, (void)uart, (void)out, (void)max;
    return 0;
}

ABSENT size_t hal_uart_write(vm_hal *hal, unsigned uart, const uint8_t *data, size_t length) {
    (void)hal, (void)uart, (void)data, (void)length;
    return 0;
}

ABSENT int hal_adc_read(vm_hal *hal, unsigned pin) {
    (void)hal, (void)pin;
    return HAL_ENODEV;
}

ABSENT int hal_pwm(vm_hal *hal, unsigned pin, uint32_t frequency_hz, uint32_t duty) {
    (void)hal, (void)pin, (void)frequency_hz, (void)duty;
    return HAL_ENODEV;
}

ABSENT int hal_watchdog_start(vm_hal *hal, uint32_t timeout_ms) {
    (void)hal, (void)timeout_ms;
    return HAL_ENODEV;
}

ABSENT bool hal_watchdog_feed(vm_hal *hal) {
    (void)hal;
    return false;
}

ABSENT int hal_gpio_edge(vm_hal *hal, unsigned pin, unsigned edges) {
    (void)hal, (void)pin, (void)edges;
    return HAL_ENODEV;
}

ABSENT int hal_sleep_deep(vm_hal *hal, uint64_t duration_us, unsigned pin, bool level) {
    (void)hal, (void)duration_us, (void)pin, (void)level;
    return HAL_ENODEV;
}

ABSENT size_t hal_entropy(vm_hal *hal, uint8_t *out, size_t max) {
    (void)hal, (void)out, (void)max;
    return 0;
}

/* --- events */

enum { EVENTS = 16 };
static struct {
    uint32_t ring[EVENTS];
    volatile uint8_t put, taken;
} events;

void event_post(uint32_t event) {
    line_woke();
    if ((uint8_t)(events.put - events.taken) < EVENTS) events.ring[events.put++ % EVENTS] = event;
}

uint32_t hal_event(vm_hal *hal) {
    (void)hal;
    return events.put == events.taken ? (uint32_t)HAL_EVENT_NONE : events.ring[events.taken++ % EVENTS];
}

/* --- room: the first sectors of what the layout leaves over, as long as they are of one size */

#define ROOM_SECTORS 8u

bool hal_flash_room(vm_hal *hal, hal_room *out) {
    (void)hal;
#ifdef LAYOUT_DATA
    uint32_t size = geometry_erase_unit(&chip_flash, LAYOUT_DATA), sectors = 0;
    while (sectors < ROOM_SECTORS && (sectors + 1) * size <= LAYOUT_DATA_SIZE &&
           geometry_erase_unit(&chip_flash, LAYOUT_DATA + sectors * size) == size)
        sectors++;
    *out = (hal_room){LAYOUT_DATA, size, sectors, LAYOUT_WRITE_UNIT};
    return sectors >= 2;
#else
    (void)out;
    return false;
#endif
}
