# SPDX-License-Identifier: Apache-2.0
"""Custom VMs among the boards of the bench: a template that was changed makes its boards stale, and what boards use is not taken away unasked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vmrig_server.agent.api import Agent
from vmrig_server.errors import VmrigError
from vmrig_server.hub.boards import Boards
from vmrig_server.hub.emulated import EmulatorPool
from vmrig_server.hub.model import Board
from vmrig_server.hub.requests import bare_id

if TYPE_CHECKING:
    from vmrig_server.customvm.importing import Incoming
    from vmrig_server.customvm.originals import Original
    from vmrig_server.customvm.workshop import Checked, Custom, Workshop

log = logging.getLogger(__name__)

LOOK_S = 1.0
"""A template is a file that its user edits: boards show that it was changed within this time."""


@dataclass(frozen=True, slots=True)
class CustomOnBoards:
    """A custom VM, and the boards that are of it."""

    custom: Custom
    boards: tuple[str, ...]
    stale_boards: tuple[str, ...]


class CustomVms:
    """The custom VMs of a service. Their files are read and written in threads.

    Args:
        root: ``<home>/cvm``.
        boards: of the hub.
        agent: looks at its buses again when there is a new board type.
        pool: its boards can be of custom VMs, too.
    """

    def __init__(self, root: Path, boards: Boards, agent: Agent, pool: EmulatorPool) -> None:
        self._root = root
        self._boards = boards
        self._agent = agent
        self._pool = pool
        self._opened: Workshop | None = None

    @property
    def _workshop(self) -> Workshop:
        # Made on first use: what it imports is not for the start-up.
        if self._opened is None:
            from vmrig_server.customvm.workshop import Workshop

            self._opened = Workshop(self._root)
        return self._opened

    # --- the boards' side --------------------------------------------------------------------------------------------

    async def follow(self) -> None:
        """Shows boards as stale while they are, for ever."""
        recovered = False
        while True:
            try:
                if not recovered and self._root.is_dir():
                    await asyncio.to_thread(self._workshop.folders.recover)
                recovered = True
                await self.refresh()
            except OSError as error:
                log.warning("the folder of custom VMs cannot be read: %s", error)
            await asyncio.sleep(LOOK_S)

    async def refresh(self) -> None:
        """Shows boards as stale that are, and others as they are."""
        if not self._root.is_dir():
            return
        # Of a thousand boards few have different reasons.
        reasons = await asyncio.to_thread(
            self._reasons, {(board.target, board.port_sha256) for board in self._boards.all()}
        )
        for board in self._boards.all():
            self._boards.show_stale(board.board_id, reasons.get((board.target, board.port_sha256), ""))

    def _reasons(self, boards: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Why boards of a target with a port.bin are stale."""
        names = frozenset(self._workshop.folders.names())
        return {(target, port): self._why_stale(target, port) for target, port in boards if target in names and port}

    def _why_stale(self, target: str, port_sha256: str) -> str:
        """Empty for a board that has the port.bin that its template gives, and for one of which that is not known."""
        try:
            now = self._workshop.port_now(target)
        except VmrigError as error:
            log.warning("custom VM %s: %s", target, error)
            return ""
        if now == port_sha256:
            return ""
        template = f"the template of {target}"
        if not now:
            return f"{template} was changed and has mistakes: mend it, recompile and virtualize again"
        try:
            compiled = self._workshop.get(target).port_sha256
        except VmrigError:
            compiled = ""
        if now == compiled:
            return f"{template} was compiled with other contents: virtualize again"
        return f"{template} was changed: recompile and virtualize again"

    def _of(self, name: str) -> list[Board]:
        return [board for board in self._boards.all() if board.target == name]

    def _with_boards(self, custom: Custom) -> CustomOnBoards:
        boards = self._of(custom.short_name)
        stale = tuple(board.name for board in boards if board.stale_reason)
        return CustomOnBoards(custom, tuple(board.name for board in boards), stale)

    # --- reading -----------------------------------------------------------------------------------------------------

    async def originals(self) -> Sequence[Original]:
        """Targets that a custom VM can be derived from."""
        return await asyncio.to_thread(self._workshop.originals)

    async def list(self) -> list[CustomOnBoards]:
        """All, by short name."""
        await self.refresh()
        return [self._with_boards(custom) for custom in await asyncio.to_thread(self._workshop.list)]

    async def get(self, name: str) -> CustomOnBoards:
        """By short name or resource name.

        Raises:
            VmrigError: ``CUSTOM_VM_NOT_FOUND``.
        """
        await self.refresh()
        return self._with_boards(await asyncio.to_thread(self._workshop.get, short_name(name)))

    async def template(self, name: str) -> tuple[str, Path]:
        """A template's text and its file."""
        name = short_name(name)
        return await asyncio.to_thread(self._workshop.template, name), self._workshop.folders.template_path(name)

    async def check(self, name: str, text: str) -> Checked:
        """A look at a text, or (empty) at the template as it is."""
        return await asyncio.to_thread(self._workshop.check, short_name(name), text)

    async def pin_map(self, name: str) -> tuple[str, bool]:
        """The picture of its pins, and whether it is the user's own."""
        return await asyncio.to_thread(self._workshop.pin_map, short_name(name))

    async def decompile(self, port: bytes) -> tuple[str, bool]:
        """A template's text of a port.bin, and whether that is of the old layout.

        Raises:
            VmrigError: ``PORT_INVALID``.
        """
        return await asyncio.to_thread(self._workshop.decompile, port)

    # --- changing ----------------------------------------------------------------------------------------------------

    async def create(self, target: str, name: str, title: str) -> CustomOnBoards:
        """Makes one.

        Raises:
            VmrigError: ``SHORT_NAME_INVALID``, ``CUSTOM_VM_EXISTS``, ``TARGET_NOT_CUSTOMIZABLE``.
        """
        return self._with_boards(await asyncio.to_thread(self._workshop.create, target, short_name(name), title))

    async def set_template(self, name: str, text: str, replaces_sha256: str) -> None:
        """Replaces the template's text.

        Raises:
            VmrigError: ``CUSTOM_VM_NOT_FOUND``, ``TEMPLATE_CHANGED``.
        """
        await asyncio.to_thread(self._workshop.set_template, short_name(name), text, replaces_sha256)
        await self.refresh()

    async def compile(self, name: str, *, v1: bool) -> tuple[CustomOnBoards, bytes, Path, Sequence[str]]:
        """Compiles; v1: the old layout of port.bin, too.

        Returns:
            (the custom VM, port.bin of the format that was asked for, its file, notes)

        Raises:
            VmrigError: ``CUSTOM_VM_NOT_FOUND``; ``TEMPLATE_INVALID`` with every mistake.
        """
        name = short_name(name)
        work = self._workshop
        if v1:
            data, path, notes = await asyncio.to_thread(work.compile_v1, name)
        else:
            compiled = await asyncio.to_thread(work.compile, name)
            data, path, notes = compiled.port, work.port_path(name), compiled.notes()
        await self._agent.look_again()
        return await self.get(name), data, path, notes

    async def delete(self, name: str, *, force: bool) -> None:
        """Takes one away.

        Raises:
            VmrigError: ``CUSTOM_VM_NOT_FOUND``; ``CUSTOM_VM_IN_USE`` with the boards that are of it, without `force`.
        """
        name = short_name(name)
        await asyncio.to_thread(self._workshop.get, name)
        users = {board.usb.serial: f"board {board.call_name} ({board.board_id})" for board in self._of(name)}
        for emulated in await self._pool.list():
            if emulated.target == name:
                users.setdefault(emulated.serial, f"emulated board {emulated.serial}")
        if users and not force:
            raise VmrigError(
                "CUSTOM_VM_IN_USE",
                f"{len(users)} board{'s are' if len(users) > 1 else ' is'} of the custom VM {name}.",
                evidence=list(users.values()),
                next_command=f"vmrig vm custom remove {name} --force",
            )
        await asyncio.to_thread(self._workshop.remove, name)
        await self._agent.look_again()

    async def export(self, name: str) -> bytes:
        """Its .tar.xz."""
        return await asyncio.to_thread(self._workshop.export, short_name(name))

    async def take_in(
        self, chunks: AsyncIterator[bytes], *, force: bool, validate_only: bool
    ) -> tuple[Incoming, CustomOnBoards]:
        """Takes an archive over, or (validate_only) tells what it would take.

        Raises:
            VmrigError: those of `customvm.importing.look_through`.
        """
        from vmrig_server.customvm import archive, importing

        data = bytearray()
        async for chunk in chunks:
            data += chunk
            if len(data) > archive.MAX_ARCHIVE_BYTES:
                raise archive.refused(f"it has more than {archive.MAX_ARCHIVE_BYTES} bytes")
        incoming = await asyncio.to_thread(importing.look_through, bytes(data), self._workshop, force=force)
        if validate_only:
            return incoming, self._with_boards(importing.as_it_would_be(incoming, self._workshop))
        await asyncio.to_thread(importing.take_over, incoming, self._workshop, force=force)
        await self._agent.look_again()
        return incoming, await self.get(incoming.short_name)


def short_name(name: str) -> str:
    """Of a resource name; a short name passes."""
    return bare_id(name, "customVms")
