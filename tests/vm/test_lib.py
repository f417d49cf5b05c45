# SPDX-License-Identifier: Apache-2.0
"""The modules of a board: time, gpio, board, sys, gc. (math runs beside CPython: programs/math_module.py.)"""

from __future__ import annotations

import pytest
from vmrig_native import _vm

from vmrig_server.bytecode import compile_source, run_on_host
from vmrig_server.bytecode.host import HostResult, Outcome, RecordingGpio, VirtualClock


class OnlyPins(RecordingGpio):
    """Pins 0 to 31; pin 7 is the board's own."""

    def mode(self, pin: int, mode: int) -> bool:
        return self._free(pin) and super().mode(pin, mode)

    def write(self, pin: int, level: bool) -> bool:
        return self._free(pin) and super().write(pin, level)

    def read(self, pin: int) -> int:
        return super().read(pin) if pin < 32 else -1

    @staticmethod
    def _free(pin: int) -> bool:
        return pin < 32 and pin != 7


class Run:
    """A program's output, end and pins; time is virtual and starts at `start_us`."""

    def __init__(self, source: str, *, start_us: int = 0) -> None:
        self.clock = VirtualClock()
        self.clock.wait_until_us(start_us)
        self.gpio = OnlyPins(self.clock, names={"LED": 21, "BUTTON_A": 14})
        out = bytearray()
        self.result: HostResult = run_on_host(
            compile_source(source, "t.py").image,
            write=out.extend,
            clock=self.clock,
            gpio=self.gpio,
            uid=b"\x01\x02\xff",
            max_instructions=10_000_000,
        )
        self.out = out.decode()
        assert self.result.outcome is Outcome.DONE, self.result.traceback


def said(source: str, **options: int) -> str:
    return Run(source, **options).out


def error_of(statement: str) -> str:
    """What the statement raises, as text."""
    return said(
        f"import time, gpio, board\ntry:\n    {statement}\nexcept Exception as e:\n    print(type(e).__name__, e)\n"
    ).rstrip("\n")


# --- time
@pytest.mark.parametrize(
    ("call", "us"),
    [
        ("sleep(2)", 2_000_000),
        ("sleep(0.25)", 250_000),
        ("sleep(1e-7)", 1),
        ("sleep(0)", 0),
        ("sleep(True)", 1_000_000),
        ("sleep_ms(3)", 3_000),
        ("sleep_us(17)", 17),
        ("sleep_ms(-5)", 0),
    ],
)
def test_a_sleep_takes_its_time_never_less(call: str, us: int) -> None:
    assert Run(f"import time\ntime.{call}\n", start_us=1000).clock.now_us() == 1000 + us


def test_sleeps_in_native_loops_add_up() -> None:
    assert Run("import time\nlist(map(time.sleep, [1, 2, 3]))\n").clock.now_us() == 6_000_000


def test_a_sleep_in_code_that_native_code_calls_takes_its_time() -> None:
    source = (
        "import time\ndef key(x):\n    time.sleep_ms(10)\n    return -x\n"
        "print(sorted([1, 2, 3], key=key), time.ticks_ms())\n"
    )
    assert said(source) == "[3, 2, 1] 30\n"


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("time.sleep('x')", "TypeError 'str' object cannot be interpreted as an integer"),
        ("time.sleep(-1)", "ValueError sleep length must be non-negative"),
        ("time.sleep(-0.5)", "ValueError sleep length must be non-negative"),
        ("time.sleep(float('nan'))", "ValueError Invalid value NaN (not a number)"),
        ("time.sleep(float('inf'))", "OverflowError timestamp out of range for platform time_t"),
        ("time.sleep(10**12)", "OverflowError timestamp too large to convert to C _PyTime_t"),
        ("time.sleep_ms(1.5)", "TypeError 'float' object cannot be interpreted as an integer"),
        ("time.ticks_add(0, 2**29)", "OverflowError ticks interval overflow"),
        ("time.sleep()", "TypeError sleep() takes exactly one argument (0 given)"),
    ],
)
def test_what_cannot_be_slept_is_refused(call: str, error: str) -> None:
    assert error_of(call) == error


def test_clocks_count_from_the_start_in_their_units() -> None:
    source = (
        "import time\nprint(time.time(), time.monotonic(), time.time_ns(), time.monotonic_ns(), "
        "time.ticks_ms(), time.ticks_us())\n"
    )
    assert said(source, start_us=12_345_678) == "12.345678 12.345678 12345678000 12345678000 12345 12345678\n"


def test_ticks_turn_over_and_differences_stay_right() -> None:
    turn = 2**30
    source = (
        "import time\na = time.ticks_us()\ntime.sleep_us(20)\nb = time.ticks_us()\n"
        "print(a, b, time.ticks_diff(b, a), time.ticks_diff(a, b))\n"
        "print(time.ticks_add(a, 15), time.ticks_add(0, -1))\n"
    )
    assert said(source, start_us=5 * turn - 10) == f"{turn - 10} 10 20 -20\n5 {turn - 1}\n"


# --- gpio
def test_pins_by_number_and_by_name() -> None:
    run = Run(
        "import gpio, time\n"
        "gpio.mode('LED', gpio.OUTPUT)\n"
        "gpio.mode(14, gpio.PULLUP)\n"
        "print(gpio.read('BUTTON_A'), gpio.read(21))\n"
        "gpio.high('LED'); time.sleep_ms(1)\n"
        "print(gpio.read(21))\n"
        "gpio.toggle(21); time.sleep_ms(1)\n"
        "gpio.write('LED', [0]); time.sleep_ms(1)\n"
        "gpio.low('LED')\n"
    )
    assert run.out == "1 0\n1\n"
    assert run.gpio.modes == {21: 1, 14: 2}
    assert run.gpio.edges == [(0, 21, True), (1000, 21, False), (2000, 21, True), (3000, 21, False)]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("gpio.high('LOD')", "ValueError this board has no pin 'LOD'"),
        ("gpio.high(32)", "ValueError this chip has no pin 32"),
        ("gpio.high(-1)", "ValueError this chip has no pin -1"),
        ("gpio.high(2**40)", "ValueError this chip has no pin 1099511627776"),
        ("gpio.read(99)", "ValueError this chip has no pin 99"),
        ("gpio.toggle(99)", "ValueError this chip has no pin 99"),
        ("gpio.write(7, 1)", "OSError pin 7 is in use by the VM or by the board"),
        ("gpio.toggle(7)", "OSError pin 7 is in use by the VM or by the board"),
        ("gpio.mode(7, gpio.OUTPUT)", "OSError pin 7 is in use by the VM or by the board"),
        ("gpio.mode(1, 4)", "ValueError mode must be gpio.INPUT, gpio.OUTPUT, gpio.PULLUP or gpio.PULLDOWN, not 4"),
        ("gpio.mode(1, 'OUTPUT')", "TypeError 'str' object cannot be interpreted as an integer"),
        ("gpio.high(1.0)", "TypeError pin must be an int or a str, not 'float'"),
        ("gpio.high(True)", "TypeError pin must be an int or a str, not 'bool'"),
        ("gpio.write(1)", "TypeError write expected 2 arguments, got 1"),
    ],
)
def test_a_pin_that_cannot_be_used_is_named(call: str, error: str) -> None:
    assert error_of(call) == error


# --- board, sys, gc
def test_the_board_tells_who_it_is_and_why_it_started() -> None:
    source = "import board\nprint(board.uid(), board.reset_cause() == board.POWER_ON, board.WATCHDOG)\n"
    assert said(source) == "b'\\x01\\x02\\xff' True 4\n"


def test_reset_ends_the_program_on_the_host() -> None:
    assert said("import board\nprint('before')\nboard.reset()\nprint('after')\n") == "before\n"


@pytest.mark.parametrize(
    ("argument", "args"), [("", "()"), ("None", "()"), ("3", "(3,)"), ("(1, 2)", "(1, 2)"), ("'why'", "('why',)")]
)
def test_exit_raises_systemexit_with_cpythons_arguments(argument: str, args: str) -> None:
    source = f"import sys\ntry:\n    sys.exit({argument})\nexcept SystemExit as e:\n    print(e.args)\n"
    assert said(source) == f"{args}\n"


def test_exit_ends_the_program_without_an_error() -> None:
    assert (
        said("import sys\ndef f():\n    sys.exit(1)\nprint(sys.maxsize == 9223372036854775807)\nf()\nprint('no')\n")
        == "True\n"
    )


def test_a_collection_gives_back_what_is_not_used() -> None:
    source = (
        "import gc\nx = bytearray(8000)\na = gc.mem_alloc()\nf = gc.mem_free()\nx = None\n"
        "freed = gc.collect()\nprint(freed >= 8000, a - gc.mem_alloc() >= 8000, a + f == gc.mem_alloc() + gc.mem_free())\n"
    )
    assert said(source) == "True True True\n"


def test_the_modules_are_those_of_the_table() -> None:
    """A native that is in the table is in the library: each can be looked up and called with too many arguments."""
    modules = ("time.", "gpio.", "board.", "sys.", "gc.", "math.")
    names = [n for n, kind, _, most, _ in _vm.builtins() if n.startswith(modules) and kind == "function" and most < 4]
    assert len(names) > 30
    for name in names:
        module, function = name.split(".")
        error = said(f"import {module}\ntry:\n    {name}(1, 2, 3, 4)\nexcept TypeError as e:\n    print(e)\n")
        assert error.startswith(function), error
