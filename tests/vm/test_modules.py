# SPDX-License-Identifier: Apache-2.0
"""Programs of several files do on the VM what they do on CPython."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from vmrig_server.bytecode import CompileError, compile_files, modules, run_on_host, strip
from vmrig_server.bytecode.host import Outcome
from vmrig_server.bytecode.sources import imported_names

PROJECTS = sorted(p for p in Path(__file__).with_name("projects").iterdir() if (p / "main.py").is_file())


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.py")}


def run(files: dict[str, str], stripped: bool = False, resources: dict[str, bytes] | None = None) -> str:
    """The console's text, and the last line of the traceback if there is one."""
    image = compile_files({n: t.encode() for n, t in files.items()}, "main.py", resources=resources).image
    out = bytearray()
    result = run_on_host(strip(image) if stripped else image, write=out.extend)
    return out.decode() + result.exception


@pytest.mark.parametrize("folder", PROJECTS, ids=lambda p: p.name)
@pytest.mark.parametrize("stripped", [False, True])
def test_a_program_of_several_files_prints_what_cpython_prints(folder: Path, stripped: bool) -> None:
    expected = subprocess.run(
        [sys.executable, "-B", "main.py"], cwd=folder, capture_output=True, text=True, timeout=60, check=True
    )
    out = bytearray()
    image = compile_files(files_of(folder), "main.py").image
    result = run_on_host(strip(image) if stripped else image, write=out.extend)
    assert result.outcome is Outcome.DONE, result.traceback
    assert out.decode() == expected.stdout


def test_a_traceback_names_the_file_of_each_function() -> None:
    files = {"main.py": b"import a\na.f(0)\n", "a.py": b"\n\ndef f(x):\n    return 1 // x\n"}
    result = run_on_host(compile_files(files, "main.py").image, write=lambda _: None)
    assert 'File "main.py", line 2, in <module>' in result.traceback
    assert 'File "a.py", line 4, in f' in result.traceback


def test_a_name_that_a_module_does_not_bind_is_refused_with_what_is_near() -> None:
    with pytest.raises(CompileError) as caught:
        run({"main.py": "import a\nprint(a.speeed)\n", "a.py": "speed = 1\n"})
    assert caught.value.line == 2 and "no attribute 'speeed'" in caught.value.reason and "speed" in caught.value.hint


def test_an_error_in_a_module_names_its_file() -> None:
    with pytest.raises(CompileError) as caught:
        run({"main.py": "import a\n", "a.py": "\nx = = 1\n"})
    assert caught.value.diagnostic.filename == "a.py" and caught.value.line == 2


def test_a_module_that_is_not_there_is_refused_with_what_is_near() -> None:
    with pytest.raises(CompileError) as caught:
        run({"main.py": "import helpr\n", "helper.py": ""})
    assert "helper" in caught.value.hint


def test_a_relative_import_beyond_the_program_is_refused() -> None:
    with pytest.raises(CompileError, match="relative import"):
        run({"main.py": "from . import a\n", "a.py": ""})


def test_special_methods_of_any_module_count_everywhere() -> None:
    files = {
        "main.py": "from a import A\nx = A()\nx += 1\nx *= 3\nprint(x, A() != A())\n",
        "a.py": "class A:\n    def __iadd__(self, o): return 'iadd'\n    def __ne__(self, o): return 'never'\n",
    }
    assert run(files) == "iaddiaddiadd never\n"


def test_a_prelude_module_is_linked_in_only_when_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vmrig_server.bytecode import sources

    (tmp_path / "extras.py").write_text("def f():\n    return 'prelude'\n")
    monkeypatch.setattr(sources, "PRELUDE", tmp_path)
    sources.prelude_text.cache_clear()
    assert run({"main.py": "import extras\nprint(extras.f())\n"}) == "prelude\n"
    assert run({"main.py": "import extras\nprint(extras.f())\n", "extras.py": "def f(): return 'own'\n"}) == "own\n"
    assert b"prelude" not in compile_files({"main.py": b"print(1)\n"}, "main.py").image
    sources.prelude_text.cache_clear()


def test_resources_are_bytes_in_the_program() -> None:
    files = {
        "main.py": "import resources\nprint(resources.names(), resources.get('a.bin'), resources.get('dir/b', None))\n"
        "print(len(resources.get('big')), resources.get('no', 7))\nresources.get('none')\n"
    }
    given = {"dir/b": b"", "a.bin": b"\0\1\xff", "big": bytes(1000)}
    expected = "['a.bin', 'big', 'dir/b'] b'\\x00\\x01\\xff' b''\n1000 7\nKeyError: 'none'"
    assert run(files, resources=given) == run(files, True, given) == expected


def test_what_modules_import_is_not_looked_for_again_at_each_import(monkeypatch: pytest.MonkeyPatch) -> None:
    count = 40
    files = {"main.py": b"from m0 import f0\nprint(f0())\n"}
    for i in range(count):
        below = "".join(f"from m{k} import f{k}\n" for k in range(i + 1, min(i + 6, count)))
        files[f"m{i}.py"] = f"{below}def f{i}():\n    return {i}\n".encode()
    looked: list[object] = []

    def counted(tree: ast.Module) -> Iterator[str]:
        looked.append(tree)
        return imported_names(tree)

    monkeypatch.setattr(modules, "imported_names", counted)
    compile_files(files, "main.py")
    assert len(looked) <= 10 * count
