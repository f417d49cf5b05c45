# SPDX-License-Identifier: Apache-2.0
"""A custom board's template, ``<short_name>.yml``, as data."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Plain = bool | int | str | None | list["Plain"] | dict[str, "Plain"]
"""What `device` may hold besides what vmrig knows."""

SHORT_NAME_MAX = 31
_SHORT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_RESERVED_NAMES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})

PINS_MAX = 255
USB_ID = re.compile(r"[0-9A-F]{4}")
CUSTOM_MACRO = "VM_IS_CUSTOM"


@dataclass(frozen=True, slots=True)
class PinUse:
    """A functional name's pin."""

    pin: int
    """n of Dn."""
    params: tuple[int, ...] = ()
    """Of A: channel, unit; of DAC: channel; of others as the template has them. At most three."""
    active_low: bool = False
    """Of LED and BTN: written as ``[Dn, low]``."""


@dataclass(frozen=True, slots=True)
class Peripheral:
    """A logical peripheral."""

    hw: int
    """From 1: which of the chip's."""
    signals: Mapping[str, str] = field(default_factory=dict)
    """Functional names: ``{"rx": "RX0", "tx": "TX0"}``."""


@dataclass(frozen=True, slots=True)
class Template:
    """What a template says. Two that are equal give the same port.bin."""

    short_name: str
    name: str
    """For people."""
    original_target: str
    """As the template writes it: it may be a name from old times."""
    target: str
    """The board type that it is derived from."""
    chip: str
    pinmap: tuple[int, ...]
    """The chip's pins (port * 32 + pad) of D0, D1, ..."""
    pinclasses: Mapping[str, PinUse] = field(default_factory=dict)
    names: Mapping[str, int] = field(default_factory=dict)
    """The board's own names; n of Dn."""
    peripherals: Mapping[str, Peripheral] = field(default_factory=dict)
    cmacros: tuple[str, ...] = (CUSTOM_MACRO,)
    vids: tuple[str, ...] = ()
    """USB vendor ids, four upper-case hexadecimal digits."""
    pids: tuple[str, ...] = ()
    manual_reset: bool = False
    """A person resets the board."""
    reset_time: int = 0
    """Milliseconds that a reset takes."""
    device: Mapping[str, Plain] = field(default_factory=dict)
    """The other keys of ``device``: old tools' own."""

    @property
    def usb_ids(self) -> tuple[str, ...]:
        """Every vendor with every product, as people write them: ``1209:c0de``."""
        return tuple(f"{vid.lower()}:{pid.lower()}" for vid in self.vids for pid in self.pids)

    def pins_by_name(self) -> dict[str, tuple[int, bool]]:
        """(the chip's pin, active low) of every name that a program can use."""
        found = {f"D{n}": (pin, False) for n, pin in enumerate(self.pinmap)}
        found |= {name: (self.pinmap[use.pin], use.active_low) for name, use in self.pinclasses.items()}
        found |= {name: (self.pinmap[n], False) for name, n in self.names.items()}
        return found


def short_name_mistake(name: str) -> tuple[str, str] | None:
    """What is wrong with a short name and what is allowed; None: nothing. Whether it is taken is for the caller to know."""
    allowed = f"1 to {SHORT_NAME_MAX} ASCII letters, digits and at most one underscore, beginning with a letter"
    if not 1 <= len(name) <= SHORT_NAME_MAX:
        return f"the short name has {len(name)} characters", allowed
    if not name.isascii() or not _SHORT_NAME.fullmatch(name):
        return f"'{name}' is not a short name", allowed
    if name.count("_") > 1:
        return f"'{name}' has {name.count('_')} underscores: file names of old tools use them as separators", allowed
    if keyword.iskeyword(name) or name.lower() in _RESERVED_NAMES:
        return (
            f"'{name}' means something else to Python or to an operating system: no file can be called so",
            "another name",
        )
    return None


def without_zeros(params: Iterable[int]) -> tuple[int, ...]:
    """Parameters without the zeros at their end, which are there anyway."""
    kept = list(params)
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)
