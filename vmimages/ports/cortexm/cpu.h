/* SPDX-License-Identifier: Apache-2.0 */
/* The core of Cortex-M chips. Its registers as in the ARMv6-M and ARMv7-M Architecture Reference Manuals. */
#ifndef CPU_H
#define CPU_H
#include "mmio.h"

#define SYST_CSR REG(0xE000E010u)
#define SYST_RVR REG(0xE000E014u)
#define SYST_CVR REG(0xE000E018u)
#define NVIC_ISER(n) REG(0xE000E100u + 4u * (n))
#define NVIC_ICER(n) REG(0xE000E180u + 4u * (n))
#define NVIC_ICPR(n) REG(0xE000E280u + 4u * (n))
#define SCB_ICSR REG(0xE000ED04u)
#define SCB_AIRCR REG(0xE000ED0Cu)
#define SCB_AIRCR_SYSRESETREQ 0x05FA0004u
/* ARMv7-M only */
#define SCB_CFSR REG(0xE000ED28u)
#define SCB_HFSR REG(0xE000ED2Cu)
#define SCB_MMFAR REG(0xE000ED34u)
#define SCB_BFAR REG(0xE000ED38u)

/* Handlers that have a name besides those of IRQ_HANDLER. */
void nmi_handler(void);
void systick_handler(void);
void svcall_handler(void);
void pendsv_handler(void);

static inline void irq_enable(unsigned irq) { NVIC_ISER(irq / 32) = 1u << irq % 32; }

static inline uint32_t interrupts_off(void) {
    uint32_t primask;
    __asm volatile("mrs %0, primask\n\tcpsid i" : "=r"(primask)::"memory");
    return primask;
}

static inline void interrupts_restore(uint32_t primask) { __asm volatile("msr primask, %0" ::"r"(primask) : "memory"); }

/* Interrupts are masked; one that is pending ends it all the same. */
static inline void wait_for_interrupt(void) { __asm volatile("dsb\n\twfi" ::: "memory"); }

/* Code that runs from RAM, for the time in which the flash cannot be read. It must not call what is in flash: mem* functions neither. */
#define RAM_CODE __attribute__((section(".ramfunc"), noinline))

#endif
