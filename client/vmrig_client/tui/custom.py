# SPDX-License-Identifier: Apache-2.0
"""Boards of one's own: the templates of custom VMs in an editor that tells mistakes and conflicts as one types."""

from __future__ import annotations

import asyncio
import textwrap
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Header, TextArea
from vmrig.v1 import custom_vms_pb2

from vmrig_client.errors import ApiError
from vmrig_client.tui.prompts import Confirm, Prompt, complain

if TYPE_CHECKING:
    from vmrig_client.aio import AsyncClient

TYPING_S = 0.25
"""A template is checked when nothing was typed for so long."""
BESIDE = 18
"""Columns beside the sentence of a mistake: line, kind, their padding, and the scroll bar."""
STATES = {
    custom_vms_pb2.CUSTOM_VM_STATE_CREATED: ("created", "dim"),
    custom_vms_pb2.CUSTOM_VM_STATE_COMPILED: ("compiled", "green"),
    custom_vms_pb2.CUSTOM_VM_STATE_CHANGED: ("changed", "yellow"),
    custom_vms_pb2.CUSTOM_VM_STATE_BROKEN: ("broken", "red"),
}


class CustomVmsScreen(Screen[None]):
    """The custom VMs of a service, and the template of the chosen one.

    Args:
        client: a connected client.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", priority=True),
        Binding("f5", "compile", "Save and compile", priority=True),
        Binding("f4", "next_mistake", "Next mistake", priority=True),
        Binding("n", "new", "New"),
        Binding("escape", "leave", "Back", priority=True),
    ]

    def __init__(self, client: AsyncClient) -> None:
        super().__init__()
        self._client = client
        self._chosen = ""
        self._stored = custom_vms_pb2.Template()
        self._places: list[tuple[int, int]] = []
        self._pins: list[custom_vms_pb2.TemplatePin] = []
        self._next = 0
        self._found = custom_vms_pb2.CheckTemplateResponse()

    def compose(self) -> ComposeResult:
        yield Header()
        with Horizontal():
            with Vertical(id="custom-side"):
                yield DataTable(id="customs", cursor_type="row")
                yield DataTable(id="pins", cursor_type="row")
            with Vertical(id="editing"):
                yield TextArea(id="template", show_line_numbers=True, soft_wrap=False)
                yield DataTable(id="mistakes", cursor_type="row")
        yield Footer()

    def on_mount(self) -> None:
        customs = self._table("customs")
        for key, label in (("name", "board"), ("state", "state"), ("boards", "boards"), ("original", "made of")):
            customs.add_column(label, key=key)
        mistakes = self._table("mistakes")
        for label in ("line", "", "what is wrong"):
            mistakes.add_column(label)
        pins = self._table("pins")
        for label in ("pin", "pad", "is"):
            pins.add_column(label)
        pins.border_title = "pins"
        mistakes.border_title = "mistakes"
        customs.border_title = "boards of your own"
        customs.focus()
        self.load()

    def _table(self, name: str) -> DataTable[Text]:
        return self.query_one(f"#{name}", DataTable)

    @property
    def _editor(self) -> TextArea:
        return self.query_one("#template", TextArea)

    @property
    def unsaved(self) -> bool:
        """Whether the text is another one than the service has."""
        return bool(self._chosen) and self._editor.text != self._stored.text

    # --- what the service tells -----------------------------------------------------------------------------------

    @work(exclusive=True, group="custom list")
    async def load(self) -> None:
        """Reads the list."""
        try:
            found = await self._client.custom_vms.list()
        except ApiError as error:
            complain(self, "list", error)
            return
        table = self._table("customs")
        here = self._chosen
        table.clear()
        for custom in found:
            state, colour = STATES.get(custom.state, ("?", "dim"))
            boards = str(len(custom.boards) or "-") + (
                f" ({len(custom.stale_boards)} stale)" if custom.stale_boards else ""
            )
            row = (custom.short_name, Text(state, colour), boards, custom.original_target or "?")
            table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row), key=custom.short_name)
        if here and here in table.rows:
            table.move_cursor(row=table.get_row_index(here))
        elif not found:
            self.notify("No boards of your own yet: press n to make one.")

    async def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        if event.data_table.id == "customs" and event.row_key is not None and event.row_key.value is not None:
            self._choose(event.row_key.value)

    @work(exclusive=True, group="custom choose")
    async def _choose(self, name: str) -> None:
        if name == self._chosen:
            return
        if self.unsaved and not await self.app.push_screen_wait(
            Confirm(f"Throw away what you changed in {self._chosen}?")
        ):
            self._table("customs").move_cursor(row=self._table("customs").get_row_index(self._chosen))
            return
        try:
            self._stored = await self._client.custom_vms.template(name)
        except ApiError as error:
            complain(self, "template", error)
            return
        self._chosen = name
        self._pins = []
        self._editor.load_text(self._stored.text)
        self._editor.border_title = self._stored.path
        self.check(0)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        self._editor.border_subtitle = "not saved" if self.unsaved else ""
        self.check(TYPING_S)

    @work(exclusive=True, group="custom check")
    async def check(self, wait_s: float) -> None:
        """Asks the service what is wrong with the text, once nobody types any more."""
        await asyncio.sleep(wait_s)
        if not self._chosen or not self._editor.text:
            return
        try:
            found = await self._client.custom_vms.check(self._chosen, self._editor.text)
        except ApiError as error:
            complain(self, "check", error)
            return
        self._found = found
        self._show_mistakes()
        errors = sum(not mistake.warning for mistake in found.mistakes)
        self._table("mistakes").border_subtitle = f"{errors} to mend" if errors else "it compiles"
        if not errors:
            self._pins = list(found.pins)
        self._show_pins({mistake.subject: mistake.warning for mistake in found.mistakes})

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_mistakes)

    def _show_mistakes(self) -> None:
        """What was found last, each in as many lines as it takes."""
        table = self._table("mistakes")
        cursor = table.cursor_row
        table.clear()
        self._places = []
        width = max(table.scrollable_content_region.width - BESIDE, 20)

        def show(line: int, kind: Text, text: str) -> None:
            lines = textwrap.wrap(text, width) or [""]
            table.add_row(Text(str(line or "-")), kind, Text("\n".join(lines)), height=len(lines))

        for mistake in self._found.mistakes:
            kind = Text("warning", "yellow") if mistake.warning else Text("error", "red")
            allowed = f" (allowed: {mistake.allowed})" if mistake.allowed else ""
            show(mistake.line, kind, mistake.message + allowed)
            self._places.append((max(mistake.line - 1, 0), max(mistake.column - 1, 0)))
        for note in self._found.notes:
            show(0, Text("note", "dim"), note)
            self._places.append(self._editor.cursor_location)
        table.move_cursor(row=min(cursor, max(len(self._places) - 1, 0)))

    def _show_pins(self, wrong: dict[str, bool]) -> None:
        """The pins of the last text that compiled; those that a mistake is about stand out. `wrong`: subjects; whether it is a warning."""
        table = self._table("pins")
        cursor = table.cursor_row
        table.clear()
        table.border_subtitle = "" if self._pins else "shown once it compiles"
        for pin in self._pins:
            names = (pin.name, pin.pad, *(use.split()[0] for use in pin.uses))
            about = [wrong[name] for name in names if name in wrong]
            style = "" if not about else "yellow" if all(about) else "red"
            table.add_row(*(Text(cell, style) for cell in (pin.name, pin.pad, ", ".join(pin.uses))))
        table.move_cursor(row=min(cursor, max(len(self._pins) - 1, 0)))

    # --- what the person does -------------------------------------------------------------------------------------

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        if event.data_table.id == "mistakes":
            self._go_to(event.cursor_row)
        elif event.data_table.id == "pins":
            self._go_to_pin(self._pins[event.cursor_row].name)
        else:
            self._editor.focus()

    def _go_to(self, row: int) -> None:
        if row < len(self._places):
            self._editor.focus()
            self._editor.move_cursor(self._places[row], center=True)

    def _go_to_pin(self, name: str) -> None:
        for line, text in enumerate(self._editor.text.splitlines()):
            before, colon, _ = text.partition(":")
            if colon and before.strip() == name:
                self._editor.focus()
                self._editor.move_cursor((line, len(before) + 2), center=True)
                return

    def action_next_mistake(self) -> None:
        if self._places:
            self._next = self._next % len(self._places)
            self._go_to(self._next)
            self._next += 1

    @work(group="custom verbs")
    async def action_save(self) -> None:
        await self._save()

    async def _save(self) -> bool:
        if not self.unsaved:
            return bool(self._chosen)
        try:
            self._stored = await self._client.custom_vms.set_template(
                self._chosen, self._editor.text, self._stored.sha256
            )
        except ApiError as error:
            complain(self, "save", error)
            return False
        self._editor.border_subtitle = ""
        self.load()
        return True

    @work(group="custom verbs")
    async def action_compile(self) -> None:
        if not await self._save():
            return
        try:
            made = await self._client.custom_vms.compile(self._chosen)
        except ApiError as error:
            complain(self, "compile", error)
            return
        stale = len(made.custom_vm.stale_boards)
        again = f"; {stale} to virtualize again" if stale else ""
        self.notify(f"{self._chosen}: port.bin has {len(made.port)} bytes{again}", markup=False)
        self.load()

    @work(group="custom verbs")
    async def action_new(self) -> None:
        try:
            originals = [original.target for original in await self._client.custom_vms.originals()]
            if not originals:
                self.notify("No target can be customized.", severity="warning")
                return
            asked = await self.app.push_screen_wait(
                Prompt(
                    f"Target and short name of the new board? Targets: {', '.join(originals)}",
                    f"{originals[0]} myboard",
                )
            )
            target, _, name = asked.partition(" ")
            if name:
                await self._client.custom_vms.create(target, name.strip())
                self.load()
        except ApiError as error:
            complain(self, "new", error)

    @work(group="custom verbs")
    async def action_leave(self) -> None:
        if not self.unsaved or await self.app.push_screen_wait(
            Confirm(f"Throw away what you changed in {self._chosen}?")
        ):
            self.dismiss(None)
