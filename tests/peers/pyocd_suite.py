# SPDX-License-Identifier: Apache-2.0
"""Runs pyOCD's own hardware suite on emulated boards: ``python -m tests.peers.pyocd_suite CHECKOUT`` (`make peers-pyocd PYOCD=CHECKOUT`).

Each target and door gets a board of its own in a worker of its own, and a scratch copy of the suite; nothing is written into the checkout. The pyOCD that
is tested with is the installed one. One table is printed; the exit status is 1 when a test failed that must pass (`pyocd_expectations`).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tests.emulator.pyocd_child import environment
from tests.peers.pyocd_expectations import DOORS, ROWS, TESTS, Row, excuse
from vmrig_server.boards_data import list_targets
from vmrig_server.emulator.pool import WorkerPool
from vmrig_server.emulator.usb_folder import PluggedDevice, scan

PARALLEL = 2
TEST_LIMIT_S = 600.0
PORTS = {"Gdb": (3333, 4444), "Commands": (3333, 4444), "Probeserver": (5555,)}
"""TCP ports that a test takes, whatever else runs on this machine."""
PORT_WAIT_S = 120.0
ON_USB = "tests.emulator.pyocd_on_emulated_usb"
NO_DAP = "the probe of this board is not a CMSIS-DAP one"
OBJCOPY = "arm-none-eabi-objcopy"
MENDED = (("gdb_test_script.py", 'open(test_result_filename, "wb")', 'open(test_result_filename, "w")'),)
"""What is mended in the scratch copy, as (file, text, text instead). GDB's Python is 3, this script was left at 2: it could not write its result and never ended."""
GDB = ("arm-none-eabi-gdb-py", "gdb-multiarch")
"""Either of them, with Python."""
NEEDS = {"Flash Loader": ((OBJCOPY,),), "Gdb": ((OBJCOPY,), GDB)}
"""Programs that a test starts; of each tuple one must be there."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one test: "ok", "FAIL", "known" (failed, as expected) or "skipped"."""

    word: str
    seconds: float = 0.0
    reason: str = ""
    log: str = ""


@dataclass(slots=True)
class Run:
    """A row of the table: one target through one door."""

    row: Row
    door: str
    outcomes: dict[str, Outcome] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Setting:
    """What all runs share."""

    checkout: Path
    logs: Path
    tests: Sequence[str]
    places: asyncio.Semaphore
    ports: asyncio.Lock


def copy_suite(checkout: Path, scratch: Path) -> Path:
    """The suite without its data, which is only read. Returns the folder to run it in."""
    suite = scratch / "test"
    suite.mkdir(parents=True)
    for script in (checkout / "test").glob("*.py"):
        shutil.copy(script, suite)
    for name, was, becomes in MENDED:
        script = suite / name
        script.write_text(script.read_text().replace(was, becomes))
    (suite / "data").symlink_to(checkout / "test" / "data")
    (scratch / "src").symlink_to(checkout / "src")
    return suite


def configure(suite: Path, row: Row, door: str, device: PluggedDevice) -> str:
    """Writes pyocd.yaml as a user of the suite would. Returns the probe's name for the suite's command line."""
    if door == "remote":
        name = f"remote:127.0.0.1:{device.remote_port}"
        options = {"target_override": row.pyocd_target, "test_binary": row.binary}
    else:
        name = device.probe_id  # the board is known by it, and with it the target
        options = {"test_binary": row.binary}
    (suite / "pyocd.yaml").write_text(json.dumps({"probes": {name: options}}))  # JSON is YAML
    return name


def child_environment(home: Path, scratch: Path, door: str) -> dict[str, str]:
    """For the suite: the plugin, the `pyocd` command, and the name by which it looks for GDB."""
    env = environment(home, scratch / "plugin", plugin=door != "usb")
    tools = scratch / "bin"
    tools.mkdir()
    gdb = shutil.which("gdb-multiarch")
    if gdb is not None and shutil.which("arm-none-eabi-gdb-py") is None:
        (tools / "arm-none-eabi-gdb-py").symlink_to(gdb)
    if door == "usb":
        command = tools / "pyocd"
        command.write_text(f'#!/bin/sh\nexec {sys.executable} -m {ON_USB} "$@"\n')
        command.chmod(0o755)
    path = [str(tools), str(Path(sys.executable).parent), env.get("PATH", os.defpath)]
    return {**env, "PATH": os.pathsep.join(path), "PYTHONDONTWRITEBYTECODE": "1"}


def _result(suite: Path) -> tuple[bool, float] | None:
    """(passed, seconds) from the suite's JUnit file; None: it did not come so far."""
    with contextlib.suppress(OSError, ElementTree.ParseError):
        case = ElementTree.parse(suite / "output" / "test_results.xml").find(".//testcase")
        if case is not None:
            return case.get("status") == "passed", float(case.get("time", "0"))
    return None


async def _free_ports(ports: Sequence[int]) -> int:
    """Waits until others have let go of the ports. Returns one that is still taken at the end, or 0."""
    end = time.monotonic() + PORT_WAIT_S
    while True:
        taken = next((port for port in ports if _is_taken(port)), 0)
        if not taken or time.monotonic() > end:
            return taken
        await asyncio.sleep(0.5)


def _is_taken(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
        return False
    return True


async def run_test(suite: Path, env: dict[str, str], door: str, probe: str, test: str, log: Path) -> Outcome:
    """One test in a process of its own."""
    shutil.rmtree(suite / "output", ignore_errors=True)
    started = time.monotonic()
    with log.open("wb") as output:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, *(("-m", ON_USB) if door == "usb" else ())),
            *("automated_test.py", "-b", probe, "-i", f"{test} Test"),
            cwd=suite,
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        late = False
        try:
            await asyncio.wait_for(child.wait(), TEST_LIMIT_S)
        except TimeoutError:
            late = True
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)  # what the test left behind, too
            await child.wait()
    seconds = time.monotonic() - started
    result = None if late else _result(suite)
    if result is None:
        reason = f"no end after {TEST_LIMIT_S:g} s" if late else f"no result; the suite ended with {child.returncode}"
        return Outcome("FAIL", seconds, reason, str(log))
    passed, seconds = result
    return Outcome("ok", seconds) if passed else Outcome("FAIL", seconds, "", str(log))


async def run_board(setting: Setting, run: Run) -> None:
    """All tests of one target through one door."""
    row, door = run.row, run.door
    async with setting.places:
        with tempfile.TemporaryDirectory(prefix="vmrig-peers-") as folder:
            scratch = Path(folder)
            suite = copy_suite(setting.checkout, scratch)
            pool = WorkerPool(scratch / "home", workers=1)
            await pool.start()
            try:
                await pool.create(row.target)
                (device,) = (seen for seen in scan(scratch / "home" / "run" / "usb") if seen.probe_socket)
                if door == "usb" and not device.dap_socket:
                    run.outcomes.update(dict.fromkeys(setting.tests, Outcome("skipped", reason=NO_DAP)))
                    return
                env = child_environment(scratch / "home", scratch, door)
                for test in setting.tests:
                    test_row = row
                    if test == "Flash" and row.flash_binary:
                        test_row = Row(row.target, row.pyocd_target, row.flash_binary)
                    probe = configure(suite, test_row, door, device)
                    log = setting.logs / f"{row.target}-{door}-{test.replace(' ', '-').lower()}.log"
                    run.outcomes[test] = outcome = await _judged(setting, suite, env, probe, run, test, log)
                    _say(
                        f"{row.target} {door} {test}: {outcome.word} {outcome.seconds:.1f} s {outcome.reason}".rstrip()
                    )
            finally:
                await pool.close()


async def _judged(
    setting: Setting, suite: Path, env: dict[str, str], probe: str, run: Run, test: str, log: Path
) -> Outcome:
    expected = excuse(test, run.door, run.row.target)
    if expected is not None and expected.skip:
        return Outcome("skipped", reason=expected.reason)
    for tools in NEEDS.get(test, ()):
        if not any(shutil.which(tool) for tool in tools):
            return Outcome("skipped", reason=f"{' or '.join(tools)} is not installed")
    async with setting.ports if test in PORTS else contextlib.nullcontext():
        taken = await _free_ports(PORTS.get(test, ()))
        if taken:
            return Outcome("FAIL", reason=f"port {taken} is taken by another program")
        outcome = await run_test(suite, env, run.door, probe, test, log)
    if outcome.word == "FAIL" and expected is not None:
        return Outcome("known", outcome.seconds, expected.reason, outcome.log)
    return outcome


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def table(runs: Sequence[Run], tests: Sequence[str]) -> Iterator[str]:
    """The lines of the table, then of its notes."""
    lines = [["target", "door", *tests]]
    notes: list[str] = []
    for run in runs:
        cells = []
        for test in tests:
            outcome = run.outcomes.get(test, Outcome("FAIL", reason="not reached"))
            mark = ""
            if outcome.word != "ok":
                note = outcome.reason or "the test failed"
                if outcome.word == "FAIL":
                    note = f"{run.row.target} {run.door} {test}: {note}" + (
                        f"; see {outcome.log}" if outcome.log else ""
                    )
                if note not in notes:
                    notes.append(note)
                mark = f" [{notes.index(note) + 1}]"
            time_text = f" {outcome.seconds:.1f} s" if outcome.word != "skipped" else ""
            cells.append(f"{outcome.word}{time_text}{mark}")
        lines.append([run.row.target, run.door, *cells])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        yield " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
    for number, note in enumerate(notes, 1):
        yield f"[{number}] {note}"


async def run_all(checkout: Path, rows: Sequence[Row], doors: Sequence[str], tests: Sequence[str], logs: Path) -> bool:
    """Runs everything and prints the table. True when all that must pass did."""
    logs.mkdir(parents=True, exist_ok=True)
    setting = Setting(checkout, logs, tests, asyncio.Semaphore(PARALLEL), asyncio.Lock())
    runs = [Run(row, door) for row in rows for door in doors]
    results = await asyncio.gather(*(run_board(setting, run) for run in runs), return_exceptions=True)
    for run, result in zip(runs, results, strict=True):
        if isinstance(result, BaseException):
            _say(f"{run.row.target} {run.door}: {result!r}")
    for line in table(runs, tests):
        sys.stdout.write(line + "\n")
    return all(run.outcomes.get(test, Outcome("FAIL")).word != "FAIL" for run in runs for test in tests)


def _chosen(text: str, known: Sequence[str], what: str) -> list[str]:
    """Names from a list with commas, in the order of `known`; empty: all."""
    wanted = {name.strip().lower() for name in text.split(",") if name.strip()}
    by_name = {name.lower(): name for name in known}
    unknown = wanted - by_name.keys()
    if unknown:
        sys.stderr.write(f"no such {what}: {', '.join(sorted(unknown))}; there are {', '.join(known)}\n")
        raise SystemExit(64)
    return [name for name in known if not wanted or name.lower() in wanted]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.peers.pyocd_suite", description=__doc__)
    parser.add_argument("checkout", type=Path, help="a checkout of pyOCD's repository")
    parser.add_argument("--targets", default="", help="targets, with commas; default: all that there are")
    parser.add_argument("--tests", default="", help='tests, with commas, as "Basic,Flash Loader"')
    parser.add_argument("--doors", default="", help=f"of {', '.join(DOORS)}")
    parser.add_argument("--logs", type=Path, default=Path("build/peers-pyocd"), help="folder of the tests' output")
    options = parser.parse_args()
    checkout: Path = options.checkout.resolve()
    if not (checkout / "test" / "automated_test.py").is_file():
        parser.error(f"{checkout} has no test/automated_test.py: it is not a checkout of pyOCD")
    there = set(list_targets())
    rows = {row.target: row for row in ROWS if row.target in there}
    targets = _chosen(options.targets, list(rows), "target")
    doors = _chosen(options.doors, DOORS, "door")
    tests = _chosen(options.tests, TESTS, "test")
    good = asyncio.run(run_all(checkout, [rows[name] for name in targets], doors, tests, options.logs.resolve()))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
