# SPDX-License-Identifier: Apache-2.0
"""Debuggers at a board's GDB door: GDB itself, and one that speaks packet by packet."""

from __future__ import annotations

import shutil
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

from vmrig_server.emulator.doors.gdb import GdbDoor
from vmrig_server.emulator.doors.gdb_packets import PacketLine, pack

GDB = shutil.which("gdb-multiarch")
DEADLINE_S = 60.0


def gdb(door: GdbDoor, elf: Path, *commands: str) -> str:
    """Loads the program, resets into it and gives GDB these commands. Returns what it printed."""
    assert GDB is not None
    start = (
        *("set confirm off", "set pagination off", "set height 0", f"target remote 127.0.0.1:{door.port}"),
        *("load", "monitor reset", "flushregs"),
    )
    arguments = [part for command in (*start, *commands, "detach") for part in ("-ex", command)]
    done = subprocess.run(
        [GDB, "-nx", "-batch", *arguments, str(elf)],
        cwd=elf.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=DEADLINE_S,
        check=False,
    )
    return done.stdout


class Debugger:
    """The other side, packet by packet."""

    def __init__(self, door: GdbDoor | int) -> None:
        port = door if isinstance(door, int) else door.port
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)
        self._line = PacketLine(self._socket)

    def __enter__(self) -> Debugger:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def tell(self, packet: str | bytes) -> None:
        self._socket.sendall(pack(packet.encode() if isinstance(packet, str) else packet))

    def raw(self, data: bytes) -> None:
        self._socket.sendall(data)

    def answer(self) -> str:
        answer = self._line.read()
        assert answer is not None
        return answer.decode("latin-1")

    def gone(self) -> bool:
        with suppress(ConnectionResetError):
            return self._line.read() is None
        return True

    def ask(self, packet: str | bytes) -> str:
        self.tell(packet)
        return self.answer()
