# SPDX-License-Identifier: Apache-2.0
import cyc_b
def result(): return "a" + cyc_b.other()
try:
    cyc_b.nope
except AttributeError as e:
    print("a sees:", e)
