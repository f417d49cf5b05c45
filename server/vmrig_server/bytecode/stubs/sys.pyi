# SPDX-License-Identifier: Apache-2.0
"""The program and its VM."""

from typing import Final, NoReturn, TextIO

byteorder: Final[str]
"""Of every board: "little"."""
hexversion: Final[int]
maxunicode: Final[int]
platform: Final[str]
"""On every board and the host's VM: "vmrig"."""
version: Final[str]
version_info: Final[tuple[int, int, int, str, int]]
"""Of the language, as of CPython."""

class implementation:
    """What the program runs on."""

    name: Final[str]
    version: Final[tuple[int, int, int, str, int]]

maxsize: Final[int]
"""The largest int that needs no feature of profile `full`: 2**63 - 1."""

def exit(status: object = None, /) -> NoReturn:
    """Ends the program: raises SystemExit."""

def exc_info() -> tuple[type[BaseException] | None, BaseException | None, object]:
    """The exception that is being handled: its class, itself and its traceback. None three times when there is none. Profile `full`."""

def exception() -> BaseException | None:
    """The exception that is being handled. Profile `full`."""

stdout: Final[TextIO]
"""The console, for writing."""
stderr: Final[TextIO]
"""The console, too."""
argv: Final[list[str]]
"""One empty text."""

def setrecursionlimit(limit: int, /) -> None:
    """Does nothing: how deep calls go is a matter of the heap."""
