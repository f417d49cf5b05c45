# SPDX-License-Identifier: Apache-2.0
"""Runs pytest-embedded, unmodified, against an emulated ESP32-C3: ``python -m tests.peers.embedded_suite`` (`make peers-embedded`).

Its services `esp` and `idf` open the board's terminal (with modem lines) and then its RFC 2217 port, flash an application in ESP-IDF's layout, expect what it prints, dump flash and
erase it. pytest-embedded and esptool are in a venv of their own. The exit status is 1 when something failed.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import shutil
import struct
import sys
import tempfile
import time
from pathlib import Path

from tests.peers.esp_board import plugged, run_logged, tool_environment, venv

TARGET, CHIP = "esp32c3_devkitm", "esp32c3"
PACKAGES = ("esptool>=5.3,<6", "pytest>=8", "pytest-embedded-serial-esp>=2.9", "pytest-embedded-idf>=2.9")
LIMIT_S = 600.0
DOORS = ("terminal", "rfc2217")
GREETING = "hello from RAM"
CODE, TEXT = 0x40380000, 0x3FC81000
PRINTF = 0x40000040
"""ets_printf in the ROM (esp32c3.rom.ld of ESP-IDF)."""

TEST = f'''
def test_the_application_greets(dut):
    dut.expect("ESP-ROM:{CHIP}")
    dut.expect("{GREETING}")

def test_flash_is_dumped_as_it_was_flashed(dut):
    dut.expect("{GREETING}")
    assert dut.serial.dump_flash(address="0x10000", size="0x1000") == bytes(range(256)) * 16

def test_erased_flash_boots_nothing(dut):
    dut.expect("{GREETING}")
    dut.serial.erase_flash()
    dut.expect("invalid header: 0xffffffff")
'''


IDF_TEST = """
def test_hello_world_of_esp_idf(dut):
    dut.expect("2nd stage bootloader")
    dut.expect("Calling app_main")
    dut.expect("Hello world!")
    dut.expect("Restarting in 9 seconds")
"""
"""Of ESP-IDF's example of that name, as its build leaves it: second stage, partition table, FreeRTOS."""


def _words(*words: int) -> bytes:
    return struct.pack(f"<{len(words)}I", *words)


def image() -> bytes:
    """An application that lies in RAM: it prints a line for ever, about twice a second of a chip at its first clock.

    RV32I (The RISC-V Instruction Set Manual, volume I, chapter 24); the image as the ROM's loader takes it (ESP-IDF, "App Image Format").
    """
    high, low = (TEXT + 0x800) >> 12, TEXT & 0xFFF
    s0, a0, ra, t0 = 8, 10, 1, 5
    code = _words(
        high << 12 | s0 << 7 | 0x37,  # lui s0, %hi(TEXT)
        low << 20 | s0 << 15 | a0 << 7 | 0x13,  # again: addi a0, s0, %lo(TEXT)
        PRINTF >> 12 << 12 | t0 << 7 | 0x37,  # lui t0, %hi(PRINTF)
        (PRINTF & 0xFFF) << 20 | t0 << 15 | ra << 7 | 0x67,  # jalr ra, %lo(PRINTF)(t0)
        0x00800 << 12 | t0 << 7 | 0x37,  # lui t0, 0x800
        (-1 & 0xFFF) << 20 | t0 << 15 | t0 << 7 | 0x13,  # wait: addi t0, t0, -1
        0xFE029EE3,  # bnez t0, wait
        0xFE5FF06F,  # j again
    )
    text = (GREETING + "\r\n\0").encode()
    body = b""
    checksum = 0xEF
    for address, data in ((CODE, code), (TEXT, text + bytes(-len(text) % 4))):
        body += _words(address, len(data)) + data
        for byte in data:
            checksum ^= byte
    header = struct.pack("<BBBBI", 0xE9, 2, 2, 0x20, CODE)  # 2 segments, DIO, 4 MB
    header += struct.pack("<B3xHBHH4xB", 0xEE, 5, 0, 0, 0xFFFF, 1)  # chip id, revisions, a digest follows
    whole = header + body
    whole += bytes(15 - len(whole) % 16) + bytes([checksum])
    return whole + hashlib.sha256(whole).digest()


def write_application(folder: Path) -> None:
    """What ESP-IDF's build leaves behind, as far as pytest-embedded reads it."""
    build = folder / "build"
    (build / "config").mkdir(parents=True)
    (build / "config" / "sdkconfig.json").write_text(json.dumps({"IDF_TARGET": CHIP}))
    (build / "bootloader.bin").write_bytes(image())
    (build / "table.bin").write_bytes(b"\xff" * 0xC00)
    (build / "app.bin").write_bytes(bytes(range(256)) * 16)
    files = {"0x0": "bootloader.bin", "0x8000": "table.bin", "0x10000": "app.bin"}
    flash = {
        "write_flash_args": ["--flash-mode", "dio", "--flash-size", "4MB", "--flash-freq", "40m"],
        "flash_settings": {"flash_mode": "dio", "flash_size": "4MB", "flash_freq": "40m"},
        "flash_files": files,
        "app": {"offset": "0x10000", "file": "app.bin", "encrypted": "false"},
        "extra_esptool_args": {"after": "hard_reset", "before": "default_reset", "stub": True, "chip": CHIP},
    }
    (build / "flasher_args.json").write_text(json.dumps(flash))


async def run(python: Path, logs: Path, door: str, idf_app: Path | None = None) -> bool:
    """With an application of our own, or with a built project of ESP-IDF's hello_world. True: everything passed."""
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / (f"{door}.log" if idf_app is None else f"{door}-idf.log")
    with tempfile.TemporaryDirectory(prefix="vmrig-peers-") as folder:
        scratch = Path(folder)
        if idf_app is None:
            write_application(scratch / "app")
        else:
            shutil.copytree(idf_app, scratch / "app")
        (scratch / "test_board.py").write_text(TEST if idf_app is None else IDF_TEST)
        async with plugged(scratch, TARGET) as board:
            command = [str(python), "-m", "pytest", "test_board.py", "-v", "-p", "no:cacheprovider"]
            command += ["--embedded-services", "esp,idf", "--target", CHIP, "--app-path", str(scratch / "app")]
            port = board.url if door == "rfc2217" else board.port
            command += ["--port", port, "--root-logdir", str(scratch / "logs")]
            started = time.monotonic()
            environment = tool_environment(python, board.environment)
            status = await run_logged(command, log, LIMIT_S, cwd=scratch, env=environment)
            seconds = time.monotonic() - started
    last = log.read_text(errors="replace").strip().splitlines()[-1:]
    what = "pytest-embedded" if idf_app is None else "ESP-IDF's hello_world with pytest-embedded"
    result = "passed" if status == 0 else "FAILED"
    sys.stdout.write(f"{what} on {TARGET} over {door}: {result} in {seconds:.1f} s\n")
    if status != 0:
        sys.stdout.write(f"{last[0] if last else 'it said nothing'}; see {log}\n")
    return status == 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.peers.embedded_suite", description=__doc__)
    parser.add_argument("--python", type=Path, help="of a venv with pytest-embedded; default: one is made")
    parser.add_argument("--doors", default=",".join(DOORS), help="with commas; over RFC 2217 a client is slow")
    parser.add_argument("--logs", type=Path, default=Path("build/peers-embedded"), help="folder of the output")
    parser.add_argument(
        "--idf-app", type=Path, help="a built project of ESP-IDF's hello_world for the ESP32-C3, to be run as well"
    )
    options = parser.parse_args()
    logs: Path = options.logs.resolve()
    python = options.python.absolute() if options.python else venv(logs, PACKAGES)
    doors = [door for door in DOORS if door in options.doors.split(",")]
    good = [asyncio.run(run(python, logs, door)) for door in doors]
    if options.idf_app is not None:
        good.append(asyncio.run(run(python, logs, DOORS[0], options.idf_app)))
    return 0 if good and all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
