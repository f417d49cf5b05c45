# SPDX-License-Identifier: Apache-2.0
"""The terminal of a port with modem lines, with real pyserial and with the preload library in real processes."""

from __future__ import annotations

import fcntl
import os
import select
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from tests.emulator.lined import DEADLINE_S, OtherDoor, Rig, until
from vmrig_server.serialport.holder import port_holder


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    it = Rig(tmp_path / ("deep" * 30))  # longer than the address of a socket
    yield it
    it.close()


TIGHT = """
def both(fd, dtr, rts):
    status = struct.unpack('I', fcntl.ioctl(fd, termios.TIOCMGET, struct.pack('I', 0)))[0]
    status &= ~(termios.TIOCM_DTR | termios.TIOCM_RTS)
    status |= (termios.TIOCM_DTR if dtr else 0) | (termios.TIOCM_RTS if rts else 0)
    fcntl.ioctl(fd, termios.TIOCMSET, struct.pack('I', status))

with serial.Serial(port, 115200, timeout=5, exclusive=True) as line:
    for dtr, rts in ((0, 0), (1, 1), (0, 1), (1, 0), (0, 0)):
        both(line.fileno(), dtr, rts)
    line.dtr = False
    print(line.read_until().decode().strip())
"""


def test_a_preloaded_program_resets_the_chip_into_its_loader(rig: Rig) -> None:
    assert rig.run(TIGHT) == "boot:download\n"
    assert rig.chip.boots == ["download"]


def test_a_preloaded_program_sets_and_reads_single_lines(rig: Rig) -> None:
    script = """
with serial.Serial(port, timeout=5) as line:
    def bits():
        return struct.unpack('I', fcntl.ioctl(line.fileno(), termios.TIOCMGET, bytes(4)))[0]
    assert bits() == termios.TIOCM_DTR | termios.TIOCM_RTS, bits()
    line.dtr = False
    assert bits() == termios.TIOCM_RTS
    line.rts = False
    assert bits() == 0 and not line.cts
    print(line.read_until().decode().strip())
"""
    assert rig.run(script) == "boot:flash\n"


def test_without_the_library_the_terminal_has_no_lines(rig: Rig) -> None:
    script = """
with serial.Serial(port) as line:
    try:
        fcntl.ioctl(line.fileno(), termios.TIOCMGET, bytes(4))
    except OSError as error:
        print(error.errno)
"""
    assert int(rig.run(script, preload=False)) == 25
    assert rig.chip.boots == []


def test_terminals_that_are_not_ours_pass_through_the_library(rig: Rig) -> None:
    script = """
master, slave = os.openpty()
for request in (termios.TIOCMGET, termios.TIOCMSET, termios.TIOCMBIS):
    try:
        fcntl.ioctl(slave, request, bytes(4))
    except OSError as error:
        print(error.errno)
try:
    fcntl.ioctl(os.open('/dev/null', os.O_RDWR), termios.TIOCMGET, bytes(4))
except OSError as error:
    print(error.errno)
"""
    assert rig.run(script) == "25\n" * 4


def test_what_is_said_while_nobody_listens_does_not_reach_the_next_one(rig: Rig) -> None:
    rig.say(b"stale 1")
    with serial.Serial(str(rig.pty.link), timeout=0):
        until(lambda: rig.port.holder is rig.pty)
        rig.say(b"stale 2")  # which is not read
    until(lambda: rig.port.holder is None)
    rig.say(b"stale 3")
    # Not by pyserial, which throws away what waits when it opens.
    fd = os.open(rig.pty.link, os.O_RDWR | os.O_NOCTTY)
    try:
        until(lambda: rig.port.holder is rig.pty)
        rig.say(b"fresh")
        assert os.read(fd, 100) == b"fresh"
    finally:
        os.close(fd)


def test_bytes_pass_both_ways_unchanged_and_what_was_written_before_closing_arrives(rig: Rig) -> None:
    data = bytes(range(256)) * 64
    with serial.Serial(str(rig.pty.link), timeout=DEADLINE_S) as line:
        line.write(data)
        assert line.read(len(data)) == data
        line.write(b"last words")
    until(lambda: rig.port.holder is None)
    until(lambda: rig.chip.received.endswith(b"last words"))


def test_a_megabyte_waits_for_a_slow_reader(rig: Rig) -> None:
    data = os.urandom(900_000)
    with serial.Serial(str(rig.pty.link), timeout=DEADLINE_S) as line:
        until(lambda: rig.port.holder is rig.pty)
        rig.say(data)
        assert line.read(len(data)) == data


def test_closing_drops_the_lines_unless_hupcl_was_cleared(rig: Rig) -> None:
    hold = "line = serial.Serial(port)\nline.dtr = False\nassert line.rts\n"
    rig.run(hold)  # it ends without letting go of RTS
    until(lambda: rig.port.holder is None)
    assert rig.chip.boots == ["flash"]
    keep = "a = termios.tcgetattr(line.fileno())\na[2] &= ~termios.HUPCL\ntermios.tcsetattr(line.fileno(), 0, a)\n"
    rig.run(hold + keep)
    until(lambda: rig.port.holder is None)
    assert rig.chip.reset and rig.chip.boots == ["flash"]
    rig.run("serial.Serial(port).close()")  # a new opener finds the usual settings
    until(lambda: rig.port.holder is None)
    assert rig.chip.boots == ["flash", "flash"]


def test_the_next_opener_finds_no_echo_that_an_earlier_one_has_set(rig: Rig) -> None:
    fd = os.open(rig.pty.link, os.O_RDWR | os.O_NOCTTY)
    until(lambda: rig.port.holder is rig.pty)
    attributes = termios.tcgetattr(fd)
    attributes[3] |= termios.ECHO | termios.ICANON
    termios.tcsetattr(fd, termios.TCSANOW, attributes)
    os.close(fd)
    until(lambda: rig.port.holder is None)
    fd = os.open(rig.pty.link, os.O_RDWR | os.O_NOCTTY)
    assert not termios.tcgetattr(fd)[3] & (termios.ECHO | termios.ICANON)
    os.close(fd)


def test_many_openings_in_a_row_are_all_seen(rig: Rig) -> None:
    for _ in range(50):
        with serial.Serial(str(rig.pty.link), timeout=DEADLINE_S, exclusive=True) as line:
            line.write(b"x")
            assert line.read(1) == b"x"


def test_the_holder_of_a_port_is_found_by_its_open_file(rig: Rig) -> None:
    script = "import time\nline = serial.Serial(port)\nprint('open', flush=True)\ntime.sleep(60)\n"
    with subprocess.Popen(
        [sys.executable, "-c", f"import serial, os\nport = {str(rig.pty.link)!r}\n{script}"], stdout=subprocess.PIPE
    ) as other:
        try:
            assert other.stdout is not None and other.stdout.readline()
            assert port_holder(str(rig.pty.link)) == other.pid
            until(lambda: rig.port.holder is rig.pty)
            assert rig.pty.pid == other.pid
        finally:
            other.kill()
    assert port_holder(str(rig.pty.link)) is None


def test_while_another_door_has_the_port_the_terminal_is_locked(rig: Rig) -> None:
    other = OtherDoor()
    rig.port.claim(other)

    def locked() -> bool:
        fd = os.open(rig.pty.link, os.O_RDWR | os.O_NOCTTY)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
        return False

    until(locked)
    with pytest.raises(serial.SerialException, match="exclusively lock"):
        serial.Serial(str(rig.pty.link), exclusive=True)
    rig.port.release(other)
    until(lambda: not locked())
    with serial.Serial(str(rig.pty.link), exclusive=True, timeout=DEADLINE_S) as line:
        line.write(b"mine")
        assert line.read(4) == b"mine"


def test_who_has_the_terminal_open_reads_an_error_when_the_board_goes(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    fd = os.open(rig.pty.link, os.O_RDWR | os.O_NOCTTY)
    number = Path(rig.pty.device).name
    assert (rig.lines / f"{number}.sock").exists()
    rig.close()
    assert select.select([fd], [], [], DEADLINE_S)[0]
    with pytest.raises(OSError, match=r"\[Errno 5\]"):
        if not os.read(fd, 1):
            raise OSError(5, "end of file")
    os.close(fd)
    assert not (rig.lines / f"{number}.sock").exists() and not rig.pty.link.is_symlink()
