# SPDX-License-Identifier: Apache-2.0
"""Read-out protection (RDP) of STM32F1, F4 and L4: a debugger gets in, but not at the flash. Taking it away erases the flash (PM0075, RM0090, RM0351, "Read
protection").

Level 2 shuts the debug port for good; such a chip is one that does not answer.
"""

from __future__ import annotations

import contextlib
import time
from typing import Any

from pyocd.core import exceptions
from pyocd.target.builtin import (
    target_STM32F103RC,
    target_STM32F412xx,
    target_STM32F429xx,
    target_STM32F439xx,
    target_STM32L432xx,
    target_STM32L475xx,
)

F1 = (target_STM32F103RC.STM32F103RC,)
F4 = (
    target_STM32F412xx.STM32F412xE,
    target_STM32F412xx.STM32F412xG,
    target_STM32F429xx.STM32F429xG,
    target_STM32F429xx.STM32F429xI,
    target_STM32F439xx.STM32F439xG,
    target_STM32F439xx.STM32F439xI,
)
L4 = (target_STM32L432xx.STM32L432xC, target_STM32L475xx.STM32L475xx)
"""pyOCD's classes of the chips; those made known to it from chip files are derived from them."""

_TIMEOUT_S = 60.0
"""The largest of these chips erases its 2 MB in 16 seconds, typically, and 32 at most."""
_KEYS = (0x45670123, 0xCDEF89AB)
_OPTION_KEYS = (0x08192A3B, 0x4C5D6E7F)
_OPEN = 0xAA
_BSY = 1 << 16


def _keys(target: Any, register: int, keys: tuple[int, int]) -> None:
    for key in keys:
        target.write32(register, key)


def _wait(target: Any, register: int, mask: int) -> None:
    deadline = time.monotonic() + _TIMEOUT_S
    while target.read32(register) & mask:
        if time.monotonic() > deadline:
            raise exceptions.TimeoutError(f"bits {mask:#x} at {register:#010x}")


# --- F1: the option bytes are flash of their own

_F1_KEYR, _F1_OPTKEYR, _F1_SR, _F1_CR, _F1_OBR = (0x40022000 + offset for offset in (0x04, 0x08, 0x0C, 0x10, 0x1C))
_F1_RDP = 0x1FFFF800
_F1_MER, _F1_OPTPG, _F1_OPTER, _F1_STRT, _F1_OPTWRE = 1 << 2, 1 << 4, 1 << 5, 1 << 6, 1 << 9


def f1_is_locked(target: Any) -> bool:
    return bool(target.read32(_F1_OBR) & 2)


def f1_erase(target: Any) -> None:
    target.reset_and_halt()
    _keys(target, _F1_KEYR, _KEYS)
    _keys(target, _F1_OPTKEYR, _KEYS)
    for erase in (_F1_OPTER, 0 if f1_is_locked(target) else _F1_MER):
        if erase:
            target.write32(_F1_CR, erase | _F1_OPTWRE)
            target.write32(_F1_CR, erase | _F1_OPTWRE | _F1_STRT)
            _wait(target, _F1_SR, 1)
    target.write32(_F1_CR, _F1_OPTPG | _F1_OPTWRE)
    target.write16(_F1_RDP, 0xA5)  # opens it; the controller erases the flash first
    _wait(target, _F1_SR, 1)
    target.write32(_F1_CR, 1 << 7)
    target.reset_and_halt()


# --- F4: the option bytes are registers

_F4_KEYR, _F4_OPTKEYR, _F4_SR, _F4_CR, _F4_OPTCR, _F4_OPTCR1 = (0x40023C00 + offset for offset in range(0x04, 0x1C, 4))
_F4_NOT_PROTECTED = 0x0FFF0000
_F4_MASS_ERASE = 1 << 15 | 2 << 8 | 1 << 2
_F4_START, _F4_OPTSTRT, _F4_OPTLOCK = 1 << 16, 1 << 1, 1


def f4_is_locked(target: Any) -> bool:
    return bool(target.read32(_F4_OPTCR) >> 8 & 0xFF != _OPEN)


def f4_erase(target: Any) -> None:
    target.reset_and_halt()
    locked = f4_is_locked(target)
    _keys(target, _F4_OPTKEYR, _OPTION_KEYS)
    kept = target.read32(_F4_OPTCR) & ~(0xFF00 | _F4_OPTLOCK)
    target.write32(_F4_OPTCR, kept | _OPEN << 8 | _F4_NOT_PROTECTED)
    target.write32(_F4_OPTCR, kept | _OPEN << 8 | _F4_NOT_PROTECTED | _F4_OPTSTRT)
    _wait(target, _F4_OPTCR, _F4_OPTSTRT)
    _wait(target, _F4_SR, _BSY)
    target.write32(_F4_OPTCR, target.read32(_F4_OPTCR) | _F4_OPTLOCK)
    if not locked:
        _keys(target, _F4_KEYR, _KEYS)
        target.write32(_F4_CR, _F4_MASS_ERASE)
        target.write32(_F4_CR, _F4_MASS_ERASE | _F4_START)
        _wait(target, _F4_SR, _BSY)
    target.write32(_F4_CR, 1 << 31)
    target.reset_and_halt()


# --- L4: likewise; what was written is loaded by a reset of its own

_L4_KEYR, _L4_OPTKEYR, _L4_SR, _L4_CR = (0x40022000 + offset for offset in (0x08, 0x0C, 0x10, 0x14))
_L4_OPTR, _L4_AREAS = 0x40022020, (0x4002202C, 0x40022030, 0x4002204C, 0x40022050)
_L4_MASS_ERASE = 1 << 15 | 1 << 2
_L4_START, _L4_OPTSTRT, _L4_OBL_LAUNCH, _L4_ERRORS = 1 << 16, 1 << 17, 1 << 27, 0xC3FA
_L4_NO_AREA = 0xFF00FFFF


def l4_is_locked(target: Any) -> bool:
    return bool(target.read32(_L4_OPTR) & 0xFF != _OPEN)


def l4_erase(target: Any) -> None:
    target.reset_and_halt()
    locked = l4_is_locked(target)
    _keys(target, _L4_KEYR, _KEYS)
    _keys(target, _L4_OPTKEYR, _OPTION_KEYS)
    target.write32(_L4_SR, _L4_ERRORS)
    for area in _L4_AREAS:
        target.write32(area, _L4_NO_AREA)
    target.write32(_L4_OPTR, target.read32(_L4_OPTR) & ~0xFF | _OPEN)
    target.write32(_L4_CR, _L4_OPTSTRT)
    _wait(target, _L4_SR, _BSY)
    if not locked:
        target.write32(_L4_CR, _L4_MASS_ERASE)
        target.write32(_L4_CR, _L4_MASS_ERASE | _L4_START)
        _wait(target, _L4_SR, _BSY)
    with contextlib.suppress(exceptions.TransferError):  # the chip resets at once
        target.write32(_L4_CR, _L4_OBL_LAUNCH)
    target.reset_and_halt()
