# SPDX-License-Identifier: Apache-2.0
"""What the pyOCD child makes of bad flash, locked chips and errors. pyOCD's exceptions are the real ones; the probe and chip are stubs, because an
emulated chip can neither be locked nor be made to forget what was written. Good flashes on real pyOCD are in test_emulated.py, locked chips in
test_locked.py.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyocd.core import exceptions

from vmrig_server.agent.flashing.drivers import pyocd_steps
from vmrig_server.agent.flashing.drivers.child_io import ToolError
from vmrig_server.agent.flashing.drivers.pyocd_steps import Job, classify


class Progress:
    """Takes the place of the channel to the parent."""

    def __init__(self) -> None:
        self.done = 0
        self.phases: list[str] = []

    def progress(self, done: int, total: int) -> None:
        self.done = done

    def phase(self, name: str) -> None:
        self.phases.append(name)


class StubTarget:
    def __init__(self, memory: bytes) -> None:
        self.memory = memory + bytes(-len(memory) % 4)

    def read_memory_block32(self, address: int, count: int) -> Sequence[int]:
        return struct.unpack_from(f"<{count}I", self.memory, address)


def job(target: Any) -> tuple[Job, Progress]:
    progress = Progress()
    return Job({"steps": []}, SimpleNamespace(target=target), progress), progress  # type: ignore[arg-type]


@given(st.binary(min_size=1, max_size=200), st.integers(0, 50), st.integers(0, 9))
def test_what_reads_back_equal_is_verified_wherever_it_begins(data: bytes, address: int, behind: int) -> None:
    made, progress = job(StubTarget(bytes(address) + data + bytes(behind)))
    made._verify([(address, data, "part")], len(data))
    assert made.bytes_verified == progress.done == len(data)


@given(st.binary(min_size=1, max_size=70_000), st.data())
def test_the_first_difference_is_told_with_address_expected_and_found(data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(data) - 1))
    flash = bytearray(data)
    flash[at] ^= draw.draw(st.integers(1, 255))
    made, _ = job(StubTarget(b"\xff" * 8 + bytes(flash)))
    with pytest.raises(ToolError) as caught:
        made._verify([(8, data, "app.bin")], len(data))
    error = caught.value
    assert error.code == "VERIFY_FAILED"
    assert f"at {at + 8:#010x} expected {data[at]:#04x}, found {flash[at]:#04x}" in error.message
    assert "part: app.bin" in error.evidence
    assert f"address: {at + 8:#010x}" in error.evidence
    assert made.bytes_verified == 0


class StubSession:
    def __init__(self, *, locked: bool, failure: Exception | None = None, core: object = None) -> None:
        self.target = SimpleNamespace(is_locked=lambda: locked, selected_core=core)
        self._failure = failure

    def open(self) -> None:
        if self._failure is not None:
            raise self._failure


SPEC = {"board": "b0a7d", "target": "nrf52833", "unlock": False}


def never() -> None:
    pytest.fail("the chip was erased")


@pytest.mark.parametrize("failure", [None, exceptions.TransferFaultError("no access")])
def test_a_locked_chip_is_told_as_such_with_the_command_that_opens_it(failure: Exception | None) -> None:
    with pytest.raises(ToolError) as caught:
        pyocd_steps._open(StubSession(locked=True, failure=failure), SPEC, never)
    assert (caught.value.code, caught.value.error_class) == ("CHIP_LOCKED", 1)
    assert caught.value.next_command.startswith("vmrig erase b0a7d")


def test_a_chip_that_is_not_locked_and_has_no_core_is_not_there() -> None:
    with pytest.raises(ToolError) as caught:
        pyocd_steps._open(StubSession(locked=False), SPEC, never)
    assert caught.value.code == "TARGET_NOT_FOUND"


def test_a_chip_that_does_not_answer_is_told_with_what_pyocd_saw() -> None:
    failure = caused(exceptions.Error("not detected"), exceptions.TransferError("no ack"))
    with pytest.raises(ToolError) as caught:
        pyocd_steps._open(StubSession(locked=False, failure=failure), SPEC, never)
    assert caught.value.code == "TARGET_NOT_FOUND"
    assert caught.value.evidence == ["Error: not detected", "TransferError: no ack"]


def test_another_failure_to_connect_stays_itself() -> None:
    with pytest.raises(exceptions.TargetSupportError):
        pyocd_steps._open(StubSession(locked=False, failure=exceptions.TargetSupportError("no")), SPEC, never)
    with pytest.raises(exceptions.ProbeError):
        pyocd_steps._open(StubSession(locked=True, failure=exceptions.ProbeError("usb")), SPEC, never)


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (exceptions.FlashProgramFailure("bad", address=0x1000, result_code=1), "FLASH_FAILED"),
        (exceptions.FlashEraseFailure("bad", address=0x1000), "FLASH_FAILED"),
        (exceptions.FlashFailure("init"), "FLASH_FAILED"),
        (exceptions.TransferFaultError("x", fault_address=0x20000000), "TRANSFER_FAULT"),
        (exceptions.TransferTimeoutError("x"), "TRANSFER_FAULT"),
        (exceptions.ProbeDisconnected("x"), "PROBE_LOST"),
        (caused(exceptions.ProbeError("x"), OSError(errno.ENODEV, "gone")), "PROBE_LOST"),
        (caused(exceptions.ProbeError("x"), OSError(errno.EBUSY, "busy")), "PROBE_BUSY"),
        (caused(exceptions.ProbeError("x"), OSError(errno.EACCES, "denied")), "PROBE_DENIED"),
        (exceptions.ProbeError("x"), "PROBE_FAILED"),
        (exceptions.TimeoutError("x"), "TOOL_FAILED"),
        (exceptions.TargetSupportError("x"), "TARGET_UNKNOWN"),
        (ValueError("x"), "TOOL_FAILED"),
        (ToolError("MINE", "x"), "MINE"),
    ],
)
def test_errors_are_classified_by_type(error: Exception, code: str) -> None:
    assert classify(error, "9904").code == code


def test_a_failed_write_is_told_with_its_address() -> None:
    failure = classify(exceptions.FlashProgramFailure("page", address=0x3000, result_code=9), "9904")
    assert "writing at 0x00003000" in failure.message
    assert "result code 0x9" in failure.evidence[0]
