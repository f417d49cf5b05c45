/* SPDX-License-Identifier: Apache-2.0 */
/* What the ports of Cortex-M chips share, for them to use. Core registers as in the ARMv6-M and ARMv7-M Architecture Reference Manuals. */
#ifndef CORTEXM_H
#define CORTEXM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "board.h"

#define REG(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define REG16(address) (*(volatile uint16_t *)(uintptr_t)(address))
#define REG8(address) (*(volatile uint8_t *)(uintptr_t)(address))

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

/* A function of this name is the handler of the interrupt of a device of the chip's file: `void IRQ_HANDLER(TIMER0)(void)`; BOARD_UART is
 * the UART behind the board's serial port. What has no handler is a fault when it comes. */
#define IRQ_HANDLER(device) IRQ_NAME(IRQ_##device)
#define IRQ_NAME(number) IRQ_NAME_(number)
#define IRQ_NAME_(number) irq##number##_handler
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

/* Code that runs from RAM, for the time in which the flash cannot be read. It must not call what is in flash: mem* functions neither. */
#define RAM_CODE __attribute__((section(".ramfunc"), noinline))

#endif
