/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of math in 64 bits with a bound of the error: true, and *out, when what is known decides the nearest float. What is not decided
 * is left to the 128 bits of real.h, so that both ways give the same. */
#ifndef VM_MATHQUICK_H
#define VM_MATHQUICK_H
#include "real.h"

enum { EXP, EXPM1, LOG1P, LOG2, LOG10, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH, TANH, ASINH, ACOSH, ATANH, LOG };

bool vm_quick_one(unsigned which, double d, double *out);
bool vm_quick_angle(double a, double b, double *out); /* of (b, a) */
bool vm_quick_hypot(double a, double b, double *out);
bool vm_quick_power(double x, double y, double *out); /* x > 0 */

/* To 50 bits and more. */
real vm_quick_logarithm(const real *x);                 /* x > 0 */
real vm_quick_angle_near(const real *a, const real *b); /* of (b, a), a > 0, b >= 0 */

#endif
