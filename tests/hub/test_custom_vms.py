# SPDX-License-Identifier: Apache-2.0
"""Custom VMs among the boards: which of them are stale, and which keep a custom VM from being taken away."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.customvm.editing import IDS, MOVED, edit
from tests.hub.fakes import ALPHA, BETA, Bench, attached
from vmrig_server.errors import VmrigError

NAME = "blinky"


@pytest.fixture
async def compiled(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A compiled custom VM, a board that was virtualized as such and one that was not; the template."""
    monkeypatch.setenv("VMRIG_HOME", str(bench.home))
    custom = bench.hub.custom_vms
    await custom.create("nrf52840_dk", NAME, "")
    await custom.compile(NAME, v1=False)
    await bench.plug(attached(ALPHA, NAME), attached(BETA, NAME))
    port = (await custom.get(NAME)).custom.port_sha256
    await bench.hub.boards.note_vm(ALPHA, "ab" * 16, port)
    return (await custom.template(NAME))[1]


async def _stale(bench: Bench) -> tuple[str, ...]:
    return (await bench.hub.custom_vms.get(NAME)).stale_boards


async def test_a_board_is_stale_while_the_template_gives_another_port_bin_than_it_has(
    bench: Bench, compiled: Path
) -> None:
    assert await _stale(bench) == ()
    edit(compiled, MOVED)
    assert await _stale(bench) == (f"boards/{ALPHA}",)
    assert "recompile and virtualize again" in bench.hub.boards.get(ALPHA).stale_reason
    assert bench.hub.boards.get(BETA).stale_reason == ""  # it has no VM
    await bench.hub.custom_vms.compile(NAME, v1=False)
    assert bench.hub.boards.get(ALPHA).stale_reason.endswith("contents: virtualize again")
    edit(compiled, MOVED[::-1])
    assert await _stale(bench) == ()  # back at what the board has


async def test_a_board_is_stale_while_the_template_has_mistakes(bench: Bench, compiled: Path) -> None:
    edit(compiled, ("  LED0: [D33, low]", "  LED0: [D99, low]"))
    assert await _stale(bench) == (f"boards/{ALPHA}",)
    assert "has mistakes" in bench.hub.boards.get(ALPHA).stale_reason


async def test_a_watch_tells_of_a_board_that_became_stale(bench: Bench, compiled: Path) -> None:
    watch = bench.hub.boards.watch()
    while (await anext(watch))[0] is not None:
        pass
    edit(compiled, MOVED)
    board, _, _ = await anext(watch)  # the hub looks at templates by itself
    assert board is not None and board.board_id == ALPHA and board.stale_reason


async def test_what_a_board_has_is_known_in_the_next_run(bench: Bench, compiled: Path) -> None:
    await bench.hub.boards.set_alias(ALPHA, "mine")
    await bench.stop()
    again = await Bench(bench.home).start()
    try:
        edit(compiled, MOVED)
        assert await _stale(again) == (f"boards/{ALPHA}",)
    finally:
        await again.stop()
        await bench.start()


async def test_new_usb_ids_are_looked_for_at_once(bench: Bench, compiled: Path) -> None:
    looks = bench.agent.calls.count(("look_again",))
    edit(compiled, *IDS)
    await bench.hub.custom_vms.compile(NAME, v1=False)
    assert bench.agent.calls.count(("look_again",)) == looks + 1


async def test_a_custom_vm_that_boards_are_of_is_removed_only_by_force(bench: Bench, compiled: Path) -> None:
    with pytest.raises(VmrigError) as caught:
        await bench.hub.custom_vms.delete(NAME, force=False)
    assert caught.value.code == "CUSTOM_VM_IN_USE"
    assert {ALPHA, BETA} == {line.split("(")[1].rstrip(")") for line in caught.value.evidence}
    assert compiled.exists()
    await bench.hub.custom_vms.delete(NAME, force=True)
    assert not compiled.parent.exists()
    with pytest.raises(VmrigError) as caught:
        await bench.hub.custom_vms.delete(NAME, force=True)
    assert caught.value.code == "CUSTOM_VM_NOT_FOUND"
