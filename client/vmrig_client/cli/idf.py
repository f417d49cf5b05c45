# SPDX-License-Identifier: Apache-2.0
"""``flasher_args.json``, in which ESP-IDF's build says what goes where."""

from __future__ import annotations

import json
from pathlib import Path

NAME = "flasher_args.json"


def flasher_files(path: Path) -> list[tuple[Path, int]]:
    """The files of a build and the flash offsets they go to.

    Args:
        path: of the JSON file; files are named relative to its folder, and lie in it.

    Raises:
        ValueError: it is no such file, or names a file that is not there or lies outside.
    """
    try:
        named = json.loads(path.read_bytes())["flash_files"]
        files = [(path.parent / str(name), int(offset, 0)) for offset, name in named.items()]
    except (KeyError, TypeError, AttributeError, ValueError) as bad:
        raise ValueError(f"{path} is not what ESP-IDF's build writes: {bad!r}") from None
    folder = path.parent.resolve()
    for file, _ in files:
        if not file.resolve().is_relative_to(folder) or not file.is_file():
            raise ValueError(f"{path} names {file}, which is not a file in its folder")
    return sorted(files, key=lambda each: each[1])
