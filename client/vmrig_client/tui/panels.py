# SPDX-License-Identifier: Apache-2.0
"""The dashboard's panels. Each state is shown by a word or a glyph as well as by colour."""

from __future__ import annotations

import codecs

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import DataTable, Log, ProgressBar, Static
from vmrig.v1 import boards_pb2, consoles_pb2, jobs_pb2

from vmrig_client.errors import ApiError

PRESENCE = {boards_pb2.PRESENCE_PRESENT: ("●", "green", "present"), boards_pb2.PRESENCE_ABSENT: ("○", "dim", "absent")}
HEALTH = {
    boards_pb2.HEALTH_GOOD: ("good", "green"),
    boards_pb2.HEALTH_FAILING: ("failing", "red"),
    boards_pb2.HEALTH_MAINTENANCE: ("maintenance", "yellow"),
}
JOB_STATE = {
    jobs_pb2.JOB_STATE_PENDING: ("waiting", "yellow"),
    jobs_pb2.JOB_STATE_RUNNING: ("running", "yellow"),
    jobs_pb2.JOB_STATE_SUCCEEDED: ("✔ done", "green"),
    jobs_pb2.JOB_STATE_FAILED: ("✘ failed", "red"),
    jobs_pb2.JOB_STATE_CANCELLED: ("cancelled", "yellow"),
}
CONSOLE_LINES = 10_000


def board_id(board: boards_pb2.Board) -> str:
    """What a person calls it: its first alias, else the start of its id."""
    return board.aliases[0] if board.aliases else board.name.removeprefix("boards/")[:8]


class BoardTable(DataTable[Text]):
    """One row per board; rows stay where they are while their cells change, so that the cursor never jumps."""

    COLUMNS = ("", "board", "target", "health", "lease", "vm")

    def on_mount(self) -> None:
        self.border_title = "boards"
        self.cursor_type = "row"
        for name in self.COLUMNS:
            self.add_column(name, key=name or "presence")

    def put(self, board: boards_pb2.Board) -> None:
        """Adds the board's row or changes its cells."""
        cells = self._cells(board)
        if board.name not in self.rows:
            self.add_row(*cells.values(), key=board.name)
            return
        for column, cell in cells.items():
            if self.get_cell(board.name, column) != cell:
                self.update_cell(board.name, column, cell, update_width=True)

    def drop(self, name: str) -> None:
        """Removes a row, if it is there."""
        if name in self.rows:
            self.remove_row(name)

    @staticmethod
    def _cells(board: boards_pb2.Board) -> dict[str, Text]:
        glyph, colour, _ = PRESENCE.get(board.presence, ("?", "dim", ""))
        health, health_colour = HEALTH.get(board.health, ("-", "dim"))
        lease = board.lease_holder or "free"
        return {
            "presence": Text(glyph, colour),
            "board": Text(board_id(board)),
            "target": Text(board.target or "|".join(board.candidates) or "?"),
            "health": Text(health, health_colour),
            "lease": Text(lease, "yellow" if board.lease_holder else "dim"),
            "vm": Text(
                f"{board.vmuid[:8]} stale" if board.stale else board.vmuid[:8] or "-",
                "yellow" if board.stale else "" if board.vmuid else "dim",
            ),
        }


class DetailsPanel(Static):
    """All that is known of the chosen board."""

    def on_mount(self) -> None:
        self.border_title = "board"
        self.update(Text("No boards yet. Plug one in, or press e to emulate one.", "dim"))

    def show(self, board: boards_pb2.Board) -> None:
        """Shows a board."""
        self.border_title = board_id(board)
        glyph, colour, word = PRESENCE.get(board.presence, ("?", "dim", "unknown"))
        health, health_colour = HEALTH.get(board.health, ("unknown", "dim"))
        rows: list[tuple[str, Text | str]] = [
            ("state", Text(f"{glyph} {word}", colour)),
            ("health", Text(f"{health} {board.health_reason}".rstrip(), health_colour)),
            ("lease", board.lease_holder or "free"),
            ("id", board.name.removeprefix("boards/")),
            ("target", board.target or " or ".join(board.candidates) or "unknown"),
            ("chip", " ".join(filter(None, (board.chip, board.chip_uid))) or "not registered"),
            ("vm", board.vmuid or "none"),
            *([("stale", Text(board.stale_reason, "yellow"))] if board.stale else []),
            ("usb", f"{board.usb.vid:04x}:{board.usb.pid:04x} at {board.usb.location}"),
            ("serial", board.usb.serial or "-"),
            ("port", board.serial_port or "-"),
        ]
        grid = Table.grid(padding=(0, 1))
        grid.add_column(style="dim")
        grid.add_column(overflow="fold")
        for name, value in rows:
            grid.add_row(name, value)
        self.update(grid)

    def show_error(self, error: ApiError) -> None:
        """Says that the service does not answer."""
        text = Text(f"{error.code}: {error.message}\n", "red")
        if error.next_command:
            text.append(f"try: {error.next_command}", "dim")
        self.update(text)


class ConsolePanel(Log):
    """The chosen board's console. Follows until the reader scrolls up or presses space."""

    def __init__(self, id: str) -> None:
        super().__init__(max_lines=CONSOLE_LINES, auto_scroll=True, id=id)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._board = ""

    def begin(self, board: str) -> None:
        """Starts over with another board."""
        self.clear()
        self._decoder.reset()
        self._board = board
        self._title()

    def add(self, chunk: consoles_pb2.ConsoleChunk) -> None:
        """Adds output, or a marker on a line of its own."""
        if chunk.marker:
            moment = chunk.time.ToDatetime().strftime("%H:%M:%S")
            at_line_start = not self.line_count or not self.lines[-1]
            self.write(
                f"{'' if at_line_start else chr(10)}── {moment} {chunk.marker} {chunk.marker_text}".rstrip() + "\n"
            )
        else:
            self.write(self._decoder.decode(chunk.data))

    def toggle_follow(self) -> None:
        """Stops at what is shown, or goes on with the end."""
        self.auto_scroll = not self.auto_scroll
        if self.auto_scroll:
            self.scroll_end(animate=False)
        self._title()

    def _title(self) -> None:
        self.border_title = f"console of {self._board}" + ("" if self.auto_scroll else " (paused, space follows)")


class JobPanel(Vertical):
    """The job on the chosen board: what, how far, how it ended."""

    def compose(self) -> ComposeResult:
        yield Static(Text("no job", "dim"), id="job-text")
        bar = ProgressBar(show_eta=False, id="job-bar")
        bar.display = False
        yield bar

    def on_mount(self) -> None:
        self.border_title = "job"

    def clear_job(self) -> None:
        """No job on this board."""
        self.query_one("#job-text", Static).update(Text("no job", "dim"))
        self.query_one(ProgressBar).display = False

    def take(self, event: jobs_pb2.JobEvent) -> None:
        """Shows an event of the job."""
        bar = self.query_one(ProgressBar)
        kind = event.WhichOneof("event")
        if kind == "progress":
            progress = event.progress
            text = Text(progress.phase, "yellow")
            if progress.total_bytes:
                text.append(f"  {progress.done_bytes} of {progress.total_bytes} bytes", "dim")
                bar.update(total=progress.total_bytes, progress=progress.done_bytes)
            bar.display = bool(progress.total_bytes)
            self.query_one("#job-text", Static).update(text)
        elif kind == "job":
            job = event.job
            word, colour = JOB_STATE.get(job.state, ("?", "dim"))
            text = Text(f"{job.kind}: {word}", colour)
            if job.error.code:
                text.append(f"  {job.error.code}: {job.error.message}")
            bar.display = bar.display and job.state == jobs_pb2.JOB_STATE_RUNNING
            self.query_one("#job-text", Static).update(text)
