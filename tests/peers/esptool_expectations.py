# SPDX-License-Identifier: Apache-2.0
"""What of esptool's own device suite is run on which target, and which tests are not expected to pass, with the reason."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field

SUITE = "test_esptool.py"
SDM_SUITE = "test_esptool_sdm.py"
"""Of a chip whose fuses leave nothing but secure download mode."""
COMMANDS_SUITE = "test_commands.py"
"""`esptool_commands`: every command once."""


@dataclass(frozen=True, slots=True)
class Row:
    """One run of a suite on one board.

    Attributes:
        name: what it is called on the command line and in the table.
        chip: esptool's name of the chip.
        target: our board type.
        device_params: what is set on the board's devices for this run, over its files: device -> parameter -> value.
        flash_size: of another flash chip on the board; 0: as it comes.
        environment: for the suite.
        usb: which of the target's `usb_choices`; empty: as it usually is.
        rfc2217: through the board's RFC 2217 port instead of its terminal. esptool's client needs 0.2 s a command there, whatever the board does.
    """

    name: str
    chip: str
    target: str
    suite: str = SUITE
    device_params: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    flash_size: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    usb: str = ""
    rfc2217: bool = False


EMULATED = {"ROM": {"stub_protocol": 1}}
"""The stub that esptool uploads is not executed, its protocol is emulated."""
SECURE_DOWNLOAD = {"ROM": {"security_flags": 1 << 2}}


def arguments(text: str) -> dict[str, str]:
    """For `COMMANDS_SUITE`: what stands in front of every command."""
    return {"ESPTOOL_ARGUMENTS": text}


ROWS = (
    Row("esp32c3", "esp32c3", "esp32c3_devkitm"),
    Row("esp32c3-emulated-stub", "esp32c3", "esp32c3_devkitm", device_params=EMULATED),
    Row("esp8266", "esp8266", "nodemcu_v2"),
    Row("esp32", "esp32", "esp32_devkitc"),
    Row("esp32s3", "esp32s3", "esp32s3_devkitc"),
    Row(
        "esp32s3-32mb",
        "esp32s3",
        "esp32s3_devkitc",
        flash_size=32 << 20,
        environment={"ESPTOOL_TEST_FLASH_SIZE": "32"},
    ),
    Row("esp32c6", "esp32c6", "esp32c6_devkitc"),
    Row("esp32h2", "esp32h2", "esp32h2_devkitm"),
    Row("esp32c3-commands", "esp32c3", "esp32c3_devkitm", COMMANDS_SUITE),
    Row("esp32c3-legacy-stub", "esp32c3", "esp32c3_devkitm", COMMANDS_SUITE, environment=arguments("--stub-version 1")),
    Row("esp32c3-usb", "esp32c3", "esp32c3_supermini", COMMANDS_SUITE, environment=arguments("--before usb-reset")),
    Row(
        "esp32c6-usb",
        "esp32c6",
        "esp32c6_devkitc",
        COMMANDS_SUITE,
        environment=arguments("--before usb-reset"),
        usb="usb_jtag",
    ),
    Row(
        "esp32s3-usb",
        "esp32s3",
        "esp32s3_devkitc",
        COMMANDS_SUITE,
        environment=arguments("--before usb-reset"),
        usb="usb_jtag",
    ),
    Row("esp32c3-rfc2217", "esp32c3", "esp32c3_devkitm", COMMANDS_SUITE, rfc2217=True),
    Row("esp32c3-sdm", "esp32c3", "esp32c3_devkitm", SDM_SUITE, device_params=SECURE_DOWNLOAD),
)


@dataclass(frozen=True, slots=True)
class Excuse:
    """A test that need not pass.

    Attributes:
        chips: names with commas; empty: all.
        tests: a pattern of ``Class::test``.
        applies: false: it is about something that this emulator does not set out to do, and does not count.
    """

    chips: str
    tests: str
    reason: str
    applies: bool = True


EXCUSES: tuple[Excuse, ...] = (
    Excuse(
        "esp8266,esp32",
        "TestLoadRAM::*",
        "the program that it loads is Xtensa code, which no core here runs",
    ),
    Excuse(
        "esp32",
        "TestFlashEncryption::*",
        "what a chip encrypts on its way into the flash is not modelled: such writes are refused",
        applies=False,
    ),
)


def excuse(chip: str, test: str) -> Excuse | None:
    """Why a test need not pass on a chip; None: it must."""
    for entry in EXCUSES:
        if entry.chips and chip not in entry.chips.split(","):
            continue
        if fnmatch.fnmatchcase(test, entry.tests):
            return entry
    return None
