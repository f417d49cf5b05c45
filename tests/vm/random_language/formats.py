# SPDX-License-Identifier: Apache-2.0
"""format(), f-strings, str.format() and the % operator."""

from __future__ import annotations

from .maker import Maker


class Formats(Maker):
    def value(self) -> str:
        return self.one([self.integer(), self.floating(), self.text(), self.integer(), "[1, 'a']", "(1,)", "None"])

    def spec(self) -> str:
        align = self.one(["", "", "<", ">", "^", "=", "*<", "0=", "é^"])
        sign = self.one(["", "", "+", "-", " "])
        width = self.one(["", "5", "12", "05", "0"])
        group = self.one(["", "", ",", "_"])
        precision = self.one(["", "", ".0", ".1", ".3", ".12"])
        return (
            align + sign + self.one(["", "", "#"]) + width + group + precision + self.one([*"dxXobcsfFeEgGn%", "", ""])
        )

    def percent(self) -> str:
        flags = self.one(["", "", "-", "+", "0", " ", "#"])
        body = flags + self.one(["", "5", "10"]) + self.one(["", ".0", ".2"]) + self.one([*"dixXosrafFeEgGc", "q"])
        return "%" + body

    def step(self) -> str:
        v = self.value()
        kind = self.random.randrange(6)
        if kind == 0:
            return f"format({v}, {self.spec()!r})"
        if kind == 1:
            return f"'<%s>' % ({v},)" if self.chance(10) else f"'<{self.percent()}>' % {self.one([v, f'({v},)'])}"
        if kind == 2:
            return f"'{self.percent()} {self.percent()}' % ({v}, {self.value()})"
        if kind == 3:
            return f"'{{:{self.spec()}}}|{{!r:>{self.one(['3', '10'])}}}'.format({v}, {self.value()})"
        if kind == 4:
            inner = v.replace("'", '"').replace("\\", "")
            if '"' in inner or ":" in inner:
                inner = "(12)"
            return f"f'{{{inner}{self.one(['', '!r', '!s'])}:{self.spec()}}}|{{{self.one(['5', '-7'])}:{{10}}d}}'"
        octets = self.octets() if v == "10**20" else self.one([v, self.octets()])
        return f"b'{self.percent()}' % ({octets},)"

    def make(self) -> str:
        return self.program(30, self.step)
