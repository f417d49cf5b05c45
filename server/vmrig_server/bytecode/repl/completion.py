# SPDX-License-Identifier: Apache-2.0
"""What may stand for the last word of a line that is being typed: modules, their members, names, and attributes as the VM's dir() tells them."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Awaitable, Callable, Iterable

from ..sources import PRELUDE, exported, prelude_text, top_level
from ..tables import Tables

_NAME = r"[^\W\d]\w*"
_MODULE = re.compile(rf"\s*(?:from\s+|import\s+(?:[\w.]+(?:\s+as\s+{_NAME})?\s*,\s*)*)([\w.]*)$")
_MEMBER = re.compile(rf"\s*from\s+([\w.]+)\s+import\s+\(?\s*(?:{_NAME}(?:\s+as\s+{_NAME})?\s*,\s*)*(\w*)$")
_WORD = re.compile(rf"((?:{_NAME}\.)*)((?:{_NAME})?)$")


class Scope:
    """The names that a line can begin with.

    Args:
        tables: of the VM.
        imports: the import statements so far.
        names: variables of the session.
    """

    def __init__(self, tables: Tables, imports: Iterable[ast.Import | ast.ImportFrom], names: Iterable[str]) -> None:
        self._tables = tables
        self.modules: dict[str, str] = {}
        """By the name that they are bound to."""
        self.names = {*names, *tables.members("builtins"), *keyword.kwlist}
        for node in imports:
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                self.names.add(bound)
                if isinstance(node, ast.Import):
                    self.modules[bound] = alias.name if alias.asname else bound
                elif self.is_module(f"{node.module}.{alias.name}"):
                    self.modules[bound] = f"{node.module}.{alias.name}"

    def all_modules(self) -> set[str]:
        """Those that can be imported."""
        return {*self._tables.modules, *(file.stem for file in PRELUDE.glob("*.py"))}

    def is_module(self, name: str) -> bool:
        """Whether it is one, or a package with one in it."""
        return any(each == name or each.startswith(name + ".") for each in self.all_modules())

    def members(self, module: str) -> set[str]:
        """What a module has to import, modules below it among them."""
        found = set(self._tables.members(module))
        text = prelude_text(module.replace(".", "/") + ".py")
        if text is not None:
            tree = ast.parse(text)
            found |= set(exported(tree) or (name for name in top_level(tree) if not name.startswith("_")))
        below = module + "."
        return found | {each[len(below) :].partition(".")[0] for each in self.all_modules() if each.startswith(below)}

    def module_at(self, path: str) -> str | None:
        """The module that `name.name` is."""
        first, _, rest = path.partition(".")
        module = self.modules.get(first)
        if module is None:
            return None
        module = f"{module}.{rest}" if rest else module
        return module if self.is_module(module) else None


async def completions(text: str, scope: Scope, attributes: Callable[[str], Awaitable[list[str]]]) -> list[str]:
    """Words for the last one of `text`, with all before it that belongs to a dotted name; sorted.

    Args:
        text: the line up to the cursor.
        scope: what there is.
        attributes: what dir() says of an expression; empty when it has none.
    """
    before = ""
    if member := _MEMBER.match(text):
        last, found = member[2], scope.members(member[1])
    elif module := _MODULE.match(text):
        last, found = module[1], scope.all_modules()
    else:
        word = _WORD.search(text)
        assert word is not None  # an empty one is always there
        before, last = word[1], word[2]
        path = before[:-1]
        if text[: word.start()].endswith("."):  # of a value that has no name
            found = set()
        elif not path:
            found = scope.names if last else set()
        elif (inside := scope.module_at(path)) is not None:
            found = scope.members(inside)
        else:
            found = set(await attributes(path))
    hidden = last.startswith("_")
    return sorted(before + each for each in found if each.startswith(last) and (hidden or not each.startswith("_")))
