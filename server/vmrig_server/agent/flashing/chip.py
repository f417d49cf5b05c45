# SPDX-License-Identifier: Apache-2.0
"""What flashing needs to know of a chip: where memory is, and how the tool names it."""

from __future__ import annotations

from dataclasses import dataclass

EM_ARM = 40
"""ELF e_machine of 32-bit Arm (ELF for the Arm Architecture, section 5.3)."""


@dataclass(frozen=True, slots=True)
class Loader:
    """Of a chip that is written through the serial loader in its ROM.

    Attributes:
        chip: esptool's name of the chip.
        sector: bytes that are erased at once; no two parts share one.
        boot_offset: where in the flash the ROM looks for an image.
        uid_is_mac: the chip's unique id is its base MAC address, which the loader reads.
    """

    chip: str
    sector: int
    boot_offset: int
    uid_is_mac: bool = True


@dataclass(frozen=True, slots=True)
class Region:
    """A range of the chip's address space.

    Attributes:
        name: as the chip file names it, e.g. ``flash``, ``uicr``, ``ram``.
        size: bytes.
    """

    name: str
    start: int
    size: int

    @property
    def end(self) -> int:
        """First address behind the region."""
        return self.start + self.size

    def __contains__(self, address: int) -> bool:
        return self.start <= address < self.end


@dataclass(frozen=True, slots=True)
class ChipFacts:
    """A chip, as far as flashing goes.

    Attributes:
        tool_target: the flashing tool's name of the chip.
        flash: regions that can be programmed; the first one is what the core boots from.
        ram: regions an initial stack pointer can lie in.
        vectors: offset of the vector table in what the core boots from: behind a boot stage that the chip's ROM wants there.
        stage_crc: the chip's ROM runs that stage only if its last word is the checksum of the rest.
        loader: how the chip is written over a serial port; None: through its debug port. Addresses of its flash are offsets.
        uf2_family: the chip's family in UF2 files, None: it takes none.
        uid_address, uid_words: where the chip's unique id is read as 32-bit words, least significant first; 0 words when it has none.
    """

    name: str
    tool_target: str
    flash: tuple[Region, ...]
    ram: tuple[Region, ...]
    elf_machine: int = EM_ARM
    uf2_family: int | None = None
    uid_address: int = 0
    uid_words: int = 0
    vectors: int = 0
    stage_crc: bool = False
    loader: Loader | None = None

    @property
    def driver(self) -> str:
        """The flashing tool that reaches the chip."""
        return "esptool" if self.loader is not None else "pyocd"

    @property
    def tells_uid(self) -> bool:
        """Its unique id is read without firmware's help."""
        return self.uid_words > 0 if self.loader is None else self.loader.uid_is_mac

    def flash_region(self, address: int) -> Region | None:
        return next((region for region in self.flash if address in region), None)
