/* SPDX-License-Identifier: Apache-2.0 */
/* An I2C master at its pins (UM10204, "I2C-bus specification", 3.1), a quarter of a bit at a time: start, stop, a byte out, a byte in. A
 * device that holds the clock low makes it wait. */
#ifndef VMRIG_EMU_I2C_MASTER_H
#define VMRIG_EMU_I2C_MASTER_H

#include <stdbool.h>
#include <stdint.h>

typedef enum { EMU_I2C_START, EMU_I2C_STOP, EMU_I2C_WRITE, EMU_I2C_READ } emu_i2c_what;

typedef struct {
    uint8_t what, quarter, bit;
    uint8_t byte;  /* on its way out, or come in */
    bool ack;      /* of WRITE: the other side's; of READ: to be sent */
    bool scl, sda; /* let go of */
    bool held;     /* the other side keeps the clock low */
} emu_i2c_master;

static inline void emu_i2c_begin(emu_i2c_master *i, emu_i2c_what what, uint8_t byte, bool ack) {
    i->what = (uint8_t)what;
    i->quarter = i->bit = 0;
    i->held = false;
    i->byte = byte;
    i->ack = ack;
}

/* What the data line is for the bit under way; the ninth is the acknowledge. */
static inline bool emu_i2c_data(const emu_i2c_master *i) {
    if (i->what == EMU_I2C_WRITE) return i->bit == 8 || (i->byte >> (7 - i->bit) & 1u);
    return i->bit < 8 || !i->ack;
}

static inline void emu_i2c_sample(emu_i2c_master *i, bool sda) {
    if (i->what == EMU_I2C_WRITE && i->bit == 8) i->ack = !sda;
    if (i->what == EMU_I2C_READ && i->bit < 8) i->byte = (uint8_t)(i->byte << 1 | sda);
}

/* Another master has the bus: a one that is going out is low on it (3.1.8, "Arbitration"). Asked before a step. */
static inline bool emu_i2c_lost(const emu_i2c_master *i, bool scl, bool sda) {
    return i->what == EMU_I2C_WRITE && i->bit < 8 && i->quarter == 2 && scl && i->sda && !sda;
}

/* The next quarter, with the levels that the lines have before it. true: that was all of it. */
static inline bool emu_i2c_step(emu_i2c_master *i, bool scl, bool sda) {
    bool framing = i->what <= EMU_I2C_STOP;
    switch (i->quarter) {
    case 0: i->sda = framing ? i->what == EMU_I2C_START : emu_i2c_data(i); break;
    case 1: i->scl = true; break;
    case 2:
        if (!scl) {
            i->held = true;
            return false;
        }
        if (i->held) { /* it has just been let go: the data line stays as it is for the set-up time of a start, a stop, a bit */
            i->held = false;
            return false;
        }
        if (framing)
            i->sda = i->what == EMU_I2C_STOP;
        else
            emu_i2c_sample(i, sda);
        break;
    default: i->scl = i->what == EMU_I2C_STOP; break;
    }
    if (++i->quarter < 4) return false;
    i->quarter = 0;
    return framing || ++i->bit == 9;
}

#endif
