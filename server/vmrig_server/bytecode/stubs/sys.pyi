# SPDX-License-Identifier: Apache-2.0
"""The program and its VM."""

from typing import Final, NoReturn

maxsize: Final[int]
"""The largest int that needs no feature of profile `full`: 2**63 - 1."""

def exit(status: object = None, /) -> NoReturn:
    """Ends the program: raises SystemExit."""
