# SPDX-License-Identifier: Apache-2.0
"""Unmodified pyOCD uses an emulated board by every door."""

from __future__ import annotations

import json
import random
import re
import subprocess
from pathlib import Path

from .conftest import SCRIPTS, Bench, EmulatedHandle


def _pyocd(bench: Bench, *words: str) -> str:
    done = bench.command("pyocd", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_pyocd_list_names_board_and_target(bench: Bench, emulated: EmulatedHandle) -> None:
    listed = json.loads(_pyocd(bench, "json", "-p"))
    (board,) = [board for board in listed["boards"] if board["unique_id"] == emulated.serial]
    assert board["target"] == "nrf52833"
    line = next(line for line in _pyocd(bench, "list").splitlines() if emulated.serial in line)
    assert "nrf52833" in line


def test_pyocd_flash_needs_no_target_and_leaves_what_the_file_has(
    bench: Bench, emulated: EmulatedHandle, tmp_path: Path
) -> None:
    image = tmp_path / "random.bin"
    image.write_bytes(random.Random(1).randbytes(32768))
    _pyocd(bench, "flash", "-u", emulated.serial, str(image))
    back = tmp_path / "back.bin"
    _pyocd(bench, "cmd", "-u", emulated.serial, "-c", f"savemem 0 32768 {back}")
    assert back.read_bytes() == image.read_bytes()


def test_pyocd_works_as_a_remote_probe(bench: Bench, emulated: EmulatedHandle, tmp_path: Path) -> None:
    remote = f"remote:127.0.0.1:{emulated.remote_port}"
    image = tmp_path / "random.bin"
    image.write_bytes(random.Random(2).randbytes(8192))
    _pyocd(bench, "flash", "-u", remote, "-t", "nrf52833", str(image))
    assert image.read_bytes()[:4][::-1].hex() in _pyocd(bench, "cmd", "-u", remote, "-t", "nrf52833", "-c", "read32 0")


def test_pyocd_gdbserver_serves_the_gdb_protocol(bench: Bench, emulated: EmulatedHandle, firmware: Path) -> None:
    _pyocd(bench, "flash", "-u", emulated.serial, str(firmware))
    command = [str(SCRIPTS / "pyocd"), "gdbserver", "-u", emulated.serial, "--port", "0", "--telnet-port", "0"]
    server = subprocess.Popen(
        command, env=bench.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert server.stdout is not None
        port = 0
        for line in server.stdout:
            if found := re.search(r"GDB server (?:listening|started) (?:at|on) port (\d+)", line):
                port = int(found[1])
                break
        assert port, "no port was announced"
        assert _gdb_registers(port)[15] & ~1 == 0x40
    finally:
        server.terminate()
        server.wait(timeout=20)


def _gdb_registers(port: int) -> list[int]:
    """Registers by the remote protocol's `g`, after a halting reset: r0 to r15."""
    import socket

    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:

        def ask(packet: str) -> str:
            line.sendall(b"$" + packet.encode() + b"#" + f"{sum(packet.encode()) & 255:02x}".encode())
            answer = b""
            while not re.search(rb"\$[^#]*#..", answer):
                answer += line.recv(4096)
            line.sendall(b"+")
            text = re.findall(rb"\$([^#]*)#..", answer)[-1].decode()
            return text

        ask("qSupported")
        ask("?")
        registers = ask("g")
    return [int.from_bytes(bytes.fromhex(registers[at : at + 8]), "little") for at in range(0, 128, 8)]
