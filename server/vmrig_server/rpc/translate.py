# SPDX-License-Identifier: Apache-2.0
"""Between the hub's records and the messages of `vmrig.v1`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from google.protobuf import json_format
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from vmrig.v1 import boards_pb2, common_pb2, consoles_pb2, flash_pb2, jobs_pb2, leases_pb2, programs_pb2, vms_pb2

from vmrig_server.agent.api import ConsoleChunk
from vmrig_server.errors import VmrigError
from vmrig_server.hub.catalogue import Offer
from vmrig_server.hub.host_run import HostEvent, Output, Recorded
from vmrig_server.hub.model import Board, Failure, Health, Job, JobEvent, JobProgress, Lease, LeaseRef, Page, Vm
from vmrig_server.hub.requests import bare_id
from vmrig_server.hub.work import FileRef
from vmrig_server.images.export import ExportedFile
from vmrig_server.images.features import Feature

if TYPE_CHECKING:
    from vmrig_server.bytecode.errors import Diagnostic

T = TypeVar("T")
DEFAULT_PAGE, MAX_PAGE = 100, 1000
_FORMATS = {
    flash_pb2.FILE_FORMAT_UNSPECIFIED: "",
    flash_pb2.FILE_FORMAT_BIN: "bin",
    flash_pb2.FILE_FORMAT_HEX: "hex",
    flash_pb2.FILE_FORMAT_ELF: "elf",
}


def timestamp(seconds: float | None) -> Timestamp | None:
    """Seconds since the epoch, to the microsecond."""
    if seconds is None:
        return None
    micros = round(seconds * 1e6)
    return Timestamp(seconds=micros // 1_000_000, nanos=micros % 1_000_000 * 1000)


def seconds_of(duration: Duration) -> float:
    """An unset duration is 0."""
    return duration.seconds + duration.nanos / 1e9


def page_of(size: int, token: str) -> Page:
    """The page that a request asks for.

    Raises:
        VmrigError: ``ARGUMENT_INVALID`` for a token that no answer has given.
    """
    if size < 0:
        raise VmrigError("ARGUMENT_INVALID", f"A page has 1 to {MAX_PAGE} entries; {size} were asked for.")
    try:
        after = base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError):
        raise VmrigError("ARGUMENT_INVALID", "The page token is not one that this service gave.") from None
    return Page(min(size or DEFAULT_PAGE, MAX_PAGE), after)


def page_token(after: str) -> str:
    """Opaque to the caller; empty at the end."""
    return base64.urlsafe_b64encode(after.encode()).decode()


def one_more(page: Page) -> Page:
    """The same page and one row more, which tells whether there is another page."""
    return replace(page, size=page.size + 1)


def cut(rows: Sequence[T], page: Page) -> tuple[Sequence[T], T | None]:
    """The page's rows, and the last of them when more follow."""
    shown = rows[: page.size]
    return shown, shown[-1] if len(rows) > page.size else None


def health_of(health: int) -> Health:
    """A health as a caller sets it.

    Raises:
        VmrigError: ``ARGUMENT_INVALID``.
    """
    try:
        return Health(health)
    except ValueError:
        raise VmrigError("ARGUMENT_INVALID", "The health is unknown, good, failing or maintenance.") from None


def lease_ref(message: common_pb2.LeaseRef) -> LeaseRef:
    """Proof of a lease."""
    return LeaseRef(bare_id(message.lease, "leases"), message.fence)


def board_message(board: Board) -> boards_pb2.Board:
    """A board as it is now."""
    usb, lease = board.usb, board.lease
    return boards_pb2.Board(
        name=board.name,
        target=board.target,
        candidates=board.candidates,
        chip=board.chip,
        aliases=board.aliases,
        labels=dict(board.labels),
        usb=boards_pb2.Usb(
            vid=usb.vid,
            pid=usb.pid,
            serial=usb.serial,
            manufacturer=usb.manufacturer,
            product=usb.product,
            location=usb.location,
        ),
        probe=board.probe,
        serial_port=board.serial_port,
        presence=boards_pb2.Presence.ValueType(board.presence),
        health=boards_pb2.Health.ValueType(board.health),
        health_reason=board.health_reason,
        lease_state=boards_pb2.LeaseState.ValueType(board.lease_state),
        lease_holder=lease.holder if lease else "",
        lease_expire_time=timestamp(lease.expire_time if lease else None),
        fence=board.fence,
        job=f"jobs/{board.job_id}" if board.job_id else "",
        chip_uid=board.chip_uid,
        register_time=timestamp(board.register_time),
        vmuid=board.vmuid,
        stale=bool(board.stale_reason),
        stale_reason=board.stale_reason,
        last_seen_time=timestamp(board.last_seen_time),
    )


def lease_message(lease: Lease) -> leases_pb2.Lease:
    """A lease, ended or not."""
    return leases_pb2.Lease(
        name=f"leases/{lease.lease_id}",
        board=f"boards/{lease.board_id}",
        holder=lease.holder,
        reason=lease.reason,
        fence=lease.fence,
        grant_time=timestamp(lease.grant_time),
        expire_time=timestamp(lease.expire_time),
        end_reason=lease.end_reason,
    )


def error_message(failure: Failure) -> common_pb2.Error:
    """Why a job failed."""
    return common_pb2.Error(
        code=failure.code,
        message=failure.message,
        evidence=failure.evidence,
        next_command=failure.next_command,
        error_class=common_pb2.ErrorClass.ValueType(failure.error_class),
    )


def progress_message(progress: JobProgress) -> jobs_pb2.Progress:
    """How far a job is."""
    return jobs_pb2.Progress(
        phase=progress.phase,
        done_bytes=progress.done_bytes,
        total_bytes=progress.total_bytes,
        elapsed_s=progress.elapsed_s,
    )


def job_message(job: Job) -> jobs_pb2.Job:
    """A job with its result or error."""
    message = jobs_pb2.Job()
    if job.result:
        json_format.ParseDict(dict(job.result), message)
    message.MergeFrom(
        jobs_pb2.Job(
            name=job.name,
            kind=job.kind,
            board=f"boards/{job.board_id}",
            state=jobs_pb2.JobState.ValueType(job.state),
            create_time=timestamp(job.create_time),
            end_time=timestamp(job.end_time),
            error=error_message(job.failure) if job.failure else None,
            progress=progress_message(job.progress) if job.progress else None,
        )
    )
    return message


def job_event_message(event: JobEvent) -> jobs_pb2.JobEvent:
    """One step of a job's record."""
    message = jobs_pb2.JobEvent(sequence=event.sequence, time=timestamp(event.time))
    if isinstance(event.content, JobProgress):
        message.progress.CopyFrom(progress_message(event.content))
    elif isinstance(event.content, str):
        message.log = event.content
    else:
        message.job.CopyFrom(job_message(event.content))
    return message


def file_ref(message: flash_pb2.FlashFile) -> FileRef:
    """A file to flash."""
    address = message.address if message.HasField("address") else None
    return FileRef(message.sha256, _FORMATS.get(message.format, ""), address, message.filename)


def vm_message(vm: Vm) -> vms_pb2.Vm:
    """A VM made for a board."""
    return vms_pb2.Vm(
        name=vm.name,
        board=f"boards/{vm.board_id}",
        target=vm.target,
        chip_uid=vm.chip_uid,
        version=vm.version,
        rtos=vm.rtos,
        patch=vm.patch,
        features=vm.features,
        image_sha256=vm.image_sha256,
        size_bytes=vm.size_bytes,
        create_time=timestamp(vm.create_time),
    )


def offer_message(offer: Offer) -> vms_pb2.ListAvailableVmsResponse.Offer:
    """A VM that can be made."""
    return vms_pb2.ListAvailableVmsResponse.Offer(
        target=offer.target,
        version=offer.version,
        rtos=offer.rtos,
        patch=offer.patch,
        features=offer.features,
        licence=offer.licence,
        title=offer.title,
        size_bytes=offer.size_bytes,
        usual=offer.usual,
    )


def feature_message(feature: Feature) -> vms_pb2.ListAvailableVmsResponse.Feature:
    """What a VM may have or not."""
    return vms_pb2.ListAvailableVmsResponse.Feature(
        name=feature.name, summary=feature.summary, alias=feature.alias, needs=feature.needs
    )


def files_message(files: Iterable[ExportedFile]) -> vms_pb2.ExportedFiles:
    """Files for the caller to write."""
    return vms_pb2.ExportedFiles(files=[vms_pb2.ExportedFiles.File(name=file.name, data=file.data) for file in files])


def chunk_message(chunk: ConsoleChunk) -> consoles_pb2.ConsoleChunk:
    """Bytes or a marker of a console."""
    return consoles_pb2.ConsoleChunk(
        offset=chunk.offset,
        data=chunk.data,
        time=timestamp(chunk.time_s),
        marker=chunk.marker,
        marker_text=chunk.marker_text,
    )


def diagnostic_message(found: Diagnostic) -> programs_pb2.Diagnostic:
    """A place that the compiler refuses."""
    return programs_pb2.Diagnostic(
        filename=found.filename,
        line=found.line,
        column=found.column,
        end_column=found.end_column,
        reason=found.reason,
        hint=found.hint,
        text=found.render("error"),
    )


def host_message(event: HostEvent) -> programs_pb2.RunOnHostResponse:
    """Output of a program on the host's VM, or how it ended."""
    if isinstance(event, Output):
        return programs_pb2.RunOnHostResponse(output=event.data)
    if isinstance(event, Recorded):
        return programs_pb2.RunOnHostResponse(recording=event.data)
    return programs_pb2.RunOnHostResponse(
        ended=programs_pb2.RunOnHostResponse.Ended(
            traceback=event.traceback,
            instructions=event.instructions,
            collections=event.collections,
            heap_peak_bytes=event.heap_peak_bytes,
        )
    )
