# SPDX-License-Identifier: Apache-2.0
"""vmrig.v1.Leases."""

from __future__ import annotations

from vmrig.v1 import leases_pb2, leases_pb2_grpc

from vmrig_server.hub.hub import Hub
from vmrig_server.hub.model import LeaseRef
from vmrig_server.hub.requests import bare_id
from vmrig_server.rpc import translate
from vmrig_server.rpc.interceptor import Context


class LeasesServicer(leases_pb2_grpc.LeasesServicer):
    """Translates and delegates to `hub.lease_service`."""

    def __init__(self, hub: Hub) -> None:
        self._leases = hub.leases

    async def RequestLease(self, request: leases_pb2.RequestLeaseRequest, context: Context) -> leases_pb2.Lease:
        """Waits for a board, as long as the caller wants."""
        lease = await self._leases.request(
            request.board,
            request.holder,
            request.reason,
            duration_s=translate.seconds_of(request.duration),
            wait_s=translate.seconds_of(request.wait_timeout),
            request_id=request.request_id,
        )
        return translate.lease_message(lease)

    async def RenewLease(self, request: leases_pb2.RenewLeaseRequest, context: Context) -> leases_pb2.Lease:
        """From now on for so long."""
        ref = LeaseRef(bare_id(request.name, "leases"), request.fence)
        return translate.lease_message(await self._leases.renew(ref, translate.seconds_of(request.duration)))

    async def ReleaseLease(self, request: leases_pb2.ReleaseLeaseRequest, context: Context) -> leases_pb2.Lease:
        """Gives the board back."""
        ref = LeaseRef(bare_id(request.name, "leases"), request.fence)
        return translate.lease_message(await self._leases.release(ref))

    async def GetLease(self, request: leases_pb2.GetLeaseRequest, context: Context) -> leases_pb2.Lease:
        """Ended or not."""
        return translate.lease_message(await self._leases.get(request.name))

    async def ListLeases(
        self, request: leases_pb2.ListLeasesRequest, context: Context
    ) -> leases_pb2.ListLeasesResponse:
        """Newest first, in pages."""
        page = translate.page_of(request.page_size, request.page_token)
        leases, after = translate.cut(await self._leases.page(request.ended, translate.one_more(page)), page)
        return leases_pb2.ListLeasesResponse(
            leases=[translate.lease_message(lease) for lease in leases],
            next_page_token=translate.page_token(after.lease_id if after else ""),
        )
