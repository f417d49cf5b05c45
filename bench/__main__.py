# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks named on the command line, all by default."""

from __future__ import annotations

import importlib
import sys

from bench.table import show

SETS = ("emulator", "service")


def main() -> int:
    """Prints one table; the exit code is 1 when a bar is missed."""
    chosen = sys.argv[1:] or SETS
    unknown = set(chosen) - set(SETS)
    if unknown:
        sys.stderr.write(f"no such set: {', '.join(sorted(unknown))}; there are {', '.join(SETS)}\n")
        return 64
    rows = [row for name in chosen for row in importlib.import_module(f"bench.{name}").measure()]
    return 0 if show(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
