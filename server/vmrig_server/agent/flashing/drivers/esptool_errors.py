# SPDX-License-Identifier: Apache-2.0
"""What can go wrong between esptool and a chip, as errors for the user.

esptool raises one class for most failures, which differ in their text only. So errors are told apart by what is seen beside it: how far the job was, what
came over the wire, the status that the chip answered, and the errno of the operating system.
"""

from __future__ import annotations

import errno
import re

from esptool.util import FatalError, NotImplementedInROMError, NotSupportedError, UnsupportedCommandError
from serial import SerialException

from vmrig_server.agent.flashing.drivers.child_io import ToolError
from vmrig_server.serialport.holder import port_holder

_BOOT_LINE = re.compile(rb"boot:(0x[0-9a-fA-F]+)")
_WAITING = b"waiting for download"
_SYNCED = b"\xc0\x01\x08"
"""How an answer to SYNC begins."""
_TEXT_BYTES = frozenset(b"\t\r\n") | frozenset(range(0x20, 0x7F))

_WRITE_FAILED = frozenset({0x106, 0x108, 0x109, 0x10A, 0xC400, 0xC500})
"""Statuses of ROM and stub by which the flash itself refused; all others may be the line's fault."""


class LineTrouble(Exception):
    """The talk with the loader broke off, or was garbled; another speed may do.

    Attributes:
        in_stub: the stub did not even start; no speed helps that.
    """

    in_stub = False


def status_of(error: BaseException) -> int | None:
    """The two status bytes that the chip answered, when that is why esptool gave up; see `esptool_tuning`."""
    status = getattr(error, "vmrig_status", None)
    return status if isinstance(status, int) else None


def during(error: FatalError, what: str) -> Exception:
    """An error of esptool after the loader had answered: one for the user, or `LineTrouble`."""
    status = status_of(error)
    if isinstance(error, NotImplementedInROMError | NotSupportedError | UnsupportedCommandError):
        return ToolError(
            "NOT_SUPPORTED", f"This chip's loader cannot do it: {what}.", evidence=told(error), error_class=1
        )
    if status in _WRITE_FAILED:
        return ToolError("FLASH_FAILED", f"The flash refused: {what} (status {status:#06x}).", evidence=told(error))
    return LineTrouble(f"{what}: {_first_line(error)}")


def no_answer(heard: bytes, port: str, board: str, error: BaseException) -> ToolError:
    """The loader did not answer. `heard` is what came over the wire since the first reset."""
    if _SYNCED in heard:
        return ToolError(
            "CHIP_UNKNOWN",
            "A loader answers, but esptool cannot tell of which chip it is: one that it does not know, or one on a bad line.",
            evidence=told(error),
            next_command=f"vmrig boards {board}",
        )
    evidence = [*_heard_lines(heard), *told(error)]
    boots = _BOOT_LINE.findall(heard)
    if boots and _WAITING in heard:
        return ToolError(
            "LOADER_SILENT",
            "The chip is in download mode, but does not hear us: the line to its RX pin seems to be broken.",
            evidence=evidence,
            next_command=f"vmrig console {board}",
        )
    if boots:
        return ToolError(
            "WRONG_BOOT_MODE",
            f"The chip booted its firmware (boot:{boots[-1].decode()}) instead of its loader. Hold BOOT, press and release RESET, let go of BOOT, try again.",
            evidence=[*evidence, "the reset lines work, the one to the strapping pin does not"],
            next_command=f"vmrig console {board}",
        )
    if heard and sum(byte in _TEXT_BYTES for byte in heard) > 0.9 * len(heard):
        return ToolError(
            "WRONG_BOOT_MODE",
            "The chip's firmware runs on, it was not reset into its loader. Hold BOOT, press and release RESET, let go of BOOT, try again.",
            evidence=[*evidence, f"neither reset nor strapping pin follows the modem lines of {port}"],
            next_command=f"vmrig console {board}",
        )
    if heard:
        return ToolError(
            "LOADER_GARBLED",
            "What comes from the chip is not its loader's language: a wrong chip, a noisy line, or firmware at another speed.",
            evidence=evidence,
            next_command=f"vmrig console {board}",
        )
    return ToolError(
        "LOADER_SILENT",
        "The chip does not answer: it has no power, it is not connected to this port, or RX and TX are swapped.",
        evidence=evidence,
        next_command=f"vmrig boards {board}",
    )


def cannot_open(error: BaseException, port: str) -> ToolError:
    """The port cannot be opened."""
    numbers = {each.errno for each in chain(error) if isinstance(each, OSError)}
    if numbers & {errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK}:
        holder = port_holder(port)
        return ToolError(
            "PORT_BUSY",
            f"The serial port {port} is held by {f'PID {holder}' if holder else 'another program'}.",
            evidence=told(error),
            next_command=f"ps {holder}" if holder else f"fuser -v {port}",
        )
    if numbers & {errno.EACCES, errno.EPERM}:
        return ToolError(
            "PORT_DENIED",
            f"This user may not open the serial port {port}.",
            evidence=told(error),
            next_command="sudo usermod -aG dialout $USER  # then log in again",
        )
    if numbers & {errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ECONNREFUSED}:
        return ToolError(
            "PORT_MISSING", f"The serial port {port} is not there.", evidence=told(error), next_command="vmrig boards"
        )
    return ToolError("PORT_FAILED", f"The serial port {port} could not be opened.", evidence=told(error))


def classify(error: BaseException, port: str) -> ToolError:
    """Any exception of a job as an error for the user."""
    if isinstance(error, ToolError):
        return error
    if isinstance(error, LineTrouble):
        return ToolError(
            "LINE_TROUBLE",
            "The talk with the chip's loader broke off at every speed, with and without esptool's stub.",
            evidence=[str(error)],
            next_command="vmrig flash BOARD ...  # after another cable or port",
        )
    if isinstance(error, FatalError):
        made = during(error, "an operation failed")
        return made if isinstance(made, ToolError) else ToolError("TOOL_FAILED", str(made), evidence=told(error))
    if isinstance(error, SerialException | OSError):
        return ToolError(
            "PORT_LOST",
            f"The serial port {port} stopped working.",
            evidence=told(error),
            next_command="vmrig boards",
        )
    return ToolError("TOOL_FAILED", "esptool failed.", evidence=told(error))


def chain(error: BaseException) -> list[BaseException]:
    """An exception and what caused it, the last effect first."""
    found = [error]
    while (cause := found[-1].__cause__ or found[-1].__context__) is not None and cause not in found:
        found.append(cause)
    return found


def told(error: BaseException) -> list[str]:
    """What the exceptions say."""
    return [f"{type(each).__name__}: {_first_line(each)}" for each in chain(error)]


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else ""


def _heard_lines(heard: bytes) -> list[str]:
    lines = [line for line in heard.decode("ascii", "replace").splitlines() if line.strip()]
    return [f"the chip said: {line[:120]!r}" for line in lines[-4:]]
