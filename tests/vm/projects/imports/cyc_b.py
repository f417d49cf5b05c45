# SPDX-License-Identifier: Apache-2.0
import cyc_a
try:
    cyc_a.result
except AttributeError as e:
    print("b sees no result yet")
def other(): return "b" + str(hasattr(cyc_a, "result"))
nope = 1
del nope
