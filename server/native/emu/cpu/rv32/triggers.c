/* SPDX-License-Identifier: Apache-2.0 */
/* Triggers: breakpoints and watchpoints that a program sets for itself, and that end in a breakpoint exception. The RISC-V Debug
 * Specification 0.13.2, chapter "Trigger Module": address triggers (mcontrol), equal or a naturally aligned range. Espressif's cores have
 * tcontrol, too, and in machine mode only fire while it says so (ESP32-C3 Technical Reference Manual, section "Hardware Trigger"). */
#include "rv.h"

#include <string.h>

enum { TSELECT = 0x7A0, TDATA1 = 0x7A1, TDATA2 = 0x7A2, TDATA3 = 0x7A3, TINFO = 0x7A4, TCONTROL = 0x7A5 };
enum { MTE = 1 << 3, MPTE = 1 << 7 };
enum { KINDS = 7, USER = 1 << 3, MACHINE = 1 << 6, MATCH_RANGE = 1 << 7, WRITABLE = KINDS | USER | MACHINE | MATCH_RANGE };
#define MCONTROL (2u << 28) /* type, and nothing else of what cannot be written */

/* Of trigger i. */
static void range(const emu_rv *v, unsigned i, uint32_t *from, uint64_t *size) {
    uint32_t address = v->tdata2[i];
    *size = 1;
    if (v->tdata1[i] & MATCH_RANGE) *size = 2ull << __builtin_ctzll(~(uint64_t)address);
    *from = address & ~(uint32_t)(*size - 1);
}

static bool covers(const emu_rv *v, unsigned i, uint32_t address, uint64_t size) {
    uint32_t from;
    uint64_t length;
    range(v, i, &from, &length);
    return from < address + size && address < from + length;
}

static bool of_mode(const emu_machine *m, unsigned i) {
    if (m->rv.mode == RV_USER) return m->rv.tdata1[i] & USER;
    return m->rv.tdata1[i] & MACHINE && (!m->config.espressif || m->rv.tcontrol & MTE);
}

bool emu_rv_trigger_fires(const emu_machine *m, uint32_t address, unsigned size, unsigned kind) {
    for (unsigned i = 0; i < EMU_RV_TRIGGERS; i++)
        if (m->rv.tdata1[i] & kind && of_mode(m, i) && covers(&m->rv, i, address, size)) return true;
    return false;
}

bool emu_rv_trigger_set_at(const emu_machine *m, uint32_t address) {
    for (unsigned i = 0; i < EMU_RV_TRIGGERS; i++)
        if (m->rv.tdata1[i] & RV_MCONTROL_EXECUTE && m->rv.tdata1[i] & (USER | MACHINE) && covers(&m->rv, i, address, 1)) return true;
    return false;
}

bool emu_rv_triggers_cover(const emu_machine *m, uint32_t page_base, unsigned kinds) {
    for (unsigned i = 0; i < EMU_RV_TRIGGERS; i++)
        if (m->rv.tdata1[i] & kinds && m->rv.tdata1[i] & (USER | MACHINE) && covers(&m->rv, i, page_base, EMU_PAGE_SIZE)) return true;
    return false;
}

static void changed(emu_machine *m) {
    m->rv.watching = false;
    for (unsigned i = 0; i < EMU_RV_TRIGGERS; i++)
        m->rv.watching |= m->rv.tdata1[i] & (RV_MCONTROL_LOAD | RV_MCONTROL_STORE) && m->rv.tdata1[i] & (USER | MACHINE);
    emu_code_flush_all(m);
    emu_bus_refresh_tables(m);
    emu_rv_pmp_changed(m);
}

void emu_rv_triggers_reset(emu_machine *m) {
    emu_rv *v = &m->rv;
    bool any = false;
    for (unsigned i = 0; i < EMU_RV_TRIGGERS; i++) any |= v->tdata1[i] & KINDS;
    v->tselect = v->tcontrol = 0;
    for (unsigned i = 0; i < EMU_RV_TRIGGERS; i++) v->tdata1[i] = MCONTROL;
    memset(v->tdata2, 0, sizeof v->tdata2);
    if (any) changed(m);
}

bool emu_rv_trigger_read(const emu_machine *m, unsigned number, uint32_t *value) {
    const emu_rv *v = &m->rv;
    switch (number) {
    case TSELECT: *value = v->tselect; return true;
    case TDATA1: *value = v->tdata1[v->tselect]; return true;
    case TDATA2: *value = v->tdata2[v->tselect]; return true;
    case TDATA3: *value = 0; return true;
    case TINFO: *value = 1 << 2; return true; /* type 2 only */
    case TCONTROL: *value = v->tcontrol; return m->config.espressif;
    default: return false;
    }
}

bool emu_rv_trigger_write(emu_machine *m, unsigned number, uint32_t value) {
    emu_rv *v = &m->rv;
    switch (number) {
    case TSELECT:
        if (value < EMU_RV_TRIGGERS) v->tselect = value;
        return true;
    case TDATA1: v->tdata1[v->tselect] = MCONTROL | (value & WRITABLE); break;
    case TDATA2: v->tdata2[v->tselect] = value; break;
    case TDATA3:
    case TINFO: return true;
    case TCONTROL: v->tcontrol = value & (MTE | MPTE); return m->config.espressif;
    default: return false;
    }
    changed(m);
    return true;
}

void emu_rv_triggers_trapped(emu_machine *m) { m->rv.tcontrol = m->rv.tcontrol & MTE ? MPTE : 0; }
void emu_rv_triggers_returned(emu_machine *m) { m->rv.tcontrol = MPTE | (m->rv.tcontrol & MPTE ? MTE : 0u); }
