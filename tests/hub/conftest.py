# SPDX-License-Identifier: Apache-2.0
"""A hub with a fake agent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.hub.fakes import Bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """Started; ended at the test's end."""
    made = await Bench(tmp_path).start()
    yield made
    await made.stop()
