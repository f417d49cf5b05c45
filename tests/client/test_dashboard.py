# SPDX-License-Identifier: Apache-2.0
"""The dashboard, driven by keys in a terminal of Textual's own."""

from __future__ import annotations

from textual.widgets import Input, ProgressBar, Static
from vmrig.v1 import boards_pb2, jobs_pb2

from tests.dashboard import until
from vmrig_client.aio import AsyncClient
from vmrig_client.tui.app import Dashboard
from vmrig_client.tui.custom import CustomVmsScreen
from vmrig_client.tui.panels import BoardTable, ConsolePanel, DetailsPanel
from vmrig_client.tui.prompts import Confirm, Help

from .conftest import FakeService

KITCHEN = "boards/0123456789abcdef"


async def test_boards_details_and_console_are_shown(service: tuple[FakeService, str]) -> None:
    async with AsyncClient(service[1]) as client:
        app = Dashboard(client)
        async with app.run_test(size=(120, 40)) as pilot:
            table = app.query_one(BoardTable)
            await until(pilot, lambda: table.row_count == 2)
            assert str(table.get_cell(KITCHEN, "board")) == "kitchen"
            assert str(table.get_cell(KITCHEN, "target")) == "microbit_v2"
            await until(pilot, lambda: "hello from the board" in app.query_one(ConsolePanel).lines)
            assert app.query_one(DetailsPanel).border_title == "kitchen"


async def test_a_change_alters_the_cell_and_keeps_the_cursor(service: tuple[FakeService, str]) -> None:
    fake, address = service
    async with AsyncClient(address) as client:
        app = Dashboard(client)
        async with app.run_test(size=(120, 40)) as pilot:
            table = app.query_one(BoardTable)
            await until(pilot, lambda: table.row_count == 2)
            await pilot.press("down")
            changed = boards_pb2.Board()
            changed.CopyFrom(fake.boards[0])
            changed.presence = boards_pb2.PRESENCE_ABSENT
            changed.lease_holder = "ci@rig"
            fake.changes.put_nowait(changed)
            await until(pilot, lambda: str(table.get_cell(KITCHEN, "lease")) == "ci@rig")
            assert str(table.get_cell(KITCHEN, "presence")) == "○"
            assert table.cursor_row == 1


async def test_a_job_of_another_client_is_shown_with_its_progress(service: tuple[FakeService, str]) -> None:
    fake, address = service
    fake.boards[0].job = "jobs/1"
    async with AsyncClient(address) as client:
        app = Dashboard(client)
        async with app.run_test(size=(120, 40)) as pilot:
            fake.job_events.put_nowait(
                jobs_pb2.JobEvent(progress=jobs_pb2.Progress(phase="write", done_bytes=1024, total_bytes=4096))
            )
            bar = app.query_one(ProgressBar)
            await until(pilot, lambda: bar.percentage == 0.25)
            fake.job_events.put_nowait(
                jobs_pb2.JobEvent(job=jobs_pb2.Job(kind="flash", state=jobs_pb2.JOB_STATE_SUCCEEDED))
            )
            text = app.query_one("#job-text", Static)
            await until(pilot, lambda: "flash: ✔ done" in str(text.render()))


async def test_the_filter_hides_what_does_not_match_and_escape_brings_it_back(
    service: tuple[FakeService, str],
) -> None:
    async with AsyncClient(service[1]) as client:
        app = Dashboard(client)
        async with app.run_test(size=(120, 40)) as pilot:
            table = app.query_one(BoardTable)
            await until(pilot, lambda: table.row_count == 2)
            await pilot.press("slash", *"kitch")
            await until(pilot, lambda: table.row_count == 1)
            await pilot.press("escape")
            await until(pilot, lambda: table.row_count == 2)
            assert app.query_one("#filter", Input).value == ""


async def test_erase_asks_first_and_no_means_no(service: tuple[FakeService, str]) -> None:
    async with AsyncClient(service[1]) as client:
        app = Dashboard(client)
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: app.query_one(BoardTable).row_count == 2)
            await pilot.press("x")
            await until(pilot, lambda: isinstance(app.screen, Confirm))
            await pilot.press("n")
            await until(pilot, lambda: not isinstance(app.screen, Confirm))
            await pilot.press("question_mark")
            await until(pilot, lambda: isinstance(app.screen, Help))


async def test_the_keys_of_boards_do_nothing_where_no_boards_are_shown(service: tuple[FakeService, str]) -> None:
    async with AsyncClient(service[1]) as client:
        app = Dashboard(client)
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: app.query_one(BoardTable).row_count == 2)
            await pilot.press("c")
            await until(pilot, lambda: isinstance(app.screen, CustomVmsScreen))
            app.screen.query_one("#mistakes").focus()
            await pilot.press("x", "e", "f")
            assert isinstance(app.screen, CustomVmsScreen)
            assert "x" not in app.screen.active_bindings
            await pilot.press("escape")
            await until(pilot, lambda: len(app.screen_stack) == 1)
            await pilot.press("x")
            await until(pilot, lambda: isinstance(app.screen, Confirm))
