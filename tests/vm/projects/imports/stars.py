# SPDX-License-Identifier: Apache-2.0
__all__ = ["star_one", "star_two"]
star_one = 1
def star_two(): return 2
hidden = 3
