# SPDX-License-Identifier: Apache-2.0
"""The VMs of a board in the dashboard, driven by keys."""

from __future__ import annotations

from textual.widgets import DataTable, SelectionList
from vmrig.v1 import boards_pb2

from tests.dashboard import until
from vmrig_client.aio import AsyncClient
from vmrig_client.tui.app import Dashboard
from vmrig_client.tui.panels import BoardTable
from vmrig_client.tui.prompts import Confirm
from vmrig_client.tui.vms import VmsScreen

from .conftest import FakeService


async def test_a_vm_of_the_ticked_features_is_made_and_put_on_the_board(service: tuple[FakeService, str]) -> None:
    fake, address = service
    async with AsyncClient(address) as client:
        app = Dashboard(client)
        async with app.run_test(size=(140, 45)) as pilot:
            await until(pilot, lambda: app.query_one(BoardTable).row_count == 2)
            await pilot.press("v")
            await until(pilot, lambda: isinstance(app.screen, VmsScreen))
            offers, made = (app.screen.query_one(f"#{name}", DataTable) for name in ("offers", "made"))
            features = app.screen.query_one("#features", SelectionList)
            await until(pilot, lambda: offers.row_count == 2 and len(features.selected) == 2)
            await until(pilot, lambda: features.border_title == "features: 2, vrt")

            offers.focus()
            await pilot.press("down", "enter")
            await until(pilot, lambda: features.selected == ["float"])
            features.focus()
            await pilot.press("home", "down", "space")
            await until(pilot, lambda: set(features.selected) == {"float", "json"})
            await until(pilot, lambda: features.border_title == "features: 2, bare")
            await pilot.press("n")
            await until(pilot, lambda: made.row_count == 1)
            assert set(fake.vms[0].features) == {"float", "json"}

            made.focus()
            await pilot.press("v")
            await until(pilot, lambda: isinstance(app.screen, Confirm))
            await pilot.press("y")
            await until(pilot, lambda: "●" in str(made.get_row_at(0)[0]))
            assert fake.boards[0].vmuid == "0" * 32 and fake.released == ["leases/1"]
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, VmsScreen))


async def test_a_board_whose_target_is_open_is_to_be_registered_first(service: tuple[FakeService, str]) -> None:
    fake, address = service
    del fake.boards[0]
    fake.boards[0].presence = boards_pb2.PRESENCE_PRESENT
    async with AsyncClient(address) as client:
        app = Dashboard(client)
        async with app.run_test(size=(140, 45)) as pilot:
            await until(pilot, lambda: app.query_one(BoardTable).row_count == 1)
            await pilot.press("v")
            await pilot.pause()
            assert not isinstance(app.screen, VmsScreen)
