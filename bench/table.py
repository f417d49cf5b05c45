# SPDX-License-Identifier: Apache-2.0
"""One row per figure, and how they are printed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A figure: what was measured, the value, the peer or bar it stands beside, and whether it holds.

    `holds` is None where nothing is asked.
    """

    figure: str
    value: str
    beside: str
    asked: str = ""
    holds: bool | None = None


def show(rows: Sequence[Row]) -> bool:
    """Prints the table; True when every bar holds."""
    words = {True: "holds", False: "MISSED", None: ""}
    lines = [("figure", "measured", "beside", "asked", "")]
    lines += [(row.figure, row.value, row.beside, row.asked, words[row.holds]) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    for line in lines:
        sys.stdout.write(
            " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n"
        )
    return all(row.holds is not False for row in rows)
