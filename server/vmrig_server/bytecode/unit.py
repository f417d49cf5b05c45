# SPDX-License-Identifier: Apache-2.0
"""What all functions of a program share while it is compiled: names, constants, globals, natives, functions, classes."""

from __future__ import annotations

import ast
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from .asm import Assembled, Code
from .errors import CompileError, Diagnostic
from .scope import Program, Scope, Target
from .sources import MAIN
from .tables import Native, Tables

if TYPE_CHECKING:
    from .modules import Modules

FIRST_NAME = 1024


@dataclass
class Function:
    """A compiled function, ready for the container."""

    name: str
    qualname: str
    first_line: int
    nargs: int = 0
    nposonly: int = 0
    nkwonly: int = 0
    varargs: bool = False
    varkw: bool = False
    ncells: int = 0
    generator: bool = False
    nregs: int = 1
    parameters: list[str] = field(default_factory=list)
    registers: list[str] = field(default_factory=list)
    filename: str = ""
    code: Assembled = field(default_factory=Assembled)


@dataclass
class ClassInfo:
    """A class statement: `slots` are the attributes its methods assign to self, in the order of first assignment."""

    name: str
    qualname: str
    slots: list[str]
    attr_count: int
    module: str = MAIN


class Pools:
    """What all modules of a program share while they are compiled."""

    def __init__(self) -> None:
        self.functions: list[Function] = []
        self.classes: list[ClassInfo] = []
        self.codes: list[tuple[Function, Code, ast.AST]] = []
        self.names: dict[str, int] = {}
        self.globals: dict[tuple[str, str], int] = {}  # (module, name) -> number
        self.natives: dict[str, int] = {}
        self.native_rows: list[Native] = []
        self.objects: dict[tuple[str, bytes], int] = {}  # (type, contents) -> number among the objects
        self.floats: dict[bytes, int] = {}  # contents -> number among the floats
        self.warnings: list[Diagnostic] = []
        # What is refused, when all of it is looked for; None: the first place is raised.
        self.errors: list[Diagnostic] | None = None

    def check(self) -> None:
        """Raises CompileError when something was refused: of each place once, in the order of the sources."""
        found: dict[tuple[str, int, int], Diagnostic] = {}
        for each in self.errors or ():
            found.setdefault((each.filename, each.line, each.column), each)
        files = {each.filename: n for n, each in reversed(list(enumerate(self.errors or ())))}
        if found:
            raise CompileError(*sorted(found.values(), key=lambda d: (files[d.filename], d.line, d.column)))


class Unit:
    """One module being compiled."""

    def __init__(
        self, tables: Tables, program: Program, filename: str, text: str, modules: Modules, pools: Pools, module: str
    ) -> None:
        self.tables = tables
        self.program = program
        self.filename = filename
        self.source = text.splitlines()
        self.modules = modules
        self.module = module
        self.functions = pools.functions
        self.classes = pools.classes
        self.codes = pools.codes
        self.names = pools.names
        self.globals = pools.globals
        self.natives = pools.natives
        self.native_rows = pools.native_rows
        self.objects = pools.objects
        self.floats = pools.floats
        self.warnings = pools.warnings
        self.errors = pools.errors
        self.function_nodes: dict[ast.AST, int] = {}
        self.class_nodes: dict[ast.ClassDef, int] = {}
        self.class_names: dict[str, list[ast.ClassDef]] = {}
        self.guarded_imports: set[ast.stmt] = set()
        self.docstrings: dict[ast.AST, str] = {}  # of functions, when the program asks for any
        self.guarded_names: set[ast.AST] = set()
        self.uses_float = False
        self.uses_bigint = False

    # --- errors
    def diagnostic(self, node: ast.AST, reason: str, hint: str = "") -> Diagnostic:
        """A place in the source, with columns in characters as an editor counts them."""
        line = getattr(node, "lineno", 1)
        text = self.source[line - 1] if 0 < line <= len(self.source) else ""
        raw = text.encode()
        start = getattr(node, "col_offset", 0)
        column = len(raw[:start].decode(errors="ignore"))
        same_line = getattr(node, "end_lineno", line) == line
        end = len(raw[: getattr(node, "end_col_offset", start + 1)].decode(errors="ignore")) if same_line else len(text)
        return Diagnostic(self.filename, line, column + 1, reason, hint, text, end + 1)

    def fail(self, node: ast.AST, reason: str, hint: str = "") -> NoReturn:
        """Raises CompileError for the place of `node`."""
        raise CompileError(self.diagnostic(node, reason, hint))

    def note(self, node: ast.AST, reason: str, hint: str = "") -> None:
        """As `fail`, but goes on when all errors are looked for."""
        if self.errors is None:
            self.fail(node, reason, hint)
        self.errors.append(self.diagnostic(node, reason, hint))

    def warn(self, node: ast.AST, reason: str, hint: str = "") -> None:
        """Notes something that is likely wrong but has a meaning at run time."""
        self.warnings.append(self.diagnostic(node, reason, hint))

    # --- pools
    def name_id(self, name: str) -> int:
        """The 16-bit id of a name: a static one of the VM, or the program's own."""
        static = self.tables.name_ids.get(name)
        if static is not None:
            return static
        return self.names.setdefault(name, FIRST_NAME + len(self.names))

    def global_number(self, name: str) -> int:
        """The number of a global variable."""
        return self.globals.setdefault((self.module, name), len(self.globals))

    def hidden_global(self, module: str) -> int:
        """The number of the variable that tells whether a module's body has begun."""
        return self.globals.setdefault((module, f"<module {module}>"), len(self.globals))

    def native_number(self, native: Native) -> int:
        """The number of an import of the VM."""
        number = self.natives.get(native.name)
        if number is None:
            number = self.natives[native.name] = len(self.native_rows)
            self.native_rows.append(native)
        return number

    def object_number(self, value: int | str | bytes) -> int:
        """The number of an int, str or bytes constant among the objects of CONST."""
        if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
            self.uses_bigint = True
            words = (value.bit_length() + 31) // 32
            key = ("bigint", struct.pack("<HI", value < 0, words) + abs(value).to_bytes(4 * words, "little"))
        elif isinstance(value, int):
            key = ("int", struct.pack("<q", value))
        elif isinstance(value, str):
            key = ("str", value.encode("utf-8", "surrogatepass"))
        else:
            key = ("bytes", value)
        return self.objects.setdefault(key, len(self.objects))

    def float_number(self, value: float) -> int:
        """The number of a float constant among the floats of CONST; 0.0 and -0.0 are two."""
        self.uses_float = True
        return self.floats.setdefault(struct.pack("<d", value), len(self.floats))

    def target_of(self, scope: Scope, name: str) -> Target | None:
        """What an imported name means in this scope, or None when it is a variable."""
        return scope.find(name).aliases.get(name)
