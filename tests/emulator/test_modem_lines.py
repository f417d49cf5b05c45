# SPDX-License-Identifier: Apache-2.0
"""The circuits between modem lines and the pins that they pull."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator import lined
from tests.emulator.lined import BOOT_PIN, EchoChip, Lines, OtherDoor
from vmrig_server.emulator.board import Board
from vmrig_server.emulator.doors.lined import LinedPort, PortBusyError
from vmrig_server.emulator.doors.lines import AutoReset, Circuit, Pulls, UsbSerialJtag
from vmrig_server.emulator.outside_pins import OutsidePins
from vmrig_server.emulator.scheduler import Scheduler

HZ = 1_000_000
STATES = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30)


class Chip:
    """What a chip behind a circuit sees."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.dtr = self.rts = False
        self.pulls = Pulls()
        self.boots: list[str] = []

    def lines(self, dtr: int | None, rts: int | None) -> None:
        self.dtr = self.dtr if dtr is None else bool(dtr)
        self.rts = self.rts if rts is None else bool(rts)
        for pulls in self.circuit.set(self.dtr, self.rts):
            if self.pulls.reset and not pulls.reset:
                self.boots.append("download" if pulls.boot else "flash")
            self.pulls = pulls


@pytest.mark.parametrize(
    ("circuit", "sequence", "boots"),
    [
        (AutoReset, lined.unix_tight, ["download"]),
        (AutoReset, lined.classic, ["download"]),
        (AutoReset, lined.hard_reset, ["flash"]),
        (AutoReset, lined.opening, []),
        (AutoReset, lined.opening_with_rtscts, []),
        (AutoReset, lined.wrong, ["flash", "flash"]),
        (UsbSerialJtag, lined.usb_jtag, ["download"]),
        (UsbSerialJtag, lined.hard_reset, ["flash"]),
        (UsbSerialJtag, lined.opening, []),
        (UsbSerialJtag, lined.opening_with_rtscts, []),
        (UsbSerialJtag, lined.wrong, ["flash", "flash"]),
    ],
)
def test_the_sequences_of_tools_do_on_each_circuit_what_they_are_meant_to(
    circuit: Callable[[], Circuit], sequence: Callable[[Lines], None], boots: list[str]
) -> None:
    chip = Chip(circuit())
    sequence(chip.lines)
    assert chip.boots == boots


@pytest.mark.parametrize("first", [lined.opening, lined.opening_with_rtscts, lined.wrong, lined.hard_reset])
@pytest.mark.parametrize(
    ("circuit", "sequence"),
    [(AutoReset, lined.unix_tight), (AutoReset, lined.classic), (UsbSerialJtag, lined.usb_jtag)],
)
def test_a_reset_into_the_loader_works_after_whatever_was_done_before(
    circuit: Callable[[], Circuit], sequence: Callable[[Lines], None], first: Callable[[Lines], None]
) -> None:
    chip = Chip(circuit())
    first(chip.lines)
    sequence(chip.lines)
    assert chip.boots[-1] == "download" and chip.pulls == Pulls()
    lined.hard_reset(chip.lines)
    assert chip.boots[-1] == "flash" and chip.pulls == Pulls()


@given(STATES)
def test_auto_reset_pulls_each_pin_by_one_line_alone(states: list[tuple[bool, bool]]) -> None:
    circuit = AutoReset()
    held = False
    for dtr, rts in states:
        (pulls,) = circuit.set(dtr, rts)
        held = pulls.reset if dtr and rts else rts
        assert pulls == Pulls(reset=held, boot=dtr and not rts)
        assert not (pulls.reset and pulls.boot)


@given(STATES)
def test_usb_serial_jtag_resets_only_by_rts_alone_and_the_chip_runs_at_once(states: list[tuple[bool, bool]]) -> None:
    circuit = UsbSerialJtag()
    before, flag = (False, False), False
    for state in states:
        steps = circuit.set(*state)
        if state == (True, False):
            flag = True
        elif state == (False, False):
            flag = False
        if state == (False, True) and before != state:
            assert steps == (Pulls(True, flag), Pulls(False, flag))
        elif before == (False, True) and state != before:
            assert steps == (Pulls(),)
        else:
            assert steps == ()
        before = state


# --- put to work on a board -------------------------------------------------------------------------------------------


@pytest.fixture
def chip() -> EchoChip:
    return EchoChip()


@pytest.fixture
def board(chip: EchoChip) -> Iterator[Board]:
    scheduler = Scheduler(1)
    it = Board(chip, HZ, scheduler)
    it.power(True)
    yield it
    it.close()
    scheduler.close()


@pytest.fixture
def port(board: Board) -> LinedPort:
    pins = OutsidePins(board)
    return LinedPort(board, 0, AutoReset(), lambda pulled: pins.pull_low(BOOT_PIN, pulled), 115200)


def set_on(port: LinedPort) -> Lines:
    def lines(dtr: int | None, rts: int | None) -> None:
        port.set_lines(dtr=None if dtr is None else bool(dtr), rts=None if rts is None else bool(rts))

    return lines


def test_the_strapping_pin_has_its_level_before_the_chip_leaves_reset(port: LinedPort, chip: EchoChip) -> None:
    lined.unix_tight(set_on(port))
    assert chip.boots == ["download"]
    assert chip.changes == [("reset", 1), ("boot", 0), ("reset", 0), ("boot", -1)]


def test_closing_the_port_drops_its_lines_and_lets_a_held_chip_go(port: LinedPort, chip: EchoChip) -> None:
    door = OtherDoor()
    port.claim(door)
    port.set_lines(rts=True)
    assert chip.reset
    port.release(door)
    assert not chip.reset and chip.boots == ["flash"]
    assert not port.rts


def test_lines_stay_when_the_program_asked_for_that(port: LinedPort, chip: EchoChip) -> None:
    door = OtherDoor()
    port.claim(door)
    port.set_lines(rts=True)
    port.release(door, hang_up=False)
    assert chip.reset and port.rts


def test_a_port_has_one_holder_who_is_named(port: LinedPort) -> None:
    door = OtherDoor()
    port.claim(door)
    with pytest.raises(PortBusyError, match="4711"):
        port.claim(OtherDoor())
    port.release(door)
    port.claim(OtherDoor())


def test_what_is_sent_to_a_chip_in_reset_is_lost(port: LinedPort, board: Board, chip: EchoChip) -> None:
    chip.to_chip += b"on its way"
    port.set_lines(rts=True)
    assert port.input(b"too early") == 9
    port.set_lines(rts=False)
    assert chip.to_chip == b""


def test_a_button_that_is_held_is_held_through_the_circuits_pulls(board: Board, chip: EchoChip) -> None:
    pins = OutsidePins(board)
    pins.drive(BOOT_PIN, 0)
    pins.pull_low(BOOT_PIN, True)
    pins.pull_low(BOOT_PIN, False)
    assert chip.pins[BOOT_PIN] == 0
    pins.drive(BOOT_PIN, -1)
    assert chip.pins[BOOT_PIN] == -1
