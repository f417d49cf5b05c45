# SPDX-License-Identifier: Apache-2.0
"""The client for plain code: `AsyncClient` on an event loop of its own, in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from vmrig.v1 import (
    boards_pb2,
    consoles_pb2,
    custom_vms_pb2,
    emulator_pb2,
    flash_pb2,
    jobs_pb2,
    leases_pb2,
    programs_pb2,
    system_pb2,
    vms_pb2,
)

from vmrig_client.aio import AsyncClient, OnEvent
from vmrig_client.project import Project
from vmrig_client.vms import OnBuild

_T = TypeVar("_T")


class Client:
    """A connection to one service; arguments, results and errors are those of `AsyncClient`'s methods of the same names.

    A client may be used from several threads. Close it, or use it as a context manager.
    """

    def __init__(self, address: str | None = None, *, timeout_s: float = 15.0) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="vmrig-client", daemon=True)
        self._thread.start()
        self._aio = self._run(self._connect(address, timeout_s))
        self.emulated = SyncEmulated(self)
        self.custom_vms = SyncCustomVms(self)

    @staticmethod
    async def _connect(address: str | None, timeout_s: float) -> AsyncClient:
        return AsyncClient(address, timeout_s=timeout_s)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def address(self) -> str:
        """gRPC target of the service."""
        return self._aio.address

    def close(self) -> None:
        """Ends the connection and the loop."""
        if self._loop.is_closed():
            return
        self._run(self._aio.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, _T]) -> _T:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    def _iterate(self, stream: AsyncIterator[_T]) -> Iterator[_T]:
        async def step() -> _T:
            return await anext(stream)

        async def end() -> None:
            close = getattr(stream, "aclose", None)
            if close is not None:
                await close()

        try:
            while True:
                try:
                    yield self._run(step())
                except StopAsyncIteration:
                    return
        finally:
            self._run(end())

    def version(self) -> system_pb2.GetVersionResponse:
        return self._run(self._aio.version())

    def targets(self) -> Sequence[system_pb2.ListTargetsResponse.Target]:
        return self._run(self._aio.targets())

    def upload(self, data: bytes) -> str:
        return self._run(self._aio.upload(data))

    def boards(self, selector: str = "") -> list[boards_pb2.Board]:
        return self._run(self._aio.boards(selector))

    def board(self, selector: str) -> boards_pb2.Board:
        return self._run(self._aio.board(selector))

    def watch_boards(self, resume_token: int = 0) -> Iterator[boards_pb2.BoardEvent]:
        return self._iterate(self._aio.watch_boards(resume_token))

    def wait_present(self, selector: str, present: bool = True, timeout_s: float = 10.0) -> boards_pb2.Board:
        return self._run(self._aio.wait_present(selector, present, timeout_s))

    def set_alias(self, board: str, alias: str) -> boards_pb2.Board:
        return self._run(self._aio.set_alias(board, alias))

    def remove_alias(self, alias: str) -> boards_pb2.Board:
        return self._run(self._aio.remove_alias(alias))

    def leases(self, ended: bool = False) -> list[leases_pb2.Lease]:
        return self._run(self._aio.leases(ended))

    def request_lease(
        self, board: str, *, reason: str = "", duration_s: float = 600.0, wait_s: float = 0.0, holder: str = ""
    ) -> leases_pb2.Lease:
        return self._run(
            self._aio.request_lease(board, reason=reason, duration_s=duration_s, wait_s=wait_s, holder=holder)
        )

    def renew_lease(self, lease: leases_pb2.Lease, duration_s: float = 600.0) -> leases_pb2.Lease:
        return self._run(self._aio.renew_lease(lease, duration_s))

    def release_lease(self, lease: leases_pb2.Lease) -> leases_pb2.Lease:
        return self._run(self._aio.release_lease(lease))

    @contextlib.contextmanager
    def lease(
        self, board: str, *, reason: str = "", wait_s: float = 0.0, duration_s: float = 600.0
    ) -> Iterator[leases_pb2.Lease]:
        holding = self._aio.lease(board, reason=reason, wait_s=wait_s, duration_s=duration_s)
        lease = self._run(holding.__aenter__())
        try:
            yield lease
        finally:
            self._run(holding.__aexit__(None, None, None))

    def jobs(self, board: str = "") -> list[jobs_pb2.Job]:
        return self._run(self._aio.jobs(board))

    def watch_job(self, name: str, after_sequence: int = 0) -> Iterator[jobs_pb2.JobEvent]:
        return self._iterate(self._aio.watch_job(name, after_sequence))

    def cancel_job(self, name: str) -> jobs_pb2.Job:
        return self._run(self._aio.cancel_job(name))

    def flash(
        self,
        lease: leases_pb2.Lease,
        files: Sequence[Path | str | flash_pb2.FlashFile],
        *,
        chip_erase: bool = False,
        halt: bool = False,
        unlock: bool = False,
        on_event: OnEvent | None = None,
    ) -> jobs_pb2.Job:
        return self._run(
            self._aio.flash(lease, files, chip_erase=chip_erase, halt=halt, unlock=unlock, on_event=on_event)
        )

    def erase(
        self,
        lease: leases_pb2.Lease,
        ranges: Sequence[tuple[int, int]] = (),
        *,
        mass: bool = False,
        on_event: OnEvent | None = None,
    ) -> jobs_pb2.Job:
        return self._run(self._aio.erase(lease, ranges, mass=mass, on_event=on_event))

    def reset(self, lease: leases_pb2.Lease, *, on_event: OnEvent | None = None) -> jobs_pb2.Job:
        return self._run(self._aio.reset(lease, on_event=on_event))

    def register(
        self,
        lease: leases_pb2.Lease,
        *,
        alias: str = "",
        with_firmware: bool = False,
        on_event: OnEvent | None = None,
    ) -> jobs_pb2.Job:
        return self._run(self._aio.register(lease, alias=alias, with_firmware=with_firmware, on_event=on_event))

    def create_vm(
        self,
        board: str,
        version: str = "",
        rtos: str = "",
        patch: str = "",
        features: Sequence[str] = (),
        *,
        signing_key: bytes = b"",
        on_build: OnBuild | None = None,
    ) -> vms_pb2.Vm:
        return self._run(
            self._aio.create_vm(board, version, rtos, patch, features, signing_key=signing_key, on_build=on_build)
        )

    def vms(self, board: str = "", start: int = 0, count: int = 0) -> list[vms_pb2.Vm]:
        return self._run(self._aio.vms(board, start, count))

    def vm_offers(self, target: str) -> vms_pb2.ListAvailableVmsResponse:
        return self._run(self._aio.vm_offers(target))

    def vm_files(self, vm: str) -> dict[str, bytes]:
        return self._run(self._aio.vm_files(vm))

    def register_files(self, target: str) -> dict[str, bytes]:
        return self._run(self._aio.register_files(target))

    def available_vms(self, target: str) -> Sequence[vms_pb2.ListAvailableVmsResponse.Offer]:
        return self._run(self._aio.available_vms(target))

    def virtualize(self, lease: leases_pb2.Lease, vm: str, *, on_event: OnEvent | None = None) -> jobs_pb2.Job:
        return self._run(self._aio.virtualize(lease, vm, on_event=on_event))

    def compile(
        self,
        program: str | bytes | Project,
        filename: str = "program.py",
        *,
        strip: bool = False,
        vmuid: bytes = b"",
        signature_room: bool = False,
    ) -> programs_pb2.CompileProgramResponse:
        return self._run(self._aio.compile(program, filename, strip=strip, vmuid=vmuid, signature_room=signature_room))

    def run(
        self,
        lease: leases_pb2.Lease,
        program: str | bytes,
        filename: str = "program.py",
        *,
        wait: bool = False,
        debug_image: bytes = b"",
        on_event: OnEvent | None = None,
    ) -> jobs_pb2.Job:
        return self._run(self._aio.run(lease, program, filename, wait=wait, debug_image=debug_image, on_event=on_event))

    def run_on_host(
        self,
        program: str | bytes,
        filename: str = "program.py",
        heap_size_bytes: int = 0,
        *,
        record: bool = False,
        replay: bytes = b"",
        target: str = "",
    ) -> Iterator[programs_pb2.RunOnHostResponse]:
        run = self._aio.run_on_host(program, filename, heap_size_bytes, record=record, replay=replay, target=target)
        return self._iterate(run)

    def console(self, board: str, offset: int = 0, follow: bool = True) -> Iterator[consoles_pb2.ConsoleChunk]:
        return self._iterate(self._aio.console(board, offset, follow))

    def console_end(self, board: str) -> int:
        return self._run(self._aio.console_end(board))

    def expect(self, board: str, text: str, *, offset: int = 0, timeout_s: float = 10.0) -> str:
        return self._run(self._aio.expect(board, text, offset=offset, timeout_s=timeout_s))

    def write_console(self, lease: leases_pb2.Lease, data: bytes) -> None:
        self._run(self._aio.write_console(lease, data))


class SyncEmulated:
    """`vmrig_client.emulated.Emulated` for plain code."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def create(
        self, target: str, *, serial: str = "", pace: str = "real", unplugged: bool = False, usb: str = ""
    ) -> emulator_pb2.EmulatedBoard:
        emulated = self._client._aio.emulated
        return self._client._run(emulated.create(target, serial=serial, pace=pace, unplugged=unplugged, usb=usb))

    def list(self) -> Sequence[emulator_pb2.EmulatedBoard]:
        return self._client._run(self._client._aio.emulated.list())

    def get(self, name: str) -> emulator_pb2.EmulatedBoard:
        return self._client._run(self._client._aio.emulated.get(name))

    def delete(self, name: str) -> None:
        self._client._run(self._client._aio.emulated.delete(name))

    def plug(self, name: str, plugged: bool = True) -> emulator_pb2.EmulatedBoard:
        return self._client._run(self._client._aio.emulated.plug(name, plugged))

    def power(self, name: str, on: bool) -> emulator_pb2.EmulatedBoard:
        return self._client._run(self._client._aio.emulated.power(name, on))

    def drive_pin(self, name: str, pin: str, level: str) -> emulator_pb2.PinState:
        return self._client._run(self._client._aio.emulated.drive_pin(name, pin, level))

    def pin(self, name: str, pin: str) -> emulator_pb2.PinState:
        return self._client._run(self._client._aio.emulated.pin(name, pin))

    def pin_edges(self, name: str, pin: str = "", from_sequence: int = 0) -> emulator_pb2.ListPinEdgesResponse:
        return self._client._run(self._client._aio.emulated.pin_edges(name, pin, from_sequence))

    def coverage(self, name: str) -> Sequence[emulator_pb2.Coverage.Register]:
        return self._client._run(self._client._aio.emulated.coverage(name))


class SyncCustomVms:
    """`vmrig_client.custom_vms.CustomVms` for plain code."""

    def __init__(self, client: Client) -> None:
        self._run = client._run
        self._calls = client._aio.custom_vms

    def originals(self) -> Sequence[custom_vms_pb2.ListOriginalsResponse.Original]:
        return self._run(self._calls.originals())

    def create(self, target: str, short_name: str, title: str = "") -> custom_vms_pb2.CustomVm:
        return self._run(self._calls.create(target, short_name, title))

    def list(self) -> Sequence[custom_vms_pb2.CustomVm]:
        return self._run(self._calls.list())

    def get(self, name: str) -> custom_vms_pb2.CustomVm:
        return self._run(self._calls.get(name))

    def template(self, name: str) -> custom_vms_pb2.Template:
        return self._run(self._calls.template(name))

    def set_template(self, name: str, text: str, replaces_sha256: str = "") -> custom_vms_pb2.Template:
        return self._run(self._calls.set_template(name, text, replaces_sha256))

    def check(self, name: str, text: str = "") -> custom_vms_pb2.CheckTemplateResponse:
        return self._run(self._calls.check(name, text))

    def compile(self, name: str, form: str = "v2") -> custom_vms_pb2.CompileCustomVmResponse:
        return self._run(self._calls.compile(name, form))

    def decompile(self, port: bytes) -> custom_vms_pb2.DecompilePortResponse:
        return self._run(self._calls.decompile(port))

    def pin_map(self, name: str) -> custom_vms_pb2.PinMap:
        return self._run(self._calls.pin_map(name))

    def delete(self, name: str, *, force: bool = False) -> None:
        self._run(self._calls.delete(name, force=force))

    def export(self, name: str) -> bytes:
        return self._run(self._calls.export(name))

    def take_in(
        self, archive: bytes, *, force: bool = False, validate_only: bool = False
    ) -> custom_vms_pb2.ImportCustomVmResponse:
        return self._run(self._calls.take_in(archive, force=force, validate_only=validate_only))
