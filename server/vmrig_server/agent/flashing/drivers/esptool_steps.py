# SPDX-License-Identifier: Apache-2.0
"""What the esptool child does on a serial port: reaches the loader, takes the steps, and climbs down a ladder of speeds when the line is bad."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from esptool import cmds
from esptool.util import FatalError, flash_size_bytes, strip_chip_name
from serial import SerialException

from vmrig_server.agent.flashing.drivers import esptool_errors as errors
from vmrig_server.agent.flashing.drivers.child_io import Channel, ToolError
from vmrig_server.agent.flashing.drivers.esptool_errors import LineTrouble
from vmrig_server.agent.flashing.drivers.esptool_tuning import ChannelLog, tune
from vmrig_server.agent.flashing.drivers.serial_tap import Tap, open_tap
from vmrig_server.agent.flashing.esp_image import CHIPS, BrokenImage, parse_image, revision_problem, revision_text

_ROM_BAUD = 115200
_USB_SERIAL_JTAG = (0x303A, 0x1001)
_NO_FLASH = frozenset({0x000000, 0xFFFFFF, 0xFFFF3F})
"""JEDEC ids that are a floating or stuck line."""

_BLANK = b"\xff"
_CONNECT_ATTEMPTS = 4
"""Each of esptool's reset sequences once: a chip that no sequence resets is not reset by repeating them."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to talk to the loader. `baud` None: the port has no speed."""

    baud: int | None
    stub: bool

    def __str__(self) -> str:
        return f"{f'{self.baud} baud' if self.baud else 'USB'}, {'stub' if self.stub else 'no stub'}"


def ladder(bauds: list[int], vid: int, pid: int) -> list[Rung]:
    """From the fastest way to the one that works in spite of most things."""
    if (vid, pid) == _USB_SERIAL_JTAG:
        return [Rung(None, True), Rung(None, False)]
    return [*(Rung(baud, True) for baud in bauds), Rung(min([*bauds, _ROM_BAUD]), False)]


def run(specification: dict[str, Any], channel: Channel) -> None:
    """Does what the specification says and tells the result."""
    talk = tune(channel, specification["vid"], specification["pid"])
    channel.phase("connect")
    try:
        tap = open_tap(specification["port"], _ROM_BAUD)
    except (SerialException, OSError, ValueError) as error:
        raise errors.cannot_open(error, specification["port"]) from error
    job = Job(specification, channel, talk, tap)
    try:
        job.climb(ladder(specification["bauds"], specification["vid"], specification["pid"]))
    finally:
        with contextlib.suppress(OSError):
            tap.close()
    channel.phase("")
    channel.result(
        phases=channel.phases,
        bytes_written=job.bytes_written,
        bytes_verified=job.bytes_verified,
        uid=job.uid,
        details=job.details,
    )


class Job:
    """The steps of one specification on one open port."""

    def __init__(self, specification: dict[str, Any], channel: Channel, talk: ChannelLog, tap: Tap) -> None:
        self._spec = specification
        self._channel = channel
        self._talk = talk
        self._tap = tap
        self._esp: Any = None
        self.bytes_written = 0
        self.bytes_verified = 0
        self.uid = ""
        self.details: dict[str, Any] = {}

    def climb(self, rungs: list[Rung]) -> None:
        """Takes all steps on the first rung that holds."""
        left = list(rungs)
        while True:
            rung = left.pop(0)
            try:
                self._take_steps(rung)
                return
            except LineTrouble as trouble:
                if trouble.in_stub:
                    left = [other for other in left if not other.stub]
                if not left:
                    raise
                self._channel.log(f"{rung}: {trouble}; next try: {left[0]}")
                self._channel.phase("connect")

    def _take_steps(self, rung: Rung) -> None:
        self.bytes_written = self.bytes_verified = 0
        self._connect()
        steps = self._spec["steps"]
        if any(step["do"] != "read_uid" for step in steps):
            with self._trouble("starting the loader"):
                self._prepare_flash(rung)
        for step in steps:
            with self._trouble(step["do"]):
                getattr(self, "_do_" + step["do"])(step)

    @contextlib.contextmanager
    def _trouble(self, what: str) -> Iterator[None]:
        try:
            yield
        except FatalError as error:
            raise errors.during(error, what) from error

    # --- the way to the loader

    def _connect(self) -> None:
        spec = self._spec
        self._tap.forget()
        usb = (spec["vid"], spec["pid"]) == _USB_SERIAL_JTAG
        if not self._tap.is_open:
            self._tap.open()
        self._tap.baudrate = _ROM_BAUD
        try:
            esp = cmds.detect_chip(
                self._tap,
                _ROM_BAUD,
                "usb-reset" if usb else "default-reset",
                connect_attempts=_CONNECT_ATTEMPTS,
            )
        except FatalError as error:
            raise errors.no_answer(self._tap.heard, spec["port"], spec["board"], error) from error
        found = strip_chip_name(esp.CHIP_NAME)
        self.details["chip"] = found
        if spec["chip"] not in ("", found):
            raise ToolError(
                "CHIP_MISMATCH",
                f"The chip on this board is {esp.CHIP_NAME}, not {spec['name']}.",
                evidence=[f"its loader says: {found}", f"expected: {spec['chip']}"],
                next_command=f"vmrig boards {spec['board']}",
                error_class=1,
            )
        if esp.secure_download_mode and self._spec["steps"]:
            raise ToolError(
                "SECURE_DOWNLOAD",
                "The chip is fused to secure download mode: nothing can be read back, so nothing that is written can be verified.",
                evidence=["security flags of the loader: SECURE_DOWNLOAD_ENABLE"],
                error_class=1,
            )
        if not self._spec["steps"]:
            return
        # A lost port is the end of the job; esptool would wait for another one for seconds.
        esp.WRITE_FLASH_ATTEMPTS = 1
        self._esp = esp
        with self._trouble("reading the chip's identity"):
            self.details["description"] = str(esp.get_chip_description())
            if esp.CHIP_NAME != "ESP8266":  # which has none
                self.details["revision"] = int(esp.get_chip_revision())

    def _prepare_flash(self, rung: Rung) -> None:
        if self._esp.CHIP_NAME != "ESP8266" and self._esp.get_flash_encryption_enabled():
            raise ToolError(
                "FLASH_ENCRYPTED",
                "The chip encrypts its flash: plain firmware would not run on it, and may not be removed again.",
                evidence=["eFuse SPI_BOOT_CRYPT_CNT has an odd number of bits set"],
                error_class=1,
            )
        if rung.stub:
            self._start_stub()
        self.details["stub"] = bool(self._esp.IS_STUB)
        if rung.baud is not None and rung.baud != _ROM_BAUD:
            self._esp.change_baud(rung.baud)
        self.details["baud"] = rung.baud or 0
        cmds.attach_flash(self._esp)
        jedec = int(self._esp.flash_id())
        self._channel.log(f"{rung}; {self.details['description']}; flash {jedec:#08x}")
        if jedec in _NO_FLASH:
            raise ToolError(
                "FLASH_SILENT",
                "The chip's loader answers, but its flash does not: a broken or wrongly wired flash, or one held by something else on its pins.",
                evidence=[f"JEDEC id {jedec:#08x}"],
            )
        size = flash_size_bytes(cmds.detect_flash_size(self._esp))
        if size:
            self.details["flash_bytes"] = size

    def _start_stub(self) -> None:
        try:
            with self._trouble("starting esptool's stub"):
                self._esp = cmds.run_stub(self._esp)
        except LineTrouble as trouble:
            trouble.in_stub = True
            raise
        self._esp.WRITE_FLASH_ATTEMPTS = 1

    # --- the steps

    def _do_read_uid(self, _step: dict[str, Any]) -> None:
        mac = self._esp.read_mac("BASE_MAC")
        self.uid = bytes(mac).hex()

    def _do_program(self, step: dict[str, Any]) -> None:
        parts = [Part(each, self._spec["sector"]) for each in step["parts"]]
        self._check_fit([(part.address, len(part.data), part.name) for part in parts])
        self._check_revision(parts)
        if step["chip_erase"]:
            self._do_erase_chip(step)
        total = sum(len(part.data) for part in parts)
        kept = sum(len(part.unchanged) for part in parts)
        if kept:
            self._channel.log(f"{kept} sectors are left out: the last job left in them what they shall hold")
        seals = [part for part in parts if part.name == step.get("seal", "") and part.name]
        if seals and not step["chip_erase"]:
            self._write([(part.address, bytes(len(part.data))) for part in seals])
        regions = [region for part in parts if part not in seals for region in part.changed()]
        if regions:
            self._write(regions)
        if seals:
            self._write([(part.address, part.data) for part in seals])
        self._channel.phase("verify")
        done = 0
        for part in parts:
            if not self._holds(part.address, part.data):
                # The firmware, or another tool, wrote to sectors that were left out.
                if part.unchanged and not step["chip_erase"]:
                    self._channel.log(
                        f"{part.name or hex(part.address)} is not what the last job left; all of it is written"
                    )
                    self._write([(part.address, part.data)])
                    self._channel.phase("verify")
                if not part.unchanged or not self._holds(part.address, part.data):
                    raise self._difference(part)
            done += len(part.data)
            self._channel.progress(done, total)
        self.bytes_verified += total

    def _write(self, regions: list[tuple[int, bytes]]) -> None:
        total = sum(len(data) for _, data in regions)
        starts = [sum(len(data) for _, data in regions[:number]) for number in range(len(regions))]
        self._channel.phase("write")

        def on_progress(piece: int, done: int, of: int) -> None:
            if 0 <= piece < len(regions) and of:
                self._channel.progress(starts[piece] + len(regions[piece][1]) * done // of, total)

        self._talk.watch(on_progress)
        measure = self._esp.flash_md5sum
        expected = {
            (address, len(padded)): hashlib.md5(padded).hexdigest()
            for address, padded in ((address, data + _BLANK * (-len(data) % 4)) for address, data in regions)
        }
        # Esptool would compare each region as it goes; the whole parts are compared afterwards, what was left out in them included.
        self._esp.flash_md5sum = lambda address, size: expected.get((address, size)) or measure(address, size)
        try:
            # force: what esptool would refuse was looked at before, with errors of its own.
            cmds.write_flash(self._esp, regions, force=True)
        finally:
            self._talk.on_progress = None
            self._esp.flash_md5sum = measure
        self.bytes_written += total

    def _do_erase(self, step: dict[str, Any]) -> None:
        sector = self._spec["sector"]
        self._channel.phase("erase")
        wide = []
        for address, size in step["ranges"]:
            start = address - address % sector
            wide.append((start, address + size + (-(address + size) % sector) - start))
        self._check_fit([(start, size, "the range") for start, size in wide])
        for number, (start, size) in enumerate(wide):
            cmds.erase_region(self._esp, start, size)
            self._check_blank(start, size)
            self._channel.progress(number + 1, len(wide))

    def _do_erase_chip(self, _step: dict[str, Any]) -> None:
        self._channel.phase("erase")
        size = self.details.get("flash_bytes")
        if self._esp.IS_STUB:
            cmds.erase_flash(self._esp)
        elif size:
            cmds.erase_region(self._esp, 0, size)
        else:
            raise ToolError(
                "NOT_SUPPORTED",
                "The size of the chip's flash is not known, and without its stub no loader erases all of it.",
            )
        if size:
            self._check_blank(0, size)

    # --- looks at the flash

    def _holds(self, address: int, data: bytes) -> bool:
        return bool(self._esp.flash_md5sum(address, len(data)) == hashlib.md5(data).hexdigest())

    def _check_blank(self, address: int, size: int) -> None:
        if not self._holds(address, _BLANK * size):
            raise ToolError(
                "VERIFY_FAILED",
                f"The flash is not blank after it was erased, from {address:#x} to {address + size - 1:#x}.",
                evidence=["MD5 of the range differs from that of blank flash"],
            )

    def _difference(self, part: Part) -> ToolError:
        """Finds the first sector that differs, by halves."""
        low, high = 0, len(part.data)
        sector = self._spec["sector"]
        while high - low > sector:
            middle = low + (high - low) // 2 // sector * sector or low + sector
            if middle >= high:
                break
            if self._holds(part.address + low, part.data[low:middle]):
                low = middle
            else:
                high = middle
        return ToolError(
            "VERIFY_FAILED",
            f"The flash does not hold what was written: it differs from {part.name or 'the image'} between {part.address + low:#x} and {part.address + high - 1:#x}.",
            evidence=[
                f"MD5 expected: {hashlib.md5(part.data).hexdigest()}",
                f"flash: {self.details.get('flash_bytes', 0)} bytes",
            ],
            next_command=f"vmrig erase {self._spec['board']} {part.address + low:#x}+{sector:#x}",
        )

    def _check_fit(self, ranges: list[tuple[int, int, str]]) -> None:
        flash = self.details.get("flash_bytes")
        for address, size, name in ranges:
            if flash and address + size > flash:
                raise ToolError(
                    "FLASH_TOO_SMALL",
                    f"{name or 'A part'} ends at {address + size - 1:#x}, but the flash on this board has only {flash:#x} bytes.",
                    evidence=[f"by its JEDEC id it has {flash // 1024} KB"],
                    error_class=1,
                )

    def _check_revision(self, parts: list[Part]) -> None:
        """The plan looked at it already when the board's revision was known from an earlier job."""
        chip = CHIPS.get(self._spec["chip"])
        for part in parts:
            begin = self._spec["boot_offset"] - part.address
            if chip is None or not 0 <= begin < len(part.data):
                continue
            with contextlib.suppress(BrokenImage):
                image = parse_image(part.data[begin:], extended=chip.image_id is not None)
                revision = self.details.get("revision")
                if revision is not None and (problem := revision_problem(image, revision, chip)):
                    raise ToolError(
                        "IMAGE_WRONG_REVISION",
                        f"{part.name} does not run on this chip: {problem}; this chip is {revision_text(revision)}.",
                        evidence=["nothing was written"],
                        error_class=1,
                    )


class Part:
    """A part of the plan, and which of its sectors the flash seems to hold already."""

    def __init__(self, entry: dict[str, Any], sector: int) -> None:
        self.address = int(entry["address"])
        self.name = str(entry["name"])
        self.data = base64.b64decode(entry["data"])
        self.unchanged = frozenset(int(at) for at in entry["unchanged"])
        self._sector = sector

    def changed(self) -> list[tuple[int, bytes]]:
        """Runs of sectors to be written, as (address, bytes)."""
        runs: list[tuple[int, bytes]] = []
        begin: int | None = None
        end = self.address + len(self.data)
        for at in range(self.address - self.address % self._sector, end + self._sector, self._sector):
            inside = at < end and at not in self.unchanged
            if inside and begin is None:
                begin = max(at, self.address)
            elif not inside and begin is not None:
                last = min(at, end)
                runs.append((begin, self.data[begin - self.address : last - self.address]))
                begin = None
        return runs
