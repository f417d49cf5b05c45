# SPDX-License-Identifier: Apache-2.0
"""`|` of the classes derived from dict: the result is of the class itself."""


def merged(left, right):
    """left | right, where left is of such a class."""
    if not isinstance(right, dict):
        return NotImplemented
    new = left.copy()
    new.update(right)
    return new


def merged_after(right, left):
    """left | right, where right is of such a class."""
    if not isinstance(left, dict):
        return NotImplemented
    new = right.copy()
    new.clear()
    new.update(left)
    new.update(right)
    return new
