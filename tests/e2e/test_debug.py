# SPDX-License-Identifier: Apache-2.0
"""`vmrig debug` as an editor starts it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bytecode.debug.client import Client, Message, Refused

from .conftest import Bench, EmulatedHandle

VMRIG = (sys.executable, "-c", "from vmrig_client.cli.main import main; main()")

SOURCE = "def f(n):\n    m = n * 2\n    return m\ntotal = 0\nfor i in range(3):\n    total += f(i)\nprint(total)\n"


class CommandClient(Client):
    """An adapter behind a pair of streams, framed as the protocol frames it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__()
        self._reader = reader
        self._writer = writer
        self._task = asyncio.create_task(self._read())

    async def send(self, message: Message) -> None:
        data = json.dumps(message).encode()
        self._writer.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        await self._writer.drain()

    async def _read(self) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                header = await self._reader.readuntil(b"\r\n\r\n")
                length = int(header.split(b":")[1])
                self.incoming.put_nowait(json.loads(await self._reader.readexactly(length)))

    def close(self) -> None:
        self._task.cancel()


@contextlib.asynccontextmanager
async def command(bench: Bench, *words: str) -> AsyncIterator[CommandClient]:
    process = await asyncio.create_subprocess_exec(
        *VMRIG,
        "debug",
        *words,
        env=bench.environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None
    client = CommandClient(process.stdout, process.stdin)
    try:
        yield client
        process.stdin.close()
        assert await asyncio.wait_for(process.wait(), 20) == 0
    finally:
        client.close()
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "sums.py"
    path.write_text(SOURCE)
    return path


async def test_an_editor_debugs_a_program_on_the_host(bench: Bench, program: Path) -> None:
    async with command(bench, "--host") as client:
        await client.begin({3: {"condition": "m == 4"}}, str(program))
        await client.event("stopped")
        assert await client.top() == ("f", 3)
        assert {name: v["value"] for name, v in (await client.scope("Locals")).items()} == {"n": "2", "m": "4"}
        assert await client.value("total", 2) == "2"
        await client.ask("continue", threadId=1)
        await client.event("terminated")
        assert client.output() == "6\n"
        await client.ask("disconnect")


async def test_a_program_that_does_not_compile_is_told_in_the_answer_to_launch(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "wrong.py"
    path.write_text("x = = 1\n")
    async with command(bench, str(path)) as client:
        await client.ask("initialize")
        with pytest.raises(Refused, match="line 1, column 5: invalid syntax"):
            await client.ask("launch")
        await client.ask("disconnect")


async def test_a_launch_names_the_board_and_what_it_cannot_have_is_told_in_the_answer(
    bench: Bench, emulated: EmulatedHandle, program: Path
) -> None:
    async with command(bench) as client:
        assert (await client.ask("initialize", adapterID="vmrig"))["supportsRestartRequest"] is True
        with pytest.raises(Refused, match="nobodys"):
            await client.ask("launch", program=str(program), board="nobodys")
        await client.ask("disconnect")
    async with command(bench) as client:
        await client.ask("initialize", adapterID="vmrig")
        with pytest.raises(Refused, match="VM"):  # it has none yet
            await client.ask("launch", program=str(program), board=emulated.alias)
            await client.event("initialized")
            await client.ask("configurationDone")
        assert [lease.board for lease in bench.client.leases()] == [emulated.board]
        await client.ask("disconnect")


def test_the_extension_of_vs_code_names_the_adapter_that_speaks_the_protocol(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "vmrig.vsix"
    done = vmrig(bench, "debug", "--vscode", str(file))
    assert done.returncode == 0 and f"code --install-extension {file}" in done.stderr
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        kinds = archive.read("[Content_Types].xml").decode()
        names = [name for name in archive.namelist() if name != "[Content_Types].xml"]
        assert all(f'Extension="{Path(name).suffix}"' in kinds for name in names)
        manifest = ElementTree.fromstring(archive.read("extension.vsixmanifest"))
        package = json.loads(archive.read("extension/package.json"))
    space = "{http://schemas.microsoft.com/developer/vsx-schema/2011}"
    identity = manifest.find(f"{space}Metadata/{space}Identity")
    assert identity is not None
    assert (identity.get("Publisher"), identity.get("Id")) == (package["publisher"], package["name"])
    assert identity.get("Version") == package["version"]
    (debugger,) = package["contributes"]["debuggers"]
    adapter = [debugger["program"], *debugger["args"]]
    assert Path(adapter[0]).is_absolute()
    hello = b'{"seq": 1, "type": "request", "command": "initialize", "arguments": {"adapterID": "vmrig"}}'
    said = subprocess.run(
        adapter,
        env=bench.environment(),
        input=b"Content-Length: %d\r\n\r\n" % len(hello) + hello,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert b'"supportsConfigurationDoneRequest": true' in said.stdout
    assert vmrig(bench, "debug", "--vscode", str(tmp_path / "vmrig.zip")).returncode == 64
    guide = (Path(__file__).parents[2] / "docs/debugging.md").read_text()
    (launch,) = json.loads(guide.split("```json\n")[1].split("```")[0])["configurations"]
    known = debugger["configurationAttributes"]["launch"]["properties"]
    assert launch["type"] == debugger["type"] and set(launch) <= {"type", "request", "name", *known}


async def test_editors_come_one_after_the_other_over_a_port(bench: Bench, program: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *VMRIG,
        "debug",
        str(program),
        "--port",
        "45317",
        env=bench.environment(),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        assert b"127.0.0.1:45317" in await process.stderr.readline()
        for _ in range(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", 45317)
            client = CommandClient(reader, writer)
            await client.begin([7], str(program))
            await client.event("stopped")
            assert await client.top() == ("<module>", 7)
            await client.ask("disconnect")
            client.close()
            writer.close()
    finally:
        process.terminate()
        await process.wait()


def vmrig(bench: Bench, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*VMRIG, *words], env=bench.environment(), input=stdin, text=True, capture_output=True, timeout=60, check=False
    )


def test_lines_from_a_pipe_run_in_a_repl(bench: Bench, program: Path) -> None:
    typed = "x = 5\nx * 2\ndef g(n):\n    return n + x\n\ng(1)\n1/0\nfor i in range(2):\n    i\n\nprint('end')"
    done = vmrig(bench, "repl", "--host", stdin=typed)
    assert (done.returncode, done.stdout) == (0, "10\n6\n0\n1\nend\n")
    assert done.stderr.endswith("    1/0\nZeroDivisionError: division by zero\n")
    done = vmrig(bench, "repl", "--host", "-i", str(program), stdin="f(total)\n")
    assert done.stdout == "6\n12\n"


def test_a_profile_is_a_table_and_a_file_for_flame_graphs(bench: Bench, program: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    done = vmrig(bench, "run", "--host", str(program), "--profile", str(out))
    assert done.returncode == 0 and done.stdout == "6\n"
    assert " sums.py:6 <module> " in done.stderr and "total += f(i)" in done.stderr
    assert json.loads(out.read_text())["profiles"][0]["type"] == "sampled"
    assert vmrig(bench, "run", "--host", str(program), "--profile", "out.txt").returncode == 64


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app" / "lib").mkdir(parents=True)
    (tmp_path / "app" / "main.py").write_text("import parts\nlimit = 3\nfor i in range(limit):\n    parts.show(i)\n")
    (tmp_path / "app" / "lib" / "parts.py").write_text("def show(n):\n    twice = n * 2\n    print(twice)\n")
    (tmp_path / "app" / "vmrig.toml").write_text('[program]\nmodules = ["", "lib"]\n')
    return tmp_path / "app"


async def test_a_folder_is_debugged_in_all_of_its_files(bench: Bench, folder: Path) -> None:
    parts = str(folder / "lib" / "parts.py")
    async with command(bench, str(folder)) as client:
        await client.begin([3], parts)
        await client.event("stopped")
        frames = (await client.ask("stackTrace", threadId=1))["stackFrames"]
        assert [(f["name"], f["line"], f["source"]["path"]) for f in frames] == [
            ("show", 3, parts),
            ("<module>", 4, str(folder / "main.py")),
        ]
        assert await client.value("twice") == "0" and await client.value("limit", 2) == "3"
        await client.ask("disconnect")


def test_a_folder_is_profiled_and_goes_before_the_lines_of_a_repl(bench: Bench, folder: Path) -> None:
    done = vmrig(bench, "run", "--host", str(folder), "--profile", "-")
    assert (done.returncode, done.stdout) == (0, "0\n2\n4\n") and "lib/parts.py:2" in done.stderr, done.stderr
    done = vmrig(bench, "repl", "-i", str(folder), stdin="limit + i\n")
    assert (done.returncode, done.stdout) == (0, "0\n2\n4\n5\n"), done.stderr
    (folder / "lib" / "parts.py").write_text("def show(n):\n    return eval(n)\n")
    for words in (("run", "--host", str(folder), "--profile", "-"), ("repl", "-i", str(folder))):
        done = vmrig(bench, *words)
        assert done.returncode == 1 and "lib/parts.py:2:12: error: eval()" in done.stderr


async def test_the_configuration_of_the_guide_works_and_wrong_requests_are_answered(
    bench: Bench, program: Path, tmp_path: Path
) -> None:
    guide = (Path(__file__).parents[2] / "docs/debugging.md").read_text()
    (launch,) = json.loads(guide.split("```json\n")[1].split("```")[0])["configurations"]
    launch = {**launch, "program": str(program), "board": "", "__sessionId": "1"}
    async with command(bench) as client:
        able = await client.ask("initialize", clientID="vscode", adapterID=launch["type"], pathFormat="path")
        for name in (
            "supportsConfigurationDoneRequest",
            "supportsConditionalBreakpoints",
            "supportsLogPoints",
            "supportsSetVariable",
        ):
            assert able[name] is True
        filters = [each["filter"] for each in able["exceptionBreakpointFilters"]]
        for wrong in ("threads", "continue", "evaluate", "configurationDone"):
            with pytest.raises(Refused, match="nothing was launched"):
                await client.ask(wrong, threadId=1, expression="1")
        with pytest.raises(Refused, match="is not a file"):
            await client.ask("launch", **{**launch, "program": str(tmp_path / "none.py")})
        await client.ask("launch", **launch)
        await client.event("initialized")
        path = {"path": str(program), "name": program.name}
        await client.ask("setFunctionBreakpoints", breakpoints=[]) if able.get("supportsFunctionBreakpoints") else None
        (placed,) = (await client.ask("setBreakpoints", source=path, breakpoints=[{"line": 2}], lines=[2]))[
            "breakpoints"
        ]
        assert placed["verified"] and placed["line"] == 2
        await client.ask("setExceptionBreakpoints", filters=filters)
        await client.ask("configurationDone")
        await client.event("stopped")
        assert await client.value("n + 40") == "40"
        for expression, said in (("nope", "not defined"), ("n +", "invalid syntax"), ("print(1)", "does not call")):
            with pytest.raises(Refused, match=said):
                await client.value(expression)
        with pytest.raises(Refused, match="not known"):
            await client.ask("restartFrame", frameId=1)
        with pytest.raises(Refused, match="earlier stop"):
            await client.ask("variables", variablesReference=9999)
        with pytest.raises(Refused):
            await client.ask("scopes", frameId="x")
        await client.ask("setBreakpoints", source=path, breakpoints=[])
        await client.ask("continue", threadId=1)
        assert await client.event("exited") == {"exitCode": 0}
        await client.event("terminated")
        await client.ask("disconnect")
