# SPDX-License-Identifier: Apache-2.0
"""The parts of the board library that any board has: time, values in flash, the watchdog."""

from __future__ import annotations

import re

import pytest
from vmrig.v1 import leases_pb2

from vmrig_client import ApiError, Client

from .conftest import Console

pytestmark = pytest.mark.usefixtures("virtualized")

BEAT = """\
import time
from timer import Timer
beat = Timer(20)
start = time.ticks_us()
for i in range(10):
    beat.wait()
print('took', time.ticks_diff(time.ticks_us(), start), 'us')
"""

STORE = """\
import flash
try:
    flash.clear()
    for i in range(300):
        flash.set('n' + str(i % 3), i)
    flash.set('text', 'kept')
    print([flash.get('n' + str(i)) for i in range(3)], flash.get('text'), 'end')
except OSError as e:
    print('errno', e.errno, 'end')
"""

READ = "import flash\nprint(flash.get('n2'), flash.get('text'), flash.get('nothing', 'none'), 'end')\n"

WATCHDOG = """\
import board, time, watchdog
if board.reset_cause() & board.WATCHDOG:
    print('the watchdog did it')
    raise SystemExit
try:
    watchdog.start(500)
    for i in range(8):
        time.sleep_ms(100)
        watchdog.feed()
    print('fed')
    while True:
        pass
except OSError as e:
    print('errno', e.errno, 'end')
"""


def run(client: Client, lease: leases_pb2.Lease, program: str, wait: bool = True) -> None:
    """Skips the test on a board whose VM is of a profile without the module."""
    try:
        client.run(lease, program, wait=wait)
    except ApiError as error:
        # The compiler knows what the board's VM has; an older record of it leaves it to the board.
        if error.code != "PROGRAM_REFUSED" and not (
            error.code == "PROGRAM_INVALID" and " has no module " in error.message
        ):
            raise
        pytest.skip(error.message)


def test_a_timer_keeps_its_beat(client: Client, lease: leases_pb2.Lease, console: Console) -> None:
    run(client, lease, BEAT)
    found = re.search(r"took (\d+) us", console.wait_for("us\n"))
    assert found and 190_000 <= int(found[1]) < 215_000, found


@pytest.mark.usefixtures("room")
def test_values_in_flash_are_there_for_the_next_program(
    client: Client, lease: leases_pb2.Lease, console: Console
) -> None:
    run(client, lease, STORE)
    said = console.wait_for("end\n")
    if "errno 19" in said:
        pytest.skip("the layout leaves this board fewer than two sectors")
    assert "[297, 298, 299] kept end" in said
    after = Console(client, lease.board)
    client.run(lease, READ, wait=True)
    assert "299 kept none end" in after.wait_for("end\n")


def test_a_program_that_hangs_is_started_anew_by_the_watchdog(
    client: Client, lease: leases_pb2.Lease, console: Console
) -> None:
    run(client, lease, WATCHDOG, wait=False)
    said = console.wait_for("\n")
    if "errno 19" in said:
        pytest.skip("the port of this chip has no driver for its watchdog")
    said = console.wait_for("the watchdog did it\n")
    assert "fed\n" in said
    client.run(
        lease, "print('calm')\n", wait=True
    )  # or each boot would start the watchdog anew, amid whatever comes next
