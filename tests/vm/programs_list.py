# SPDX-License-Identifier: Apache-2.0
"""The programs that the virtual machine must run byte for byte as CPython does, and what CPython prints for them."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

PROGRAMS = sorted(Path(__file__).with_name("programs").glob("*.py"))
# Programs about the wording of errors that an interpreter raises itself; the reference interpreter words them freely.
CPYTHON_WORDING = frozenset(
    {
        "call_errors",
        "special_operators",
        "call_forms",
        "exception_flow",
        "derived_from_builtins",
        "containers_in_full",
        "match_stmt",
        "threading_module",  # over natives that CPython has not
        "queue_module",
    }
)


@cache
def cpython_output(path: Path) -> str:
    """Standard output of the program under this CPython; it must end without an error."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(path)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    return done.stdout
