# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks named on the command line, all by default."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from bench.table import show
from bench.vm import peers

SETS = ("emulator", "service", "images", "esp", "thousand", "vm")


def main() -> int:
    """Prints one table; the exit code is 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"of {', '.join(SETS)}; default: all")
    parser.add_argument("--without", action="append", default=[], choices=SETS, help="leave this one out")
    for option, what in peers.OPTIONS.items():
        parser.add_argument(f"--{option}", metavar="PATH", help=f"of set vm: {what} [{peers.variable(option)}]")
    options = parser.parse_args()
    os.environ |= {
        peers.variable(option): path for option in peers.OPTIONS if (path := getattr(options, option.replace("-", "_")))
    }
    unknown = set(options.sets) - set(SETS)
    if unknown:
        sys.stderr.write(f"no such set: {', '.join(sorted(unknown))}; there are {', '.join(SETS)}\n")
        return 64
    chosen = [name for name in options.sets or SETS if name not in options.without]
    rows = [row for name in chosen for row in importlib.import_module(f"bench.{name}").measure()]
    return 0 if show(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
