# SPDX-License-Identifier: Apache-2.0
"""Pin map pictures, drawn from board files.

python -m vmrig_server.boards_data.pinmap [TARGET ...]   draws boards/<target>/pinmap.svg of these targets, or of all; drawings made by hand stay
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from vmrig_server.boards_data.load import list_targets, load_chip, load_target
from vmrig_server.boards_data.pins import chip_pin_name
from vmrig_server.boards_data.schema import BoardPin, Chip, Target
from vmrig_server.paths import data_root

MARK = "<!-- Drawn from board.yaml: python -m vmrig_server.boards_data.pinmap -->"
WIDTH, MARGIN, TOP, ROW = 980, 210, 96, 28
"""Pixels: of the drawing, of the room for names beside the board, above the first row, of a row."""

_GROUPS: tuple[tuple[str, frozenset[str], str], ...] = (
    ("lights", frozenset({"led", "led-row", "led-column"}), "#d94a3a"),
    ("buttons", frozenset({"button", "touch"}), "#8e5bb5"),
    ("serial", frozenset({"uart"}), "#2f7fb8"),
    ("I2C", frozenset({"i2c"}), "#3c9a5f"),
    ("analog", frozenset({"analog"}), "#c9892b"),
    ("inputs and outputs", frozenset({"io", "input", "output"}), "#e0b64c"),
)

_STYLE = """\
    .board { fill: #1f2a33; stroke: #0d1318; stroke-width: 2; }
    .chip { fill: #0d1318; stroke: #51606b; }
    .title { fill: #1f2a33; font-size: 20px; font-weight: bold; }
    .light { fill: #fff; font-size: 13px; }
    .soft { fill: #b8c4cc; font-size: 11px; }
    .name { fill: #1f2a33; font-size: 13px; font-weight: bold; }
    .note { fill: #51606b; font-size: 11px; }
    .line { stroke: #8c9aa5; stroke-width: 1; }
    .mid { text-anchor: middle; }
    .end { text-anchor: end; }"""

Pin = tuple[str, BoardPin]


def pinmap_svg(target: Target, chip: Chip) -> str:
    """The picture as text: pads along both sides of the board, by role; each has its name on the board and the chip's pin."""
    groups = [(title, colour, _sorted(target, roles)) for title, roles, colour in _GROUPS]
    pads = [(title, colour, pin) for title, colour, pins in groups for pin in pins]
    half = (len(pads) + 1) // 2
    height = TOP + half * ROW + 70
    board_right = WIDTH - MARGIN
    lines = [
        "<!-- SPDX-License-Identifier: Apache-2.0 -->",
        MARK,
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" role="img"'
        ' aria-labelledby="title desc">',
        f'  <title id="title">{escape(target.name)}: pins</title>',
        f'  <desc id="desc">The board with its pins by role; each name with the pin of the {escape(chip.title)} behind it.</desc>',
        f"  <style>\n{_STYLE}\n  </style>",
        f'  <rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'  <text x="{WIDTH // 2}" y="36" class="title mid">{escape(target.name)}</text>',
        f'  <rect class="board" x="{MARGIN}" y="56" width="{board_right - MARGIN}" height="{height - 76}" rx="24"/>',
        *_chip(chip, (56 + height - 20) // 2),
    ]
    for side, column in enumerate((pads[:half], pads[half:])):
        for row, (title, colour, pin) in enumerate(column):
            first = row == 0 or column[row - 1][0] != title
            lines += _pad(side, TOP + row * ROW, colour, title if first else "", pin, chip)
    return "\n".join([*lines, "</svg>", ""])


def one_row_a_pad(target: Target) -> Target:
    """A target that calls its pins by several names, with one entry a pad: the name that says what it is for, the others as its label."""
    by_pad: dict[int, list[Pin]] = {}
    for name, pin in target.pins.items():
        by_pad.setdefault(pin.pin, []).append((name, pin))
    pins: dict[str, BoardPin] = {}
    for names in sorted(by_pad.values(), key=_number):
        (first, pin), *others = sorted(
            names, key=lambda entry: (entry[1].role == "io", entry[0][0] == "D" and entry[0][1:].isdecimal())
        )
        pins[first] = pin.model_copy(update={"label": ", ".join(name for name, _ in others) or None})
    return target.model_copy(update={"pins": pins})


def _number(names: list[Pin]) -> int:
    """n of the pad's Dn, or behind all of them."""
    return min((int(name[1:]) for name, _ in names if name[0] == "D" and name[1:].isdecimal()), default=1 << 16)


def _sorted(target: Target, roles: frozenset[str]) -> list[Pin]:
    return [(name, pin) for name, pin in target.pins.items() if pin.role in roles]


def _chip(chip: Chip, y: int) -> Iterator[str]:
    x = WIDTH // 2
    yield f'  <rect class="chip" x="{x - 70}" y="{y - 40}" width="140" height="80" rx="4"/>'
    yield f'  <text x="{x}" y="{y - 4}" class="light mid">{escape(chip.name)}</text>'
    yield f'  <text x="{x}" y="{y + 14}" class="soft mid">{escape(chip.core.type)}, {chip.core.clock_hz // 1_000_000} MHz</text>'


def _pad(side: int, y: int, colour: str, title: str, pin: Pin, chip: Chip) -> Iterator[str]:
    name, wired = pin
    edge = MARGIN if side == 0 else WIDTH - MARGIN
    out = -1 if side == 0 else 1
    outside, inside = ("end", "") if side == 0 else ("", "end")
    notes = [note for note in (wired.label, wired.edge and f"pad {wired.edge}") if note]
    notes += [f"active {wired.active}"] if wired.active else []
    notes += [f"pull-{wired.pull}"] if wired.pull else []
    yield f'  <line class="line" x1="{edge}" y1="{y}" x2="{edge + out * 24}" y2="{y}"/>'
    yield f'  <rect x="{edge - 9}" y="{y - 9}" width="18" height="18" rx="3" fill="{colour}"/>'
    yield f'  <text x="{edge + out * 30}" y="{y + 1}" class="name {outside}">{escape(name)}</text>'
    if notes:
        yield f'  <text x="{edge + out * 30}" y="{y + 12}" class="note {outside}">{escape(", ".join(notes))}</text>'
    yield f'  <text x="{edge - out * 16}" y="{y + 4}" class="soft {inside}">{chip_pin_name(wired.pin, chip.pin_style)}</text>'
    if title:
        yield f'  <text x="{edge - out * 96}" y="{y + 4}" class="light {inside}">{escape(title)}</text>'


def drawn_by_hand(path: Path) -> bool:
    """Whether there is a drawing that this module did not make."""
    return path.is_file() and MARK not in itertools.islice(path.read_text("utf-8").splitlines(), 3)


def main(arguments: Sequence[str]) -> int:
    """See the module's docstring."""
    for name in arguments or list_targets():
        path = data_root("boards") / name / "pinmap.svg"
        if not drawn_by_hand(path):
            target = load_target(name)
            path.write_text(pinmap_svg(target, load_chip(target.chip)), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
