# SPDX-License-Identifier: Apache-2.0
"""Prints what VMs take in flash and RAM, with and without features, in Markdown (docs/images.md). A row takes a build.

python vmimages/table.py                      every target
python vmimages/table.py --target NAME ...    only these
python vmimages/table.py --each ...           also without each feature of the target's own VM
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from build import VM, Builder, vm_features  # noqa: E402
from generate import BoardBuild, board_builds  # noqa: E402

from vmrig_server.images.features import resolve_features  # noqa: E402

WISHES = (
    ("usual", ()),
    ("bare", ("no-threads",)),
    ("bare no-float", ("no-threads", "no-float")),
    ("none float", ("none", "float")),
    ("none threads", ("none", "threads")),
    ("none", ("none",)),
)


def sizes(builder: Builder, board: BoardBuild, each: bool) -> Iterator[tuple[str, int, int]]:
    """What VMs of a target take: (which, bytes of flash, bytes of RAM beside stack and heap)."""
    usual = vm_features(board, builder.root)
    alone = [(f"no-{name}", (f"no-{name}",)) for name in usual if each]
    for name, words in (*WISHES, *alone):
        image = builder.image(VM, replace(board, features=frozenset(resolve_features("", usual, words))))
        static = int(str(image["ram_size"])) - (board.firmware.stack_size or 0) - (board.firmware.heap_size or 0)
        yield name, int(str(image["size"])), static


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description="Prints what VMs take in flash and RAM.")
    parser.add_argument("--target", action="append", default=[], metavar="NAME", help="only this one; can be repeated")
    parser.add_argument("--each", action="store_true", help="also without each feature")
    parser.add_argument("--boards", type=Path, default=ROOT.parent / "boards", help="folder of board files")
    parser.add_argument("--cache", type=Path, default=ROOT.parent / "build" / "images", help="folder of objects")
    parser.add_argument("--jobs", type=int, default=2, help="compilers at a time")
    chosen = parser.parse_args(arguments)
    print("| target | features | flash, bytes | of the usual | RAM beside stack and heap |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as out:
        builder = Builder(ROOT, Path(out), chosen.cache.resolve(), chosen.jobs, warn=False)
        for board in board_builds(chosen.boards, chosen.target):
            usual = 0
            for name, flash, ram in sizes(builder, board, chosen.each):
                usual = usual or flash
                print(f"| {board.name} | {name} | {flash} | {flash - usual:+d} | {ram} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
