# SPDX-License-Identifier: Apache-2.0
"""Functions that are called when something happens, each from a thread of its own: never from an interrupt."""

import _thread

import gpio


def on_edge(pin, function, edges=gpio.BOTH):
    """Calls function(level) after every edge of a pin, in their order. It ends when the function returns False."""
    gpio.watch(pin, edges)

    def run():
        while function(gpio.wait(pin)) is not False:
            pass
        gpio.watch(pin, 0)

    _thread.start_new_thread(run, ())


def on_bytes(line, function):
    """Calls function(data) with what comes on a uart.UART. It ends when the function returns False."""

    def run():
        while function(line.read(-1, None)) is not False:
            pass

    _thread.start_new_thread(run, ())
