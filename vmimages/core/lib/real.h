/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of math share: numbers of 128 bits with a sign, in which functions are worked out before they are rounded once. The short
 * names keep formulas readable; outside these files they have the VM's prefix. */
#ifndef VM_REAL_H
#define VM_REAL_H
#include "../wide.h"

typedef struct {
    wide m;
    bool negative, zero;
} real;

extern const wide vm_ln2, vm_half_pi;

#define of_double vm_real_of_double
#define of_int vm_real_of_int
#define round_real vm_real_round
#define add vm_real_add
#define multiply vm_real_multiply
#define divide vm_real_divide
#define divide_by vm_real_divide_by
#define root vm_real_root
#define exponential vm_real_exponential
#define logarithm vm_real_logarithm
#define circular vm_real_circular

real of_double(double d); /* finite */
real of_int(int64_t x);
double round_real(const real *a);
real add(real a, real b);
real multiply(real a, real b);
real divide(real a, real b); /* b not 0 */
real divide_by(real a, uint32_t n);
real root(real a);
real exponential(real x);              /* |x| < 2000 */
real logarithm(real x);                /* x > 0 */
real circular(real x, unsigned which); /* sine (0) or cosine (1), |x| < 2^47 */

static inline real of_wide(const wide *m) { return (real){*m, false, false}; }
static inline real negated(real a) { return a.negative = !a.negative, a; }
static inline real scale(real a, int e) { return a.m.e += e, a; } /* times 2^e */

#endif
