/* SPDX-License-Identifier: Apache-2.0 */
/* Two threads that compute with the floating point unit, switched by PendSV as kernels do it (with the high registers only where the frame
 * has low ones), under a SysTick whose handler computes too, and an interrupt every so often whose handler does not. When the unit is off,
 * a UsageFault handler switches it on. All results are bit patterns that must not depend on when who was interrupted. Arm MPS2 FPGA image
 * AN386: UART at 0x40004000.
 *
 * PERIOD is in clocks: an instruction on this emulator, 40 on QEMU's board with -icount shift=0. */
#include <stdint.h>

#define REG(a) (*(volatile uint32_t *)(a))
#define UART 0x40004000u
#define ICSR REG(0xE000ED04u)
#define SHCSR REG(0xE000ED24u)
#define CFSR REG(0xE000ED28u)
#define CPACR REG(0xE000ED88u)
#define FPCCR REG(0xE000EF34u)
#define FPDSCR REG(0xE000EF3Cu)
#define STIR REG(0xE000EF00u)

extern uint32_t stack_top[], bss_start[], bss_end[];
void reset(void);
void pend_sv(void);
static void fault(void), usage(void), tick(void), plain(void);

__attribute__((section(".vectors"), used)) void *const vectors[17] = {
    stack_top, reset, fault, fault, fault, fault, usage, 0, 0, 0, 0, fault, fault, 0, pend_sv, tick, plain,
};

static void put(char c) {
    while (REG(UART + 4) & 1) {}
    REG(UART) = (uint8_t)c;
}
static void print(const char *name, uint32_t value) {
    while (*name) put(*name++);
    for (int i = 28; i >= 0; i -= 4) put("0123456789abcdef"[value >> i & 15]);
    put('\n');
}
static uint32_t bits(float x) {
    union {
        float f;
        uint32_t u;
    } both = {x};
    return both.u;
}
__attribute__((noreturn)) static void stop(void) {
    put('.');
    put('\n');
    __asm__ volatile("cpsid i");
    for (;;) __asm__ volatile("wfi");
}
static void fault(void) {
    print("fault ", CFSR);
    stop();
}

static volatile uint32_t refused;
static void usage(void) { /* NOCP: the instruction is tried again */
    refused = CFSR;
    CFSR = CFSR;
    CPACR |= 0xFu << 20;
}

static float in_tick;
static volatile uint32_t ticks, plains;
static void tick(void) {
    ticks = ticks + 1;
    in_tick = in_tick * 0.75f + 1.25f;
    uint32_t fpscr;
    __asm__ volatile("vmrs %0, fpscr" : "=r"(fpscr));
    if ((fpscr & 0x07C00000u) != (FPDSCR & 0x07C00000u)) fault();
    if (ticks % 3 == 0) STIR = 0; /* chained, and uses no floating point register */
    ICSR = 1u << 28;              /* PendSV */
}
static void plain(void) { plains = plains + 1; }

/* --- threads -------------------------------------------------------------------------------------------------------------- */

#define STEPS 3000
static uint32_t stacks[2][256] __attribute__((aligned(8)));
static uint32_t *tops[2];
static uint32_t results[2], modes[2], current;
static volatile uint32_t done;

/* Every register of the unit is in use across whatever interrupts. */
static uint32_t crunch(float seed) {
    float v[20];
    for (int i = 0; i < 20; i++) v[i] = seed * (float)(i + 1);
    for (int n = 0; n < STEPS; n++) {
        for (int i = 0; i < 20; i++) v[i] = v[i] * 0.9999f + v[(i + 7) % 20] * 0.0003f;
        if (v[n % 20] > 50.0f) v[n % 20] -= 49.5f;
    }
    uint32_t sum = 0;
    for (int i = 0; i < 20; i++) sum = (sum << 3 | sum >> 29) ^ bits(v[i]);
    return sum;
}

static void report(void);
static void finished(uint32_t which, uint32_t result) {
    results[which] = result;
    __asm__ volatile("vmrs %0, fpscr" : "=r"(modes[which]));
    done = done | 1u << which;
    while (which || done != 3 || ticks < 100) {}
    report();
}
static void first(void) { finished(0, crunch(1.1f)); }
static void second(void) { /* rounds down, which must be this thread's alone */
    __asm__ volatile("vmsr fpscr, %0" ::"r"(2u << 22));
    finished(1, crunch(3.7f));
}

static void prepare(uint32_t which, void (*entry)(void)) {
    uint32_t *sp = &stacks[which][256] - 17;
    for (int i = 0; i < 17; i++) sp[i] = 0;
    sp[8] = 0xFFFFFFFDu; /* r4..r11, EXC_RETURN, then the frame */
    sp[15] = (uint32_t)entry;
    sp[16] = 1u << 24;
    tops[which] = sp;
}

__attribute__((used)) static uint32_t *next_thread(uint32_t *top) {
    tops[current] = top;
    current ^= 1;
    return tops[current];
}

__attribute__((naked)) void pend_sv(void) {
    __asm__ volatile("mrs r0, psp\n"
                     "tst lr, #16\n"
                     "it eq\n"
                     "vstmdbeq r0!, {s16-s31}\n"
                     "stmdb r0!, {r4-r11, lr}\n"
                     "bl next_thread\n"
                     "ldmia r0!, {r4-r11, lr}\n"
                     "tst lr, #16\n"
                     "it eq\n"
                     "vldmiaeq r0!, {s16-s31}\n"
                     "msr psp, r0\n"
                     "bx lr\n");
}

static void report(void) {
    REG(0xE000E010u) = 0;
    __asm__ volatile("cpsid i");
    print("first ", results[0]);
    print("second ", results[1]);
    print("mode of first ", modes[0] & 0x07C00000u);
    print("mode of second ", modes[1] & 0x07C00000u);
    print("chained ", plains > 3);
    print("in ticks ", bits(in_tick));
    stop();
}

__attribute__((noinline)) static void run(void) {
    float x = 1.0f;
    __asm__ volatile("vadd.f32 %0, %0, %0" : "+t"(x)); /* if the compiler has not used the unit before it */
    print("refused ", refused);
    print("then ", bits(x));
#ifdef EAGER
    FPCCR = 1u << 31;
#endif
    FPDSCR = 1u << 25;
    REG(0xE000E100u) = 1;
    REG(0xE000ED20u) = 0x00FF0000u; /* PendSV is least urgent */
    prepare(1, second);
    /* The first thread goes on from here, on its own stack; this ends its context. */
    __asm__ volatile("msr psp, %0\n msr control, %1\n isb" ::"r"(&stacks[0][240]), "r"(2));
    REG(0xE000E014u) = PERIOD - 1;
    REG(0xE000E018u) = 0;
    REG(0xE000E010u) = 7;
    first();
}

void reset(void) { /* itself without the unit */
    for (volatile uint32_t *p = bss_start; p < bss_end; p++) *p = 0;
    REG(UART + 0x10) = 16;
    REG(UART + 8) = 1;
    SHCSR = 7u << 16;
    run();
}
