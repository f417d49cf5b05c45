# SPDX-License-Identifier: Apache-2.0
"""The Debug Adapter Protocol over a session: one message in, answers and events out. How they are framed is for whoever carries them.

Source of names and fields: the protocol's specification, microsoft.github.io/debug-adapter-protocol, version 1.68.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ..errors import BytecodeError
from ..traceback import format_chain
from .lines import Place
from .looking import THREAD, Looking, Message, Program
from .protocol import DebugError, Mode
from .session import Breakpoint, Listener, Session, Stop
from .target import Ended, Target

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
    "supportsRestartRequest": True,
    "supportsCompletionsRequest": True,
    "completionTriggerCharacters": ["."],
    "supportsDelayedStackTraceLoading": True,
    "supportTerminateDebuggee": True,
    "exceptionBreakpointFilters": [
        {"filter": "uncaught", "label": "Uncaught exceptions", "default": True, "supportsCondition": True},
        {"filter": "raised", "label": "Raised exceptions", "default": False, "supportsCondition": True},
    ],
}


class Adapter(Looking):
    """Talks to one client.

    Args:
        connect: makes the target of a program: a VM in this process, or a board.
        send: takes messages to the client, in order.
    """

    def __init__(
        self, connect: Callable[[Program, Message], Awaitable[Target]], send: Callable[[Message], None]
    ) -> None:
        super().__init__()
        self._connect = connect
        self._send_message = send
        self._sequence = 0
        self._launch: Message = {}
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
            if not isinstance(arguments, dict):
                raise TypeError("they are no object")
            body = await handler(arguments)
        except (BytecodeError, OSError) as error:
            self._respond(message, False, error=str(error))
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
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
        if text:
            self._event("output", {"category": category, "output": text})

    # --- life

    async def _do_initialize(self, arguments: Message) -> Message:
        self._base = 0 if arguments.get("linesStartAt1") is False else 1
        return CAPABILITIES

    async def _do_launch(self, arguments: Message) -> None:
        if self._session is not None:
            raise DebugError("a program has been launched already: ask for a restart")
        self._launch = arguments
        self._session = await self._new_session()
        self._session.stop_on_entry = bool(arguments.get("stopOnEntry"))

    async def _new_session(self) -> Session:
        if self._program.error:
            raise DebugError(self._program.error)
        target = await self._connect(self._program, self._launch)
        listener = Listener(
            on_output=lambda data: self._output(data.decode("utf-8", "replace"), "stdout"),
            on_log=lambda text: self._output(text + "\n", "console"),
            on_stop=self._on_stop,
            on_end=self._on_end,
        )
        return Session(self._program.image, target, listener)

    async def _do_restart(self, arguments: Message) -> None:
        """The program from its beginning, as its file is now; breakpoints stay."""
        before = self._need()
        given = arguments.get("arguments")
        self._launch = given if isinstance(given, dict) else self._launch
        after = await self._new_session()
        after.take_over(before)
        after.stop_on_entry = bool(self._launch.get("stopOnEntry"))
        await before.close()
        self._session, self._stop = after, None
        await after.start()

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

    async def _do_setBreakpoints(self, arguments: Message) -> Message:
        wanted = [
            Breakpoint(
                0,
                "",
                self._meant(each["line"]),
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
                {"id": b.number, "verified": True, "line": self._shown(b.line), "source": source}
                if b.line
                else {"id": b.number, "verified": False, "message": "no code from this line on"}
                for b in placed
            ]
        }

    async def _do_breakpointLocations(self, arguments: Message) -> Message:
        file = self._file(arguments.get("source", {}))
        first = self._meant(arguments["line"])
        last = self._meant(arguments.get("endLine", arguments["line"]))
        lines = self._need().lines.lines_with_code(file) if file else []
        return {"breakpoints": [{"line": self._shown(line)} for line in lines if first <= line <= last]}

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
