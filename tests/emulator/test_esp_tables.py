# SPDX-License-Identifier: Apache-2.0
"""What is known of Espressif's chips through the installed esptool."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from vmrig_server.emulator import esp_tables
from vmrig_server.emulator.esp_tables import esp_table
from vmrig_server.errors import VmrigError

if importlib.util.find_spec("esptool") is None:
    pytest.skip("esptool is not installed: pip install 'vmrig[esp]'", allow_module_level=True)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VMRIG_HOME", str(tmp_path))
    return tmp_path / "cache"


def test_what_a_chip_is_known_by_comes_from_esptool() -> None:
    c3, esp32, esp8266 = esp_table("esp32c3"), esp_table("esp32"), esp_table("esp8266")
    assert (c3.chip_id, c3.magic, c3.boot_offset, c3.security_info) == (5, None, 0, True)
    assert (c3.spi.base, c3.spi.usr, c3.spi.w0, c3.spi.address_msb) == (0x60002000, 0x18, 0x58, False)
    assert (esp32.chip_id, esp32.magic, esp32.boot_offset, esp32.spi.address_msb) == (0, 0x00F01D83, 0x1000, True)
    assert (esp8266.chip_id, esp8266.magic, esp8266.spi.mosi_dlen) == (None, 0xFFF0C101, None)


def test_it_is_read_by_a_child_process_once_for_each_version(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = esp_table("esp32s3")
    (kept,) = own_cache.iterdir()
    assert kept.name.startswith("esptool-")
    esp_tables._read.cache_clear()

    def no_child(*_: object, **__: object) -> None:
        raise AssertionError("a child was started again")

    monkeypatch.setattr(subprocess, "run", no_child)
    assert esp_table("esp32s3") == first


def test_a_damaged_cache_is_made_again(own_cache: Path) -> None:
    first = esp_table("esp32h2")
    (kept,) = own_cache.iterdir()
    kept.write_text("{")
    esp_tables._read.cache_clear()
    assert esp_table("esp32h2") == first


def test_esptool_is_never_imported_here() -> None:
    code = "import sys, vmrig_server.emulator.esp_tables as t; t.esp_table('esp32'); print('esptool' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout == "False\n"


def test_without_esptool_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(VmrigError) as caught:
        esp_table("esp32")
    assert (caught.value.code, caught.value.next_command) == ("TOOL_MISSING", "pip install 'vmrig[esp]'")


def test_a_chip_that_esptool_does_not_know_is_named_with_those_it_knows() -> None:
    with pytest.raises(VmrigError, match="esp99") as caught:
        esp_table("esp99")
    assert caught.value.code == "CHIP_UNKNOWN"
    assert "esp32c3" in caught.value.evidence[0]
