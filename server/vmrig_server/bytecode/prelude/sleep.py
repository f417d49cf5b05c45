# SPDX-License-Identifier: Apache-2.0
"""Waiting for a time, a pin or a line, and the chip's deep sleep, from which the program starts anew."""

import _sleep
import board
import gpio
import time

TIMER = 1
PIN = 2
UART = 4


def light(seconds=None, pin=None, level=None, edges=gpio.BOTH, line=None):
    """Sleeps until the time is over, or a pin or a line ends it before; all is kept. Returns what it was: TIMER, PIN or UART."""
    if line is not None:
        if pin is not None:
            raise ValueError("a pin or a line can end this sleep, not both")
        line.read(0, seconds)
        return UART if line.any() else TIMER
    if pin is not None:
        return _until_pin(seconds, pin, level, edges)
    if seconds is None:
        raise ValueError("nothing would end this sleep: give seconds, a pin or a line")
    time.sleep(seconds)
    return TIMER


def _until_pin(seconds, pin, level, edges):
    while gpio.wait(pin, 0) is not None:
        pass  # edges of before
    gpio.watch(pin, edges if level is None else gpio.RISING if level else gpio.FALLING)
    try:
        if level is not None and gpio.read(pin) == level:
            return PIN
        return TIMER if gpio.wait(pin, seconds) is None else PIN
    finally:
        gpio.watch(pin, 0)


def deep(seconds=None, pin=None, level=1):
    """Switches off all that the chip can; after the time, or at the pin's level, the program starts anew. Does not return."""
    if seconds is None and pin is None:
        raise ValueError("nothing would end this sleep: give seconds or a pin")
    us = -1 if seconds is None else max(0, int(seconds * 1000000))
    ends = _sleep.deep(us, 65535 if pin is None else pin, bool(level))
    if ends == -22:
        raise OSError(22, "this chip cannot sleep deeply for so long")
    if ends > 0:
        raise OSError(19, "this chip's deep sleep is ended by " + _named(ends) + " only; sleep.light() by all")
    if ends < 0:
        raise OSError(-ends, "this chip has no deep sleep; sleep.light() keeps the program")


def _named(ends):
    count = ends >> 4
    pins = "pins 0 to " + str(count - 1) if count > 1 else "pin 0" if count else "the chip's wake-up pins"
    levels = ("", " at high level", " at low level", " at either level")[ends >> 1 & 3]
    if not ends & 1:
        return pins + levels
    return "a time or by " + pins + levels if levels else "a time"


def wake_cause():
    """What ended the deep sleep before this start: TIMER or PIN; 0 when the board was started otherwise."""
    cause = board.reset_cause()
    return 0 if not cause & board.WAKE else TIMER if cause & board.WAKE_TIMER else PIN
