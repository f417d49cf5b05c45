# SPDX-License-Identifier: Apache-2.0
"""Requests of any shape to every method of every service, by reflection of the contract.

python -m tests.rpc.wild [SECONDS [FIRST_SEED]]   against a service with a fake agent; ends with what the service did not foresee
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from grpc_status import rpc_status
from vmrig.v1 import (
    boards_pb2,
    consoles_pb2,
    custom_vms_pb2,
    debug_pb2,
    emulator_pb2,
    emulator_pb2_grpc,
    flash_pb2,
    jobs_pb2,
    leases_pb2,
    programs_pb2,
    system_pb2,
    vms_pb2,
)

from vmrig_server.app import serve
from vmrig_server.bytecode import compile_source
from vmrig_server.config import Config

FILES = [
    boards_pb2, consoles_pb2, custom_vms_pb2, debug_pb2, emulator_pb2, flash_pb2, jobs_pb2, leases_pb2, programs_pb2, system_pb2, vms_pb2,
]  # fmt: skip
DEADLINE_S = 3.0
ANSWERS_MAX = 5
REQUESTS_MAX = 4

TEXTS = [
    "", "a", "boards/", "boards/alpha", "alpha", "any", "target:microbit_v2", "label:k=v", "leases/1", "leases/", "jobs/1",
    "jobs/999999999999999999999", "vms/x", "customVms/blinky", "blinky", "../../etc/passwd", "/dev/zero", "con", "a\0b", "\ufeff", "é" * 300, "x" * 70_000,
    "\U0010ffff", "\n", "%s%n{}", "-1", "0", "1", "18446744073709551616", "microbit_v2", "nrf52840_dk", "rpi_pico", "bare", "vrt", "P0.13", "LED0", "main.py",
    "sub/../main.py", "print(1)\n", "x = = 1", "*", "target:", "label:", "label:=", "a" * 64, "sha256:" + "a" * 64, "[", "(?", "ext::sh -c id", "--upload-pack=x",
]  # fmt: skip
NUMBERS = [
    0,
    1,
    2,
    3,
    7,
    255,
    256,
    4096,
    65535,
    65536,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**53,
    2**63 - 1,
    2**63,
    2**64 - 1,
    -1,
    -2,
    -(2**31),
    -(2**63),
]
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.001, 1e-300, 1e300, float("inf"), float("-inf"), float("nan")]
_INTS = {
    FieldDescriptor.TYPE_INT32: (32, True), FieldDescriptor.TYPE_SINT32: (32, True), FieldDescriptor.TYPE_SFIXED32: (32, True),
    FieldDescriptor.TYPE_UINT32: (32, False), FieldDescriptor.TYPE_FIXED32: (32, False),
    FieldDescriptor.TYPE_INT64: (64, True), FieldDescriptor.TYPE_SINT64: (64, True), FieldDescriptor.TYPE_SFIXED64: (64, True),
    FieldDescriptor.TYPE_UINT64: (64, False), FieldDescriptor.TYPE_FIXED64: (64, False),
}  # fmt: skip


def methods() -> list[MethodDescriptor]:
    """All of the contract."""
    return [
        method for file in FILES for service in file.DESCRIPTOR.services_by_name.values() for method in service.methods
    ]


@dataclass
class Maker:
    """Makes messages; `heard` are names that the service has told, by the field that they were in, so that some requests get far."""

    random: random.Random
    heard: dict[str, list[str]]
    image: bytes

    def hear(self, answer: Any) -> None:
        """Remembers what it tells."""
        for name, text in islice(names_in(answer), 20):
            known = self.heard.setdefault(name, [])
            if text not in known:
                known.append(text)
                del known[:-30]

    def fill(self, message: Any, depth: int = 0) -> Any:
        """The message with some of its fields set."""
        for field in message.DESCRIPTOR.fields:
            if self.random.random() < (0.25 if depth < 2 else 0.5):
                continue
            if field.message_type is not None and depth > 4:
                continue
            self._set(message, field, depth)
        return message

    def _set(self, message: Any, field: FieldDescriptor, depth: int) -> None:
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            self._map(getattr(message, field.name), field.message_type)
        elif field.is_repeated:
            count = self.random.choice((0, 1, 1, 2, 5, 300))
            for _ in range(count):
                if field.message_type is not None:
                    self.fill(getattr(message, field.name).add(), depth + 1)
                else:
                    getattr(message, field.name).append(self.value(field))
        elif field.message_type is not None:
            child = getattr(message, field.name)
            child.SetInParent()
            self.fill(child, depth + 1)
        else:
            setattr(message, field.name, self.value(field))

    def _map(self, into: Any, entry: Any) -> None:
        key, value = entry.fields_by_name["key"], entry.fields_by_name["value"]
        for _ in range(self.random.choice((0, 1, 2))):
            if value.message_type is not None:
                self.fill(into[self.value(key)], 3)
            else:
                into[self.value(key)] = self.value(value)

    def value(self, field: FieldDescriptor) -> Any:
        """A value of a plain field."""
        pick = self.random
        if field.type == FieldDescriptor.TYPE_STRING:
            fitting = self.heard.get(field.name) or self.heard.get("name", [])
            return pick.choice(fitting) if fitting and pick.random() < 0.6 else pick.choice(TEXTS)
        if field.type == FieldDescriptor.TYPE_BYTES:
            junk = pick.randbytes(pick.choice((1, 4, 64, 5000)))
            texts = [
                b"",
                b"\0",
                junk,
                self.image,
                self.image[:-1],
                b"print(1)\n",
                b"\xff",
                b"\x89PNG",
                b"UF2\n" + junk,
                b"\x7fELF" + junk,
            ]
            return pick.choice(texts)
        if field.type == FieldDescriptor.TYPE_BOOL:
            return pick.random() < 0.5
        if field.type == FieldDescriptor.TYPE_ENUM:
            return pick.choice((0, 1, 2, 3, 4, 99, -1, 2**31 - 1))
        if field.type in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT):
            return pick.choice(FLOATS)
        bits, signed = _INTS[field.type]
        number = pick.choice(NUMBERS) % (1 << bits)
        return number - (1 << bits) if signed and number >> (bits - 1) else number


def names_in(message: Any) -> Iterator[tuple[str, str]]:
    """Short texts that an answer holds, with the fields that they may fill: names, ids, tokens."""
    for field, value in message.ListFields():
        values = value if field.is_repeated and not isinstance(value, dict) else [value]
        for one in list(values)[:5]:
            if isinstance(one, str) and 0 < len(one) < 80:
                yield field.name, one
                if field.name == "name":  # boards/x is also what a field called board takes
                    yield one.partition("/")[0].removesuffix("s"), one
            elif field.message_type is not None and not field.message_type.GetOptions().map_entry:
                yield from names_in(one)


async def call(channel: grpc.aio.Channel, method: MethodDescriptor, maker: Maker) -> tuple[grpc.StatusCode, str]:
    """One call with wild requests: the status that it ended with, and the error's code."""
    kind_of = message_factory.GetMessageClass
    request_kind, answer_kind = kind_of(method.input_type), kind_of(method.output_type)
    path = f"/{method.containing_service.full_name}/{method.name}"
    coders = {"request_serializer": request_kind.SerializeToString, "response_deserializer": answer_kind.FromString}
    requests = [maker.fill(request_kind()) for _ in range(maker.random.randrange(1, REQUESTS_MAX))]

    async def given() -> AsyncIterator[Any]:
        for request in requests:
            yield request

    if method.client_streaming:
        kind = channel.stream_stream if method.server_streaming else channel.stream_unary
    else:
        kind = channel.unary_stream if method.server_streaming else channel.unary_unary
    running: Any = kind(path, **coders)(given() if method.client_streaming else requests[0], timeout=DEADLINE_S)
    try:
        if method.server_streaming:
            for _ in range(ANSWERS_MAX):
                answer = await asyncio.wait_for(running.read(), 0.3)
                if answer is grpc.aio.EOF:
                    break
                maker.hear(answer)
            running.cancel()
        else:
            maker.hear(await running)
    except TimeoutError:
        running.cancel()
    except grpc.aio.AioRpcError as error:
        status = rpc_status.from_call(error)
        code = ""
        if status is not None and status.details:
            from google.rpc import error_details_pb2

            info = error_details_pb2.ErrorInfo()
            status.details[0].Unpack(info)
            code = info.reason
        return error.code(), code or error.details() or ""
    except asyncio.CancelledError:
        return grpc.StatusCode.CANCELLED, ""
    return grpc.StatusCode.OK, ""


@asynccontextmanager
async def service(home: Path) -> AsyncIterator[grpc.aio.Channel]:
    """A service with its real parts and two emulated boards."""
    os.environ["VMRIG_HOME"] = str(home)
    async with (
        await serve(Config(home, system_usb=False)) as running,
        grpc.aio.insecure_channel(running.address) as channel,
    ):
        stub = emulator_pb2_grpc.EmulatorStub(channel)
        for target in ("microbit_v2", "esp32c3_devkitm"):
            await stub.CreateEmulatedBoard(emulator_pb2.CreateEmulatedBoardRequest(target=target), timeout=30)
        yield channel


async def campaign(first: int, seconds: float, most: int = 1 << 60) -> tuple[Counter[str], list[str]]:
    """How calls ended, and those that ended as nobody foresaw."""
    found: list[str] = []
    ends: Counter[str] = Counter()
    every = methods()
    image = compile_source("print(1)\n", "p.py").image
    heard: dict[str, list[str]] = {}
    end, seed = time.monotonic() + seconds, first
    with tempfile.TemporaryDirectory(prefix="vmrig-") as folder:
        async with service(Path(folder)) as channel:
            while time.monotonic() < end and seed - first < most:
                pick = random.Random(seed)
                method = every[seed % len(every)]
                code, text = await call(channel, method, Maker(pick, heard, image))
                ends[text if text.isupper() else code.name] += 1
                if code is grpc.StatusCode.UNKNOWN or text == "INTERNAL":
                    found.append(f"seed {seed}: {method.full_name}: {code.name} {text[:200]}")
                seed += 1
            assert await channel.unary_unary(
                "/vmrig.v1.Boards/ListBoards",
                request_serializer=boards_pb2.ListBoardsRequest.SerializeToString,
                response_deserializer=boards_pb2.ListBoardsResponse.FromString,
            )(boards_pb2.ListBoardsRequest(), timeout=DEADLINE_S)
    return ends, found


def main() -> int:
    """Runs the campaign."""
    logging.basicConfig(level=logging.ERROR, stream=sys.stdout)
    seconds = float(sys.argv[1] if len(sys.argv) > 1 else 60)
    ends, found = asyncio.run(campaign(int(sys.argv[2]) if len(sys.argv) > 2 else 1, seconds))
    sys.stdout.write("\n".join([*found, f"{ends}\n{ends.total()} calls, {len(found)} findings\n"]))
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())
