# SPDX-License-Identifier: Apache-2.0
"""Keys as a person uses them: made, put onto a board with its VM, and needed for each program from then on."""

from __future__ import annotations

from pathlib import Path

from .conftest import Bench, EmulatedHandle


def test_a_board_with_a_key_runs_only_what_is_signed_with_it(
    bench: Bench, emulated: EmulatedHandle, tmp_path: Path
) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    for name in (mine, other):
        bench.vmrig("key", "new", str(name))
    assert mine.with_suffix(".pem").stat().st_mode & 0o077 == 0
    shown = {bench.vmrig("key", "show", str(mine.with_suffix(suffix))) for suffix in (".pem", ".pub")}
    assert len(shown) == 1 and len(shown.pop().strip()) == 64
    bench.vmrig("register", emulated.alias)
    free = bench.vmrig("vm", "create", emulated.alias).strip()
    vmuid = bench.vmrig("vm", "create", emulated.alias, "--key", str(mine.with_suffix(".pub"))).strip()
    assert vmuid != free
    bench.vmrig("virtualize", emulated.alias, vmuid)
    program = tmp_path / "hello.py"
    program.write_text("def f():\n    1 // 0\nprint('hello')\nf()\n")
    said = bench.vmrig("run", emulated.alias, str(program), code=1)
    assert "PROGRAM_REFUSED" in said and "is not signed" in said and "--sign KEY.pem" in said
    said = bench.vmrig("run", emulated.alias, str(program), "--sign", str(other.with_suffix(".pem")), code=1)
    assert "signed with another" in said
    done = bench.command("vmrig", "run", emulated.alias, str(program), "--sign", str(mine.with_suffix(".pem")))
    assert done.stdout == "hello\n" and "line 2, in f" in done.stderr, done.stderr
    container = tmp_path / "hello.vbc"
    bench.vmrig("compile", str(program), "-o", str(container), "--sign", str(mine.with_suffix(".pem")))
    assert "ZeroDivisionError" in bench.vmrig("run", emulated.alias, str(container), code=3)


def test_files_that_are_no_keys_are_refused_with_the_command_that_makes_one(bench: Bench, tmp_path: Path) -> None:
    bench.vmrig("key", "new", str(tmp_path / "k"))
    assert "File exists" in bench.vmrig("key", "new", str(tmp_path / "k.pem"), code=64)
    no_key = tmp_path / "no.pem"
    no_key.write_text("hello\n")
    for words in (("key", "show", str(no_key)), ("vm", "create", "any", "--key", str(no_key))):
        assert "no public key" in bench.vmrig(*words, code=64)
    assert "no private key" in bench.vmrig("compile", str(no_key), "--sign", str(tmp_path / "k.pub"), code=64)
