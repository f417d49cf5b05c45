/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs of test_compilers.py share: a console. */
#ifndef COMPILERS_RT_H
#define COMPILERS_RT_H

#include <stddef.h>
#include <stdint.h>

#define NOINLINE __attribute__((noinline))

void put(char c);
void text(const char *s);
void hex(uint32_t value);
void hex64(uint64_t value);
void decimal(int32_t value);
void show(const char *name, uint32_t value); /* name=value, in hexadecimal, and a space */
void show64(const char *name, uint64_t value);
uint32_t next(void); /* of a sequence of pseudo-random numbers; volatile enough that no compiler knows them */

/* Each prints lines and returns 0, or what is wrong. */
int integers(void), wide(void), tables(void), variadic(void), layout(void), floats(void), switching(void);

#endif
