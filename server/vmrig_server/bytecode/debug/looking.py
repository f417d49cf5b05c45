# SPDX-License-Identifier: Apache-2.0
"""The half of the Debug Adapter Protocol that only looks: threads, stacks, variables, watches, sources."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from .heap import heap_text, read_heap
from .inspector import Member
from .lines import Place
from .protocol import DebugError, Reason
from .session import Session, Stop

Message = dict[str, Any]
THREAD = 1
"""Of a program that has only one."""
FRAMES_OF_A_THREAD = 1 << 16
"""A frame's id is its thread's times this, and its number, and 1."""
_TYPED = re.compile(r"((?:[A-Za-z_]\w*(?:\[[^\[\]]*\])*\.)*)([A-Za-z_]\w*)?$")


@dataclass(frozen=True, slots=True)
class Program:
    """What is debugged. `path` is where the client has its source; `error` says why there is none."""

    image: bytes = b""
    source: str = ""
    filename: str = ""
    path: str = ""
    error: str = ""


class Looking:
    """Answers from a session's program; the adapter makes the session."""

    def __init__(self) -> None:
        self._program = Program(error="no program was given")
        self._session: Session | None = None
        self._stop: Stop | None = None
        self._variables: list[tuple[Callable[[], Awaitable[list[Member]]], str | None]] = []
        self._frames: dict[int, tuple[int, int]] = {}
        self._base = 1
        """The number of the first line, and column, as the client counts."""

    def _need(self) -> Session:
        if self._session is None:
            raise DebugError("nothing was launched")
        return self._session

    def _shown(self, line: int) -> int:
        """A line as the client counts."""
        return line - 1 + self._base

    def _meant(self, line: object) -> int:
        """A line that the client names."""
        return int(str(line)) + 1 - self._base

    # --- files

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
        """Where the client has a file of the program; empty when it has none."""
        program = self._program
        if not program.path or file == program.filename:
            return program.path
        if self._need().inspector.namespaces.library(file) is not None:
            return ""
        # The program's own name tells how deep its main file lies in its folder.
        depth = max(1, len(PurePath(program.filename).parts))
        return str(PurePath(program.path).parents[depth - 1] / file)

    def _source(self, place: Place) -> Message:
        name, path = PurePath(place.file).name, self._path(place.file)
        if path:
            return {"name": name, "path": path}
        files = self._need().lines.files
        source: Message = {"name": name, "sourceReference": files.index(place.file) + 1 if place.file in files else 0}
        if self._need().inspector.namespaces.library(place.file) is not None:
            source |= {"origin": "library of the VM", "presentationHint": "deemphasize"}
        return source

    async def _do_source(self, arguments: Message) -> Message:
        reference = int((arguments.get("source") or arguments).get("sourceReference") or 0)
        files = self._need().lines.files
        if not 0 < reference <= len(files):
            raise DebugError("there is no such source")
        library = self._need().inspector.namespaces.library(files[reference - 1])
        return {"content": self._program.source if library is None else library, "mimeType": "text/x-python"}

    async def _do_loadedSources(self, _: Message) -> Message:
        return {"sources": [self._source(Place(file, 0, "")) for file in self._need().lines.files]}

    # --- looking

    async def _do_threads(self, _: Message) -> Message:
        session = self._need()
        if not session.started or session.ended is not None:
            return {"threads": [{"id": THREAD, "name": "main"}]}
        threads = await session.threads()
        names = await session.thread_names() if len(threads) > 1 and session.stopped else {}
        first = threads[0].number
        return {
            "threads": [
                {
                    "id": t.number or THREAD,
                    "name": "main" if t.number == first else names.get(t.number, f"thread {t.number}"),
                }
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
                    "line": self._shown(call.place.line) if call.place.line else 0,
                    "column": self._base if call.place.line else 0,
                    **({"source": self._source(call.place)} if call.place.file else {"presentationHint": "subtle"}),
                }
                for call in calls[first : first + count]
            ],
        }

    def _expandable(self, read: Callable[[], Awaitable[list[Member]]], path: str | None = None) -> int:
        """`path`: what a watch calls the value whose parts these are; "" for those of a scope, None when it cannot."""
        self._variables.append((read, path))
        return len(self._variables)

    async def _do_scopes(self, arguments: Message) -> Message:
        session = self._need()
        thread, index = _frame(arguments["frameId"])
        local = await session.locals(index, thread)
        scopes = []

        async def locals_() -> list[Member]:
            return await session.locals(index, thread)

        async def globals_() -> list[Member]:
            return await session.globals(index, thread)

        if local or index < len(await session.calls(thread)) - 1:
            scopes.append(
                {"name": "Locals", "presentationHint": "locals", "variablesReference": self._expandable(locals_, "")}
            )
            self._frames[len(self._variables)] = thread, index
        scopes.append({"name": "Globals", "variablesReference": self._expandable(globals_, "")})
        self._frames[len(self._variables)] = thread, index
        return {"scopes": [{**scope, "expensive": False} for scope in scopes]}

    async def _variable(self, member: Member, path: str | None) -> Message:
        """`path`: of what it is a part, as `_expandable` has it."""
        session = self._need()
        value = member.value
        name = None
        if path is not None:
            part = member.name if not path or member.name.startswith("[") else "." + member.name
            name = path + part if member.name.isidentifier() or member.name.startswith("[") else None
        reference = 0
        if session.inspector.has_members(value):
            reference = self._expandable(lambda: session.inspector.members(value), name)
        shown: Message = {
            "name": member.name,
            "value": await session.inspector.text(value),
            "type": await session.inspector.type_text(value),
            "variablesReference": reference,
        }
        if name:
            shown["evaluateName"] = name
        if member.place is None:
            shown["presentationHint"] = {"attributes": ["readOnly"]}
        if reference and value.type and shown["type"] in ("list", "tuple") and value.word:
            shown["indexedVariables"] = value.word
        return shown

    async def _do_variables(self, arguments: Message) -> Message:
        members, path = await self._read(int(arguments["variablesReference"]))
        if arguments.get("filter") == "indexed" or arguments.get("count"):
            start = int(arguments.get("start") or 0)
            count = int(arguments.get("count") or 0) or len(members)
            members = members[start : start + count]
        elif arguments.get("filter") == "named":
            members = [m for m in members if not m.name.startswith("[")]
        return {"variables": [await self._variable(member, path) for member in members]}

    async def _read(self, reference: int) -> tuple[list[Member], str | None]:
        if not 0 < reference <= len(self._variables):
            raise DebugError("this variable is of an earlier stop")
        read, path = self._variables[reference - 1]
        return await read(), path

    async def _do_setVariable(self, arguments: Message) -> Message:
        reference, name = int(arguments["variablesReference"]), str(arguments["name"])
        member = next((m for m in (await self._read(reference))[0] if m.name == name), None)
        if member is None:
            raise DebugError(f"there is no variable {name}")
        session = self._need()
        thread, index = self._frames.get(reference, (0, 0))
        await session.set_variable(member, str(arguments["value"]), index, thread)
        members, path = await self._read(reference)
        new = next((m for m in members if m.name == name), None)
        if new is None:
            raise DebugError(f"there is no variable {name} any more")
        changed = await self._variable(new, path)
        return {key: changed[key] for key in ("value", "type", "variablesReference")}

    async def _do_evaluate(self, arguments: Message) -> Message:
        session = self._need()
        text = str(arguments.get("expression", "")).strip()
        if arguments.get("context") == "repl" and text == "heap":
            return {"result": heap_text(await read_heap(session.target.request)), "variablesReference": 0}
        if not session.stopped:
            raise DebugError("the program runs: pause it first")
        thread, index = _frame(arguments.get("frameId") or 1)
        shown, value = await (await session.evaluator(index, thread)).text(text)
        if value is None:
            return {"result": shown, "variablesReference": 0}
        whole = await self._variable(Member(text, value), None)
        return {
            "result": whole["value"],
            "type": whole["type"],
            "variablesReference": whole["variablesReference"],
            **({"indexedVariables": whole["indexedVariables"]} if "indexedVariables" in whole else {}),
        }

    async def _do_completions(self, arguments: Message) -> Message:
        """Names that go on with what was typed; of an object when a dot stands before them."""
        session = self._need()
        if not session.stopped:
            return {"targets": []}
        lines = str(arguments.get("text", "")).split("\n")
        line = lines[min(int(arguments.get("line") or self._base) - self._base, len(lines) - 1)]
        typed = line[: int(arguments["column"]) - self._base]
        begun = _TYPED.search(typed)
        owner, word = (begun[1], begun[2] or "") if begun is not None else ("", "")
        thread, index = _frame(arguments.get("frameId") or 1)
        evaluator = await session.evaluator(index, thread)
        names = await evaluator.names_in(owner[:-1]) if owner else evaluator.names
        start = self._base + len(typed) - len(word)
        targets = [
            {"label": n, "start": start, "length": len(word)}
            for n in names
            if n.startswith(word) and (word or not n.startswith("__"))
        ]
        return {"targets": targets}

    async def _do_exceptionInfo(self, _: Message) -> Message:
        session = self._need()
        value = await session.exception()
        if value is None:
            raise DebugError("the program stands at no exception")
        kind, text = await session.inspector.type_text(value), await session.inspector.text(value)
        places = [c.place for c in reversed(await session.calls()) if c.place.file]
        return {
            "exceptionId": kind,
            "description": text,
            "breakMode": "unhandled" if session.state and session.state.reason is Reason.UNCAUGHT else "always",
            "details": {
                "message": text,
                "typeName": kind,
                "stackTrace": "\n".join(f'File "{p.file}", line {p.line}, in {p.name}' for p in places),
            },
        }


def _frame(identity: Any) -> tuple[int, int]:
    """The thread and the place in its stack that a frame's number is of."""
    thread, index = divmod(int(identity) - 1, FRAMES_OF_A_THREAD)
    if not 0 <= thread <= 255:
        raise DebugError("no such frame")
    return thread, index
