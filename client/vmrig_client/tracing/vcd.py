# SPDX-License-Identifier: Apache-2.0
"""Waveforms of pins as a value change dump (IEEE 1364, section 18), for GTKWave and its kin."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

import vcd

LEVELS: dict[str, int | str] = {"low": 0, "high": 1, "float": "z"}


def write_vcd(out: TextIO, board: str, edges: Iterable[tuple[int, str, str]]) -> int:
    """Writes one wire a pin; returns how many there are. What a pin was before its first edge is not known.

    Args:
        out: text file.
        board: name of the scope.
        edges: (virtual time in ns, pin, level after it: "low", "high" or "float"), in the order of time.
    """
    known = list(edges)
    with vcd.VCDWriter(out, timescale="1 ns", version="vmrig") as writer:
        scope = "".join(c if c.isalnum() else "_" for c in board) or "board"
        wires = {
            pin: writer.register_var(scope, pin.replace(" ", "_"), "wire", size=1, init="x")
            for pin in sorted({pin for _, pin, _ in known})
        }
        last = 0
        for time_ns, pin, level in known:
            last = max(last, time_ns)
            writer.change(wires[pin], last, LEVELS[level])
        return len(wires)
