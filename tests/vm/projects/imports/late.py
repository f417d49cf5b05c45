# SPDX-License-Identifier: Apache-2.0
print("late body")
N = 5
