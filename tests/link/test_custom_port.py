# SPDX-License-Identifier: Apache-2.0
"""A custom board's port.bin on emulated chips: programs use its names, and a damaged one gives way to the names that the VM was built with."""

from __future__ import annotations

import pytest

from vmrig_server.agent.link import EventKind, PortState
from vmrig_server.boards_data import load_target
from vmrig_server.customvm import Template, compile_template, create_template, load_template, port_of_template
from vmrig_server.images import PortMap

from .boards import EmulatedBoard, linked, until, vbc

MOVED = {"nrf52840_dk": "D7", "esp32c3_devkitm": "D3", "nucleo_f429zi": "D3", "rpi_pico": "D12"}
"""Where each board's LED0 is put."""
TARGETS = list(MOVED)
BLINK = "import gpio\ngpio.mode('{0}', gpio.OUTPUT)\ngpio.high('{0}')\ngpio.low('{0}')\ngpio.high('{0}')\n"


def custom(target: str) -> Template:
    """A board made from a target, with LED0 somewhere else."""
    lines = create_template(target, "blinky", "Blinky").splitlines(keepends=True)
    moved = [f"  LED0: {MOVED[target]}\n" if line.startswith("  LED0: ") else line for line in lines]
    return load_template("".join(moved))


async def run(board: EmulatedBoard, source: str, driven: dict[int, int] | None = None) -> list[str]:
    """What a program says; AssertionError: it raised. driven: levels that come from outside, by pin."""
    board.power(True)
    async with linked(board) as (link, heard):
        for pin, level in (driven or {}).items():
            board.machine.pin_drive(pin, level)
        await link.uplink(vbc(source))
        _, generation = await link.run()
        end = await link.wait_end(generation)
        assert end.kind is EventKind.ENDED, end.text
    return bytes(heard.output).decode().splitlines()


def levels(board: EmulatedBoard, pin: int) -> list[int]:
    return [level for _, level in board.edges(pin)]


@pytest.mark.parametrize("target", TARGETS)
async def test_a_program_that_drives_led0_moves_the_pin_that_the_template_names(target: str) -> None:
    template = custom(target)
    names = template.pins_by_name()
    board = EmulatedBoard(name=target, port=port_of_template(template))
    assert await run(board, BLINK.format("LED0") + "print('done')\n") == ["done"]
    assert levels(board, names["LED0"][0])[-3:] == [1, 0, 1]
    usual = load_template(create_template(target, "blinky")).pins_by_name()["LED0"][0]
    assert usual != names["LED0"][0] and 1 not in levels(board, usual)


@pytest.mark.parametrize("target", TARGETS)
async def test_a_custom_board_says_its_short_name(target: str) -> None:
    board = EmulatedBoard(name=target, port=port_of_template(custom(target)))
    board.power(True)
    async with linked(board) as (link, _):
        identity = await link.hello()
    assert (identity.target, identity.port) == ("blinky", PortState.WHOLE)


@pytest.mark.parametrize("target", TARGETS)
async def test_names_of_pins_classes_and_the_boards_own_names_are_pins_to_programs(target: str) -> None:
    template = custom(target)
    names = template.pins_by_name()
    board = EmulatedBoard(name=target, port=port_of_template(template))
    own, dn = sorted(template.names)[0], f"D{len(template.pinmap) - 3}"
    said = await run(
        board,
        "import gpio\n"
        "from adc import ADC\n"
        "from i2c import I2C\n"
        "from spi import SPI\n"
        "gpio.mode('BTN0', gpio.INPUT)\n"
        "print(gpio.read('BTN0'), ADC('A0').read_u16())\n"
        "bus = I2C(scl='SCL0', sda='SDA0')\n"
        "SPI(sck='SCLK0', mosi='MOSI0', miso='MISO0').write(b'Z')\n"
        f"gpio.read('{own}'), gpio.read('{dn}')\n"
        "try:\n"
        "    gpio.read('LED77')\n"
        "except ValueError as error:\n"
        "    print(error)\n",
        {names["BTN0"][0]: 0, names["A0"][0]: 1},
    )
    assert said == ["0 65535", "this board has no pin 'LED77'"]
    assert levels(board, names["SCLK0"][0]).count(1) >= 8 and levels(board, names["MOSI0"][0])


@pytest.mark.parametrize("target", ["nrf52840_dk", "rpi_pico", "esp32c3_devkitm"])
async def test_serial_lines_are_opened_by_the_names_of_their_pins(target: str) -> None:
    template = custom(target)
    board = EmulatedBoard(name=target, port=port_of_template(template))
    said = await run(
        board,
        "from uart import UART\nline = UART(tx='TX1', rx='RX1', baudrate=9600)\nprint(line.write(b'U'))\nline.close()\n",
    )
    assert said == ["1"]
    assert levels(board, template.pins_by_name()["TX1"][0])[-1] == 1  # a line at rest


def damaged(target: str, how: str) -> tuple[EmulatedBoard, Template]:
    template = custom(target)
    board = EmulatedBoard(name=target, port=port_of_template(template))
    address, size = load_target(target).region("port")
    data = bytearray(compile_template(template))
    if how == "absent":
        data = bytearray(b"\xff" * size)
    elif how == "flipped":
        data[len(data) // 2] ^= 1
    elif how == "cut":
        data[len(data) // 2 :] = b"\xff" * (len(data) - len(data) // 2)
    board.put(address, bytes(data))
    return board, template


@pytest.mark.parametrize("how", ["absent", "flipped", "cut"])
@pytest.mark.parametrize("target", ["nrf52840_dk", "esp32c3_devkitm"])
async def test_without_a_whole_port_bin_names_are_those_the_vm_was_built_with_and_it_says_so(
    target: str, how: str
) -> None:
    board, template = damaged(target, how)
    name = {"nrf52840_dk": "LED2", "esp32c3_devkitm": "IO10"}[target]
    pin = load_target(target).pins[name].pin
    board.power(True)
    async with linked(board) as (link, heard):
        await until(lambda: bool(heard.boots))
        assert heard.boots[0].port is (PortState.ABSENT if how == "absent" else PortState.DAMAGED)
        assert (await link.hello()).port is heard.boots[0].port
        await link.uplink(
            vbc(BLINK.format(name) + "try:\n    gpio.read('A3x')\nexcept ValueError:\n    print('unknown')\n")
        )
        _, generation = await link.run()
        end = await link.wait_end(generation)
        assert end.kind is EventKind.ENDED, end.text
    assert bytes(heard.output) == b"unknown\n"
    assert levels(board, pin)[-3:] == [1, 0, 1]
    assert levels(board, template.pins_by_name()["LED0"][0]).count(1) == 0


async def test_a_port_bin_without_pins_is_whole_and_has_no_names() -> None:
    board = EmulatedBoard(name="nrf52840_dk", port=PortMap("bare"))
    said = await run(
        board,
        "import gpio\ntry:\n    gpio.read('LED0')\nexcept ValueError as error:\n    print(error)\nprint(gpio.read('P0.13') < 2)\n",
    )
    assert said == ["this board has no pin 'LED0'", "True"]
