# SPDX-License-Identifier: Apache-2.0
"""One VM a chip: what every function of the VM is given first, its `vm *vm`, is on a chip always the same address. So an image is built without that
parameter: each call that no longer moves it into a register saves two bytes, and each function a register. The address is in a register that nothing
else uses, r9 on Arm and tp on RISC-V, instead of among the constants of each function; link/firmware/main.c sets it.

The preprocessed source is rewritten: the first parameter of type `vm *` goes from all declarations, definitions and pointers to functions, the first
argument from all calls of them, and what else says `vm` means the object VM, which link/firmware/main.c defines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

VM = "vm_memory"
"""The VM of the chip, of type `vm`; heap follows it."""
IN_REGISTER = 3
"""A function that uses the VM so often has a variable for its address."""
DECLARED = f"""struct vm; extern struct vm {VM};
#ifdef __riscv
static inline __attribute__((always_inline)) struct vm *vm_here(void) {{ struct vm *here; __asm("mv %0, tp" : "=r"(here)); return here; }}
#else
static inline __attribute__((always_inline)) struct vm *vm_here(void) {{ struct vm *here; __asm("mov %0, r9" : "=r"(here)); return here; }}
#endif
"""

_TOKEN = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|[A-Za-z_]\w*|->|\d[\w.]*|^\#[^\n]*|\s+|.', re.MULTILINE | re.DOTALL
)
_KEYWORDS = frozenset({"if", "while", "return", "switch", "sizeof", "for", "else", "case", "do"})
_OTHERS = frozenset({"memset", "memcpy", "memmove", "memcmp"})
"""Functions that take any pointer first."""


def without_parameter(source: str) -> str:
    """The preprocessed C source, rewritten. It names the VM `vm` wherever it has it as a parameter or local variable (core/state.h)."""
    return DECLARED + _Rewriter(_TOKEN.findall(source)).run()


class _Rewriter:
    def __init__(self, tokens: Sequence[str]) -> None:
        self._t = tokens
        self._out: list[str] = []
        self._uses: list[int] = []  # of the VM in the function in hand: where in `_out`
        self._functions = {
            tokens[name]
            for i, token in enumerate(tokens)
            if token == "(" and self._parameter(i) and _is_name(tokens[name := self._next(i, -1)])
        }

    def run(self) -> str:
        depth = at = body = 0
        dropped = False  # the declaration in hand had the parameter
        while at < len(self._t):
            token = self._t[at]
            if token == "{":
                if depth == 0:
                    body, self._uses = len(self._out), []
                depth += 1
            elif token == "}":
                depth -= 1
                if depth == 0:
                    self._end_body(body, dropped)
                    dropped = False
            elif token == ";" and depth == 0:
                dropped = False
            elif token == "(" and (end := self._parameter(at)):
                dropped |= depth == 0
                at = self._without(end, "void")
                continue
            elif token == "(" and self._is_call(at):
                at = self._without(self._argument_end(at), "")
                continue
            elif token == "vm" and self._is_expression(at):
                if depth:
                    self._uses.append(len(self._out))
                else:
                    token = f"(&{VM})"
            self._out.append(token)
            at += 1
        return "".join(self._out)

    def _end_body(self, body: int, dropped: bool) -> None:
        if dropped and len(self._uses) >= IN_REGISTER:
            self._out[body] = "{ struct vm *vm = vm_here();"
        else:
            for use in self._uses:
                self._out[use] = "vm_here()"

    def _without(self, end: int, alone: str) -> int:
        """Opens a parenthesis; what to go on with, when its first item ends at `end`."""
        self._out.append("(")
        if self._t[end] == ",":
            return end + 1
        self._out.append(alone)
        return end

    def _next(self, at: int, step: int = 1) -> int:
        at += step
        while 0 <= at < len(self._t) and (self._t[at].isspace() or self._t[at][0] == "#"):
            at += step
        return at

    def _parameter(self, at: int) -> int | None:
        """The end of the first parameter behind a parenthesis, when that is the VM."""
        at = self._next(at)
        while self._t[at] in ("const", "struct"):
            at = self._next(at)
        if self._t[at] != "vm":
            return None
        at = self._next(at)
        if self._t[at] != "*":
            return None
        at = self._next(at)
        if self._t[at] == "vm":
            at = self._next(at)
        return at if self._t[at] in ",)" else None

    def _argument_end(self, at: int) -> int:
        depth = 0
        while True:
            at = self._next(at)
            if depth == 0 and self._t[at] in ",)":
                return at
            depth += (self._t[at] in "([{") - (self._t[at] in ")]}")

    def _is_call(self, at: int) -> bool:
        """Whether this parenthesis is of a call whose first argument is the VM: of a known function, or through a pointer to one."""
        before = self._next(at, -1)
        name = self._t[before]
        if name in self._functions:
            return self._t[self._next(before, -1)] not in (".", "->")
        first = self._next(at)
        if self._t[first] != "vm" or self._t[self._next(first)] not in ",)":
            return False
        return name in ")]" or (_is_name(name) and name not in _KEYWORDS | _OTHERS)

    def _is_expression(self, at: int) -> bool:
        """Whether this `vm` is the variable, not the type, a member, or where it is declared."""
        before = self._next(at, -1)
        token = self._t[before]
        if _is_name(token):
            return token in _KEYWORDS
        if token in (".", "->") or self._t[self._next(at)] == "*":
            return False
        ahead = self._t[self._next(before, -1)]
        return not (token == "(" and ahead == "sizeof") and not (token == "*" and ahead in ("vm", "void"))


def _is_name(token: str) -> bool:
    return token[0].isalpha() or token[0] == "_"
