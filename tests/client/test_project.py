# SPDX-License-Identifier: Apache-2.0
"""Which files a folder's program is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmrig_client.cli.program import with_sources
from vmrig_client.project import Project, ProjectError, load


def write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_py", ".py").replace("_toml", ".toml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_folder_without_a_manifest_runs_its_main_and_hides_what_is_no_part_of_it(tmp_path: Path) -> None:
    write(tmp_path, main_py="1", pkg__a_py="2")
    for hidden in (".git", "__pycache__", "tests", "venv"):
        (tmp_path / hidden).mkdir()
        (tmp_path / hidden / "x.py").write_text("no")
    project = load(tmp_path)
    assert dict(project.files) == {"main.py": b"1", "pkg/a.py": b"2"}
    assert (project.entry, project.roots, project.name) == ("main.py", (), tmp_path.name)


def test_a_manifest_says_entry_modules_and_resources(tmp_path: Path) -> None:
    write(tmp_path, src__run_py="1", lib__b_py="2", other__c_py="3", data__d_toml="4")
    manifest = 'name = "n"\nentry = "src/run.py"\nmodules = ["src", "./lib/"]\nresources = ["data/*"]\n'
    (tmp_path / "vmrig.toml").write_text("[program]\n" + manifest)
    project = load(tmp_path / "vmrig.toml")
    assert sorted(project.files) == ["lib/b.py", "src/run.py"]
    assert (project.name, project.entry, project.roots) == ("n", "src/run.py", ("src", "lib"))
    assert dict(project.resources) == {"data/d.toml": b"4"}


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("[program]\nentry = 'no.py'\n", "no no.py"),
        ("[program]\nresources = ['none/*']\n", "no file matches"),
        ("[program]\nmodules = 'lib'\n", "list of texts"),
        ("[program]\nmodules = ['../..']\n", "no folder of the program"),
        ("[programm]\n", "programm"),
        ("[program]\nentry = \n", "vmrig.toml"),
    ],
)
def test_what_is_no_program_is_refused_with_its_reason(tmp_path: Path, manifest: str, said: str) -> None:
    write(tmp_path, main_py="1", vmrig_toml=manifest)
    with pytest.raises(ProjectError, match=said):
        load(tmp_path)


def test_files_outside_of_the_folder_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("secret")
    folder = write(tmp_path / "p", main_py="1")
    (folder / "link.py").symlink_to(tmp_path / "secret.py")
    assert sorted(load(folder).files) == ["main.py"]


def test_a_traceback_gets_the_lines_of_the_programs_files() -> None:
    project = Project("p", {"a.py": b"x\n  boom()\n"}, "a.py")
    told = 'Traceback (most recent call last):\n  File "a.py", line 2, in f\n  File "b.py", line 1, in g\nE: e'
    assert with_sources(told, project).splitlines()[2] == "    boom()"
    assert with_sources(told, "source") == told
