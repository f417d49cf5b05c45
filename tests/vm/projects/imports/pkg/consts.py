# SPDX-License-Identifier: Apache-2.0
PI = 3
ZERO = 0
