# SPDX-License-Identifier: Apache-2.0
"""A client's mistake costs it that request, not its session."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bytecode.debug import wild
from tests.bytecode.debug.client import LocalClient, Refused, editor_at
from vmrig_server.errors import VmrigError
from vmrig_server.hub.debugging import parse


@pytest.mark.parametrize("seed", range(12))
async def test_messages_of_any_shape_are_answered(seed: int) -> None:
    await wild.session(seed)


@pytest.mark.slow
async def test_many_messages_of_any_shape_are_answered() -> None:
    for seed in range(100_000, 102_000):
        await wild.session(seed)


async def _stopped_at(client: LocalClient, **breakpoint_: Any) -> None:
    await client.begin({5: breakpoint_}, wild.PATH)
    await client.event("stopped")


async def test_what_has_been_started_is_not_started_again() -> None:
    async with editor_at(wild.host_target, wild.SOURCE, wild.PATH) as client:
        await _stopped_at(client)
        with pytest.raises(Refused, match="started already"):
            await client.ask("configurationDone")
        with pytest.raises(Refused, match="restart"):
            await client.ask("launch", program=wild.PATH)
        assert await client.top() == ("area", 5)
        await client.ask("setBreakpoints", source={"path": wild.PATH}, breakpoints=[])
        await client.ask("continue", threadId=1)
        await client.event("terminated")


@pytest.mark.parametrize(
    "arguments", [[1], "text", 5, {"frameId": 10**9}, {"frameId": -1}, {"frameId": {}}, {"frameId": 1e999}]
)
async def test_wrong_arguments_are_told(arguments: Any) -> None:
    async with editor_at(wild.host_target, wild.SOURCE, wild.PATH) as client:
        await _stopped_at(client)
        await client.send({"seq": 50, "type": "request", "command": "scopes", "arguments": arguments})
        answer = await client.incoming.get()
        assert (answer["request_seq"], answer["success"]) == (50, False)
        assert await client.top() == ("area", 5)


@pytest.mark.parametrize("condition", ["\u00b2", "9" * 5000, ">= \u2460"])
async def test_a_hit_condition_that_is_no_number_stops_always(condition: str) -> None:
    async with editor_at(wild.host_target, wild.SOURCE, wild.PATH) as client:
        await _stopped_at(client, hitCondition=condition)


@pytest.mark.parametrize(
    "message", [b"[" * 100_000, b"[]", b"", b"\xff", b'{"a": ' + b"9" * 5000 + b"}", b" " * (1 << 24)]
)
def test_a_message_that_is_none_is_refused(message: bytes) -> None:
    with pytest.raises(VmrigError, match="no JSON object"):
        parse(message)
