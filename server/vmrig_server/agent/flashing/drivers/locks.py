# SPDX-License-Identifier: Apache-2.0
"""Chips that are locked against debugging: how to tell, and how all of one is erased, which is the only way to open it.

pyOCD knows the locks that have an access port of their own (Nordic's CTRL-AP, Kinetis' MDM-AP): its ``is_locked`` and ``mass_erase``, and its option
``auto_unlock``, by which it erases such a chip while it connects. Locks that pyOCD knows nothing of have an entry in `OWN`.
What else a lock asks for around flashing is here, too.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyocd.core import exceptions
from pyocd.flash.loader import MemoryLoader
from pyocd.target.builtin.target_nRF51822_xxAA import NRF51
from pyocd.target.family.target_kinetis import Kinetis

from vmrig_server.agent.flashing.drivers import locks_stm32
from vmrig_server.agent.flashing.drivers.child_io import ToolError

ERASE_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that pyOCD does not know.

    Attributes:
        family: pyOCD's class of the chips that have it.
        is_locked: whether this connected chip is.
        erase: erases all of it, settings included, and leaves it open; also one that is not locked.
    """

    family: type | tuple[type, ...]
    is_locked: Callable[[Any], bool]
    erase: Callable[[Any], None]


_NRF51_CODEPAGESIZE = 0x10000010
_NRF51_NVMC_READY, _NRF51_NVMC_CONFIG, _NRF51_NVMC_ERASEALL = 0x4001E400, 0x4001E504, 0x4001E50C
_REN, _EEN = 0, 2


def _nrf51_is_locked(target: Any) -> bool:
    """nRF51 RM, section "MPU", "Readback protection": a debugger reads zeros, here of a register of FICR that is never zero."""
    return int(target.read32(_NRF51_CODEPAGESIZE)) == 0


def _nrf51_erase(target: Any) -> None:
    """The flash controller stays within reach; the protection, which is in UICR, is looked at in a reset."""
    target.write32(_NRF51_NVMC_CONFIG, _EEN)
    target.write32(_NRF51_NVMC_ERASEALL, 1)
    deadline = time.monotonic() + ERASE_TIMEOUT_S
    while not target.read32(_NRF51_NVMC_READY) & 1:
        if time.monotonic() > deadline:
            raise exceptions.TimeoutError("NVMC.READY after ERASEALL")
    target.write32(_NRF51_NVMC_CONFIG, _REN)
    target.reset_and_halt()


OWN: tuple[Lock, ...] = (
    Lock(NRF51, _nrf51_is_locked, _nrf51_erase),
    Lock(locks_stm32.F1, locks_stm32.f1_is_locked, locks_stm32.f1_erase),
    Lock(locks_stm32.F4, locks_stm32.f4_is_locked, locks_stm32.f4_erase),
    Lock(locks_stm32.L4, locks_stm32.l4_is_locked, locks_stm32.l4_erase),
)


def _own(target: Any) -> Lock | None:
    return next((lock for lock in OWN if isinstance(target, lock.family)), None)


def is_locked(target: Any, *, connected: bool) -> bool:
    """Whether the chip is locked.

    Args:
        target: of a session that was opened, or could not be.
        connected: whether its core was found; pyOCD's own locks keep it from being.
    """
    lock = _own(target)
    if lock is not None:
        return connected and lock.is_locked(target)
    if connected:
        return False
    with contextlib.suppress(exceptions.Error, AttributeError):
        return bool(target.is_locked())
    return False


def mass_erase(target: Any) -> None:
    """Erases all of a chip with its settings, by the way that also opens a locked one."""
    lock = _own(target)
    if lock is not None:
        lock.erase(target)
    else:
        target.mass_erase()


def tell_mass_erase(target: Any, tell: Callable[[], None]) -> None:
    """Has `tell` called when pyOCD mass-erases the chip by itself while it connects."""
    erase = target.mass_erase

    def told() -> Any:
        tell()
        return erase()

    target.mass_erase = told


def forget(target: Any) -> None:
    """Ends `tell_mass_erase`."""
    del target.mass_erase


# --- Kinetis: the flash configuration field at 0x400 decides about the lock at each reset; erased flash is locked

_KINETIS_FIELD, _KINETIS_FSEC_OFFSET, _KINETIS_OPEN = 0x400, 12, 0xFE


def as_programmed(target: Any, address: int, data: bytes) -> bytes:
    """What pyOCD writes for these bytes: of a Kinetis, never a flash configuration field that would lock the chip."""
    if not isinstance(target, Kinetis):
        return data
    region = target.memory_map.get_region_for_address(address)
    return bytes(region.flash.override_security_bits(address, data)) if region and region.is_flash else data


def keep_open(session: Any) -> None:
    """A Kinetis whose flash was erased would come out of the next reset locked, by our doing and not by the user's wish."""
    target = session.target
    if not isinstance(target, Kinetis):
        return
    field = bytearray(target.read_memory_block8(_KINETIS_FIELD, 16))
    if field[_KINETIS_FSEC_OFFSET] != 0xFF:
        return
    field[_KINETIS_FSEC_OFFSET] = _KINETIS_OPEN
    loader = MemoryLoader(session, chip_erase="sector", smart_flash=True, trust_crc=False, keep_unwritten=True)
    loader.add_data(_KINETIS_FIELD, bytes(field))
    loader.commit()


def release(target: Any) -> None:
    """pyOCD opens a locked Kinetis under nRESET, and leaves that asserted."""
    if isinstance(target, Kinetis) and target.dp.is_reset_asserted():
        target.dp.assert_reset(False)


def locked_error(board: str) -> ToolError:
    """``CHIP_LOCKED``."""
    return ToolError(
        "CHIP_LOCKED",
        "The chip is locked against debugging. Only erasing all of it opens it: program, data and settings (UICR, option bytes, the lock) are lost.",
        next_command=f"vmrig erase {board} --mass",
        error_class=1,
    )
