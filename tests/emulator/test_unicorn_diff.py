# SPDX-License-Identifier: Apache-2.0
"""The integer cores against Unicorn: see the package ``judge``. The exceptions are listed in ``judge.existence``."""

from __future__ import annotations

import random

import pytest

from .judge.duel import CORES, Duel
from .judge.existence import open_16, open_32, wrong_16, wrong_32

UNITS, STATES = 30, 8


def judged(core: str, programs: int, seed: int) -> int:
    """Instructions run without a difference."""
    duel = Duel(core)
    differences = duel.campaign(seed, programs, UNITS, STATES)
    assert not differences, f"{len(differences)} differ, for example\n" + "\n\n".join(d.text for d in differences[:5])
    return duel.instructions


@pytest.mark.parametrize("core", CORES)
def test_random_programs_end_as_on_unicorn(core: str) -> None:
    assert judged(core, 250, seed=0) > 200_000


@pytest.mark.slow
@pytest.mark.parametrize("core", CORES)
def test_ten_million_instructions_end_as_on_unicorn(core: str) -> None:
    assert judged(core, 12_000, seed=1) > 10_000_000


def undefined_differs(core: str, narrow: range, wide: int, seed: int) -> list[str]:
    duel, rng, problems = Duel(core), random.Random(seed), []
    encodings = [(h, False) for h in narrow if not open_16(h) and not wrong_16(core, h)]
    while wide:
        word = rng.randrange(0xE800_0000, 1 << 32)
        if not open_32(word) and not wrong_32(core, word):
            encodings.append((word, True))
            wide -= 1
    for encoding, is_wide in encodings:
        ours, theirs = duel.is_undefined(encoding, is_wide)
        if ours != theirs:
            problems.append(f"{encoding:x} is {'un' if ours else ''}defined")
    return problems


@pytest.mark.parametrize("core", CORES)
def test_the_same_encodings_are_undefined(core: str) -> None:
    assert undefined_differs(core, range(0, 0xE800, 31), 2_000, seed=0) == []


@pytest.mark.slow
@pytest.mark.parametrize("core", CORES)
def test_every_16_bit_encoding_exists_where_it_should(core: str) -> None:
    assert undefined_differs(core, range(0xE800), 100_000, seed=1) == []


def test_the_judge_notices_a_core_without_dsp_and_names_the_instruction() -> None:
    differences = Duel("cortex-m4", ours="cortex-m3").campaign(seed=2, programs=3, units=UNITS, states=1)
    assert differences
    for difference in differences:
        last = next(line for line in reversed(difference.text.splitlines()) if line.startswith("  0x")).split()[1]
        assert last[:2] in ("fa", "fb", "ea", "f3"), difference.text  # where the DSP extension lives
