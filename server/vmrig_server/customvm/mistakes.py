# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a custom board's template: where, about what, and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vmrig_server.errors import VmrigError


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake in a template."""

    line: int
    """From 1; 0: there is no place to point at."""
    column: int
    code: str
    """Stable, upper snake case: ``PIN_UNDEFINED``."""
    subject: str
    """The pad, pin, class or peripheral in question, as the template writes it."""
    sentence: str
    allowed: str = ""
    """What may stand there; empty when the sentence says all."""
    warning: bool = False
    """It compiles nevertheless."""

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}: " if self.line else ""
        allowed = f" (allowed: {self.allowed})" if self.allowed else ""
        return f"{place}{self.code}: {self.sentence}{allowed}"


class TemplateError(VmrigError):
    """A template does not compile.

    Attributes:
        mistakes: all that were found, in the order of the text, warnings too.
    """

    def __init__(self, mistakes: Sequence[Mistake], path: str = "") -> None:
        self.mistakes = tuple(sorted(mistakes))
        errors = [mistake for mistake in self.mistakes if not mistake.warning]
        first = errors[0]
        place = f"{path or 'template'}:{first.line}:{first.column}: " if first.line else f"{path}: " if path else ""
        more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        super().__init__(
            "TEMPLATE_INVALID",
            f"{place}{first.sentence}{more}",
            evidence=[str(mistake) for mistake in errors],
            next_command=f"$EDITOR {path}" + (f" +{first.line}" if first.line else "") if path else "",
        )
        self.line = first.line
        self.column = first.column


def near(name: str, known: Iterable[str]) -> str:
    """``; did you mean X?`` when something similar is known, else empty."""
    found = difflib.get_close_matches(name, list(known), n=2)
    return f"; did you mean {' or '.join(found)}?" if found else ""
