# SPDX-License-Identifier: Apache-2.0
"""Pictures that come from outside: SVG that a browser may show, because it draws and does no more."""

from __future__ import annotations

import re
from xml.parsers import expat

from vmrig_server.customvm.archive import refused
from vmrig_server.customvm.folders import PICTURE_LIMIT_BYTES

_SVG = "http://www.w3.org/2000/svg"
_MAX_DEPTH = 100
_ELEMENTS_REFUSED = frozenset({"script", "foreignobject", "iframe", "embed", "object", "handler", "listener"})
_LINKS = frozenset({"href", "src"})
_LINKS_ALLOWED = ("#", "data:image/png;", "data:image/jpeg;")
_WAY_OUT = re.compile(r"url\s*\(\s*['\"]?\s*(?!#)|@import|javascript:|\\\\", re.IGNORECASE)
"""Of attributes and style sheets: references to other files, and escapes that hide them."""


def check_picture(path: str, data: bytes) -> None:
    """Refuses what is not a well-formed SVG picture without a document type (and so without entities), scripts, handlers, or ways out of the file.

    Args:
        path: for the message.
        data: the file.

    Raises:
        VmrigError: ``ARCHIVE_REFUSED``.
    """
    if len(data) > PICTURE_LIMIT_BYTES:
        raise refused(f"{path} has more than {PICTURE_LIMIT_BYTES} bytes")
    try:
        _Reader(path).parser.Parse(data, True)
    except expat.ExpatError as error:
        raise refused(f"{path} is not well-formed", str(error)) from None


class _Reader:
    def __init__(self, path: str) -> None:
        self._path = path
        self._depth = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = lambda *_: self._refuse("has a document type")
        self.parser.ProcessingInstructionHandler = lambda *_: self._refuse("has a processing instruction")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _refuse(self, what: str) -> None:
        raise refused(f"{self._path} {what}, which a picture does not need")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        space, _, local = tag.rpartition(" ")
        if self._depth == 0 and (space, local) != (_SVG, "svg"):
            raise refused(f"{self._path} is not an SVG picture", f"its root is {tag[:60]}")
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._refuse(f"is more than {_MAX_DEPTH} elements deep")
        if local.lower() in _ELEMENTS_REFUSED:
            self._refuse(f"holds <{local}>")
        for key, value in attributes.items():
            name = key.rpartition(" ")[2].lower()
            if name.startswith("on"):
                self._refuse(f"has a handler {name[:20]}")
            if name in _LINKS:
                if not value.strip().startswith(_LINKS_ALLOWED):
                    self._refuse(f"refers to {value[:40]!r}")
            else:
                self._text(value)

    def _end(self, _: str) -> None:
        self._depth -= 1

    def _text(self, text: str) -> None:
        found = _WAY_OUT.search(text)
        if found is not None:
            self._refuse(f"refers to something outside ({text[found.start() : found.start() + 40]!r})")
