/* SPDX-License-Identifier: Apache-2.0 */
/* On a chip, the functions that state.h has inline on the host. */
#define VM_SMALL_FUNCTIONS_HERE
#include "rooms.h"
