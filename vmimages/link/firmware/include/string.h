/* SPDX-License-Identifier: Apache-2.0 */
/* The toolchain's freestanding target has no C library headers; its runtime has the mem* functions, firmware/main.c the str* ones. */
#ifndef FIRMWARE_STRING_H
#define FIRMWARE_STRING_H
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *to, int byte, size_t length);
int memcmp(const void *a, const void *b, size_t length);
void *memchr(const void *from, int byte, size_t length);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);

#endif
