# SPDX-License-Identifier: Apache-2.0
"""The prompt of `vmrig repl`: editing, history and completion by readline, in a thread of its own beside the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

DISCARDED = "\x03"
"""What Ctrl-C puts at a line's end: a thread gets no signal, so the key is an edit of its own while a line is typed."""
HISTORY_LINES = 1000
ANSWER_S = 5.0
"""How long Tab waits for the VM."""

Complete = Callable[[str], Awaitable[list[str]]]


class Terminal:
    """Reads lines from a terminal.

    Args:
        history: the file of the lines of earlier sessions.
        complete: given the line up to the cursor, what may stand for its last word.
    """

    def __init__(self, history: Path, complete: Complete) -> None:
        self._loop = asyncio.get_running_loop()
        self._history = history
        self._complete = complete
        self._words: list[str] = []
        self._readline: ModuleType | None = None
        with contextlib.suppress(ImportError):
            import readline

            self._readline = readline

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """While lines are read; the terminal is as before afterwards, even when a line was being typed."""
        with _restored():
            readline = self._readline
            if readline is None:
                yield
                return
            with contextlib.suppress(OSError):
                readline.read_history_file(self._history)
            readline.set_history_length(HISTORY_LINES)
            readline.set_auto_history(False)
            readline.set_completer_delims(" \t\n`~!@#$%^&*()-=+[{]}\\|;:'\",<>/?")
            readline.set_completer(self._completed)
            if "libedit" in (readline.__doc__ or ""):
                readline.parse_and_bind("bind ^I rl_complete")
            else:
                readline.parse_and_bind("tab: complete")
                readline.parse_and_bind(r'"\C-c": "\C-e\C-v\C-c\C-m"')
            try:
                yield
            finally:
                with contextlib.suppress(OSError):
                    self._history.parent.mkdir(parents=True, exist_ok=True)
                    readline.write_history_file(self._history)

    async def line(self, prompt: str) -> str | None:
        """A line without its end; None: there are no more.

        Raises:
            KeyboardInterrupt: the line was thrown away.
        """
        answer: asyncio.Future[str | None] = self._loop.create_future()

        def give(line: str | None) -> None:
            if not answer.done():
                answer.set_result(line)

        def ask() -> None:
            try:
                with _ctrl_c_is_a_key(self._readline):
                    line: str | None = input(prompt)
            except (EOFError, KeyboardInterrupt):
                line = None
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(give, line)

        threading.Thread(target=ask, daemon=True).start()
        line = await answer
        if line is not None and line.endswith(DISCARDED):
            raise KeyboardInterrupt
        if line and self._readline is not None:
            self._readline.add_history(line)
        return line

    def _completed(self, word: str, state: int) -> str | None:
        """Of readline, in the prompt's thread: its `state`th word."""
        assert self._readline is not None
        if state == 0:
            before = self._readline.get_line_buffer()[: self._readline.get_endidx()]
            if not before.strip():  # where a block's lines begin
                self._words = ["    "]
            else:
                self._words = self._asked(before)
        return self._words[state] if state < len(self._words) else None

    def _asked(self, before: str) -> list[str]:
        async def ask() -> list[str]:
            return await self._complete(before)

        asked = asyncio.run_coroutine_threadsafe(ask(), self._loop)
        try:
            return asked.result(ANSWER_S)
        except Exception:  # noqa: BLE001 -- no words; what failed is said by the session itself
            asked.cancel()
            return []


@contextlib.contextmanager
def _restored() -> Iterator[None]:
    """The terminal's settings are as before."""
    try:
        import termios

        before = termios.tcgetattr(0)
    except (ImportError, OSError, ValueError):
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):
            termios.tcsetattr(0, termios.TCSADRAIN, before)


@contextlib.contextmanager
def _ctrl_c_is_a_key(readline: ModuleType | None) -> Iterator[None]:
    """Ctrl-C arrives as a character, which readline has a binding for."""
    if readline is None or "libedit" in (readline.__doc__ or ""):
        yield
        return
    import os
    import termios

    before: list[Any] = termios.tcgetattr(0)
    changed = [*before[:6], [*before[6]]]
    changed[6][termios.VINTR] = os.fpathconf(0, "PC_VDISABLE").to_bytes(1, "little")
    termios.tcsetattr(0, termios.TCSADRAIN, changed)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
