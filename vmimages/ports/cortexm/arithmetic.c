/* SPDX-License-Identifier: Apache-2.0 */
/* Divisions and shifts that the core has no instructions for, under the names of the run-time ABI for the Arm architecture (sections 5.1.2
 * and 5.1.3). The toolchain's own are made for speed, or as if by chance: four times the room for the same time. A bit at a time; what is
 * divided by zero gives 0 or anything, but it ends. */
#include <stdint.h>

#define NAKED __attribute__((naked, used))

/* r1:r0 by r3:r2: the quotient in r1:r0, the rest in r3:r2 */
NAKED void __aeabi_uldivmod(void);
NAKED void __aeabi_uldivmod(void) {
    __asm volatile("push {r4, r5, r6, r7, lr}\n"
                   "movs r4, #0\n"
                   "movs r5, #0\n"
                   "movs r6, #64\n"
                   "cmp r1, #0\n" /* half of the way would bring nothing but zeros */
                   "bne 1f\n"
                   "movs r1, r0\n"
                   "movs r0, #0\n"
                   "movs r6, #32\n"
                   "1: adds r0, r0, r0\n"
                   "adcs r1, r1\n"
                   "adcs r4, r4\n"
                   "adcs r5, r5\n"
                   "bcs 2f\n" /* the rest has 65 bits: more than any divisor */
                   "subs r7, r4, r2\n"
                   "mov r7, r5\n"
                   "sbcs r7, r3\n"
                   "bcc 3f\n"
                   "2: subs r4, r4, r2\n"
                   "sbcs r5, r3\n"
                   "adds r0, #1\n"
                   "3: subs r6, #1\n"
                   "bne 1b\n"
                   "movs r2, r4\n"
                   "movs r3, r5\n"
                   "pop {r4, r5, r6, r7, pc}");
}

NAKED void __aeabi_ldivmod(void);
NAKED void __aeabi_ldivmod(void) {
    __asm volatile("push {r4, r5, lr}\n"
                   "asrs r4, r1, #31\n"
                   "eors r0, r4\n"
                   "eors r1, r4\n"
                   "subs r0, r0, r4\n"
                   "sbcs r1, r4\n"
                   "asrs r5, r3, #31\n"
                   "eors r2, r5\n"
                   "eors r3, r5\n"
                   "subs r2, r2, r5\n"
                   "sbcs r3, r5\n"
                   "eors r5, r4\n"
                   "bl __aeabi_uldivmod\n"
                   "eors r0, r5\n"
                   "eors r1, r5\n"
                   "subs r0, r0, r5\n"
                   "sbcs r1, r5\n"
                   "eors r2, r4\n"
                   "eors r3, r4\n"
                   "subs r2, r2, r4\n"
                   "sbcs r3, r4\n"
                   "pop {r4, r5, pc}");
}

/* Shifts of r1:r0 by r2. A shift by 32 to 255 bits leaves nothing, and those by "less than 0" are of that kind (ARMv6-M ARM, A6.7). */
NAKED void __aeabi_llsl(void);
NAKED void __aeabi_llsl(void) {
    __asm volatile("lsls r1, r2\n"
                   "movs r3, r0\n"
                   "mov r12, r3\n"
                   "lsls r0, r2\n"
                   "subs r2, #32\n"
                   "lsls r3, r2\n"
                   "orrs r1, r3\n"
                   "rsbs r2, r2, #0\n"
                   "mov r3, r12\n"
                   "lsrs r3, r2\n"
                   "orrs r1, r3\n"
                   "bx lr");
}

NAKED void __aeabi_llsr(void);
NAKED void __aeabi_llsr(void) {
    __asm volatile("lsrs r0, r2\n"
                   "movs r3, r1\n"
                   "mov r12, r3\n"
                   "lsrs r1, r2\n"
                   "subs r2, #32\n"
                   "lsrs r3, r2\n"
                   "orrs r0, r3\n"
                   "rsbs r2, r2, #0\n"
                   "mov r3, r12\n"
                   "lsls r3, r2\n"
                   "orrs r0, r3\n"
                   "bx lr");
}

NAKED void __aeabi_lasr(void);
NAKED void __aeabi_lasr(void) {
    __asm volatile("lsrs r0, r2\n"
                   "movs r3, r1\n"
                   "mov r12, r3\n"
                   "asrs r1, r2\n"
                   "subs r2, #32\n"
                   "bmi 1f\n" /* an arithmetic shift of too many bits leaves the sign */
                   "asrs r3, r2\n"
                   "orrs r0, r3\n"
                   "1: rsbs r2, r2, #0\n"
                   "mov r3, r12\n"
                   "lsls r3, r2\n"
                   "orrs r0, r3\n"
                   "bx lr");
}

#ifdef __ARM_ARCH_6M__

/* r0 by r1: the quotient in r0, the rest in r1. */
NAKED void __aeabi_uidivmod(void);
NAKED void __aeabi_uidivmod(void) {
    __asm volatile("movs r2, #0\n"
                   "movs r3, #1\n"
                   "1: cmp r1, r0\n"
                   "bhs 2f\n"
                   "cmp r1, #0\n"
                   "bmi 2f\n"
                   "lsls r1, r1, #1\n"
                   "lsls r3, r3, #1\n"
                   "bne 1b\n"
                   "2: cmp r0, r1\n"
                   "blo 3f\n"
                   "subs r0, r0, r1\n"
                   "orrs r2, r3\n"
                   "3: lsrs r1, r1, #1\n"
                   "lsrs r3, r3, #1\n"
                   "bne 2b\n"
                   "movs r1, r0\n"
                   "movs r0, r2\n"
                   "bx lr");
}

NAKED void __aeabi_idivmod(void);
NAKED void __aeabi_idivmod(void) {
    __asm volatile("push {r4, r5, lr}\n"
                   "asrs r4, r0, #31\n"
                   "eors r0, r4\n"
                   "subs r0, r0, r4\n"
                   "asrs r5, r1, #31\n"
                   "eors r1, r5\n"
                   "subs r1, r1, r5\n"
                   "eors r5, r4\n"
                   "bl __aeabi_uidivmod\n"
                   "eors r0, r5\n"
                   "subs r0, r0, r5\n"
                   "eors r1, r4\n"
                   "subs r1, r1, r4\n"
                   "pop {r4, r5, pc}");
}

void __aeabi_uidiv(void) __attribute__((alias("__aeabi_uidivmod")));
void __aeabi_idiv(void) __attribute__((alias("__aeabi_idivmod")));

/* Leading zeros of r0. */
NAKED void __clzsi2(void);
NAKED void __clzsi2(void) {
    __asm volatile("movs r1, #32\n"
                   "lsrs r2, r0, #16\n"
                   "beq 1f\n"
                   "movs r0, r2\n"
                   "movs r1, #16\n"
                   "1: cmp r0, #0\n"
                   "beq 3f\n"
                   "2: subs r1, #1\n"
                   "lsrs r0, r0, #1\n"
                   "bne 2b\n"
                   "3: movs r0, r1\n"
                   "bx lr");
}
#endif
