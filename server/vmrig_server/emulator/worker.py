# SPDX-License-Identifier: Apache-2.0
"""The worker process: ``python -m vmrig_server.emulator.worker --control SOCKET --home DIR``.

It hosts many boards. A crash of the C code costs the boards of one worker; they are plugged in again from their files. The control service is private to
the pool: a unix socket, a JSON object a line: ``{id, method, params}`` -> ``{id, result}`` or ``{id, error: {code, message, evidence, next_command, error_class}}``.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vmrig_server import sockets
from vmrig_server.emulator.board import Pace
from vmrig_server.emulator.doors.listener import Listener
from vmrig_server.emulator.doors.serial import SerialLoop
from vmrig_server.emulator.hosted import Folders, HostedBoard
from vmrig_server.emulator.scheduler import Scheduler
from vmrig_server.errors import ErrorClass, VmrigError

LOG = logging.getLogger(__name__)
LOG_PERIOD_S = 0.5
"""How often accesses that nobody models are looked for."""
THREADS = 2
"""Threads that run boards. The pool starts as many workers as there are processors; the second thread keeps a board's slice from delaying the others."""


class Worker:
    """The boards of this process, and the methods of the control service."""

    def __init__(self, home: Path) -> None:
        self._scheduler = Scheduler(THREADS)
        self._serial_loop = SerialLoop()
        self._folders = Folders(home / "run")
        self._lock = threading.Lock()
        self._boards: dict[str, HostedBoard] = {}
        self.shutdown = threading.Event()
        self._scheduler.add(self).wake()
        self.methods: dict[str, Callable[..., Any]] = {
            "create": self.create,
            "remove": self.remove,
            "plug": self.plug,
            "unplug": self.unplug,
            "power": self.power,
            "set_pace": self.set_pace,
            "pin_drive": lambda serial, pin, level: self._board(serial).drive_pin(pin, level),
            "pin_level": lambda serial, pin: self._board(serial).pin_level(pin),
            "pin_edges": lambda serial, start=0, pin="": self._board(serial).pin_edges(start, pin),
            "trace_start": lambda serial, what, from_reset: self._board(serial).trace.start(what, from_reset),
            "trace_read": lambda serial: self._board(serial).trace.read(),
            "trace_counts": lambda serial: self._board(serial).trace.counts(),
            "trace_stop": lambda serial: self._board(serial).trace.stop(),
            "coverage": lambda serial: self._board(serial).coverage(),
            "unmodelled": lambda serial, index=0: self._board(serial).unmodelled(index),
            "status": lambda serial: self._board(serial).status(),
            "statuses": self.statuses,
            "shutdown": self.shutdown.set,
        }

    def _board(self, serial: str) -> HostedBoard:
        board = self._boards.get(serial)
        if board is None:
            raise VmrigError("EMULATED_BOARD_UNKNOWN", f"this worker has no board with serial {serial}")
        return board

    def run_slice(self) -> float:
        """Called by the scheduler once in a while: writes down what boards have missed."""
        with self._lock:
            boards = tuple(self._boards.values())
        for board in boards:
            board.log_unmodelled()
        return time.monotonic() + LOG_PERIOD_S

    def create(self, target: str, serial: str, storage: str, pace: str = "real", usb: str = "") -> dict[str, Any]:
        """Builds a board, unplugged."""
        with self._lock:
            if serial in self._boards:
                raise VmrigError("EMULATED_BOARD_EXISTS", f"this worker has a board with serial {serial} already")
            board = HostedBoard(
                target, serial, Path(storage), Pace(pace), self._scheduler, self._serial_loop, self._folders, usb
            )
            self._boards[serial] = board
        return board.status()

    def remove(self, serial: str) -> None:
        """Unplugs a board and forgets it. Its files stay."""
        with self._lock:
            board = self._board(serial)
            board.close()
            del self._boards[serial]

    def plug(
        self,
        serial: str,
        bus: int,
        port: int,
        address: int,
        remote_port: int = 0,
        dap_port: int = 0,
        rfc2217_port: int = 0,
        gdb_port: int = 0,
    ) -> dict[str, Any]:
        with self._lock:
            board = self._board(serial)
            board.plug(bus, port, address, remote_port, dap_port, rfc2217_port, gdb_port)
            return board.status()

    def unplug(self, serial: str) -> dict[str, Any]:
        with self._lock:
            board = self._board(serial)
            board.unplug()
            return board.status()

    def power(self, serial: str, on: bool) -> dict[str, Any]:
        """Of the chip; an unplugged board has no power to give."""
        board = self._board(serial)
        if on and not board.plugged:
            raise VmrigError("NOT_PLUGGED", f"emulated board {serial} is not plugged in: it has no power")
        board.board.power(on)
        return board.status()

    def set_pace(self, serial: str, pace: str) -> dict[str, Any]:
        board = self._board(serial)
        board.board.set_pace(Pace(pace))
        return board.status()

    def statuses(self, serials: list[str]) -> list[dict[str, Any]]:
        """Of those of the boards that are here, in their order."""
        boards = [self._boards.get(serial) for serial in serials]
        return [board.status() for board in boards if board is not None]

    def close(self) -> None:
        """Ends all boards, in order."""
        with self._lock:
            for board in self._boards.values():
                board.close()
            self._boards.clear()
        self._scheduler.close()
        self._serial_loop.close()


class ControlService(Listener):
    """Answers the pool."""

    def __init__(self, worker: Worker, path: Path) -> None:
        self._worker = worker
        super().__init__(sockets.listen(path), "control")

    def serve(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            for line in lines:
                connection.sendall(self._answer(line))

    def _answer(self, line: bytes) -> bytes:
        number: Any = None
        try:
            request = json.loads(line)
            number = request["id"]
            method = self._worker.methods[request["method"]]
            params = request.get("params", {})
        except (ValueError, KeyError, TypeError) as error:
            return _failure(number, VmrigError("REQUEST_MALFORMED", f"control request: {error!r}"))
        try:
            result = method(**params)
        except VmrigError as error:
            return _failure(number, error)
        except Exception as error:  # process boundary: the pool gets every failure as an answer
            LOG.exception("%s", request["method"])
            last = traceback.format_exception(error)[-1].strip()
            return _failure(
                number,
                VmrigError(
                    "EMULATOR_FAILED",
                    f"the emulator's worker failed in {request['method']}",
                    evidence=[last],
                    error_class=ErrorClass.BENCH,
                ),
            )
        return json.dumps({"id": number, "result": result}).encode() + b"\n"


def _failure(number: Any, error: VmrigError) -> bytes:
    body = {
        "code": error.code,
        "message": error.message,
        "evidence": error.evidence,
        "next_command": error.next_command,
        "error_class": int(error.error_class),
    }
    return json.dumps({"id": number, "error": body}).encode() + b"\n"


def _watch_parent(shutdown: threading.Event) -> None:
    """Reads stdin until its writer is gone: no worker outlives its pool."""
    while os.read(0, 4096):
        pass
    shutdown.set()


def _die_loudly(args: threading.ExceptHookArgs) -> None:
    """A thread that fails leaves boards that do not run: end the process, the pool plugs its boards elsewhere."""
    if args.exc_value is not None:
        LOG.critical("thread failed", exc_info=(args.exc_type, args.exc_value, args.exc_traceback))
    os._exit(70)


def main(arguments: list[str] | None = None) -> int:
    """Serves until told to end. Writes ``ready`` to stdout when the control socket listens."""
    parser = argparse.ArgumentParser(prog="python -m vmrig_server.emulator.worker", description=__doc__)
    parser.add_argument("--control", type=Path, required=True, help="path of the control socket")
    parser.add_argument("--home", type=Path, required=True, help="folder of the service")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when stdin does, as a child of the pool")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    threading.excepthook = _die_loudly
    worker = Worker(options.home)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.shutdown.set())
    control = ControlService(worker, options.control)
    if options.until_stdin_closes:
        threading.Thread(target=_watch_parent, args=(worker.shutdown,), daemon=True).start()
    # What is loaded by now stays: it need not be looked through again and again, while boards wait for the interpreter.
    gc.freeze()
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
    worker.shutdown.wait()
    worker.close()
    control.close()
    options.control.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
