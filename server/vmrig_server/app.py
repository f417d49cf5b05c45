# SPDX-License-Identifier: Apache-2.0
"""Composition: opens the store, starts pool, agent and hub, and serves."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

import grpc

from vmrig_server.config import Config, check_listener, split_address
from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.hub.hub import Hub, Outside
from vmrig_server.hub.store import Store, sqlite_url
from vmrig_server.hub.whole import settle
from vmrig_server.rpc.interceptor import ErrorsAndAudit
from vmrig_server.rpc.services import register

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
MAX_SOCKET_PATH = 107
"""sun_path has 108 bytes with its end (unix(7))."""
STOP_GRACE_S = 0.3
STOP_PART_S = 1.5
"""No part of the service may hold up its end longer."""


@dataclass(slots=True)
class Parts:
    """What a hub works with, and how it is started and ended. `start` runs beside the serving: it may take its time."""

    outside: Outside
    start: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]


class Lock:
    """One service a folder: an advisory lock that ends with the process, however it ends."""

    def __init__(self, path: Path) -> None:
        """
        Raises:
            VmrigError: ``SERVICE_RUNNING`` with the pid of the service that holds it.
        """
        self._file: IO[str] = path.open("a+", encoding="ascii")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            pid = self._file.read().strip()
            self._file.close()
            raise VmrigError(
                "SERVICE_RUNNING",
                f"A vmrig service runs in this folder already (pid {pid or 'unknown'}).",
                evidence=[str(path.parent)],
                next_command="vmrig boards",
            ) from None
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def release(self) -> None:
        """Lets the next service in."""
        self._file.close()


@dataclass(slots=True)
class Service:
    """A service that serves. Made by `serve`."""

    config: Config
    hub: Hub
    server: grpc.aio.Server
    _parts: Parts
    _store: Store
    _lock: Lock
    tcp_port: int = 0
    """0: no TCP listener."""
    starting: asyncio.Task[None] | None = None
    """Of the parts, beside the serving."""
    _closed: bool = False

    @property
    def address(self) -> str:
        """gRPC target of the unix socket."""
        return f"unix:{self.config.socket}"

    async def close(self) -> None:
        """Ends jobs, streams, workers and store, in order; takes no longer than about two seconds."""
        if self._closed:
            return
        self._closed = True
        await _within("hub", self.hub.close())
        await self.server.stop(STOP_GRACE_S)
        if self.starting is not None:
            self.starting.cancel()
            await asyncio.gather(self.starting, return_exceptions=True)
        await _within("agent and emulator", self._parts.close())
        await settle()
        await self._store.close()
        self.config.socket.unlink(missing_ok=True)
        self._lock.release()

    async def __aenter__(self) -> Service:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def _within(what: str, work: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout(STOP_PART_S):
            await work
    except TimeoutError:
        log.warning("%s did not end within %g s", what, STOP_PART_S)


def local_parts(config: Config) -> Parts:
    """The emulator's workers and the agent, in this process."""
    from vmrig_server.agent.agent import LocalAgent
    from vmrig_server.agent.discovery.bus import UsbBus
    from vmrig_server.agent.discovery.system import SystemBus
    from vmrig_server.emulator.pool import WorkerPool
    from vmrig_server.emulator.usb import EmulatedBus
    from vmrig_server.hub.images import ShippedImages
    from vmrig_server.hub.targets import BoardFiles

    emulated = EmulatedBus(config.run_dir / "usb")
    pool = WorkerPool(config.home)
    buses: list[UsbBus] = [SystemBus(), emulated] if config.system_usb else [emulated]
    agent = LocalAgent(buses, config.home)

    async def start() -> None:
        # Boards come up while discovery already looks.
        await agent.start()
        await pool.start()

    async def close() -> None:
        await agent.stop()
        await pool.close()

    return Parts(Outside(agent, pool, BoardFiles(), ShippedImages(config.home)), start, close)


async def serve(config: Config, make_parts: Callable[[Config], Parts] = local_parts) -> Service:
    """Starts a service; it answers when this returns.

    Args:
        config: its settings.
        make_parts: agent, emulator and catalogues; tests have their own.

    Raises:
        VmrigError: ``SERVICE_RUNNING``, ``HOME_UNUSABLE``, ``STORE_NEWER``, ``STORE_BROKEN``, ``TLS_REQUIRED``, ``CONFIG_INVALID``, ``LISTEN_FAILED``.
    """
    check_listener(config)
    try:
        config.run_dir.mkdir(parents=True, exist_ok=True)
        config.run_dir.chmod(stat.S_IRWXU)
        lock = Lock(config.run_dir / "service.lock")
    except OSError as error:
        raise VmrigError(
            "HOME_UNUSABLE",
            f"The service's folder {config.home} cannot be made or written.",
            evidence=[str(error)],
            next_command="VMRIG_HOME=/folder/of/yours vmrig up",
            error_class=ErrorClass.BENCH,
        ) from None
    try:
        store = await Store.open(config.database or sqlite_url(config.home / "vmrig.sqlite3"))
    except BaseException:
        lock.release()
        raise
    try:
        parts = make_parts(config)
        hub = Hub(store, config.home / "blobs", parts.outside, config.boards)
    except BaseException:
        await store.close()
        lock.release()
        raise
    server = grpc.aio.server(
        interceptors=[ErrorsAndAudit(hub.audit)],
        options=[
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            # A second service must fail to bind, not share the port.
            ("grpc.so_reuseport", 0),
        ],
    )
    service = Service(config, hub, server, parts, store, lock)
    try:
        await hub.start()
        await register(server, hub, config.home)
        service.tcp_port = _listen(server, config)
        await server.start()
    except BaseException:
        await service.close()
        raise
    service.starting = asyncio.create_task(_start(parts), name="start")
    return service


async def _start(parts: Parts) -> None:
    try:
        await parts.start()
    except VmrigError as error:
        log.error("%s %s", error, " | ".join(error.evidence))
    except Exception:
        # What works without boards (the record, the host's VM) still does.
        log.exception("agent or emulator did not start")


def _listen(server: grpc.aio.Server, config: Config) -> int:
    path = config.socket
    if len(os.fsencode(path)) > MAX_SOCKET_PATH:
        raise VmrigError(
            "LISTEN_FAILED",
            f"The path of the unix socket has more than {MAX_SOCKET_PATH} bytes: choose a shorter folder.",
            evidence=[str(path)],
            next_command="VMRIG_HOME=/short/path vmrig up",
        )
    # Ours by the lock: what is there is of a service that was killed.
    path.unlink(missing_ok=True)
    mask = os.umask(0o177)
    try:
        _bind(server.add_insecure_port, f"unix:{path}")
    finally:
        os.umask(mask)
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    if not config.listen:
        return 0
    host, port = split_address(config.listen)
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if config.tls is None:
        return _bind(server.add_insecure_port, address)
    tls = config.tls
    try:
        client_ca = tls.client_ca.read_bytes() if tls.client_ca else None
        credentials = grpc.ssl_server_credentials(
            [(tls.key.read_bytes(), tls.cert.read_bytes())], client_ca, require_client_auth=client_ca is not None
        )
    except OSError as error:
        raise VmrigError("CONFIG_INVALID", "A file of the TLS set-up cannot be read.", evidence=[str(error)]) from None
    return _bind(lambda address: server.add_secure_port(address, credentials), address)


def _bind(add: Callable[[str], int], address: str) -> int:
    try:
        return add(address)
    except RuntimeError as error:
        raise VmrigError(
            "LISTEN_FAILED",
            f"The service cannot listen at {address}.",
            evidence=[str(error)],
            error_class=ErrorClass.BENCH,
        ) from None
