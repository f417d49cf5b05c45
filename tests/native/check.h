/* SPDX-License-Identifier: Apache-2.0 */
/* CHECK for the C tests: a condition that does not hold is printed with its place and ends the program. */
#ifndef TESTS_NATIVE_CHECK_H
#define TESTS_NATIVE_CHECK_H
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                                                                   \
    do {                                                                                                                                   \
        if (!(condition)) {                                                                                                                \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                                                \
            abort();                                                                                                                       \
        }                                                                                                                                  \
    } while (0)

#endif
