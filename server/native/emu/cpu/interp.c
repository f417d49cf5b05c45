/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter: one handler an operation, threaded by computed goto (a switch with -DEMU_SWITCH). The flags, the budget and the place in
 * the code live in local variables; everything slow leaves them in the machine and calls out.
 *
 * Invariants: on entry to a run its instructions are taken off the budget (CHARGE), so that at any operation `budget + op->n` instructions
 * are left before it. Whoever leaves in the middle gives back what was not run. */
#include "fp.h"
#include "op.h"

#include <string.h>

#define C_eq ((uint32_t)nz == 0)
#define C_ne ((uint32_t)nz != 0)
#define C_cs (c != 0)
#define C_cc (c == 0)
#define C_mi (nz < 0)
#define C_pl (nz >= 0)
#define C_vs ((int32_t)v < 0)
#define C_vc ((int32_t)v >= 0)
#define C_hi (c != 0 && (uint32_t)nz != 0)
#define C_ls (c == 0 || (uint32_t)nz == 0)
#define C_ge ((int32_t)((uint32_t)((uint64_t)nz >> 32) ^ v) >= 0)
#define C_lt ((int32_t)((uint32_t)((uint64_t)nz >> 32) ^ v) < 0)
#define C_gt (C_ge && (uint32_t)nz != 0)
#define C_le (C_lt || (uint32_t)nz == 0)

#define SET_NZ(x) (nz = (int64_t)(int32_t)(x))
#define FLAGS_ADD(x, y, z) (SET_NZ(z), c = (z) < (x), v = ((x) ^ (z)) & ((y) ^ (z)))
#define FLAGS_SUB(x, y, z) (SET_NZ(z), c = (x) >= (y), v = ((x) ^ (y)) & ((x) ^ (z)))
#define FLAGS_ADC(p, q, z)                                                                                                                 \
    do {                                                                                                                                   \
        uint32_t p_ = (p), q_ = (q);                                                                                                       \
        uint64_t sum_ = (uint64_t)p_ + q_ + c;                                                                                             \
        (z) = (uint32_t)sum_;                                                                                                              \
        SET_NZ(z);                                                                                                                         \
        c = (uint32_t)(sum_ >> 32);                                                                                                        \
        v = (p_ ^ (z)) & (q_ ^ (z));                                                                                                       \
    } while (0)
#define ROTATE(x, s) ((x) >> (s) | (x) << (-(s) & 31))

#ifdef EMU_SWITCH
#define DISPATCH goto dispatch
#define LABEL(name) case O_##name:
#else
#define DISPATCH goto * op->handler
#define LABEL(name) L_##name:
#endif
#define NEXT                                                                                                                               \
    do {                                                                                                                                   \
        op += STEP;                                                                                                                        \
        DISPATCH;                                                                                                                          \
    } while (0)
#define CHARGE                                                                                                                             \
    do {                                                                                                                                   \
        budget -= op->n;                                                                                                                   \
        if (EMU_UNLIKELY(budget < 0)) goto out_of_budget;                                                                                  \
        DISPATCH;                                                                                                                          \
    } while (0)
#define LEAVE(why)                                                                                                                         \
    do {                                                                                                                                   \
        reason = EMU_LEAVE_##why;                                                                                                          \
        goto leave;                                                                                                                        \
    } while (0)
#define SAVE                                                                                                                               \
    do {                                                                                                                                   \
        m->cpu.nz = nz;                                                                                                                    \
        m->cpu.c = c;                                                                                                                      \
        m->cpu.v = v;                                                                                                                      \
        m->budget = budget;                                                                                                                \
        m->op = op;                                                                                                                        \
        m->now = m->limit - (uint64_t)(budget + op->n);                                                                                    \
    } while (0)
#define PAGE_HOLDS(a, bytes) (((a) & 3) == 0 && ((a) & (EMU_PAGE_SIZE - 1)) + (bytes) <= EMU_PAGE_SIZE)

/* Writeback forms pass the base register and its new value, the others EMU_R_TEMP. */
#define LOAD_WB(T, kind_, address_, base_, new_)                                                                                           \
    do {                                                                                                                                   \
        uint32_t a_ = (address_);                                                                                                          \
        uintptr_t p_ = read_table[a_ >> EMU_PAGE_BITS];                                                                                    \
        if (EMU_LIKELY(p_ && !(a_ & (sizeof(T) - 1)))) {                                                                                   \
            T x_;                                                                                                                          \
            memcpy(&x_, (const void *)(p_ + a_), sizeof x_);                                                                               \
            r[base_] = (new_);                                                                                                             \
            r[op->d] = (uint32_t)x_;                                                                                                       \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        address = a_;                                                                                                                      \
        kind = (kind_);                                                                                                                    \
        step = STEP;                                                                                                                       \
        base = (base_);                                                                                                                    \
        new_base = (new_);                                                                                                                 \
        goto slow_load;                                                                                                                    \
    } while (0)
#define LOAD(T, kind_, address_)                                                                                                           \
    do {                                                                                                                                   \
        uint32_t a_ = (address_);                                                                                                          \
        uintptr_t p_ = read_table[a_ >> EMU_PAGE_BITS];                                                                                    \
        if (EMU_LIKELY(p_ && !(a_ & (sizeof(T) - 1)))) {                                                                                   \
            T x_;                                                                                                                          \
            memcpy(&x_, (const void *)(p_ + a_), sizeof x_);                                                                               \
            r[op->d] = (uint32_t)x_;                                                                                                       \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        address = a_;                                                                                                                      \
        kind = (kind_);                                                                                                                    \
        step = STEP;                                                                                                                       \
        base = EMU_R_TEMP;                                                                                                                 \
        goto slow_load;                                                                                                                    \
    } while (0)
#define STORE_WB(T, address_, base_, new_)                                                                                                 \
    do {                                                                                                                                   \
        uint32_t a_ = (address_);                                                                                                          \
        uintptr_t p_ = write_table[a_ >> EMU_PAGE_BITS];                                                                                   \
        if (EMU_LIKELY(p_ && !(a_ & (sizeof(T) - 1)))) {                                                                                   \
            T x_ = (T)r[op->d];                                                                                                            \
            memcpy((void *)(p_ + a_), &x_, sizeof x_);                                                                                     \
            if ((base_) != EMU_R_TEMP) r[base_] = (new_);                                                                                  \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        address = a_;                                                                                                                      \
        kind = sizeof(T);                                                                                                                  \
        step = STEP;                                                                                                                       \
        base = (base_);                                                                                                                    \
        new_base = (new_);                                                                                                                 \
        goto slow_store;                                                                                                                   \
    } while (0)
#define STORE(T, address_) STORE_WB(T, address_, EMU_R_TEMP, 0)
#define LOAD_MULTIPLE(from_, new_)                                                                                                         \
    do {                                                                                                                                   \
        uint32_t a_ = (from_), end_ = (new_);                                                                                              \
        uintptr_t p_ = read_table[a_ >> EMU_PAGE_BITS];                                                                                    \
        if (EMU_LIKELY(p_ && PAGE_HOLDS(a_, 4u * op->d))) {                                                                                \
            const uint8_t *from_p = (const uint8_t *)(p_ + a_);                                                                            \
            if (op->b) r[op->a] = end_;                                                                                                    \
            for (uint32_t list_ = op->imm; list_; list_ &= list_ - 1, from_p += 4) memcpy(&r[__builtin_ctz(list_)], from_p, 4);            \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        address = a_;                                                                                                                      \
        new_base = end_;                                                                                                                   \
        step = STEP;                                                                                                                       \
        goto slow_load_multiple;                                                                                                           \
    } while (0)
#define STORE_MULTIPLE(from_, new_)                                                                                                        \
    do {                                                                                                                                   \
        uint32_t a_ = (from_), end_ = (new_);                                                                                              \
        uintptr_t p_ = write_table[a_ >> EMU_PAGE_BITS];                                                                                   \
        if (EMU_LIKELY(p_ && PAGE_HOLDS(a_, 4u * op->d))) {                                                                                \
            uint8_t *to_p = (uint8_t *)(p_ + a_);                                                                                          \
            for (uint32_t list_ = op->imm; list_; list_ &= list_ - 1, to_p += 4) memcpy(to_p, &r[__builtin_ctz(list_)], 4);                \
            if (op->b) r[op->a] = end_;                                                                                                    \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        address = a_;                                                                                                                      \
        new_base = end_;                                                                                                                   \
        step = STEP;                                                                                                                       \
        goto slow_store_multiple;                                                                                                          \
    } while (0)
#define LOAD_MULTIPLE_PC(from_, new_)                                                                                                      \
    do {                                                                                                                                   \
        uint32_t a_ = (from_), end_ = (new_);                                                                                              \
        uintptr_t p_ = read_table[a_ >> EMU_PAGE_BITS];                                                                                    \
        if (EMU_LIKELY(p_ && PAGE_HOLDS(a_, 4u * op->d))) {                                                                                \
            const uint8_t *from_p = (const uint8_t *)(p_ + a_);                                                                            \
            if (op->b) r[op->a] = end_;                                                                                                    \
            for (uint32_t list_ = op->imm & 0x7FFF; list_; list_ &= list_ - 1, from_p += 4) memcpy(&r[__builtin_ctz(list_)], from_p, 4);   \
            memcpy(&target, from_p, 4);                                                                                                    \
            goto interworking_branch;                                                                                                      \
        }                                                                                                                                  \
        address = a_;                                                                                                                      \
        new_base = end_;                                                                                                                   \
        goto slow_load_multiple_pc;                                                                                                        \
    } while (0)

static bool condition_passed(unsigned condition, int64_t nz, uint32_t c, uint32_t v) {
    bool passed;
    switch (condition >> 1) {
    case 0: passed = C_eq; break;
    case 1: passed = C_cs; break;
    case 2: passed = C_mi; break;
    case 3: passed = C_vs; break;
    case 4: passed = C_hi; break;
    case 5: passed = C_ge; break;
    case 6: passed = C_gt; break;
    default: return true;
    }
    return passed != (condition & 1);
}
#define CONDITION_PASSED(condition) condition_passed(condition, nz, c, v)

emu_leave emu_interpret(emu_machine *m, const emu_op *start, const void *const **handlers) {
#ifndef EMU_SWITCH
    static const void *const table[O_COUNT] = {
#define X(name) [O_##name] = &&L_##name,
        // cppcheck-suppress assignBoolToPointer ; it is the address of a label
        OPS_BOTH(X) OPS_NARROW(X) OPS_WIDE(X) OPS_FP(X) OPS_OWN(X)
#undef X
#define X(name) [O_w_##name] = &&L_w_##name,
            OPS_BOTH(X)
#undef X
    };
#else
    static const void *const table[O_COUNT] = {
#define X(name) [O_##name] = (const void *)(uintptr_t)O_##name,
        OPS_BOTH(X) OPS_NARROW(X) OPS_WIDE(X) OPS_FP(X) OPS_OWN(X)
#undef X
#define X(name) [O_w_##name] = (const void *)(uintptr_t)O_w_##name,
            OPS_BOTH(X)
#undef X
    };
#endif
    if (!start) {
        *handlers = table;
        return EMU_LEAVE_BUDGET;
    }
    const emu_op *op = start;
    uint32_t *const r = m->cpu.r;
    const uintptr_t *const read_table = m->view->read, *const write_table = m->view->write, *const code_table = m->view->code;
    int64_t nz = m->cpu.nz, budget = m->budget;
    uint32_t c = m->cpu.c, v = m->cpu.v;
    uint32_t target, address, new_base = 0;
    unsigned kind, step, base;
    emu_leave reason;
    CHARGE;

#ifdef EMU_SWITCH
dispatch:
    switch ((unsigned)(uintptr_t)op->handler) {
#endif

#define STEP 1
#define OP(name) LABEL(name)
#include "interp_both.inc"
#undef OP
#undef STEP
#define STEP 2
#define OP(name) LABEL(w_##name)
#include "interp_both.inc"
#undef OP
#define OP(name) LABEL(name)
#include "interp_wide.inc"
#include "interp_fp.inc"
#undef STEP
#define STEP 1
#include "interp_own.inc"
#undef STEP
#undef OP

#ifdef EMU_SWITCH
    default: __builtin_unreachable();
    }
#endif

    /* --- shared tails ---------------------------------------------------------------------------------------------------- */

jump:
    { /* to an address without its Thumb bit */
        uintptr_t p = code_table[target >> EMU_PAGE_BITS];
        if (EMU_LIKELY(p)) {
            op = (const emu_op *)(p + (uintptr_t)target * 8);
            CHARGE;
        }
        goto leave_to_target;
    }

interworking_branch:
    { /* BX and loads of the PC */
        uintptr_t p = code_table[target >> EMU_PAGE_BITS];
        if (EMU_LIKELY(p && (target & 1))) {
            op = (const emu_op *)(p + (uintptr_t)(target & ~1u) * 8);
            CHARGE;
        }
        if (m->cpu.ipsr && target >= 0xF0000000u) {
            m->cpu.fault_address = target;
            reason = EMU_LEAVE_EXC_RETURN;
            target = emu_op_address(op);
            goto leave_with_reason;
        }
        m->cpu.thumb = target & 1;
        target &= ~1u;
        goto leave_to_target;
    }

branch_with_link:
    { /* BLX: never a way out of an exception */
        uintptr_t p = code_table[target >> EMU_PAGE_BITS];
        if (EMU_LIKELY(p && (target & 1))) {
            op = (const emu_op *)(p + (uintptr_t)(target & ~1u) * 8);
            CHARGE;
        }
        m->cpu.thumb = target & 1;
        target &= ~1u;
        goto leave_to_target;
    }

slow_load:
    {
        uint32_t x;
        static const uint8_t sizes[] = {[ACCESS_W] = 4, [ACCESS_H] = 2, [ACCESS_B] = 1, [ACCESS_SH] = 2, [ACCESS_SB] = 1};
        SAVE;
        m->poll.hint_until = 0;
        if (!emu_cpu_load(m, address, sizes[kind], &x)) goto fault;
        if (EMU_UNLIKELY(m->poll.hint_until)) {
            emu_poll_read(m, emu_op_address(op), x);
            budget = m->budget;
        }
        if (kind == ACCESS_SH) x = (uint32_t)(int32_t)(int16_t)x;
        if (kind == ACCESS_SB) x = (uint32_t)(int32_t)(int8_t)x;
        if (base != EMU_R_TEMP) r[base] = new_base;
        r[op->d] = x;
        goto slow_done;
    }

slow_store:
    SAVE;
    if (!emu_cpu_store(m, address, kind, r[op->d])) goto fault;
    if (base != EMU_R_TEMP) r[base] = new_base;
    goto slow_done;

slow_load_multiple:
    {
        uint32_t words[16];
        SAVE;
        if (!emu_cpu_load_words(m, address, words, op->d)) goto fault;
        if (op->b) r[op->a] = new_base;
        unsigned i = 0;
        for (uint32_t list = op->imm; list; list &= list - 1) r[__builtin_ctz(list)] = words[i++];
        goto slow_done;
    }

slow_load_multiple_pc:
    {
        uint32_t words[16];
        SAVE;
        if (!emu_cpu_load_words(m, address, words, op->d)) goto fault;
        if (op->b) r[op->a] = new_base;
        unsigned i = 0;
        for (uint32_t list = op->imm & 0x7FFF; list; list &= list - 1) r[__builtin_ctz(list)] = words[i++];
        target = words[i];
        goto slow_branch;
    }

slow_store_multiple:
    {
        uint32_t words[16] = {0};
        unsigned i = 0;
        for (uint32_t list = op->imm; list; list &= list - 1) words[i++] = r[__builtin_ctz(list)];
        SAVE;
        if (!emu_cpu_store_words(m, address, words, op->d)) goto fault;
        if (op->b) r[op->a] = new_base;
        goto slow_done;
    }

slow_done:
    if (EMU_UNLIKELY(m->attention)) {
        budget += op->n - 1;
        op += step;
        LEAVE(ATTENTION);
    }
    op += step;
    DISPATCH;

slow_branch: /* a branch by a load that may have changed something; it ends its run, so nothing is given back */
    if (EMU_LIKELY(!m->attention)) goto interworking_branch;
    if (m->cpu.ipsr && target >= 0xF0000000u) {
        m->cpu.fault_address = target;
        target = emu_op_address(op);
        reason = EMU_LEAVE_EXC_RETURN;
        goto leave_with_reason;
    }
    m->cpu.thumb = target & 1;
    target &= ~1u;
    reason = EMU_LEAVE_ATTENTION;
    goto leave_with_reason;

slow_jump: /* TBB, TBH */
    if (EMU_LIKELY(!m->attention)) goto jump;
    reason = EMU_LEAVE_ATTENTION;
    goto leave_with_reason;

rare:
    {
        SAVE;
        emu_rare_result result = emu_cpu_rare(m, op->imm, emu_op_address(op));
        r[13] &= ~3u;
        nz = m->cpu.nz;
        c = m->cpu.c;
        v = m->cpu.v;
        if (EMU_LIKELY(result == RARE_OK)) goto slow_done;
        if (result == RARE_SLEEP) {
            budget += op->n - 1;
            op += step;
            LEAVE(SLEEP);
        }
        if (result == RARE_UNDEFINED) m->cpu.fault_cfsr = CFSR_UNDEFINSTR;
        goto fault;
    }

fp_slow: /* what is left to exact arithmetic */
    if (EMU_UNLIKELY(m->cpu.fp_mode & EMU_FP_ASLEEP)) goto fp_wake;
    if (EMU_UNLIKELY(!emu_fp_execute(m, op->imm))) {
        m->cpu.fault_cfsr = CFSR_UNDEFINSTR;
        goto fault;
    }
    op += 2;
    DISPATCH;

fp_wake: /* the instruction is still to come */
    {
        SAVE;
        emu_fp_state state = emu_fp_wake(m);
        if (state == EMU_FP_FAULT) goto fault;
        if (EMU_LIKELY(state == EMU_FP_READY && !m->attention)) DISPATCH;
        budget += op->n;
        LEAVE(ATTENTION);
    }

fault: /* the instruction did not happen */
    budget += op->n;
    LEAVE(FAULT);

out_of_budget:
    budget += op->n;
    LEAVE(BUDGET);

leave: /* the next instruction is op's */
    m->cpu.r[15] = emu_op_address(op);
    m->cpu.itstate = emu_op_itstate(op);
    m->cpu.nz = nz;
    m->cpu.c = c;
    m->cpu.v = v;
    m->budget = budget;
    return reason;

leave_to_target:
    reason = EMU_LEAVE_JUMP;
leave_with_reason:
    m->cpu.r[15] = target;
    m->cpu.itstate = 0;
    m->cpu.nz = nz;
    m->cpu.c = c;
    m->cpu.v = v;
    m->budget = budget;
    return reason;
}
