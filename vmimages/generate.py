# SPDX-License-Identifier: Apache-2.0
"""What the C of a target's images takes from its board file and its chip's: `board.h` and `memory.ld`. The files are data; the numbers are nowhere else."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from vmrig_server.boards_data import list_targets, load_chip, load_target
from vmrig_server.boards_data.schema import Chip, Device, Firmware, Target
from vmrig_server.images.portbin import PortPin, pins_section
from vmrig_server.images.stamp import port_of

MCPU = {
    "cortex-m0": "cortex_m0",
    "cortex-m0plus": "cortex_m0plus",
    "cortex-m3": "cortex_m3",
    "cortex-m4": "cortex_m4",  # without +vfp4d16sp: soft float, and code that runs with the FPU off
    "rv32imc": "generic_rv32+m+c+relax",
}
SMALL_RAM = 24 * 1024
"""A chip with so much RAM, or less, waits for the line with half of the console's text."""
FULL_FLASH = 512 * 1024
CORE_FLASH = 192 * 1024
"""A chip with so much flash, or more, has the VM's profile of that name unless its file names one; a smaller one has nano."""
WRITE_UNIT_MAX = 8
"""The journal gives each of its marks so many bytes; a controller with larger units takes the rest of the unit as blank."""


@dataclass(frozen=True)
class BoardBuild:
    """A target that images are built for."""

    target: Target
    chip: Chip
    firmware: Firmware
    profile_override: str | None = None
    features: frozenset[str] | None = None
    """What its VM has, instead of what the profile and the file say."""

    @property
    def name(self) -> str:
        return self.target.target

    @property
    def port(self) -> str:
        """Its folder in ports/."""
        assert self.firmware.port is not None
        return self.firmware.port

    @property
    def mcpu(self) -> str:
        """The core as the compiler names it."""
        return MCPU[self.chip.core.type]

    @property
    def architecture(self) -> str:
        """The folder of ports/ that knows the core."""
        return "riscv" if self.chip.core.type.startswith("rv") else "cortexm"

    @property
    def esp_chip_id(self) -> int | None:
        """None: the image is plain bytes, else one that an ESP boot ROM loads, with this number in its header."""
        return self.firmware.esp_chip_id

    @property
    def ram_size(self) -> int:
        """Bytes of RAM that the image may have, from the first one on."""
        return self.firmware.ram_size or self.chip.ram.size

    @property
    def profile(self) -> str:
        """What its VM has: nano, core or full (core/profile.h)."""
        size = self.chip.flash.size
        usual = "full" if size >= FULL_FLASH else "core" if size >= CORE_FLASH else "nano"
        return self.profile_override or self.firmware.profile or usual

    @property
    def without(self) -> tuple[str, ...]:
        """Features of its profile that its VM leaves out."""
        return tuple(self.firmware.without or ())

    def files(self) -> dict[str, str]:
        """Generated files by name."""
        return {"board.h": board_header(self), "memory.ld": memory_script(self)}


def board_builds(boards: Path, names: Collection[str] = ()) -> list[BoardBuild]:
    """Every target of a folder of board files (or of these alone) whose firmware section names a port, by name."""
    builds = []
    for name in list_targets(boards):
        if names and name not in names:
            continue
        target = load_target(name, boards)
        chip = load_chip(target.chip, boards)
        firmware = target.firmware.over(chip.firmware)
        if firmware.port is not None:
            builds.append(BoardBuild(target, chip, firmware))
    return builds


def board_header(board: BoardBuild) -> str:
    """`board.h`: where things are on this chip, how the board wires it, and how much memory what gets."""
    target, chip, firmware = board.target, board.chip, board.firmware
    uart = next(device for device in chip.devices if device.name == chip.uarts[target.serial.uart])
    numbers: dict[str, int | None] = {
        f"CHIP_{chip.name.upper()}": 1,
        "CHIP_CLOCK_HZ": chip.core.clock_hz,
        "CHIP_IRQ_COUNT": chip.core.irq_count,
        "CHIP_HAS_VTOR": int(chip.core.vtor),
        "CHIP_UID": chip.identity.fields[chip.identity.uid].address,
        "CHIP_UID_SIZE": chip.identity.fields[chip.identity.uid].size,
    }
    for device in chip.devices:
        numbers[f"{device.name.upper()}_BASE"] = device.base
        numbers[f"IRQ_{device.name.upper()}"] = device.irq
    for line in [target.serial, *(choice.serial for choice in target.usb_choices.values())]:
        numbers[f"BOARD_LINE_{chip.uarts[line.uart].upper()}"] = 1
    numbers |= {
        "BOARD_UART": target.serial.uart,
        "BOARD_UART_BASE": uart.base,
        "IRQ_BOARD_UART": uart.irq,
        "BOARD_BAUD": target.serial.baud,
        "BOARD_PIN_TX": target.serial.tx,
        "BOARD_PIN_RX": target.serial.rx,
        "BOARD_STACK_SIZE": firmware.stack_size,
        "BOARD_HEAP_SIZE": firmware.heap_size,
        "BOARD_WINDOW": firmware.window or 1,
        "BOARD_OUT_SIZE": 512 if board.profile == "full" else 296,
        "LAYOUT_RAM": chip.ram.base,
        "LAYOUT_RAM_SIZE": board.ram_size,
        "LAYOUT_FLASH": chip.flash.base,
        "LAYOUT_FLASH_SIZE": chip.flash.size,
        "LAYOUT_WRITE_UNIT": min(chip.flash.write_size or 1, WRITE_UNIT_MAX),
    }
    for part, (address, size) in target.layout.items():
        numbers[f"LAYOUT_{part.upper()}"] = address
        numbers[f"LAYOUT_{part.upper()}_SIZE"] = size
    numbers |= firmware.defines
    lines = [
        f"#define {name} {value}u" if value < 1000 else f"#define {name} 0x{value:X}u"
        for name, value in numbers.items()
        if value is not None
    ]
    # Pasted to names and taken as plain numbers by the preprocessor: without the suffix.
    lines = [line.removesuffix("u") if line.startswith("#define IRQ_") else line for line in lines]
    runs = ", ".join(f"{{{count}, {size}u}}" for count, size in erase_runs(chip))
    return "\n".join(
        [
            f"/* Made from the board file of {target.target}. */",
            "#ifndef BOARD_H",
            "#define BOARD_H",
            f'#define BOARD_TARGET "{target.target}"',
            *lines,
            "/* {count, size} of what is erased at once, from the first byte of flash on. */",
            f"#define LAYOUT_ERASE_RUNS {runs}",
            "/* Names of pins, as the section PINS of port.bin has them: for want of one. */",
            f"#define BOARD_PINS {', '.join(map(str, pins_section(builtin_pins(target))))}",
            f"#define CHIP_IRQS(X) {' '.join(f'X({n})' for n in range(chip.core.irq_count))}",
            *route_tables(chip, uart.name),
            *kinetis_tables(chip, uart.name),
            "#endif",
            "",
        ]
    )


_SIGNAL = re.compile(r"(CH[1-4]|TX|RX|SCK|MOSI|MISO|SCL|SDA)_P([A-K])(\d+)")
_BUSES = {"stm32.spi": "SPI", "stm32.spi_v2": "SPI", "stm32.i2c": "I2C", "stm32.i2c_v2": "I2C"}
_LINES = {"RX": 0, "TX": 1, "SCK": 0, "MOSI": 1, "MISO": 2, "SCL": 0, "SDA": 1}
"""Numbers of a controller's signals in the port."""


def route_tables(chip: Chip, board_uart: str) -> list[str]:
    """Which pins of an STM32 have which timer, USART, SPI and I2C, as macros over X: X(base, gate, irq, signal, pin, function), of a timer without irq.

    On an F1, whose pins have no functions by number, they are those without any remapping, of timers and USARTs.
    """
    remapped = any(device.name == "AFIO" for device in chip.devices)
    tables: dict[str, list[str]] = {"TIM": [], "USART": [], "SPI": [], "I2C": []}
    irqs = []
    for device in chip.devices:
        found = [(m, af) for name, af in device.params.items() if (m := _SIGNAL.fullmatch(name))]
        where = f"0x{device.base:X}u, 0x{device.params.get('gate', 0):X}u"
        for match, af in found:
            if remapped and (not af & 1 or device.type in _BUSES):  # a set of values of its field in AFIO_MAPR
                continue
            pin = (ord(match[2]) - ord("A")) * 32 + int(match[3])
            if device.type == "stm32.tim":
                tables["TIM"].append(f"X({where}, {pin}u, {match[1][2:]}u, {af}u)")
            elif kind := "USART" if _is_line(device, board_uart) else _BUSES.get(device.type):
                tables[kind].append(f"X({where}, {device.irq}u, {_LINES[match[1]]}u, {pin}u, {af}u)")
        if found and _is_line(device, board_uart):
            irqs.append(f"X({device.irq})")
    named = {f"{name}_PINS": rows for name, rows in tables.items()} | {"USART_IRQS": irqs}
    return [f"#define CHIP_{name}(X) {' '.join(rows)}" for name, rows in named.items() if rows]


_ROUTE = re.compile(r"PT([A-E])(\d+)_(\d)")


_KINETIS_TABLES = {"ftm": "FTM", "tpm": "FTM", "adc": "ADC", "uart": "UART", "dspi": "SPI", "i2c": "I2C"}


def kinetis_tables(chip: Chip, board_uart: str) -> list[str]:
    """Which pins of a Kinetis have which converter, timer (FTM, TPM), UART, SPI (of a K) and I2C: X(base, gate, irq, signal, pin, mux)."""
    tables: dict[str, list[str]] = {}
    irqs = []
    for device in chip.devices:
        kind = _KINETIS_TABLES.get(device.type.removeprefix("kinetis."))
        if kind is None or (kind == "UART" and device.name == board_uart):
            continue
        register, bit = divmod(device.params.get("gate", 0), 100)
        where = f"0x{device.base:X}u, 0x{(0x24 + 4 * register) << 8 | bit:X}u, {device.irq}u"
        for name, signal in device.params.items():
            if match := _ROUTE.fullmatch(name):
                pin = (ord(match[1]) - ord("A")) * 32 + int(match[2])
                tables.setdefault(kind, []).append(f"X({where}, {signal}u, {pin}u, {match[3]}u)")
        if kind == "UART":
            irqs.append(f"X({device.irq})")
    named = {f"{name}_PINS": rows for name, rows in tables.items()} | {"UART_IRQS": irqs}
    return [f"#define CHIP_{name}(X) {' '.join(rows)}" for name, rows in named.items() if rows]


def _is_line(device: Device, board_uart: str) -> bool:
    return (
        device.type in ("stm32.usart", "stm32.usart_v2")
        and not device.name.startswith("LP")
        and device.name != board_uart
    )


def builtin_pins(target: Target) -> dict[str, PortPin]:
    """A board's names of pins, without those that no program can have: the VM's line to the host."""
    line = (target.serial.tx, target.serial.rx)
    return {name: pin for name, pin in port_of(target).pins.items() if pin.number not in line}


def erase_runs(chip: Chip) -> list[tuple[int, int]]:
    """(count, size in bytes) of neighbouring erase units of one size."""
    sizes = (size for _, size in chip.flash.erase_units())
    return [(len(list(same)), size) for size, same in itertools.groupby(sizes)]


def memory_script(board: BoardBuild) -> str:
    """`memory.ld`: included by the core's image.ld."""
    ram, stack_size = board.chip.ram, f"stack_size = {board.firmware.stack_size};\n"
    if not board.chip.flash.mapped:
        code = next(memory for memory in board.chip.memories if memory.alias_of == ram.name)
        return (
            f"ram_start = {ram.base:#x};\n"
            f"ram_end = {ram.base + board.ram_size:#x};\n"
            f"code_window = {code.base - ram.base:#x};\n"
        ) + stack_size
    address, size = board.target.region("vm")
    return (
        "MEMORY {\n"
        f"    FLASH (rx)  : ORIGIN = {address:#x}, LENGTH = {size:#x}\n"
        f"    RAM   (rwx) : ORIGIN = {ram.base:#x}, LENGTH = {board.ram_size:#x}\n"
        "}\n"
    ) + stack_size
