# SPDX-License-Identifier: Apache-2.0
"""Commands start soon: each imports and makes what it needs itself."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from vmrig_client.cli import main
from vmrig_client.cli.plain import quicken


def _names(app: typer.Typer) -> list[str]:
    return sorted(str(each.name) for each in (*app.registered_commands, *app.registered_groups))


@pytest.mark.parametrize("room", main.ROOMS)
def test_a_room_adds_the_commands_that_it_is_listed_with(room: str) -> None:
    app = typer.Typer()
    importlib.import_module(f"vmrig_client.cli.{room}").add_to(app)
    assert _names(app) == sorted(main.ROOMS[room])


def test_what_is_no_command_is_looked_for_among_all() -> None:
    every = sorted(name for names in main.ROOMS.values() for name in names)
    assert _names(main.build()) == _names(main.build(["nosuch"])) == _names(main.build(["--help"])) == every


IMPORTED = """
import sys
from vmrig_client.cli.main import main
sys.argv = ["vmrig", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    print(end.code, *sorted(sys.modules))
"""


def test_a_command_imports_no_other_and_nothing_heavy() -> None:
    words = ["boards", "target:nosuch"]  # a text, and flags that are not given
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *words],
        env={"VMRIG_ADDRESS": "unix:/nowhere", "PYTHONPATH": ":".join(sys.path)},
        text=True,
        capture_output=True,
        check=True,
    )
    code, *modules = done.stdout.split()
    assert code == "4" and "NO_SERVICE" in done.stderr
    heavy = {"textual", "pydantic", "rich", "vmrig_server", "vmrig_client.cli.vm", "vmrig_client.cli.debug"}
    assert not heavy & set(modules)


def _parsed(*words: str) -> dict[str, object]:
    """What a command's function gets."""
    app, got = typer.Typer(), {}

    @app.command()
    def command(
        name: str = typer.Argument(""),
        files: list[str] = typer.Option([], "--file"),
        count: int = typer.Option(1, "--count", min=0),
        flag: bool = typer.Option(False, "--flag"),
        path: Path = typer.Option(None, "--path"),
    ) -> None:
        got.update(name=name, files=files, count=count, flag=flag, path=path)

    made = typer.main.get_command(app)
    quicken(made)
    made(list(words), standalone_mode=False)
    return got


def test_values_are_those_that_typer_itself_gives() -> None:
    assert _parsed() == {"name": "", "files": [], "count": 1, "flag": False, "path": None}
    assert _parsed("a", "--file", "b", "--file", "c", "--count", "3", "--flag", "--path", "d") == {
        "name": "a", "files": ["b", "c"], "count": 3, "flag": True, "path": Path("d"),
    }  # fmt: skip
    with pytest.raises(typer.exceptions.TyperException):
        _parsed("--count", "-1")
