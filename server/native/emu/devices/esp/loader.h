/* SPDX-License-Identifier: Apache-2.0 */
/* The serial loader: of the ROM, and of the stub that esptool loads into RAM when that is not executed but its protocol is emulated.
 * (esptool's documentation, "Serial Protocol"; the dialects' differences as esp-flasher-stub's sources and esptool's client show them.)
 *
 * Requests come in SLIP frames: 00 op length16 check32 data; answers are 01 op length16 value32 data status. One request is worked on at a
 * time; what takes time in the chip (the flash, reading it) takes it here, and bytes that come meanwhile wait on the line. */
#ifndef VMRIG_EMU_ESP_LOADER_H
#define VMRIG_EMU_ESP_LOADER_H

#include "devices/esp/inflate.h"
#include "devices/esp/md5.h"
#include "devices/esp/slip.h"

enum { ESP_LOADER_PORTS = 2 }; /* UART0, and the chip's own USB port */

typedef enum { ESP_LOADER_OFF, ESP_LOADER_ROM, ESP_LOADER_STUB } esp_loader_dialect;

typedef enum {
    ESP_OK,
    ESP_ERR_LENGTH,
    ESP_ERR_CHECKSUM,
    ESP_ERR_FAILED,
    ESP_ERR_UNKNOWN,
    ESP_ERR_NOT_BEGUN,
    ESP_ERR_INFLATE,
    ESP_ERR_TOO_LITTLE,
    ESP_ERR_TOO_MUCH,
    ESP_ERR_NOT_IMPLEMENTED,
    ESP_BUSY, /* the answer comes when the work is done */
} esp_loader_result;

/* What a loader wants done by whom it belongs to. */
typedef enum {
    ESP_LOADER_STAYS,
    ESP_LOADER_RUNS,   /* the program at `entry` */
    ESP_LOADER_BOOTS,  /* the program in flash, as the ROM goes on after a download */
    ESP_LOADER_RESETS, /* the chip */
} esp_loader_end;

typedef struct {
    /* what kind of chip this is: set once */
    uint32_t chip_id, magic, security_flags, security_length, status_length;
    bool old_rom;       /* no compressed writes, digest or slow read in ROM; the flash is attached by FLASH_BEGIN */
    bool stub_emulated; /* what is loaded and started is taken for the stub, if it is as large as one */

    emu_device *owner, *spi;
    int port[ESP_LOADER_PORTS]; /* serial ports; -1: not brought out */
    esp_loader_dialect dialect;
    int active; /* which of the ports the loader is spoken to on, -1: not yet */
    esp_slip slip[ESP_LOADER_PORTS];
    bool secure; /* secure download mode: few commands */

    /* the request under way; its data is in the SLIP buffer */
    uint8_t op;
    uint16_t length;
    uint32_t check, value;
    uint8_t data[64]; /* of the answer */
    uint8_t data_length;
    bool frame, working, answered;
    esp_loader_result carried; /* the stub answers blocks before it writes them: this went wrong with the last one */
    esp_loader_end end;
    uint32_t entry;

    uint32_t flash_size; /* as the host has told */
    /* a download into RAM */
    bool mem_begun;
    uint32_t mem_at, mem_left;
    uint32_t mem_loaded, program_size; /* bytes since the last program was started; of that one */
    /* a download into flash */
    bool flash_begun, compressed;
    uint32_t flash_at, flash_left, erase_at, erase_end;
    bool dirty;                    /* a sector that was not blank has been seen: all further ones are erased unseen */
    uint32_t in_at, in_left;       /* of the block under way: where in its frame, how much */
    uint32_t out_length, out_done; /* of `window`: bytes from its start, and how many of them are written */
    esp_inflate inflate;
    uint8_t window[ESP_INFLATE_WINDOW];
    /* a digest, or flash that is read */
    esp_md5 md5;
    uint32_t read_at, read_left, read_block, read_sent, read_length;
    bool streaming;
    uint32_t registers_done; /* of a WRITE_REG with delays */
} esp_loader;

enum { ESP_LOADER_EVENT = 1 };

void esp_loader_start(esp_loader *l, bool secure);
void esp_loader_stop(esp_loader *l);
void esp_loader_heard(esp_loader *l, unsigned port); /* bytes wait on a serial port */
/* The event ESP_LOADER_EVENT of the owner. What it returns is to be done after it. */
esp_loader_end esp_loader_event(esp_loader *l);
/* The stub has started: greets. */
void esp_loader_greet(esp_loader *l);

void esp_loader_security_info(const esp_loader *l, uint8_t info[20]);

/* --- between loader.c and loader_ops.c ------------------------------------------------------------------------------------------- */
esp_loader_result esp_loader_perform(esp_loader *l);
/* A step of the work under way, called while the flash is idle. ESP_BUSY: again when it is idle again, or after *wait_ns. */
esp_loader_result esp_loader_work(esp_loader *l, uint64_t *wait_ns);
bool esp_loader_answers_first(const esp_loader *l); /* the request under way is answered before its work is done */
void esp_loader_acknowledged(esp_loader *l);        /* while streaming: the host has the last block */
void esp_loader_wait(esp_loader *l, uint64_t ns);
static inline uint8_t *esp_loader_frame(esp_loader *l) { return l->slip[l->active].bytes; }
static inline uint32_t esp_loader_word(const uint8_t *b) {
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

#endif
