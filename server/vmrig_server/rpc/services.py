# SPDX-License-Identifier: Apache-2.0
"""All services on one server, with health and reflection."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from vmrig.v1 import (
    boards_pb2,
    boards_pb2_grpc,
    consoles_pb2,
    consoles_pb2_grpc,
    custom_vms_pb2,
    custom_vms_pb2_grpc,
    debug_pb2,
    debug_pb2_grpc,
    emulator_pb2,
    emulator_pb2_grpc,
    flash_pb2,
    flash_pb2_grpc,
    jobs_pb2,
    jobs_pb2_grpc,
    leases_pb2,
    leases_pb2_grpc,
    programs_pb2,
    programs_pb2_grpc,
    system_pb2,
    system_pb2_grpc,
    vms_pb2,
    vms_pb2_grpc,
)

from vmrig_server.hub.hub import Hub
from vmrig_server.rpc.boards import BoardsServicer
from vmrig_server.rpc.consoles import ConsolesServicer
from vmrig_server.rpc.custom_vms import CustomVmsServicer
from vmrig_server.rpc.debug import DebuggerServicer
from vmrig_server.rpc.emulator import EmulatorServicer
from vmrig_server.rpc.flash import FlashServicer
from vmrig_server.rpc.jobs import JobsServicer
from vmrig_server.rpc.leases import LeasesServicer
from vmrig_server.rpc.programs import ProgramsServicer
from vmrig_server.rpc.system import SystemServicer
from vmrig_server.rpc.vms import VmsServicer

_FILES = (
    boards_pb2,
    consoles_pb2,
    custom_vms_pb2,
    debug_pb2,
    emulator_pb2,
    flash_pb2,
    jobs_pb2,
    leases_pb2,
    programs_pb2,
    system_pb2,
    vms_pb2,
)


@dataclass(frozen=True, slots=True)
class Registered:
    """What was put on the server."""

    names: tuple[str, ...]
    health: Any
    """grpc_health's asyncio servicer; its stubs do not know it."""


async def register(server: grpc.aio.Server, hub: Hub, data_dir: Path) -> Registered:
    """Adds every servicer; all report healthy."""
    boards_pb2_grpc.add_BoardsServicer_to_server(BoardsServicer(hub), server)
    consoles_pb2_grpc.add_ConsolesServicer_to_server(ConsolesServicer(hub), server)
    custom_vms_pb2_grpc.add_CustomVmsServicer_to_server(CustomVmsServicer(hub), server)
    debug_pb2_grpc.add_DebuggerServicer_to_server(DebuggerServicer(hub), server)
    emulator_pb2_grpc.add_EmulatorServicer_to_server(EmulatorServicer(hub), server)
    flash_pb2_grpc.add_FlashServicer_to_server(FlashServicer(hub), server)
    jobs_pb2_grpc.add_JobsServicer_to_server(JobsServicer(hub), server)
    leases_pb2_grpc.add_LeasesServicer_to_server(LeasesServicer(hub), server)
    programs_pb2_grpc.add_ProgramsServicer_to_server(ProgramsServicer(hub), server)
    system_pb2_grpc.add_SystemServicer_to_server(SystemServicer(hub, data_dir), server)
    vms_pb2_grpc.add_VmsServicer_to_server(VmsServicer(hub), server)
    names = tuple(name.full_name for file in _FILES for name in file.DESCRIPTOR.services_by_name.values())
    checks = health.aio.HealthServicer()  # type: ignore[attr-defined]
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    for name in ("", *names):
        await checks.set(name, health_pb2.HealthCheckResponse.SERVING)
    reflection.enable_server_reflection((*names, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    return Registered(names, checks)
