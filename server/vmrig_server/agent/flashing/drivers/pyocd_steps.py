# SPDX-License-Identifier: Apache-2.0
"""What the pyOCD child does with a probe: finds it, opens a session, takes the steps, and says what went wrong by the types of errors."""

from __future__ import annotations

import base64
import contextlib
import errno
import sys
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyocd.core import exceptions
from pyocd.core.helpers import ConnectHelper
from pyocd.core.memory_map import MemoryType
from pyocd.core.session import Session
from pyocd.core.target import Target
from pyocd.flash.eraser import FlashEraser
from pyocd.flash.loader import MemoryLoader

from vmrig_server.agent.flashing.drivers import locks
from vmrig_server.agent.flashing.drivers.child_io import Channel, ToolError
from vmrig_server.pyocd_targets import register_targets

_READ_BACK_CHUNK = 16 * 1024
_UICR_APPROTECT = 0x10001208
"""nRF52833 PS section 4.5.1 (UICR): HwDisabled in it keeps the debug port of a chip of the hardened revisions open."""

_BLANK = 0xFFFFFFFF


class Job:
    """The steps of one specification on one open session."""

    def __init__(self, specification: dict[str, Any], session: Any, channel: Channel) -> None:
        self._steps: list[dict[str, Any]] = specification["steps"]
        self._session = session
        self._channel = channel
        self._target = session.target
        self.bytes_written = 0
        self.bytes_verified = 0
        self.words: dict[str, list[int]] = {}

    def run(self) -> None:
        wrote = any(step["do"] in ("program", "erase", "erase_chip", "mass_erase") for step in self._steps)
        kept_open = not wrote
        for step in self._steps:
            if step["do"] == "reset" and not kept_open:
                self._keep_debug_port_open()
                kept_open = True
            getattr(self, "_do_" + step["do"])(step)
        if not kept_open:
            self._keep_debug_port_open()

    def _do_program(self, step: dict[str, Any]) -> None:
        parts = [(int(part["address"]), base64.b64decode(part["data"]), str(part["name"])) for part in step["parts"]]
        seal = step.get("seal", "")
        sealed = [(address, data) for address, data, name in parts if name == seal]
        total = sum(len(data) for _, data, _ in parts)
        # From reset on no interrupt of the old firmware can run into the flash algorithm.
        self._target.reset_and_halt()
        self._channel.phase("erase")
        if sealed and not step["chip_erase"]:
            self._commit([(address, bytes(len(data))) for address, data in sealed])
        self._write([(address, data) for address, data, name in parts if name != seal], total, step["chip_erase"])
        if sealed:
            self._commit(sealed)
        self.bytes_written += total
        self._channel.phase("verify")
        self._verify(parts, total)

    def _loader(self, total: int = 0, *, chip_erase: bool = False) -> MemoryLoader:
        def progress(fraction: float) -> None:
            if total:
                self._channel.progress(min(total, round(fraction * total)), total)

        return MemoryLoader(
            self._session,
            progress=progress,
            chip_erase="chip" if chip_erase else "sector",
            smart_flash=True,
            trust_crc=False,
            keep_unwritten=not chip_erase,
        )

    def _commit(self, pieces: list[tuple[int, bytes]]) -> None:
        loader = self._loader()
        for address, data in pieces:
            loader.add_data(address, data)
        loader.commit()

    def _write(self, pieces: list[tuple[int, bytes]], total: int, chip_erase: bool) -> None:
        loader = self._loader(total, chip_erase=chip_erase)
        for address, data in pieces:
            loader.add_data(address, data)
        # The loader erases for all parts, then writes them; it tells when the one ends and the other begins.
        writing = False

        def on_program(_notification: object) -> None:
            nonlocal writing
            if not writing:
                writing = True
                self._channel.phase("write")

        self._session.subscribe(on_program, Target.Event.PRE_FLASH_PROGRAM)
        try:
            loader.commit()
        finally:
            self._session.unsubscribe(on_program)

    def _verify(self, parts: list[tuple[int, bytes, str]], total: int) -> None:
        done = 0
        for address, wanted, name in parts:
            data = locks.as_programmed(self._target, address, wanted)
            if data != wanted:
                self._channel.log(
                    f"{name} would lock the chip: its flash configuration field was not written as it is."
                )
            for offset in range(0, len(data), _READ_BACK_CHUNK):
                expected = data[offset : offset + _READ_BACK_CHUNK]
                found = self._read(address + offset, len(expected))
                if found != expected:
                    raise _difference(address + offset, expected, found, name)
                done += len(expected)
                self._channel.progress(done, total)
        self.bytes_verified += total

    def _read(self, address: int, size: int) -> bytes:
        start = address & ~3
        count = (address + size - start + 3) // 4
        words = array("I", self._target.read_memory_block32(start, count))
        if words.itemsize != 4:
            raise ToolError("TOOL_FAILED", "This platform has no 32-bit unsigned int array.")
        if sys.byteorder == "big":
            words.byteswap()
        return words.tobytes()[address - start : address - start + size]

    def _do_erase(self, step: dict[str, Any]) -> None:
        self._channel.phase("erase")
        self._target.reset_and_halt()
        ranges = [(int(address), int(address) + int(size)) for address, size in step["ranges"]]
        FlashEraser(self._session, FlashEraser.Mode.SECTOR).erase([self._whole_sectors(*each) for each in ranges])
        self._cleanup()

    def _whole_sectors(self, start: int, end: int) -> tuple[int, int]:
        region = self._target.memory_map.get_region_for_address(start)
        if region is None or not region.is_flash or end - 1 > region.end:
            raise ToolError(
                "ERASE_ADDRESS",
                f"{start:#010x} to {end - 1:#010x} is not in one flash region of the chip.",
                error_class=1,
            )
        sector: int = region.blocksize
        return start - (start - region.start) % sector, end + -(end - region.start) % sector

    def _do_erase_chip(self, _step: dict[str, Any]) -> None:
        self._channel.phase("erase")
        self._target.reset_and_halt()
        FlashEraser(self._session, FlashEraser.Mode.CHIP).erase()
        self._cleanup()
        self._verify_blank()

    def _do_mass_erase(self, _step: dict[str, Any]) -> None:
        self._channel.phase("erase")
        locks.mass_erase(self._target)
        self._cleanup()  # where pyOCD has no other way than the flash algorithm
        locks.release(self._target)
        self._target.reset_and_halt()
        self._verify_blank(opened=True)

    def _verify_blank(self, *, opened: bool = False) -> None:
        """opened: a mass erase leaves what keeps the chip open."""
        for region in self._target.memory_map.iter_matching_regions(type=MemoryType.FLASH):
            if region.flash is None or not region.is_readable:
                continue
            for address in range(region.start, region.end + 1, _READ_BACK_CHUNK):
                size = min(_READ_BACK_CHUNK, region.end + 1 - address)
                expected = bytes([region.erased_byte_value]) * size
                if opened:
                    expected = locks.as_programmed(self._target, address, expected)
                found = self._read(address, size)
                if found != expected:
                    raise _difference(address, expected, found, f"{region.name} after erase")

    def _do_read_words(self, step: dict[str, Any]) -> None:
        address, count = int(step["address"]), int(step["count"])
        self.words[step["name"]] = [int(word) for word in self._target.read_memory_block32(address, count)]

    def _do_reset(self, step: dict[str, Any]) -> None:
        self._channel.phase("reset")
        if step["halt"]:
            self._session.options["resume_on_disconnect"] = False
            self._target.reset_and_halt()
        else:
            self._target.reset()

    def _cleanup(self) -> None:
        algorithm = getattr(self._session.context_state, "current_flash_algo", None)
        if algorithm is not None:
            algorithm.cleanup()

    def _keep_debug_port_open(self) -> None:
        locks.keep_open(self._session)
        self._keep_nrf52_open()

    def _keep_nrf52_open(self) -> None:
        """A hardened nRF52 whose UICR was erased would come out of the next reset locked, by our doing and not by the user's wish."""
        if not getattr(self._target, "hardened_approtect", False) or not hasattr(self._target, "write_uicr"):
            return
        if self._target.read32(_UICR_APPROTECT) == _BLANK:
            self._target.write_uicr(_UICR_APPROTECT, 0x5A)


def _difference(address: int, expected: bytes, found: bytes, name: str) -> ToolError:
    at = next((i for i, (want, have) in enumerate(zip(expected, found, strict=False)) if want != have), len(found))
    count = sum(want != have for want, have in zip(expected, found, strict=False))
    return ToolError(
        "VERIFY_FAILED",
        f"The flash does not hold what was written: at {address + at:#010x} expected {expected[at]:#04x}, found {found[at]:#04x}."
        if at < len(found)
        else f"The flash could not be read back at {address + at:#010x}.",
        evidence=[
            f"part: {name}",
            f"address: {address + at:#010x}",
            f"expected: {expected[at : at + 16].hex(' ')}",
            f"found:    {found[at : at + 16].hex(' ')}",
            f"{count} of the {len(expected)} bytes from {address:#010x} on differ",
        ],
    )


def run(specification: dict[str, Any], channel: Channel) -> None:
    """Does a specification and tells the result."""
    channel.phase("connect")
    register_targets()
    probe = _find_probe(specification["probe"], specification["board"])
    reads = all(step["do"] == "read_words" for step in specification["steps"])
    options = {
        # Only to read memory, what runs on the chip goes on.
        "connect_mode": "attach" if reads else "halt",
        "target_override": specification["target"],
        "frequency": specification["frequency_hz"],
        "auto_unlock": specification["unlock"],
        "hide_programming_progress": True,
        "no_config": True,
        # pyOCD executes a user script that it finds in the project folder; in this one there is none.
        "project_dir": str(Path(__file__).parent),
        "resume_on_disconnect": True,
        "reset.post_delay": 0.01,
        "reset.hold_time": 0.02,
        "rtos.enable": False,
        "cache.read_code_from_elf": False,
    }
    session = Session(probe, auto_open=False, options=options)
    unlocked: list[str] = []

    def tell_unlock() -> None:
        channel.phase("unlock")
        channel.log("The chip is locked: all of it is erased, settings included.")
        unlocked.append(specification["target"])

    locks.tell_mass_erase(session.target, tell_unlock)
    with session:
        probe.lock()
        try:
            _open(session, specification, tell_unlock)
            locks.forget(session.target)
            job = Job(specification, session, channel)
            job.run()
        finally:
            with contextlib.suppress(exceptions.Error):
                probe.unlock()
    # Only now: what follows the result must find the probe released.
    channel.phase("")
    channel.result(
        phases=channel.phases,
        bytes_written=job.bytes_written,
        bytes_verified=job.bytes_verified,
        words=job.words,
        unlocked=bool(unlocked),
    )


def _find_probe(unique_id: str, board: str) -> Any:
    # pyOCD matches by substring and asks the terminal when several match; here the id is whole.
    probes = ConnectHelper.get_all_connected_probes(blocking=False, unique_id=unique_id)
    for probe in probes:
        if probe.unique_id.lower() == unique_id.lower():
            return probe
    raise ToolError(
        "PROBE_NOT_FOUND",
        f"pyOCD finds no debug probe {unique_id}.",
        evidence=[f"it finds: {probe.unique_id}" for probe in probes],
        next_command=f"vmrig boards {board}",
    )


def _open(session: Any, specification: dict[str, Any], tell_unlock: Callable[[], None]) -> None:
    failure: exceptions.Error | KeyError | None = None
    try:
        session.open()
    except exceptions.ProbeError:
        raise
    except (exceptions.Error, KeyError) as error:
        # pyOCD raises KeyError when a step of its start-up wants memory and there is no core, as on a locked nRF52.
        failure = error
    # The debug port of a locked chip answers, but most often no memory and no core can be reached through it.
    connected = failure is None and session.target.selected_core is not None
    if locks.is_locked(session.target, connected=connected):
        if not (specification["unlock"] and connected):
            raise locks.locked_error(specification["board"])
        tell_unlock()
        locks.mass_erase(session.target)
        if locks.is_locked(session.target, connected=True):
            raise ToolError("UNLOCK_FAILED", "The chip was erased to open it, and is still locked.")
    if failure is None:
        locks.release(session.target)
    if failure is not None and any(isinstance(each, exceptions.TransferError) for each in _chain(failure)):
        raise ToolError(
            "TARGET_NOT_FOUND",
            "The debug probe is there, but the chip behind it does not answer: it has no power, or is not connected.",
            evidence=_told(failure),
        )
    if failure is not None:
        raise failure
    if session.target.selected_core is None:
        raise ToolError("TARGET_NOT_FOUND", f"The probe is there, but no core of a {specification['target']} answers.")


def classify(error: BaseException, probe: str) -> ToolError:
    """An exception as an error for the user: by the types along the chain of causes, never by text."""
    evidence = _told(error)
    numbers = {each.errno for each in _chain(error) if isinstance(each, OSError)}
    if isinstance(error, ToolError):
        return error
    if isinstance(error, exceptions.FlashFailure):
        what = {exceptions.FlashEraseFailure: "erasing", exceptions.FlashProgramFailure: "writing"}.get(
            type(error), "preparing"
        )
        where = f" at {error.address:#010x}" if error.address is not None else ""
        return ToolError("FLASH_FAILED", f"The chip's flash algorithm failed while {what}{where}.", evidence=evidence)
    if isinstance(error, exceptions.ProbeDisconnected) or numbers & {errno.ENODEV, errno.ECONNRESET, errno.EPIPE}:
        return ToolError("PROBE_LOST", f"The debug probe {probe} stopped answering.", evidence=evidence)
    if numbers & {errno.EBUSY, errno.EAGAIN}:
        return ToolError("PROBE_BUSY", f"The debug probe {probe} is in use by another program.", evidence=evidence)
    if numbers & {errno.EACCES, errno.EPERM}:
        return ToolError(
            "PROBE_DENIED",
            f"This user may not open the debug probe {probe}.",
            evidence=evidence,
            next_command="sudo udevadm control --reload && sudo udevadm trigger",
        )
    if isinstance(error, exceptions.ProbeError):
        return ToolError("PROBE_FAILED", f"The debug probe {probe} failed.", evidence=evidence)
    if isinstance(error, exceptions.TransferError):
        return ToolError("TRANSFER_FAULT", "The chip did not answer a debug access.", evidence=evidence)
    if isinstance(error, exceptions.TimeoutError):
        return ToolError("TOOL_FAILED", "pyOCD waited for the chip in vain.", evidence=evidence)
    if isinstance(error, exceptions.TargetSupportError):
        return ToolError("TARGET_UNKNOWN", "pyOCD does not know this chip.", evidence=evidence, error_class=1)
    return ToolError("TOOL_FAILED", "pyOCD failed.", evidence=evidence)


def _chain(error: BaseException) -> list[BaseException]:
    """An exception and what caused it, the last effect first."""
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and cause not in chain:
        chain.append(cause)
    return chain


def _told(error: BaseException) -> list[str]:
    return [f"{type(each).__name__}: {each}" for each in _chain(error)]
