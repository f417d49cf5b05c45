# SPDX-License-Identifier: Apache-2.0
"""Programs of a grammar: text, calls, classes and containers. Each prints a line per step, the errors with their messages.

What they print depends on no address, no hash and no garbage collector, so that two Pythons must agree byte for byte."""

from __future__ import annotations

from .calls import Calls
from .classes import Classes
from .containers import Containers
from .formats import Formats
from .text import Text

GRAMMARS: dict[str, type[Text | Formats | Calls | Containers | Classes]] = {
    "text": Text,
    "formats": Formats,
    "calls": Calls,
    "containers": Containers,
    "classes": Classes,
}
