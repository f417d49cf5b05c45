# SPDX-License-Identifier: Apache-2.0
"""Which module a global variable is of, and what a name that a module imports means, from a container's DEBUG section."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator

from ..modules import FIRST_MODULE
from ..sources import MAIN, prelude_text
from ..view import View

_CONSTANT = 2
"""Tag of a constant's word; modules are the constants from FIRST_MODULE on."""


class Namespaces:
    """Of one program. Modules are known by their numbers, the main one is 0; one of an older compiler has a single module."""

    def __init__(self, view: View) -> None:
        self._names = view.globals
        rows = view.debug.get("modules") or [[MAIN, view.filename, {}]]
        self.names: list[str] = [str(name) for name, _, _ in rows]
        self._files: list[str] = [str(file) for _, file, _ in rows]
        self._imports: list[dict[str, str]] = [imports for _, _, imports in rows]
        self._digests: dict[str, str] = view.debug.get("sources", {})
        self._first = [0]
        self._owners = []
        for module, count in view.debug.get("globals") or [[0, len(self._names)]]:
            self._owners.append(int(module))
            self._first.append(self._first[-1] + int(count))

    def of_file(self, file: str) -> int:
        """The module that a source file is."""
        return self._files.index(file) if file in self._files else 0

    def owner(self, number: int) -> int:
        """The module of a global variable."""
        return self._owners[min(bisect_right(self._first, number), len(self._owners)) - 1]

    def variable(self, number: int) -> str:
        """The name of a global variable; empty for the one that tells whether a module's body has begun."""
        name = self._names[number] if number < len(self._names) else f"global#{number}"
        return "" if name.startswith("<") else name

    def imports(self, module: int) -> Iterator[tuple[str, int, str]]:
        """Of the names that a module imports from others of the program: (name, module, variable of that or "")."""
        for name, dotted in self._imports[module].items():
            if dotted in self.names:
                yield name, self.names.index(dotted), ""
                continue
            owner, _, member = dotted.rpartition(".")
            if owner in self.names:
                yield name, self.names.index(owner), member

    def library(self, file: str) -> str | None:
        """The text of a file that came with vmrig, not with the program."""
        text = prelude_text(file)
        known = text is not None and hashlib.sha256(text.encode()).hexdigest() == self._digests.get(file)
        return text if known else None


def module_word(number: int) -> int:
    """A module as a value of the VM."""
    return (FIRST_MODULE + number) << 3 | _CONSTANT


def module_of_word(raw: int) -> int | None:
    """The number of the module that a value is, if it is one."""
    return (raw >> 3) - FIRST_MODULE if raw & 7 == _CONSTANT and raw >> 3 >= FIRST_MODULE else None
