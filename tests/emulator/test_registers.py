# SPDX-License-Identifier: Apache-2.0
"""What a firmware touches has the names of the datasheet, and what nobody models is said once."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from vmrig_server.boards_data import list_chips, load_chip
from vmrig_server.emulator.board import Pace
from vmrig_server.emulator.doors.serial import SerialLoop
from vmrig_server.emulator.hosted import Folders, HostedBoard
from vmrig_server.emulator.registers import RegisterNames, access_text
from vmrig_server.emulator.scheduler import Scheduler

QDEC_ENABLE = 0x40012500
PROGRAM = [
    0x4802,
    0x2103,
    0x6001,
    0x6802,
    0xE7FD,
    0x0000,
]  # ldr r0, =QDEC.ENABLE; movs r1, #3; str r1, [r0]; loop: ldr r2, [r0]; b loop


@pytest.fixture
def names() -> RegisterNames:
    return RegisterNames(load_chip("nrf52833"))


def test_an_access_to_something_not_modelled_is_told_with_its_names(names: RegisterNames) -> None:
    assert access_text(names, QDEC_ENABLE, 3, True) == "QDEC.ENABLE (0x40012500) write 0x3: not modelled"
    assert access_text(names, 0x4001C520, 0, False) == "PWM0.SEQ[0]_PTR (0x4001C520) read: not modelled"


def test_where_the_svd_file_knows_nothing_the_place_is_told(names: RegisterNames) -> None:
    assert str(names.name(0x40008F10)) == "TIMER0.+0xF10"
    assert access_text(names, 0x60000000, 0, False) == "0x60000000 read: not modelled"


@pytest.mark.parametrize("chip", list_chips())
def test_the_svd_file_that_a_chip_names_exists(chip: str) -> None:
    file = load_chip(chip)
    names = RegisterNames(file)
    if file.svd:
        assert (
            sum(
                not str(names.name(device.base + 4 * n).register).startswith("+")
                for device in file.devices
                for n in range(64)
            )
            > 20
        )


def test_coverage_counts_and_the_log_has_one_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    scheduler = Scheduler(1)
    board = HostedBoard(
        "microbit_v2",
        "9904000000000001",
        tmp_path / "board",
        Pace.REAL,
        scheduler,
        SerialLoop(),
        Folders(tmp_path / "run"),
    )
    try:
        machine = board.board.machine
        words = [0x20001000, 0x9, *(low | high << 16 for low, high in zip(PROGRAM[::2], PROGRAM[1::2], strict=True))]
        machine.poke(0, b"".join(word.to_bytes(4, "little") for word in words))
        machine.poke(0x14, QDEC_ENABLE.to_bytes(4, "little"))
        machine.power(True)
        machine.run(1000)
        machine.mem_read(0x40012504, 4, 4)
        with caplog.at_level(logging.WARNING):
            board.log_unmodelled()
            board.log_unmodelled()
        assert [record.getMessage().split(": ", 1)[1] for record in caplog.records] == [
            "QDEC.ENABLE (0x40012500) write 0x3: not modelled"
        ]
        (entry,) = board.coverage()
        assert (entry["peripheral"], entry["register"], entry["writes"], entry["modelled"]) == (
            "QDEC",
            "ENABLE",
            1,
            False,
        )
    finally:
        board.close()
        scheduler.close()
