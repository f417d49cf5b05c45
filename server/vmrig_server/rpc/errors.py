# SPDX-License-Identifier: Apache-2.0
"""Errors on the wire: a gRPC status, and `google.rpc.ErrorInfo` with the code, the evidence and the next command."""

from __future__ import annotations

import logging
import secrets

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2

from vmrig_server.errors import ErrorClass, VmrigError

log = logging.getLogger(__name__)

DOMAIN = "vmrig"
MAX_EVIDENCE_BYTES, MAX_MESSAGE_BYTES, MAX_COMMAND_BYTES = 2600, 500, 300
"""All of an error travels in trailers, which clients limit to 8 KB: the details in base64, the message once more percent-encoded."""
_ENTRY_BYTES = 24
"""What a metadata entry takes beside its text."""

_BY_CODE = {
    "BOARD_NOT_FOUND": grpc.StatusCode.NOT_FOUND,
    "ALIAS_NOT_FOUND": grpc.StatusCode.NOT_FOUND,
    "LEASE_NOT_FOUND": grpc.StatusCode.NOT_FOUND,
    "JOB_NOT_FOUND": grpc.StatusCode.NOT_FOUND,
    "VM_NOT_FOUND": grpc.StatusCode.NOT_FOUND,
    "BLOB_NOT_FOUND": grpc.StatusCode.NOT_FOUND,
    "EMULATED_BOARD_UNKNOWN": grpc.StatusCode.NOT_FOUND,
    "TARGET_UNKNOWN": grpc.StatusCode.NOT_FOUND,
    "PIN_UNKNOWN": grpc.StatusCode.NOT_FOUND,
    "CUSTOM_VM_NOT_FOUND": grpc.StatusCode.NOT_FOUND,
    "CUSTOM_VM_EXISTS": grpc.StatusCode.ALREADY_EXISTS,
    "SHORT_NAME_INVALID": grpc.StatusCode.INVALID_ARGUMENT,
    "TEMPLATE_INVALID": grpc.StatusCode.INVALID_ARGUMENT,
    "TEMPLATE_CHANGED": grpc.StatusCode.ABORTED,
    "ARCHIVE_REFUSED": grpc.StatusCode.INVALID_ARGUMENT,
    "PORT_INVALID": grpc.StatusCode.INVALID_ARGUMENT,
    "ALIAS_TAKEN": grpc.StatusCode.ALREADY_EXISTS,
    "EMULATED_BOARD_EXISTS": grpc.StatusCode.ALREADY_EXISTS,
    "REQUEST_ID_REUSED": grpc.StatusCode.ALREADY_EXISTS,
    "ARGUMENT_INVALID": grpc.StatusCode.INVALID_ARGUMENT,
    "ALIAS_INVALID": grpc.StatusCode.INVALID_ARGUMENT,
    "SELECTOR_INVALID": grpc.StatusCode.INVALID_ARGUMENT,
    "PROGRAM_INVALID": grpc.StatusCode.INVALID_ARGUMENT,
    "AMBIGUOUS_BOARD": grpc.StatusCode.INVALID_ARGUMENT,
    "AMBIGUOUS_VM": grpc.StatusCode.INVALID_ARGUMENT,
    "BLOB_TOO_LARGE": grpc.StatusCode.INVALID_ARGUMENT,
    "SERIAL_INVALID": grpc.StatusCode.INVALID_ARGUMENT,
    "PACE_UNKNOWN": grpc.StatusCode.INVALID_ARGUMENT,
    "LEVEL_UNKNOWN": grpc.StatusCode.INVALID_ARGUMENT,
    "RTOS_UNKNOWN": grpc.StatusCode.INVALID_ARGUMENT,
    "FEATURE_UNKNOWN": grpc.StatusCode.INVALID_ARGUMENT,
    "FEATURE_CONFLICT": grpc.StatusCode.INVALID_ARGUMENT,
    "VM_TOO_LARGE": grpc.StatusCode.INVALID_ARGUMENT,
    "LEASE_REQUIRED": grpc.StatusCode.FAILED_PRECONDITION,
    "LEASE_ENDED": grpc.StatusCode.FAILED_PRECONDITION,
    "LEASE_OTHER_BOARD": grpc.StatusCode.FAILED_PRECONDITION,
    "FENCE_OLD": grpc.StatusCode.FAILED_PRECONDITION,
    "FENCE_WRONG": grpc.StatusCode.FAILED_PRECONDITION,
    "BOARD_BUSY": grpc.StatusCode.ABORTED,
    "NO_BOARD_FREE": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "STORE_FULL": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "BLOB_CORRUPT": grpc.StatusCode.DATA_LOSS,
    "INTERNAL": grpc.StatusCode.INTERNAL,
}
_BY_CLASS = {
    ErrorClass.REQUEST: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorClass.DEADLINE: grpc.StatusCode.DEADLINE_EXCEEDED,
    ErrorClass.FIRMWARE: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorClass.BENCH: grpc.StatusCode.UNAVAILABLE,
    ErrorClass.NO_BOARD: grpc.StatusCode.RESOURCE_EXHAUSTED,
    ErrorClass.PERMISSION: grpc.StatusCode.PERMISSION_DENIED,
}


def status_code(error: VmrigError) -> grpc.StatusCode:
    """By the error's code, else by its class."""
    return _BY_CODE.get(error.code, _BY_CLASS[error.error_class])


def _cut(text: str, size: int) -> str:
    return text.encode(errors="replace")[:size].decode(errors="ignore")


def rich_status(error: VmrigError) -> status_pb2.Status:
    """The `google.rpc.Status` of an error: ErrorInfo with reason = code, and metadata next_command, error_class, evidence.N."""
    metadata = {"error_class": str(int(error.error_class))}
    if error.next_command:
        metadata["next_command"] = _cut(error.next_command, MAX_COMMAND_BYTES)
    room = MAX_EVIDENCE_BYTES
    for number, line in enumerate(error.evidence):
        room -= _ENTRY_BYTES
        if room <= 0:
            break
        metadata[f"evidence.{number}"] = _cut(line, room)
        room -= len(metadata[f"evidence.{number}"].encode())
    info = error_details_pb2.ErrorInfo(reason=error.code, domain=DOMAIN, metadata=metadata)
    packed = any_pb2.Any()
    packed.Pack(info)
    code: int = status_code(error).value[0]
    return status_pb2.Status(code=code, message=_cut(error.message, MAX_MESSAGE_BYTES), details=[packed])


def unexpected(error: BaseException, method: str) -> VmrigError:
    """For an error that nobody foresaw: the log has its traceback, the caller gets the incident's number."""
    incident = secrets.token_hex(4)
    log.error("incident %s in %s", incident, method, exc_info=error)
    return VmrigError(
        "INTERNAL",
        f"The service failed in a way that it does not know (incident {incident}, see its log).",
        error_class=ErrorClass.BENCH,
    )
