/* SPDX-License-Identifier: Apache-2.0 */
/* The instructions of a PIO state machine (3.4). */
#include "devices/rp2040/pio.h"

enum { JMP, WAIT, IN, OUT, PUSH_PULL, MOV, IRQ, SET };
enum { SIDE_EN = 1u << 30, SIDE_PINDIR = 1u << 29, INLINE_OUT_EN = 1u << 18, STATUS_SEL = 1u << 4 };
enum { AUTOPUSH = 1u << 16, AUTOPULL = 1u << 17, IN_RIGHT = 1u << 18, OUT_RIGHT = 1u << 19 };
enum { AHEAD_MAX = 4096 }; /* instructions */

static uint32_t mask_of(unsigned bits) { return bits >= 32 ? ~0u : (1u << bits) - 1; }
static uint32_t rotate_left(uint32_t x, unsigned by) { return x << (by & 31) | x >> (-by & 31); }

uint16_t pio_next_instruction(const pio_block *p, unsigned n) {
    const pio_machine *s = &p->sm[n];
    return s->forced ? s->instruction : p->code[s->pc];
}

/* --- pins --------------------------------------------------------------------------------------------------------------------- */

static void write_pins(pio_block *p, uint32_t *to, unsigned base, unsigned count, uint32_t value) {
    uint32_t mask = rotate_left(mask_of(count), base), next = (*to & ~mask) | (rotate_left(value, base) & mask);
    if (next == *to) return;
    *to = next;
    p->pins_driven = true;
}

static void out_pins(pio_block *p, const pio_machine *s, uint32_t *to, uint32_t value) {
    if (s->execctrl & INLINE_OUT_EN && !(value >> (s->execctrl >> 19 & 31) & 1)) return;
    write_pins(p, to, s->pinctrl & 31, s->pinctrl >> 20 & 63, value);
}

static uint32_t in_pins(const pio_block *p, const pio_machine *s) { return rotate_left(rp_pins_in(p->bank), 32 - (s->pinctrl >> 15 & 31)); }

/* Bits of the delay field that side-set takes; false: this instruction sets nothing aside. */
static bool side_set(const pio_machine *s, uint16_t instruction, uint32_t *value, unsigned *count, unsigned *delay) {
    unsigned bits = s->pinctrl >> 29 & 7, field = instruction >> 8 & 31;
    if (bits > 5) bits = 5;
    *delay = field & mask_of(5 - bits);
    *count = bits;
    *value = field >> (5 - bits);
    if (!bits) return false;
    if (!(s->execctrl & SIDE_EN)) return true;
    *count = bits - 1;
    bool given = *value >> (bits - 1) & 1;
    *value &= mask_of(bits - 1);
    return given && *count;
}

/* --- shift registers ------------------------------------------------------------------------------------------------------------ */

static unsigned threshold(uint32_t field) { return field & 31 ? field & 31 : 32; }
static unsigned pull_threshold(const pio_machine *s) { return threshold(s->shiftctrl >> 25); }
static unsigned push_threshold(const pio_machine *s) { return threshold(s->shiftctrl >> 20); }

static uint8_t add_bits(unsigned count, unsigned bits) { return (uint8_t)(count + bits > 32 ? 32 : count + bits); }

static bool refill(pio_block *p, pio_machine *s) {
    if (!pio_take(&s->tx, &s->osr)) return false;
    s->osr_count = 0;
    p->tx_taken = true;
    return true;
}

static bool push(pio_block *p, pio_machine *s) {
    if (!pio_put(&s->rx, s->isr)) return false;
    s->isr = 0;
    s->isr_count = 0;
    p->rx_put = true;
    return true;
}

static void shift_in(pio_machine *s, uint32_t value, unsigned bits) {
    value &= mask_of(bits);
    if (bits == 32)
        s->isr = value;
    else
        s->isr = s->shiftctrl & IN_RIGHT ? s->isr >> bits | value << (32 - bits) : s->isr << bits | value;
    s->isr_count = add_bits(s->isr_count, bits);
}

static uint32_t shift_out(pio_machine *s, unsigned bits) {
    uint32_t value = bits == 32 ? s->osr : s->shiftctrl & OUT_RIGHT ? s->osr & mask_of(bits) : s->osr >> (32 - bits);
    if (bits == 32)
        s->osr = 0;
    else
        s->osr = s->shiftctrl & OUT_RIGHT ? s->osr >> bits : s->osr << bits;
    s->osr_count = add_bits(s->osr_count, bits);
    return value;
}

/* --- instructions: true when done, false when they stall ------------------------------------------------------------------------- */

static bool jump_taken(const pio_block *p, pio_machine *s, unsigned condition) {
    switch (condition) {
    case 0: return true;
    case 1: return !s->x;
    case 2: return s->x--;
    case 3: return !s->y;
    case 4: return s->y--;
    case 5: return s->x != s->y;
    case 6: return rp_pins_in(p->bank) >> (s->execctrl >> 24 & 31) & 1;
    default: return s->osr_count < pull_threshold(s);
    }
}

/* Bit 4 of an index: relative to the machine's number, in its two low bits. */
static unsigned flag_of(unsigned n, unsigned index) { return index & 16 ? (index & 4) | ((index + n) & 3) : index & 7; }

static bool wait(pio_block *p, unsigned n, uint16_t i) {
    const pio_machine *s = &p->sm[n];
    bool polarity = i >> 7 & 1;
    unsigned index = i & 31;
    switch (i >> 5 & 3) {
    case 0: return (rp_pins_in(p->bank) >> index & 1) == polarity;
    case 1: return (in_pins(p, s) >> index & 1) == polarity;
    case 2: {
        uint32_t flag = 1u << flag_of(n, index);
        bool set = p->irq & flag;
        if (set != polarity) return false;
        if (polarity) {
            p->irq &= ~flag;
            p->irq_changed = true;
        }
        return true;
    }
    default: return true;
    }
}

static uint32_t status(const pio_machine *s) {
    unsigned level = s->execctrl & STATUS_SEL ? s->rx.used : s->tx.used;
    return level < (s->execctrl & 15) ? ~0u : 0;
}

static bool in(pio_block *p, pio_machine *s, unsigned n, uint16_t i) {
    unsigned bits = threshold(i);
    if (!s->shifted) {
        uint32_t source = 0;
        switch (i >> 5 & 7) {
        case 0: source = in_pins(p, s); break;
        case 1: source = s->x; break;
        case 2: source = s->y; break;
        case 6: source = s->isr; break;
        case 7: source = s->osr; break;
        default: break;
        }
        shift_in(s, source, bits);
    }
    s->shifted = false;
    if (!(s->shiftctrl & AUTOPUSH) || s->isr_count < push_threshold(s)) return true;
    if (push(p, s)) return true;
    p->fdebug |= FDEBUG_RXSTALL << n;
    s->shifted = true;
    return false;
}

static bool out(pio_block *p, pio_machine *s, unsigned n, uint16_t i, bool *jumped) {
    if (s->shiftctrl & AUTOPULL && s->osr_count >= pull_threshold(s)) {
        if (!refill(p, s)) p->fdebug |= FDEBUG_TXSTALL << n;
        return false; /* also after a refill: it takes this cycle (3.5.4.2) */
    }
    uint32_t value = shift_out(s, threshold(i));
    switch (i >> 5 & 7) {
    case 0: out_pins(p, s, &p->out, value); break;
    case 1: s->x = value; break;
    case 2: s->y = value; break;
    case 4: out_pins(p, s, &p->oe, value); break;
    case 5:
        s->pc = value & 31;
        *jumped = true;
        break;
    case 6:
        s->isr = value;
        s->isr_count = (uint8_t)threshold(i);
        break;
    case 7:
        s->instruction = (uint16_t)value;
        s->forced = true;
        break;
    default: break;
    }
    return true;
}

static bool push_or_pull(pio_block *p, pio_machine *s, unsigned n, uint16_t i) {
    bool conditional = i >> 6 & 1, block = i >> 5 & 1;
    if (i & 0x80) { /* PULL */
        if (conditional && s->osr_count < pull_threshold(s)) return true;
        if (s->shiftctrl & AUTOPULL && !s->osr_count) return true; /* 3.5.4.2: nothing to do, OSR is full */
        if (refill(p, s)) return true;
        p->fdebug |= FDEBUG_TXSTALL << n;
        if (block) return false;
        s->osr = s->x;
        s->osr_count = 0;
        return true;
    }
    if (conditional && s->isr_count < push_threshold(s)) return true;
    if (push(p, s)) return true;
    p->fdebug |= FDEBUG_RXSTALL << n;
    if (block) return false;
    s->isr = 0; /* dropped */
    s->isr_count = 0;
    return true;
}

static uint32_t reversed(uint32_t x) {
    uint32_t result = 0;
    for (unsigned k = 0; k < 32; k++) result |= (x >> k & 1) << (31 - k);
    return result;
}

static void mov(pio_block *p, pio_machine *s, uint16_t i, bool *jumped) {
    uint32_t value = 0;
    switch (i & 7) {
    case 0: value = in_pins(p, s); break;
    case 1: value = s->x; break;
    case 2: value = s->y; break;
    case 5: value = status(s); break;
    case 6: value = s->isr; break;
    case 7: value = s->osr; break;
    default: break;
    }
    if ((i >> 3 & 3) == 1) value = ~value;
    if ((i >> 3 & 3) == 2) value = reversed(value);
    switch (i >> 5 & 7) {
    case 0: out_pins(p, s, &p->out, value); break;
    case 1: s->x = value; break;
    case 2: s->y = value; break;
    case 4:
        s->instruction = (uint16_t)value;
        s->forced = true;
        break;
    case 5:
        s->pc = value & 31;
        *jumped = true;
        break;
    case 6:
        s->isr = value;
        s->isr_count = 0;
        break;
    case 7:
        s->osr = value;
        s->osr_count = 0;
        break;
    default: break;
    }
}

static bool irq(pio_block *p, pio_machine *s, unsigned n, uint16_t i) {
    uint32_t flag = 1u << flag_of(n, i & 31);
    bool clear = i >> 6 & 1, waits = i >> 5 & 1;
    if (s->flagged) {
        if (p->irq & flag) return false;
        s->flagged = false;
        return true;
    }
    p->irq = clear ? p->irq & ~flag : p->irq | flag;
    p->irq_changed = true;
    s->flagged = waits && !clear;
    return !s->flagged;
}

static void set(pio_block *p, pio_machine *s, uint16_t i) {
    unsigned base = s->pinctrl >> 5 & 31, count = s->pinctrl >> 26 & 7;
    switch (i >> 5 & 7) {
    case 0: write_pins(p, &p->out, base, count, i & 31); break;
    case 1: s->x = i & 31; break;
    case 2: s->y = i & 31; break;
    case 4: write_pins(p, &p->oe, base, count, i & 31); break;
    default: break;
    }
}

static void advance(pio_machine *s) {
    unsigned top = s->execctrl >> 12 & 31;
    s->pc = s->pc == top ? s->execctrl >> 7 & 31 : (s->pc + 1) & 31;
}

unsigned pio_execute(pio_block *p, unsigned n) {
    pio_machine *s = &p->sm[n];
    uint16_t i = pio_next_instruction(p, n);
    bool was_forced = s->forced, jumped = false, done = true;
    uint32_t aside;
    unsigned count, delay;
    if (side_set(s, i, &aside, &count, &delay))
        write_pins(p, s->execctrl & SIDE_PINDIR ? &p->oe : &p->out, s->pinctrl >> 10 & 31, count, aside);
    s->forced = false;
    switch (i >> 13) {
    case JMP:
        if (jump_taken(p, s, i >> 5 & 7)) {
            s->pc = i & 31;
            jumped = true;
        }
        break;
    case WAIT: done = wait(p, n, i); break;
    case IN: done = in(p, s, n, i); break;
    case OUT: done = out(p, s, n, i, &jumped); break;
    case PUSH_PULL: done = push_or_pull(p, s, n, i); break;
    case MOV: mov(p, s, i, &jumped); break;
    case IRQ: done = irq(p, s, n, i); break;
    default: set(p, s, i); break;
    }
    if (!done) {
        s->forced = was_forced;
        s->instruction = i;
        return 0;
    }
    if ((i >> 13) != OUT && s->shiftctrl & AUTOPULL && s->osr_count >= pull_threshold(s)) refill(p, s);
    if ((i >> 13) == OUT && s->shiftctrl & AUTOPULL && s->osr_count >= pull_threshold(s)) refill(p, s);
    if (!jumped && !was_forced) advance(s);
    return s->forced ? 1 : 1 + delay; /* the delay of OUT EXEC and MOV EXEC is ignored */
}

/* --- ahead of time -------------------------------------------------------------------------------------------------------------------- */

static bool invisible(const pio_block *p, unsigned n, uint16_t i) {
    const pio_machine *s = &p->sm[n];
    uint32_t aside, mask;
    unsigned count, delay;
    if (s->forced || s->shiftctrl & AUTOPULL) return false;
    if (side_set(s, i, &aside, &count, &delay)) {
        uint32_t now = s->execctrl & SIDE_PINDIR ? p->oe : p->out;
        mask = rotate_left(mask_of(count), s->pinctrl >> 10 & 31);
        if ((rotate_left(aside, s->pinctrl >> 10 & 31) ^ now) & mask) return false;
    }
    unsigned destination = i >> 5 & 7, source = i & 7;
    switch (i >> 13) {
    case JMP: return destination != 6;
    case SET: return destination == 1 || destination == 2;
    case MOV: return (destination == 1 || destination == 2 || destination >= 6) && source != 0 && source != 5;
    default: return false;
    }
}

uint64_t pio_run_ahead(pio_block *p, unsigned n) {
    pio_machine *s = &p->sm[n];
    uint64_t ticks = 0;
    for (unsigned k = 0; k < AHEAD_MAX; k++) {
        uint16_t i = pio_next_instruction(p, n);
        uint32_t *counter = (i >> 5 & 7) == 2 ? &s->x : (i >> 5 & 7) == 4 ? &s->y : NULL;
        if (!invisible(p, n, i)) break;
        if (i >> 13 == JMP && counter && (i & 31) == s->pc && *counter) { /* a delay loop of one instruction: all turns but the last */
            uint32_t turns = *counter;
            unsigned one = pio_execute(p, n);
            *counter = 0;
            ticks += (uint64_t)turns * one;
            continue;
        }
        ticks += pio_execute(p, n);
    }
    return ticks;
}
