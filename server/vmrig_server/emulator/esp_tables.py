# SPDX-License-Identifier: Apache-2.0
"""What esptool knows of Espressif's chips: where their registers are, how their ROM's loader speaks.

esptool is a program of its own with a licence of its own (GPL): its target classes are read by a child process, once for each installed version, and what they
say is kept as JSON in the cache folder. Nothing of it is imported here.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.paths import cache_dir

READ_LIMIT_S = 60.0
_FORMAT = 1
"""Of the cache's files."""

_READER = """
import json, sys
from esptool.targets import CHIP_DEFS
def plain(cls):
    names = [name for name in dir(cls) if name.isupper()]
    values = {name: getattr(cls, name) for name in names}
    return {name: value for name, value in values.items() if value is None or isinstance(value, (bool, int, str))}
json.dump({name: plain(cls) for name, cls in CHIP_DEFS.items()}, sys.stdout)
"""


@dataclass(frozen=True, slots=True)
class SpiRegisters:
    """The SPI controller through which esptool reaches the flash; offsets from `base`. None: the chip has no such register."""

    base: int
    usr: int
    usr1: int
    usr2: int
    mosi_dlen: int | None
    miso_dlen: int | None
    w0: int
    address_msb: bool
    """The 24-bit address is at the upper end of ADDR."""


@dataclass(frozen=True, slots=True)
class EspTable:
    """One chip. Addresses are those of READ_REG and WRITE_REG; None: it has no such thing."""

    chip: str
    title: str
    chip_id: int | None
    """In image headers and in GET_SECURITY_INFO."""
    magic: int | None
    """Of chips that are told apart by the word at `magic_address`."""
    magic_address: int
    spi: SpiRegisters
    efuse_base: int | None
    mac_address: int | None
    uart_date: int
    uart_clkdiv: int | None
    xtal_divider: int
    wdt_config0: int | None
    wdt_wprotect: int | None
    wdt_key: int | None
    boot_offset: int
    security_info: bool
    """The ROM knows the command GET_SECURITY_INFO."""
    flash_32bit: bool


def esp_table(chip: str) -> EspTable:
    """What the installed esptool says of a chip, by esptool's name for it.

    Raises:
        VmrigError: TOOL_MISSING (esptool is not installed), TOOL_FAILED (it could not be read), CHIP_UNKNOWN (it does not know the chip).
    """
    chips = _chips(_package())
    if chip not in chips:
        raise VmrigError(
            "CHIP_UNKNOWN", f"esptool does not know the chip '{chip}'", evidence=[f"known: {', '.join(sorted(chips))}"]
        )
    return _table(chip, chips[chip])


def _package() -> Path:
    """The folder of the installed esptool."""
    spec = importlib.util.find_spec("esptool")  # of a package of its own: finds it and runs nothing of it
    if spec is None or spec.origin is None:
        raise VmrigError(
            "TOOL_MISSING",
            "esptool is not installed: what it knows of this chip is needed",
            next_command="pip install 'vmrig[esp]'",
            error_class=ErrorClass.BENCH,
        )
    return Path(spec.origin).parent


def _stamp(package: Path) -> str:
    """Another one for each version, and for each edit of an editable installation."""
    try:
        version = importlib.metadata.version("esptool")
    except importlib.metadata.PackageNotFoundError:
        version = "unknown"
    digest = hashlib.sha256(str(package).encode())
    for file in sorted((package / "targets").glob("*.py")):
        digest.update(f"{file.name} {file.stat().st_mtime_ns}".encode())
    return f"esptool-{version}-{digest.hexdigest()[:12]}"


def _chips(package: Path) -> Mapping[str, Mapping[str, Any]]:
    return _read(_stamp(package), cache_dir())


@functools.lru_cache(maxsize=4)
def _read(stamp: str, folder: Path) -> Mapping[str, Mapping[str, Any]]:
    path = folder / f"{stamp}.{_FORMAT}.json"
    try:
        chips = json.loads(path.read_bytes())
    except (OSError, ValueError):
        chips = _ask()
        _keep(path, chips)
    return chips if isinstance(chips, dict) else {}


def _ask() -> Any:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        answer = subprocess.run(
            [sys.executable, "-c", _READER],
            capture_output=True,
            timeout=READ_LIMIT_S,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=True,
        )
        return json.loads(answer.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        output = getattr(error, "stderr", None) or b""
        lines = output.decode(errors="replace").strip().splitlines()[-5:]
        raise VmrigError(
            "TOOL_FAILED",
            "the installed esptool could not say what it knows of its chips",
            evidence=lines or [str(error)],
            next_command="pip install --upgrade 'vmrig[esp]'",
            error_class=ErrorClass.BENCH,
        ) from None


def _keep(path: Path, chips: Any) -> None:
    """A cache that cannot be written is no reason to fail."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".part", delete=False) as part:
            json.dump(chips, part)
        Path(part.name).replace(path)
    except OSError:
        return


def _table(chip: str, said: Mapping[str, Any]) -> EspTable:
    def number(name: str) -> int | None:
        value = said.get(name)
        return value if isinstance(value, int) else None

    spi: dict[str, Any] = {
        "base": number("SPI_REG_BASE"),
        "usr": number("SPI_USR_OFFS"),
        "usr1": number("SPI_USR1_OFFS"),
        "usr2": number("SPI_USR2_OFFS"),
        "mosi_dlen": number("SPI_MOSI_DLEN_OFFS"),
        "miso_dlen": number("SPI_MISO_DLEN_OFFS"),
        "w0": number("SPI_W0_OFFS"),
        "address_msb": bool(said.get("SPI_ADDR_REG_MSB")),
    }
    values: dict[str, Any] = {
        "chip": chip,
        "title": str(said.get("CHIP_NAME", chip)),
        "chip_id": number("IMAGE_CHIP_ID"),
        "magic": number("MAGIC_VALUE") if said.get("USES_MAGIC_VALUE") else None,
        "magic_address": number("CHIP_DETECT_MAGIC_REG_ADDR"),
        "spi": SpiRegisters(**spi),
        "efuse_base": number("EFUSE_BASE") or number("EFUSE_RD_REG_BASE"),
        "mac_address": number("MAC_EFUSE_REG") or number("ESP_OTP_MAC0"),
        "uart_date": number("UART_DATE_REG_ADDR"),
        "uart_clkdiv": number("UART_CLKDIV_REG"),
        "xtal_divider": number("XTAL_CLK_DIVIDER"),
        "wdt_config0": number("RTC_CNTL_WDTCONFIG0_REG"),
        "wdt_wprotect": number("RTC_CNTL_WDTWPROTECT_REG"),
        "wdt_key": number("RTC_CNTL_WDT_WKEY"),
        "boot_offset": number("BOOTLOADER_FLASH_OFFSET"),
        "security_info": bool(said.get("SECURITY_INFO_SUPPORTED")),
        "flash_32bit": bool(said.get("FLASH_32BIT_ADDR_SUPPORTED")),
    }
    spi_needed = {key: spi[key] for key in ("base", "usr", "usr1", "usr2", "w0")}
    needed = {key: values[key] for key in ("magic_address", "uart_date", "boot_offset")}
    missing = [key for key, value in {**spi_needed, **needed}.items() if value is None]
    if missing:
        raise VmrigError(
            "TOOL_FAILED",
            f"the installed esptool does not say everything of '{chip}' that its emulation needs",
            evidence=[f"missing: {', '.join(missing)}"],
            error_class=ErrorClass.BENCH,
        )
    assert set(values) == {field.name for field in fields(EspTable)}
    return EspTable(**values)
