# SPDX-License-Identifier: Apache-2.0
"""Methods and operators of str, bytes and bytearray."""

from __future__ import annotations

from .maker import Maker

_TESTS = ["isdigit", "isalpha", "isalnum", "isspace", "isupper", "islower", "istitle", "isascii"]
_STR_TESTS = [*_TESTS, "isdecimal", "isnumeric", "isprintable", "isidentifier"]
_CHANGES = ["upper", "lower", "capitalize", "title", "swapcase"]
_SEARCH = ["find", "rfind", "index", "rindex", "count", "startswith", "endswith"]


class Text(Maker):
    def value(self) -> str:
        return self.one([self.text(), self.octets(), f"bytearray({self.octets()})"])

    def alike(self, s: str) -> str:
        """Mostly of the kind that a method of s takes."""
        if self.chance(8):
            return self.one([self.text(), self.octets(), self.integer(), "[]"])
        return self.text() if s.startswith('"') else self.one([self.octets(), f"bytearray({self.octets()})"])

    def step(self) -> str:
        s = self.value()
        string = s.startswith('"')
        a, b = self.alike(s), self.alike(s)
        kind = self.random.randrange(16)
        if kind == 0:
            return f"{s}.{self.one(_CHANGES)}()"
        if kind == 1:
            return f"{s}.{self.one(_STR_TESTS if string else _TESTS)}()"
        if kind == 2:
            more = self.one(["", f", {self.small()}", f", {self.small()}, {self.small()}"])
            what = f"({a}, {b})" if self.chance(20) else a
            return f"{s}.{self.one(_SEARCH)}({what}{more})"
        if kind == 3:
            most = self.one(["0", "1", "-1"])
            return (
                f"{s}.{self.one(['split', 'rsplit'])}({self.one(['', a, 'None', f'{a}, {most}', f'maxsplit={most}'])})"
            )
        if kind == 4:
            return f"{s}.{self.one(['strip', 'lstrip', 'rstrip'])}({self.one(['', a, 'None'])})"
        if kind == 5:
            return (
                f"{s}.{self.one(['removeprefix', 'removesuffix'])}({a})"
                if s[1] == "y" or "bytea" in a
                else f"{s}.partition({a})"
            )
        if kind == 6:
            return f"{s}.replace({a}, {b}{self.one(['', f', {self.small()}'])})"
        if kind == 7:
            fill = self.one(["", ', "*"' if string else ', b"*"', f", {self.text() if string else self.octets()}"])
            return f"{s}.{self.one(['center', 'ljust', 'rjust'])}({self.small()}{fill})"
        if kind == 8:
            return f"{s}.{self.one(['zfill', 'expandtabs'])}({self.small()})"
        if kind == 9:
            items = ", ".join(self.some(lambda: self.alike(s), 0, 4))
            return f"{s}.join([{items}])"
        if kind == 10:
            return f"{s}[{self.one([self.small(), self.slice(), self.slice()])}]"
        if kind == 11:
            return f"{s} {self.one(['+', '*', '<', '==', '>=', '!=', 'in', 'not in'])} {self.one([a, self.small()])}"
        if kind == 12:
            return self.one(
                [
                    f"repr({s})",
                    f"list({s})",
                    f"len({s})",
                    f"{s}.splitlines({self.one(['', 'True', '0'])})",
                    f"sorted({s})",
                    f"str({s})",
                ]
            )
        if kind == 13 and string:
            codec = self.one(["utf-8", "ascii", "latin-1"])
            return f"{s}.encode('{codec}', '{self.one(['strict', 'ignore', 'replace'])}')"
        if kind == 13:
            return f"{s}.decode('{self.one(['utf-8', 'ascii', 'latin-1'])}', '{self.one(['strict', 'ignore', 'replace'])}')"
        if kind == 14:
            return f"int({self.text()}, {self.one(['10', '16', '0', '2', '36'])})"
        return self.one(
            [
                f"float({self.text()})",
                f"int({self.text()})",
                f"{s}.translate({{97: 'x', 98: None}})" if string else f"{s}.hex()",
            ]
        )

    def make(self) -> str:
        return self.program(25, self.step)
