/* SPDX-License-Identifier: Apache-2.0 */
#define LE_HERE
#include "le.h"
