# SPDX-License-Identifier: Apache-2.0
"""Functions that are called when something happens, each from a thread of its own: never from an interrupt. Edges and Bytes hand that to the
tasks of asyncio."""

import _thread

import gpio
from asyncio import ThreadSafeFlag


def on_edge(pin, function, edges=gpio.BOTH):
    """Calls function(level) after every edge of a pin, in their order. It ends when the function returns False."""
    gpio.watch(pin, edges)

    def run():
        while function(gpio.wait(pin)) is not False:
            pass
        gpio.watch(pin, 0)

    _thread.start_new_thread(run, ())


class Edges:
    """Edges of a pin for asyncio: `async for level in Edges(pin)`, or wait(). A thread takes them from the pin's interrupt."""

    def __init__(self, pin, edges=gpio.BOTH):
        self._levels = []
        self._flag = ThreadSafeFlag()
        self._pin = pin
        self._closed = False
        on_edge(pin, self._note, edges)

    def _note(self, level):
        if self._closed:
            return False
        if len(self._levels) < 8:
            self._levels.append(level)
        self._flag.set()

    async def wait(self):
        """The level after the next edge; 8 edges are kept."""
        while not self._levels:
            await self._flag.wait()
        return self._levels.pop(0)

    def close(self):
        """The pin is not watched any more."""
        self._closed = True
        gpio.watch(self._pin, 0)

    def __aiter__(self):
        return self

    def __anext__(self):
        return self.wait()


class Bytes:
    """What comes on a uart.UART, for asyncio: `data = await lines.read()`. A thread takes it from the line."""

    def __init__(self, line):
        self._chunks = []
        self._flag = ThreadSafeFlag()
        on_bytes(line, self._note)

    def _note(self, data):
        self._chunks.append(data)
        self._flag.set()

    async def read(self, most=-1):
        """What has come at once, `most` bytes of it at most (-1: all); waits while that is nothing."""
        while not self._chunks:
            await self._flag.wait()
        data = self._chunks.pop(0)
        if 0 <= most < len(data):
            self._chunks.insert(0, data[most:])
            data = data[:most]
        return data

    async def readline(self):
        """Up to the end of a line, with it."""
        line = b""
        while not line.endswith(b"\n"):
            data = await self.read()
            end = data.find(b"\n") + 1
            if 0 < end < len(data):
                self._chunks.insert(0, data[end:])
                data = data[:end]
            line += data
        return line


def on_bytes(line, function):
    """Calls function(data) with what comes on a uart.UART. It ends when the function returns False."""

    def run():
        while function(line.read(-1, None)) is not False:
            pass

    _thread.start_new_thread(run, ())
