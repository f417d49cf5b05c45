/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/esp/esp.h"

static void schedule(esp_wdt *w, emu_device *d, uint32_t event, esp_wdt_hold hold) {
    uint64_t ns = hold(d, w->stage), past = emu_now_ns(d->machine) - w->start_ns;
    if (ns == ESP_NEVER)
        emu_cancel(d, event);
    else
        emu_schedule_ns(d, event, ns > past ? ns - past : 0);
}

void esp_wdt_update(esp_wdt *w, emu_device *d, uint32_t event, bool run, esp_wdt_hold hold) {
    if (!run) {
        w->running = false;
        emu_cancel(d, event);
        return;
    }
    if (!w->running) {
        w->running = true;
        w->stage = 0;
        w->start_ns = emu_now_ns(d->machine);
    }
    schedule(w, d, event, hold);
}

void esp_wdt_feed(esp_wdt *w, emu_device *d, uint32_t event, esp_wdt_hold hold) {
    w->stage = 0;
    w->start_ns = emu_now_ns(d->machine);
    if (w->running) schedule(w, d, event, hold);
}

unsigned esp_wdt_expire(esp_wdt *w, emu_device *d, uint32_t event, esp_wdt_hold hold) {
    unsigned stage = w->stage;
    w->stage = (stage + 1) % 4;
    w->start_ns = emu_now_ns(d->machine);
    uint64_t shortest = hold(d, w->stage);
    if (shortest == 0) { /* a stage without a length: the next event is a tick later, or time would stand still */
        emu_schedule_ns(d, event, 1000);
        return stage;
    }
    schedule(w, d, event, hold);
    return stage;
}
