# SPDX-License-Identifier: Apache-2.0
"""The client for asyncio. `vmrig_client.sync.Client` is the same for plain code.

Calls return the messages of `vmrig.v1` as they are and raise `ApiError`.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import getpass
import socket
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import grpc
from google.protobuf.duration_pb2 import Duration
from vmrig.v1 import (
    boards_pb2,
    boards_pb2_grpc,
    common_pb2,
    consoles_pb2,
    consoles_pb2_grpc,
    debug_pb2,
    debug_pb2_grpc,
    flash_pb2,
    flash_pb2_grpc,
    jobs_pb2,
    jobs_pb2_grpc,
    leases_pb2,
    leases_pb2_grpc,
    programs_pb2,
    programs_pb2_grpc,
    system_pb2,
    system_pb2_grpc,
    vms_pb2,
    vms_pb2_grpc,
)

from vmrig_client.address import check_address, default_address
from vmrig_client.emulated import Emulated
from vmrig_client.errors import DEADLINE, ApiError
from vmrig_client.project import Project

_T = TypeVar("_T")
BLOB_CHUNK_BYTES = 256 * 1024
PAGE_SIZE = 200
OnEvent = Callable[[jobs_pb2.JobEvent], None]


class JobCancelled(ApiError):
    """The job was cancelled, by this client or another."""


class AsyncClient:
    """A connection to one service.

    Args:
        address: gRPC target, "unix:/path" or "host:port"; default: this user's service.
        timeout_s: deadline of a plain call; streams have none.

    Raises:
        ApiError: ``NO_SERVICE`` for an address at which none can be.
    """

    def __init__(self, address: str | None = None, *, timeout_s: float = 15.0) -> None:
        self.address = address or default_address()
        check_address(self.address)
        self.timeout_s = timeout_s
        self._channel = grpc.aio.insecure_channel(self.address)
        self._boards = boards_pb2_grpc.BoardsStub(self._channel)
        self._jobs = jobs_pb2_grpc.JobsStub(self._channel)
        self._leases = leases_pb2_grpc.LeasesStub(self._channel)
        self._flash = flash_pb2_grpc.FlashStub(self._channel)
        self._vms = vms_pb2_grpc.VmsStub(self._channel)
        self._programs = programs_pb2_grpc.ProgramsStub(self._channel)
        self._debugger = debug_pb2_grpc.DebuggerStub(self._channel)
        self._consoles = consoles_pb2_grpc.ConsolesStub(self._channel)
        self._system = system_pb2_grpc.SystemStub(self._channel)
        self.emulated = Emulated(self._channel, self._call, self._stream)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the connection and every stream on it."""
        await self._channel.close(None)

    async def _call(self, call: Awaitable[_T]) -> _T:
        try:
            return await call
        except grpc.RpcError as error:
            raise ApiError.from_rpc(error, self.address) from None

    async def _stream(self, method: Any, request: Any) -> AsyncGenerator[Any, None]:
        # The call is made here and not by the caller, who may be in a thread without an event loop.
        call = method(request)
        try:
            async for message in call:
                yield message
        except grpc.RpcError as error:
            raise ApiError.from_rpc(error, self.address) from None
        finally:
            call.cancel()

    # --- the service ---------------------------------------------------------------------------------------------

    async def version(self) -> system_pb2.GetVersionResponse:
        """The service's version and capabilities."""
        return await self._call(self._system.GetVersion(system_pb2.GetVersionRequest(), timeout=self.timeout_s))

    async def targets(self) -> Sequence[system_pb2.ListTargetsResponse.Target]:
        """The board types the service knows."""
        request = system_pb2.ListTargetsRequest()
        return (await self._call(self._system.ListTargets(request, timeout=self.timeout_s))).targets

    async def upload(self, data: bytes) -> str:
        """Sends a blob; returns its SHA-256 as lower-case hex."""

        async def chunks() -> AsyncIterator[system_pb2.UploadBlobRequest]:
            for start in range(0, max(len(data), 1), BLOB_CHUNK_BYTES):
                yield system_pb2.UploadBlobRequest(chunk=data[start : start + BLOB_CHUNK_BYTES])

        blob = await self._call(self._system.UploadBlob(chunks()))
        return blob.sha256

    # --- boards --------------------------------------------------------------------------------------------------

    async def boards(self, selector: str = "") -> list[boards_pb2.Board]:
        """The boards that match a selector (alias, id prefix, "target:T", "label:k=v"); all by default."""
        found: list[boards_pb2.Board] = []
        request = boards_pb2.ListBoardsRequest(selector=selector, page_size=PAGE_SIZE)
        while True:
            page = await self._call(self._boards.ListBoards(request, timeout=self.timeout_s))
            found.extend(page.boards)
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    async def board(self, selector: str) -> boards_pb2.Board:
        """The one board that a name or selector means; several are an error that lists them."""
        return await self._call(
            self._boards.GetBoard(boards_pb2.GetBoardRequest(name=selector), timeout=self.timeout_s)
        )

    def watch_boards(self, resume_token: int = 0) -> AsyncIterator[boards_pb2.BoardEvent]:
        """The present set, then every change."""
        return self._stream(self._boards.WatchBoards, boards_pb2.WatchBoardsRequest(resume_token=resume_token))

    async def wait_present(self, selector: str, present: bool = True, timeout_s: float = 10.0) -> boards_pb2.Board:
        """Waits until the board that a selector means is there (or gone); `ApiError` ``DEADLINE`` after the time."""
        wanted = boards_pb2.PRESENCE_PRESENT if present else boards_pb2.PRESENCE_ABSENT
        try:
            async with asyncio.timeout(timeout_s):
                async for _ in self.watch_boards():
                    matching = [board for board in await self.boards(selector) if board.presence == wanted]
                    if matching:
                        return matching[0]
        except TimeoutError:
            pass
        state = "there" if present else "gone"
        raise ApiError("DEADLINE", f"{selector} was not {state} within {timeout_s:g} s.", (), "vmrig boards", DEADLINE)

    async def set_alias(self, board: str, alias: str) -> boards_pb2.Board:
        """Gives a board a name."""
        request = boards_pb2.SetAliasRequest(board=board, alias=alias)
        return await self._call(self._boards.SetAlias(request, timeout=self.timeout_s))

    async def remove_alias(self, alias: str) -> boards_pb2.Board:
        """Takes a name away."""
        request = boards_pb2.RemoveAliasRequest(alias=alias)
        return await self._call(self._boards.RemoveAlias(request, timeout=self.timeout_s))

    # --- leases --------------------------------------------------------------------------------------------------

    async def request_lease(
        self, board: str, *, reason: str = "", duration_s: float = 600.0, wait_s: float = 0.0, holder: str = ""
    ) -> leases_pb2.Lease:
        """Asks for the right to change a board.

        Args:
            board: name or selector; "any" and "target:T" pick a free one.
            reason: shown to others.
            duration_s: 10 s to 24 h.
            wait_s: how long to wait for a board that is taken.
            holder: who; default user@host.
        """
        request = leases_pb2.RequestLeaseRequest(
            board=board,
            holder=holder or f"{getpass.getuser()}@{socket.gethostname()}",
            reason=reason,
            duration=_duration(duration_s),
            wait_timeout=_duration(wait_s),
            request_id=uuid.uuid4().hex,
        )
        return await self._call(self._leases.RequestLease(request, timeout=wait_s + self.timeout_s))

    async def renew_lease(self, lease: leases_pb2.Lease, duration_s: float = 600.0) -> leases_pb2.Lease:
        """From now on for so long."""
        request = leases_pb2.RenewLeaseRequest(name=lease.name, fence=lease.fence, duration=_duration(duration_s))
        return await self._call(self._leases.RenewLease(request, timeout=self.timeout_s))

    async def release_lease(self, lease: leases_pb2.Lease) -> leases_pb2.Lease:
        """Gives the board back."""
        request = leases_pb2.ReleaseLeaseRequest(name=lease.name, fence=lease.fence)
        return await self._call(self._leases.ReleaseLease(request, timeout=self.timeout_s))

    async def leases(self, ended: bool = False) -> list[leases_pb2.Lease]:
        """Leases that hold, or also those that have ended."""
        found: list[leases_pb2.Lease] = []
        request = leases_pb2.ListLeasesRequest(ended=ended, page_size=PAGE_SIZE)
        while True:
            page = await self._call(self._leases.ListLeases(request, timeout=self.timeout_s))
            found.extend(page.leases)
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    @contextlib.asynccontextmanager
    async def lease(
        self, board: str, *, reason: str = "", wait_s: float = 0.0, duration_s: float = 600.0
    ) -> AsyncIterator[leases_pb2.Lease]:
        """A lease for a block of code: renewed while it runs, released at its end."""
        lease = await self.request_lease(board, reason=reason, wait_s=wait_s, duration_s=duration_s)

        async def keep() -> None:
            while True:
                await asyncio.sleep(duration_s / 3)
                await self.renew_lease(lease, duration_s)

        keeper = asyncio.create_task(keep())
        try:
            yield lease
        finally:
            keeper.cancel()
            with contextlib.suppress(ApiError):  # it may have ended already; the fence protects the board then
                await self.release_lease(lease)

    # --- jobs ----------------------------------------------------------------------------------------------------

    def watch_job(self, name: str, after_sequence: int = 0) -> AsyncIterator[jobs_pb2.JobEvent]:
        """Events of a job to its end."""
        request = jobs_pb2.WatchJobRequest(name=name, after_sequence=after_sequence)
        return self._stream(self._jobs.WatchJob, request)

    async def jobs(self, board: str = "") -> list[jobs_pb2.Job]:
        """The latest jobs, newest first."""
        request = jobs_pb2.ListJobsRequest(board=board, page_size=PAGE_SIZE)
        return list((await self._call(self._jobs.ListJobs(request, timeout=self.timeout_s))).jobs)

    async def cancel_job(self, name: str) -> jobs_pb2.Job:
        """Stops a job; the board is left so that the next flash repairs it."""
        return await self._call(self._jobs.CancelJob(jobs_pb2.CancelJobRequest(name=name), timeout=self.timeout_s))

    async def finish(self, job: jobs_pb2.Job, on_event: OnEvent | None = None) -> jobs_pb2.Job:
        """Follows a job to its end and returns it; raises what it failed with. Cancelling this cancels the job."""
        last = job
        try:
            async for event in self.watch_job(job.name):
                if on_event is not None:
                    on_event(event)
                if event.WhichOneof("event") == "job":
                    last = event.job
        except asyncio.CancelledError:
            with contextlib.suppress(ApiError):
                await asyncio.shield(self.cancel_job(job.name))
            raise
        if last.state == jobs_pb2.JOB_STATE_FAILED:
            raise ApiError.from_message(last.error)
        if last.state == jobs_pb2.JOB_STATE_CANCELLED:
            raise JobCancelled("JOB_CANCELLED", f"The {last.kind} job was cancelled.", (), "", 1)
        return last

    async def _start(self, call: Awaitable[jobs_pb2.Job], on_event: OnEvent | None) -> jobs_pb2.Job:
        return await self.finish(await self._call(call), on_event)

    async def flash(
        self,
        lease: leases_pb2.Lease,
        files: Sequence[Path | str | flash_pb2.FlashFile],
        *,
        chip_erase: bool = False,
        halt: bool = False,
        unlock: bool = False,
        on_event: OnEvent | None = None,
    ) -> jobs_pb2.Job:
        """Writes firmware files (bin, hex, elf, uf2) and compares what is on the chip with them. `unlock`: a locked chip is erased as a whole first, with
        its settings; otherwise it is ``CHIP_LOCKED``."""
        sent = []
        for file in files:
            if isinstance(file, flash_pb2.FlashFile):
                sent.append(file)
            else:
                path = Path(file)
                sent.append(flash_pb2.FlashFile(sha256=await self.upload(path.read_bytes()), filename=path.name))
        request = flash_pb2.FlashBoardRequest(
            board=lease.board,
            lease=lease_ref(lease),
            request_id=uuid.uuid4().hex,
            files=sent,
            chip_erase=chip_erase,
            halt=halt,
            unlock=unlock,
        )
        return await self._start(self._flash.FlashBoard(request, timeout=self.timeout_s), on_event)

    async def erase(
        self,
        lease: leases_pb2.Lease,
        ranges: Sequence[tuple[int, int]] = (),
        *,
        mass: bool = False,
        on_event: OnEvent | None = None,
    ) -> jobs_pb2.Job:
        """Erases ranges of (address, size in bytes), or the whole chip; `mass`: with its settings, and also a locked one."""
        request = flash_pb2.EraseBoardRequest(
            board=lease.board,
            lease=lease_ref(lease),
            request_id=uuid.uuid4().hex,
            ranges=[flash_pb2.EraseRange(address=address, size_bytes=size) for address, size in ranges],
            mass=mass,
        )
        return await self._start(self._flash.EraseBoard(request, timeout=self.timeout_s), on_event)

    async def reset(self, lease: leases_pb2.Lease, *, on_event: OnEvent | None = None) -> jobs_pb2.Job:
        """Resets the board's chip."""
        request = flash_pb2.ResetBoardRequest(board=lease.board, lease=lease_ref(lease), request_id=uuid.uuid4().hex)
        return await self._start(self._flash.ResetBoard(request, timeout=self.timeout_s), on_event)

    async def register(
        self, lease: leases_pb2.Lease, *, alias: str = "", on_event: OnEvent | None = None
    ) -> jobs_pb2.Job:
        """Learns the board's identity; writes register.vm over what is on the chip."""
        request = boards_pb2.RegisterBoardRequest(
            board=lease.board, lease=lease_ref(lease), request_id=uuid.uuid4().hex, alias=alias
        )
        return await self._start(self._boards.RegisterBoard(request, timeout=self.timeout_s), on_event)

    # --- VMs and programs ----------------------------------------------------------------------------------------

    async def create_vm(
        self, board: str, version: str = "", rtos: str = "", patch: str = "", features: Sequence[str] = ()
    ) -> vms_pb2.Vm:
        """Makes a VM image for a registered board."""
        request = vms_pb2.CreateVmRequest(
            board=board, version=version, rtos=rtos, patch=patch, features=features, request_id=uuid.uuid4().hex
        )
        return await self._call(self._vms.CreateVm(request, timeout=60.0))

    async def vms(self, board: str = "") -> list[vms_pb2.Vm]:
        """The VM images that were made, newest first."""
        found: list[vms_pb2.Vm] = []
        request = vms_pb2.ListVmsRequest(board=board, page_size=PAGE_SIZE)
        while True:
            page = await self._call(self._vms.ListVms(request, timeout=self.timeout_s))
            found.extend(page.vms)
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    async def available_vms(self, target: str) -> Sequence[vms_pb2.ListAvailableVmsResponse.Offer]:
        """What can be made for a target."""
        request = vms_pb2.ListAvailableVmsRequest(target=target)
        return (await self._call(self._vms.ListAvailableVms(request, timeout=self.timeout_s))).offers

    async def virtualize(self, lease: leases_pb2.Lease, vm: str, *, on_event: OnEvent | None = None) -> jobs_pb2.Job:
        """Puts a VM onto its board. `vm`: resource name or a prefix of the vmuid."""
        request = vms_pb2.VirtualizeBoardRequest(
            board=lease.board, lease=lease_ref(lease), request_id=uuid.uuid4().hex, vm=vm
        )
        return await self._start(self._vms.VirtualizeBoard(request, timeout=self.timeout_s), on_event)

    async def compile(
        self,
        program: str | bytes | Project,
        filename: str = "program.py",
        *,
        strip: bool = False,
        vmuid: bytes = b"",
        signature_room: bool = False,
    ) -> programs_pb2.CompileProgramResponse:
        """Source, a folder's program, or a container: to a container in the form that is wanted, and its listing.

        Args:
            strip: without names and lines; `debug_image` of the answer has them.
            vmuid: 16 bytes: for this VM only.
            signature_room: 64 zeros end the image, to be replaced with the Ed25519 signature of what is before them.
        """
        request = programs_pb2.CompileProgramRequest(
            filename=filename, strip=strip, vmuid=vmuid, signature_room=signature_room
        )
        if isinstance(program, bytes):
            request.image = program
        elif isinstance(program, str):
            request.source = program
        else:
            request.entry = program.entry
            request.roots.extend(program.roots)
            for path, data in sorted(program.files.items()):
                request.files.add(path=path, data=data)
            for path, data in sorted(program.resources.items()):
                request.resources.add(path=path, data=data)
        return await self._call(self._programs.CompileProgram(request, timeout=60.0))

    async def run(
        self,
        lease: leases_pb2.Lease,
        program: str | bytes,
        filename: str = "program.py",
        *,
        wait: bool = False,
        debug_image: bytes = b"",
        on_event: OnEvent | None = None,
    ) -> jobs_pb2.Job:
        """Uplinks a program (source, or a container as bytes) and starts it; with wait, to its end.

        `debug_image`: of a stripped container the whole one, for its tracebacks.
        """
        request = programs_pb2.RunProgramRequest(
            board=lease.board,
            lease=lease_ref(lease),
            request_id=uuid.uuid4().hex,
            filename=filename,
            wait=wait,
            debug_image=debug_image,
        )
        if isinstance(program, bytes):
            request.image = program
        else:
            request.source = program
        return await self._start(self._programs.RunProgram(request, timeout=60.0), on_event)

    def run_on_host(
        self,
        program: str | bytes,
        filename: str = "program.py",
        heap_size_bytes: int = 0,
        *,
        record: bool = False,
        replay: bytes = b"",
    ) -> AsyncIterator[programs_pb2.RunOnHostResponse]:
        """Runs a program on the service's host VM: output, then how it ended; `recording` all along when asked to record.

        Args:
            replay: the whole recording of an earlier run, which this one follows exactly.
        """
        request = programs_pb2.RunOnHostRequest(
            filename=filename, heap_size_bytes=heap_size_bytes, record=record, replay=replay
        )
        if isinstance(program, bytes):
            request.image = program
        else:
            request.source = program
        return self._stream(self._programs.RunOnHost, request)

    def debug(
        self, requests: AsyncIterator[debug_pb2.RunDebuggerRequest]
    ) -> AsyncGenerator[debug_pb2.RunDebuggerResponse, None]:
        """The Debug Adapter Protocol with a program: the first request is `start`."""
        return self._stream(self._debugger.RunDebugger, requests)

    def repl(
        self, requests: AsyncIterator[debug_pb2.RunReplRequest]
    ) -> AsyncGenerator[debug_pb2.RunReplResponse, None]:
        """Lines that run one after the other with each other's variables: the first request is `start`."""
        return self._stream(self._debugger.RunRepl, requests)

    def profile(
        self,
        program: str | bytes,
        filename: str = "program.py",
        *,
        lease: leases_pb2.Lease | None = None,
        heap_size_bytes: int = 0,
    ) -> AsyncGenerator[debug_pb2.RunProfileResponse, None]:
        """Runs a program to its end, on the lease's board or on the host's VM: output, then where its instructions went."""
        request = debug_pb2.RunProfileRequest(filename=filename, heap_size_bytes=heap_size_bytes)
        if lease is not None:
            request.board = lease.board
            request.lease.CopyFrom(lease_ref(lease))
        if isinstance(program, bytes):
            request.image = program
        else:
            request.source = program
        return self._stream(self._debugger.RunProfile, request)

    async def heap(self, lease: leases_pb2.Lease, *, collect: bool = False) -> debug_pb2.ReadHeapResponse:
        """The heap of the program on a board, page by page."""
        request = debug_pb2.ReadHeapRequest(board=lease.board, lease=lease_ref(lease), collect=collect)
        return await self._call(self._debugger.ReadHeap(request, timeout=60.0))

    # --- consoles ------------------------------------------------------------------------------------------------

    def console(self, board: str, offset: int = 0, follow: bool = True) -> AsyncIterator[consoles_pb2.ConsoleChunk]:
        """A board's console from a byte offset on (negative: before the end)."""
        request = consoles_pb2.ReadConsoleRequest(board=board, offset=offset, follow=follow)
        return self._stream(self._consoles.ReadConsole, request)

    async def console_end(self, board: str) -> int:
        """The offset at which the next byte of the console will stand."""
        end = 0
        async for chunk in self.console(board, -1, follow=False):
            end = chunk.offset + len(chunk.data)
        return end

    async def expect(self, board: str, text: str, *, offset: int = 0, timeout_s: float = 10.0) -> str:
        """Waits until a text is on a board's console.

        Args:
            board: name or selector.
            text: what to wait for.
            offset: where to begin to look.
            timeout_s: `ApiError` ``DEADLINE`` with the last lines after so long.

        Returns:
            Everything from the offset to the end of the chunk that completed the text.
        """
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        said = ""
        try:
            async with asyncio.timeout(timeout_s):
                async for chunk in self.console(board, offset):
                    said += decoder.decode(chunk.data)
                    if text in said:
                        return said
        except TimeoutError:
            pass
        lines = said.splitlines()[-5:]
        raise ApiError(
            "DEADLINE",
            f"The console did not show {text!r} within {timeout_s:g} s.",
            lines,
            f"vmrig console {board}",
            DEADLINE,
        )

    async def write_console(self, lease: leases_pb2.Lease, data: bytes) -> None:
        """Types at the board."""
        request = consoles_pb2.WriteConsoleRequest(board=lease.board, lease=lease_ref(lease), data=data)
        await self._call(self._consoles.WriteConsole(request, timeout=self.timeout_s))

    @contextlib.asynccontextmanager
    async def released_port(self, lease: leases_pb2.Lease) -> AsyncIterator[str]:
        """Inside the block the service leaves the board's serial port to you; gives the port's path on the board's host.

        Raises:
            ApiError: ``NO_SERIAL_PORT``, ``BOARD_BUSY``, ``BOARD_GONE``.
        """
        request = consoles_pb2.ReleasePortRequest(board=lease.board, lease=lease_ref(lease))
        async with contextlib.aclosing(self._stream(self._consoles.ReleasePort, request)) as ports:
            yield (await anext(ports)).port


def lease_ref(lease: leases_pb2.Lease) -> common_pb2.LeaseRef:
    """What calls on the lease's board carry."""
    return common_pb2.LeaseRef(lease=lease.name, fence=lease.fence)


def _duration(seconds: float) -> Duration:
    whole = int(seconds)
    return Duration(seconds=whole, nanos=int((seconds - whole) * 1e9))
