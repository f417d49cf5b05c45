# SPDX-License-Identifier: Apache-2.0
"""A client of the Debug Adapter Protocol, as an editor is one."""

from __future__ import annotations

import asyncio
import contextlib
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from pathlib import PurePosixPath
from typing import Any

Message = dict[str, Any]


class Refused(Exception):
    """The adapter answered with an error."""


class Client(ABC):
    """Sends requests, keeps events until they are asked for. Whoever carries the messages fills `incoming`."""

    def __init__(self) -> None:
        self.incoming: asyncio.Queue[Message] = asyncio.Queue()
        self.events: list[Message] = []
        self._sequence = 0

    @abstractmethod
    async def send(self, message: Message) -> None:
        """To the adapter."""

    async def ask(self, command: str, **arguments: object) -> Message:
        """A request and the body of its response."""
        self._sequence += 1
        number = self._sequence
        await self.send({"seq": number, "type": "request", "command": command, "arguments": arguments})
        while True:
            message = await asyncio.wait_for(self.incoming.get(), 20)
            if message["type"] == "event":
                self.events.append(message)
            elif message["request_seq"] == number:
                if not message["success"]:
                    raise Refused(message["message"])
                return message.get("body") or {}

    async def event(self, *names: str) -> Message:
        """The next event of that name, or of one of these; those before it stay."""
        while True:
            for message in self.events:
                if message["event"] in names:
                    self.events.remove(message)
                    return message["body"]
            message = await asyncio.wait_for(self.incoming.get(), 20)
            assert message["type"] == "event", message
            self.events.append(message)

    def output(self) -> str:
        """What the program printed, as far as it has come."""
        taken = [m for m in self.events if m["event"] == "output" and m["body"]["category"] == "stdout"]
        return "".join(m["body"]["output"] for m in taken)

    async def begin(self, breakpoints: dict[int, Message] | list[int], path: str, **launch: object) -> list[Message]:
        """From initialize to configurationDone, as VS Code does it; returns what became of the breakpoints."""
        await self.ask("initialize", adapterID="vmrig", linesStartAt1=True)
        await self.ask("launch", program=path, **launch)
        await self.event("initialized")
        lines = breakpoints if isinstance(breakpoints, dict) else {line: {} for line in breakpoints}
        wanted = [{"line": line, **more} for line, more in lines.items()]
        placed = await self.ask("setBreakpoints", source={"path": path}, breakpoints=wanted)
        await self.ask("setExceptionBreakpoints", filters=["uncaught"])
        await self.ask("configurationDone")
        return placed["breakpoints"]

    async def top(self) -> tuple[str, int]:
        """(function, line) of the innermost frame."""
        frame = (await self.ask("stackTrace", threadId=1))["stackFrames"][0]
        return frame["name"], frame["line"]

    async def scope(self, name: str, frame: int = 1) -> dict[str, Message]:
        """Variables of a scope by name."""
        scopes = (await self.ask("scopes", frameId=frame))["scopes"]
        found = next(scope for scope in scopes if scope["name"] == name)
        variables = (await self.ask("variables", variablesReference=found["variablesReference"]))["variables"]
        return {variable["name"]: variable for variable in variables}

    async def expand(self, variable: Message) -> dict[str, str]:
        """What a variable is expanded to, as text."""
        body = await self.ask("variables", variablesReference=variable["variablesReference"])
        return {each["name"]: each["value"] for each in body["variables"]}

    async def value(self, expression: str, frame: int = 1) -> str:
        """Of a watch."""
        return (await self.ask("evaluate", expression=expression, frameId=frame, context="watch"))["result"]


class LocalClient(Client):
    """Of an adapter in this process."""

    def __init__(self, connect: Any) -> None:
        super().__init__()
        from vmrig_server.bytecode.debug.dap import Adapter

        # Through JSON, as on any line: what cannot be written in it is found here.
        self.adapter = Adapter(connect, lambda message: self.incoming.put_nowait(json.loads(json.dumps(message))))

    async def send(self, message: Message) -> None:
        await self.adapter.handle(json.loads(json.dumps(message)))


@contextlib.asynccontextmanager
async def editor_at(
    connect: Any, source: str, path: str, others: dict[str, str] | None = None
) -> AsyncIterator[LocalClient]:
    """A client of a program in a file of that path, not launched yet. `connect` gives what it runs on; `others` are files beside it."""
    from vmrig_server.bytecode import compile_files
    from vmrig_server.bytecode.debug.looking import Program

    name = PurePosixPath(path).name
    client = LocalClient(connect)
    files = {file: text.encode() for file, text in {name: source, **(others or {})}.items()}
    client.adapter.use(Program(compile_files(files, name).image, source, name, path))
    try:
        yield client
    finally:
        await client.adapter.close()
