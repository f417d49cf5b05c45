# SPDX-License-Identifier: Apache-2.0
"""Locked nRF5 chips at the debug port: APPROTECT and CTRL-AP of the nRF52 (PS, "CTRL-AP", "Access port protection"), RBPCONF of the nRF51 (RM, "UICR")."""

from __future__ import annotations

import pytest
from vmrig_native import _emu

from tests.emulator.nrf52 import CYCLES_PER_US, DHCSR, NVMC, POWER, RAM, UICR
from vmrig_server.boards_data import Chip, load_chip
from vmrig_server.emulator.machine import build_machine

AP1 = 1 << 24
RESET, ERASEALL, ERASEALLSTATUS, APPROTECTSTATUS, IDR = AP1, AP1 + 4, AP1 + 8, AP1 + 12, AP1 + 0xFC
CSW = 0
CSW_DEVICE_EN = 1 << 6
APPROTECT = UICR + 0x208
RBPCONF = UICR + 4
FORCEPROTECT, DISABLE = POWER + 0x550, POWER + 0x558
READY, CONFIG, NVMC_ERASEALL = NVMC + 0x400, NVMC + 0x504, NVMC + 0x50C
REN, WEN, EEN = 0, 1, 2
HW_DISABLED = SW_DISABLE = 0x5A
ERASED = 0xFFFFFFFF
ERASE_ALL_CYCLES = 169_000 * CYCLES_PER_US

STR_R1_R0 = 0x6001
LOOP = 0xE7FE


def program(*halfwords: int) -> bytes:
    """A flash image: vector table, and code at 8."""
    code = b"".join(halfword.to_bytes(2, "little") for halfword in halfwords)
    return (RAM + 0x1000).to_bytes(4, "little") + (9).to_bytes(4, "little") + code


LDR_R0_PC, LDR_R1_PC, NOP = 0x4801, 0x4902, 0xBF00


def opener() -> bytes:
    """A program that opens the port of a hardened chip as Nordic's start-up code does: APPROTECT.DISABLE = UICR.APPROTECT."""
    # 8: ldr r0, [pc, #4] -> 16; 10: ldr r1, [pc, #8] -> 20; 12: str r1, [r0]; 14: b .
    return (
        program(LDR_R0_PC, LDR_R1_PC, STR_R1_R0, LOOP)
        + DISABLE.to_bytes(4, "little")
        + SW_DISABLE.to_bytes(4, "little")
    )


class Port:
    """A machine and its debug port, powered up."""

    def __init__(self, chip: Chip, image: bytes = b"", uicr: dict[int, int] | None = None) -> None:
        self.machine = build_machine(chip, storage=None, identity={"device_id": 1}).machine
        self.machine.poke(0, image or program(LOOP))
        for address, value in (uicr or {}).items():
            self.machine.poke(address, value.to_bytes(4, "little"))
        self.power_on()

    def power_on(self) -> None:
        self.machine.power(True)
        self.machine.run(1000)
        self.machine.dp_write(4, 0x50000000)

    def power_cycle(self) -> None:
        self.machine.power(False)
        self.power_on()

    def pin_reset(self) -> None:
        self.machine.reset_pin(True)
        self.machine.reset_pin(False)
        self.machine.run(1000)

    def read(self, address: int) -> int:
        return int.from_bytes(self.machine.mem_read(address, 4, 4), "little")

    def write(self, address: int, value: int) -> None:
        self.machine.mem_write(address, 4, value.to_bytes(4, "little"))

    def open(self) -> bool:
        """Whether memory can be read; agrees with both registers that say so."""
        says = self.machine.ap_read(APPROTECTSTATUS) == 1
        assert says == bool(self.machine.ap_read(CSW) & CSW_DEVICE_EN)
        try:
            self.read(RAM)
        except _emu.Fault:
            self.machine.dp_write(0, 4)
            assert not says
            return False
        assert says
        return True

    def erase_all(self) -> None:
        self.machine.ap_write(ERASEALL, 1)
        self.machine.run(ERASE_ALL_CYCLES)
        assert self.machine.ap_read(ERASEALLSTATUS) == 0
        self.machine.ap_write(RESET, 1)
        self.machine.ap_write(RESET, 0)
        self.machine.ap_write(ERASEALL, 0)

    def program_uicr(self, address: int, value: int) -> None:
        self.write(CONFIG, WEN)
        self.write(address, value)
        self.machine.run(1000 * CYCLES_PER_US)
        self.write(CONFIG, REN)


def chip(name: str, *, hardened: bool = False) -> Chip:
    it = load_chip(name)
    devices = [
        device.model_copy(update={"params": {"hardened": 1}}) if device.type == "nrf52.ctrl_ap" and hardened else device
        for device in it.devices
    ]
    return it.model_copy(update={"devices": devices})


@pytest.mark.parametrize("name", ["nrf52832", "nrf52833", "nrf52840"])
def test_the_control_port_answers_beside_the_cores_own(name: str) -> None:
    port = Port(chip(name))
    assert port.machine.ap_read(IDR) & 0x0FFFFFFF == 0x02880000
    assert port.machine.ap_read(2 << 24 | 0xFC) == 0
    assert port.open()


def test_an_nrf51_has_no_control_port() -> None:
    assert Port(chip("nrf51822")).machine.ap_read(IDR) == 0


# --- the older mechanism


def test_a_lock_in_uicr_takes_effect_at_the_next_reset() -> None:
    port = Port(chip("nrf52840"))
    port.program_uicr(APPROTECT, 0xFFFFFF00)
    assert port.open()
    port.pin_reset()
    assert not port.open()
    port.power_cycle()
    assert not port.open()


def test_a_locked_chip_runs_its_program() -> None:
    port = Port(chip("nrf52840"), uicr={APPROTECT: 0})
    before = port.machine.instructions()
    port.machine.run(1000)
    assert not port.open()
    assert port.machine.instructions() > before


def test_eraseall_takes_its_time_and_erases_flash_uicr_and_ram() -> None:
    port = Port(chip("nrf52833"), uicr={APPROTECT: 0})
    port.machine.poke(RAM, b"secret")
    port.machine.poke(0x7F000, b"secret")
    port.machine.ap_write(ERASEALL, 1)
    port.machine.run(ERASE_ALL_CYCLES - 1)
    assert (port.machine.ap_read(ERASEALLSTATUS), port.open()) == (1, False)
    port.machine.run(1)
    assert (port.machine.ap_read(ERASEALLSTATUS), port.open()) == (0, True)
    assert port.machine.peek(0, 0x80000) == b"\xff" * 0x80000
    assert port.machine.peek(UICR, 0x1000) == b"\xff" * 0x1000
    assert not any(port.machine.peek(RAM, 0x20000))


def test_a_power_cut_in_eraseall_leaves_the_chip_part_way_and_locked_or_open_as_its_cells_say() -> None:
    port = Port(chip("nrf52833"), uicr={APPROTECT: 0})
    port.machine.poke(0x10000, bytes(4096))
    port.machine.ap_write(ERASEALL, 1)
    port.machine.run(ERASE_ALL_CYCLES // 2)
    port.power_cycle()
    cells = port.machine.peek(0x10000, 4096)
    assert cells not in (bytes(4096), b"\xff" * 4096)
    assert port.open() == (port.machine.peek(APPROTECT, 1) == b"\xff")


def test_a_reset_does_not_stop_eraseall() -> None:
    port = Port(chip("nrf52833"), uicr={APPROTECT: 0})
    port.machine.ap_write(ERASEALL, 1)
    port.machine.run(ERASE_ALL_CYCLES // 2)
    port.pin_reset()
    port.machine.run(ERASE_ALL_CYCLES // 2)
    assert (port.machine.ap_read(ERASEALLSTATUS), port.open()) == (0, True)


def test_reset_through_the_control_port_restarts_the_program() -> None:
    port = Port(chip("nrf52833"), program(NOP, NOP, LOOP))
    port.machine.run(100)
    port.machine.ap_write(RESET, 1)
    port.machine.ap_write(RESET, 0)
    assert port.machine.core_get(15) == 8
    assert port.read(POWER + 0x400) & 4  # RESETREAS.SREQ


# --- the hardened mechanism


def test_a_hardened_chip_is_locked_when_it_is_new() -> None:
    assert not Port(chip("nrf52840", hardened=True)).open()


@pytest.mark.parametrize(("image", "pall", "is_open"), [(True, 0x5A, True), (True, 0xFF, False), (False, 0x5A, False)])
def test_a_hardened_chip_opens_when_uicr_and_program_both_say_so(image: bool, pall: int, is_open: bool) -> None:
    port = Port(chip("nrf52840", hardened=True), opener() if image else b"", {APPROTECT: 0xFFFFFF00 | pall})
    assert port.open() == is_open
    port.power_cycle()
    assert port.open() == is_open


def test_a_hardened_chip_stays_open_after_eraseall_until_the_next_hard_reset() -> None:
    port = Port(chip("nrf52840", hardened=True))
    port.erase_all()
    assert port.open()
    port.write(DHCSR, 0xA05F0003)
    port.write(0xE000ED0C, 0x05FA0004)  # SYSRESETREQ
    port.machine.run(1000)
    assert port.open()
    port.pin_reset()
    assert not port.open()


def test_a_program_can_force_the_lock_until_the_next_reset() -> None:
    port = Port(chip("nrf52840", hardened=True), opener(), {APPROTECT: 0xFFFFFF5A})
    assert port.open()
    port.write(FORCEPROTECT, 0)
    assert not port.open()
    port.power_cycle()
    assert port.open()


def test_an_older_chip_takes_the_hardened_ones_open_value_for_a_lock() -> None:
    assert not Port(chip("nrf52840"), uicr={APPROTECT: 0xFFFFFF00 | HW_DISABLED}).open()


# --- nRF51


def test_a_read_protected_nrf51_shows_zeros_but_its_controller_erases_it() -> None:
    port = Port(chip("nrf51822"), uicr={RBPCONF: 0xFFFF00FF})
    port.machine.poke(RAM, b"secret__")
    assert (port.read(0), port.read(RAM), port.read(UICR + 0x10), port.read(POWER + 0x518)) == (0, 0, 0, 0)
    port.write(RAM, 5)
    assert port.machine.peek(RAM, 8) == b"secret__"
    assert port.read(READY) == 1
    port.write(CONFIG, EEN)
    port.write(NVMC_ERASEALL, 1)
    port.machine.run(22_300 * 16)
    assert port.read(READY) == 1
    assert port.read(UICR + 0x10) == 0, "the protection is looked at in a reset"
    port.pin_reset()
    assert (port.read(0), port.read(UICR + 0x10)) == (ERASED, ERASED)


def test_a_read_protected_nrf51_can_still_be_halted() -> None:
    port = Port(chip("nrf51822"), uicr={RBPCONF: 0xFFFF00FF})
    port.write(DHCSR, 0xA05F0003)
    port.machine.run(1)
    assert port.read(DHCSR) >> 17 & 1


def test_an_open_nrf51_hides_nothing() -> None:
    port = Port(chip("nrf51822"))
    assert port.read(0) == RAM + 0x1000
