# SPDX-License-Identifier: Apache-2.0
"""Errors on the wire."""

from __future__ import annotations

import grpc
import pytest
from google.rpc import error_details_pb2
from hypothesis import given
from hypothesis import strategies as st

from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.rpc.errors import rich_status, status_code, unexpected

MAX_TRAILERS_BYTES = 8192
"""What gRPC clients take by default."""


def _info(error: VmrigError) -> error_details_pb2.ErrorInfo:
    info = error_details_pb2.ErrorInfo()
    assert rich_status(error).details[0].Unpack(info)
    return info


def test_code_evidence_and_next_command_travel_as_error_info() -> None:
    error = VmrigError(
        "NO_BOARD_FREE",
        "No board is free.",
        evidence=["first", "second"],
        next_command="vmrig boards",
        error_class=ErrorClass.NO_BOARD,
    )
    info = _info(error)
    assert (info.reason, info.domain) == ("NO_BOARD_FREE", "vmrig")
    assert dict(info.metadata) == {
        "error_class": "5",
        "next_command": "vmrig boards",
        "evidence.0": "first",
        "evidence.1": "second",
    }
    assert rich_status(error).code == grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]


@pytest.mark.parametrize("error_class", ErrorClass)
def test_a_code_that_the_table_lacks_goes_by_its_class(error_class: ErrorClass) -> None:
    assert status_code(VmrigError("SOMETHING_NEW", "x", error_class=error_class)) not in (
        grpc.StatusCode.OK,
        grpc.StatusCode.UNKNOWN,
    )


@given(
    st.text(max_size=2000),
    st.lists(st.text(max_size=200), max_size=200),
    st.text(max_size=2000),
    st.sampled_from(["", "x", "€", "\U0001f600"]),
)
def test_no_error_is_too_large_for_the_trailers(
    message: str, evidence: list[str], next_command: str, filler: str
) -> None:
    long = [line + filler * 300 for line in evidence]
    error = VmrigError("TOOL_FAILED", message + filler * 999, evidence=long, next_command=next_command + filler * 999)
    status = rich_status(error)
    details = len(status.SerializeToString()) * 4 / 3
    assert details + 3 * len(status.message.encode()) <= MAX_TRAILERS_BYTES - 512


def test_an_unforeseen_error_tells_no_detail(caplog: pytest.LogCaptureFixture) -> None:
    known = unexpected(ValueError("secret"), "/vmrig.v1.Boards/GetBoard")
    assert known.code == "INTERNAL"
    assert "secret" not in known.message
    assert "secret" in caplog.text
