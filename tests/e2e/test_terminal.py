# SPDX-License-Identifier: Apache-2.0
"""The dashboard in a real terminal."""

from __future__ import annotations

import os
import shutil
import subprocess
import time

import pytest

from .conftest import SCRIPTS, Bench, EmulatedHandle

DEADLINE_S = 20.0


@pytest.fixture(autouse=True)
def tmux() -> None:
    """tmux comes from apt: .ci/apt installs it."""
    if shutil.which("tmux") is None:
        if os.environ.get("CI"):
            pytest.fail("tmux is missing in CI")
        pytest.skip("needs tmux (apt install tmux)")


def test_vmrig_alone_opens_the_dashboard_on_the_running_service(bench: Bench, emulated: EmulatedHandle) -> None:
    server = ["tmux", "-L", f"vmrig{os.getpid()}"]
    start = [*server, "new-session", "-d", "-s", "t", "-x", "140", "-y", "40", str(SCRIPTS / "vmrig")]
    subprocess.run(start, env={**bench.environment(), "TERM": "xterm-256color"}, check=True)
    try:
        deadline = time.monotonic() + DEADLINE_S
        screen = ""
        while emulated.alias not in screen or "present" not in screen:
            assert time.monotonic() < deadline, screen
            screen = subprocess.run(
                [*server, "capture-pane", "-p", "-t", "t"], check=True, capture_output=True, text=True
            ).stdout
        assert "microbit_v2" in screen and "Emulate" in screen
        subprocess.run([*server, "send-keys", "-t", "t", "q"], check=True)
        while subprocess.run([*server, "has-session", "-t", "t"], check=False, capture_output=True).returncode == 0:
            assert time.monotonic() < deadline
    finally:
        subprocess.run([*server, "kill-server"], check=False, capture_output=True)
