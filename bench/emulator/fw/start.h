/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_START_H
#define BENCH_START_H

#include <stdint.h>

uint32_t work(uint32_t rounds); /* the benchmark; returns a checksum */

#endif
