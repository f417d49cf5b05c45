/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter of the RISC-V core, of the same shape as that of Cortex-M (../interp.c): one handler an operation, threaded by computed
 * goto (a switch with -DEMU_SWITCH); the budget and the place in the code live in local variables.
 *
 * Invariants: on entry to a run its instructions are taken off the budget (CHARGE), so that at any operation `budget + op->n` instructions
 * are left before it. Whoever leaves in the middle gives back what was not run. */
#include "rv.h"

#include <string.h>

#define SIGNED(x) ((int32_t)(x))
#define ALU_add(x, y) ((x) + (y))
#define ALU_sub(x, y) ((x) - (y))
#define ALU_and(x, y) ((x) & (y))
#define ALU_or(x, y) ((x) | (y))
#define ALU_xor(x, y) ((x) ^ (y))
#define ALU_sll(x, y) ((x) << ((y) & 31))
#define ALU_srl(x, y) ((x) >> ((y) & 31))
#define ALU_sra(x, y) ((uint32_t)(SIGNED(x) >> ((y) & 31)))
#define ALU_slt(x, y) ((uint32_t)(SIGNED(x) < SIGNED(y)))
#define ALU_sltu(x, y) ((uint32_t)((x) < (y)))
#define ALU_mul(x, y) ((x) * (y))
#define ALU_mulh(x, y) ((uint32_t)((uint64_t)((int64_t)SIGNED(x) * SIGNED(y)) >> 32))
#define ALU_mulhu(x, y) ((uint32_t)((uint64_t)(x) * (y) >> 32))
#define ALU_mulhsu(x, y) ((uint32_t)((uint64_t)(SIGNED(x) * (int64_t)(uint64_t)(y)) >> 32))
#define ALU_div(x, y) divide(x, y)
#define ALU_divu(x, y) ((y) ? (x) / (y) : 0xFFFFFFFFu)
#define ALU_rem(x, y) remainder_of(x, y)
#define ALU_remu(x, y) ((y) ? (x) % (y) : (x))

/* Nothing traps: division by zero gives all ones and the dividend, -2^31 / -1 gives -2^31 and 0 (volume I, chapter "M"). */
static inline uint32_t divide(uint32_t x, uint32_t y) {
    if (EMU_UNLIKELY(!y)) return 0xFFFFFFFFu;
    return y == 0xFFFFFFFFu ? 0u - x : (uint32_t)(SIGNED(x) / SIGNED(y));
}

static inline uint32_t remainder_of(uint32_t x, uint32_t y) {
    if (EMU_UNLIKELY(!y)) return x;
    return y == 0xFFFFFFFFu ? 0 : (uint32_t)(SIGNED(x) % SIGNED(y));
}

uint32_t emu_rv_alu(unsigned code, uint32_t x, uint32_t y) {
    switch (code) {
#define X(name)                                                                                                                            \
    case RV_##name: return ALU_##name(x, y);
        RV_ALU_R(X)
#undef X
    case RV_addi: return ALU_add(x, y);
    case RV_andi: return ALU_and(x, y);
    case RV_ori: return ALU_or(x, y);
    case RV_xori: return ALU_xor(x, y);
    case RV_slli: return ALU_sll(x, y);
    case RV_srli: return ALU_srl(x, y);
    case RV_srai: return ALU_sra(x, y);
    case RV_slti: return ALU_slt(x, y);
    case RV_sltiu: return ALU_sltu(x, y);
    case RV_mv: return x;
    default: return y; /* li */
    }
}

#define CONDITION_beq(x, y) ((x) == (y))
#define CONDITION_bne(x, y) ((x) != (y))
#define CONDITION_blt(x, y) (SIGNED(x) < SIGNED(y))
#define CONDITION_bge(x, y) (SIGNED(x) >= SIGNED(y))
#define CONDITION_bltu(x, y) ((x) < (y))
#define CONDITION_bgeu(x, y) ((x) >= (y))
#define CONDITION_beqz(x, y) ((x) == 0)
#define CONDITION_bnez(x, y) ((x) != 0)

#ifdef EMU_SWITCH
#define DISPATCH goto dispatch
#define LABEL(name) case RV_##name:
#define PAIR_LABEL(first, second, lengths) case RV_PAIR(first, second, lengths):
#define TRIPLE_LABEL(first, second, third, lengths) case RV_TRIPLE(first, second, third, lengths):
#define QUAD_LABEL(a, b, c, d) case RV_QUAD(a, b, c, d):
#else
#define DISPATCH goto * op->handler
#define LABEL(name) L_##name:
#define PAIR_LABEL(first, second, lengths) L_##first##_##second##_##lengths:
#define TRIPLE_LABEL(first, second, third, lengths) L_##first##_##second##_##third##_##lengths:
#define QUAD_LABEL(a, b, c, d) L_##a##_##b##_##c##_##d:
#endif
#define NEXT(S)                                                                                                                            \
    do {                                                                                                                                   \
        op += (S);                                                                                                                         \
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
        m->budget = budget;                                                                                                                \
        m->op = op;                                                                                                                        \
        m->now = m->limit - (uint64_t)(budget + op->n);                                                                                    \
    } while (0)

enum { ACCESS_W, ACCESS_H, ACCESS_B, ACCESS_SH, ACCESS_SB };

#define LOAD(T, kind_, S)                                                                                                                  \
    do {                                                                                                                                   \
        address = r[op->a] + op->imm;                                                                                                      \
        uintptr_t p_ = tables[address >> EMU_PAGE_BITS];                                                                                   \
        if (EMU_UNLIKELY(!p_ || (address & (sizeof(T) - 1)))) {                                                                            \
            kind = (kind_);                                                                                                                \
            step = (S);                                                                                                                    \
            goto slow_load;                                                                                                                \
        }                                                                                                                                  \
        T x_;                                                                                                                              \
        memcpy(&x_, (const void *)(p_ + address), sizeof x_);                                                                              \
        r[op->d] = (uint32_t)x_;                                                                                                           \
    } while (0);
#define STORE(T, S)                                                                                                                        \
    do {                                                                                                                                   \
        address = r[op->a] + op->imm;                                                                                                      \
        uintptr_t p_ = tables[EMU_PAGE_COUNT + (address >> EMU_PAGE_BITS)];                                                                \
        if (EMU_UNLIKELY(!p_ || (address & (sizeof(T) - 1)))) {                                                                            \
            kind = sizeof(T);                                                                                                              \
            step = (S);                                                                                                                    \
            goto slow_store;                                                                                                               \
        }                                                                                                                                  \
        T x_ = (T)r[op->b];                                                                                                                \
        memcpy((void *)(p_ + address), &x_, sizeof x_);                                                                                    \
    } while (0);

#include "bodies.inc"

emu_leave emu_rv_interpret(emu_machine *m, const emu_op *start, const void *const **handlers) {
#ifndef EMU_SWITCH
#define HANDLER(name) [RV_##name] = &&L_##name,
#define PAIR_HANDLER(first, second, lengths) [RV_PAIR(first, second, lengths)] = &&L_##first##_##second##_##lengths,
#define TRIPLE_HANDLER(first, second, third, lengths)                                                                                      \
    [RV_TRIPLE(first, second, third, lengths)] = &&L_##first##_##second##_##third##_##lengths,
#define QUAD_HANDLER(a, b, c, d) [RV_QUAD(a, b, c, d)] = &&L_##a##_##b##_##c##_##d,
#else
#define HANDLER(name) [RV_##name] = (const void *)(uintptr_t)RV_##name,
#define PAIR_HANDLER(first, second, lengths) [RV_PAIR(first, second, lengths)] = (const void *)(uintptr_t)RV_PAIR(first, second, lengths),
#define TRIPLE_HANDLER(first, second, third, lengths)                                                                                      \
    [RV_TRIPLE(first, second, third, lengths)] = (const void *)(uintptr_t)RV_TRIPLE(first, second, third, lengths),
#define QUAD_HANDLER(a, b, c, d) [RV_QUAD(a, b, c, d)] = (const void *)(uintptr_t)RV_QUAD(a, b, c, d),
#endif
    static const void *const table[RV_COUNT] = {
#define X(name) HANDLER(name) HANDLER(w_##name)
        // cppcheck-suppress assignBoolToPointer ; it is the address of a label
        RV_OPS_BOTH(X)
#undef X
            RV_OPS_OWN(HANDLER)
#define X(first, second)                                                                                                                   \
    PAIR_HANDLER(first, second, 0)                                                                                                         \
    PAIR_HANDLER(first, second, 1) PAIR_HANDLER(first, second, 2) PAIR_HANDLER(first, second, 3)
                RV_PAIRS(X)
#undef X
#define X(first, second, third)                                                                                                            \
    TRIPLE_HANDLER(first, second, third, 0)                                                                                                \
    TRIPLE_HANDLER(first, second, third, 1)                                                                                                \
    TRIPLE_HANDLER(first, second, third, 2)                                                                                                \
    TRIPLE_HANDLER(first, second, third, 3)                                                                                                \
    TRIPLE_HANDLER(first, second, third, 4)                                                                                                \
    TRIPLE_HANDLER(first, second, third, 5) TRIPLE_HANDLER(first, second, third, 6) TRIPLE_HANDLER(first, second, third, 7)
                    RV_TRIPLES(X)
#undef X
#define X(a, b, c, d, la, lb, lc, ld) QUAD_HANDLER(a, b, c, d)
                        RV_QUADS(X)
#undef X
    };
    if (!start) {
        *handlers = table;
        return EMU_LEAVE_BUDGET;
    }
    const emu_op *op = start;
    uint32_t *const r = m->cpu.r;
    const uintptr_t *const tables = m->view->read; /* the others lie behind it: one register less */
    int64_t budget = m->budget;
    uint32_t target;
    uintptr_t address; /* of the access under way: 32 bits, in a register for adding to a host address */
    unsigned kind, step;
    emu_leave reason;
    CHARGE;

#ifdef EMU_SWITCH
dispatch:
    switch ((unsigned)(uintptr_t)op->handler) {
#endif

#define X(name)                                                                                                                            \
    LABEL(name) DO_##name(1) NEXT(1);                                                                                                      \
    LABEL(w_##name) DO_##name(2) NEXT(2);
        RV_OPS_BOTH(X)
#undef X
#define X(first, second)                                                                                                                   \
    PAIR_LABEL(first, second, 0) DO_##first(1) op += 1;                                                                                    \
    DO_##second(1) NEXT(1);                                                                                                                \
    PAIR_LABEL(first, second, 1) DO_##first(1) op += 1;                                                                                    \
    DO_##second(2) NEXT(2);                                                                                                                \
    PAIR_LABEL(first, second, 2) DO_##first(2) op += 2;                                                                                    \
    DO_##second(1) NEXT(1);                                                                                                                \
    PAIR_LABEL(first, second, 3) DO_##first(2) op += 2;                                                                                    \
    DO_##second(2) NEXT(2);
        RV_PAIRS(X)
#undef X
#define X(first, second, third)                                                                                                            \
    TRIPLE_LABEL(first, second, third, 0) DO_##first(1) op += 1;                                                                           \
    DO_##second(1) op += 1;                                                                                                                \
    DO_##third(1) NEXT(1);                                                                                                                 \
    TRIPLE_LABEL(first, second, third, 1) DO_##first(1) op += 1;                                                                           \
    DO_##second(1) op += 1;                                                                                                                \
    DO_##third(2) NEXT(2);                                                                                                                 \
    TRIPLE_LABEL(first, second, third, 2) DO_##first(1) op += 1;                                                                           \
    DO_##second(2) op += 2;                                                                                                                \
    DO_##third(1) NEXT(1);                                                                                                                 \
    TRIPLE_LABEL(first, second, third, 3) DO_##first(1) op += 1;                                                                           \
    DO_##second(2) op += 2;                                                                                                                \
    DO_##third(2) NEXT(2);                                                                                                                 \
    TRIPLE_LABEL(first, second, third, 4) DO_##first(2) op += 2;                                                                           \
    DO_##second(1) op += 1;                                                                                                                \
    DO_##third(1) NEXT(1);                                                                                                                 \
    TRIPLE_LABEL(first, second, third, 5) DO_##first(2) op += 2;                                                                           \
    DO_##second(1) op += 1;                                                                                                                \
    DO_##third(2) NEXT(2);                                                                                                                 \
    TRIPLE_LABEL(first, second, third, 6) DO_##first(2) op += 2;                                                                           \
    DO_##second(2) op += 2;                                                                                                                \
    DO_##third(1) NEXT(1);                                                                                                                 \
    TRIPLE_LABEL(first, second, third, 7) DO_##first(2) op += 2;                                                                           \
    DO_##second(2) op += 2;                                                                                                                \
    DO_##third(2) NEXT(2);
        RV_TRIPLES(X)
#undef X
#define X(a, b, c, d, la, lb, lc, ld)                                                                                                      \
    QUAD_LABEL(a, b, c, d) DO_##a(la) op += la;                                                                                            \
    DO_##b(lb) op += lb;                                                                                                                   \
    DO_##c(lc) op += lc;                                                                                                                   \
    DO_##d(ld) NEXT(ld);
        RV_QUADS(X)
#undef X
#define OP(name) LABEL(name)

        OP(j_far) {
            target = op->imm;
            goto jump;
        }
        OP(jal_far) {
            r[op->d] = emu_op_page(op)->base + (op->a | (uint32_t)op->b << 8);
            target = op->imm;
            goto jump;
        }
        OP(li_3) {
            r[op->d] = op->imm;
            NEXT(3);
        }
        OP(li_4) {
            r[op->d] = op->imm;
            NEXT(4);
        }
        OP(decode) {
            emu_code_page *page = emu_op_page(op);
            uint32_t slot = (uint32_t)(op - page->ops);
            m->now = m->limit - (uint64_t)budget;
            page = emu_code_page_own(m, page);
            emu_rv_decode_run(m, page, slot);
            op = &page->ops[slot];
            CHARGE;
        }
        OP(extra) {
            op += (int32_t)op->imm;
            DISPATCH;
        }
        OP(stop) { LEAVE(STEPPED); }
        OP(fetch_fault) {
            emu_rv_fault(m, RV_FETCH_FAULT, op->imm);
            goto fault;
        }
        OP(illegal) {
            emu_rv_fault(m, RV_ILLEGAL_INSTRUCTION, op->imm);
            goto fault;
        }
        OP(bkpt) {
            budget += op->n;
            LEAVE(HW_BKPT);
        }

#ifdef EMU_SWITCH
    default: __builtin_unreachable();
    }
#endif

    /* --- shared tails ---------------------------------------------------------------------------------------------------- */

jump:
    {
        uintptr_t p = tables[2 * EMU_PAGE_COUNT + (target >> EMU_PAGE_BITS)];
        if (EMU_LIKELY(p)) {
            op = (const emu_op *)(p + (uintptr_t)target * 8);
            CHARGE;
        }
        reason = EMU_LEAVE_JUMP;
        goto leave_to_target;
    }

slow_load:
    {
        uint32_t x;
        static const uint8_t sizes[] = {[ACCESS_W] = 4, [ACCESS_H] = 2, [ACCESS_B] = 1, [ACCESS_SH] = 2, [ACCESS_SB] = 1};
        SAVE;
        m->poll.hint_until = 0;
        if (!emu_rv_load(m, (uint32_t)address, sizes[kind], &x)) goto fault;
        if (EMU_UNLIKELY(m->poll.hint_until)) {
            emu_poll_read(m, emu_op_address(op), x);
            budget = m->budget;
        }
        if (kind == ACCESS_SH) x = (uint32_t)(int32_t)(int16_t)x;
        if (kind == ACCESS_SB) x = (uint32_t)(int32_t)(int8_t)x;
        r[op->d] = x;
        goto slow_done;
    }

slow_store:
    SAVE;
    if (!emu_rv_store(m, (uint32_t)address, kind, r[op->b])) goto fault;
    goto slow_done;

slow_done:
    if (EMU_UNLIKELY(m->attention)) {
        budget += op->n - 1;
        op += step;
        LEAVE(ATTENTION);
    }
    op += step;
    DISPATCH;

system: /* ends its run: whatever comes next is charged for by itself */
    {
        SAVE;
        rv_result result = emu_rv_system(m, op->imm, emu_op_address(op), 2 * step);
        if (result == RV_TRAPPED) goto fault;
        if (result == RV_JUMPED) {
            target = m->rv.pc;
            reason = EMU_LEAVE_ATTENTION; /* the mode may be another, and with it the tables */
            goto leave_to_target;
        }
        op += step;
        if (result == RV_SLEEP) LEAVE(SLEEP);
        if (EMU_UNLIKELY(m->attention)) LEAVE(ATTENTION);
        CHARGE;
    }

fault: /* the instruction did not happen */
    budget += op->n;
    LEAVE(FAULT);

out_of_budget:
    budget += op->n;
    LEAVE(BUDGET);

leave: /* the next instruction is op's, unless a device has sent the core elsewhere */
    target = emu_op_address(op);
    if (EMU_UNLIKELY(m->rv.redirected)) target = m->rv.pc;
    m->rv.redirected = false;
leave_to_target:
    m->rv.pc = target;
    m->budget = budget;
    return reason;
}
