# SPDX-License-Identifier: Apache-2.0
"""`vmrig compile` and `vmrig disasm`, and programs of several files on the host's VM."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from .conftest import Bench


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "blinker"
    (folder / "lib").mkdir(parents=True)
    (folder / "assets").mkdir()
    (folder / "main.py").write_text(
        "import resources\nfrom parts import half\nprint(half(10), resources.get('assets/logo.bin'))\n"
    )
    (folder / "lib" / "parts.py").write_text("def half(x):\n    return x // 2\n")
    (folder / "assets" / "logo.bin").write_bytes(b"\0\1")
    (folder / "vmrig.toml").write_text('[program]\nmodules = ["lib"]\nresources = ["assets/*"]\n')
    return folder


def test_a_folder_runs_on_the_host_and_compiles_into_one_file(bench: Bench, project: Path) -> None:
    expected = "5 b'\\x00\\x01'\n"
    assert bench.vmrig("run", "--host", str(project)) == expected
    assert bench.vmrig("run", "--host", str(project / "vmrig.toml")) == expected
    output = project.parent / "out.vbc"
    told = json.loads(bench.vmrig("compile", str(project), "-o", str(output), "--json"))
    assert told["bytes"] == output.stat().st_size
    assert bench.vmrig("run", "--host", str(output)) == expected
    assert "half(x)" in bench.vmrig("disasm", str(output))


def test_a_stripped_program_has_its_names_in_the_debug_file_beside_it(bench: Bench, project: Path) -> None:
    (project / "main.py").write_text("from parts import half\nhalf('x')\n")
    output = project.parent / "out.vbc"
    told = json.loads(bench.vmrig("compile", str(project), "--strip", "-o", str(output), "--json"))
    assert told["debug_file"] == str(project.parent / "out.debug.vbc")
    assert b"half" not in output.read_bytes()
    assert "half(x)" in bench.vmrig("disasm", str(output))
    assert 'File "lib/parts.py", line 2, in half' in bench.vmrig("run", "--host", str(output), code=3)
    Path(told["debug_file"]).unlink()
    assert "function 1 function#1" in bench.vmrig("disasm", str(output))


def test_a_traceback_shows_the_lines_of_every_file(bench: Bench, project: Path) -> None:
    (project / "main.py").write_text("from parts import half\nhalf('x')\n")
    said = bench.vmrig("run", "--host", str(project), code=3)
    assert "    half('x')" in said and "    return x // 2" in said


def test_an_error_is_told_with_its_file_line_and_caret(bench: Bench, project: Path) -> None:
    (project / "lib" / "parts.py").write_text("def half(x):\n    return x +\n")
    said = bench.vmrig("compile", str(project), code=1)
    assert "lib/parts.py:2" in said and "^" in said
    (project / "vmrig.toml").write_text('[program]\nentri = "x"\n')
    assert "entri" in bench.vmrig("compile", str(project), code=64)


def test_a_signed_program_is_signed_with_the_key(bench: Bench, project: Path) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    pem = project.parent / "key.pem"
    pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    output = project.parent / "out.vbc"
    bench.vmrig("compile", str(project), "--sign", str(pem), "-o", str(output))
    image = output.read_bytes()
    key.public_key().verify(image[-64:], image[:-64])
    assert bench.vmrig("run", "--host", str(output)) == "5 b'\\x00\\x01'\n"
    pem.write_text("no key")
    assert "private key" in bench.vmrig("compile", str(project), "--sign", str(pem), code=64)


def test_a_program_is_compiled_for_a_profile_or_a_target(bench: Bench, tmp_path: Path) -> None:
    program = tmp_path / "p.py"
    program.write_text("import json\nprint(json.dumps([1.5]))\n")
    assert "profile core has no module 'json'" in bench.vmrig("compile", str(program), "--profile", "core", code=1)
    assert "the VM of microbit_v1 has no module 'json'" in bench.vmrig(
        "compile", str(program), "--target", "microbit_v1", code=1
    )
    bench.vmrig("compile", str(program), "--target", "microbit_v2")
    bench.vmrig("compile", str(program), "--target", "microbit_v2", "--profile", "core", code=64)


def test_a_program_runs_on_the_host_as_it_would_on_a_target(bench: Bench, tmp_path: Path) -> None:
    program = tmp_path / "p.py"
    program.write_text("import json\n")
    said = bench.vmrig("run", "--host", str(program), "--target", "microbit_v1", code=1)
    assert "the VM of microbit_v1 has no module 'json'" in said
    program.write_text("import gc\ngc.collect()\nprint(gc.mem_free() + gc.mem_alloc())\n")
    heaps = [int(bench.vmrig("run", "--host", str(program), *more)) for more in ((), ("--target", "microbit_v1"))]
    assert heaps[1] < 16384 < heaps[0]
    assert int(bench.vmrig("run", "--host", str(program), "--target", "microbit_v1", "--heap", "65536")) == heaps[0]


def test_all_places_that_are_refused_are_told_at_once(bench: Bench, project: Path) -> None:
    (project / "main.py").write_text("import tiem\nx = eval('1')\ndef f():\n    return 1j\n")
    said = bench.vmrig("compile", str(project), "-o", str(project / "x.vbc"), code=1)
    assert "3 places are refused" in said
    assert [line.split(": error:")[0].strip() for line in said.splitlines() if ": error:" in line] == [
        "main.py:1:1",
        "main.py:2:5",
        "main.py:4:12",
    ]
    assert said.count("help: ") == 3
