# SPDX-License-Identifier: Apache-2.0
"""Errors of the service, as the client raises them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2
from vmrig.v1 import common_pb2

REQUEST, DEADLINE, FIRMWARE, BENCH, NO_BOARD, PERMISSION = range(1, 7)
"""Values of `ApiError.error_class`: `vmrig.v1.ErrorClass`, and the CLI's exit codes."""


class ApiError(Exception):
    """A call or a job failed.

    Attributes:
        code: stable, upper snake case, e.g. ``BOARD_GONE``.
        message: one sentence.
        evidence: lines that show it.
        next_command: the command to type next, or empty.
        error_class: which side failed, 1..6 (`REQUEST` ... `PERMISSION`).
    """

    def __init__(
        self, code: str, message: str, evidence: Sequence[str] = (), next_command: str = "", error_class: int = REQUEST
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.evidence = tuple(evidence)
        self.next_command = next_command
        self.error_class = error_class

    @classmethod
    def from_message(cls, error: common_pb2.Error) -> ApiError:
        """From the error that a job carries."""
        return cls(error.code, error.message, tuple(error.evidence), error.next_command, error.error_class or REQUEST)

    @classmethod
    def from_rpc(cls, error: grpc.RpcError, address: str) -> ApiError:
        """From a failed call: its ErrorInfo when the service sent one, else what the transport says."""
        status = error.code()
        details = error.details() or ""
        info = _error_info(error.trailing_metadata() or ())
        if info is not None:
            return cls(
                info.reason,
                details,
                _evidence(info.metadata),
                info.metadata.get("next_command", ""),
                int(info.metadata.get("error_class", REQUEST)),
            )
        if status == grpc.StatusCode.UNAVAILABLE:
            return cls("NO_SERVICE", f"No vmrig service answers at {address}.", (), "vmrig up", BENCH)
        if status == grpc.StatusCode.DEADLINE_EXCEEDED:
            return cls("DEADLINE", "The service did not answer in time.", (details,), "", DEADLINE)
        return cls(f"RPC_{status.name}", details or status.name, (), "", REQUEST)


def _error_info(metadata: Iterable[Any]) -> error_details_pb2.ErrorInfo | None:
    for key, value in metadata:
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            for detail in status_pb2.Status.FromString(value).details:
                info = error_details_pb2.ErrorInfo()
                if detail.Unpack(info):
                    return info
    return None


def _evidence(metadata: Mapping[str, str]) -> tuple[str, ...]:
    numbered = [(int(key.split(".")[1]), text) for key, text in metadata.items() if key.startswith("evidence.")]
    return tuple(text for _, text in sorted(numbered))
