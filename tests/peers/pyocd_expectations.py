# SPDX-License-Identifier: Apache-2.0
"""What of pyOCD's own hardware suite is run on which target, and which tests are not expected to pass, with the reason."""

from __future__ import annotations

from dataclasses import dataclass

DOORS = ("plugin", "remote", "usb")
"""usb: pyOCD's own CMSIS-DAP driver on the emulated USB bus, without the plugin."""
TESTS = (
    "Basic",
    "Json Lists",
    "Connect",
    "Speed",
    "Cortex",
    "Concurrency",
    "Flash",
    "Flash Loader",
    "Debug Context",
    "Gdb",
    "Commands",
    "Commander",
    "Probeserver",
    "User Script",
)
"""In the order in which the suite runs them; its names have " Test" at the end."""


@dataclass(frozen=True, slots=True)
class Row:
    """A target of ours, pyOCD's name of its chip, and the suite's program for it (in test/data/binaries)."""

    target: str
    pyocd_target: str
    binary: str
    flash_binary: str = ""
    """For the Flash test, where its own program does not suit that test."""


ROWS = (
    Row("microbit_v1", "nrf51", "l1_microbit.bin"),
    Row("microbit_v2", "nrf52833", "microbitv2.bin"),
    Row("nrf52_dk", "nrf52", "l1_nrf52-dk.bin"),
    Row("nrf52840_dk", "nrf52840", "l1_nrf52840-dk.bin"),
    # "binary > half of the first region": the test takes the larger half of the 64 KB of small sectors for a second copy of the program.
    Row("nucleo_f412zg", "stm32f412xg", "nucleo_f412zg.bin", flash_binary="l1_k64f.bin"),
    Row("nucleo_f429zi", "stm32f429xi", "nucleo_f429zi.bin", flash_binary="l1_k64f.bin"),
    # pyOCD's own stm32f103rc has 512 KB in pages of 2 KB and 64 KB of RAM; the F103RB is made known to it by vmrig_server/pyocd_targets.py.
    Row("nucleo_f103rb", "stm32f103rb", "ST-Nucleo-F103RB.bin"),
    Row("disco_l475", "stm32l475xg", "stm32l475vg_iot01a.bin"),
    Row("frdm_k64f", "k64f", "l1_k64f.bin"),
    Row("frdm_kl25z", "kl25z", "l1_kl25z.bin"),
    Row("rpi_pico", "rp2040", "rp2040.bin"),
)


@dataclass(frozen=True, slots=True)
class Excuse:
    """A test that need not pass. Empty fields match everything; `skip`: it is not even run."""

    test: str
    reason: str
    door: str = ""
    target: str = ""
    skip: bool = False

    def covers(self, test: str, door: str, target: str) -> bool:
        return test == self.test and self.door in ("", door) and self.target in ("", target)


EXCUSES = (
    Excuse(
        "Gdb",
        "each of its 324 watchpoint cases gives the core 0.1 s on the wall's clock: it passes, but not on a host that is busy otherwise",
    ),
    Excuse(
        "Commands",
        "`loadmem` to RAM: pyOCD's remote client puts a bytearray into JSON where the server gives memory handles (TypeError in the client)",
        door="remote",
    ),
    Excuse(
        "Cortex",
        "its emulated reset takes the second stage at the start of the flash for a vector table: the core faults, and sets CONTROL.SPSEL in no handler",
        target="rpi_pico",
    ),
    Excuse(
        "Flash", "16 MB of flash, at a pace of minutes; no result is known from elsewhere", target="rpi_pico", skip=True
    ),
)


def excuse(test: str, door: str, target: str) -> Excuse | None:
    """Why a test may fail; None: it must pass."""
    return next((entry for entry in EXCUSES if entry.covers(test, door, target)), None)
