/* SPDX-License-Identifier: Apache-2.0 */
/* The memory protection unit: who may read, write and execute what, and what becomes of those who may not. */
#include "harness.h"

enum {
    MPU_TYPE = 0xE000ED90,
    MPU_CTRL = 0xE000ED94,
    MPU_RNR = 0xE000ED98,
    MPU_RBAR = 0xE000ED9C,
    MPU_RASR = 0xE000EDA0,
    MMFAR = 0xE000ED34
};
enum { NO_ACCESS, PRIVILEGED, PRIVILEGED_WRITES, EVERYBODY, READ_ONLY = 6 };
enum { XN = 1 << 28 };
#define KB32 14u /* RASR.SIZE: 2^(n+1) bytes */
#define SIZE_256 7u
#define SIZE_32 4u
#define SIZE_4K 11u
#define SIZE_4G 31u

static emu_machine *guarded(const char *core) {
    emu_machine_config config = config_of(core);
    config.mpu_regions = 8;
    emu_machine *m = machine_of(&config);
    put_vectors(m);
    return m;
}

static void region(emu_machine *m, unsigned number, uint32_t base, uint32_t size, uint32_t access, uint32_t more) {
    set_sys(m, MPU_RBAR, base | 16 | number);
    set_sys(m, MPU_RASR, more | access << 24 | size << 1 | 1);
}

/* Flash for everybody to read and execute; the lower half of RAM as `access` says; privileged code keeps the rest. */
static emu_machine *ready(uint32_t access) {
    emu_machine *m = guarded("cortex-m4");
    emu_power(m, true);
    region(m, 0, FLASH, 15, READ_ONLY, 0); /* 64 KB */
    region(m, 1, RAM, KB32, access, 0);
    set_sys(m, SHCSR, 7 << 16);
    set_sys(m, MPU_CTRL, 5);
    return m;
}

static void unprivileged(emu_machine *m) { emu_core_set(m, EMU_REG_CFBP, 1u << 24); }
static uint32_t exception(const emu_machine *m) { return reg(m, EMU_REG_XPSR) & 0x1FF; }

static void run_at(emu_machine *m, uint32_t pc, unsigned count) {
    emu_core_set(m, 15, pc);
    emu_run(m, count);
}

static void unprivileged_code_is_kept_out_and_told_where(void) {
    emu_machine *m = ready(PRIVILEGED);
    PUT(m, CODE, 0x6808, 0xBF00, 0xE7FE); /* ldr r0, [r1] */
    emu_core_set(m, 0, 0x55);
    emu_core_set(m, 1, RAM + 0x104);
    run_at(m, CODE, 2); /* privileged: fine */
    CHECK_EQUAL(exception(m), 0);
    emu_core_set(m, 0, 0x55);
    region(m, 2, RAM + 0x4000, 13, EVERYBODY, 0); /* a stack */
    unprivileged(m);
    emu_core_set(m, 13, RAM + 0x7000);
    run_at(m, CODE, 2);
    CHECK_EQUAL(exception(m), EMU_EXC_MEMMANAGE);
    CHECK_EQUAL(reg(m, 0), 0x55);
    CHECK_EQUAL(sys(m, CFSR), CFSR_DACCVIOL | CFSR_MMARVALID);
    CHECK_EQUAL(sys(m, MMFAR), RAM + 0x104);
    CHECK_EQUAL(get_word(m, reg(m, 13) + 24), CODE);
    emu_machine_free(m);
}

/* The exception that a load (or store) of this access by privileged or unprivileged code ends in. */
static uint32_t outcome(uint32_t access, bool user, bool store) {
    emu_machine *m = ready(access);
    region(m, 2, RAM + 0x4000, 13, EVERYBODY, 0);
    PUT(m, CODE, store ? 0x6008 : 0x6808, 0xBF00, 0xE7FE);
    emu_core_set(m, 1, RAM);
    if (user) unprivileged(m);
    emu_core_set(m, 13, RAM + 0x7000);
    run_at(m, CODE, 2);
    uint32_t found = exception(m);
    emu_machine_free(m);
    return found;
}

static void access_permissions_are_those_of_the_table(void) {
    static const struct {
        uint32_t access;
        bool user_reads, user_writes, privileged_reads, privileged_writes;
    } table[] = {{0, 0, 0, 0, 0}, {1, 0, 0, 1, 1}, {2, 1, 0, 1, 1}, {3, 1, 1, 1, 1}, {5, 0, 0, 1, 0}, {6, 1, 0, 1, 0}, {7, 1, 0, 1, 0}};
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
        CHECK_EQUAL(outcome(table[i].access, true, false) == 0, table[i].user_reads);
        CHECK_EQUAL(outcome(table[i].access, true, true) == 0, table[i].user_writes);
        CHECK_EQUAL(outcome(table[i].access, false, false) == 0, table[i].privileged_reads);
        CHECK_EQUAL(outcome(table[i].access, false, true) == 0, table[i].privileged_writes);
    }
}

static void what_must_not_be_executed_is_not(void) {
    emu_machine *m = ready(EVERYBODY);
    PUT(m, RAM, 0x2001, 0x4770);          /* movs r0, #1; bx lr */
    PUT(m, CODE, 0x4788, 0xBF00, 0xE7FE); /* blx r1 */
    emu_core_set(m, 1, RAM | 1);
    run_at(m, CODE, 4);
    CHECK_EQUAL(exception(m), 0);
    CHECK_EQUAL(reg(m, 0), 1);
    region(m, 1, RAM, KB32, EVERYBODY, XN);
    emu_core_set(m, 0, 0);
    run_at(m, CODE, 4);
    CHECK_EQUAL(exception(m), EMU_EXC_MEMMANAGE);
    CHECK_EQUAL(sys(m, CFSR), CFSR_IACCVIOL);
    CHECK_EQUAL(reg(m, 0), 0);
    CHECK_EQUAL(get_word(m, reg(m, 13) + 24), RAM);
    emu_machine_free(m);
}

static void a_region_smaller_than_a_page_leaves_its_neighbours_alone(void) {
    emu_machine *m = ready(EVERYBODY);
    region(m, 3, RAM + 0x1020, SIZE_32, READ_ONLY, 0);
    PUT(m, CODE, 0x6008, 0x3104, 0xE7FC); /* str r0, [r1]; adds r1, #4; b back */
    emu_core_set(m, 1, RAM + 0x1000);
    emu_core_set(m, 0, 0x1234);
    run_at(m, CODE, 40);
    CHECK_EQUAL(exception(m), EMU_EXC_MEMMANAGE);
    CHECK_EQUAL(sys(m, MMFAR), RAM + 0x1020);
    CHECK_EQUAL(get_word(m, RAM + 0x101C), 0x1234);
    CHECK(get_word(m, RAM + 0x1020) != 0x1234);
    emu_machine_free(m);
    /* code, too: the last instruction before the region runs */
    m = ready(EVERYBODY);
    region(m, 3, CODE + 0x20, SIZE_32, READ_ONLY, XN);
    for (uint32_t at = CODE; at < CODE + 0x40; at += 2) PUT(m, at, 0x3001); /* adds r0, #1 */
    emu_core_set(m, 0, 0);
    run_at(m, CODE, 100);
    CHECK_EQUAL(reg(m, 0), 16);
    CHECK_EQUAL(get_word(m, reg(m, 13) + 24), CODE + 0x20);
    emu_machine_free(m);
}

static void a_higher_region_wins_and_a_disabled_subregion_does_not_count(void) {
    emu_machine *m = ready(EVERYBODY);
    region(m, 5, RAM, SIZE_256, NO_ACCESS, 0xFEu << 8); /* only the first 32 bytes are left of it */
    PUT(m, CODE, 0x6808, 0xBF00, 0xE7FE);
    emu_core_set(m, 1, RAM + 32);
    run_at(m, CODE, 2);
    CHECK_EQUAL(exception(m), 0);
    emu_core_set(m, 1, RAM + 28);
    run_at(m, CODE, 2);
    CHECK_EQUAL(exception(m), EMU_EXC_MEMMANAGE);
    emu_machine_free(m);
    m = ready(EVERYBODY);
    region(m, 0, 0, SIZE_4G, EVERYBODY, 0xFEu << 8); /* eighths of everything: only the first 512 MB */
    set_sys(m, MPU_CTRL, 1);
    set_sys(m, MPU_RNR, 1);
    set_sys(m, MPU_RASR, 0);
    emu_core_set(m, 1, RAM);
    PUT(m, CODE, 0x6808, 0xBF00, 0xE7FE);
    run_at(m, CODE, 1);
    CHECK_EQUAL(sys(m, CFSR) & CFSR_DACCVIOL, CFSR_DACCVIOL);
    emu_machine_free(m);
}

static void without_the_background_region_privileged_code_needs_regions_too(void) {
    emu_machine *m = ready(EVERYBODY);
    PUT(m, CODE, 0x6808, 0xBF00, 0xE7FE);
    emu_core_set(m, 1, RAM + 0xC000);
    run_at(m, CODE, 2);
    CHECK_EQUAL(exception(m), 0);
    set_sys(m, MPU_CTRL, 1);
    run_at(m, CODE, 2);
    CHECK_EQUAL(exception(m), EMU_EXC_MEMMANAGE);
    CHECK_EQUAL(sys(m, CFSR), CFSR_DACCVIOL | CFSR_MMARVALID);
    CHECK_EQUAL(sys(m, MPU_CTRL), 1); /* the system space is never shut */
    emu_machine_free(m);
}

static void ldrt_has_the_rights_of_unprivileged_code(void) {
    emu_machine *m = ready(PRIVILEGED);
    PUT(m, CODE, 0x6808, 0xF851, 0x0E00, 0xBF00, 0xE7FE); /* ldr r0, [r1]; ldrt r0, [r1] */
    emu_core_set(m, 1, RAM);
    run_at(m, CODE, 3);
    CHECK_EQUAL(exception(m), EMU_EXC_MEMMANAGE);
    CHECK_EQUAL(get_word(m, reg(m, 13) + 24), CODE + 2);
    emu_machine_free(m);
    m = ready(PRIVILEGED_WRITES);
    put_word(m, RAM + 8, 0xFFFFFF80);
    PUT(m, CODE, 0xF911, 0x0E08, 0xF841, 0x0E00, 0xBF00); /* ldrsbt r0, [r1, #8]; strt r0, [r1] */
    emu_core_set(m, 1, RAM);
    run_at(m, CODE, 3);
    CHECK_EQUAL(reg(m, 0), 0xFFFFFF80);
    CHECK_EQUAL(exception(m), EMU_EXC_MEMMANAGE);
    emu_machine_free(m);
}

static void hard_fault_handlers_see_no_unit_unless_it_says_so(void) {
    for (uint32_t hfnmiena = 0; hfnmiena < 2; hfnmiena++) {
        emu_machine *m = ready(NO_ACCESS);
        set_sys(m, MPU_CTRL, 5 | hfnmiena << 1);
        PUT(m, CODE, 0xDE00);
        set_sys(m, SHCSR, 0);
        PUT(m, HANDLER(3), 0x6808, 0x2701, 0xE7FE); /* ldr r0, [r1]; movs r7, #1 */
        emu_core_set(m, 13, STACK + 0x4000);
        emu_core_set(m, 7, 0);
        emu_core_set(m, 1, RAM);
        run_at(m, CODE, 20);
        CHECK_EQUAL(emu_core_locked_up(m), hfnmiena);
        CHECK_EQUAL(reg(m, 7), 1 - hfnmiena);
        emu_machine_free(m);
    }
}

static void a_stack_out_of_bounds_fails_on_entry_and_on_return(void) {
    emu_machine *m = ready(EVERYBODY);
    PUT(m, CODE, 0xDF00, 0xBF00, 0xE7FE);
    unprivileged(m);
    emu_core_set(m, 13, RAM + 0x8010); /* the frame crosses the end of the region */
    region(m, 2, RAM + 0x8000, SIZE_4K, PRIVILEGED, 0);
    run_at(m, CODE, 2);
    CHECK_EQUAL(exception(m), EMU_EXC_MEMMANAGE);
    CHECK_EQUAL(sys(m, CFSR), CFSR_MSTKERR);
    emu_machine_free(m);

    m = ready(EVERYBODY);
    PUT(m, CODE, 0xDF00, 0xBF00, 0xE7FE);
    PUT(m, HANDLER(EMU_EXC_SVCALL), 0xBF00, 0x4770);
    emu_core_set(m, EMU_REG_PSP, RAM + 0x2000);
    emu_core_set(m, EMU_REG_CFBP, 3u << 24); /* unprivileged, on the process stack */
    run_at(m, CODE, 2);
    CHECK_EQUAL(exception(m), EMU_EXC_SVCALL);
    region(m, 3, RAM + 0x1000, SIZE_4K, PRIVILEGED, 0); /* where the frame is now */
    emu_run(m, 3);
    CHECK_EQUAL(exception(m), EMU_EXC_MEMMANAGE);
    CHECK_EQUAL(sys(m, CFSR), CFSR_MUNSTKERR);
    emu_machine_free(m);
}

static void the_registers_are_there_only_if_the_unit_is(void) {
    emu_machine *m = guarded("cortex-m4");
    emu_power(m, true);
    CHECK_EQUAL(sys(m, MPU_TYPE), 0x800);
    region(m, 3, 0x12345660, SIZE_4K, EVERYBODY, 0);
    CHECK_EQUAL(sys(m, MPU_RNR), 3);
    CHECK_EQUAL(sys(m, MPU_RBAR), 0x12345663);
    set_sys(m, MPU_RBAR + 8, 0x20000000 | 16 | 5); /* RBAR_A1, RASR_A1 */
    set_sys(m, MPU_RASR + 8, 0x03000017);
    set_sys(m, MPU_RNR, 5);
    CHECK_EQUAL(sys(m, MPU_RBAR), 0x20000005);
    CHECK_EQUAL(sys(m, MPU_RASR), 0x03000017);
    emu_machine_free(m);
    m = machine_with_vectors();
    emu_power(m, true);
    CHECK_EQUAL(sys(m, MPU_TYPE), 0);
    set_sys(m, MPU_CTRL, 5);
    CHECK_EQUAL(sys(m, MPU_CTRL), 0);
    emu_machine_free(m);
}

static void on_a_cortex_m0plus_it_is_a_hard_fault(void) {
    emu_machine *m = guarded("cortex-m0plus");
    emu_power(m, true);
    CHECK_EQUAL(sys(m, MPU_TYPE), 0x800);
    region(m, 0, FLASH, 15, READ_ONLY, 0);
    region(m, 1, RAM, KB32, READ_ONLY, 0);
    set_sys(m, MPU_CTRL, 5);
    PUT(m, CODE, 0x6008, 0xE7FE);
    emu_core_set(m, 1, RAM);
    emu_core_set(m, 13, RAM + 0xF000);
    run_at(m, CODE, 1);
    CHECK_EQUAL(exception(m), EMU_EXC_HARDFAULT);
    emu_machine_free(m);
}

/* A system call a turn, each of which goes to privileged code and back and changes a region for the next. */
static emu_machine *switching(void) {
    emu_machine *m = ready(EVERYBODY);
    PUT(m, CODE, 0x3001, 0x6008, 0xDF00, 0xE7FB);    /* adds r0, #1; str r0, [r1]; svc; b back */
    PUT(m, HANDLER(EMU_EXC_SVCALL), 0x6032, 0x4770); /* str r2, [r6]: RASR; bx lr */
    set_sys(m, MPU_RBAR, RAM | 0x6000 | 16 | 4);
    emu_core_set(m, 0, 0);
    emu_core_set(m, 1, RAM + 0x1000);
    emu_core_set(m, 2, READ_ONLY << 24 | SIZE_4K << 1 | 1);
    emu_core_set(m, 6, MPU_RASR);
    emu_core_set(m, EMU_REG_PSP, RAM + 0x2000);
    emu_core_set(m, EMU_REG_CFBP, 3u << 24);
    emu_core_set(m, 15, CODE);
    return m;
}

static void a_system_that_switches_all_the_time_runs_in_slices_of_any_size(void) {
    emu_machine *a = switching(), *b = switching();
    emu_run(a, 60000);
    for (unsigned done = 0, n = 1; done < 60000; done += n) {
        n = (done * 7 + 3) % 40 + 1;
        if (n > 60000 - done) n = 60000 - done;
        emu_run(b, n);
    }
    CHECK_EQUAL(reg(a, 0), 10000);
    CHECK_EQUAL(emu_state_hash(a), emu_state_hash(b));
    emu_machine_free(a);
    emu_machine_free(b);
}

static void a_snapshot_takes_the_unit_along(void) {
    char error[EMU_ERROR_MAX];
    emu_machine *m = ready(READ_ONLY);
    PUT(m, CODE, 0x6008, 0xE7FE);
    emu_core_set(m, 13, STACK + 0x4000);
    emu_core_set(m, 1, RAM);
    emu_core_set(m, 15, CODE);
    emu_machine *fork = emu_fork(m, error);
    CHECK(fork);
    emu_snapshot *s = emu_snapshot_take(m, error);
    CHECK(s);
    set_sys(m, MPU_CTRL, 0);
    emu_run(m, 2);
    CHECK_EQUAL(exception(m), 0);
    CHECK(emu_snapshot_restore(m, s, error));
    emu_run(m, 2);
    CHECK_EQUAL(exception(m), EMU_EXC_MEMMANAGE);
    emu_run(fork, 2);
    CHECK_EQUAL(exception(fork), EMU_EXC_MEMMANAGE);
    emu_snapshot_free(s);
    emu_machine_free(m);
    emu_machine_free(fork);
}

int main(void) {
    unprivileged_code_is_kept_out_and_told_where();
    access_permissions_are_those_of_the_table();
    what_must_not_be_executed_is_not();
    a_region_smaller_than_a_page_leaves_its_neighbours_alone();
    a_higher_region_wins_and_a_disabled_subregion_does_not_count();
    without_the_background_region_privileged_code_needs_regions_too();
    ldrt_has_the_rights_of_unprivileged_code();
    hard_fault_handlers_see_no_unit_unless_it_says_so();
    a_stack_out_of_bounds_fails_on_entry_and_on_return();
    the_registers_are_there_only_if_the_unit_is();
    on_a_cortex_m0plus_it_is_a_hard_fault();
    a_system_that_switches_all_the_time_runs_in_slices_of_any_size();
    a_snapshot_takes_the_unit_along();
    return 0;
}
