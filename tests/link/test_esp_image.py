# SPDX-License-Identifier: Apache-2.0
"""The images that ESP boot ROMs load: esptool, which knows the format, finds in them what was put in."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from vmrig_server.images import load_image

ROOT = Path(__file__).resolve().parents[2]
RAM, ROM_RAM = 0x3FC80000, 0x3FCCAE00
"""Where RAM begins, and the boot ROM's buffers while it loads: an image that ends before can be loaded over the serial line, too."""
ENTRY, CODE, DATA = 0x40384100, 0x40384100, 0x3FC90000


@pytest.fixture
def esp() -> ModuleType:
    """vmimages/esp_image.py, which is beside a script."""
    spec = importlib.util.spec_from_file_location("vmimages_esp_image", ROOT / "vmimages" / "esp_image.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def image_info(image: Path) -> str:
    """What esptool says of an image."""
    if importlib.util.find_spec("esptool") is None:
        pytest.skip("esptool is in the extra 'esp'")
    command = [sys.executable, "-m", "esptool", "image-info", str(image)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_esptool_reads_what_was_written(esp: ModuleType, tmp_path: Path) -> None:
    segments = [esp.Segment(CODE, bytes(range(250)) * 33), esp.Segment(DATA, b"constants")]
    path = tmp_path / "image.bin"
    path.write_bytes(esp.esp_image(5, 4 << 20, ENTRY, segments))
    said = image_info(path)
    assert "Chip ID: 5 (ESP32-C3)" in said
    assert f"Entry point: {ENTRY:#x}" in said
    assert "Flash size: 4MB" in said
    assert re.findall(r"\d\s+(0x\w+)\s+(0x\w+)\s+0x\w+\s+[ID]RAM", said) == [
        (f"{len(segments[0].data) + 2:#07x}", f"{CODE:#010x}"),
        ("0x0000c", f"{DATA:#010x}"),
    ]
    assert re.search(r"Checksum: \w+ \(valid\)", said) and re.search(r"Validation hash: \w+ \(valid\)", said)


@pytest.mark.parametrize(("target", "name"), [("esp32c3_devkitm", "vm"), ("esp32c3_supermini", "register")])
def test_the_shipped_images_are_whole_to_esptool_and_leave_the_rom_its_ram(target: str, name: str) -> None:
    said = image_info(ROOT / "vmimages" / "images" / target / f"{name}.bin")
    assert "Chip ID: 5 (ESP32-C3)" in said and said.count("(valid)") == 2
    assert load_image(target, name).ram_size <= ROM_RAM - RAM


@pytest.mark.parametrize("length", range(1, 18))
def test_every_length_ends_in_a_whole_line_and_its_hash(esp: ModuleType, length: int) -> None:
    image = esp.esp_image(5, 4 << 20, ENTRY, [esp.Segment(CODE, b"\xa5" * length)])
    assert (len(image) - 32) % 16 == 0
    checksum = 0xEF
    for byte in b"\xa5" * length:
        checksum ^= byte
    assert image[-33] == checksum


def test_what_no_rom_would_load_is_refused(esp: ModuleType) -> None:
    good = esp.Segment(CODE, bytes(4))
    for flash_size, segments in ((3 << 20, [good]), (4 << 20, []), (4 << 20, [good] * 17)):
        with pytest.raises(ValueError):
            esp.esp_image(5, flash_size, ENTRY, segments)
    with pytest.raises(ValueError):
        esp.esp_image(5, 4 << 20, ENTRY, [esp.Segment(CODE + 2, bytes(4))])
