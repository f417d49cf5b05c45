# SPDX-License-Identifier: Apache-2.0
"""Which files a folder's program is made of."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vmrig_client.cli.program import with_sources
from vmrig_client.project import Project, ProjectError, beside, load


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
        ("[program]\nentry = '../secret.py'\n", "no ../secret.py"),
        ("[program]\nentry = '/etc/passwd'\n", "no /etc/passwd"),
        ('[program]\nentry = "a\\u0000"\n', "has no a"),
        (f"[program]\nentry = '{'a' * 5000}'\n", "cannot be read"),
        ("[program]\nentry = 5\n", "entry is a text"),
        (f"[program]\nmodules = ['{'a' * 5000}']\n", "cannot be read"),
        ("[program]\nresources = ['/etc/*']\n", "/etc/"),
        ("[program]\nresources = ['']\n", "pattern"),
        ("[program]\nresources = ['**x']\n", "pattern"),
        (f"[program]\nresources = ['{'*/' * 300}*']\n", "recursion"),
        (f"[program]\nname = {'9' * 5000}\n", "4300 digits"),
        ("a = " + "[" * 5000, "recursion"),
        ("a = " + "[" * 100_000, "65536 bytes"),
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
    (folder / "itself.py").symlink_to(folder / "itself.py")
    (folder / "folder.py").mkdir()
    assert sorted(load(folder).files) == ["main.py"]
    (folder / "main.py").unlink()
    (folder / "main.py").symlink_to(tmp_path / "secret.py")
    with pytest.raises(ProjectError, match=r"no main\.py"):
        load(folder)


def test_a_name_that_is_no_text_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path / "p", main_py="1")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.py")).write_text("x = 1")
    with pytest.raises(ProjectError, match="rename it"):
        load(folder)


def test_a_file_that_is_a_link_is_the_file_that_it_leads_to(tmp_path: Path) -> None:
    folder = write(tmp_path / "p", main_py="import other", other_py="1")
    (tmp_path / "q").mkdir()
    link = tmp_path / "q" / "run.py"
    link.symlink_to(folder / "main.py")
    assert beside(link) is None  # what it imports is looked for where the link is, not where the file is


@pytest.mark.parametrize(
    "source", ["x = " + "-" * 100_000 + "1", "import " + "a" * 5000, "import " + ".".join("a" * 5000), "import a\0"]
)
def test_what_only_the_compiler_can_refuse_is_left_to_it(tmp_path: Path, source: str) -> None:
    folder = write(tmp_path / "p", main_py=source)
    assert beside(folder / "main.py") is None


def test_a_traceback_gets_the_lines_of_the_programs_files() -> None:
    project = Project("p", {"a.py": b"x\n  boom()\n"}, "a.py")
    told = 'Traceback (most recent call last):\n  File "a.py", line 2, in f\n  File "b.py", line 1, in g\nE: e'
    assert with_sources(told, project).splitlines()[2] == "    boom()"
    assert with_sources(told, "source") == told


def test_a_file_brings_the_modules_that_it_imports_from_its_folder_and_no_others(tmp_path: Path) -> None:
    write(tmp_path, run_py="import gpio, a\nfrom pkg import b", a_py="import pkg.c", unused_py="1")
    write(
        tmp_path,
        pkg__b_py="from . import d\nfrom ... import above",
        pkg__c_py="",
        pkg__d_py="import run",
    )
    (tmp_path / "pkg" / "__init__.py").write_text("")
    found = beside(tmp_path / "run.py")
    assert found is not None and (found.entry, found.name, found.roots) == ("run.py", "run", ())
    assert sorted(found.files) == ["a.py", "pkg/__init__.py", "pkg/b.py", "pkg/c.py", "pkg/d.py", "run.py"]
    assert beside(tmp_path / "unused.py") is None
    (tmp_path / "unused.py").write_text("import a import")
    assert beside(tmp_path / "unused.py") is None


def test_a_file_beside_a_manifest_finds_modules_where_that_says(tmp_path: Path) -> None:
    write(
        tmp_path,
        vmrig_toml='[program]\nmodules = ["", "lib"]\n',
        main_py="import b",
        lib__b_py="",
        tool_py="import b",
        more_py="",
    )
    tool, main = beside(tmp_path / "tool.py"), beside(tmp_path / "main.py")
    assert tool is not None and sorted(tool.files) == ["lib/b.py", "tool.py"] and tool.roots == ("", "lib")
    assert main is not None and "more.py" in main.files and main.entry == "main.py"
