# SPDX-License-Identifier: Apache-2.0
"""The programs that the virtual machine must run byte for byte as CPython does, and what CPython prints for them."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

from vmrig_server.bytecode import CompiledProgram, compile_files

FOLDER = Path(__file__).with_name("programs")
VIRTUAL_TIME = Path(__file__).with_name("virtual_time.py")
PROGRAMS = sorted(FOLDER.glob("*.py"))
# Programs about the wording of errors that an interpreter raises itself; the reference interpreter words them freely.
CPYTHON_WORDING = frozenset(
    {
        "call_errors",
        "wide_calls",
        "abstract_classes",
        "stand_ins",
        "reflection",
        "typing_module",
        "functools_module",
        "dataclasses_module",
        "special_operators",
        "call_forms",
        "exception_flow",
        "derived_from_builtins",
        "containers_in_full",
        "match_stmt",
        "memoryviews",
        "threading_module",  # over natives that CPython has not
        "queue_module",
        "coroutines",  # over coroutines of this VM
        "asyncio_module",
        "asyncio_sync",
        "attributes_of_functions",
        "copy_types_string_modules",
        "array_module",
        "digests_and_base64",
        "enum_module",
        "datetime_module",
        "io_textwrap_modules",
        "statistics_module",
        "re_module",
        "fractions_pprint_modules",
        "random_more",
        "time_json_companions",
        "operator_module",  # a module as a value
        "metaclasses",  # the metaclass is called by the VM
        "metaclasses_more",
        "exception_groups",
        "contexts_and_proxies",
        "names_of_classes",
        "every_attribute",
        "every_builtin",
        "every_builtin_type",
        "every_bytes",
        "every_call",
        "every_class",
        "every_container",
        "every_exception",
        "every_format",
        "every_generator",
        "every_iterator",
        "every_number",
        "every_operator",
        "every_str",
        "every_with",
    }
)


def compiled(path: Path) -> CompiledProgram:
    """The program, with what it imports from the modules that they share."""
    files = {path.name: path.read_bytes()}
    if b"from common." in files[path.name]:
        files |= {shared.relative_to(FOLDER).as_posix(): shared.read_bytes() for shared in FOLDER.glob("common/*.py")}
    return compile_files(files, path.name)


@cache
def cpython_output(path: Path) -> str:
    """Standard output of the program under this CPython; it must end without an error."""
    timed = [str(VIRTUAL_TIME)] if b"import asyncio" in path.read_bytes() else []
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *timed, str(path)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    return done.stdout
