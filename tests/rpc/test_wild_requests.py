# SPDX-License-Identifier: Apache-2.0
"""Whatever a request holds, the service answers or says by a code what is wrong, and goes on."""

from __future__ import annotations

import pytest

from tests.rpc import wild


async def test_requests_of_any_shape_end_as_foreseen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VMRIG_HOME", "replaced by the service's")
    ends, found = await wild.campaign(0, 60, most=len(wild.methods()))
    assert not found
    assert len(ends) > 5, ends


@pytest.mark.slow
async def test_many_requests_of_any_shape_end_as_foreseen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VMRIG_HOME", "replaced by the service's")
    ends, found = await wild.campaign(1_000_000, 600, most=20_000)
    assert not found, ends
