# SPDX-License-Identifier: Apache-2.0
"""The programs of the language on the emulated Cortex-M4, instruction by instruction, beside the host and CPython."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vm.programs_list import PROGRAMS, cpython_output

from .boards import EmulatedBoard, SimulatedBoard
from .same_program import result_of

TOO_LARGE = frozenset(
    {"abstract_classes", "generators_collected", "large_functions", "random_bigints", "re_module", "wide_calls"}
)
"""Programs that need more RAM than this chip has: they end alike on chip and host, by a MemoryError."""


@pytest.mark.slow
@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
async def test_a_program_is_the_same_to_a_cortex_m_as_to_the_host_and_to_cpython(path: Path) -> None:
    on_chip = await result_of(EmulatedBoard(name="microbit_v2"), path)
    assert on_chip == await result_of(SimulatedBoard(), path)
    if path.stem not in TOO_LARGE:
        assert on_chip[0].decode() == cpython_output(path)
