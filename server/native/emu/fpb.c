/* SPDX-License-Identifier: Apache-2.0 */
/* Flash patch and breakpoint unit, version 1 (DDI 0403E chapter C1.11): comparators of instructions as
 * breakpoints. The breakpoint unit of ARMv6-M (DDI 0419 chapter C1.9) is the same without literals and remapping. */
#include "machine.h"

#include <string.h>

enum { CTRL = 0x00, REMAP = 0x04, COMP0 = 0x08 };
enum { ENABLE = 1, KEY = 2 };

void emu_fpb_reset(emu_machine *m) { memset(&m->fpb, 0, sizeof m->fpb); }

bool emu_fpb_matches(const emu_machine *m, uint32_t address) {
    for (unsigned i = 0; i < m->feature.fpb_code; i++) {
        uint32_t comp = m->fpb.comp[i], replace = comp >> 30;
        if ((comp & ENABLE) && (comp & 0x1FFFFFFCu) == (address & ~3u) && (replace & (address & 2 ? 2 : 1))) return true;
    }
    return false;
}

static unsigned count(const emu_machine *m) { return m->feature.fpb_code + m->feature.fpb_literal; }

static void changed(emu_machine *m, uint32_t comp) {
    if (comp & ENABLE) emu_code_mark_dirty(m, comp & 0x1FFFFFFCu, 4);
}

uint32_t emu_fpb_read(emu_machine *m, uint32_t offset) {
    if (offset == CTRL) return m->fpb.ctrl | (uint32_t)m->feature.fpb_code << 4 | (uint32_t)m->feature.fpb_literal << 8;
    if (offset == REMAP) return m->fpb.remap;
    unsigned i = (offset - COMP0) / 4;
    return offset >= COMP0 && i < count(m) ? m->fpb.comp[i] : 0;
}

void emu_fpb_write(emu_machine *m, uint32_t offset, uint32_t value) {
    unsigned i = (offset - COMP0) / 4;
    if (offset == CTRL) {
        if (!(value & KEY) || (m->fpb.ctrl & ENABLE) == (value & ENABLE)) return;
        m->fpb.ctrl = value & ENABLE;
        for (i = 0; i < m->feature.fpb_code; i++) changed(m, m->fpb.comp[i]);
    } else if (offset == REMAP) {
        if (m->feature.fpb_literal) m->fpb.remap = value & 0x1FFFFFE0u;
    } else if (offset >= COMP0 && i < count(m)) {
        changed(m, m->fpb.comp[i]);
        m->fpb.comp[i] = value & 0xDFFFFFFDu;
        changed(m, m->fpb.comp[i]);
    }
}
