# SPDX-License-Identifier: Apache-2.0
"""The demo does what it says, from nothing, and leaves nothing behind."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from .conftest import SCRIPTS

STEPS = 6


def test_the_demo_shows_every_step_with_its_time_and_ends_well() -> None:
    with tempfile.TemporaryDirectory(prefix="vmrig-") as scratch:
        done = subprocess.run(
            [str(SCRIPTS / "vmrig"), "demo"],
            env={"TMPDIR": scratch, "PATH": "/usr/bin:/bin", "HOME": scratch},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(re.findall(r"^\* ", done.stdout, re.MULTILINE)) == STEPS
        assert len(re.findall(r"^    \([0-9.]+ s\)$", done.stdout, re.MULTILINE)) == STEPS
        assert "0D28:0204" in done.stdout and "ROW1 rose 5 times" in done.stdout
        assert not [path for path in Path(scratch).iterdir() if path.name.startswith("vmrig-demo")]
