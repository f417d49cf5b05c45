# SPDX-License-Identifier: Apache-2.0
"""What goes wrong on a bench, and what is left after it."""

from __future__ import annotations

import os
import random
import signal
import threading
from pathlib import Path

import pytest
from vmrig.v1 import boards_pb2, flash_pb2, jobs_pb2

from vmrig_client import ApiError

from .conftest import Bench, EmulatedHandle


def _read_back(bench: Bench, serial: str, address: int, size: int, folder: Path) -> bytes:
    back = folder / "back.bin"
    done = bench.command("pyocd", "cmd", "-u", serial, "-c", f"savemem {address:#x} {size} {back}")
    assert done.returncode == 0, done.stdout + done.stderr
    return back.read_bytes()


def test_a_killed_worker_leaves_absent_boards_and_a_replug_brings_the_flash_back(
    bench: Bench, emulated: EmulatedHandle, firmware: Path, tmp_path: Path
) -> None:
    bench.vmrig("flash", emulated.alias, str(firmware))
    os.kill(bench.client.emulated.get(emulated.name).worker_pid, signal.SIGKILL)
    gone = bench.client.wait_present(emulated.alias, present=False, timeout_s=5)
    assert gone.presence == boards_pb2.PRESENCE_ABSENT
    assert bench.client.version().version
    bench.client.emulated.plug(emulated.name, True)
    bench.client.wait_present(emulated.alias, timeout_s=5)
    size = firmware.stat().st_size
    assert _read_back(bench, emulated.serial, 0, size, tmp_path) == firmware.read_bytes()


@pytest.mark.parametrize("phase", ["write", "verify"])
def test_a_flash_job_killed_midway_is_repaired_by_the_next(
    bench: Bench, emulated: EmulatedHandle, tmp_path: Path, phase: str
) -> None:
    image = tmp_path / "random.bin"
    image.write_bytes(random.Random(3).randbytes(200 * 1024))
    data = flash_pb2.FlashFile(
        sha256=bench.client.upload(image.read_bytes()),
        filename=image.name,
        address=0x40000,
        format=flash_pb2.FILE_FORMAT_BIN,
    )
    reached = threading.Event()

    def note(event: jobs_pb2.JobEvent) -> None:
        if event.WhichOneof("event") == "progress" and event.progress.phase == phase:
            reached.set()

    def cancel() -> None:
        reached.wait()
        bench.client.cancel_job(bench.client.board(emulated.board).job)

    with bench.client.lease(emulated.board, reason="fault") as lease:
        watcher = threading.Thread(target=cancel)
        watcher.start()
        with pytest.raises(ApiError) as caught:
            bench.client.flash(lease, [data], on_event=note)
        watcher.join()
        assert caught.value.code == "JOB_CANCELLED"
        assert bench.client.flash(lease, [data]).flash.bytes_verified >= image.stat().st_size
    assert _read_back(bench, emulated.serial, 0x40000, image.stat().st_size, tmp_path) == image.read_bytes()


def test_a_board_pulled_out_midway_ends_the_job_with_board_gone(
    bench: Bench, emulated: EmulatedHandle, tmp_path: Path
) -> None:
    data = flash_pb2.FlashFile(
        sha256=bench.client.upload(random.Random(4).randbytes(200 * 1024)),
        address=0x40000,
        format=flash_pb2.FILE_FORMAT_BIN,
    )
    pulled = threading.Event()

    def pull(event: jobs_pb2.JobEvent) -> None:
        if event.WhichOneof("event") == "progress" and event.progress.phase == "write":
            pulled.set()

    def puller() -> None:
        pulled.wait()
        bench.client.emulated.plug(emulated.name, False)

    thread = threading.Thread(target=puller)
    thread.start()
    with bench.client.lease(emulated.board, reason="fault") as lease, pytest.raises(ApiError) as caught:
        bench.client.flash(lease, [data], on_event=pull)
    thread.join()
    assert (caught.value.code, caught.value.error_class) == ("BOARD_GONE", 4)


def test_an_old_fence_is_refused_before_the_board_is_touched(bench: Bench, emulated: EmulatedHandle) -> None:
    old = bench.client.request_lease(emulated.board, reason="old")
    bench.client.release_lease(old)
    with bench.client.lease(emulated.board, reason="new"), pytest.raises(ApiError) as caught:
        bench.client.reset(old)
    assert caught.value.code in ("LEASE_ENDED", "FENCE_OLD")
