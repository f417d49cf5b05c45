# SPDX-License-Identifier: Apache-2.0
"""Programs for the bytecode VM: compiler, container, verifier, disassembler, tracebacks and the host runner.

Nothing of the rest of the server is imported here, and the parts only when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .compile import CompiledProgram, compile_files, compile_source
    from .container import Container, bind, check_signature, read, sign
    from .disasm import disassemble
    from .errors import BytecodeError, CompileError, ContainerError, Diagnostic, HostRunError, VerifyError
    from .host import HostResult, run_on_host
    from .refusal import explain_refusal
    from .stripping import strip
    from .traceback import format_traceback
    from .verify import verify_image

_HOME = {
    "CompiledProgram": "compile",
    "compile_files": "compile",
    "compile_source": "compile",
    "Container": "container",
    "bind": "container",
    "check_signature": "container",
    "read": "container",
    "sign": "container",
    "strip": "stripping",
    "disassemble": "disasm",
    "BytecodeError": "errors",
    "CompileError": "errors",
    "ContainerError": "errors",
    "Diagnostic": "errors",
    "HostRunError": "errors",
    "VerifyError": "errors",
    "explain_refusal": "refusal",
    "HostResult": "host",
    "run_on_host": "host",
    "format_traceback": "traceback",
    "verify_image": "verify",
}

__all__ = [
    "BytecodeError",
    "CompileError",
    "CompiledProgram",
    "Container",
    "ContainerError",
    "Diagnostic",
    "HostResult",
    "HostRunError",
    "VerifyError",
    "bind",
    "check_signature",
    "compile_files",
    "compile_source",
    "disassemble",
    "explain_refusal",
    "format_traceback",
    "read",
    "run_on_host",
    "sign",
    "strip",
    "verify_image",
]


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value
