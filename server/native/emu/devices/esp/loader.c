/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/esp/loader.h"

#include <string.h>

#include "devices/esp/spi_mem.h"

enum { SYNC = 0x08, HEADER = 8, ACKNOWLEDGE = 4 };
/* A request costs the ROM this much, and each of its bytes; nothing depends on it but that virtual time goes on. */
enum { FRAME_NS = 20000, BYTE_NS = 50 };

static emu_machine *machine(const esp_loader *l) { return l->owner->machine; }

void esp_loader_wait(esp_loader *l, uint64_t ns) {
    emu_machine *m = machine(l);
    emu_schedule_ns(l->owner, ESP_LOADER_EVENT, ns);
    emu_download_active(m, emu_now(m) + ns * (emu_clock_hz(m) / 1000000u) / 1000u);
}

void esp_loader_start(esp_loader *l, bool secure) {
    l->dialect = ESP_LOADER_ROM;
    l->active = -1;
    l->secure = secure;
    l->frame = l->working = l->streaming = l->mem_begun = l->flash_begun = false;
    l->carried = ESP_OK;
    l->end = ESP_LOADER_STAYS;
    l->flash_size = 2u << 20; /* what the ROM takes for granted */
    l->mem_loaded = 0;
    for (unsigned i = 0; i < ESP_LOADER_PORTS; i++) {
        esp_slip_reset(&l->slip[i]);
        if (l->port[i] >= 0 && emu_serial_waiting(machine(l), (unsigned)l->port[i])) esp_loader_wait(l, FRAME_NS);
    }
}

void esp_loader_stop(esp_loader *l) { l->dialect = ESP_LOADER_OFF; }

void esp_loader_heard(esp_loader *l, unsigned port) {
    if (l->dialect == ESP_LOADER_OFF || (l->working && !l->streaming) || l->frame) return;
    for (unsigned i = 0; i < ESP_LOADER_PORTS; i++)
        if (l->port[i] == (int)port) esp_loader_wait(l, FRAME_NS);
}

/* --- answers --------------------------------------------------------------------------------------------------------------------- */

/* ROM: the second byte says why. Stub: one byte, RESPONSE_* in its sources. */
static const struct {
    uint8_t rom, stub;
} STATUS[] = {
    [ESP_OK] = {0, 0},
    [ESP_ERR_LENGTH] = {0x05, 0xC0},
    [ESP_ERR_CHECKSUM] = {0x07, 0xC1},
    [ESP_ERR_FAILED] = {0x06, 0xC4},
    [ESP_ERR_UNKNOWN] = {0x05, 0xC3},
    [ESP_ERR_NOT_BEGUN] = {0x06, 0xC6},
    [ESP_ERR_INFLATE] = {0x0B, 0xC7},
    [ESP_ERR_TOO_LITTLE] = {0x05, 0xC8},
    [ESP_ERR_TOO_MUCH] = {0x05, 0xC9},
    [ESP_ERR_NOT_IMPLEMENTED] = {0x05, 0xFF},
};

static void answer(esp_loader *l, esp_loader_result result) {
    uint8_t tail[sizeof l->data + 4] = {0};
    bool stub = l->dialect == ESP_LOADER_STUB;
    uint32_t data = result == ESP_OK ? l->data_length : 0, value = result == ESP_OK ? l->value : 0;
    uint32_t length = data + (stub ? 2 : l->status_length);
    memcpy(tail, l->data, data);
    tail[data] = stub ? STATUS[result].stub : result != ESP_OK;
    if (!stub) tail[data + 1] = STATUS[result].rom;
    uint8_t head[HEADER] = {1,
                            l->op,
                            (uint8_t)length,
                            (uint8_t)(length >> 8),
                            (uint8_t)value,
                            (uint8_t)(value >> 8),
                            (uint8_t)(value >> 16),
                            (uint8_t)(value >> 24)};
    /* A host that has lost step finds it again by asking for a sign of life: it gets eight. */
    for (unsigned times = l->op == SYNC && result == ESP_OK ? 8 : 1; times; times--)
        esp_slip_send(machine(l), (unsigned)l->port[l->active], head, sizeof head, tail, length);
    l->answered = true;
}

void esp_loader_greet(esp_loader *l) {
    l->dialect = ESP_LOADER_STUB;
    l->flash_size = l->spi ? esp_spi_flash_size(l->spi) : 0;
    if (l->spi) esp_spi_attach(l->spi, true); /* as the stub does first */
    l->flash_begun = l->mem_begun = false;
    l->carried = ESP_OK;
    esp_slip_send(machine(l), (unsigned)l->port[l->active], (const uint8_t *)"OHAI", 4, NULL, 0);
}

/* --- requests ---------------------------------------------------------------------------------------------------------------------- */

static void finish(esp_loader *l, esp_loader_result result) {
    if (!l->answered)
        answer(l, result);
    else if (l->carried == ESP_OK)
        l->carried = result;
    l->working = l->streaming = false;
}

static void request(esp_loader *l) {
    const uint8_t *frame = esp_loader_frame(l);
    uint32_t length = l->slip[l->active].length;
    bool stub = l->dialect == ESP_LOADER_STUB;
    if (length < HEADER || (frame[0] != 0 && !stub)) return; /* the ROM says nothing to what is no request */
    l->op = frame[1];
    l->length = (uint16_t)(frame[2] | frame[3] << 8);
    l->check = esp_loader_word(frame + 4);
    l->value = 0;
    l->data_length = 0;
    l->answered = false;
    esp_loader_result result;
    if (frame[0] != 0) {
        result = ESP_ERR_UNKNOWN;
    } else if (length != HEADER + (uint32_t)l->length) {
        result = ESP_ERR_LENGTH;
    } else if (l->carried != ESP_OK) {
        result = l->carried;
        l->carried = ESP_OK;
    } else {
        result = esp_loader_perform(l);
    }
    if (result != ESP_BUSY) {
        finish(l, result);
        return;
    }
    l->working = true;
    if (esp_loader_answers_first(l)) answer(l, ESP_OK);
}

/* Takes bytes until a frame is complete. A first SYNC decides which port is spoken on. */
static bool listen(esp_loader *l) {
    for (unsigned i = 0; i < ESP_LOADER_PORTS; i++) {
        int c;
        if (l->port[i] < 0 || (l->active >= 0 && l->active != (int)i)) continue;
        while ((c = emu_serial_rx(machine(l), (unsigned)l->port[i])) >= 0) {
            if (esp_slip_byte(&l->slip[i], (uint8_t)c) != ESP_SLIP_FRAME) continue;
            if (l->active < 0 && (l->slip[i].length < HEADER || l->slip[i].bytes[1] != SYNC)) continue;
            l->active = (int)i;
            return true;
        }
    }
    return false;
}

static void work(esp_loader *l) {
    uint64_t busy_until = l->spi ? esp_spi_busy_until(l->spi) : 0, now = emu_now(machine(l)), wait_ns = 0;
    if (!busy_until) {
        esp_loader_result result = esp_loader_work(l, &wait_ns);
        if (result != ESP_BUSY) {
            finish(l, result);
            esp_loader_wait(l, FRAME_NS);
            return;
        }
        busy_until = l->spi ? esp_spi_busy_until(l->spi) : 0;
        now = emu_now(machine(l));
    }
    if (busy_until > now) {
        emu_schedule(l->owner, ESP_LOADER_EVENT, busy_until + 1); /* the flash's own event comes first */
        emu_download_active(machine(l), busy_until + 1);
    } else if (!l->streaming || wait_ns) {
        esp_loader_wait(l, wait_ns ? wait_ns : FRAME_NS);
    }
}

esp_loader_end esp_loader_event(esp_loader *l) {
    if (l->dialect == ESP_LOADER_OFF) return ESP_LOADER_STAYS;
    if (l->frame) {
        l->frame = false;
        bool acknowledged = l->streaming && l->slip[l->active].length == ACKNOWLEDGE;
        if (acknowledged) {
            esp_loader_acknowledged(l);
        } else { /* a request: a host that was reading has given up */
            l->working = l->streaming = false;
            request(l);
        }
        if (l->end != ESP_LOADER_STAYS && !l->working) {
            esp_loader_end end = l->end;
            l->end = ESP_LOADER_STAYS;
            return end;
        }
    }
    if (l->working) work(l);
    if ((!l->working || l->streaming) && !l->frame && listen(l)) {
        l->frame = true;
        esp_loader_wait(l, FRAME_NS + (uint64_t)l->slip[l->active].length * BYTE_NS);
    }
    return ESP_LOADER_STAYS;
}
