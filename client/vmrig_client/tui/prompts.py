# SPDX-License-Identifier: Apache-2.0
"""Small dialogs: one line of input, yes or no, the keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.table import Table
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.dom import DOMNode
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from vmrig_client.errors import ApiError


def complain(node: DOMNode, what: str, error: Exception) -> None:
    """Tells of what failed, with its evidence and what to try."""
    text = str(error)
    if isinstance(error, ApiError):
        text = "\n".join((error.message, *error.evidence[:4]))
        if error.next_command:
            text += f"\ntry: {error.next_command}"
    node.app.notify(text, title=f"{what} failed", severity="error", timeout=15, markup=False)


class Prompt(ModalScreen[str]):
    """Asks for one line; the result is empty when it is left with escape."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss('')", "Cancel")]

    def __init__(self, question: str, initial: str) -> None:
        super().__init__()
        self._question = question
        self._initial = initial

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._question, markup=False)
            yield Input(self._initial)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip())


class Confirm(ModalScreen[bool]):
    """Asks before something is lost; only y says yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "Yes"),
        Binding("n,escape,enter", "dismiss(False)", "No"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(f"{self._question}\n\ny: yes   n: no", markup=False)


class Help(ModalScreen[None]):
    """The keys, from the same table as the footer."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q,enter", "dismiss", "Close")]

    def __init__(self, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        grid = Table.grid(padding=(0, 2))
        for key, description in self._keys:
            grid.add_row(key, description)
        with Vertical(classes="dialog"):
            yield Static("The verbs work on the board under the cursor, under a lease of their own.\n", markup=False)
            yield Static(grid)
