# SPDX-License-Identifier: Apache-2.0
"""The Debug Adapter Protocol over a session: one message in, answers and events out. How they are framed is for whoever carries them.

Source of names and fields: the protocol's specification, microsoft.github.io/debug-adapter-protocol, version 1.68.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from ..errors import BytecodeError
from ..traceback import format_chain
from .heap import heap_text, read_heap
from .inspector import Member
from .lines import Place
from .protocol import DebugError, Mode
from .session import Breakpoint, Listener, Session, Stop
from .target import Ended, Target

Message = dict[str, Any]
THREAD = 1
"""Of a program that has only one."""
FRAMES_OF_A_THREAD = 1 << 16
"""A frame's id is its thread's times this, and its number, and 1."""
CAPABILITIES: Message = {
    "supportsConfigurationDoneRequest": True,
    "supportsConditionalBreakpoints": True,
    "supportsHitConditionalBreakpoints": True,
    "supportsLogPoints": True,
    "supportsEvaluateForHovers": True,
    "supportsSetVariable": True,
    "supportsExceptionInfoRequest": True,
    "supportsExceptionFilterOptions": True,
    "supportsTerminateRequest": True,
    "supportsBreakpointLocationsRequest": True,
    "supportsLoadedSourcesRequest": True,
    "exceptionBreakpointFilters": [
        {"filter": "uncaught", "label": "Uncaught exceptions", "default": True, "supportsCondition": True},
        {"filter": "raised", "label": "Raised exceptions", "default": False, "supportsCondition": True},
    ],
}


@dataclass(frozen=True, slots=True)
class Program:
    """What is debugged. `path` is where the client has its source; `error` says why there is none."""

    image: bytes = b""
    source: str = ""
    filename: str = ""
    path: str = ""
    error: str = ""


class Adapter:
    """Talks to one client.

    Args:
        connect: makes the target of a program: a VM in this process, or a board.
        send: takes messages to the client, in order.
    """

    def __init__(
        self, connect: Callable[[Program, Message], Awaitable[Target]], send: Callable[[Message], None]
    ) -> None:
        self._connect = connect
        self._send_message = send
        self._sequence = 0
        self._program = Program(error="no program was given")
        self._session: Session | None = None
        self._variables: list[Callable[[], Awaitable[list[Member]]]] = []
        self._frames: dict[int, int] = {}
        self._stop: Stop | None = None
        self._raised = ""
        self.finished = asyncio.Event()

    def use(self, program: Program) -> None:
        """The program that the next launch is of."""
        self._program = program

    async def handle(self, message: Message) -> None:
        """A request of the client."""
        if message.get("type") != "request":
            return
        command = str(message.get("command", ""))
        handler = getattr(self, "_do_" + command, None)
        arguments = message.get("arguments") or {}
        try:
            if handler is None:
                raise DebugError(f"the request {command!r} is not known")
            body = await handler(arguments)
        except (BytecodeError, OSError) as error:
            self._respond(message, False, error=str(error))
        except (KeyError, TypeError, ValueError) as error:
            # A client's mistake costs it this request, not its session.
            self._respond(
                message, False, error=f"the arguments of {command} are wrong: {type(error).__name__}: {error}"
            )
        except Exception as error:  # the service's errors have classes of their own, further up
            if not hasattr(error, "code"):
                raise
            self._respond(message, False, error=str(getattr(error, "message", error)))
        else:
            self._respond(message, True, body)
            await self._after(command)

    async def close(self) -> None:
        """The client is gone."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        self.finished.set()

    # --- sending

    def _send(self, kind: str, fields: Message) -> None:
        self._sequence += 1
        self._send_message({"seq": self._sequence, "type": kind, **fields})

    def _respond(self, request: Message, success: bool, body: Message | None = None, error: str = "") -> None:
        fields: Message = {
            "request_seq": request.get("seq", 0),
            "command": request.get("command", ""),
            "success": success,
        }
        if body is not None:
            fields["body"] = body
        if not success:
            fields["message"] = error
            fields["body"] = {"error": {"id": 1, "format": error.replace("{", "(").replace("}", ")"), "showUser": True}}
        self._send("response", fields)

    def _event(self, event: str, body: Message | None = None) -> None:
        self._send("event", {"event": event, "body": body or {}})

    def _output(self, text: str, category: str) -> None:
        self._event("output", {"category": category, "output": text})

    # --- life

    async def _do_initialize(self, _: Message) -> Message:
        return CAPABILITIES

    async def _do_launch(self, arguments: Message) -> None:
        if self._program.error:
            raise DebugError(self._program.error)
        target = await self._connect(self._program, arguments)
        listener = Listener(
            on_output=lambda data: self._output(data.decode("utf-8", "replace"), "stdout"),
            on_log=lambda text: self._output(text + "\n", "console"),
            on_stop=self._on_stop,
            on_end=self._on_end,
        )
        self._session = Session(self._program.image, target, listener)
        self._session.stop_on_entry = bool(arguments.get("stopOnEntry"))

    async def _do_attach(self, arguments: Message) -> None:
        await self._do_launch(arguments)

    async def _do_configurationDone(self, _: Message) -> None:
        await self._need().start()

    async def _after(self, command: str) -> None:
        if command in ("launch", "attach"):
            self._event("initialized")
        elif command == "configurationDone" and self._session is not None:
            self._event("process", {"name": self._program.filename, "startMethod": "launch"})
        elif command == "disconnect":
            self.finished.set()

    async def _do_terminate(self, _: Message) -> None:
        if self._session is not None:
            await self._session.target.terminate()

    async def _do_disconnect(self, arguments: Message) -> None:
        session, self._session = self._session, None
        if session is not None:
            if arguments.get("terminateDebuggee", True) and session.ended is None:
                await session.target.terminate()
            await session.close()

    def _need(self) -> Session:
        if self._session is None:
            raise DebugError("nothing was launched")
        return self._session

    # --- what happens in the program

    def _on_stop(self, stop: Stop) -> None:
        self._stop = stop
        self._variables.clear()
        body: Message = {"reason": stop.reason, "threadId": stop.thread or THREAD, "allThreadsStopped": True}
        if stop.breakpoints:
            body["hitBreakpointIds"] = list(stop.breakpoints)
        if stop.text:
            body["text"] = body["description"] = stop.text
        self._event("stopped", body)

    def _on_end(self, end: Ended) -> None:
        if end.exception:
            program = self._program
            self._output(format_chain(program.image, end.trace, end.exception, end.earlier, program.source), "stderr")
        self._event("exited", {"exitCode": 1 if end.exception else 0})
        self._event("terminated")

    # --- breakpoints

    def _file(self, source: Message) -> str:
        """The program's name of a file that the client has."""
        path = str(source.get("path") or source.get("name") or "")
        session = self._need()
        for file in session.lines.files:
            if path == self._path(file) or path == file:
                return file
        name = PurePath(path.replace("\\", "/")).name
        matches = [file for file in session.lines.files if PurePath(file).name == name]
        return matches[0] if len(matches) == 1 else ""

    def _path(self, file: str) -> str:
        program = self._program
        if not program.path or file == program.filename:
            return program.path
        # The program's own name tells how deep its main file lies in its folder.
        depth = max(1, len(PurePath(program.filename).parts))
        return str(PurePath(program.path).parents[depth - 1] / file)

    def _source(self, place: Place) -> Message:
        path = self._path(place.file)
        if path:
            return {"name": PurePath(place.file).name, "path": path}
        return {"name": PurePath(place.file).name, "sourceReference": 1}

    async def _do_setBreakpoints(self, arguments: Message) -> Message:
        wanted = [
            Breakpoint(
                0,
                "",
                int(each["line"]),
                0,
                (),
                condition=str(each.get("condition") or ""),
                hit_condition=str(each.get("hitCondition") or ""),
                log=str(each.get("logMessage") or ""),
            )
            for each in arguments.get("breakpoints", [])
        ]
        file = self._file(arguments.get("source", {}))
        if not file:
            return {"breakpoints": [{"verified": False, "message": "not a file of the program"} for _ in wanted]}
        placed = await self._need().set_breakpoints(file, wanted)
        source = self._source(Place(file, 0, ""))
        return {
            "breakpoints": [
                {"id": b.number, "verified": True, "line": b.line, "source": source}
                if b.line
                else {"id": b.number, "verified": False, "message": "no code from this line on"}
                for b in placed
            ]
        }

    async def _do_breakpointLocations(self, arguments: Message) -> Message:
        file = self._file(arguments.get("source", {}))
        first = int(arguments["line"])
        last = int(arguments.get("endLine") or first)
        lines = self._need().lines.lines_with_code(file) if file else []
        return {"breakpoints": [{"line": line} for line in lines if first <= line <= last]}

    async def _do_setExceptionBreakpoints(self, arguments: Message) -> Message:
        options = {str(o["filterId"]): str(o.get("condition") or "") for o in arguments.get("filterOptions") or []}
        names = {*arguments.get("filters", []), *options}
        await self._need().set_exception_filters("raised" in names, "uncaught" in names, options)
        return {"breakpoints": [{"verified": True} for _ in names]}

    # --- going on

    async def _continue(self, mode: Mode) -> None:
        self._stop = None
        session = self._need()
        if mode is Mode.GO:
            await session.go()
        else:
            await session.step(mode)

    async def _do_continue(self, _: Message) -> Message:
        await self._continue(Mode.GO)
        return {"allThreadsContinued": True}

    async def _do_next(self, _: Message) -> None:
        await self._continue(Mode.OVER)

    async def _do_stepIn(self, _: Message) -> None:
        await self._continue(Mode.INTO)

    async def _do_stepOut(self, _: Message) -> None:
        await self._continue(Mode.OUT)

    async def _do_pause(self, _: Message) -> None:
        await self._need().pause()

    # --- looking

    async def _do_threads(self, _: Message) -> Message:
        session = self._need()
        if not session.started or session.ended is not None:
            return {"threads": [{"id": THREAD, "name": "main"}]}
        threads = await session.threads()
        first = threads[0].number
        return {
            "threads": [
                {"id": t.number or THREAD, "name": "main" if t.number == first else f"thread {t.number}"}
                for t in threads
            ]
        }

    async def _thread(self, identity: int) -> int:
        """The number that the VM takes: 0 for the current thread."""
        threads = await self._need().threads()
        return next((t.number & 255 for t in threads if t.number == identity and not t.current), 0)

    async def _do_stackTrace(self, arguments: Message) -> Message:
        thread = await self._thread(int(arguments.get("threadId") or THREAD))
        calls = await self._need().calls(thread)
        first = int(arguments.get("startFrame") or 0)
        count = int(arguments.get("levels") or 0) or len(calls)
        return {
            "totalFrames": len(calls),
            "stackFrames": [
                {
                    "id": thread * FRAMES_OF_A_THREAD + call.index + 1,
                    "name": call.place.name,
                    "line": call.place.line,
                    "column": 1 if call.place.line else 0,
                    **({"source": self._source(call.place)} if call.place.file else {"presentationHint": "subtle"}),
                }
                for call in calls[first : first + count]
            ],
        }

    def _expandable(self, read: Callable[[], Awaitable[list[Member]]]) -> int:
        self._variables.append(read)
        return len(self._variables)

    async def _do_scopes(self, arguments: Message) -> Message:
        session = self._need()
        thread, index = divmod(int(arguments["frameId"]) - 1, FRAMES_OF_A_THREAD)
        local = await session.locals(index, thread)
        scopes = []

        async def locals_() -> list[Member]:
            return await session.locals(index, thread)

        if local or index < len(await session.calls(thread)) - 1:
            scopes.append(
                {"name": "Locals", "presentationHint": "locals", "variablesReference": self._expandable(locals_)}
            )
            self._frames[len(self._variables)] = index
        scopes.append({"name": "Globals", "variablesReference": self._expandable(session.inspector.globals)})
        self._frames[len(self._variables)] = index
        return {"scopes": [{**scope, "expensive": False} for scope in scopes]}

    async def _variable(self, member: Member) -> Message:
        session = self._need()
        value = member.value
        reference = 0
        if session.inspector.has_members(value):
            reference = self._expandable(lambda: session.inspector.members(value))
        shown: Message = {
            "name": member.name,
            "value": await session.inspector.text(value),
            "type": await session.inspector.type_text(value),
            "variablesReference": reference,
        }
        if reference and value.type:
            vm_count = value.word if shown["type"] in ("list", "tuple") else 0
            if vm_count:
                shown["indexedVariables"] = vm_count
        return shown

    async def _do_variables(self, arguments: Message) -> Message:
        members = await self._read(int(arguments["variablesReference"]))
        if arguments.get("filter") == "indexed" or arguments.get("count"):
            start = int(arguments.get("start") or 0)
            count = int(arguments.get("count") or 0) or len(members)
            members = members[start : start + count]
        elif arguments.get("filter") == "named":
            members = [m for m in members if not m.name.startswith("[")]
        return {"variables": [await self._variable(member) for member in members]}

    async def _read(self, reference: int) -> list[Member]:
        if not 0 < reference <= len(self._variables):
            raise DebugError("this variable is of an earlier stop")
        return await self._variables[reference - 1]()

    async def _do_setVariable(self, arguments: Message) -> Message:
        reference, name = int(arguments["variablesReference"]), str(arguments["name"])
        member = next((m for m in await self._read(reference) if m.name == name), None)
        if member is None:
            raise DebugError(f"there is no variable {name}")
        session = self._need()
        await session.set_variable(member, str(arguments["value"]), self._frames.get(reference, 0))
        changed = next(m for m in await self._read(reference) if m.name == name)
        return {"value": await session.inspector.text(changed.value)}

    async def _do_evaluate(self, arguments: Message) -> Message:
        session = self._need()
        text = str(arguments.get("expression", "")).strip()
        if arguments.get("context") == "repl" and text == "heap":
            return {"result": heap_text(await read_heap(session.target.request)), "variablesReference": 0}
        if not session.stopped:
            raise DebugError("the program runs: pause it first")
        thread, index = divmod(int(arguments.get("frameId") or 1) - 1, FRAMES_OF_A_THREAD)
        shown, value = await (await session.evaluator(index, thread)).text(text)
        if value is None:
            return {"result": shown, "variablesReference": 0}
        whole = await self._variable(Member(text, value))
        return {
            "result": whole["value"],
            "type": whole["type"],
            "variablesReference": whole["variablesReference"],
            **({"indexedVariables": whole["indexedVariables"]} if "indexedVariables" in whole else {}),
        }

    async def _do_exceptionInfo(self, _: Message) -> Message:
        session = self._need()
        value = await session.exception()
        if value is None:
            raise DebugError("the program stands at no exception")
        return {
            "exceptionId": await session.inspector.type_text(value),
            "description": await session.inspector.text(value),
            "breakMode": "unhandled"
            if self._stop is not None and session.state and session.state.reason == 5
            else "always",
        }

    async def _do_source(self, _: Message) -> Message:
        return {"content": self._program.source, "mimeType": "text/x-python"}

    async def _do_loadedSources(self, _: Message) -> Message:
        return {"sources": [self._source(Place(file, 0, "")) for file in self._need().lines.files]}
