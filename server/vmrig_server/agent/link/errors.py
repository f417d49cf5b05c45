# SPDX-License-Identifier: Apache-2.0
"""What can go wrong between host and board."""

from __future__ import annotations

from collections.abc import Sequence

from vmrig_server.errors import ErrorClass, VmrigError

from .status import FrameType, Status

_CLASSES: dict[Status, ErrorClass] = {
    Status.TOO_LARGE: ErrorClass.REQUEST,
    Status.BAD_CONTAINER: ErrorClass.REQUEST,
    Status.OTHER_VM: ErrorClass.REQUEST,
    Status.OTHER_BOARD: ErrorClass.REQUEST,
    Status.BAD_VMSTORE: ErrorClass.REQUEST,
    Status.NOT_SUPPORTED: ErrorClass.REQUEST,
    Status.NO_PROGRAM: ErrorClass.REQUEST,
    Status.NOT_RUNNING: ErrorClass.REQUEST,
    Status.OUT_OF_MEMORY: ErrorClass.FIRMWARE,
    Status.FAULT_LOOP: ErrorClass.FIRMWARE,
    Status.TRIALS_USED: ErrorClass.FIRMWARE,
}

_NEXT: dict[Status, str] = {
    Status.OTHER_BOARD: "vmrig vm create BOARD",
    Status.BAD_VMSTORE: "vmrig vm create BOARD",
    Status.NOT_SUPPORTED: "vmrig vm create BOARD",
    Status.NO_PROGRAM: "vmrig run BOARD PROGRAM",
}


class LinkError(VmrigError):
    """The board did not do what it was asked over the link."""


class LinkSilent(LinkError):
    """The board did not answer in time (``LINK_SILENT``)."""

    def __init__(self, request: FrameType, seconds: float, tries: int, heard: Sequence[str] = ()) -> None:
        super().__init__(
            "LINK_SILENT",
            f"The board did not answer {request.name} within {seconds:g} s ({tries} tries).",
            evidence=heard,
            next_command="vmrig reset BOARD",
            error_class=ErrorClass.BENCH,
        )
        self.request = request


class LinkClosed(LinkError):
    """The serial line ended (``LINK_CLOSED``)."""

    def __init__(self) -> None:
        super().__init__("LINK_CLOSED", "The board's serial line was closed.", error_class=ErrorClass.BENCH)


class LinkGarbled(LinkError):
    """A frame with a good CRC has a body that the protocol does not allow (``LINK_GARBLED``)."""

    def __init__(self, what: str) -> None:
        super().__init__("LINK_GARBLED", f"The board's answer makes no sense: {what}.", error_class=ErrorClass.BENCH)


class LinkRefused(LinkError):
    """The board answered with a status other than OK (``LINK_`` and the status's name)."""

    def __init__(self, request: FrameType, status: Status, *, verify_code: int = 0, offset: int = 0) -> None:
        evidence = [f"{request.name}: status {int(status)} {status.name}"]
        if verify_code:
            evidence.append(f"verifier code {verify_code} at offset {offset} of the container")
        super().__init__(
            f"LINK_{status.name}",
            f"The board refused {request.name}: {status.sentence}.",
            evidence=evidence,
            next_command=_NEXT.get(status, ""),
            error_class=_CLASSES.get(status, ErrorClass.BENCH),
        )
        self.request = request
        self.status = status
        self.verify_code = verify_code
        self.offset = offset
