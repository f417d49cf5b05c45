# SPDX-License-Identifier: Apache-2.0
"""The serial loader of Espressif's chips: a real esptool, the ROM's and the stub's dialect spoken directly, and a line that carries anything."""

from __future__ import annotations

import hashlib
import random
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from vmrig_native import _emu

from tests.emulator import esp
from tests.emulator.esp import FLASH_AT, FLASH_SIZE, Loader, Terminal, esptool

pytest.importorskip("esptool")

DATA = random.Random(5).randbytes(20_000) + bytes(40_000) + random.Random(6).randbytes(3_001)


@pytest.fixture
def machine() -> _emu.Machine:
    made = esp.plain_machine()
    assert "waiting for download" in esp.into_download(made)
    return made


@pytest.fixture(params=["rom", "stub"])
def loader(request: pytest.FixtureRequest, machine: _emu.Machine) -> Loader:
    made = Loader(machine)
    made.sync()
    made.words(esp.SPI_ATTACH, 0, 0)
    if request.param == "stub":
        made.start_stub()
    return made


@pytest.fixture
def rom(machine: _emu.Machine) -> Loader:
    made = Loader(machine)
    made.sync()
    return made


@pytest.fixture
def stub(rom: Loader) -> Loader:
    rom.start_stub()
    return rom


# --- a real client


@pytest.mark.parametrize("how", [[], ["--no-stub"]], ids=["stub", "rom"])
def test_esptool_finds_writes_verifies_and_erases(machine: _emu.Machine, tmp_path: Path, how: list[str]) -> None:
    image = tmp_path / "image.bin"
    image.write_bytes(DATA)
    with Terminal(machine) as terminal:
        found = esptool(terminal.port, *how, "flash-id")
        assert "ESP32-C3 (QFN32) (revision v0.3)" in found
        assert esp.MAC.hex(":") in found
        assert "Detected flash size: 4MB" in found
        written = esptool(terminal.port, "--chip", "esp32c3", *how, "write-flash", "0x10000", str(image))
        assert "Hash of data verified" in written
        assert machine.peek(FLASH_AT + 0x10000, len(DATA)) == DATA
        esptool(terminal.port, "--chip", "esp32c3", *how, "read-flash", "0x10100", "0x300", str(tmp_path / "back.bin"))
        assert (tmp_path / "back.bin").read_bytes() == DATA[0x100:0x400]
        esptool(terminal.port, "--chip", "esp32c3", *how, "erase-region", "0x11000", "0x1000")
    assert machine.peek(FLASH_AT + 0x11000, 0x1000) == b"\xff" * 0x1000
    assert machine.peek(FLASH_AT + 0x10000, 0x1000) == DATA[:0x1000]


# --- what it answers


def test_a_stub_that_is_loaded_over_a_running_one_greets_again(stub: Loader) -> None:
    stub.start_stub()  # as a client does that was told to neither reset nor ask for a sign of life
    stub.words(esp.SPI_ATTACH, 0)


def test_a_sync_is_answered_eight_times_and_tells_rom_and_stub_apart(rom: Loader) -> None:
    assert {frame[4:8] for frame in rom.say(esp.request(esp.SYNC, esp.SYNC_DATA))} != {bytes(4)}
    rom.start_stub()
    frames = rom.say(esp.request(esp.SYNC, esp.SYNC_DATA))
    assert len(frames) == 8 and {frame[4:] for frame in frames} == {bytes(6)}


def test_the_chip_tells_what_it_is(loader: Loader) -> None:
    _, data, _ = loader.ask(esp.SECURITY_INFO)
    assert len(data) == 20 and struct.unpack_from("<I", data, 12) == (5,)
    low, _ = loader.words(esp.READ_REG, esp.EFUSE + 0x44)
    high, _ = loader.words(esp.READ_REG, esp.EFUSE + 0x48)
    assert high.to_bytes(2, "big") + low.to_bytes(4, "big") == esp.MAC


def test_a_masked_write_changes_only_its_bits(loader: Loader) -> None:
    loader.words(esp.WRITE_REG, 0x3FC80100, 0x12345678, 0xFFFFFFFF, 0, 0x3FC80100, 0xFFFFFFFF, 0x0000FF00, 0)
    assert loader.words(esp.READ_REG, 0x3FC80100)[0] == 0x1234FF78


def test_a_delay_of_a_register_write_passes_first(loader: Loader) -> None:
    before = loader.machine.now()
    loader.words(esp.WRITE_REG, 0x3FC80100, 1, 0xFFFFFFFF, 50_000)
    assert loader.machine.now() - before >= 50 * esp.CYCLES_PER_MS


def test_where_nothing_is_writes_are_lost_and_reads_are_zero(loader: Loader) -> None:
    loader.words(esp.WRITE_REG, 0x400C0000, 5, 0xFFFFFFFF, 0)
    assert loader.words(esp.READ_REG, 0x400C0000)[0] == 0


@pytest.mark.parametrize("compressed", [False, True])
def test_what_is_written_is_in_the_flash_and_its_digest_says_so(loader: Loader, compressed: bool) -> None:
    loader.write(0x20000, DATA, compressed=compressed)
    assert loader.machine.peek(FLASH_AT + 0x20000, len(DATA)) == DATA
    _, digest = loader.words(esp.FLASH_MD5, 0x20000, len(DATA), 0, 0)
    expected = hashlib.md5(DATA)
    assert digest == (expected.hexdigest().encode() if loader.status_length == 4 else expected.digest())


def test_writing_erases_the_sectors_it_touches_and_no_others(loader: Loader) -> None:
    loader.machine.poke(FLASH_AT + 0x1F000, bytes(0x5000))
    loader.write(0x20800, b"\x5a" * 0x1000)
    flash = loader.machine.peek(FLASH_AT + 0x1F000, 0x5000)
    assert flash[:0x1000] == bytes(0x1000) and flash[0x3000:] == bytes(0x2000)
    assert flash[0x1000:0x1800] == flash[0x2800:0x3000] == b"\xff" * 0x800
    assert flash[0x1800:0x2800] == b"\x5a" * 0x1000


def test_the_flash_takes_its_time_and_a_blank_one_is_not_erased_by_the_stub(stub: Loader) -> None:
    begin = stub.machine.now()
    stub.write(0x20000, b"\x5a" * 0x8000)
    blank = stub.machine.now() - begin
    begin = stub.machine.now()
    stub.write(0x20000, b"\x5b" * 0x8000)
    used = stub.machine.now() - begin
    assert blank >= 128 * 0.6 * esp.CYCLES_PER_MS  # pages of 256 bytes
    assert used - blank >= 8 * 40 * esp.CYCLES_PER_MS  # sectors


def test_flash_is_read_block_by_block_and_its_digest_follows(stub: Loader) -> None:
    stub.machine.poke(FLASH_AT + 0x3000, DATA)
    frames = stub.say(esp.request(esp.READ_FLASH, struct.pack("<4I", 0x3000, 5000, 4096, 64)))
    assert frames[1:] == [DATA[:4096]]
    frames = stub.say(esp.slip(struct.pack("<I", 4096)))
    assert frames == [DATA[4096:5000]]
    assert stub.say(esp.slip(struct.pack("<I", 5000))) == [hashlib.md5(DATA[:5000]).digest()]
    stub.sync()


def test_a_host_that_stops_reading_can_start_anew(stub: Loader) -> None:
    stub.say(esp.request(esp.READ_FLASH, struct.pack("<4I", 0, 0x10000, 4096, 64)))
    stub.sync()


def test_flash_that_is_not_attached_reads_as_ones(rom: Loader) -> None:
    rom.machine.poke(FLASH_AT, bytes(64))
    assert rom.words(esp.READ_FLASH_SLOW, 0, 64)[1] == b"\xff" * 64
    rom.words(esp.SPI_ATTACH, 0, 0)
    assert rom.words(esp.READ_FLASH_SLOW, 0, 64)[1] == bytes(64)


def test_the_whole_flash_is_erased(stub: Loader) -> None:
    stub.machine.poke(FLASH_AT, bytes(FLASH_SIZE))
    stub.ask(esp.ERASE_FLASH)
    assert stub.machine.peek(FLASH_AT, FLASH_SIZE) == b"\xff" * FLASH_SIZE


# --- what it refuses


@pytest.mark.parametrize(
    "what, rom_says, stub_says",
    [
        (esp.request(0x77), 0x05, 0xC3),
        (esp.request(esp.READ_REG, bytes(3)), 0x05, 0xC0),
        (esp.block(esp.FLASH_DATA, b"abc", 0), 0x06, 0xC6),
        (esp.slip(struct.pack("<BBHI", 0, esp.READ_REG, 5, 0) + bytes(4)), 0x05, 0xC0),
    ],
    ids=["unknown", "short", "not begun", "length"],
)
def test_what_makes_no_sense_is_refused_by_name(loader: Loader, what: bytes, rom_says: int, stub_says: int) -> None:
    (frame,) = loader.say(what)
    assert frame[8:] == (b"\x01" + bytes([rom_says, 0, 0]) if loader.status_length == 4 else bytes([stub_says, 0]))


def test_a_block_with_a_wrong_checksum_is_not_written(loader: Loader) -> None:
    size = 0x400
    loader.words(esp.FLASH_BEGIN, size, 1, size, 0x5000, *([] if loader.status_length == 2 else [0]))
    broken = bytearray(esp.block(esp.FLASH_DATA, bytes(size), 0))
    broken[200] ^= 1
    _, _, status = loader.answer(esp.FLASH_DATA, loader.say(bytes(broken)))
    assert status[:2] == (b"\x01\x07" if loader.status_length == 4 else b"\xc1\x00")
    assert loader.machine.peek(FLASH_AT + 0x5000, size) == b"\xff" * size


def test_the_stub_tells_with_the_next_answer_that_a_block_was_no_stream(stub: Loader) -> None:
    stub.words(esp.DEFL_BEGIN, 0x1000, 2, 0x4000, 0x5000)
    _, _, status = stub.answer(esp.DEFL_DATA, stub.say(esp.block(esp.DEFL_DATA, b"\x78\xda" + b"\xff" * 100, 0)))
    assert status == bytes(2)
    _, _, status = stub.answer(esp.DEFL_DATA, stub.say(esp.block(esp.DEFL_DATA, bytes(100), 1)))
    assert status == b"\xc7\x00"
    stub.sync()


def test_beyond_the_end_of_the_flash_nothing_is_written(rom: Loader) -> None:
    rom.words(esp.SPI_ATTACH, 0, 0)
    _, _, status = rom.ask(esp.FLASH_BEGIN, struct.pack("<5I", 0x1000, 4, 0x400, (2 << 20) - 0x800, 0))
    assert status[:2] == b"\x01\x06"  # 2 MB until the host has said more


def test_a_write_that_is_to_be_encrypted_is_refused(loader: Loader) -> None:
    _, _, status = loader.ask(esp.FLASH_BEGIN, struct.pack("<5I", 0x400, 1, 0x400, 0x10000, 1))
    assert status[0] != 0


def test_in_secure_download_mode_few_commands_are_answered() -> None:
    machine = esp.plain_machine(rom={"security_flags": 4})
    esp.into_download(machine)
    loader = Loader(machine)
    loader.sync()
    assert loader.ask(esp.SECURITY_INFO)[1][:4] == b"\x04\0\0\0"
    for op in (esp.READ_REG, esp.WRITE_REG, esp.MEM_BEGIN, esp.MEM_END, esp.FLASH_MD5, esp.READ_FLASH_SLOW):
        assert loader.ask(op, bytes(16))[2][:2] == b"\x01\x05"
    loader.words(esp.SPI_ATTACH, 0, 0)
    loader.words(esp.FLASH_BEGIN, 0x400, 1, 0x400, 0, 0)


# --- reset, power


def test_the_loader_goes_with_a_reset_and_the_strapping_pin_decides(machine: _emu.Machine) -> None:
    machine.pin_drive(esp.STRAP, _emu.HIGH)
    assert machine.download_mode()
    machine.reset_pin(True)
    machine.reset_pin(False)
    machine.run(2 * esp.CYCLES_PER_MS)
    assert not machine.download_mode()
    assert "SPI_FAST_FLASH_BOOT" in machine.serial_read(0).decode()
    machine.serial_write(0, esp.request(esp.SYNC, esp.SYNC_DATA))
    machine.run(50 * esp.CYCLES_PER_MS)
    assert b"\x01\x08" not in machine.serial_read(0)


def test_power_cut_amid_a_write_leaves_what_was_programmed(stub: Loader) -> None:
    stub.machine.poke(FLASH_AT + 0x20000, b"\x3c" * 0x4000)
    stub.words(esp.FLASH_BEGIN, 0x4000, 1, 0x4000, 0x20000)
    stub.machine.serial_write(0, esp.block(esp.FLASH_DATA, bytes(0x4000), 0))
    sector = 45 * esp.CYCLES_PER_MS
    stub.machine.run(2 * sector + 40 * esp.CYCLES_PER_MS)
    stub.machine.power(False)
    flash = stub.machine.peek(FLASH_AT + 0x20000, 0x4000)
    done = len(flash) - len(flash.lstrip(b"\0"))
    assert 0x1000 < done < 0x3000
    assert flash[0x3000:] == b"\x3c" * 0x1000
    part = flash[done & ~0xFF : (done & ~0xFF) + 0x100]
    assert set(part) - {0x00, 0xFF}, "a page that was on its way holds cells of both kinds"


def test_two_machines_do_the_same_from_a_copy_on(stub: Loader) -> None:
    stub.words(esp.DEFL_BEGIN, 60_000, 1, 0x4000, 0x20000)
    stream = zlib.compress(DATA[:60_000], 9)
    stub.machine.serial_write(0, esp.block(esp.DEFL_DATA, stream[:0x4000], 0))
    stub.machine.run(7 * esp.CYCLES_PER_MS)
    other = stub.machine.fork()
    for m in (stub.machine, other):
        esp.run_while_busy(m)
        m.serial_write(0, esp.block(esp.DEFL_DATA, stream[0x4000:0x8000], 1))
        m.run(500 * esp.CYCLES_PER_MS)
    assert stub.machine.state_hash() == other.state_hash()
    assert other.peek(FLASH_AT + 0x20000, 0x2000) == DATA[:0x2000]


# --- a line that carries anything

REQUESTS = st.one_of(
    st.binary(max_size=40),
    st.builds(esp.slip, st.binary(max_size=60)),
    st.builds(esp.request, st.integers(0, 255), st.binary(max_size=40), st.integers(0, 0xFFFFFFFF)),
    st.builds(
        lambda op, words: esp.request(op, struct.pack(f"<{len(words)}I", *words)),
        st.sampled_from([2, 4, 5, 9, 10, 11, 13, 14, 15, 16, 18, 19, 0xD1, 0xD2]),
        st.lists(st.sampled_from([0, 1, 4, 0x400, 0x1000, 0x4000, 0x3FC80000, 0x60002000, 0xFFFFFFFF]), max_size=6),
    ),
    st.builds(
        esp.block,
        st.sampled_from([esp.FLASH_DATA, esp.DEFL_DATA, esp.MEM_DATA]),
        st.binary(max_size=300),
        st.integers(0, 3),
    ),
    st.just(esp.slip(bytes(0x5000))),
    st.just(b"\xc0"),
)


class AnyLine(RuleBasedStateMachine):
    """Whatever a host sends, and wherever it stops: with two frame ends and a SYNC the loader is in step again."""

    def __init__(self) -> None:
        super().__init__()
        self.machine = esp.plain_machine()
        esp.into_download(self.machine)
        self.loader = Loader(self.machine)

    @rule(data=REQUESTS)
    def send(self, data: bytes) -> None:
        """All of it: a host that does not wait for answers fills the line, which goes on as the loader takes from it."""
        for _ in range(10_000):
            data = data[self.machine.serial_write(0, data) :]
            if not data:
                return
            self.machine.run(esp.CYCLES_PER_MS)
        raise AssertionError("the loader takes nothing from the line any more")

    @rule(data=REQUESTS, kept=st.floats(0, 1))
    def send_a_part(self, data: bytes, kept: float) -> None:
        self.machine.serial_write(0, data[: int(kept * len(data))])

    @rule(ms=st.integers(0, 30))
    def let_time_pass(self, ms: int) -> None:
        self.machine.run(ms * esp.CYCLES_PER_MS)

    @rule()
    def start_the_stub(self) -> None:
        self.machine.serial_write(
            0, b"\xc0" + esp.request(esp.MEM_BEGIN, struct.pack("<4I", 2048, 1, 2048, 0x3FC80000))
        )
        self.machine.serial_write(0, esp.block(esp.MEM_DATA, bytes(2048), 0))
        self.machine.serial_write(0, esp.request(esp.MEM_END, struct.pack("<II", 0, 0x40380000)))

    @rule()
    def reset(self) -> None:
        self.machine.reset_pin(True)
        self.machine.reset_pin(False)
        self.machine.run(2 * esp.CYCLES_PER_MS)

    @rule()
    def copy(self) -> None:
        other = self.machine.fork()
        for m in (self.machine, other):
            m.run(5 * esp.CYCLES_PER_MS)
        assert self.machine.state_hash() == other.state_hash()
        self.machine = self.loader.machine = other

    @invariant()
    def it_comes_to_an_end(self) -> None:
        assert self.machine.download_active_until() < self.machine.now() + 60_000 * esp.CYCLES_PER_MS

    def teardown(self) -> None:
        if not self.machine.download_mode():  # a request has led out of the loader: so does the way back
            self.reset()
        esp.run_while_busy(self.machine)
        for _ in range(3):
            self.machine.serial_write(0, b"\xc0\xc0" + esp.request(esp.SYNC, esp.SYNC_DATA))
            back = esp.run_while_busy(self.machine)
            if not self.machine.download_mode():
                self.reset()
        if not back:  # a program of its own was started
            self.reset()
            self.machine.serial_write(0, esp.request(esp.SYNC, esp.SYNC_DATA))
            back = esp.run_while_busy(self.machine)
        assert back.count(b"\xc0\x01\x08") == 8, back


AnyLine.TestCase.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
test_any_line = AnyLine.TestCase


@given(
    data=st.one_of(
        st.binary(max_size=2000),
        st.builds(lambda part, n: part * n, st.binary(min_size=1, max_size=30), st.integers(1, 3000)),
    ),
    level=st.integers(0, 9),
    strategy=st.sampled_from([zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE]),
    size=st.integers(1, 0x4000),
)
@settings(max_examples=40, deadline=None)
def test_any_stream_in_any_blocks_is_inflated(data: bytes, level: int, strategy: int, size: int) -> None:
    packer = zlib.compressobj(level, zlib.DEFLATED, 15, 9, strategy)
    stream = packer.compress(data) + packer.flush()
    size = max(size, len(stream) // 40 + 1)
    machine = esp.plain_machine(spi={"program_us": 1})
    esp.into_download(machine)
    loader = Loader(machine)
    loader.sync()
    loader.words(esp.SPI_ATTACH, 0, 0)
    parts = [stream[at : at + size] for at in range(0, len(stream), size)]
    loader.words(esp.DEFL_BEGIN, len(data), len(parts), size, 0x10000, 0)
    for number, part in enumerate(parts):
        _, _, status = loader.answer(esp.DEFL_DATA, loader.say(esp.block(esp.DEFL_DATA, part, number)))
        assert status == bytes(4)
    assert machine.peek(FLASH_AT + 0x10000, len(data) + 1) == data + b"\xff"
