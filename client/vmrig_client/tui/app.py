# SPDX-License-Identifier: Apache-2.0
"""The dashboard: the boards, the chosen one's state, its live console, what a job on it is doing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import DataTable, Footer, Header, Input
from vmrig.v1 import boards_pb2, jobs_pb2, leases_pb2

from vmrig_client.aio import AsyncClient, OnEvent
from vmrig_client.errors import ApiError
from vmrig_client.tui.custom import CustomVmsScreen
from vmrig_client.tui.panels import BoardTable, ConsolePanel, DetailsPanel, JobPanel, board_id
from vmrig_client.tui.prompts import Confirm, Help, Prompt, complain
from vmrig_client.tui.vms import VmsScreen

RETRY_S = 1.0

JobStart = Callable[[leases_pb2.Lease, OnEvent], Awaitable[jobs_pb2.Job]]


class Dashboard(App[None]):
    """`vmrig` without a command.

    Args:
        client: a connected client; by default one to this user's service.
        embedded: the service runs only as long as the dashboard; said in the title.
    """

    TITLE = "vmrig"
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "emulate", "Emulate"),
        Binding("f", "flash", "Flash"),
        Binding("r", "reset", "Reset"),
        Binding("u", "run", "Run program"),
        Binding("x", "erase", "Erase"),
        Binding("g", "register", "Register"),
        Binding("v", "vms", "VMs"),
        Binding("c", "custom", "Own boards"),
        Binding("space", "follow", "Pause/follow"),
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("question_mark", "help", "Help", key_display="?"),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(self, client: AsyncClient | None = None, *, embedded: bool = False) -> None:
        super().__init__()
        self._given_client = client
        self._embedded = embedded
        self._boards: dict[str, boards_pb2.Board] = {}
        self._chosen = ""
        self._filter = ""

    def compose(self) -> ComposeResult:
        yield Header()
        yield Input(placeholder="filter: part of an id, alias, target, serial (esc clears)", id="filter")
        with Horizontal(id="top"):
            yield BoardTable(id="boards")
            yield DetailsPanel(id="details")
        with Vertical(id="bottom"):
            yield ConsolePanel(id="console")
            yield JobPanel(id="job")
        yield Footer()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The verbs work on the board under the cursor: where no board is shown there are none."""
        own = {binding.action for binding in self.BINDINGS if isinstance(binding, Binding)} - {"quit"}
        return len(self.screen_stack) == 1 or action not in own

    async def on_mount(self) -> None:
        self.client = self._given_client or AsyncClient()
        self.sub_title = "service embedded in this dashboard" if self._embedded else self.client.address
        self.query_one(BoardTable).focus()
        self.watch_boards()

    async def on_unmount(self) -> None:
        if self._given_client is None:
            await self.client.close()

    # --- what the service tells ------------------------------------------------------------------------------------

    @work(exclusive=True, group="boards")
    async def watch_boards(self) -> None:
        """Keeps the table as the service has it; reconnects for as long as it takes."""
        while True:
            try:
                async for event in self.client.watch_boards():
                    if event.type != boards_pb2.BoardEvent.TYPE_SYNCED:
                        self._take(event.board)
            except ApiError as error:
                self.query_one(DetailsPanel).show_error(error)
            await asyncio.sleep(RETRY_S)

    def _take(self, board: boards_pb2.Board) -> None:
        previous = self._boards.get(board.name)
        self._boards[board.name] = board
        self._show_board(board)
        if not self._chosen:
            self._choose(board.name)
        if board.name == self._chosen:
            self.query_one(DetailsPanel).show(board)
            if board.job and (previous is None or previous.job != board.job):
                self.watch_job(board.job)

    def _show_board(self, board: boards_pb2.Board) -> None:
        table = self.query_one(BoardTable)
        if self._filter and self._filter not in _text_of(board):
            table.drop(board.name)
        else:
            table.put(board)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        if event.row_key is not None and event.row_key.value is not None:
            self._choose(event.row_key.value)

    def _choose(self, name: str) -> None:
        if name == self._chosen or name not in self._boards:
            return
        self._chosen = name
        board = self._boards[name]
        self.query_one(DetailsPanel).show(board)
        self.query_one(JobPanel).clear_job()
        self.query_one(ConsolePanel).begin(board_id(board))
        self.watch_console(name)
        if board.job:
            self.watch_job(board.job)

    @work(exclusive=True, group="console")
    async def watch_console(self, board: str) -> None:
        """The chosen board's console, live; resumes where it stopped when the service comes back."""
        panel = self.query_one(ConsolePanel)
        offset = -8192
        while True:
            with contextlib.suppress(ApiError):
                async for chunk in self.client.console(board, offset):
                    panel.add(chunk)
                    offset = chunk.offset + len(chunk.data)
            await asyncio.sleep(RETRY_S)

    @work(exclusive=True, group="job")
    async def watch_job(self, name: str) -> None:
        """Progress of the job on the chosen board, whoever started it."""
        panel = self.query_one(JobPanel)
        with contextlib.suppress(ApiError):
            async for event in self.client.watch_job(name):
                panel.take(event)

    # --- what the person does ---------------------------------------------------------------------------------------

    def _chosen_board(self) -> boards_pb2.Board | None:
        board = self._boards.get(self._chosen)
        if board is None:
            self.notify("No board is chosen.", severity="warning")
        return board

    @work(group="verbs")
    async def _on_board(self, reason: str, start: JobStart) -> None:
        try:
            async with self.client.lease(self._chosen, reason=reason) as lease:
                await start(lease, lambda event: None)
            self.notify(f"{reason}: done")
        except (ApiError, OSError) as error:
            complain(self, reason, error)

    @work(group="prompts")
    async def action_emulate(self) -> None:
        target = await self.push_screen_wait(Prompt("Emulate which target?", "microbit_v2"))
        if target:
            try:
                made = await self.client.emulated.create(target)
                self.notify(f"{made.target} plugged in")
            except ApiError as error:
                complain(self, "emulate", error)

    @work(group="prompts")
    async def action_flash(self) -> None:
        if self._chosen_board() is None:
            return
        path = await self.push_screen_wait(Prompt("Flash which file (bin, hex, elf, uf2)?", ""))
        if path:
            file = Path(path).expanduser()
            if not file.is_file():
                self.notify(f"{file} is not a file", title="flash", severity="error", markup=False)
                return
            self._on_board("flash", lambda lease, on_event: self.client.flash(lease, [file], on_event=on_event))

    @work(group="prompts")
    async def action_run(self) -> None:
        if self._chosen_board() is None:
            return
        path = await self.push_screen_wait(Prompt("Run which program (.py)?", ""))
        if path:
            file = Path(path).expanduser()
            try:
                source = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                self.notify(str(error), severity="error", markup=False)
                return
            self._on_board("run", lambda lease, on_event: self.client.run(lease, source, file.name, on_event=on_event))

    def action_reset(self) -> None:
        if self._chosen_board() is not None:
            self._on_board("reset", lambda lease, on_event: self.client.reset(lease, on_event=on_event))

    @work(group="prompts")
    async def action_register(self) -> None:
        board = self._chosen_board()
        if board is not None and await self.push_screen_wait(
            Confirm(
                f"Register {board_id(board)}? If neither probe nor loader can read its id, register.vm replaces the firmware."
            )
        ):
            self._on_board("register", lambda lease, on_event: self.client.register(lease, on_event=on_event))

    @work(group="prompts")
    async def action_erase(self) -> None:
        board = self._chosen_board()
        if board is not None and await self.push_screen_wait(
            Confirm(f"Erase the whole chip of {board_id(board)} ({board.target})?")
        ):
            self._on_board("erase", lambda lease, on_event: self.client.erase(lease, on_event=on_event))

    def action_vms(self) -> None:
        board = self._chosen_board()
        if board is not None and board.target:
            self.push_screen(VmsScreen(self.client, board))
        elif board is not None:
            self.notify("What kind of board this is is not known yet: press g to register it.", severity="warning")

    def action_custom(self) -> None:
        self.push_screen(CustomVmsScreen(self.client))

    def action_follow(self) -> None:
        self.query_one(ConsolePanel).toggle_follow()

    def action_help(self) -> None:
        keys = [(b.key_display or b.key, b.description) for b in self.BINDINGS if isinstance(b, Binding)]
        self.push_screen(Help(keys))

    def action_filter(self) -> None:
        line = self.query_one("#filter", Input)
        line.add_class("open")
        line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "filter":
            self._filter = event.value.lower()
            for board in self._boards.values():
                self._show_board(board)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "filter":
            self.query_one(BoardTable).focus()

    def key_escape(self) -> None:
        line = self.query_one("#filter", Input)
        line.value = ""
        line.remove_class("open")
        self.query_one(BoardTable).focus()


def _text_of(board: boards_pb2.Board) -> str:
    parts = (board.name, board.target, board.usb.serial, *board.aliases, *board.candidates)
    return " ".join(parts).lower()
