# SPDX-License-Identifier: Apache-2.0
"""What the VM's module gc has not: collections cannot be switched off, and nothing is lost by asking."""

from gc import collect, mem_alloc, mem_free

_enabled = True


def enable():
    """Has no effect: collections come when the heap is full."""
    global _enabled
    _enabled = True


def disable():
    """Has no effect, either."""
    global _enabled
    _enabled = False


def isenabled():
    """What was said last."""
    return _enabled
