# SPDX-License-Identifier: Apache-2.0
"""The program's heap, in bytes."""

def collect() -> int:
    """Returns the bytes that it freed."""

def mem_alloc() -> int:
    """In use, garbage not yet found included."""

def mem_free() -> int:
    """Not in use."""
