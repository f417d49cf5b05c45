# SPDX-License-Identifier: Apache-2.0
"""Names of registers by address, from the SVD files that come with pyOCD."""

from __future__ import annotations

import bisect
import functools
import threading
from dataclasses import dataclass

from vmrig_server.boards_data.schema import Chip

_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class RegisterName:
    """Where an address is.

    Attributes:
        peripheral: as the SVD file names it, else the chip file's device; "" for none.
        register: as the SVD file names it, else "+0x1C"; the address where there is no peripheral.
    """

    peripheral: str
    register: str

    def __str__(self) -> str:
        return f"{self.peripheral}.{self.register}" if self.peripheral else self.register


class RegisterNames:
    """Of one chip. Where one address has several names (a register that other modes of the peripheral call otherwise), the first one is given."""

    def __init__(self, chip: Chip) -> None:
        self._svd = chip.svd
        self._devices = sorted((device.base, device.name) for device in chip.devices)
        self._bases = [base for base, _ in self._devices]

    def name(self, address: int) -> RegisterName:
        """Of the register that has the byte at `address`."""
        # Read when the first name is asked for: it takes a second and tens of megabytes, and most boards never need one.
        named = _svd_registers(self._svd).get(address & ~3) if self._svd else None
        if named is not None:
            return named
        at = bisect.bisect_right(self._bases, address) - 1
        if at >= 0 and address - self._bases[at] < 0x1000:
            return RegisterName(self._devices[at][1], f"+0x{address - self._bases[at]:X}")
        return RegisterName("", f"0x{address:08X}")


def access_text(names: RegisterNames, address: int, value: int, write: bool) -> str:
    """``PWM0.PRESCALER (0x4001C510) write 0x3: not modelled``."""
    what = f"write 0x{value:X}" if write else "read"
    name = names.name(address)
    place = f"{name} (0x{address:08X})" if name.peripheral else str(name)
    return f"{place} {what}: not modelled"


def _svd_registers(file: str) -> dict[int, RegisterName]:
    with _lock:  # read once, by whoever comes first
        return _read_svd(file)


@functools.lru_cache(maxsize=8)
def _read_svd(file: str) -> dict[int, RegisterName]:
    from pyocd.debug.svd.loader import SVDFile

    svd = SVDFile.from_builtin(file)
    if svd is None:
        return {}
    svd.load()
    found: dict[int, RegisterName] = {}
    for peripheral in svd.device.peripherals:
        for register in peripheral.registers:
            # The first of an array inside a cluster is all that the parser tells of it.
            name = RegisterName(peripheral.name, register.name.replace("[%s]", "[0]"))
            found.setdefault((peripheral.base_address + register.address_offset) & ~3, name)
    return found
