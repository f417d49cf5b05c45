# SPDX-License-Identifier: Apache-2.0
"""A board's VMs: what it has, those that were made for it, those that ship, and one of just the features that are ticked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Header, ProgressBar, SelectionList, Static
from textual.widgets.selection_list import Selection
from vmrig.v1 import boards_pb2, vms_pb2

from vmrig_client.errors import ApiError
from vmrig_client.tui.panels import DetailsPanel, JobPanel, board_id
from vmrig_client.tui.prompts import Confirm, complain

if TYPE_CHECKING:
    from vmrig_client.aio import AsyncClient

SHOWN = 50
"""VMs of a board that are listed."""
THREADS = "threads"
"""The feature that makes a VM a vrt one."""


class VmsScreen(Screen[None]):
    """The VMs of a board.

    Args:
        client: a connected client.
        board: the board, as it is now.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "create", "Make what is ticked"),
        Binding("v", "virtualize", "Virtualize"),
        Binding("escape", "leave", "Back", priority=True),
    ]

    def __init__(self, client: AsyncClient, board: boards_pb2.Board) -> None:
        super().__init__()
        self._client = client
        self._board = board
        self._vms: dict[str, vms_pb2.Vm] = {}
        self._offers: dict[str, vms_pb2.ListAvailableVmsResponse.Offer] = {}

    def compose(self) -> ComposeResult:
        yield Header()
        with Horizontal(id="vms-top"):
            yield DataTable(id="made", cursor_type="row")
            yield DetailsPanel(id="vms-board")
        with Horizontal(id="vms-bottom"):
            yield DataTable(id="offers", cursor_type="row")
            yield SelectionList[str](id="features")
        yield JobPanel(id="vms-job")
        yield Footer()

    def on_mount(self) -> None:
        made, offers = self._table("made"), self._table("offers")
        for label in ("", "vmuid", "rtos", "version", "bytes", "features"):
            made.add_column(label)
        for label in ("ships", "version", "bytes", "licence"):
            offers.add_column(label)
        made.border_title = f"VMs made for {board_id(self._board)}"
        offers.border_title = "VMs that need no compiler"
        made.focus()
        self.load()

    def _table(self, name: str) -> DataTable[Text]:
        return self.query_one(f"#{name}", DataTable)

    @property
    def _features(self) -> SelectionList[str]:
        return self.query_one("#features", SelectionList)

    # --- what the service tells -----------------------------------------------------------------------------------

    @work(exclusive=True, group="vms load")
    async def load(self) -> None:
        """Reads what ships for the board's target, and its VMs."""
        try:
            await self._refresh()
            answer = await self._client.vm_offers(self._board.target)
        except ApiError as error:
            complain(self, "VMs", error)
            return
        self._features.clear_options()
        for feature in answer.features:
            self._features.add_option(Selection(Text(f"{feature.name}: {feature.summary}"), feature.name))
        offers = self._table("offers")
        for number, offer in enumerate(answer.offers):
            self._offers[str(number)] = offer
            title = Text(offer.title, "bold" if offer.usual else "")
            cells = (title, Text(offer.version), Text(str(offer.size_bytes)), Text(offer.licence))
            offers.add_row(*cells, key=str(number))
        if answer.offers:
            self._tick(answer.offers[0].features)

    async def _refresh(self, cursor: str = "") -> None:
        self._board = await self._client.board(self._board.name)
        self.query_one(DetailsPanel).show(self._board)
        table = self._table("made")
        table.clear()
        self._vms = {vm.name: vm for vm in await self._client.vms(self._board.name, 0, SHOWN)}
        for name, vm in self._vms.items():
            uid = name.removeprefix("vms/")
            cells = (
                Text("●" if uid == self._board.vmuid else "", "green"),
                *(
                    Text(each)
                    for each in (uid[:8], vm.rtos, vm.version, str(vm.size_bytes), ",".join(vm.features) or "-")
                ),
            )
            table.add_row(*cells, key=name)
        if cursor in table.rows:
            table.move_cursor(row=table.get_row_index(cursor))

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        if event.data_table.id == "offers" and event.row_key.value in self._offers:
            self._tick(self._offers[str(event.row_key.value)].features)

    def _tick(self, features: Iterable[str]) -> None:
        self._features.deselect_all()
        for name in features:
            self._features.select(name)

    def on_selection_list_selected_changed(self) -> None:
        chosen = self._features.selected
        rtos = "vrt" if THREADS in chosen else "bare"
        self._features.border_title = f"features: {len(chosen)}, {rtos}"

    # --- what the person does ---------------------------------------------------------------------------------------

    @work(group="vms work", exclusive=True)
    async def action_create(self) -> None:
        """Makes a VM of the ticked features; builds it unless it ships or was built before."""
        bar, text = self.query_one(ProgressBar), self.query_one("#job-text", Static)
        text.update(Text("making the VM", "yellow"))

        def show(done: int, total: int) -> None:
            bar.display = True
            bar.update(total=total, progress=done)
            text.update(Text(f"building: {done} of {total} steps", "yellow"))

        try:
            features = ["none", *self._features.selected]
            vm = await self._client.create_vm(self._board.name, features=features, on_build=show)
            await self._refresh(vm.name)
            text.update(Text(f"VM {vm.name.removeprefix('vms/')[:8]}: ✔ made, {vm.size_bytes} bytes", "green"))
        except ApiError as error:
            text.update(Text(error.code, "red"))
            complain(self, "create", error)
        finally:
            bar.display = False

    @work(group="vms work", exclusive=True)
    async def action_virtualize(self) -> None:
        """Puts the VM under the cursor onto the board."""
        table = self._table("made")
        if not table.row_count:
            self.notify("There is no VM for this board yet: press n to make one.", severity="warning")
            return
        name = str(table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value)
        if not await self.app.push_screen_wait(
            Confirm(f"Put VM {name.removeprefix('vms/')[:8]} onto {board_id(self._board)}?")
        ):
            return
        try:
            async with self._client.lease(self._board.name, reason="virtualize") as lease:
                await self._client.virtualize(lease, name, on_event=self.query_one(JobPanel).take)
            await self._refresh(name)
        except ApiError as error:
            complain(self, "virtualize", error)

    def action_leave(self) -> None:
        self.dismiss()
