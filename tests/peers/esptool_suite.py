# SPDX-License-Identifier: Apache-2.0
"""Runs esptool's own device suite on emulated boards: ``python -m tests.peers.esptool_suite CHECKOUT`` (`make peers-esptool ESPTOOL=CHECKOUT`).

Each row gets a board of its own in a worker of its own, reached over its PTY with modem lines, and a scratch copy of the suite; nothing is written into the
checkout. The esptool that is tested with is the checkout's own, in a venv of its own (esptool is GPL: a separate program). One table is printed; the exit
status is 1 when a test failed that must pass (`esptool_expectations`).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fnmatch
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tests.peers.esp_board import plugged, run_logged, tool_environment, venv
from tests.peers.esptool_expectations import COMMANDS_SUITE, ROWS, Excuse, Row, excuse
from vmrig_server.boards_data import list_targets

PARALLEL = 2
ROW_LIMIT_S = 1200.0
NEEDS = ("pytest>=8", "pytest-rerunfailures", "bitstring<5")
"""What the suite imports beside esptool. With a newer bitstring espefuse cannot be imported, and the suite says that esptool was not installed."""
ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""No other plugin of the venv: pytest-embedded has options of the same names."""
COPIED = shutil.ignore_patterns(".git", "elf2image", "secure_images", "__pycache__", "*.pyc", "docs")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one test: "ok", "FAIL", "known" (failed, as expected) or "skipped" (by the suite)."""

    word: str
    reason: str = ""


@dataclass(slots=True)
class Run:
    """A row of the table."""

    row: Row
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    seconds: float = 0.0
    problem: str = ""
    log: str = ""

    def count(self, word: str) -> int:
        return sum(outcome.word == word for outcome in self.outcomes.values())

    @property
    def good(self) -> bool:
        return not self.problem and bool(self.outcomes) and not self.count("FAIL")

    @property
    def share(self) -> float:
        """Of the tests that apply, those that passed."""
        left_out = sum(
            outcome.word == "known" and not _excuse(self.row, test).applies for test, outcome in self.outcomes.items()
        )
        applying = len(self.outcomes) - self.count("skipped") - left_out
        return self.count("ok") / applying if applying else 0.0


@dataclass(frozen=True, slots=True)
class Setting:
    """What all runs share."""

    checkout: Path
    python: Path
    logs: Path
    arguments: Sequence[str]
    """For pytest."""
    places: asyncio.Semaphore


def _excuse(row: Row, test: str) -> Excuse:
    found = excuse(row.chip, test)
    assert found is not None
    return found


def copy_suite(checkout: Path, scratch: Path) -> Path:
    """The suite and what it reaches for beside it. Returns the folder to run it in."""
    suite = scratch / "suite" / "test"
    shutil.copytree(checkout / "test", suite, ignore=COPIED)
    shutil.copy(Path(__file__).with_name("esptool_commands.py"), suite / COMMANDS_SUITE)
    server = "esp_rfc2217_server"
    shutil.copytree(checkout / server, suite.parent / server)
    return suite


def read_results(path: Path, row: Row) -> dict[str, Outcome]:
    """``Class::test`` -> outcome, from pytest's JUnit file."""
    outcomes: dict[str, Outcome] = {}
    with contextlib.suppress(OSError, ElementTree.ParseError):
        for case in ElementTree.parse(path).iter("testcase"):
            name = f"{case.get('classname', '').rpartition('.')[2]}::{case.get('name')}"
            bad = next((e for kind in ("failure", "error") for e in case.iter(kind)), None)
            skipped = case.find("skipped")
            if bad is not None:
                lines = (bad.get("message") or "").splitlines()
                expected = excuse(row.chip, name)
                outcomes[name] = (
                    Outcome("FAIL", lines[0][:200] if lines else "")
                    if expected is None
                    else Outcome("known", expected.reason)
                )
            elif skipped is not None:
                outcomes[name] = Outcome("skipped", skipped.get("message") or "")
            else:
                outcomes[name] = Outcome("ok")
    return outcomes


async def run_row(setting: Setting, run: Run) -> None:
    """A board, and the suite on it."""
    row = run.row
    async with setting.places:
        with tempfile.TemporaryDirectory(prefix="vmrig-peers-") as folder:
            scratch = Path(folder)
            suite = copy_suite(setting.checkout, scratch)
            results = scratch / "results.xml"
            run.log = str(setting.logs / f"{row.name}.log")
            async with plugged(scratch, row.target, row.device_params, row.flash_size, row.usb) as board:
                command = [str(setting.python), "-m", "pytest", row.suite, "--chip", row.chip]
                command += ["--port", board.url if row.rfc2217 else board.port]
                command += [
                    "-v",
                    "-p",
                    "no:cacheprovider",
                    "-p",
                    "pytest_rerunfailures",
                    f"--junitxml={results}",
                    *setting.arguments,
                ]
                environment = tool_environment(setting.python, board.environment, row.environment, ALONE)
                started = time.monotonic()
                status = await run_logged(command, Path(run.log), ROW_LIMIT_S, cwd=suite, env=environment)
                run.seconds = time.monotonic() - started
            run.outcomes = read_results(results, row)
            if status is None:
                run.problem = f"no end after {ROW_LIMIT_S:g} s; see {run.log}"
            elif not run.outcomes:
                run.problem = f"no result: the suite ended with {status}; see {run.log}"
    _say(f"{row.name}: {run.count('ok')} passed, {run.count('FAIL')} failed in {run.seconds:.0f} s {run.problem}")


def _say(text: str) -> None:
    sys.stderr.write(text.rstrip() + "\n")
    sys.stderr.flush()


def table(runs: Sequence[Run]) -> Iterator[str]:
    """The lines of the table, then what did not pass and why."""
    lines = [["row", "target", "passed", "failed", "known", "skipped", "of what applies", "time"]]
    for run in runs:
        counts = [str(run.count(word)) for word in ("ok", "FAIL", "known", "skipped")]
        share = "-" if run.problem else f"{run.share:.1%}"
        lines.append([run.row.name, run.row.target, *counts, share, f"{run.seconds:.0f} s"])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        yield " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
    for run in runs:
        if run.problem:
            yield f"{run.row.name}: {run.problem}"
        for test, outcome in run.outcomes.items():
            if outcome.word in ("FAIL", "known"):
                yield f"{run.row.name}: {outcome.word} {test}: {outcome.reason}"
        if run.count("FAIL"):
            yield f"{run.row.name}: see {run.log}"


async def run_all(setting: Setting, rows: Sequence[Row]) -> bool:
    """Runs everything and prints the table. True when all that must pass did."""
    setting.logs.mkdir(parents=True, exist_ok=True)
    runs = [Run(row) for row in rows]
    results = await asyncio.gather(*(run_row(setting, run) for run in runs), return_exceptions=True)
    for run, result in zip(runs, results, strict=True):
        if isinstance(result, BaseException):
            run.problem = repr(result)
    for line in table(runs):
        sys.stdout.write(line + "\n")
    return all(run.good for run in runs)


def _chosen(text: str) -> list[Row]:
    """Rows by name, from a list with commas; a name may have ``*`` in it. Empty: all whose target there is."""
    there = [row for row in ROWS if row.target in list_targets()]
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in wanted if not any(fnmatch.fnmatchcase(row.name, name) for row in there)]
    if unknown:
        _say(f"no such row: {', '.join(unknown)}; there are {', '.join(row.name for row in there)}")
        raise SystemExit(64)
    return [row for row in there if not wanted or any(fnmatch.fnmatchcase(row.name, name) for name in wanted)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.peers.esptool_suite", description=__doc__)
    parser.add_argument("checkout", type=Path, help="a checkout of esptool's repository")
    parser.add_argument("--chips", default="", help="rows of the table, with commas, as esp32,esp32c3*; default: all")
    parser.add_argument("--tests", default="", help="as pytest's -k")
    parser.add_argument("--python", type=Path, help="of a venv with the checkout's esptool; default: one is made")
    parser.add_argument("--parallel", type=int, default=PARALLEL, help="boards at a time")
    parser.add_argument("--logs", type=Path, default=Path("build/peers-esptool"), help="folder of the suite's output")
    options = parser.parse_args()
    checkout: Path = options.checkout.resolve()
    if not (checkout / "test" / "test_esptool.py").is_file():
        parser.error(f"{checkout} has no test/test_esptool.py: it is not a checkout of esptool")
    rows = _chosen(options.chips)
    logs: Path = options.logs.resolve()
    python = options.python.absolute() if options.python else venv(logs, NEEDS, checkout)
    arguments = ["-k", options.tests] if options.tests else []
    setting = Setting(checkout, python, logs, arguments, asyncio.Semaphore(options.parallel))
    return 0 if asyncio.run(run_all(setting, rows)) else 1


if __name__ == "__main__":
    sys.exit(main())
