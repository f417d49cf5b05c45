# SPDX-License-Identifier: Apache-2.0
"""The editor of templates in the dashboard, with the real service."""

from __future__ import annotations

from textual.widgets import DataTable, TextArea
from vmrig.v1 import custom_vms_pb2

from tests.dashboard import until
from vmrig_client.aio import AsyncClient
from vmrig_client.tui.app import Dashboard
from vmrig_client.tui.custom import CustomVmsScreen

from .conftest import Bench

NAME = "edited"


async def test_a_template_is_edited_its_conflicts_shown_while_typing_and_compiled(bench: Bench) -> None:
    async with AsyncClient(bench.client.address) as client:
        await client.custom_vms.create("rpi_pico", NAME)
        app = Dashboard(client)
        async with app.run_test(size=(140, 45)) as pilot:
            await pilot.press("c")
            await until(pilot, lambda: isinstance(app.screen, CustomVmsScreen) and app.screen.is_mounted)
            screen = app.screen
            assert isinstance(screen, CustomVmsScreen)
            editor, mistakes = screen.query_one("#template", TextArea), screen.query_one("#mistakes", DataTable)
            await until(pilot, lambda: "pinmap:" in editor.text and mistakes.border_subtitle == "it compiles")

            pins = screen.query_one("#pins", DataTable)
            assert [str(cell) for cell in pins.get_row_at(25)] == ["D25", "GP25", "LED0, LED"]

            good = editor.text
            line = next(n for n, text in enumerate(good.splitlines()) if text.startswith("  D1:"))
            first = next(text for text in good.splitlines() if text.startswith("  D0:"))
            pad = first.partition("[")[2].partition("]")[0]
            editor.text = "\n".join(f"  D1: [{pad}]" if n == line else text for n, text in enumerate(good.splitlines()))
            await until(pilot, lambda: "to mend" in str(mistakes.border_subtitle))
            rows = [[str(cell) for cell in mistakes.get_row_at(row)] for row in range(mistakes.row_count)]
            assert any("D0" in what and "D1" in what for _, _, what in rows)
            assert any(cell.style == "red" for row in range(2) for cell in pins.get_row_at(row))
            pins.focus()
            await pilot.press("down", "enter")
            await until(pilot, lambda: editor.cursor_location[0] == line)
            await pilot.press("f4")
            assert editor.cursor_location[0] in (line - 1, line)
            assert screen.unsaved

            editor.text = good + "# mine\n"
            await pilot.press("f5")
            state = custom_vms_pb2.CUSTOM_VM_STATE_COMPILED
            table = screen.query_one("#customs", DataTable)
            await until(pilot, lambda: NAME in table.rows and str(table.get_cell(NAME, "state")) == "compiled")
            assert (await client.custom_vms.get(NAME)).state == state
            assert (await client.custom_vms.template(NAME)).text.endswith("# mine\n")
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, CustomVmsScreen))
        await client.custom_vms.delete(NAME)
