# SPDX-License-Identifier: Apache-2.0
"""The board library on the host: a test's own devices behind the buses, lines, converters, watchdog, flash."""

from __future__ import annotations

import errno

import pytest

from vmrig_server.bytecode import CompileError, compile_source, run_on_host
from vmrig_server.bytecode.host import HostResult, Outcome, RecordingGpio, VirtualClock, run_through_sleep
from vmrig_server.bytecode.peripherals import I2cDevice, Peripherals, RegisterDevice, SpiDevice

PINS = {"SCL": 1, "SDA": 2, "SCK": 3, "MOSI": 4, "MISO": 5, "A0": 6, "LED": 7, "TX": 8, "RX": 9}


class Bench:
    """A board with its peripherals; `run` gives what a program said."""

    def __init__(self, peripherals: Peripherals | None = None) -> None:
        self.clock = VirtualClock()
        self.parts = peripherals or Peripherals()
        self.parts.clock = self.clock
        self.result: HostResult | None = None

    def run(self, source: str, *, ends: Outcome = Outcome.DONE) -> list[str]:
        out = bytearray()
        gpio = RecordingGpio(self.clock, names=PINS)
        self.result = run_on_host(
            compile_source(source, "t.py").image,
            write=out.extend,
            clock=self.clock,
            gpio=gpio,
            peripherals=self.parts,
            max_instructions=10_000_000,
        )
        assert self.result.outcome is ends, self.result
        return out.decode().splitlines()


def error_of(statement: str, setup: str = "", peripherals: Peripherals | None = None) -> str:
    """What the statement raises, as text."""
    source = f"import i2c, spi, uart, adc, pwm, watchdog, flash\n{setup}\ntry:\n    {statement}\nexcept Exception as e:\n    print(type(e).__name__, e)\n"
    return "\n".join(Bench(peripherals).run(source))


# --- i2c
class Thermometer(I2cDevice):
    """Tells 21.5 degrees in two bytes, whatever is written; keeps what was."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.heard.append(data)

    def read(self, count: int) -> bytes:
        return (2150).to_bytes(2, "big")[:count]


def test_a_sensor_written_in_python_answers_the_program() -> None:
    bench, sensor = Bench(), Thermometer()
    bench.parts.attach_i2c(0x48, sensor)
    said = bench.run(
        "from i2c import I2C\n"
        "bus = I2C(scl='SCL', sda='SDA', freq=400_000)\n"
        "print(bus.scan())\n"
        "bus.writeto(0x48, b'\\x01\\x60')\n"
        "raw = bus.readfrom(0x48, 2)\n"
        "print((raw[0] << 8 | raw[1]) / 100, bus.readfrom(0x48, 3))\n"
    )
    assert said == ["[72]", "21.5 b'\\x08f\\xff'"]
    assert sensor.heard == [b"", b"\x01\x60"]


def test_registers_are_read_and_written_by_number_or_by_name_of_several_bytes() -> None:
    bench = Bench()
    device = RegisterDevice()
    bench.parts.attach_i2c(0x50, device)
    said = bench.run(
        "import i2c\n"
        "bus = i2c.I2C('SCL', 'SDA')\n"
        "bus.writeto_mem(0x50, 7, b'abc')\n"
        "print(bus.readfrom_mem(0x50, 7, 4))\n"
        "bus.writeto_mem(0x50, b'\\x10', bytearray(b'z'))\n"
        "print(bus.readfrom_mem(0x50, b'\\x10', 1))\n"
    )
    assert said == ["b'abc\\x00'", "b'z'"]
    assert device.registers[7:10] == b"abc"


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("bus.readfrom(3, 1)", "OSError [Errno 19] No such device"),
        ("bus.writeto(3, b'')", "OSError [Errno 19] No such device"),
        ("bus.writeto(128, b'')", "ValueError address must be 0 to 127, not 128"),
        ("bus.writeto(1, 'x')", "TypeError a bytes-like object is required, not 'str'"),
        ("bus.readfrom(1, -1)", "ValueError length must be 0 to 65535, not -1"),
        ("bus.readfrom_mem(1, 256, 1)", "ValueError register must be 0 to 255, not 256"),
        ("bus.readfrom_mem(1, bytes(5), 1)", "ValueError a register is named by at most 4 bytes"),
        ("bus.readfrom(1)", "TypeError readfrom expected 2 arguments, got 1"),
        ("i2c.I2C('SCL')", "TypeError I2C() missing required argument 'sda' (pos 2)"),
        ("i2c.I2C('SCL', 'SCL')", "OSError [Errno 22] Invalid argument"),
        ("i2c.I2C('SCL', 'NOPE')", "ValueError this board has no pin 'NOPE'"),
        ("i2c.I2C('SCL', 'SDA', scl=1)", "TypeError argument for I2C() given by name ('scl') and position (1)"),
        ("i2c.I2C('SCL', 'SDA', speed=1)", "TypeError 'speed' is an invalid keyword argument for I2C()"),
        ("i2c.I2C('SCL', 'SDA', freq=10)", "ValueError freq must be 1000 to 1000000, not 10"),
    ],
)
def test_what_the_bus_cannot_do_is_named(call: str, error: str) -> None:
    assert error_of(call, "bus = i2c.I2C('SCL', 'SDA')") == error


def test_an_exception_of_a_device_comes_out_of_the_run() -> None:
    class Broken(I2cDevice):
        def read(self, count: int) -> bytes:
            raise RuntimeError("the model has a bug")

    bench = Bench()
    bench.parts.attach_i2c(5, Broken())
    with pytest.raises(RuntimeError, match="the model has a bug"):
        bench.run("from i2c import I2C\nI2C('SCL', 'SDA').readfrom(5, 1)\n")


# --- spi
def test_spi_bytes_go_out_while_others_come_in() -> None:
    class Inverter(SpiDevice):
        def transfer(self, data: bytes) -> bytes:
            return bytes(255 - b for b in data)

    bench = Bench()
    bench.parts.attach_spi(Inverter(), sck=PINS["SCK"])
    said = bench.run(
        "from spi import SPI\n"
        "bus = SPI('SCK', mosi='MOSI', miso='MISO', baudrate=4_000_000, polarity=1, phase=1)\n"
        "print(bus.transfer(b'\\x00\\x0f'), bus.read(2), bus.read(1, 0xF0), bus.write(b'x'))\n"
    )
    assert said == ["b'\\xff\\xf0' b'\\xff\\xff' b'\\x0f' None"]


# --- uart
def test_a_line_takes_and_gives_bytes_until_it_is_closed() -> None:
    bench = Bench()

    class Echo(Peripherals):
        def uart_write(self, number: int, data: bytes) -> int:
            self.lines[number].to_board += data[::-1]
            return super().uart_write(number, data)

    bench = Bench(Echo())
    said = bench.run(
        "from uart import UART\n"
        "line = UART(tx='TX', rx='RX', baudrate=115200, parity=0)\n"
        "print(line.any(), line.read(), line.write(b'abc'), line.any(), line.read(2), line.read(), line.read())\n"
        "line.close()\n"
        "try:\n    line.read()\nexcept ValueError as e:\n    print(e)\n"
    )
    assert said == ["0 b'' 3 3 b'cb' b'a' b''", "the line is closed"]
    assert bench.parts.lines[0].from_board == b"abc"
    assert (bench.parts.lines[0].baud, bench.parts.lines[0].open) == (115200, False)


# --- adc, pwm
def test_levels_are_read_and_duties_are_set() -> None:
    bench = Bench()
    bench.parts.analog[PINS["A0"]] = 40000
    said = bench.run(
        "import adc, pwm\n"
        "print(adc.ADC('A0').read_u16())\n"
        "led = pwm.PWM('LED', freq=50, duty_u16=0x4000)\n"
        "led.duty_u16(65535)\n"
        "print(led.freq(), led.duty_u16())\n"
        "other = pwm.PWM(20)\n"
        "other.close()\n"
    )
    assert said == ["40000", "50 65535"]
    assert bench.parts.pwm_outputs == {PINS["LED"]: (50, 65536)}


def test_a_chip_without_the_part_says_so() -> None:
    class Bare(Peripherals):
        def adc_read(self, pin: int) -> int:
            return -errno.ENODEV

    assert error_of("adc.ADC('A0')", peripherals=Bare()) == "OSError [Errno 19] No such device"


def test_constructors_name_what_is_out_of_range() -> None:
    assert error_of("pwm.PWM('LED', duty_u16=65536)") == "ValueError duty_u16 must be 0 to 65535, not 65536"
    assert error_of("spi.SPI()") == "TypeError SPI() missing required argument 'sck' (pos 1)"
    assert error_of("uart.UART(baudrate='x')") == "TypeError 'str' object cannot be interpreted as an integer"
    assert error_of("pwm.PWM('LED').freq(0)") == "ValueError freq must be 1 to 10000000, not 0"


# --- watchdog
def test_a_program_that_stops_feeding_its_watchdog_ends_with_a_reset() -> None:
    bench = Bench()
    said = bench.run(
        "import watchdog, time\n"
        "watchdog.start(100)\n"
        "for i in range(3):\n    time.sleep_ms(90)\n    watchdog.feed()\nprint('fed')\n"
        "time.sleep_ms(200)\nprint('never')\n",
        ends=Outcome.RESET,
    )
    assert said == ["fed"]
    assert bench.result is not None and bench.result.reset is not None
    assert (bench.result.reset.cause, bench.clock.now_us()) == (4, 370_000)


# --- flash
def test_values_outlive_the_program_that_set_them() -> None:
    parts = Peripherals()
    Bench(parts).run("import flash\nflash.set('n', 1)\nflash.set('name', 'Zo\\u00eb')\nflash.set('n', 2.5)\n")
    said = Bench(parts).run(
        "import flash\nprint(flash.keys(), flash.get('n'), flash.get('name'), flash.get('no', 7))\n"
    )
    assert said == ["['name', 'n'] 2.5 Zo\u00eb 7"]
    Bench(parts).run("import flash\nflash.remove('n')\n")
    assert Bench(parts).run("import flash\nprint(flash.keys())\nflash.clear()\nprint(flash.keys())\n") == [
        "['name']",
        "[]",
    ]


def test_values_of_every_kind_come_back_equal() -> None:
    said = Bench().run(
        "import flash\n"
        "for v in (None, True, False, 0, -5, 2**40, 1.5, '', 'text', b'', b'\\x00\\xff', bytearray(b'xy')):\n"
        "    flash.set('k', v)\n"
        "    got = flash.get('k', 'missing')\n"
        "    if got != v or (type(got) is not type(v) and type(v) is not bytearray):\n        print('not', repr(v), repr(got))\n"
        "print('all')\n"
    )
    assert said == ["all"]


def test_setting_a_thousand_times_needs_no_more_room() -> None:
    said = Bench().run(
        "import flash\nflash.set('kept', 'here')\n"
        "for i in range(2000):\n    flash.set('k' + str(i % 5), i)\n"
        "print([flash.get('k' + str(i)) for i in range(5)], flash.get('kept'))\n"
    )
    assert said == ["[1995, 1996, 1997, 1998, 1999] here"]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("flash.remove('x')", "KeyError 'x'"),
        ("flash.set('x', [])", "TypeError cannot keep 'list' object"),
        ("flash.set(1, 2)", "TypeError key must be str, not 'int'"),
        ("flash.get('')", "ValueError key must have 1 to 64 bytes"),
        ("flash.set('k', bytes(5000))", "OSError [Errno 28] No space left on device"),
    ],
)
def test_what_cannot_be_kept_is_named(call: str, error: str) -> None:
    assert error_of(call) == error


# --- waiting
def test_a_thread_waits_for_edges_and_takes_them_in_order() -> None:
    bench = Bench()
    parts = bench.parts
    pin = PINS["LED"]
    for time_us, level in ((5_000, True), (7_000, False), (9_000, True)):
        parts.at(time_us, lambda level=level: parts.edge(pin, level))  # type: ignore[misc]
    said = bench.run(
        "import gpio, time\n"
        "gpio.watch('LED')\n"
        "print(gpio.wait('LED'), time.ticks_us(), gpio.wait('LED'), time.ticks_us())\n"
        "time.sleep_ms(10)\n"
        "print(gpio.wait('LED', 1), time.ticks_ms(), gpio.wait('LED', 0.5), time.ticks_ms())\n"
    )
    assert said == ["1 5000 0 7000", "1 17 None 517"]


def test_only_the_edges_that_are_watched_count() -> None:
    bench = Bench()
    parts = bench.parts
    parts.at(1000, lambda: parts.edge(3, False))
    parts.at(2000, lambda: parts.edge(3, True))
    assert bench.run("import gpio\ngpio.watch(3, gpio.RISING)\nprint(gpio.wait(3), gpio.wait(3, 1))\n") == ["1 None"]


def test_other_threads_run_while_one_waits_for_bytes() -> None:
    bench = Bench()
    parts = bench.parts
    parts.at(4_000, lambda: parts.lines[0].to_board.extend(b"he"))
    parts.at(6_000, lambda: parts.lines[0].to_board.extend(b"llo"))
    said = bench.run(
        "import _thread, time\nfrom uart import UART\n"
        "line = UART(rx='RX')\n"
        "def tick():\n    for i in range(3):\n        time.sleep_ms(2)\n        print('tick', time.ticks_ms())\n"
        "_thread.start_new_thread(tick, ())\n"
        "print(line.read(-1, 1), time.ticks_ms())\n"
        "print(line.read(3, None), time.ticks_ms())\n"
        "print(line.read(2, 0.25), time.ticks_ms(), line.read(0))\n"
    )
    assert sorted(said) == ["b'' 256 b''", "b'he' 4", "b'llo' 6", "tick 2", "tick 4", "tick 6"]


def test_a_write_waits_until_all_has_found_room() -> None:
    class Narrow(Peripherals):
        def uart_write(self, number: int, data: bytes) -> int:
            room = self.uart_room(number)
            self.lines[number].from_board += data[:room]
            return min(room, len(data))

        def uart_room(self, number: int) -> int:
            now_us = self.clock.now_us() if self.clock else 0
            return max(0, 4 * (1 + now_us // 1000) - len(self.lines[number].from_board))

    parts = Narrow()
    for ms in range(1, 10):
        parts.at(1000 * ms, lambda: None)
    said = Bench(parts).run(
        "from uart import UART\nimport time\nline = UART()\nprint(line.write(b'0123456789'), time.ticks_ms())\n"
    )
    assert (said, parts.lines[0].from_board) == (["10 2"], b"0123456789")


# --- timer, events
def test_a_timer_keeps_its_beat_and_tells_the_beats_it_missed() -> None:
    said = Bench().run(
        "import time\nfrom timer import Timer\n"
        "beat = Timer(10)\n"
        "for work in (0, 3, 25, 0):\n    time.sleep_ms(work)\n    print(beat.wait(), time.ticks_ms())\n"
    )
    assert said == ["0 10", "0 20", "1 45", "0 50"]


def test_functions_are_called_later_and_again_and_again_until_they_are_cancelled() -> None:
    said = Bench().run(
        "import time, timer\n"
        "job = timer.every(5, lambda: print('beat', time.ticks_ms()))\n"
        "timer.after(7, print, 'once')\n"
        "timer.after(8, print, 'never').cancel()\n"
        "time.sleep_ms(12)\njob.cancel()\ntime.sleep_ms(20)\n"
    )
    assert said == ["beat 5", "once", "beat 10"]


def test_a_function_is_called_for_every_edge_from_a_thread() -> None:
    bench = Bench()
    for ms in (2, 3, 9):
        bench.parts.at(ms * 1000, lambda ms=ms: bench.parts.edge(4, ms != 3))  # type: ignore[misc]
    said = bench.run(
        "import time, events\n"
        "events.on_edge(4, lambda level: print(level, time.ticks_ms()))\n"
        "time.sleep_ms(20)\nprint('end')\n"
    )
    assert said == ["1 2", "0 3", "1 9", "end"]


def test_a_function_is_called_with_what_comes_on_a_line() -> None:
    bench = Bench()
    bench.parts.at(2000, lambda: bench.parts.lines[0].to_board.extend(b"one"))
    bench.parts.at(5000, lambda: bench.parts.lines[0].to_board.extend(b"two"))
    said = bench.run(
        "import time, events, uart\n"
        "events.on_bytes(uart.UART(), lambda data: print(data) or data != b'two')\n"
        "time.sleep_ms(20)\n"
    )
    assert said == ["b'one'", "b'two'"]


# --- sleep
def test_light_sleep_tells_which_of_its_ends_came_first() -> None:
    bench = Bench()
    parts = bench.parts
    pin = PINS["LED"]
    parts.at(20_000, lambda: parts.edge(pin, True))
    parts.at(40_000, lambda: parts.lines[0].to_board.extend(b"hi"))
    said = bench.run(
        "import sleep, time, uart\n"
        "line = uart.UART(rx='RX')\n"
        "print(sleep.light(0.01, 'LED') == sleep.TIMER, time.ticks_ms())\n"
        "print(sleep.light(1, 'LED') == sleep.PIN, time.ticks_ms())\n"
        "print(sleep.light(0.01, line=line) == sleep.TIMER, time.ticks_ms())\n"
        "print(sleep.light(None, line=line) == sleep.UART, time.ticks_ms(), line.read())\n"
    )
    assert said == ["True 10", "True 20", "True 30", "True 40 b'hi'"]
    assert parts.watched[pin] == 0


def test_a_pin_that_has_the_level_already_ends_light_sleep_at_once() -> None:
    said = Bench().run(
        "import sleep, gpio, time\ngpio.mode('LED', gpio.PULLUP)\n"
        "print(sleep.light(5, 'LED', 1) == sleep.PIN, time.ticks_ms())\n"
        "print(sleep.light(0.5, 'LED', 0) == sleep.TIMER, time.ticks_ms())\n"
    )
    assert said == ["True 0", "True 500"]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("sleep.light()", "ValueError nothing would end this sleep: give seconds, a pin or a line"),
        ("sleep.light(1, 'LED', line=3)", "ValueError a pin or a line can end this sleep, not both"),
        ("sleep.deep()", "ValueError nothing would end this sleep: give seconds or a pin"),
        ("sleep.deep(pin='NOPE')", "ValueError this board has no pin 'NOPE'"),
    ],
)
def test_a_sleep_that_nothing_ends_is_refused(call: str, error: str) -> None:
    assert error_of(call, "import sleep") == error


@pytest.mark.parametrize(
    ("can", "text"),
    [
        (-19, "this chip has no deep sleep; sleep.light() keeps the program"),
        (1, "this chip's deep sleep is ended by a time only; sleep.light() by all"),
        (6 | 32 << 4, "this chip's deep sleep is ended by pins 0 to 31 at either level only; sleep.light() by all"),
        (3 | 1 << 4, "this chip's deep sleep is ended by a time or by pin 0 at high level only; sleep.light() by all"),
        (
            7,
            "this chip's deep sleep is ended by a time or by the chip's wake-up pins at either level only; sleep.light() by all",
        ),
    ],
)
def test_a_chip_that_cannot_sleep_like_that_names_what_it_can(can: int, text: str) -> None:
    class Some(Peripherals):
        def sleep_deep(self, duration_us: int, pin: int, level: bool) -> int:
            return can

    assert error_of("sleep.deep(2)", "import sleep", Some()) == f"OSError [Errno 19] {text}"


def test_after_deep_sleep_the_program_starts_anew_and_knows_what_woke_it() -> None:
    bench = Bench()
    parts = bench.parts
    source = (
        "import sleep, time, flash\n"
        "n = flash.get('n', 0)\nflash.set('n', n + 1)\nprint(n, sleep.wake_cause(), time.ticks_ms())\n"
        "if n == 0:\n    sleep.deep(2.5)\nif n == 1:\n    sleep.deep(60, 'LED', 0)\n"
    )
    parts.levels[PINS["LED"]] = True
    parts.at(4_000_000, lambda: parts.edge(PINS["LED"], False))
    out = bytearray()
    results = list(
        run_through_sleep(
            compile_source(source, "t.py").image,
            write=out.extend,
            clock=bench.clock,
            gpio=RecordingGpio(bench.clock, names=PINS),
            peripherals=parts,
        )
    )
    assert out.decode().splitlines() == ["0 0 0", "1 1 2500", "2 2 4000"]
    assert [r.outcome for r in results] == [Outcome.RESET, Outcome.RESET, Outcome.DONE]


# --- sys
def test_what_the_program_asks_of_sys_is_known_when_it_is_compiled() -> None:
    said = Bench().run(
        "import sys\nfrom sys import byteorder as order, version_info\n"
        "print(order, sys.platform, sys.implementation.name, sys.version_info >= (3, 8), version_info[:2], sys.version[:4])\n"
        "print(hasattr(sys, 'maxunicode'), hasattr(sys, 'stdout'), sys.hexversion >> 16, getattr(sys, 'byteorder', 0))\n"
        "def f():\n    return sys.byteorder\nprint(f(), sys.maxsize > 2**32)\n"
    )
    assert said == ["little vmrig vmrig True (3, 11) 3.11", "True False 779 little", "little True"]


def test_a_member_that_sys_does_not_have_is_refused() -> None:
    with pytest.raises(CompileError, match="no attribute 'stdin'"):
        compile_source("import sys\nsys.stdin.read()\n", "t.py")


# --- board
def test_a_program_can_ask_what_it_runs_on() -> None:
    assert Bench().run("import board\nprint(board.target(), board.uid(), board.reset_cause() & board.WAKE)\n") == [
        "host b'host' 0"
    ]
