# SPDX-License-Identifier: Apache-2.0
"""The ESP32-C3's PWM, converter and buses."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import random
import struct

import pytest
from vmrig_native import _emu

from .esp32c3 import AES, GDMA, GPIO, I2C0, IO_MUX, LEDC, RAM, RMT, SARADC, SHA, SPI2, SYSTEM, Bench


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench[SYSTEM + 0x10] |= 1 << 11 | 1 << 7 | 1 << 6
    return bench


def pwm(bench: Bench, pin: int, duty: int, *, hpoint: int = 0) -> None:
    """1 ms of 1000 counts at 40 MHz: 40 * 1.024 to the count."""
    bench[IO_MUX + 4 + 4 * pin] = 1 << 12
    bench[GPIO + 0x554 + 4 * pin] = 45 + 2
    bench[GPIO + 0x24] = 1 << pin
    bench[LEDC + 0xD0] = 3
    bench[LEDC + 0xA8] = 10 | 10000 << 4 | 1 << 25
    channel = LEDC + 0x14 * 2
    bench[channel + 0x04], bench[channel + 0x08] = hpoint, duty << 4
    bench[channel] = 1 << 2 | 1 | 1 << 4
    bench[channel + 0x0C] = 1 << 31 | 1 << 30 | 1 << 20 | 1 << 10


def test_a_channel_makes_its_edges_on_the_pin_it_is_led_to(bench: Bench) -> None:
    pwm(bench, 8, 256, hpoint=128)
    start = bench.machine.pin_edges(0)[1]
    bench.ms(10)
    edges = [edge for edge in bench.machine.pin_edges(start)[0] if edge[1] == 8]
    times = [bench.machine.nanoseconds(cycle) for cycle, _, _ in edges]
    highs = [b - a for a, b, level in zip(times, times[1:], [e[2] for e in edges], strict=False) if level == _emu.HIGH]
    assert len(highs) == 10 and all(abs(high - 250_000) < 500 for high in highs)


@pytest.mark.parametrize(("duty", "level"), [(0, _emu.LOW), (1024, _emu.HIGH)])
def test_a_duty_of_nothing_or_everything_makes_no_edges(bench: Bench, duty: int, level: int) -> None:
    pwm(bench, 8, duty)
    bench.ms(3)
    assert bench.machine.pin_level(8) == level and bench.machine.next_event() is None


def test_a_fade_ends_with_its_interrupt_at_its_duty(bench: Bench) -> None:
    pwm(bench, 8, 100)
    bench.line(23, 6)
    bench[LEDC + 0xCC] = 0xFFFF
    bench[LEDC + 0xC8] = 1 << (4 + 2)
    bench[LEDC + 0x28 + 0x0C] = 1 << 31 | 1 << 30 | 5 << 20 | 2 << 10 | 10  # five steps of 10, two periods each
    bench.ms(9)
    assert not bench.pending()
    bench.ms(2)
    assert bench.pending() == 1 << 6 and bench[LEDC + 0x28 + 0x10] >> 4 == 150


def test_the_overflow_of_a_timer_is_told(bench: Bench) -> None:
    pwm(bench, 8, 0)
    assert not bench[LEDC + 0xC0] & 2
    bench.ms(1.1)
    assert bench[LEDC + 0xC0] & 2


def test_pulses_come_from_rmt_s_memory_and_a_refill_goes_on(bench: Bench) -> None:
    bench[SYSTEM + 0x10] |= 1 << 9
    bench[IO_MUX + 4 + 4 * 8] = 1 << 12
    bench[GPIO + 0x554 + 4 * 8] = 51
    bench[RMT + 0x68] = 3 << 24 | 1 << 26  # the crystal
    bench[RMT + 0x58] = 24
    bench.line(28, 6)
    bench[RMT + 0x40] = 1 | 1 << 8
    for i in range(48):  # 1 us high, 2 us low
        bench[RMT + 0x400 + 4 * i] = 1 << 15 | 10 | 20 << 16
    start = bench.machine.pin_edges(0)[1]
    bench[RMT + 0x10] = 1 << 16 | 4 << 8 | 1 << 6 | 1 << 4 | 1 << 24
    bench[RMT + 0x10] = 1 << 16 | 4 << 8 | 1 << 6 | 1 << 4 | 7
    bench.us(24 * 3 - 3)
    assert not bench.pending()
    bench.us(4)
    assert bench[RMT + 0x3C] == 1 << 8 and bench.pending() == 1 << 6
    bench[RMT + 0x44] = 1 << 8
    bench[RMT + 0x400] = 0  # the end, after the memory was wrapped
    bench.us(24 * 3 + 2)
    assert bench[RMT + 0x3C] & 1
    edges = [edge for edge in bench.machine.pin_edges(start)[0] if edge[1] == 8]
    times = [bench.machine.nanoseconds(cycle) for cycle, _, _ in edges]
    assert [level for _, _, level in edges] == [_emu.HIGH, _emu.LOW] * 48
    widths = [b - a for a, b in itertools.pairwise(times)]
    assert all(
        abs(width - expected) < 100 for width, expected in zip(widths, itertools.cycle((1000, 2000)), strict=False)
    )


@pytest.mark.parametrize(("level", "value"), [(_emu.LOW, 0), (_emu.FLOAT, 2048), (_emu.HIGH, 4095)])
def test_a_sample_is_of_its_pin(bench: Bench, level: int, value: int) -> None:
    bench[IO_MUX + 4 + 4 * 3] = 0
    bench.machine.pin_drive(3, level)
    bench[SARADC + 0x20] = 1 << 31 | 1 << 29 | 3 << 25
    assert not bench[SARADC + 0x44]
    bench.us(50)
    assert bench[SARADC + 0x44] >> 31 and bench[SARADC + 0x2C] == value


def command(op: int, count: int = 0, *, check: bool = False) -> int:
    return op << 11 | check << 8 | count


def test_an_address_that_nobody_has_is_not_acknowledged(bench: Bench) -> None:
    bench[I2C0 + 0x54] = 1 << 21 | 9  # 4 MHz
    bench[I2C0], bench[I2C0 + 0x38] = 19, 20  # 100 kHz
    for i, word in enumerate((command(6), command(1, 2, check=True), command(2))):
        bench[I2C0 + 0x58 + 4 * i] = word
    bench[I2C0 + 0x1C] = 0x50 << 1
    bench[I2C0 + 0x1C] = 0
    bench[I2C0 + 4] = 1 << 4 | 1 << 5
    bench.us(90)
    assert bench[I2C0 + 8] >> 4 & 1 and not bench[I2C0 + 0x20] >> 10 & 1
    bench.us(30)
    assert bench[I2C0 + 0x20] >> 10 & 1 and bench[I2C0 + 0x20] >> 7 & 1 and not bench[I2C0 + 8] >> 4 & 1


def test_a_transfer_takes_its_clocks_and_reads_the_level_of_miso(bench: Bench) -> None:
    bench[SPI2 + 0xE8] = 7
    bench[SPI2 + 0x0C] = 9 << 18 | 7 << 12  # 1 MHz of 80
    bench[SPI2 + 0x10] = 1 << 27 | 1 << 28 | 1
    bench[SPI2 + 0x1C] = 31
    bench[IO_MUX + 4 + 4 * 2] = 2 << 12 | 1 << 9
    bench.machine.pin_drive(2, _emu.HIGH)
    bench[SPI2] = 1 << 24
    bench.us(31)
    assert bench[SPI2] >> 24 & 1
    bench.us(2)
    assert not bench[SPI2] >> 24 & 1 and bench[SPI2 + 0x3C] >> 12 & 1 and bench[SPI2 + 0x98] == 0xFFFFFFFF


def test_command_address_and_data_are_on_the_pins_bit_by_bit(bench: Bench) -> None:
    for pin in (6, 7, 10):  # FSPICLK, FSPID, FSPICS0
        bench[IO_MUX + 4 + 4 * pin] = 2 << 12
    bench[SPI2 + 0xE8] = 7
    bench[SPI2 + 0x0C] = 9 << 18 | 7 << 12  # 1 MHz of 80
    bench[SPI2 + 0x10] = 1 << 31 | 1 << 30 | 1 << 29 | 1 << 27
    bench[SPI2 + 0x14] = 23 << 27 | 3  # address, dummy
    bench[SPI2 + 0x18] = 7 << 28 | 0x9F  # command
    bench[SPI2 + 4] = 0x12345600
    bench[SPI2 + 0x1C] = 15
    bench[SPI2 + 0x98] = 0xA5C3
    bench[SPI2] = 1 << 24
    bench.us(60)
    assert bench[SPI2] >> 24 & 1 == 0
    levels, bits, selected = {6: 0, 7: 0, 10: 1}, "", []
    for _, pin, level in bench.machine.pin_edges()[0]:
        if pin == 6 and level == _emu.HIGH and levels[6] != _emu.HIGH:
            bits += str(levels[7])
            selected.append(levels[10] == _emu.LOW)
        levels[pin] = level
    assert bits == f"{0x9F:08b}{0x123456:024b}0000{0xC3A5:016b}"
    assert all(selected) and levels[10] == _emu.HIGH


def descriptor(
    bench: Bench, at: int, size: int, length: int, buffer: int, following: int = 0, *, eof: bool = False
) -> None:
    words = (1 << 31 | eof << 30 | length << 12 | size, buffer, following)
    bench.machine.poke(at, struct.pack("<3I", *words))


def test_dma_copies_a_list_of_pieces_from_memory_to_memory(bench: Bench) -> None:
    bench[SYSTEM + 0x14] |= 1 << 6
    bench[SYSTEM + 0x1C] = 0
    data = bytes(range(200))
    bench.machine.poke(RAM + 0x1000, data)
    descriptor(bench, RAM, 150, 150, RAM + 0x1000, RAM + 12)
    descriptor(bench, RAM + 12, 50, 50, RAM + 0x1000 + 150, eof=True)
    descriptor(bench, RAM + 24, 256, 0, RAM + 0x2000)
    bench.line(44, 8)
    bench[GDMA + 0x08] = 2
    bench[GDMA + 0x70] = 1 << 4
    bench[GDMA + 0x80] = 1 << 22 | (RAM + 24) & 0xFFFFF
    bench[GDMA + 0xE0] = 1 << 21 | RAM & 0xFFFFF
    assert bench.machine.peek(RAM + 0x2000, 200) == data
    assert bench.pending() == 1 << 8 and bench[GDMA + 0x88] == RAM + 24
    flags = int.from_bytes(bench.machine.peek(RAM + 24, 4), "little")
    assert (flags >> 12 & 0xFFF, flags >> 30) == (200, 1), "whose length is known, which is the program's again"


@pytest.mark.parametrize(("mode", "name", "words"), [(0, "sha1", 5), (1, "sha224", 7), (2, "sha256", 8)])
@pytest.mark.parametrize("dma", [False, True])
def test_a_digest_is_that_of_the_message(bench: Bench, mode: int, name: str, words: int, dma: bool) -> None:
    bench[SYSTEM + 0x14] |= 1 << 6 | 1 << 2
    bench[SYSTEM + 0x1C] = 0
    message = b"what the firmware wants a digest of" * 3
    padded = message + b"\x80"
    padded += bytes(-(len(padded) + 8) % 64) + (8 * len(message)).to_bytes(8, "big")
    bench[SHA] = mode
    if dma:
        bench.machine.poke(RAM + 0x1000, padded)
        descriptor(bench, RAM, len(padded), len(padded), RAM + 0x1000, eof=True)
        bench[GDMA + 0x100] = 7
        bench[GDMA + 0xE0] = 1 << 21 | RAM & 0xFFFFF
        bench[SHA + 0x0C] = len(padded) // 64
        bench[SHA + 0x1C] = 1
    else:
        for at in range(0, len(padded), 64):
            for i, word in enumerate(struct.unpack_from("<16I", padded, at)):
                bench[SHA + 0x80 + 4 * i] = word
            bench[SHA + (0x14 if at else 0x10)] = 1
    assert not bench[SHA + 0x18] & 1
    digest = struct.pack(f"<{words}I", *(bench[SHA + 0x40 + 4 * i] for i in range(words)))
    assert digest == hashlib.new(name, message).digest()


KEY_256 = bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
KEY_128 = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
CLEAR = bytes.fromhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51")
COUNTING, COUNTER = bytes(range(16)), bytes.fromhex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")


# NIST SP 800-38A, appendix F
@pytest.mark.parametrize(
    ("mode", "key", "iv", "cipher"),
    [
        (0, KEY_128, COUNTING, "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf"),
        (0, KEY_256, COUNTING, "f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870"),
        (1, KEY_128, COUNTING, "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"),
        (1, KEY_256, COUNTING, "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"),
        (2, KEY_128, COUNTING, "3b3fd92eb72dad20333449f8e83cfb4a7789508d16918f03f53c52dac54ed825"),
        (3, KEY_128, COUNTER, "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"),
        (4, KEY_128, COUNTING, "3b79424c9c0dd436bace9e0ed4586a4f32b9ded50ae3ba69d472e88267fb5052"),
        (5, KEY_128, COUNTING, "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b"),
    ],
)
def test_blocks_are_enciphered_and_deciphered_by_dma(
    bench: Bench, mode: int, key: bytes, iv: bytes, cipher: str
) -> None:
    bench[SYSTEM + 0x14] |= 1 << 6 | 1 << 1
    bench[SYSTEM + 0x1C] = 0
    bench[GDMA + 0x100] = bench[GDMA + 0xA0] = 6
    for direction, given, wanted in ((0, CLEAR, bytes.fromhex(cipher)), (4, bytes.fromhex(cipher), CLEAR)):
        bench.machine.poke(RAM + 0x1000, given)
        descriptor(bench, RAM, 32, 32, RAM + 0x1000, eof=True)
        descriptor(bench, RAM + 24, 64, 0, RAM + 0x2000)
        for i, word in enumerate(struct.unpack(f"<{len(key) // 4}I", key)):
            bench[AES + 4 * i] = word
        for i, word in enumerate(struct.unpack("<4I", iv)):
            bench[AES + 0x50 + 4 * i] = word
        bench[AES + 0x40] = direction | (2 if len(key) == 32 else 0)
        bench[AES + 0x90], bench[AES + 0x94], bench[AES + 0x98], bench[AES + 0x9C] = 1, mode, 2, 1
        bench[GDMA + 0x80] = 1 << 22 | (RAM + 24) & 0xFFFFF
        bench[GDMA + 0xE0] = 1 << 21 | RAM & 0xFFFFF
        bench[AES + 0x48] = 1
        assert bench[AES + 0x4C] == 2 and bench.machine.peek(RAM + 0x2000, 32) == wanted
        bench[AES + 0xB8] = 1
        assert bench[AES + 0x4C] == 0


def test_a_block_is_enciphered_through_the_registers(bench: Bench) -> None:
    bench[SYSTEM + 0x14] |= 1 << 1
    bench[SYSTEM + 0x1C] = 0
    for at, data in ((0, KEY_128), (0x20, CLEAR[:16])):
        for i, word in enumerate(struct.unpack("<4I", data)):
            bench[AES + at + 4 * i] = word
    bench[AES + 0x48] = 1
    out = struct.pack("<4I", *(bench[AES + 0x30 + 4 * i] for i in range(4)))
    assert out.hex() == "3ad77bb40d7a3660a89ecaf32466ef97" and bench[AES + 0x4C] == 0


def test_a_ring_of_empty_descriptors_ends(bench: Bench) -> None:
    bench[SYSTEM + 0x14] |= 1 << 6
    bench[SYSTEM + 0x1C] = 0
    for at in (RAM, RAM + 24):
        descriptor(bench, at, 0, 0, RAM + 0x1000, at)
    bench[GDMA + 0x70] = 1 << 4
    bench[GDMA + 0x80] = 1 << 22 | (RAM + 24) & 0xFFFFF
    bench[GDMA + 0xE0] = 1 << 21 | RAM & 0xFFFFF


def test_a_block_that_is_not_modelled_keeps_what_is_written_and_is_noted(bench: Bench) -> None:
    sensitive = 0x600C1000
    bench[sensitive + 0x10] = 0x55
    assert bench[sensitive + 0x10] == 0x55
    assert any(entry[0] == sensitive + 0x10 for entry in bench.machine.unmodelled())


def storm(bench: Bench, seed: int, accesses: int) -> int:
    dice = random.Random(seed)
    machine, devices = bench.machine, [device for device in bench.built.chip.devices if device.base]
    for n in range(accesses):
        if n % 50 == 0:
            for offset, value in ((0x10, 0xFFFFFFFF), (0x14, 0xFFFFFFFF), (0x18, 0), (0x1C, 0)):
                bench[SYSTEM + offset] = value
        device, size = dice.choice(devices), dice.choice((1, 2, 4, 4, 4))
        offset = dice.choice((dice.randrange(0x40), dice.randrange(0x200), dice.randrange(0x1200)))
        address = (device.base + offset) & ~(size - 1)
        with contextlib.suppress(ValueError):  # a bus error
            if dice.random() < 0.6:
                value = dice.choice((0, 0xFFFFFFFF, dice.getrandbits(32), 1 << dice.randrange(32)))
                machine.bus_write(address, value & (1 << 8 * size) - 1, size)
            else:
                machine.bus_read(address, size)
        event = dice.random()
        if event < 0.1:
            machine.run(dice.choice((1, 10, 1000, 50_000)))
        elif event < 0.12:
            machine.pin_drive(dice.randrange(22), dice.choice((_emu.HIGH, _emu.LOW, _emu.FLOAT)))
        elif event < 0.13:
            machine.serial_write(dice.randrange(3), bytes(dice.randrange(1, 200)))
        elif event < 0.133:
            machine.reset_pin(True)
            machine.reset_pin(False)
        elif event < 0.134:
            machine.power(False)
            machine.power(True)
    return machine.state_hash()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_storm_of_accesses_leaves_a_machine_that_goes_on_and_does_the_same_again(seed: int) -> None:
    bench = Bench()
    after = storm(bench, seed, 2500)
    assert storm(Bench(), seed, 2500) == after
    snapshot, fork = bench.machine.snapshot(), bench.machine.fork()
    assert fork.state_hash() == after
    for machine in (bench.machine, fork):
        machine.run(100_000)
    assert fork.state_hash() == bench.machine.state_hash() != after
    bench.machine.restore(snapshot)
    assert bench.machine.state_hash() == after
