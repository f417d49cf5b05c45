/* SPDX-License-Identifier: Apache-2.0 */
/* The private peripheral bus: SysTick, the registers of the NVIC and of the system control block (DDI 0403E chapter B3), and the way to the
 * debug registers, DWT, FPB and the CoreSight ids. Core and debugger come through here alike. */
#include "cpu/fp.h"

#include <string.h>

void emu_scs_reset(emu_machine *m, bool power_on) {
    (void)power_on;
    uint32_t dfsr = power_on ? 0 : m->scs.dfsr;
    emu_own_cancel(m, EMU_OWN_SYSTICK);
    memset(&m->scs, 0, sizeof m->scs);
    m->scs.dfsr = dfsr; /* cleared by power on only, C1.6.1 */
    m->scs.ccr = CCR_STKALIGN | (m->feature.v7m ? 0 : CCR_UNALIGN_TRP);
    emu_fp_reset(m);
    emu_mpu_reset(m);
    if (power_on) memset(&m->debug, 0, sizeof m->debug);
}

/* --- SysTick ------------------------------------------------------------------------------------------------------------- */

enum { SYST_ENABLE = 1, SYST_TICKINT = 2, SYST_CLKSOURCE = 4 };

static bool counting(const emu_machine *m) { return m->scs.syst_csr & SYST_ENABLE; }

/* The counter goes down by 1 a cycle; one cycle after 0 it is loaded from RVR. */
static uint32_t systick_value(const emu_machine *m) {
    const emu_scs *s = &m->scs;
    if (!counting(m)) return s->syst_cvr;
    uint64_t passed = emu_core_cycles(m) - s->syst_base;
    if (passed <= s->syst_cvr) return s->syst_cvr - (uint32_t)passed;
    if (!s->syst_rvr) return 0;
    return s->syst_rvr - (uint32_t)((passed - s->syst_cvr - 1) % ((uint64_t)s->syst_rvr + 1));
}

static void systick_schedule(emu_machine *m) {
    emu_scs *s = &m->scs;
    emu_own_cancel(m, EMU_OWN_SYSTICK);
    if (!counting(m) || m->cpu.halted) return;
    if (s->syst_cvr)
        emu_own_schedule(m, EMU_OWN_SYSTICK, m->now + s->syst_cvr);
    else if (s->syst_rvr)
        emu_own_schedule(m, EMU_OWN_SYSTICK, m->now + 1 + s->syst_rvr);
}

/* Makes the present value the new base of the arithmetic. */
static void systick_fold(emu_machine *m) {
    m->scs.syst_cvr = systick_value(m);
    m->scs.syst_base = emu_core_cycles(m);
}

void emu_systick_event(emu_machine *m) {
    m->scs.syst_cvr = 0;
    m->scs.syst_base = emu_core_cycles(m);
    m->scs.syst_countflag = true;
    if (m->scs.syst_csr & SYST_TICKINT) emu_nvic_set_pending(m, EMU_EXC_SYSTICK, true);
    systick_schedule(m);
}

void emu_systick_halt(emu_machine *m) {
    systick_fold(m);
    emu_own_cancel(m, EMU_OWN_SYSTICK);
}

void emu_systick_resume(emu_machine *m) {
    m->scs.syst_base = emu_core_cycles(m);
    systick_schedule(m);
}

static uint32_t systick_read(emu_machine *m, uint32_t offset) {
    emu_scs *s = &m->scs;
    switch (offset) {
    case 0x10: {
        uint32_t value = s->syst_csr | SYST_CLKSOURCE | (uint32_t)s->syst_countflag << 16;
        if (!m->debug_access) s->syst_countflag = false;
        return value;
    }
    case 0x14: return s->syst_rvr;
    case 0x18: return systick_value(m);
    default: return 0xC0000000u; /* CALIB: no reference clock, so that CLKSOURCE reads as 1; no 10 ms value */
    }
}

static void systick_write(emu_machine *m, uint32_t offset, uint32_t value) {
    emu_scs *s = &m->scs;
    if (m->cpu.halted)
        s->syst_base = emu_core_cycles(m);
    else
        systick_fold(m);
    switch (offset) {
    case 0x10: s->syst_csr = value & (SYST_ENABLE | SYST_TICKINT); break;
    case 0x14: s->syst_rvr = value & 0xFFFFFF; break;
    case 0x18:
        s->syst_cvr = 0;
        s->syst_countflag = false;
        break;
    default: break;
    }
    systick_schedule(m);
}

/* --- NVIC registers: bit n of word w is interrupt 32 w + n, which is exception 16 + that ------------------------------------- */

static uint32_t irq_word(const uint32_t *words, unsigned w) {
    return words[w] >> 16 | (w + 1 < EMU_EXCEPTION_WORDS ? words[w + 1] << 16 : 0);
}

static uint32_t implemented_irqs(const emu_machine *m, unsigned w) {
    uint32_t first = 32 * w;
    if (first >= m->config.irq_count) return 0;
    return m->config.irq_count - first >= 32 ? ~0u : (1u << (m->config.irq_count - first)) - 1;
}

static uint32_t nvic_read(emu_machine *m, uint32_t offset) {
    unsigned w = offset >> 2 & 7;
    if (offset >= 0x400 && offset < 0x4F0) {
        uint32_t value;
        memcpy(&value, &m->nvic.priority[EMU_EXC_IRQ0 + (offset & 0xFC)], 4);
        return value;
    }
    switch (offset & ~0x1Fu) {
    case 0x100:
    case 0x180: return irq_word(m->nvic.enabled, w);
    case 0x200:
    case 0x280: return irq_word(m->nvic.pending, w);
    case 0x300: return m->feature.v7m ? irq_word(m->nvic.active, w) : 0;
    default: return 0;
    }
}

static void nvic_write(emu_machine *m, uint32_t offset, uint32_t value) {
    unsigned w = offset >> 2 & 7;
    uint32_t group = offset & ~0x1Fu;
    value &= implemented_irqs(m, w);
    for (uint32_t bits = value; bits; bits &= bits - 1) {
        unsigned e = EMU_EXC_IRQ0 + 32 * w + (unsigned)__builtin_ctz(bits);
        uint32_t bit = 1u << (e & 31);
        switch (group) {
        case 0x100: m->nvic.enabled[e >> 5] |= bit; break;
        case 0x180: m->nvic.enabled[e >> 5] &= ~bit; break;
        case 0x200: emu_nvic_set_pending(m, e, true); break;
        case 0x280: /* a line that is still high keeps it pending */
            if (!(m->nvic.level[e >> 5] & bit)) emu_nvic_set_pending(m, e, false);
            break;
        default: return;
        }
    }
    emu_attention(m, EMU_ATTN_IRQ);
}

static void priority_write(emu_machine *m, unsigned exception, uint8_t value) {
    uint32_t system = 1u << EMU_EXC_SVCALL | 1u << EMU_EXC_PENDSV | 1u << EMU_EXC_SYSTICK;
    if (m->feature.v7m) system |= 1u << EMU_EXC_MEMMANAGE | 1u << EMU_EXC_BUSFAULT | 1u << EMU_EXC_USAGEFAULT | 1u << EMU_EXC_DEBUGMONITOR;
    if ((exception < EMU_EXC_IRQ0 && !(system >> exception & 1)) || exception > 255 || exception >= EMU_EXC_IRQ0 + m->config.irq_count)
        return;
    m->nvic.priority[exception] = (uint8_t)(value & 0xFFu << (8 - m->feature.priority_bits));
    emu_attention(m, EMU_ATTN_IRQ);
}

/* --- system control block ------------------------------------------------------------------------------------------------------ */

static const struct {
    uint8_t exception, active, pended;
} shcsr_bits[] = {
    {EMU_EXC_MEMMANAGE, 0, 13},   {EMU_EXC_BUSFAULT, 1, 14}, {EMU_EXC_USAGEFAULT, 3, 12}, {EMU_EXC_SVCALL, 7, 15},
    {EMU_EXC_DEBUGMONITOR, 8, 0}, {EMU_EXC_PENDSV, 10, 0},   {EMU_EXC_SYSTICK, 11, 0},
};

static uint32_t shcsr_read(emu_machine *m) {
    uint32_t value = m->scs.shcsr_enable;
    if (!m->feature.v7m) /* one bit, and for the debugger only: DDI 0419, B3.2.10 */
        return m->debug_access ? (uint32_t)emu_nvic_is_pending(m, EMU_EXC_SVCALL) << 15 : 0;
    for (unsigned i = 0; i < sizeof shcsr_bits / sizeof *shcsr_bits; i++) {
        if (emu_nvic_is_active(m, shcsr_bits[i].exception)) value |= 1u << shcsr_bits[i].active;
        if (shcsr_bits[i].pended && emu_nvic_is_pending(m, shcsr_bits[i].exception)) value |= 1u << shcsr_bits[i].pended;
    }
    return value;
}

static void shcsr_write(emu_machine *m, uint32_t value) {
    if (!m->feature.v7m) {
        if (m->debug_access) emu_nvic_set_pending(m, EMU_EXC_SVCALL, value >> 15 & 1);
        return;
    }
    m->scs.shcsr_enable = value & 7u << 16;
    for (unsigned i = 0; i < sizeof shcsr_bits / sizeof *shcsr_bits; i++) {
        emu_nvic_set_active(m, shcsr_bits[i].exception, value >> shcsr_bits[i].active & 1);
        if (shcsr_bits[i].pended) emu_nvic_set_pending(m, shcsr_bits[i].exception, value >> shcsr_bits[i].pended & 1);
    }
    emu_attention(m, EMU_ATTN_IRQ);
}

static uint32_t icsr_read(emu_machine *m) {
    uint32_t value = m->cpu.ipsr, active = 0;
    unsigned pending = emu_nvic_pending(m, 257);
    for (unsigned i = 0; i < EMU_EXCEPTION_WORDS; i++) {
        active += (uint32_t)__builtin_popcount(m->nvic.active[i]);
        if (m->nvic.pending[i] & (i ? ~0u : 0xFFFF0000u)) value |= 1u << 22;
    }
    if (active <= 1 && m->feature.v7m) value |= 1u << 11; /* RETTOBASE */
    value |= pending << 12;
    value |= (uint32_t)emu_nvic_is_pending(m, EMU_EXC_SYSTICK) << 26;
    value |= (uint32_t)emu_nvic_is_pending(m, EMU_EXC_PENDSV) << 28;
    value |= (uint32_t)emu_nvic_is_pending(m, EMU_EXC_NMI) << 31;
    return value;
}

static void icsr_write(emu_machine *m, uint32_t value) {
    if (value >> 31) emu_nvic_set_pending(m, EMU_EXC_NMI, true);
    if (value >> 28 & 1) emu_nvic_set_pending(m, EMU_EXC_PENDSV, true);
    if (value >> 27 & 1) emu_nvic_set_pending(m, EMU_EXC_PENDSV, false);
    if (value >> 26 & 1) emu_nvic_set_pending(m, EMU_EXC_SYSTICK, true);
    if (value >> 25 & 1) emu_nvic_set_pending(m, EMU_EXC_SYSTICK, false);
}

static void aircr_write(emu_machine *m, uint32_t value) {
    if (value >> 16 != 0x05FA) return;
    if (m->feature.v7m) m->scs.prigroup = value >> 8 & 7;
    if (value & 4) emu_request_reset(m, m->debug_access ? EMU_RESET_DEBUG : EMU_RESET_SOFT);
    if (value & 2 && m->cpu.halted) { /* VECTCLRACTIVE */
        memset(m->nvic.active, 0, sizeof m->nvic.active);
        m->cpu.ipsr = 0;
    }
    if (value & 1 && m->cpu.halted && m->feature.v7m) { /* VECTRESET: the core alone */
        emu_nvic_reset(m);
        emu_scs_reset(m, false);
        emu_cpu_reset(m);
    }
    emu_attention(m, EMU_ATTN_IRQ);
}

/* The system control block of ARMv6-M (DDI 0419, B3.2.2): what else there is on ARMv7-M is reserved, and reads as 0. */
static bool scb_exists(const emu_machine *m, uint32_t offset) {
    if (m->feature.v7m) return true;
    switch (offset) {
    case 0xD00:
    case 0xD04:
    case 0xD08:
    case 0xD0C:
    case 0xD10:
    case 0xD14:
    case 0xD1C:
    case 0xD20:
    case 0xD24:
    case 0xD30: return true;
    default: return offset >= 0xD90 && offset < 0xDC0; /* the MPU, if there is one */
    }
}

static uint32_t scb_read(emu_machine *m, uint32_t offset) {
    emu_scs *s = &m->scs;
    if (!scb_exists(m, offset)) return 0;
    if (offset >= 0xD90 && offset < 0xDC0) return emu_mpu_read(m, offset);
    switch (offset) {
    case 0xD00: return m->config.cpuid;
    case 0xD04: return icsr_read(m);
    case 0xD08: return s->vtor;
    case 0xD0C: return 0xFA050000u | s->prigroup << 8;
    case 0xD10: return s->scr;
    case 0xD14: return s->ccr;
    case 0xD18:
    case 0xD1C:
    case 0xD20: {
        uint32_t value;
        memcpy(&value, &m->nvic.priority[4 + (offset - 0xD18)], 4);
        return value;
    }
    case 0xD24: return shcsr_read(m);
    case 0xD28: return s->cfsr;
    case 0xD2C: return s->hfsr;
    case 0xD30: return s->dfsr;
    case 0xD34: return s->mmfar;
    case 0xD38: return s->bfar;
    case 0xD3C: return s->afsr;
    /* feature registers: Cortex-M3 TRM (DDI 0337) and Cortex-M4 TRM (DDI 0439), table 4-1 */
    case 0xD40: return 0x00000030;
    case 0xD44: return 0x00000200;
    case 0xD48: return 0x00100000;
    case 0xD50: return 0x00100030;
    case 0xD58: return 0x01000000;
    case 0xD60: return m->feature.dsp ? 0x01101110 : 0x01100110;
    case 0xD64: return m->feature.dsp ? 0x02112000 : 0x02111000;
    case 0xD68: return m->feature.dsp ? 0x21232231 : 0x21112231;
    case 0xD6C: return m->feature.dsp ? 0x01111131 : 0x01111110;
    case 0xD70: return 0x01310132;
    default: return emu_fp_register(m, offset);
    }
}

static void scb_write(emu_machine *m, uint32_t offset, uint32_t value) {
    emu_scs *s = &m->scs;
    if (!scb_exists(m, offset)) return;
    if (offset >= 0xD90 && offset < 0xDC0) {
        emu_mpu_write(m, offset, value);
        return;
    }
    switch (offset) {
    case 0xD04: icsr_write(m, value); break;
    case 0xD08:
        if (m->feature.vtor) s->vtor = value & m->feature.vtor_mask;
        break;
    case 0xD0C: aircr_write(m, value); break;
    case 0xD10: s->scr = value & 0x16; break;
    case 0xD14:
        if (m->feature.v7m) s->ccr = value & 0x31B; /* else fixed */
        break;
    case 0xD24: shcsr_write(m, value); break;
    case 0xD28: s->cfsr &= ~value; break;
    case 0xD2C: s->hfsr &= ~value; break;
    case 0xD30: s->dfsr &= ~value; break;
    case 0xD34: s->mmfar = value; break;
    case 0xD38: s->bfar = value; break;
    case 0xF00: /* STIR */
        if ((value & 0x1FF) < m->config.irq_count) emu_nvic_set_pending(m, EMU_EXC_IRQ0 + (value & 0x1FF), true);
        break;
    default: emu_fp_set_register(m, offset, value); break;
    }
}

/* --- the bus ------------------------------------------------------------------------------------------------------------------------ */

static uint32_t scs_read(emu_machine *m, uint32_t offset) {
    if (offset == 4 && m->feature.v7m) return (m->config.irq_count + 31) / 32 - 1; /* ICTR */
    if (offset == 8) return m->scs.actlr;
    if (offset >= 0x10 && offset < 0x20) return systick_read(m, offset);
    if (offset >= 0x100 && offset < 0x500) return nvic_read(m, offset);
    if (offset >= 0xDF0 && offset < 0xE00) return emu_debugreg_read(m, offset);
    return scb_read(m, offset);
}

static void scs_write(emu_machine *m, uint32_t offset, uint32_t value) {
    if (offset == 8)
        m->scs.actlr = m->feature.v7m ? value & 0x307 : 0;
    else if (offset >= 0x10 && offset < 0x20)
        systick_write(m, offset, value);
    else if (offset >= 0x100 && offset < 0x400)
        nvic_write(m, offset, value);
    else if (offset >= 0xDF0 && offset < 0xE00)
        emu_debugreg_write(m, offset, value);
    else
        scb_write(m, offset, value);
}

/* Registers that hold one priority a byte: exception number of the byte at this offset, or 0. */
static unsigned priority_at(uint32_t offset) {
    if (offset >= 0x400 && offset < 0x4F0) return EMU_EXC_IRQ0 + (offset - 0x400);
    if (offset >= 0xD18 && offset < 0xD24) return 4 + (offset - 0xD18);
    return 0;
}

static bool read_word(emu_machine *m, uint32_t address, uint32_t *value) {
    uint32_t offset = address & 0xFFC, base = address & ~0xFFFu;
    bool known = true;
    if (offset >= 0xFB0 || base == 0xE00FF000u) {
        *value = emu_coresight_id(base, offset, m, &known);
        if (known) return true;
    }
    switch (base) {
    case 0xE000E000u: *value = scs_read(m, offset); return true;
    case 0xE0001000u: *value = emu_dwt_read(m, offset); return true;
    case 0xE0002000u: *value = emu_fpb_read(m, offset); return true;
    case 0xE0000000u: /* ITM */
        if (!m->feature.v7m) break;
        *value = offset == 0xE80 ? m->dap.itm_tcr : offset == 0xE00 ? m->dap.itm_ter : 0;
        return true;
    case 0xE0040000u: /* TPIU */
        if (!m->feature.v7m) break;
        *value = offset == 0x000   ? 0x0000000Fu
                 : offset == 0x004 ? 1
                 : offset == 0xF0  ? m->dap.tpiu_protocol
                 : offset == 0x10  ? m->dap.tpiu_prescaler
                                   : 0;
        if (offset == 0xFC8) *value = 0xCA1; /* DEVID */
        return true;
    default: break;
    }
    *value = 0;
    return false;
}

emu_bus_result emu_ppb_read(emu_machine *m, uint32_t address, unsigned size, uint32_t *value) {
    uint32_t word;
    if ((size != 4 && !m->feature.v7m) || !read_word(m, address & ~3u, &word)) { /* words only: DDI 0419, B3.1.1 */
        *value = 0;
        return EMU_BUS_ERROR;
    }
    word >>= 8 * (address & 3);
    *value = size == 4 ? word : size == 2 ? word & 0xFFFF : word & 0xFF;
    return EMU_BUS_OK;
}

emu_bus_result emu_ppb_write(emu_machine *m, uint32_t address, unsigned size, uint32_t value) {
    uint32_t offset = address & 0xFFF, base = address & ~0xFFFu;
    if (size != 4 && !m->feature.v7m) return EMU_BUS_ERROR;
    if (base == 0xE000E000u && priority_at(offset)) {
        for (unsigned i = 0; i < size; i++)
            if (priority_at(offset + i)) priority_write(m, priority_at(offset + i), (uint8_t)(value >> 8 * i));
        return EMU_BUS_OK;
    }
    /* The other registers that are written in parts hold bits to clear, where 0 does nothing. */
    value <<= 8 * (address & 3);
    offset &= ~3u;
    switch (base) {
    case 0xE000E000u: scs_write(m, offset, value); return EMU_BUS_OK;
    case 0xE0001000u: emu_dwt_write(m, offset, value); return EMU_BUS_OK;
    case 0xE0002000u: emu_fpb_write(m, offset, value); return EMU_BUS_OK;
    case 0xE0000000u:
        if (!m->feature.v7m) return EMU_BUS_ERROR;
        if (offset == 0xE80) m->dap.itm_tcr = value & 0x00FF03FFu;
        if (offset == 0xE00) m->dap.itm_ter = value;
        return EMU_BUS_OK;
    case 0xE0040000u:
        if (!m->feature.v7m) return EMU_BUS_ERROR;
        if (offset == 0xF0) m->dap.tpiu_protocol = value & 3;
        if (offset == 0x10) m->dap.tpiu_prescaler = value & 0x1FFF;
        return EMU_BUS_OK;
    case 0xE00FF000u: return EMU_BUS_OK;
    default: return EMU_BUS_ERROR;
    }
}
