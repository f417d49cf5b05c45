# SPDX-License-Identifier: Apache-2.0
"""The schema of ``boards/chips/<chip>.yaml`` and ``boards/<target>/board.yaml``. Addresses and sizes are bytes."""

from __future__ import annotations

import itertools
import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

U32 = Annotated[int, Field(ge=0, le=0xFFFFFFFF)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=31)]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]

PINS_MAX = 256
"""A pin's number is port * 32 + bit."""

VM_PARTS = ("vm", "vmstore", "port", "journal", "slot_a", "slot_b")
"""What the layout of a target with a VM has; docs/wire-protocol.md, "Flash"."""

PinStyle = Literal["nordic", "stm32", "kinetis", "rp2040"]

# How datasheets write pins. The patterns exclude each other, so that a pin can be read without knowing the chip.
_PIN_STYLES: dict[PinStyle, re.Pattern[str]] = {
    "nordic": re.compile(r"P(?P<port>[0-7])\.(?P<bit>\d{1,2})"),  # P0.14
    "stm32": re.compile(r"P(?P<port>[A-H])(?P<bit>\d{1,2})"),  # PA5
    "kinetis": re.compile(r"PT(?P<port>[A-E])(?P<bit>\d{1,2})"),  # PTB22
    "rp2040": re.compile(r"GP(?P<bit>\d{1,2})"),  # GP25
}
_PIN_BITS: dict[PinStyle, int] = {"nordic": 32, "stm32": 16, "kinetis": 32, "rp2040": 30}
_NAMED_PINS = {f"QSPI_{name}": 32 + bit for bit, name in enumerate(("SCLK", "SS", "SD0", "SD1", "SD2", "SD3"))}
"""Pins that datasheets call by their names: the RP2040's second bank."""


def chip_pin(text: object) -> int:
    """The number (port * 32 + bit) of a pin as datasheets write it: ``P0.14``, ``PA5``, ``PTB22``, ``GP25``. ValueError: not a pin."""
    if isinstance(text, str) and text in _NAMED_PINS:
        return _NAMED_PINS[text]
    for style, pattern in _PIN_STYLES.items():
        match = pattern.fullmatch(text) if isinstance(text, str) else None
        if match is None or int(match["bit"]) >= _PIN_BITS[style]:
            continue
        port = match.groupdict().get("port", "0")
        return (int(port) if port.isdecimal() else ord(port) - ord("A")) * 32 + int(match["bit"])
    raise ValueError(f"a pin is written as the datasheet does, P0.14, PA5, PTB22 or GP25, not {text!r}")


def chip_pin_name(pin: int, style: PinStyle) -> str:
    """The other way round: ``P0.14`` of 14."""
    port, bit = divmod(pin, 32)
    letter = chr(ord("A") + port)
    names: dict[PinStyle, str] = {
        "nordic": f"P{port}.{bit:02d}",
        "stm32": f"P{letter}{bit}",
        "kinetis": f"PT{letter}{bit}",
        "rp2040": next((name for name, number in _NAMED_PINS.items() if number == pin), f"GP{pin}"),
    }
    return names[style]


ChipPin = Annotated[int, BeforeValidator(chip_pin), Field(ge=0, lt=PINS_MAX)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


# --- chips


class Core(_Model):
    type: Literal["cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4"]
    count: Annotated[int, Field(ge=1, le=2)] = 1
    reset: Literal["chip", "core"] = "chip"
    fpu: bool = False
    mpu_regions: Literal[0, 8] = 0
    bit_band: bool = False
    vtor: bool = True
    clock_hz: Annotated[int, Field(gt=0, le=2_000_000_000)]
    irq_count: Annotated[int, Field(ge=1, le=240)]
    priority_bits: Annotated[int, Field(ge=2, le=8)]
    cpuid: U32
    lockup_reset_us: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class Debug(_Model):
    dpidr: U32
    ap_idr: U32
    rom_table: U32
    unmapped_reads_zero: bool = False
    targetid: U32 = 0
    rescue: bool = False


class Memory(_Model):
    name: Name
    kind: Literal["ram", "rom", "flash"]
    base: U32
    size: Annotated[int, Field(gt=0, le=0x40000000, multiple_of=1024)]
    erase_size: Annotated[int, Field(gt=0)] | None = None
    sectors: list[Annotated[list[Annotated[int, Field(gt=0)]], Field(min_length=2, max_length=2)]] | None = None
    write_size: Annotated[int, Field(gt=0)] | None = None
    file: FileName | None = None
    alias_of: Name | None = None
    repeats: Annotated[int, Field(ge=1, le=8)] = 1

    @property
    def end(self) -> int:
        """First address behind it."""
        return self.base + self.size

    def erase_units(self) -> list[tuple[int, int]]:
        """(address, size in bytes) of everything that is erased at once, in order; of flash."""
        sizes = [size for count, size in self.sectors for _ in range(count)] if self.sectors is not None else None
        if sizes is None:
            assert self.erase_size is not None
            sizes = [self.erase_size] * (self.size // self.erase_size)
        starts = itertools.accumulate(sizes, initial=self.base)
        return list(zip(starts, sizes, strict=False))

    @model_validator(mode="after")
    def _consistent(self) -> Memory:
        if self.base + self.size * self.repeats > 1 << 32:
            raise ValueError("reaches beyond the 32-bit address space")
        if self.kind == "flash" and ((self.erase_size is None) == (self.sectors is None) or self.write_size is None):
            raise ValueError("flash needs write_size, and either erase_size or sectors")
        if self.sectors is not None and sum(count * size for count, size in self.sectors) != self.size:
            raise ValueError("the sectors do not add up to the size")
        if self.erase_size is not None and self.size % self.erase_size:
            raise ValueError("size is not a multiple of erase_size")
        if self.file is not None and self.kind != "flash":
            raise ValueError("only flash keeps its contents in a file")
        return self


class Contents(_Model):
    memory: Name
    address: Annotated[U32, Field(multiple_of=4)]
    words: Annotated[list[U32], Field(min_length=1)]


class IdentityField(_Model):
    address: U32 | None = None
    """Where a debugger reads it; None: it cannot."""
    size: Annotated[int, Field(gt=0, le=64)]
    device: Name | None = None
    """Whose it is, when it is not in a memory: the device's parameters `uid_0`, `uid_1`, ... are its words."""


class Identity(_Model):
    uid: Name
    fields: dict[Name, IdentityField]

    @model_validator(mode="after")
    def _uid_is_a_field(self) -> Identity:
        if self.uid not in self.fields:
            raise ValueError(f"uid names '{self.uid}', which is not among the fields")
        return self


class Device(_Model):
    type: Annotated[str, Field(pattern=r"^[a-z0-9]+\.[a-z0-9_]+$")]
    name: Name
    base: Annotated[U32, Field(multiple_of=1024)]
    irq: Annotated[int, Field(ge=0, lt=240)] | None = None
    params: dict[Name, int] = {}


class Firmware(_Model):
    """How the firmware images are built: the chip's file has what its boards share, a board's what is its own (which wins)."""

    port: Name | None = None
    stack_size: Annotated[int, Field(ge=1024, le=0x10000, multiple_of=8)] | None = None
    heap_size: Annotated[int, Field(ge=2048, le=0x100000, multiple_of=256)] | None = None
    window: Annotated[int, Field(ge=1, le=8)] | None = None
    without: list[Literal["float"]] | None = None
    defines: dict[Name, U32] = {}

    def over(self, shared: Firmware) -> Firmware:
        """What a board with this section on a chip with that one has."""
        own = {key: value for key, value in self.model_dump().items() if value is not None and key != "defines"}
        return shared.model_copy(update={**own, "defines": {**shared.defines, **self.defines}})

    def missing(self) -> list[str]:
        """Keys that a build needs and that nobody gave."""
        needed = {"port": self.port, "stack_size": self.stack_size, "heap_size": self.heap_size}
        return [key for key, value in needed.items() if value is None]


class Chip(_Model):
    """A microcontroller."""

    based_on: Name | None = None
    without: list[Name] = []
    name: Name
    title: str
    pyocd_target: str
    pyocd_like: str | None = None
    pin_style: PinStyle
    svd: FileName | None = None
    uf2_family: U32 | None = None
    core: Core
    debug: Debug
    memories: Annotated[list[Memory], Field(min_length=1)]
    contents: list[Contents] = []
    identity: Identity
    devices: Annotated[list[Device], Field(min_length=1)]
    vectors: Annotated[int, Field(ge=0, lt=0x10000, multiple_of=128)] = 0
    stage_crc: bool = False
    uarts: list[Name] = []
    seeded: list[Name] = []
    firmware: Firmware = Firmware()

    def memory(self, name: str) -> Memory:
        """KeyError: no memory of that name."""
        for memory in self.memories:
            if memory.name == name:
                return memory
        raise KeyError(name)

    @property
    def flash(self) -> Memory:
        """The memory that programs are flashed to."""
        return self.memory("flash")

    @property
    def ram(self) -> Memory:
        return self.memory("ram")


# --- targets


class UsbInterface(_Model):
    kind: Literal["mass-storage", "cdc-acm", "cmsis-dap-v1", "cmsis-dap-v2", "vendor"]
    name: str


class Usb(_Model):
    vid: Annotated[int, Field(ge=0, le=0xFFFF)]
    pid: Annotated[int, Field(ge=0, le=0xFFFF)]
    board_ids: list[Annotated[str, Field(pattern=r"^[0-9A-F]{3,4}$")]] = []
    serial_digits: Annotated[int, Field(ge=4, le=48, multiple_of=2)] | None = None
    manufacturer: str
    product: str
    interfaces: list[UsbInterface] = []


class Serial(_Model):
    uart: Annotated[int, Field(ge=0)]
    baud: Annotated[int, Field(ge=300, le=4_000_000)]
    tx: ChipPin
    rx: ChipPin


class BoardPin(_Model):
    pin: ChipPin
    role: Literal["io", "i2c", "uart", "analog", "input", "output", "button", "touch", "led", "led-row", "led-column"]
    edge: str | None = None
    label: str | None = None
    active: Literal["high", "low"] | None = None
    pull: Literal["up", "down"] | None = None


class Leds(_Model):
    rows: list[Name]
    columns: list[Name]


Part = Annotated[list[U32], Field(min_length=2, max_length=2)]


class Target(_Model):
    """A board type."""

    target: Name
    name: str
    chip: Name
    usb: Usb
    own_usb: list[Usb] = []
    """What the chip's own USB port can show, when it is not the board's only one; the chip chooses by vid and pid."""
    probe: Literal["cmsis-dap", "stlink", "jlink"]
    pyocd_target: str | None = None
    serial: Serial
    device_params: dict[Name, dict[Name, int]] = {}
    pins: dict[Name, BoardPin]
    leds: Leds | None = None
    layout: dict[Name, Part]
    firmware: Firmware = Firmware()

    def pin_number(self, name: str) -> int:
        """The chip's pin behind a name on the board (``BUTTON_A``), a chip pin (``P0.14``) or a number (``14``). KeyError: no such pin."""
        if name in self.pins:
            return self.pins[name].pin
        if name.isdecimal() and int(name) < PINS_MAX:
            return int(name)
        try:
            return chip_pin(name)
        except ValueError:
            raise KeyError(name) from None

    def region(self, part: str) -> tuple[int, int]:
        """(address, size in bytes) of a part of the layout. KeyError: no such part."""
        address, size = self.layout[part]
        return address, size


# --- checks that look at more than one value

Problem = tuple[tuple[str | int, ...], str]
"""(place in the file, sentence)"""


def check_chip(chip: Chip) -> list[Problem]:
    """What is wrong between the parts of a chip file."""
    problems: list[Problem] = []
    memories = {memory.name: memory for memory in chip.memories}
    devices = {device.name for device in chip.devices}
    problems += _named_twice("memories", [memory.name for memory in chip.memories])
    problems += _named_twice("devices", [device.name for device in chip.devices])
    for needed in ("flash", "ram"):
        if needed not in memories:
            problems.append((("memories",), f"a chip needs a memory named '{needed}'"))
    ranges = sorted(
        (memory.base, memory.base + memory.size * memory.repeats, index) for index, memory in enumerate(chip.memories)
    )
    for (_, end, first), (base, _, second) in itertools.pairwise(ranges):
        if base < end:
            names = f"memories '{chip.memories[first].name}' and '{chip.memories[second].name}'"
            problems.append((("memories", max(first, second), "base"), f"{names} overlap"))
    for index, memory in enumerate(chip.memories):
        if memory.alias_of is not None and memory.alias_of not in memories:
            what = f"memory '{memory.name}' is an alias of '{memory.alias_of}', which there is not"
            problems.append((("memories", index, "alias_of"), what))
    for index, entry in enumerate(chip.contents):
        rom = memories.get(entry.memory)
        if rom is None or rom.kind == "ram":
            problems.append(
                (("contents", index, "memory"), f"contents are for a rom or flash, '{entry.memory}' is none")
            )
        elif not rom.base <= entry.address <= entry.address + 4 * len(entry.words) <= rom.end:
            problems.append((("contents", index, "address"), f"{entry.address:#x} is not inside '{entry.memory}'"))
    for name, field in chip.identity.fields.items():
        address = field.address
        if field.device is not None:
            if field.device not in devices or field.size % 4:
                what = f"there is no device '{field.device}', or the size is not one of whole words"
                problems.append((("identity", "fields", name), what))
        elif address is None or not any(m.base <= address and address + field.size <= m.end for m in chip.memories):
            problems.append((("identity", "fields", name), f"identity '{name}' is not inside a memory"))
    for key, names_of in (("uarts", chip.uarts), ("seeded", chip.seeded)):
        for index, name in enumerate(names_of):
            if name not in devices:
                problems.append(((key, index), f"there is no device '{name}'"))
    return problems


def _named_twice(key: str, names: list[str]) -> list[Problem]:
    return [
        ((key, index, "name"), f"'{name}' is named twice") for index, name in enumerate(names) if name in names[:index]
    ]


def check_target(target: Target, chip: Chip) -> list[Problem]:
    """What is wrong between the parts of a board file, and between it and its chip's."""
    problems = _check_layout(target, chip) + _check_firmware(target, chip)
    if target.leds is not None:
        for key, names in (("rows", target.leds.rows), ("columns", target.leds.columns)):
            for index, name in enumerate(names):
                if name not in target.pins:
                    problems.append((("leds", key, index), f"there is no pin '{name}'"))
    pulls: dict[int, tuple[str, str]] = {}
    for name, pin in target.pins.items():
        if pin.pull is None:
            continue
        other, pull = pulls.setdefault(pin.pin, (name, pin.pull))
        if pull != pin.pull:
            problems.append((("pins", name, "pull"), f"pins '{other}' and '{name}' are one pin with two pulls"))
    if target.serial.uart >= len(chip.uarts):
        problems.append((("serial", "uart"), f"{chip.name} has {len(chip.uarts)} UARTs"))
    devices = {device.name for device in chip.devices}
    for name in target.device_params:
        if name not in devices:
            problems.append((("device_params", name), f"{chip.name} has no device '{name}'"))
    return problems


def _check_layout(target: Target, chip: Chip) -> list[Problem]:
    problems: list[Problem] = []
    flash = chip.flash
    units = flash.erase_units()
    borders = {address for address, _ in units} | {flash.end}
    parts = sorted((region[0], region[0] + region[1], name) for name, region in target.layout.items())
    for base, end, name in parts:
        if base < flash.base or end > flash.end:
            problems.append((("layout", name), f"part '{name}' is not inside the flash of {chip.name}"))
        elif base not in borders or end not in borders or end <= base:
            sizes = "" if flash.erase_size is None else f" of {flash.erase_size} bytes"
            problems.append((("layout", name), f"part '{name}' does not consist of whole erase pages{sizes}"))
    for (_, end, first), (base, _, second) in itertools.pairwise(parts):
        if base < end:
            problems.append((("layout", second), f"parts '{first}' and '{second}' overlap"))
    return problems


def _check_firmware(target: Target, chip: Chip) -> list[Problem]:
    firmware = target.firmware.over(chip.firmware)
    if firmware.port is None:
        return []
    problems: list[Problem] = []
    for key in firmware.missing():
        problems.append((("firmware",), f"firmware.{key} is neither here nor in the file of {chip.name}"))
    absent = [part for part in VM_PARTS if part not in target.layout]
    if absent:
        return [*problems, (("layout",), f"a target with firmware needs the parts {', '.join(absent)}")]
    units = dict(chip.flash.erase_units())
    address, size = target.region("journal")
    if units.get(address) != size // 2 or units.get(address + size // 2) != size // 2:
        problems.append((("layout", "journal"), "the journal is not two erase units of one size"))
    if target.region("slot_a")[1] != target.region("slot_b")[1]:
        problems.append((("layout", "slot_b"), "the slots differ in size"))
    return problems
