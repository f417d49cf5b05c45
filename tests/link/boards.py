# SPDX-License-Identifier: Apache-2.0
"""Boards for the tests of the link: the firmware's own code over a simulated chip (`_vm.Device`), and its image in the emulator."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from vmrig_native import _emu, _vm

from vmrig_server.agent.link import Event, Identity, Link, Listener
from vmrig_server.boards_data import load_chip, load_target
from vmrig_server.bytecode import compile_source
from vmrig_server.emulator.machine import SERIAL_PORT, build_machine
from vmrig_server.images import PortMap, load_image, stamp_vm

UID = "0123456789abcdef"
VMUID = "c0ffee00" * 4
STEP_US = 2000
"""Virtual time that passes between two looks at the line."""

Hurt = Callable[[bytes], bytes]


def vbc(source: str) -> bytes:
    """The container of a program."""
    return compile_source(source, "program.py").image


def damage(seed: int, lost: float, flipped: float) -> Hurt:
    """A line that loses bytes and flips bits, with these probabilities, the same each time."""
    dice = random.Random(seed)

    def hurt(data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            chance = dice.random()
            if chance >= lost:
                out.append(byte ^ (1 << dice.randrange(8)) if chance < lost + flipped else byte)
        return bytes(out)

    return hurt


class Board:
    """A board whose time passes while somebody reads its line."""

    def __init__(self) -> None:
        self.hurt: Hurt = bytes
        self._incoming: asyncio.Queue[bytes] = asyncio.Queue()

    def pass_time(self, microseconds: int) -> bytes:
        """Lets virtual time pass; returns what the board sent."""
        raise NotImplementedError

    def send(self, data: bytes) -> None:
        """Bytes on the line to the board."""
        raise NotImplementedError

    def power(self, on: bool) -> None:
        """Cuts power, or boots."""
        raise NotImplementedError

    def powered(self) -> bool:
        """Power has not been cut in the middle of something."""
        return True

    def edges(self, pin: int) -> list[tuple[float, int]]:
        """(microseconds, level) of every edge of a pin."""
        raise NotImplementedError

    async def read(self) -> bytes:
        said = await self._incoming.get()
        while (
            said and not self._incoming.empty()
        ):  # all there is: a reader slower than the board would fall behind for ever
            more = self._incoming.get_nowait()
            if not more:
                self._incoming.put_nowait(more)
                break
            said += more
        return said

    async def write(self, data: bytes) -> None:
        self.send(self.hurt(data))

    async def live(self) -> None:
        """Time passes until cancelled; the line ends when power goes by itself."""
        while self.powered():
            said = self.hurt(self.pass_time(STEP_US))
            if said:
                self._incoming.put_nowait(said)
            await asyncio.sleep(0)
        self._incoming.put_nowait(b"")


class SimulatedBoard(Board):
    """The firmware's link and VM over a simulated chip."""

    def __init__(self, kind: str = "vm", *, bound: bool = True, key: bytes = b"", image_size: int = 0) -> None:
        """key: the public key of the programs that it takes; empty: it takes all. image_size: bytes of the image that are looked at when it boots."""
        super().__init__()
        target = load_target("microbit_v2")
        self.device = _vm.Device(bytes.fromhex(UID), target.layout, [(128, 4096)], kind=kind, image_size=image_size)
        if bound:
            for part in stamp_vm(load_image("microbit_v2", "vm"), target, UID, VMUID, key):
                self.device.poke(part.address, part.data)

    def pass_time(self, microseconds: int) -> bytes:
        self.device.run(microseconds)
        return self.device.read()

    def send(self, data: bytes) -> None:
        self.device.write(data)

    def power(self, on: bool) -> None:
        self.device.power(on)
        self._incoming = asyncio.Queue()  # what was on its way is gone

    def powered(self) -> bool:
        return self.device.powered

    def edges(self, pin: int) -> list[tuple[float, int]]:
        return [(time, level) for time, number, level in self.device.edges() if number == pin]


class EmulatedBoard(Board):
    """The firmware's image, instruction by instruction."""

    def __init__(
        self,
        image: str = "vm",
        *,
        bound: bool = True,
        name: str = "microbit_v2",
        usb: str = "",
        port: PortMap | None = None,
    ) -> None:
        """usb: the board is plugged in the other way that has this name in its file. port: of a custom board."""
        super().__init__()
        target = load_target(name)
        if usb:
            target = target.model_copy(update={"serial": target.usb_choices[usb].serial})
        chip = load_chip(target.chip)
        self._cycles_per_us = chip.core.clock_hz // 1_000_000
        self.uid = (2 * UID)[: 2 * chip.identity.fields[chip.identity.uid].size]
        self.built = build_machine(target, storage=None, identity={chip.identity.uid: int(self.uid, 16)})
        self.machine: _emu.Machine = self.built.machine
        self._flash = chip.flash
        firmware = load_image(name, image)
        self.put(firmware.address, firmware.data)
        self._cut_at: int | None = None
        if bound and image == "vm":
            for part in stamp_vm(firmware, target, self.uid, VMUID, port=port):
                self.put(part.address, part.data)

    def put(self, address: int, data: bytes) -> None:
        """Bytes in flash, as the layout counts its addresses."""
        self.machine.memory_write(self._flash.name, address - self._flash.base, data)

    def cut_at(self, cycle: int) -> None:
        """Power goes at this cycle of the machine."""
        self._cut_at = cycle

    def pass_time(self, microseconds: int) -> bytes:
        cycles = microseconds * self._cycles_per_us
        if self._cut_at is not None:
            cycles = min(cycles, self._cut_at - self.machine.now())
        while cycles > 0:
            _, done = self.machine.run(cycles)
            cycles -= max(done, 1)
        if self._cut_at is not None and self.machine.now() >= self._cut_at:
            self.power(False)
        return self.machine.serial_read(SERIAL_PORT)

    def send(self, data: bytes) -> None:
        self.machine.serial_write(SERIAL_PORT, data)

    def power(self, on: bool) -> None:
        self.machine.power(on)
        self._cut_at = None

    def powered(self) -> bool:
        return self.machine.powered()

    def edges(self, pin: int) -> list[tuple[float, int]]:
        return [
            (cycle / self._cycles_per_us, level)
            for cycle, number, level in self.machine.pin_edges()[0]
            if number == pin
        ]


@dataclass
class Heard:
    """What a board said unasked."""

    output: bytearray = field(default_factory=bytearray)
    text: bytearray = field(default_factory=bytearray)
    events: list[Event] = field(default_factory=list)
    boots: list[Identity] = field(default_factory=list)
    lost: int = 0

    def listener(self) -> Listener:
        def lose(count: int) -> None:
            self.lost += count

        return Listener(self.output.extend, self.text.extend, self.events.append, self.boots.append, lose)

    def kinds(self) -> list[str]:
        return [event.kind.name for event in self.events]


@contextlib.asynccontextmanager
async def linked(board: Board, *, timeout_s: float = 1.0, hello: bool = True) -> AsyncIterator[tuple[Link, Heard]]:
    """A running board with a link to it. hello: waits until it has booted, since what is sent before that is lost."""
    heard = Heard()
    living = asyncio.create_task(board.live())
    try:
        async with Link(board, heard.listener(), timeout_s=timeout_s, slow_timeout_s=4 * timeout_s) as link:
            if hello:
                await link.hello(try_s=timeout_s / 4)
            yield link, heard
    finally:
        living.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await living


async def until(condition: Callable[[], bool], turns: int = 100_000) -> None:
    """Gives way to the board until the condition holds. AssertionError: it never did."""
    for _ in range(turns):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")
