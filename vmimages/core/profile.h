/* SPDX-License-Identifier: Apache-2.0 */
/* What a VM is built with. The smallest chips do without floats: a program that uses them asks for VBC_FEATURE_FLOAT, or imports what is
 * not there, and is refused before it runs. */
#ifndef VM_PROFILE_H
#define VM_PROFILE_H

#ifndef VM_FLOAT
#define VM_FLOAT 1
#endif

#endif
