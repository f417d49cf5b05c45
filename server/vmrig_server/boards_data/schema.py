# SPDX-License-Identifier: Apache-2.0
"""The schema of ``boards/chips/<chip>.yaml`` and ``boards/<target>/board.yaml``. Addresses and sizes are bytes."""

from __future__ import annotations

import itertools
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vmrig_server.boards_data.pins import PINS_MAX, ChipPin, PinStyle, chip_pin
from vmrig_server.errors import VmrigError

U32 = Annotated[int, Field(ge=0, le=0xFFFFFFFF)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=31)]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]

VM_PARTS = ("vm", "vmstore", "port", "journal", "slot_a", "slot_b")
"""What the layout of a target with a VM has; docs/wire-protocol.md, "Flash"."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


# --- chips


class Core(_Model):
    type: Literal["cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4", "rv32imc", "none"]
    count: Annotated[int, Field(ge=1, le=2)] = 1
    reset: Literal["chip", "core"] = "chip"
    fpu: bool = False
    mpu_regions: Literal[0, 8] = 0
    bit_band: bool = False
    vtor: bool = True
    clock_hz: Annotated[int, Field(gt=0, le=2_000_000_000)]
    irq_count: Annotated[int, Field(ge=1, le=240)]
    priority_bits: Annotated[int, Field(ge=2, le=8)] = 2
    cpuid: U32 = 0
    lockup_reset_us: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    reset_vector: Annotated[U32, Field(multiple_of=2)] = 0
    """Of RISC-V: the address of the first instruction."""
    reads_zero: bool = False
    espressif: bool = False
    """Of a RISC-V core: registers and interrupts as in Espressif's chips, not as the RISC-V manual has them."""
    """Of RISC-V: where nobody answers, the core's loads read 0 and its stores are ignored; else they fault."""


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
    mapped: bool = True
    """False: it is on no bus; its addresses are those that tools name it by."""
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
    prefix: Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$")] = ""
    """How every emulated chip's begins, in hexadecimal: the maker's part of a MAC."""


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
    ram_size: Annotated[int, Field(ge=4096, multiple_of=32)] | None = None
    """Bytes of RAM for the image, from the first one on; the others are the boot ROM's."""
    esp_chip_id: Annotated[int, Field(ge=0, le=0xFFFF)] | None = None
    """The image is one that an ESP boot ROM copies to RAM, with this number of the chip in its header."""
    window: Annotated[int, Field(ge=1, le=8)] | None = None
    profile: Literal["nano", "core", "full"] | None = None
    """Of the VM; None: by the size of the chip's flash."""
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


PadRange = Annotated[list[ChipPin], Field(min_length=2, max_length=2)]


class Pads(_Model):
    """What the pins of a chip are for: custom boards are checked against it."""

    ranges: Annotated[list[PadRange], Field(min_length=1)]
    """[first, last] of pads that there are."""
    reserved: dict[str, list[ChipPin]] = {}
    """Pads that a board cannot use, by what they are."""
    usb: list[ChipPin] = []
    """Of the chip's own USB port: a board's, unless the VM's line to the host is on it."""
    input_only: list[ChipPin] = []
    adc: list[dict[ChipPin, Annotated[int, Field(ge=0, le=255)]]] = []
    """Of each converter: pads and their channels."""
    dac: dict[ChipPin, Annotated[int, Field(ge=0, le=255)]] = {}
    serial: list[dict[Literal["rx", "tx"], list[ChipPin]]] = []
    """Of each UART whose lines are on certain pads only; of an STM32 they are parameters of the device."""
    peripherals: dict[Literal["SERIAL", "SPI", "I2C", "RTC", "HTM"], Annotated[int, Field(ge=0, le=255)]] = {}
    """How many of each kind."""

    def has(self, pin: int) -> bool:
        """Whether the chip has a pad of this number (port * 32 + bit)."""
        return any(first <= pin <= last for first, last in self.ranges)

    def reserved_for(self, pin: int) -> str | None:
        """What a pad is that a board cannot use; None: a board can."""
        return next((what for what, pins in self.reserved.items() if pin in pins), None)


class Chip(_Model):
    """A microcontroller."""

    based_on: Name | None = None
    without: list[Name] = []
    name: Name
    title: str
    pyocd_target: str = ""
    esptool_chip: str = ""
    """esptool's name of a chip that is flashed through its serial loader."""
    reset_is_power_on: bool = False
    """Its reset pin switches the whole chip off, so that it does not tell the two apart."""
    loader_level: bool = False
    """Only its serial loader and its flash are emulated, its core runs nothing, or small programs in RAM; where its registers are is read from esptool."""
    pyocd_like: str | None = None
    pin_style: PinStyle
    svd: FileName | None = None
    uf2_family: U32 | None = None
    core: Core
    debug: Debug | None = None
    memories: Annotated[list[Memory], Field(min_length=1)]
    contents: list[Contents] = []
    identity: Identity
    devices: Annotated[list[Device], Field(min_length=1)]
    vectors: Annotated[int, Field(ge=0, lt=0x10000, multiple_of=128)] = 0
    stage_crc: bool = False
    uarts: list[Name] = []
    seeded: list[Name] = []
    pads: Pads | None = None
    firmware: Firmware = Firmware()

    @model_validator(mode="after")
    def _one_way_in(self) -> Chip:
        if bool(self.pyocd_target) == bool(self.esptool_chip):
            raise ValueError("a chip is flashed with pyOCD or with esptool: it needs pyocd_target or esptool_chip")
        if (self.debug is None) == bool(self.pyocd_target):
            raise ValueError("a chip that pyOCD flashes needs its debug port described, and no other chip has one")
        if self.loader_level and not self.esptool_chip:
            raise ValueError("loader_level: what a serial loader shows is known of chips that esptool flashes")
        return self

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
    kind: Literal["mass-storage", "cdc-acm", "cmsis-dap-v1", "cmsis-dap-v2", "serial-bridge", "vendor"]
    name: str


class Usb(_Model):
    vid: Annotated[int, Field(ge=0, le=0xFFFF)]
    pid: Annotated[int, Field(ge=0, le=0xFFFF)]
    board_ids: list[Annotated[str, Field(pattern=r"^[0-9A-F]{3,4}$")]] = []
    serial_digits: Annotated[int, Field(ge=4, le=48, multiple_of=2)] | None = None
    manufacturer: str
    product: str
    interfaces: list[UsbInterface] = []


Lines = Literal["esp-auto-reset", "usb-serial-jtag"]


class Serial(_Model):
    uart: Annotated[int, Field(ge=0)]
    baud: Annotated[int, Field(ge=300, le=4_000_000)]
    tx: ChipPin | None = None
    rx: ChipPin | None = None
    """None: the port is the chip's own USB port, on no pins of the list."""
    lines: Lines | None = None
    """What the modem lines DTR and RTS do on the board."""
    boot: ChipPin | None = None
    """The strapping pin that they pull."""


class UsbChoice(_Model):
    """Another way in which the board can be plugged in: another connector, or another bridge fitted."""

    usb: Usb
    serial: Serial


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
    formerly: list[Name] = []
    """Names by which old templates of custom boards know it."""
    chip: Name
    usb: Usb
    own_usb: list[Usb] = []
    """What the chip's own USB port can show, when it is not the board's only one; the chip chooses by vid and pid."""
    usb_choices: dict[Name, UsbChoice] = {}
    """Instead of `usb` and `serial`, by name; whoever plugs the board in chooses."""
    probe: Literal["cmsis-dap", "stlink", "jlink"] | None = None
    pyocd_target: str | None = None
    serial: Serial
    device_params: dict[Name, dict[Name, int]] = {}
    pins: dict[Name, BoardPin]
    leds: Leds | None = None
    layout: dict[Name, Part]
    firmware: Firmware = Firmware()

    @property
    def image_target(self) -> str:
        """The target whose firmware images this one runs."""
        return self.target

    def plugged_as(self, choice: str) -> Target:
        """The board as one of its `usb_choices`; "" is itself.

        Raises:
            VmrigError: USB_UNKNOWN.
        """
        if not choice:
            return self
        if choice not in self.usb_choices:
            known = ", ".join(self.usb_choices) or "none"
            raise VmrigError(
                "USB_UNKNOWN",
                f"a {self.target} cannot be plugged in as '{choice}'",
                evidence=[f"its ways besides the usual one: {known}"],
                next_command=f"vmrig emulate {self.target}",
            )
        chosen = self.usb_choices[choice]
        return self.model_copy(update={"usb": chosen.usb, "serial": chosen.serial})

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
