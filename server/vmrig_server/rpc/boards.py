# SPDX-License-Identifier: Apache-2.0
"""vmrig.v1.Boards."""

from __future__ import annotations

from collections.abc import AsyncIterator

from vmrig.v1 import boards_pb2, boards_pb2_grpc, jobs_pb2

from vmrig_server.hub.boards import page_of as board_page
from vmrig_server.hub.hub import Hub
from vmrig_server.hub.work import Order
from vmrig_server.rpc import translate
from vmrig_server.rpc.interceptor import Context


class BoardsServicer(boards_pb2_grpc.BoardsServicer):
    """Translates and delegates to `hub.boards` and `hub.work`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def ListBoards(
        self, request: boards_pb2.ListBoardsRequest, context: Context
    ) -> boards_pb2.ListBoardsResponse:
        """By id, in pages."""
        page = translate.page_of(request.page_size, request.page_token)
        await self._hub.custom_vms.refresh()
        boards, after = board_page(self._hub.boards.select(request.selector), page)
        return boards_pb2.ListBoardsResponse(
            boards=[translate.board_message(board) for board in boards],
            next_page_token=translate.page_token(after),
        )

    async def GetBoard(self, request: boards_pb2.GetBoardRequest, context: Context) -> boards_pb2.Board:
        """The one board that the selector means."""
        await self._hub.custom_vms.refresh()
        return translate.board_message(self._hub.boards.one(request.name))

    async def WatchBoards(
        self, request: boards_pb2.WatchBoardsRequest, context: Context
    ) -> AsyncIterator[boards_pb2.BoardEvent]:
        """The present set, then changes."""
        async for board, initial, token in self._hub.boards.watch(request.resume_token):
            if board is None:
                yield boards_pb2.BoardEvent(type=boards_pb2.BoardEvent.TYPE_SYNCED, resume_token=token)
            else:
                kind = boards_pb2.BoardEvent.TYPE_INITIAL if initial else boards_pb2.BoardEvent.TYPE_CHANGED
                yield boards_pb2.BoardEvent(type=kind, board=translate.board_message(board), resume_token=token)

    async def SetAlias(self, request: boards_pb2.SetAliasRequest, context: Context) -> boards_pb2.Board:
        """Names a board."""
        return translate.board_message(await self._hub.boards.set_alias(request.board, request.alias))

    async def RemoveAlias(self, request: boards_pb2.RemoveAliasRequest, context: Context) -> boards_pb2.Board:
        """Takes a name away."""
        return translate.board_message(await self._hub.boards.remove_alias(request.alias))

    async def SetHealth(self, request: boards_pb2.SetHealthRequest, context: Context) -> boards_pb2.Board:
        """A person says how the board is."""
        health = translate.health_of(request.health)
        return translate.board_message(await self._hub.boards.set_health(request.board, health, request.reason))

    async def RegisterBoard(self, request: boards_pb2.RegisterBoardRequest, context: Context) -> jobs_pb2.Job:
        """Starts the job."""
        order = Order(request.board, translate.lease_ref(request.lease), request.request_id)
        return translate.job_message(
            await self._hub.desk.register(order, request.alias, with_firmware=request.with_firmware)
        )
