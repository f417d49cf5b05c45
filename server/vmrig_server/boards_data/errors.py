# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a board or chip file, with the place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vmrig_server.errors import VmrigError


class DataFileError(VmrigError):
    """A data file is not what the schema asks for.

    Attributes:
        path: the file.
        line, column: of the first problem, counted from 1; 0 when there is no place to point at.
    """

    def __init__(self, path: Path, problems: Sequence[tuple[int, int, str]]) -> None:
        line, column, first = problems[0]
        place = f"{path}:{line}:{column}" if line else str(path)
        super().__init__(
            "BOARD_FILE_INVALID",
            f"{place}: {first}",
            evidence=[f"line {at}, column {col}: {text}" if at else text for at, col, text in problems],
            next_command=f"$EDITOR {path}" + (f" +{line}" if line else ""),
        )
        self.path = path
        self.line = line
        self.column = column
