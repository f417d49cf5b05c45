# SPDX-License-Identifier: Apache-2.0
"""Errors of the bytecode room: each has a stable code, a sentence, and where the trouble is."""

from __future__ import annotations

from dataclasses import dataclass


class BytecodeError(Exception):
    """Base of everything this package raises on purpose; `code` is stable and machine-readable."""

    code = "bytecode"


@dataclass(frozen=True)
class Diagnostic:
    """A place in a source file and what there is to say about it. Lines and columns count from 1."""

    filename: str
    line: int
    column: int
    reason: str
    hint: str = ""
    source_line: str = ""
    end_column: int = 0

    def render(self, kind: str) -> str:
        """The compiler's usual four lines: place and reason, the source line, carets, and the nearest supported form."""
        lines = [f"{self.filename}:{self.line}:{self.column}: {kind}: {self.reason}"]
        if self.source_line:
            text = self.source_line.rstrip()
            width = max(1, min(self.end_column, len(text) + 1) - self.column) if self.end_column > self.column else 1
            # Tabs stay tabs so that the caret stands under its character in any terminal.
            pad = "".join("\t" if ch == "\t" else " " for ch in text[: self.column - 1])
            lines += ["    " + text, "    " + pad + "^" * width]
        if self.hint:
            lines.append("    help: " + self.hint)
        return "\n".join(lines)


MAX_DIAGNOSTICS = 20


class CompileError(BytecodeError):
    """The source cannot become a program for the VM.

    `diagnostics` tell the places in the order of the source, at most `MAX_DIAGNOSTICS`, each with the reason and the nearest supported form;
    `diagnostic` is the first one, `more` counts those beyond. `str()` renders them with their source lines and carets.
    """

    code = "compile"

    def __init__(self, diagnostic: Diagnostic, *others: Diagnostic) -> None:
        found = (diagnostic, *others)
        self.diagnostic = diagnostic
        self.diagnostics = found[:MAX_DIAGNOSTICS]
        self.more = len(found) - len(self.diagnostics)
        texts = [each.render("error") for each in self.diagnostics]
        if self.more:
            texts.append(f"and {self.more} more")
        super().__init__("\n".join(texts))

    @property
    def line(self) -> int:
        """Line of the trouble, from 1."""
        return self.diagnostic.line

    @property
    def column(self) -> int:
        """Column of the trouble in characters, from 1."""
        return self.diagnostic.column

    @property
    def reason(self) -> str:
        """One sentence without place."""
        return self.diagnostic.reason

    @property
    def hint(self) -> str:
        """The nearest supported form, or empty."""
        return self.diagnostic.hint


class ContainerError(BytecodeError):
    """Bytes that are no .vbc container, or a container that cannot be written so. `offset` is in bytes from its start."""

    code = "container"

    def __init__(self, sentence: str, offset: int = 0) -> None:
        self.sentence = sentence
        self.offset = offset
        super().__init__(f"{sentence} (at offset {offset:#x})")


class VerifyError(BytecodeError):
    """A container that a VM must not run. `code` is the verifier's code name, the same as the board's; `offset` in bytes."""

    def __init__(self, code: str, offset: int, sentence: str) -> None:
        self.code = code
        self.offset = offset
        self.sentence = sentence
        super().__init__(f"{code} at offset {offset:#x}: {sentence}")


class HostRunError(BytecodeError):
    """The host VM refused a program or could not go on with it."""

    code = "host-run"
