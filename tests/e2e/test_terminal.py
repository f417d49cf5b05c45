# SPDX-License-Identifier: Apache-2.0
"""The dashboard in a real terminal."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

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


class Terminal:
    """A command in a tmux of its own."""

    def __init__(self, environment: dict[str, str], *command: str) -> None:
        self._tmux = ["tmux", "-L", f"vmrig{os.getpid()}"]
        self._deadline = time.monotonic() + DEADLINE_S
        start = [*self._tmux, "-f", "/dev/null", "new-session", "-d", "-s", "t", "-x", "140", "-y", "40", *command]
        subprocess.run(start, env={**environment, "TERM": "xterm-256color"}, check=True)

    def screen(self) -> str:
        """What it shows now."""
        command = [*self._tmux, "capture-pane", "-p", "-t", "t"]
        return subprocess.run(command, check=False, capture_output=True, text=True).stdout

    def wait_for(self, *words: str) -> None:
        """Until all of them are on the screen."""
        while not all(word in (screen := self.screen()) for word in words):
            assert time.monotonic() < self._deadline, screen

    def press(self, *keys: str) -> None:
        """Types."""
        subprocess.run([*self._tmux, "send-keys", "-t", "t", *keys], check=True)

    def wait_for_end(self) -> None:
        """Until the command has ended."""
        while subprocess.run([*self._tmux, "has-session", "-t", "t"], check=False, capture_output=True).returncode == 0:
            assert time.monotonic() < self._deadline, self.screen()

    def kill(self) -> None:
        """Ends what is left."""
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)


def test_vmrig_alone_opens_the_dashboard_on_the_running_service(bench: Bench, emulated: EmulatedHandle) -> None:
    terminal = Terminal(bench.environment(), str(SCRIPTS / "vmrig"))
    try:
        terminal.wait_for(emulated.alias, "present", "microbit_v2", "Emulate")
        terminal.press("q")
        terminal.wait_for_end()
    finally:
        terminal.kill()


def test_without_a_service_the_dashboard_has_its_own_which_ends_with_it() -> None:
    with tempfile.TemporaryDirectory(prefix="vmrig-") as home:
        terminal = Terminal({**os.environ, "VMRIG_HOME": home}, str(SCRIPTS / "vmrig"))
        try:
            terminal.wait_for("embedded", "No boards yet")
            terminal.press("e")
            terminal.wait_for("Emulate which target?")
            terminal.press("Enter")
            terminal.wait_for("microbit_v2", "present")
            terminal.press("q")
            terminal.wait_for_end()
            assert not (Path(home) / "run" / "vmrig.sock").exists()
        finally:
            terminal.kill()


def test_a_repls_line_is_completed_thrown_away_and_found_again_in_the_next_session(bench: Bench) -> None:
    shell = f"{SCRIPTS / 'vmrig'} repl --host; echo first over; {SCRIPTS / 'vmrig'} repl --host"
    terminal = Terminal(bench.environment(), "sh", "-c", shell)
    try:
        terminal.wait_for(">>>")
        terminal.press("never finished", "C-c")
        terminal.wait_for("KeyboardInterrupt")
        terminal.press("import ma", "Tab", "Enter", "math.sqr", "Tab")
        terminal.wait_for(">>> import math", ">>> math.sqrt")
        terminal.press("(16)", "Enter")
        terminal.wait_for("4.0")
        terminal.press("C-d")
        terminal.wait_for("first over\n>>>")
        terminal.press("Up")
        terminal.wait_for("first over\n>>> math.sqrt(16)")
        terminal.press("C-c", "while True: print('going', 'on')", "Enter", "Enter")
        terminal.wait_for("going on")
        terminal.press("C-c")
        terminal.wait_for("print('going', 'on')\nKeyboardInterrupt")
        terminal.press("C-d")
        terminal.wait_for_end()
    finally:
        terminal.kill()
