# SPDX-License-Identifier: Apache-2.0
"""Python client of vmrig: `Client` for plain code, `AsyncClient` for asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vmrig_client.aio import AsyncClient
    from vmrig_client.errors import ApiError
    from vmrig_client.sync import Client

__all__ = ["ApiError", "AsyncClient", "Client"]

_HOME = {"AsyncClient": "vmrig_client.aio", "ApiError": "vmrig_client.errors", "Client": "vmrig_client.sync"}


def __getattr__(name: str) -> Any:
    # gRPC is imported when a client is made, not when a command only asks for its help.
    if name not in _HOME:
        raise AttributeError(name)
    import importlib

    return getattr(importlib.import_module(_HOME[name]), name)
