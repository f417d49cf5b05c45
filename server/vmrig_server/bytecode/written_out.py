# SPDX-License-Identifier: Apache-2.0
"""Members of native modules that the compiler writes out where they are used, so that no VM has to have them."""

from __future__ import annotations

WRITTEN_OUT = {
    "board.WAKE": "64",  # HAL_RESET_ of core/hal.h
    "board.WAKE_TIMER": "128",
    "sys.byteorder": "'little'",
    "sys.hexversion": "0x030B00F0",
    "sys.implementation.name": "'vmrig'",
    "sys.implementation.version": "(0, 1, 0, 'final', 0)",
    "sys.maxunicode": "0x10FFFF",
    "sys.platform": "'vmrig'",
    "sys.version": "'3.11.0; vmrig 0.1.0'",
    "sys.version_info": "(3, 11, 0, 'final', 0)",
}
"""Their values by "module.name", as expressions. `version` is that of the language, as in CPython; `implementation.version` the server's."""
