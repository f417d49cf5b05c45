# SPDX-License-Identifier: Apache-2.0
"""The commands of the tour, typed as a person types them, on a real service."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from intelhex import IntelHex

from .conftest import SCRIPTS, Bench, EmulatedHandle

HELLO = "print('hello', 6 * 7)\n"


def test_without_a_service_the_next_command_is_named(bench: Bench, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(SCRIPTS / "vmrig"), "boards"],
        env={**os.environ, "VMRIG_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert "NO_SERVICE" in done.stderr and "vmrig up" in done.stderr
    assert done.stdout == ""


def test_wrong_usage_is_exit_code_64(bench: Bench) -> None:
    assert "--nonsense" in bench.vmrig("boards", "--nonsense", code=64)
    assert "FILE" in bench.vmrig("flash", "any", code=64)


def test_an_unknown_board_is_exit_code_5_with_the_next_command(bench: Bench) -> None:
    said = bench.vmrig("reset", "nosuchboard", code=5)
    assert "BOARD_NOT_FOUND" in said and "try: vmrig boards" in said


def test_several_matches_are_an_error_that_lists_them(bench: Bench, emulated: EmulatedHandle) -> None:
    other = bench.client.emulated.create("microbit_v2")
    try:
        bench.client.wait_present("target:microbit_v2")
        for _ in bench.client.watch_boards():
            if len(bench.client.boards("target:microbit_v2")) > 1:
                break
        said = bench.vmrig("alias", "target:microbit_v2", "both", code=1)
        assert "AMBIGUOUS_BOARD" in said and emulated.alias in said
    finally:
        bench.client.emulated.delete(other.name)


def test_boards_lists_what_is_plugged_in(bench: Bench, emulated: EmulatedHandle) -> None:
    listed = {board["usb"]["serial"]: board for board in json.loads(bench.vmrig("boards", "--json"))}
    board = listed[emulated.serial]
    assert (board["usb"]["vid"], board["usb"]["pid"], board["target"]) == (0x0D28, 0x0204, "microbit_v2")
    assert board["presence"] == "PRESENCE_PRESENT"
    assert emulated.alias in bench.vmrig("boards")


def test_flash_takes_bin_hex_and_elf(bench: Bench, emulated: EmulatedHandle, firmware: Path, tmp_path: Path) -> None:
    hex_file = tmp_path / "loop.hex"
    image = IntelHex()
    image.frombytes(firmware.read_bytes(), 0)
    image.write_hex_file(str(hex_file))
    elf_file = _elf(tmp_path / "loop.elf", firmware.read_bytes())
    for file in (firmware, hex_file, elf_file):
        result = json.loads(bench.vmrig("flash", emulated.alias, str(file), "--json"))
        assert int(result["bytes_verified"]) >= firmware.stat().st_size
    at = json.loads(bench.vmrig("flash", emulated.alias, f"{firmware}@0x58000", "--json"))
    assert at["parts"][0]["address"] == 0x58000


def _elf(path: Path, image: bytes) -> Path:
    """The smallest ARM ELF that loads an image at 0."""
    header = b"\x7fELF\x01\x01\x01" + bytes(9)
    fields = (
        (2, 2),
        (40, 2),
        (1, 4),
        (0x41, 4),
        (52, 4),
        (0, 4),
        (0x5000200, 4),
        (52, 2),
        (32, 2),
        (1, 2),
        (40, 2),
        (0, 2),
        (0, 2),
    )
    header += b"".join(value.to_bytes(size, "little") for value, size in fields)
    segment = b"".join(value.to_bytes(4, "little") for value in (1, 84, 0, 0, len(image), len(image), 5, 4))
    path.write_bytes(header + segment + image)
    with path.open("rb") as file:
        assert ELFFile(file).get_machine_arch() == "ARM"
    return path


def test_a_file_that_does_not_fit_is_refused(bench: Bench, emulated: EmulatedHandle, tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(513 * 1024))
    said = bench.vmrig("flash", emulated.alias, str(large), code=1)
    assert "large.bin" in said and "0x0007ffff" in said


def test_register_virtualize_and_run(bench: Bench, emulated: EmulatedHandle, tmp_path: Path) -> None:
    registered = json.loads(bench.vmrig("register", emulated.alias, "--json"))
    assert registered["uid_by_probe"] and not registered["uid_by_serial"]
    compared = json.loads(bench.vmrig("register", emulated.alias, "--with-firmware", "--json"))
    assert compared["uid_by_serial"] == compared["uid_by_probe"] == registered["uid_by_probe"]
    vmuid = bench.vmrig("vm", "create", emulated.alias).strip()
    assert vmuid in bench.vmrig("vm", "list")
    bench.vmrig("virtualize", emulated.alias, vmuid[:8])
    program = tmp_path / "hello.py"
    program.write_text(HELLO)
    assert bench.vmrig("run", emulated.alias, str(program)) == "hello 42\n"
    assert "hello 42" in bench.vmrig("console", emulated.alias, "--no-follow")
    broken = tmp_path / "broken.py"
    broken.write_text("x = {}\nprint('so far')\nx['missing']\n")
    said = bench.vmrig("run", emulated.alias, str(broken), code=3)
    assert "PROGRAM_RAISED" in said and "KeyError" in said and "line 3" in said
    invalid = tmp_path / "invalid.py"
    invalid.write_text("x = 1j\n")
    said = bench.vmrig("run", emulated.alias, str(invalid), code=1)
    assert "PROGRAM_INVALID" in said and "line 1" in said
    (listed,) = json.loads(bench.vmrig("boards", emulated.alias, "--json"))
    assert listed["vmuid"] == vmuid


def test_a_vm_needs_a_registered_board(bench: Bench, emulated: EmulatedHandle) -> None:
    said = bench.vmrig("vm", "create", emulated.alias, code=1)
    assert "vmrig register" in said


def test_run_on_the_host(bench: Bench, tmp_path: Path) -> None:
    program = tmp_path / "hello.py"
    program.write_text(HELLO)
    assert bench.vmrig("run", "--host", str(program)) == "hello 42\n"
    kept = tmp_path / "run.rec"
    for option in ("--record", "--replay"):
        assert bench.vmrig("run", "--host", str(program), option, str(kept)) == "hello 42\n"
    bench.vmrig("run", "x", str(program), "--record", str(kept), code=64)
    program.write_text(
        "import gpio\ngpio.mode('ROW1', gpio.OUTPUT)\ngpio.high('ROW1')\nprint(gpio.read('ROW1'), gpio.read('COL1'))\n"
    )
    assert bench.vmrig("run", "--host", str(program)) == "1 0\n"
    program.write_text("def f():\n    raise ValueError('no')\nf()\n")
    said = bench.vmrig("run", "--host", str(program), code=3)
    assert "ValueError: no" in said and "line 2, in f" in said


@pytest.mark.parametrize("option", ["--record", "--profile"])
def test_a_file_that_cannot_be_written_is_named(bench: Bench, tmp_path: Path, option: str) -> None:
    program = tmp_path / "hello.py"
    program.write_text(HELLO)
    said = bench.vmrig("run", "--host", str(program), option, str(tmp_path / "not" / "there.json"), code=1)
    assert "FILE_UNUSABLE" in said and "No such file" in said and "Traceback" not in said


def test_a_heap_that_no_vm_has_is_wrong_usage(bench: Bench, tmp_path: Path) -> None:
    program = tmp_path / "hello.py"
    program.write_text(HELLO)
    for size in ("-1", "99999999999"):
        assert "--heap" in bench.vmrig("run", "--host", str(program), "--heap", size, code=64)


def test_a_held_board_is_explained_and_the_holders_lease_is_used(bench: Bench, emulated: EmulatedHandle) -> None:
    lease = bench.vmrig("lease", "request", emulated.alias, "--for", "60", "--reason", "mine").strip()
    said = bench.vmrig("reset", emulated.alias, code=5)
    assert "mine" in said or "until" in said
    os.environ["VMRIG_LEASE"] = lease
    try:
        bench.vmrig("reset", emulated.alias)
    finally:
        del os.environ["VMRIG_LEASE"]
    assert lease in bench.vmrig("lease", "list")
    bench.vmrig("lease", "release", lease)
    bench.vmrig("reset", emulated.alias)


def test_pins_are_driven_and_read(bench: Bench, emulated: EmulatedHandle) -> None:
    assert bench.vmrig("emulator", "pin", emulated.alias, "BUTTON_A") == "high\n"
    assert bench.vmrig("emulator", "pin", emulated.alias, "BUTTON_A", "low") == "low\n"
    assert bench.vmrig("emulator", "pin", emulated.alias, "BUTTON_A", "float") == "high\n"
    assert "BUTTON_A" in bench.vmrig("emulator", "pin", emulated.alias, "BUTTON_Z", code=1)


def _with_vm(bench: Bench, emulated: EmulatedHandle) -> None:
    bench.vmrig("register", emulated.alias)
    bench.vmrig("virtualize", emulated.alias, bench.vmrig("vm", "create", emulated.alias).strip())


def test_run_shows_its_own_program_after_one_that_never_printed(
    bench: Bench, emulated: EmulatedHandle, tmp_path: Path
) -> None:
    _with_vm(bench, emulated)
    quiet, hello = tmp_path / "quiet.py", tmp_path / "hello.py"
    quiet.write_text("import time\nwhile True:\n    time.sleep_ms(100)\n")
    hello.write_text(HELLO)
    for _ in range(2):
        bench.vmrig("run", emulated.alias, str(quiet), "--detach")
        assert bench.vmrig("run", emulated.alias, str(hello)) == "hello 42\n"


def test_all_that_a_program_printed_before_it_raised_is_shown(
    bench: Bench, emulated: EmulatedHandle, tmp_path: Path
) -> None:
    _with_vm(bench, emulated)
    program = tmp_path / "raises.py"
    program.write_text("for i in range(300):\n    print('y' * 99)\nraise ValueError('end')\n")
    done = bench.command("vmrig", "run", emulated.alias, str(program))
    assert done.returncode == 3 and "ValueError: end" in done.stderr
    assert done.stdout == ("y" * 99 + "\n") * 300


def test_run_ends_when_nobody_reads_its_output(bench: Bench, emulated: EmulatedHandle, tmp_path: Path) -> None:
    _with_vm(bench, emulated)
    program = tmp_path / "endless.py"
    program.write_text("i = 0\nwhile True:\n    print('line', i)\n    i += 1\n")
    with subprocess.Popen(
        [str(SCRIPTS / "vmrig"), "run", emulated.alias, str(program)], env=bench.environment(), stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"line 0\n"
        process.stdout.close()
        assert process.wait(timeout=10) == 1
    assert not bench.client.leases()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_an_interrupted_run_gives_the_board_back(
    bench: Bench, emulated: EmulatedHandle, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    _with_vm(bench, emulated)
    program = tmp_path / "endless.py"
    program.write_text("import time\nprint('up')\nwhile True:\n    time.sleep_ms(100)\n")
    with subprocess.Popen(
        [str(SCRIPTS / "vmrig"), "run", emulated.alias, str(program)],
        env=bench.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.send_signal(number)
        _, said = process.communicate(timeout=10)
    assert process.returncode == code
    assert b"Traceback" not in said
    assert not bench.client.leases()
    (job,) = (job for job in bench.client.jobs(emulated.board)[:1])
    assert job.error.code == "JOB_CANCELLED"
    bench.vmrig("reset", emulated.alias)


def test_a_killed_commands_lease_ends_soon(bench: Bench, emulated: EmulatedHandle, tmp_path: Path) -> None:
    _with_vm(bench, emulated)
    program = tmp_path / "endless.py"
    program.write_text("import time\nprint('up')\nwhile True:\n    time.sleep_ms(100)\n")
    with subprocess.Popen(
        [str(SCRIPTS / "vmrig"), "run", emulated.alias, str(program)], env=bench.environment(), stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.kill()
    (lease,) = bench.client.leases()
    try:
        assert lease.expire_time.ToDatetime() - lease.grant_time.ToDatetime() <= timedelta(seconds=60)
    finally:
        bench.client.release_lease(lease)


def test_times_that_are_none_are_wrong_usage(bench: Bench) -> None:
    for text in ("nan", "inf", "-3", "soon"):
        assert "is not a number of seconds" in bench.vmrig("lease", "request", "any", "--for", text, code=64)
        assert "is not a number of seconds" in bench.vmrig("reset", "any", "--wait", text, code=64)


def test_wrong_usage_names_the_help_of_its_command(bench: Bench) -> None:
    assert "try: vmrig flash --help" in bench.vmrig("flash", "any", code=64)
    said = bench.vmrig("vm", code=64)
    assert said.startswith("Usage: vmrig vm") and "try:" not in said


def test_a_taken_alias_leaves_no_emulated_board_behind(bench: Bench, emulated: EmulatedHandle) -> None:
    before = {board.serial for board in bench.client.emulated.list()}
    assert "ALIAS_TAKEN" in bench.vmrig("emulate", "microbit_v2", "--alias", emulated.alias, code=1)
    assert {board.serial for board in bench.client.emulated.list()} == before


def test_an_unknown_target_has_no_vms(bench: Bench) -> None:
    assert "TARGET_UNKNOWN" in bench.vmrig("vm", "available", "nosuch", code=1)


def test_erasing_everything_needs_a_yes_where_nobody_can_be_asked(bench: Bench, emulated: EmulatedHandle) -> None:
    assert "--yes" in bench.vmrig("erase", emulated.alias, code=64)
    bench.vmrig("erase", emulated.alias, "--yes")
    assert "--yes" in bench.vmrig("erase", emulated.alias, "--mass", code=64)
    assert "no ranges" in bench.vmrig("erase", emulated.alias, "--mass", "0+4K", code=64)
    bench.vmrig("erase", emulated.alias, "--mass", "--yes")


def test_a_filter_that_matches_nothing_is_told_from_an_empty_bench(bench: Bench, emulated: EmulatedHandle) -> None:
    assert "No board matches 'nosuch'" in bench.command("vmrig", "boards", "nosuch").stderr


def test_a_socket_path_that_is_too_long_is_told(bench: Bench, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(SCRIPTS / "vmrig"), "boards"],
        env={**os.environ, "VMRIG_HOME": str(tmp_path / ("x" * 120))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert done.stderr.startswith("NO_SERVICE") and "107 bytes" in done.stderr


def test_an_absent_board_is_looked_for_among_the_boards_not_the_leases(bench: Bench, emulated: EmulatedHandle) -> None:
    bench.vmrig("emulator", "unplug", emulated.alias)
    bench.client.wait_present(emulated.alias, present=False)
    said = bench.vmrig("reset", emulated.alias, code=5)
    assert "absent" in said and "try: vmrig boards" in said


def test_the_dashboard_is_not_drawn_into_a_file(bench: Bench) -> None:
    master, terminal = os.openpty()
    try:
        done = subprocess.run(
            [str(SCRIPTS / "vmrig")],
            env=bench.environment(),
            stdin=terminal,
            stdout=terminal,
            stderr=subprocess.PIPE,
            timeout=20,
            check=False,
        )
    finally:
        os.close(terminal)
        os.close(master)
    assert done.returncode == 64
    assert b"needs a terminal" in done.stderr


def test_a_thread_that_dies_on_a_board_is_told_of_with_file_line_and_text(
    bench: Bench, emulated: EmulatedHandle, tmp_path: Path
) -> None:
    _with_vm(bench, emulated)
    program = tmp_path / "threads.py"
    program.write_text(
        "import threading\ndef work():\n    return 1 // 0\nt = threading.Thread(target=work)\nt.start()\nt.join()\nprint('end')\n"
    )
    said = bench.vmrig("run", emulated.alias, str(program))
    assert '  File "threads.py", line 3, in work\n    return 1 // 0\nZeroDivisionError: ' in said and said.endswith(
        "end\n"
    )
    assert "    return 1 // 0" in bench.vmrig("console", emulated.alias, "--no-follow")


def test_without_a_service_a_program_still_runs_on_the_hosts_vm(tmp_path: Path) -> None:
    (tmp_path / "p.py").write_text("print(6 * 7)\n1 / 0\n")
    home = tmp_path / "home"
    environment = {name: value for name, value in os.environ.items() if name != "VMRIG_ADDRESS"} | {
        "VMRIG_HOME": str(home)
    }
    done = subprocess.run(
        [str(SCRIPTS / "vmrig"), "run", "--host", "p.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, "42\n")
    assert "ZeroDivisionError: division by zero" in done.stderr
    assert not home.exists()  # the service that did it kept nothing
