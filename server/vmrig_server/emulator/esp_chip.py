# SPDX-License-Identifier: Apache-2.0
"""Chips of which only the serial loader is emulated: what their files leave out comes from the installed esptool.

The file of such a chip (`loader_level`) names the devices that make it up; here they get the parameters that say where this member of the family has its
registers and how its loader speaks. What the file says itself stays.
"""

from __future__ import annotations

from vmrig_server.boards_data.schema import Chip, Device
from vmrig_server.emulator.esp_tables import EspTable, esp_table
from vmrig_server.errors import ErrorClass, VmrigError

SPI_REGION = 0x400
"""Of an `esp.spi_mem`, bytes."""
NO_CHIP_ID = 0xFFFF
"""Of the ESP8266, whose images have no such field."""
SECURITY_INFO_SIZE = 20
"""Bytes of the answer to GET_SECURITY_INFO; all loader-level chips that know it answer so (an ESP32-S2 would with 12)."""


def complete(chip: Chip) -> Chip:
    """The chip with the parameters of its devices filled in.

    Raises:
        VmrigError: as `esp_table`; EMULATOR_REFUSED: the file and esptool disagree.
    """
    if not chip.loader_level:
        return chip
    table = esp_table(chip.esptool_chip)
    fill = {"esp.rom": _rom, "esp.spi_mem": _spi, "esp.words": _words}
    devices = [
        device.model_copy(update={"params": {**fill[device.type](chip, device, table), **device.params}})
        if device.type in fill
        else device
        for device in chip.devices
    ]
    return chip.model_copy(update={"devices": devices})


def _rom(chip: Chip, device: Device, table: EspTable) -> dict[str, int]:
    return {
        "chip_id": NO_CHIP_ID if table.chip_id is None else table.chip_id,
        "security_length": SECURITY_INFO_SIZE if table.security_info else 0,
        "boot_offset": table.boot_offset,
        "stub_protocol": 1,  # nothing here could run what a tool uploads
    }


def _spi(chip: Chip, device: Device, table: EspTable) -> dict[str, int]:
    at = table.spi.base - device.base
    if not 0 <= at < SPI_REGION:
        raise VmrigError(
            "EMULATOR_REFUSED",
            f"the flash controller {device.name} of {chip.name} is not where esptool reaches for it",
            evidence=[f"{device.base:#x} in the chip's file", f"{table.spi.base:#x} in esptool"],
            error_class=ErrorClass.BENCH,
        )
    return {
        "at": at,
        "usr": table.spi.usr,
        "usr1": table.spi.usr1,
        "usr2": table.spi.usr2,
        "mosi_dlen": table.spi.mosi_dlen or 0,
        "miso_dlen": table.spi.miso_dlen or 0,
        "w0": table.spi.w0,
        "address_msb": int(table.spi.address_msb),
    }


def _words(chip: Chip, device: Device, table: EspTable) -> dict[str, int]:
    params = {}
    if table.magic is not None:
        params[f"at_{table.magic_address:08x}"] = table.magic
    if table.wdt_config0 is not None and table.wdt_wprotect is not None and table.wdt_key is not None:
        params |= {
            "wdt_config0": table.wdt_config0,
            "wdt_wprotect": table.wdt_wprotect,
            "wdt_key": table.wdt_key,
        }
    return params
