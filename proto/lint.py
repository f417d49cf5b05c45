# SPDX-License-Identifier: Apache-2.0
"""Holds the contract to its own style: compiles without warnings, names by the protobuf style guide, a comment on every service.

python proto/lint.py
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet

ROOT = Path(__file__).resolve().parent
CAMEL = re.compile(r"^[A-Z][A-Za-z0-9]*$")
SNAKE = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
VERBS = (
    "Get", "List", "Watch", "Create", "Delete", "Set", "Remove", "Request", "Renew", "Release", "Cancel", "Upload", "Register", "Flash",
    "Erase", "Reset", "Virtualize", "Compile", "Run", "Read", "Write", "Drive", "Build", "Export",
    "Import", "Check", "Decompile",
)  # fmt: skip


def main() -> int:
    """Prints what is wrong; the exit code is 1 when something is."""
    files = sorted(ROOT.glob("vmrig/v1/*.proto"))
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "set.pb"
        command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT}", "--include_source_info", "--fatal_warnings"]
        done = subprocess.run([*command, f"--descriptor_set_out={output}", *map(str, files)], check=False)
        if done.returncode:
            return 1
        described = FileDescriptorSet.FromString(output.read_bytes())
    problems = [problem for file in described.file for problem in _check(file)]
    for problem in problems:
        sys.stderr.write(problem + "\n")
    sys.stdout.write(f"{len(files)} proto files, {len(problems)} problems\n")
    return 1 if problems else 0


def _check(file: FileDescriptorProto) -> list[str]:
    problems = []
    commented = {tuple(place.path) for place in file.source_code_info.location if place.leading_comments.strip()}
    for index, service in enumerate(file.service):
        if (6, index) not in commented:
            problems.append(f"{file.name}: service {service.name} has no comment")
        for method in service.method:
            if not method.name.startswith(VERBS):
                problems.append(f"{file.name}: {service.name}.{method.name} does not begin with a known verb")
            if method.input_type.rpartition(".")[2] != f"{method.name}Request":
                problems.append(f"{file.name}: {service.name}.{method.name} takes {method.input_type}")
    for message in file.message_type:
        problems += _check_message(file.name, message)
    for enum in file.enum_type:
        problems += _check_enum(file.name, enum)
    return problems


def _check_message(file: str, message: DescriptorProto) -> list[str]:
    problems = [] if CAMEL.match(message.name) else [f"{file}: message {message.name} is not CamelCase"]
    problems += [
        f"{file}: {message.name}.{field.name} is not snake_case"
        for field in message.field
        if not SNAKE.match(field.name)
    ]
    for nested in message.nested_type:
        if not nested.options.map_entry:
            problems += _check_message(file, nested)
    for enum in message.enum_type:
        problems += _check_enum(file, enum)
    return problems


def _check_enum(file: str, enum: EnumDescriptorProto) -> list[str]:
    prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", enum.name).upper() + "_"
    problems = [
        f"{file}: {value.name} does not begin with {prefix}"
        for value in enum.value
        if not value.name.startswith(prefix)
    ]
    if enum.value[0].name != f"{prefix}UNSPECIFIED":
        problems.append(f"{file}: the first value of {enum.name} is not {prefix}UNSPECIFIED")
    return problems


if __name__ == "__main__":
    sys.exit(main())
