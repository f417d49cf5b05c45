# SPDX-License-Identifier: Apache-2.0
"""`vmrig demo`: from nothing to a user's program on a board, with no hardware, each step with its time.

Everything is real: the service and its worker process, pyOCD flashing machine code, that code running on the emulated chip, the program on its VM.
"""

from __future__ import annotations

import contextlib
import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from vmrig.v1 import boards_pb2, emulator_pb2, leases_pb2

from vmrig_client.errors import FIRMWARE, ApiError
from vmrig_client.local_service import local_service
from vmrig_client.sync import Client

TARGET = "microbit_v2"
WAIT_S = 10.0
BLINK_MS = 20
BLINKS = 5

PROGRAM = f"""\
import board, gpio, time

gpio.mode("ROW1", gpio.OUTPUT)
gpio.mode("COL1", gpio.OUTPUT)
gpio.mode("BUTTON_A", gpio.INPUT)
gpio.low("COL1")
print("hello from", board.uid().hex())
for blink in range({BLINKS}):
    gpio.high("ROW1")
    time.sleep_ms({BLINK_MS})
    gpio.low("ROW1")
    time.sleep_ms({BLINK_MS})
print("blinked, now press button A")
while gpio.read("BUTTON_A"):
    time.sleep_ms(5)
print("button A is down")
while True:
    time.sleep_ms(1000)
"""


class Steps:
    """Prints each step with its time."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """A step: says its title, then what it shows, then how long it took."""
        began = time.monotonic()
        self._say(f"\n* {title}")
        yield lambda text: self._say(f"    {text}")
        self._say(f"    ({time.monotonic() - began:.2f} s)")

    def end(self) -> None:
        """The whole time."""
        self._say(f"\nDone in {time.monotonic() - self._start:.2f} s.")

    @staticmethod
    def _say(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def main() -> int:
    """Runs the demo; the exit code is 0 when every step did what it says."""
    from vmrig_client.cli.output import report_api_error

    try:
        with tempfile.TemporaryDirectory(prefix="vmrig-demo-") as folder:
            _run(Path(folder))
    except ApiError as error:
        return report_api_error(error)
    return 0


def _run(home: Path) -> None:
    steps = Steps()
    with contextlib.ExitStack() as stack:
        with steps.step("The service starts; one emulated micro:bit V2 is plugged into the emulated USB bus") as show:
            address = stack.enter_context(local_service(home, home / "service.log"))
            client = stack.enter_context(Client(address))
            emulated = client.emulated.create(TARGET)
            show(f"vmrig {client.version().version} answers at {address}")
            show(f"worker process {emulated.worker_pid} holds {emulated.target}, serial port {emulated.serial_port}")
        with steps.step("Discovery reads its descriptors and names the target") as show:
            board = client.wait_present(f"target:{TARGET}", timeout_s=WAIT_S)
            show(f"{board.usb.vid:04X}:{board.usb.pid:04X} {board.usb.product}, serial {board.usb.serial}")
            show(
                f"board id {board.usb.serial[:4]} -> target {board.target}, board {board.name.removeprefix('boards/')}"
            )
        lease = stack.enter_context(client.lease(board.name, reason="demo"))
        with steps.step("Register: pyOCD flashes register.vm, which reports the chip's id over its UART") as show:
            registered = client.register(lease, alias="demo").register
            show(f"chip {registered.chip_part}: {registered.chip_uid}, read by SWD, and the firmware on it goes on")
        with steps.step("A VM image is made for this chip, flashed, read back and compared") as show:
            vm = client.create_vm(board.name)
            virtualized = client.virtualize(lease, vm.name).virtualize
            show(f"{virtualized.flash.bytes_verified} bytes verified; the VM answers as {virtualized.vmuid_reported}")
        with steps.step("A Python program is compiled, verified, sent to a slot and started") as show:
            _run_program(client, lease, emulated, show)
        with steps.step("Power is cut and restored: the board comes back by itself, running the program") as show:
            _cut_power(client, board, emulated, show)
    steps.end()


def _run_program(
    client: Client, lease: leases_pb2.Lease, emulated: emulator_pb2.EmulatedBoard, show: Callable[[str], None]
) -> None:
    start = client.console_end(lease.board)
    edges_before = client.emulated.pin_edges(emulated.name, "ROW1").next_sequence
    run = client.run(lease, PROGRAM, "blink.py").run
    show(f"{run.size_bytes} bytes in slot {run.slot}, generation {run.generation}")
    show(_wait_for(client, lease.board, start, "press button A"))
    edges = client.emulated.pin_edges(emulated.name, "ROW1", edges_before).edges
    rises = [edge.time_ns for edge in edges if edge.level == emulator_pb2.LEVEL_HIGH]
    periods_ms = [(late - early) / 1e6 for early, late in itertools.pairwise(rises)]
    show(
        f"ROW1 rose {len(rises)} times, every {', '.join(f'{period:.2f}' for period in periods_ms)} ms of virtual time"
    )
    if len(rises) != BLINKS or any(abs(period - 2 * BLINK_MS) > 1 for period in periods_ms):
        raise ApiError("PIN_WRONG", f"ROW1 should rise {BLINKS} times, every {2 * BLINK_MS} ms.", (), "", FIRMWARE)
    client.emulated.drive_pin(emulated.name, "BUTTON_A", "low")
    show(_wait_for(client, lease.board, start, "button A is down"))
    client.emulated.drive_pin(emulated.name, "BUTTON_A", "float")


def _cut_power(
    client: Client, board: boards_pb2.Board, emulated: emulator_pb2.EmulatedBoard, show: Callable[[str], None]
) -> None:
    client.emulated.power(emulated.name, False)
    start = client.console_end(board.name)
    client.emulated.power(emulated.name, True)
    show(_wait_for(client, board.name, start, "press button A"))


def _wait_for(client: Client, board: str, offset: int, text: str) -> str:
    """Waits for a text on the console; returns what was said, on one line."""
    said = client.expect(board, text, offset=offset, timeout_s=WAIT_S)
    return "console: " + " | ".join(said.splitlines())
