# SPDX-License-Identifier: Apache-2.0
"""What the child changes in the esptool that it has loaded: only for this process, and only at its edges (log, trace, port identity, status of errors)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import esptool.loader
import esptool.util
from esp_pylib.logger import EspLogBase, log

from vmrig_server.agent.flashing.drivers.child_io import Channel
from vmrig_server.agent.flashing.esp_image import xor

_CHECKSUM_SEED = 0xEF


class _NoHex:
    """In place of esptool's hex dump, which is made of every packet also when nobody traces: nine tenths of the time of a write."""

    def __init__(self, data: bytes, auto_split: bool = True) -> None:
        self._size = len(data)

    def __str__(self) -> str:
        return f"{self._size} bytes"


class _NoPulse:
    """In place of the last step of esptool's hard reset, the pulse on the lines: the service gives it, when it listens again."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __call__(self) -> None:
        pass


class ChannelLog(EspLogBase):  # type: ignore[misc]
    """Esptool's speech and progress, for the runner's protocol."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._pending = ""
        self.on_progress: Callable[[int, int, int], None] | None = None
        """Gets the number of the piece since it was set, and done and total bytes of it as they go over the wire."""
        self._piece = -1

    def watch(self, on_progress: Callable[[int, int, int], None]) -> None:
        self.on_progress, self._piece = on_progress, -1

    def print(self, *args: object, **kwargs: Any) -> None:
        text = self._pending + "".join(str(each) for each in args)
        if kwargs.get("end", "\n") == "":
            self._pending = text
            return
        self._pending = ""
        for line in text.splitlines():
            if line.strip():
                self._channel.log(line.strip())

    def err(self, *args: object, suggestion: str | None = None) -> None:
        self.print("error: ", *args)

    def warn(self, *args: object, suggestion: str | None = None) -> None:
        self.print("warning: ", *args)

    def warning(self, message: str) -> None:
        self.warn(message)

    def error(self, message: str) -> None:
        self.err(message)

    def note(self, *args: object) -> None:
        self.print("note: ", *args)

    def hint(self, *args: object) -> None:
        self.print("hint: ", *args)

    def debug(self, *args: object) -> None:
        pass

    def set_verbosity(self, mode: int | str) -> None:
        pass

    def progress_bar(
        self, cur_iter: int, total_iters: int, prefix: str = "", suffix: str = "", bar_length: int = 30
    ) -> None:
        if self.on_progress is not None:
            self.on_progress(self._piece, cur_iter, total_iters)

    @contextmanager
    def progress(self, total: int, *args: Any, **kwargs: Any) -> Iterator[Any]:
        self._piece += 1
        with super().progress(total, *args, **kwargs) as task:
            yield task


def tune(channel: Channel, vid: int, pid: int) -> ChannelLog:
    """Sets this process's esptool up for one job.

    Args:
        vid, pid: USB identity of the port, which discovery knows; esptool would look for it among the ports of the operating system.
    """
    esptool.loader.HexFormatter = _NoHex
    esptool.loader.HardReset = _NoPulse
    # The same sum, without a step of the interpreter for every byte.
    esptool.loader.ESPLoader.checksum = staticmethod(lambda data, state=_CHECKSUM_SEED: state ^ xor(data))
    esptool.loader.get_port_vid_pid = lambda _port: (vid, pid)
    plain = esptool.util.FatalError.WithResult

    def with_status(message: str, result: bytes) -> Exception:
        error: Exception = plain(message, result)
        error.vmrig_status = int.from_bytes(result[:2], "big")  # type: ignore[attr-defined]
        return error

    esptool.util.FatalError.WithResult = staticmethod(with_status)
    made = ChannelLog(channel)
    log.set_logger(made)
    return made
