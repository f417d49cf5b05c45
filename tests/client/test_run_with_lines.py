# SPDX-License-Identifier: Apache-2.0
"""`vmrig run-with-lines`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

VMRIG = "from vmrig_client.cli.main import main; main()"
TELL = "import os, sys; print(os.environ['LD_PRELOAD'], os.environ['VMRIG_LINES'], *sys.argv[1:])"


def run(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", VMRIG, "run-with-lines", *arguments],
        env={**os.environ, "VMRIG_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_program_gets_the_library_the_folder_and_all_its_arguments(tmp_path: Path) -> None:
    done = run(tmp_path, sys.executable, "-c", TELL, "--port", "/dev/x", "--help", "-j", "--")
    assert done.returncode == 0, done.stderr
    library, folder, *arguments = done.stdout.split()
    assert Path(library).name == "libvmrig_lines.so" and Path(library).is_file()
    assert folder == f"{tmp_path}/run/lines"
    assert arguments == ["--port", "/dev/x", "--help", "-j", "--"]


def test_libraries_that_are_preloaded_already_stay_so(tmp_path: Path) -> None:
    library = run(tmp_path, sys.executable, "-c", TELL).stdout.split()[0]
    again = run(tmp_path, sys.executable, "-c", TELL, LD_PRELOAD=library)
    assert again.stdout.split()[0] == f"{library}:{library}"


def test_its_exit_code_is_the_programs(tmp_path: Path) -> None:
    assert run(tmp_path, sys.executable, "-c", "raise SystemExit(42)").returncode == 42


def test_a_program_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    done = run(tmp_path, "no-such-program")
    assert done.returncode == 1
    assert "COMMAND_FAILED: no-such-program cannot be run: No such file or directory." in done.stderr
