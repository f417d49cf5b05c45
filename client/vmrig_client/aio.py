# SPDX-License-Identifier: Apache-2.0
"""The client for asyncio. `vmrig_client.sync.Client` is the same for plain code.

Calls return the messages of `vmrig.v1` as they are and raise `ApiError`.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import socket
import uuid
from collections.abc import AsyncIterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from google.protobuf.duration_pb2 import Duration
from vmrig.v1 import (
    boards_pb2,
    boards_pb2_grpc,
    flash_pb2,
    flash_pb2_grpc,
    jobs_pb2,
    leases_pb2,
    leases_pb2_grpc,
    system_pb2,
    system_pb2_grpc,
)

from vmrig_client.connection import lease_ref
from vmrig_client.consoles import ConsoleCalls
from vmrig_client.debugging import DebugCalls
from vmrig_client.errors import DEADLINE, ApiError
from vmrig_client.jobs import PAGE_SIZE, JobCancelled, OnEvent
from vmrig_client.programs import ProgramCalls
from vmrig_client.vms import VmCalls

if TYPE_CHECKING:
    from vmrig_client.custom_vms import CustomVms
    from vmrig_client.emulated import Emulated

__all__ = ["AsyncClient", "JobCancelled", "OnEvent", "lease_ref"]

BLOB_CHUNK_BYTES = 256 * 1024


class AsyncClient(ProgramCalls, VmCalls, DebugCalls, ConsoleCalls):
    """All services of one address; arguments and errors are those of `Connection`."""

    def __init__(self, address: str | None = None, *, timeout_s: float = 15.0) -> None:
        super().__init__(address, timeout_s=timeout_s)
        self._boards = boards_pb2_grpc.BoardsStub(self._channel)
        self._leases = leases_pb2_grpc.LeasesStub(self._channel)
        self._flash = flash_pb2_grpc.FlashStub(self._channel)
        self._system = system_pb2_grpc.SystemStub(self._channel)

    # Most programs and commands need neither of these; their messages take time to import.

    @cached_property
    def emulated(self) -> Emulated:
        """The Emulator service."""
        from vmrig_client.emulated import Emulated

        return Emulated(self._channel, self._call, self._stream)

    @cached_property
    def custom_vms(self) -> CustomVms:
        """The CustomVms service."""
        from vmrig_client.custom_vms import CustomVms

        return CustomVms(self._channel, self._call, self._stream)

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

    # --- firmware ----------------------------------------------------------------------------------------------------

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
        self,
        lease: leases_pb2.Lease,
        *,
        alias: str = "",
        with_firmware: bool = False,
        on_event: OnEvent | None = None,
    ) -> jobs_pb2.Job:
        """Learns the board's identity by its probe or loader. Where neither tells it, or `with_firmware`: writes register.vm over what is on the chip."""
        request = boards_pb2.RegisterBoardRequest(
            board=lease.board,
            lease=lease_ref(lease),
            request_id=uuid.uuid4().hex,
            alias=alias,
            with_firmware=with_firmware,
        )
        return await self._start(self._boards.RegisterBoard(request, timeout=self.timeout_s), on_event)


def _duration(seconds: float) -> Duration:
    whole = int(seconds)
    return Duration(seconds=whole, nanos=int((seconds - whole) * 1e9))
