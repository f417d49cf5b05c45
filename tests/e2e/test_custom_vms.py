# SPDX-License-Identifier: Apache-2.0
"""A board of one's own, from the template to the pin that a program moves; the commands as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from vmrig.v1 import custom_vms_pb2

from tests.customvm.editing import IDS, MOVED, edit
from vmrig_client.emulated import LEVELS
from vmrig_client.errors import ApiError

from .conftest import Bench, wait_for_serial

NAME = "blinky"
PROGRAM = "import gpio\ngpio.mode('LED0', gpio.OUTPUT)\nfor _ in range(3):\n    gpio.toggle('LED0')\nprint('moved')\n"


@pytest.fixture
def custom(bench: Bench) -> Iterator[Path]:
    """A custom VM that was made and not compiled; its template."""
    yield Path(bench.client.custom_vms.create("nrf52840_dk", NAME, "Blinky").template_path)
    for made in bench.client.emulated.list():
        if made.target == NAME:
            bench.client.emulated.delete(made.name)
    bench.client.custom_vms.delete(NAME, force=True)


def _manifest(bench: Bench, vmuid: str, folder: Path) -> str:
    bench.vmrig("vm", "bin", vmuid, "--path", str(folder / "files"))
    return (folder / "files" / "manifest.json").read_text()


def _moved(bench: Bench, alias: str, program: Path) -> set[str]:
    """Pins that the program moves."""
    seen = bench.client.emulated.pin_edges(alias).next_sequence
    assert bench.vmrig("run", alias, str(program)) == "moved\n"
    return {edge.pin for edge in bench.client.emulated.pin_edges(alias, "", seen).edges} - {"P0.06"}  # which is TX


def test_a_board_of_ones_own_from_template_to_moved_pin(bench: Bench, custom: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    edit(custom, MOVED, *IDS)
    bench.vmrig("vm", "custom", "compile", NAME)
    assert NAME in {target.target for target in bench.client.targets()}
    assert {offer.target for offer in bench.client.available_vms(NAME)} == {NAME}

    bench.vmrig("emulate", NAME, "--alias", "mine", "--pace", "fast")
    board = bench.client.board("mine")
    assert (board.usb.vid, board.usb.pid, board.target, board.chip) == (0x1209, 0xC0DE, NAME, "nrf52840")
    bench.vmrig("register", "mine")
    vmuid = bench.vmrig("vm", "create", "mine").strip()
    bench.vmrig("virtualize", "mine", vmuid)
    assert _moved(bench, "mine", program) == {"P1.06"}  # D5; the LED of the original is at P0.13

    # A comment changes nothing that a board has.
    edit(custom, ("pinmap:", "# mine\npinmap:"))
    assert not bench.client.board("mine").stale
    # Another pin does, from the moment that the file says so.
    edit(custom, ("  LED0: [D5, low]", "  LED0: [D6, low]"))
    stale = bench.client.board("mine")
    assert stale.stale and "recompile and virtualize again" in stale.stale_reason
    assert "stale" in bench.vmrig("boards")
    assert json.loads(bench.vmrig("vm", "custom", "list", "--json"))[0]["stale_boards"] == [board.name]
    done = bench.command("vmrig", "run", "mine", str(program))
    assert "warning: mine is stale" in done.stderr
    done = bench.command("vmrig", "vm", "custom", "compile", NAME)
    assert f"vmrig virtualize mine {vmuid}" in done.stderr
    assert bench.client.board("mine").stale  # what is on the board counts
    # The same VM, with the port.bin that was compiled last.
    bench.vmrig("virtualize", "mine", vmuid)
    assert not bench.client.board("mine").stale
    assert _moved(bench, "mine", program) == {"P1.07"}

    assert "stale:      none" in bench.vmrig("vm", "custom", "show", NAME)
    port = next(p for p in json.loads(_manifest(bench, vmuid, tmp_path))["parts"] if p["name"] == "port")
    (tmp_path / "port.bin").write_bytes(b"VRPT" + bytes(60))
    bench.vmrig("flash", "mine", f"{tmp_path}/port.bin@{port['address']:#x}")
    done = bench.command("vmrig", "run", "mine", str(program))
    assert "warning: " in done.stderr and "port.bin is" in done.stderr and "virtualize the board again" in done.stderr

    said = bench.vmrig("vm", "custom", "remove", NAME, code=1)
    assert "CUSTOM_VM_IN_USE" in said and "mine" in said and "--force" in said


ELSEWHERE = {
    "nucleo_f429zi": (("  LED0: D32", "  LED0: D5"), ("  BTN0: D57", "  BTN0: [D6, low]"), "PE11", "PE9"),
    "rpi_pico": (("  LED0: D25", "  LED0: D5"), ("  BTN0: [D15, low]", "  BTN0: [D6, low]"), "GP5", "GP6"),
    "esp32c3_devkitm": (("  LED0: D10", "  LED0: D3"), ("  BTN0: [D9, low]", "  BTN0: [D0, low]"), "GPIO3", "GPIO0"),
}
"""Of an original: where light and button go, and the pads that are there."""
LIT = "import gpio\ngpio.mode('BTN0', gpio.INPUT)\ngpio.mode('LED0', gpio.OUTPUT)\ngpio.write('LED0', gpio.read('BTN0'))\n"


@pytest.mark.parametrize("original", ELSEWHERE)
def test_light_and_button_of_any_original_are_where_the_template_puts_them(bench: Bench, original: str) -> None:
    client, name = bench.client, f"my{original.partition('_')[0]}"
    light, button, light_pad, button_pad = ELSEWHERE[original]
    edit(Path(client.custom_vms.create(original, name).template_path), light, button, *IDS)
    client.custom_vms.compile(name)
    emulated = client.emulated.create(name, pace="fast")
    try:
        board = wait_for_serial(client, emulated.serial)[0]
        assert (client.board(board).target, client.board(board).usb.pid) == (name, 0xC0DE)
        with client.lease(board) as lease:
            client.register(lease)
            vm = client.create_vm(board)
            client.virtualize(lease, vm.name)
            for level in ("low", "high"):
                client.emulated.drive_pin(emulated.name, button_pad, level)
                client.run(lease, LIT, wait=True)
                assert client.emulated.pin(emulated.name, light_pad).level == LEVELS[level]
    finally:
        client.emulated.delete(emulated.name)
        client.custom_vms.delete(name, force=True)


def test_mistakes_are_told_by_line_and_nothing_is_compiled(bench: Bench, custom: Path) -> None:
    edit(custom, ("  LED0: [D33, low]", "  LED0: [D99, low]"))
    said = bench.vmrig("vm", "custom", "compile", NAME, code=1)
    line = next(n for n, text in enumerate(custom.read_text().splitlines(), 1) if "D99" in text)
    assert f"line {line}, column" in said and "D99" in said and str(custom) in said
    assert bench.client.custom_vms.get(NAME).state == custom_vms_pb2.CUSTOM_VM_STATE_CREATED
    assert NAME not in {target.target for target in bench.client.targets()}
    assert {mistake.line for mistake in bench.client.custom_vms.check(NAME).mistakes} == {line}


def test_a_board_without_usb_ids_is_not_emulated(bench: Bench, custom: Path) -> None:
    bench.client.custom_vms.compile(NAME)
    assert "USB_IDS_MISSING" in bench.vmrig("emulate", NAME, code=1)


def test_an_unknown_one_is_an_error_with_the_next_command(bench: Bench) -> None:
    said = bench.vmrig("vm", "custom", "compile", "nosuch", code=1)
    assert "CUSTOM_VM_NOT_FOUND" in said and "vmrig vm custom list" in said
    assert "allowed" in bench.vmrig("vm", "custom", "create", "nrf52840_dk", "my-board", code=1)


def test_templates_travel_to_and_from_a_remote_service(bench: Bench, custom: Path) -> None:
    text = bench.vmrig("vm", "custom", "template", NAME)
    assert text == custom.read_text()
    bench.vmrig("vm", "custom", "template", NAME, "--put", "-", stdin=text + "# remote\n")
    assert custom.read_text().endswith("# remote\n")


def test_a_port_bin_of_either_format_becomes_a_template_again(bench: Bench, custom: Path, tmp_path: Path) -> None:
    bench.vmrig("vm", "custom", "compile", NAME, "--format", "v1", "-o", str(tmp_path / "v1"))
    assert len((tmp_path / "v1").read_bytes()) > 192  # its header
    (tmp_path / "v2").write_bytes(bench.client.custom_vms.compile(NAME).port)
    text = bench.vmrig("vm", "custom", "decompile", str(tmp_path / "v2"))
    assert bench.client.custom_vms.check(NAME, text).mistakes == []
    with pytest.raises(ApiError) as caught:
        bench.client.custom_vms.decompile(b"no port.bin")
    assert caught.value.code == "PORT_INVALID"


def test_export_and_import_by_file_and_folder(bench: Bench, custom: Path, tmp_path: Path) -> None:
    first = Path(bench.vmrig("vm", "custom", "export", NAME, str(tmp_path)).strip())
    second = tmp_path / "again.tar.xz"
    second.write_bytes(bench.client.custom_vms.export(NAME))
    assert first.name == f"{NAME}.tar.xz"
    assert first.read_bytes() == second.read_bytes()
    assert "CUSTOM_VM_EXISTS" in bench.vmrig("vm", "custom", "import", str(first), "--yes", code=1)
    said = bench.vmrig("vm", "custom", "import", str(first), "--force", code=64)
    assert "--yes" in said and f"{NAME}.yml" in said  # what it is, and why nothing was done
    bench.client.custom_vms.delete(NAME)
    assert bench.vmrig("vm", "custom", "import", str(first), "--yes") == f"{NAME}\n"

    folder = tmp_path / "folder"
    subprocess.run(["tar", "-xJf", str(first), "-C", str(tmp_path)], check=True)
    (tmp_path / NAME).rename(folder)
    bench.vmrig("vm", "custom", "import", str(folder), "--yes", "--force")
    (folder / "svg").mkdir(exist_ok=True)
    (folder / "svg" / "link.svg").symlink_to("/etc/passwd")
    said = bench.vmrig("vm", "custom", "import", str(folder), "--yes", "--force", code=1)
    assert "ARCHIVE_REFUSED" in said and "symbolic link" in said


def test_export_and_import_by_git(bench: Bench, custom: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text("[user]\nname = A\nemail = a@example.org\n[init]\ndefaultBranch = main\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    repository = tmp_path / "boards.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(repository)], check=True, env=os.environ)

    def git(*words: str) -> str:
        done = subprocess.run(["git", "-C", str(repository), *words], check=True, text=True, capture_output=True)
        return done.stdout

    commit = bench.vmrig("vm", "custom", "export", NAME, str(repository)).strip()
    assert git("rev-parse", "HEAD").strip() == commit
    assert git("show", f"HEAD:{NAME}.yml") == custom.read_text()
    assert bench.vmrig("vm", "custom", "export", NAME, str(repository)) == ""  # it has these files already
    assert git("rev-parse", "HEAD").strip() == commit
    bench.vmrig("vm", "custom", "import", str(repository), "--yes", "--force")

    custom.write_text(custom.read_text() + "# second\n")
    second = bench.vmrig("vm", "custom", "export", NAME, f"file://{repository}").strip()
    assert git("rev-parse", "HEAD~1").strip() == commit
    assert second != commit
    said = bench.vmrig("vm", "custom", "import", str(tmp_path / "none.git"), "--yes", code=4)
    assert "GIT_FAILED" in said and "Traceback" not in said
