# SPDX-License-Identifier: Apache-2.0
"""From a chip file to a machine: memories, ROM contents, devices, and what one board has of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vmrig_native import _emu

from vmrig_server.boards_data import load_chip, load_target
from vmrig_server.boards_data.pins import PINS_MAX, chip_pin
from vmrig_server.boards_data.schema import Chip, Debug, Device, Target
from vmrig_server.emulator.esp_chip import complete
from vmrig_server.errors import ErrorClass, VmrigError

SERIAL_PORT = 0
"""The machine's serial port that a board's `serial` is brought out on."""


@dataclass(frozen=True, slots=True)
class BuiltMachine:
    """A machine that was built from data, power off.

    Attributes:
        target: None when it was built from a bare chip.
        serial_ports: UART device name -> serial port of the machine.
    """

    machine: _emu.Machine
    chip: Chip
    target: Target | None
    serial_ports: Mapping[str, int]

    def pin_number(self, name: str) -> int:
        """A pin by its name on the board, as ``P0.14``, or by its number. KeyError: no such pin."""
        if self.target is not None:
            return self.target.pin_number(name)
        try:
            return int(name) if name.isdecimal() and int(name) < PINS_MAX else chip_pin(name)
        except ValueError:
            raise KeyError(name) from None


def build_machine(
    target_or_chip: Target | Chip | str, *, storage: Path | None, identity: Mapping[str, int | bytes]
) -> BuiltMachine:
    """Builds a machine, power off.

    Args:
        target_or_chip: a target, a target's name, or a bare chip (whose UARTs are then serial ports 0, 1, ... on any pin).
        storage: the board's folder, which keeps the contents of its non-volatile memories (made if it does not exist); None: they live
            in memory only.
        identity: what this chip has of its own, by the keys of the chip file's `identity`: integers, or bytes as they are in memory (little-endian)
            or come from the device that alone has them (most significant first). Keys left out stay erased.

    Raises:
        VmrigError: TARGET_UNKNOWN, IDENTITY_INVALID, STORAGE_FAILED, or EMULATOR_REFUSED (the chip file asks for what the emulator has not).
    """
    if isinstance(target_or_chip, str):
        target_or_chip = load_target(target_or_chip)
    target = target_or_chip if isinstance(target_or_chip, Target) else None
    chip = load_chip(target.chip) if target is not None else target_or_chip
    assert isinstance(chip, Chip)
    chip = complete(chip)
    fields = {key: _identity_bytes(chip, key, value) for key, value in identity.items()}
    if storage is not None:
        _make_folder(storage)
    try:
        machine = _emu.Machine(
            core=chip.core.type,
            core_count=chip.core.count,
            fpu=chip.core.fpu,
            mpu_regions=chip.core.mpu_regions,
            bit_band=chip.core.bit_band,
            vtor=chip.core.vtor,
            reset_core_only=chip.core.reset == "core",
            clock_hz=chip.core.clock_hz,
            irq_count=chip.core.irq_count,
            priority_bits=chip.core.priority_bits,
            cpuid=chip.core.cpuid,
            lockup_reset_us=chip.core.lockup_reset_us,
            reset_vector=chip.core.reset_vector,
            core_reads_zero=chip.core.reads_zero,
            espressif=chip.core.espressif,
            **_debug_port(chip.debug),
        )
        fresh: set[str] = set()
        for memory in chip.memories:
            path = storage / memory.file if storage is not None and memory.file is not None else None
            if path is None or not path.exists():
                fresh.add(memory.name)
            named = None if path is None else str(path)
            machine.add_memory(
                memory.name,
                memory.kind,
                memory.base,
                memory.size,
                path=named,
                alias_of=memory.alias_of,
                mapped=memory.mapped,
            )
            origin = memory.alias_of or memory.name
            for i in range(1, memory.repeats):
                again = f"{memory.name}_{i}"
                machine.add_memory(again, memory.kind, memory.base + i * memory.size, memory.size, alias_of=origin)
        _fill(machine, chip, fields, fresh)
        serial_ports = _serial_ports(chip, target)
        for device in chip.devices:
            params = _device_params(device, chip, target, serial_ports, fields)
            irq = -1 if device.irq is None else device.irq
            machine.add_device(device.type, device.name, device.base, irq=irq, params=params)
    except ValueError as error:
        raise VmrigError(
            "EMULATOR_REFUSED", f"the emulator cannot build {chip.name}: {error}", error_class=ErrorClass.BENCH
        ) from None
    if target is not None:
        for pin in target.pins.values():
            if pin.pull is not None:
                machine.pin_pull(pin.pin, _emu.HIGH if pin.pull == "up" else _emu.LOW)
    return BuiltMachine(machine, chip, target, serial_ports)


def _debug_port(debug: Debug | None) -> dict[str, Any]:
    if debug is None:
        return {}
    return {
        "targetid": debug.targetid,
        "rescue_dp": debug.rescue,
        "dpidr": debug.dpidr,
        "ap_idr": debug.ap_idr,
        "rom_table": debug.rom_table,
        "unmapped_reads_zero": debug.unmapped_reads_zero,
    }


def _make_folder(storage: Path) -> None:
    try:
        storage.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VmrigError(
            "STORAGE_FAILED", f"the folder {storage} cannot be made: {error.strerror}", error_class=ErrorClass.BENCH
        ) from None


def _identity_bytes(chip: Chip, key: str, value: int | bytes) -> bytes:
    field = chip.identity.fields.get(key)
    if field is None:
        known = ", ".join(chip.identity.fields)
        raise VmrigError("IDENTITY_INVALID", f"{chip.name} has no identity field '{key}'", evidence=[f"known: {known}"])
    try:
        data = (
            value.to_bytes(field.size, "big" if field.address is None else "little")
            if isinstance(value, int)
            else bytes(value)
        )
    except OverflowError:
        data = b""
    if len(data) != field.size:
        raise VmrigError("IDENTITY_INVALID", f"identity '{key}' of {chip.name} has {field.size} bytes")
    return data


def _fill(machine: _emu.Machine, chip: Chip, fields: Mapping[str, bytes], fresh: set[str]) -> None:
    """What memories hold from the factory; flash that is kept in a file holds what it held."""
    for memory in chip.memories:
        if memory.kind == "rom" and memory.alias_of is None:
            machine.memory_write(memory.name, 0, b"\xff" * memory.size)
    for entry in chip.contents:
        if entry.memory not in fresh:
            continue
        at = entry.address - chip.memory(entry.memory).base
        machine.memory_write(entry.memory, at, b"".join(word.to_bytes(4, "little") for word in entry.words))
    for key, data in fields.items():
        field = chip.identity.fields[key]
        if field.device is None and field.address is not None:
            machine.poke(field.address, data)


def _serial_ports(chip: Chip, target: Target | None) -> dict[str, int]:
    if target is None:
        return {name: port for port, name in enumerate(chip.uarts)}
    return {chip.uarts[target.serial.uart]: SERIAL_PORT}


def _device_params(
    device: Device,
    chip: Chip,
    target: Target | None,
    serial_ports: Mapping[str, int],
    fields: Mapping[str, bytes],
) -> dict[str, int]:
    params = dict(device.params)
    if target is not None:
        params.update(target.device_params.get(device.name, {}))
    if device.name in serial_ports:
        params["port"] = serial_ports[device.name]
        if target is not None and target.serial.tx is not None and target.serial.rx is not None:
            params["tx_pin"], params["rx_pin"] = target.serial.tx, target.serial.rx
    for key, data in fields.items():
        if chip.identity.fields[key].device == device.name:
            words = [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)]
            params.update({f"uid_{index}": word for index, word in enumerate(words)})
    if device.name in chip.seeded:
        params["seed"] = int.from_bytes(fields.get(chip.identity.uid, b"")[:8], "little")
    return params
