# SPDX-License-Identifier: Apache-2.0
"""What is done over the link: identify a board's firmware, bring a program onto it, run it."""

from __future__ import annotations

import asyncio
import time

from vmrig_server.agent.api import (
    BoardId,
    LogLine,
    Names,
    PhaseTime,
    Progress,
    Report,
    UplinkOutcome,
    VmOnBoard,
    warning,
)
from vmrig_server.agent.consoles.port import ConsolePort
from vmrig_server.agent.link import (
    Binding,
    Event,
    EventKind,
    Identity,
    LinkRefused,
    LinkSilent,
    PortState,
    RunAction,
    Status,
)
from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.images.features import rtos_of

BOOT_S = 1.0
"""Firmware announces itself within this time after reset; asking begins then."""

HELLO_S = 5.0

_HOW = "a VM is made by `vmrig vm create`; its vmuid, which that prints, is what `vmrig virtualize` flashes"


class Phases:
    """Times the phases of a job and tells of each."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._name = ""
        self._start = 0.0
        self.done: list[PhaseTime] = []

    def begin(self, name: str) -> None:
        self.end()
        self._name, self._start = name, time.monotonic()
        self._report(Progress(name))

    def end(self) -> tuple[PhaseTime, ...]:
        if self._name:
            self.done.append(PhaseTime(self._name, time.monotonic() - self._start))
            self._name = ""
        return tuple(self.done)


async def identify(port: ConsolePort, board: BoardId, kind: str, *, booted: bool) -> Identity:
    """Who answers on the serial port.

    Args:
        kind: what must answer: ``register`` or ``vm``.
        booted: the chip was reset just now, and its announcement is under way.

    Raises:
        VmrigError: ``FIRMWARE_SILENT``, ``FIRMWARE_WRONG``, and those of the port.
    """
    name = "register.vm" if kind == "register" else "a VM"
    try:
        identity = await port.identify(boot_s=BOOT_S if booted else 0.0, deadline_s=HELLO_S)
    except LinkSilent as silent:
        raise VmrigError(
            "FIRMWARE_SILENT",
            f"Board {board} does not answer on its serial port as {name} would.",
            evidence=[silent.message, *([] if booted else [_HOW])],
            next_command=f"vmrig console {board}" if booted else f"vmrig vm create {board}",
            error_class=ErrorClass.BENCH if booted else ErrorClass.REQUEST,
        ) from silent
    if identity.kind != kind:
        raise VmrigError(
            "FIRMWARE_WRONG",
            f"Board {board} runs {identity.kind or 'unknown firmware'}, not {name}.",
            evidence=[
                f"firmware says: kind {identity.kind!r}, version {identity.vm_version!r}, chip uid {identity.uid}"
            ],
            next_command=f"vmrig vm create {board}" if kind == "vm" else f"vmrig register {board}",
            error_class=ErrorClass.REQUEST,
        )
    return identity


def vm_on_board(identity: Identity) -> VmOnBoard:
    return VmOnBoard(
        vmuid=identity.vmuid,
        chip_uid=identity.uid,
        version=identity.vm_version,
        binding=identity.binding.name.lower().replace("_", "-"),
        details={
            "abi": str(identity.vm_abi),
            "chip": f"{identity.chip_part:x} {identity.chip_variant}".strip(),
            "target": identity.target,
            "rtos": rtos_of(identity.features),
            "features": ",".join(identity.features),
            "heap_bytes": str(identity.heap_size),
            "slot_bytes": str(identity.slot_size),
            "active_slot": identity.active_slot,
        },
    )


def check_binding(board: BoardId, identity: Identity) -> None:
    """Refuses what the VM itself would refuse, with the command that helps.

    Raises:
        VmrigError: ``VM_OTHER_BOARD``, ``VM_UNBOUND``.
    """
    if identity.binding is Binding.OTHER_BOARD:
        raise VmrigError(
            "VM_OTHER_BOARD",
            f"The VM on board {board} was made for another board and runs no programs here.",
            evidence=[f"vmuid {identity.vmuid}", f"this chip: {identity.uid}"],
            next_command=f"vmrig vm create {board}",
        )
    if identity.binding is Binding.CORRUPT:
        raise VmrigError(
            "VM_UNBOUND",
            f"The VM on board {board} finds its identity record damaged and runs no programs.",
            evidence=[f"vmuid {identity.vmuid}"],
            next_command=f"vmrig vm create {board}",
        )
    if identity.binding is Binding.OTHER_IMAGE:
        raise VmrigError(
            "VM_DAMAGED",
            f"The VM on board {board} is not whole: its image in flash is not the one that it was made with. It runs no programs.",
            evidence=[f"vmuid {identity.vmuid}", "the SHA-256 of the image differs from the one in vmstore"],
            next_command=f"vmrig virtualize {board} {identity.vmuid}",
        )


def refusal(refused: LinkRefused, image: bytes) -> VmrigError:
    """What the board's verifier says of a program, in words."""
    from vmrig_server.bytecode.refusal import explain_refusal, wants_signature

    why = explain_refusal(image, refused.verify_code, refused.offset)
    return VmrigError(
        "PROGRAM_REFUSED",
        f"The board's VM does not run this program: {why[0]}.",
        evidence=[*why[1:], *refused.evidence],
        next_command="vmrig run BOARD PROGRAM --sign KEY.pem" if wants_signature(refused.verify_code) else "",
        error_class=ErrorClass.REQUEST,
    )


async def run_program(
    port: ConsolePort, board: BoardId, image: bytes, wait: bool, report: Report, names: Names | None = None
) -> UplinkOutcome:
    """Uplinks a container into the slot that the board chooses, starts it and, if asked to, waits for its end.

    Raises:
        VmrigError: those of `identify`, of the link; ``PROGRAM_REFUSED``; ``PROGRAM_RAISED``, ``PROGRAM_FAULT``, ``PROGRAM_STOPPED`` (class FIRMWARE).
    """
    phases = Phases(report)
    phases.begin("identify")
    link = await port.open()
    identity = await identify(port, board, "vm", booted=False)
    check_binding(board, identity)
    if identity.port is not PortState.WHOLE:
        report(warning(f"on board {board} {identity.port.sentence}"))

    phases.begin("uplink")
    try:
        committed = await link.uplink(image, lambda done, total: report(Progress("uplink", done, total)))
    except LinkRefused as refused:
        if refused.status is not Status.BAD_CONTAINER:
            raise
        raise await asyncio.to_thread(refusal, refused, image) from refused
    await port.name(committed.slot, names)
    if committed.resumed_at:
        report(LogLine(f"{committed.resumed_at} bytes were on the board already"))

    phases.begin("run")
    fault: asyncio.Future[Event] = asyncio.get_running_loop().create_future()

    def on_event(event: Event) -> None:
        if event.kind is EventKind.FAULT and not fault.done():
            fault.set_result(event)

    with port.events(on_event):
        console_offset = port.recorder.end
        slot, generation = await link.run(RunAction.RESTART)
        state = "running"
        if wait:
            ending = asyncio.ensure_future(link.wait_end(generation))
            try:
                await asyncio.wait({ending, fault}, return_when=asyncio.FIRST_COMPLETED)
                if fault.done():
                    raise _faulted(board, fault.result())
                _check_end(board, ending.result())
            finally:
                ending.cancel()
                await asyncio.gather(ending, return_exceptions=True)
            state = "ended"
    return UplinkOutcome(
        slot=slot,
        generation=generation,
        sha256=committed.sha256,
        size_bytes=committed.size,
        console_offset=console_offset,
        program_state=state,
        phases=phases.end(),
    )


def chain(event: Event) -> list[tuple[bool, Event]]:
    """The exceptions that led to one, newest first: whether the one after was raised from it, and it."""
    found, link = [], event.link
    for earlier in event.earlier:
        found.append((link == 1, earlier))
        link = earlier.link
    return found


def traceback_evidence(event: Event) -> list[str]:
    """The raw traceback: "@function:word" a call; of exceptions that led to it the same before, and "^cause" or "^context" behind each."""
    lines: list[str] = []
    for is_cause, earlier in reversed(chain(event)):
        lines += [earlier.text, *_places(earlier), "^cause" if is_cause else "^context"]
    return [*lines, event.text, *_places(event)]


def _places(event: Event) -> list[str]:
    return [f"@{function}:{word}" for function, word in event.places]


def _check_end(board: BoardId, event: Event) -> None:
    if event.kind is EventKind.RAISED:
        raise VmrigError(
            "PROGRAM_RAISED",
            f"The program on board {board} raised an exception: {event.text or 'its text was lost on the line'}",
            evidence=traceback_evidence(event),
            next_command=f"vmrig console {board}",
            error_class=ErrorClass.FIRMWARE,
        )
    if event.kind is EventKind.STOPPED:
        raise VmrigError(
            "PROGRAM_STOPPED",
            f"The program on board {board} was stopped before its end.",
            next_command=f"vmrig console {board}",
            error_class=ErrorClass.FIRMWARE,
        )


def _faulted(board: BoardId, event: Event) -> VmrigError:
    return VmrigError(
        "PROGRAM_FAULT",
        f"The firmware of board {board} faulted while the program ran; it has booted anew.",
        evidence=[f"{name} {value:#010x}" for name, value in event.registers],
        next_command=f"vmrig console {board}",
        error_class=ErrorClass.FIRMWARE,
    )
