# SPDX-License-Identifier: Apache-2.0
"""Board and chip files: data that describes what boards there are (``boards/``), checked against a schema."""

from __future__ import annotations

from vmrig_server.boards_data.custom import CustomTarget
from vmrig_server.boards_data.errors import DataFileError
from vmrig_server.boards_data.load import list_chips, list_custom_targets, list_targets, load_chip, load_target
from vmrig_server.boards_data.schema import Chip, Target

__all__ = [
    "Chip",
    "CustomTarget",
    "DataFileError",
    "Target",
    "list_chips",
    "list_custom_targets",
    "list_targets",
    "load_chip",
    "load_target",
]
