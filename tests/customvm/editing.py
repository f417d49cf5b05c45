# SPDX-License-Identifier: Apache-2.0
"""Templates as their users edit them."""

from __future__ import annotations

from pathlib import Path

IDS = (("vids: []", 'vids: ["1209"]'), ("pids: []", 'pids: ["C0DE"]'))
"""USB ids of its own."""
MOVED = ("  LED0: [D33, low]", "  LED0: [D5, low]")
"""Of a board made of an nRF52840 DK: its light elsewhere."""


def edit(template: Path, *changes: tuple[str, str]) -> None:
    """Replaces texts that are there."""
    text = template.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    template.write_text(text)
