# SPDX-License-Identifier: Apache-2.0
"""ESP-IDF's list of what goes where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vmrig_client.cli.idf import flasher_files


def build(folder: Path, files: dict[str, str]) -> Path:
    for name in files.values():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"1")
    path = folder / "flasher_args.json"
    path.write_text(json.dumps({"write_flash_args": [], "flash_files": files}))
    return path


def test_every_file_of_the_build_gets_its_offset(tmp_path: Path) -> None:
    path = build(tmp_path, {"0x10000": "app.bin", "0x0": "bootloader/bootloader.bin"})
    assert flasher_files(path) == [(tmp_path / "bootloader/bootloader.bin", 0), (tmp_path / "app.bin", 0x10000)]


def test_a_file_outside_of_the_build_is_not_read(tmp_path: Path) -> None:
    inner = tmp_path / "build"
    inner.mkdir()
    with pytest.raises(ValueError, match="secret"):
        flasher_files(build(inner, {"0x0": "../secret.bin"}))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"flash_files": {"zero": "a"}}', '{"flash_files": 3}'])
def test_another_file_of_that_name_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "flasher_args.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="ESP-IDF"):
        flasher_files(path)
