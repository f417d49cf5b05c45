# SPDX-License-Identifier: Apache-2.0
"""Regular expressions, as CPython's re has them but for locales; over str, and over bytes by way of str."""

from _re_code import GOOD, TEXT, Maker, run
from _re_parser import ASCII, DOTALL, IGNORECASE, MULTILINE, UNICODE, VERBOSE, Parser, error

A, I, M, S, U, X = ASCII, IGNORECASE, MULTILINE, DOTALL, UNICODE, VERBOSE
NOFLAG = 0


def _part(string, start, end):
    """Of a str, or of anything bytes-like as bytes."""
    return string[start:end] if isinstance(string, str) else bytes(string[start:end])


class Match:
    """What was found."""

    def __init__(self, re, string, pos, endpos, captures):
        self.re = re
        self.string = string
        self.pos = pos
        self.endpos = endpos
        self._captures = captures

    def _number(self, group):
        number = self.re.groupindex.get(group) if isinstance(group, str) else group
        if not isinstance(number, int) or not 0 <= number <= self.re.groups:
            raise IndexError("no such group")
        return number

    def _text(self, group, default=None):
        number = self._number(group)
        start, end = self._captures[2 * number], self._captures[2 * number + 1]
        return default if end < 0 else _part(self.string, start, end)

    def group(self, *groups):
        """The texts of groups; 0 is the whole match."""
        if len(groups) < 2:
            return self._text(groups[0] if groups else 0)
        return tuple([self._text(group) for group in groups])

    def __getitem__(self, group):
        return self._text(group)

    def groups(self, default=None):
        """The texts of all groups."""
        return tuple([self._text(n, default) for n in range(1, self.re.groups + 1)])

    def groupdict(self, default=None):
        """The texts of the groups with names."""
        return {name: self._text(n, default) for name, n in self.re.groupindex.items()}

    def span(self, group=0):
        """(start, end)"""
        number = self._number(group)
        start, end = self._captures[2 * number], self._captures[2 * number + 1]
        return (-1, -1) if end < 0 else (start, end)

    def start(self, group=0):
        """The place where it begins."""
        return self.span(group)[0]

    def end(self, group=0):
        """The place behind it."""
        return self.span(group)[1]

    @property
    def regs(self):
        """span() of all groups."""
        return tuple([self.span(n) for n in range(self.re.groups + 1)])

    @property
    def lastindex(self):
        """The number of the group that ended last."""
        best, at = None, -1
        for n in range(1, self.re.groups + 1):
            end = self._captures[2 * n + 1]
            if end > at or (end == at >= 0 and not self._inside(n, best)):
                best, at = n, end
        return best

    def _inside(self, group, outer):
        while group is not None and group != outer:
            group = self.re._outer[group]
        return group == outer

    @property
    def lastgroup(self):
        """Its name."""
        for name, number in self.re.groupindex.items():
            if number == self.lastindex:
                return name
        return None

    def expand(self, template):
        """The template with what its \\1 and \\g<name> stand for."""
        return _expanded(_template(self.re, template), self)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __repr__(self):
        return f"<re.Match object; span={self.span()}, match={self.group()!r}>"


class Pattern:
    """A regular expression that was read."""

    def __init__(self, pattern, flags):
        text = pattern
        if not isinstance(pattern, str):
            if not isinstance(pattern, (bytes, bytearray)):
                raise TypeError("first argument must be string or compiled pattern")
            text = bytes(pattern).decode("latin-1")
            flags |= ASCII
        parser = Parser(pattern, text, flags)
        node = parser.whole()
        self.pattern = pattern
        self.flags = parser.flags if not isinstance(pattern, str) or flags & ASCII else parser.flags | UNICODE
        if not isinstance(pattern, str):
            self.flags &= ~ASCII
        self.groups = parser.groups - 1
        self.groupindex = parser.names
        self._outer = parser.outer
        maker = Maker(2 * parser.groups, parser.fail)
        maker.make(node)
        maker.emit(GOOD)
        self._code = maker.code
        self._slots = maker.slots

    def _characters(self, string):
        """What the machine reads: ASCII texts as they are, others as a tuple, whose items are found at once."""
        if isinstance(self.pattern, str):
            if not isinstance(string, str):
                raise TypeError(
                    "cannot use a string pattern on a bytes-like object"
                    if isinstance(string, (bytes, bytearray, memoryview))
                    else f"expected string or bytes-like object, got {type(string).__name__!r}"
                )
        elif isinstance(string, str):
            raise TypeError("cannot use a bytes pattern on a string-like object")
        else:
            string = bytes(memoryview(string)).decode("latin-1")
        return string if string.isascii() else tuple(string)

    def _try(self, string, t, at, end, pos, whole=False):
        captures = [-1] * self._slots
        far = run(self._code, t, at, end, captures, 0, whole)
        if far < 0:
            return None
        captures[0], captures[1] = at, far
        return Match(self, string, pos, end, captures)

    def _found(self, string, t, at, end, pos, nonempty=-1):
        """The first match from `at` on, not an empty one at `nonempty`."""
        operation, a, _, _ = self._code[0]
        text = a if operation == TEXT and isinstance(t, str) else None
        while at <= end:
            if text is not None:
                at = t.find(text, at, end)
                if at < 0:
                    return None
            found = self._try(string, t, at, end, pos)
            if found is not None and not (at == nonempty and found._captures[1] == at):
                return found
            at += 1
        return None

    def _bounds(self, t, pos, endpos):
        end = len(t) if endpos is None else max(min(endpos, len(t)), 0)
        return max(min(pos, len(t)), 0), end

    def match(self, string, pos=0, endpos=None):
        """A match at the start."""
        t = self._characters(string)
        at, end = self._bounds(t, pos, endpos)
        return self._try(string, t, at, end, at) if at <= end else None

    def fullmatch(self, string, pos=0, endpos=None):
        """A match of all."""
        t = self._characters(string)
        at, end = self._bounds(t, pos, endpos)
        return self._try(string, t, at, end, at, True) if at <= end else None

    def search(self, string, pos=0, endpos=None):
        """The first match."""
        t = self._characters(string)
        at, end = self._bounds(t, pos, endpos)
        return self._found(string, t, at, end, at)

    def finditer(self, string, pos=0, endpos=None):
        """All matches, one behind the other."""
        t = self._characters(string)
        return self._all(string, t, *self._bounds(t, pos, endpos))

    def _all(self, string, t, at, end):
        pos, last = at, -1
        while True:
            found = self._found(string, t, at, end, pos, last)
            if found is None:
                return
            yield found
            at = found._captures[1]
            last = at if found._captures[0] == at else -1  # an empty one is not found again

    def findall(self, string, pos=0, endpos=None):
        """Their texts, or those of their groups."""
        found = []
        for match in self.finditer(string, pos, endpos):
            if self.groups == 0:
                found.append(match.group())
            elif self.groups == 1:
                found.append(match._text(1, _part(string, 0, 0)))
            else:
                found.append(match.groups(_part(string, 0, 0)))
        return found

    def split(self, string, maxsplit=0):
        """What is between the matches, and their groups."""
        parts, at = [], 0
        for match in self.finditer(string):
            if maxsplit and len(parts) >= maxsplit * (1 + self.groups):
                break
            parts.append(_part(string, at, match.start()))
            parts += match.groups()
            at = match.end()
        return [*parts, _part(string, at, None)]

    def subn(self, repl, string, count=0):
        """(sub(), how many)"""
        plan = None if callable(repl) else _template(self, repl)
        parts, at, n = [], 0, 0
        for match in self.finditer(string):
            if count and n >= count:
                break
            parts.append(_part(string, at, match.start()))
            parts.append(repl(match) if plan is None else _expanded(plan, match))
            at = match.end()
            n += 1
        parts.append(_part(string, at, None))
        return _part(string, 0, 0).join(parts), n

    def sub(self, repl, string, count=0):
        """The text with something else instead of the matches."""
        return self.subn(repl, string, count)[0]

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __eq__(self, other):
        if isinstance(other, Pattern):
            return self.pattern == other.pattern and self.flags == other.flags
        return NotImplemented

    def __hash__(self):
        return hash((self.pattern, self.flags))

    def __repr__(self):
        flags = self.flags & ~UNICODE if isinstance(self.pattern, str) else self.flags
        names = [name for name, flag in _NAMES if flags & flag]
        return f"re.compile({self.pattern!r}{', ' if names else ''}{'|'.join(names)})"


_NAMES = (
    ("re.IGNORECASE", IGNORECASE),
    ("re.MULTILINE", MULTILINE),
    ("re.DOTALL", DOTALL),
    ("re.VERBOSE", VERBOSE),
    ("re.ASCII", ASCII),
)
_TEMPLATE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "b": "\b", "\\": "\\"}


def _template(pattern, template):
    """Texts and numbers of groups, in their order."""
    as_bytes = not isinstance(template, str)
    text = bytes(template).decode("latin-1") if as_bytes else template
    plan, at = [], 0

    def add(part):
        plan.append(part.encode("latin-1") if as_bytes else part)

    while True:
        place = text.find("\\", at)
        if place < 0:
            add(text[at:])
            return plan
        add(text[at:place])
        c = text[place + 1 : place + 2]
        at = place + 2
        if c == "g":
            end = text.find(">", at)
            if text[at : at + 1] != "<":
                raise error("missing <", template, at)
            if end < 0:
                raise error("missing >, unterminated name", template, at + 1)
            name = text[at + 1 : end]
            if not name:
                raise error("missing group name", template, at + 1)
            number = int(name) if name.isdigit() else pattern.groupindex.get(name)
            if number is None:
                if not name.isidentifier():
                    raise error(f"bad character in group name {name!r}", template, at + 1)
                raise IndexError(f"unknown group name {name!r}")
            if number > pattern.groups:
                raise error(f"invalid group reference {number}", template, at + 1)
            plan.append(number)
            at = end + 1
        elif c == "0" or (
            c.isdigit()
            and text[place + 1 : place + 4].strip("01234567") == ""
            and len(text[place + 1 : place + 4]) == 3
        ):
            end = at
            while end < place + 4 - (c == "0") and text[end : end + 1] in ("0", "1", "2", "3", "4", "5", "6", "7"):
                end += 1
            add(chr(int(text[place + 1 : end], 8) & 255))
            at = end
        elif c.isdigit():
            if text[at : at + 1].isdigit():
                c += text[at]
                at += 1
            if int(c) > pattern.groups:
                raise error(f"invalid group reference {c}", template, place + 1)
            plan.append(int(c))
        elif c in _TEMPLATE_ESCAPES:
            add(_TEMPLATE_ESCAPES[c])
        elif c.isalpha() and c.isascii():
            raise error("bad escape \\" + c, template, place)
        else:
            add("\\" + c)


def _expanded(plan, match):
    empty = _part(match.string, 0, 0)
    return empty.join([match._text(part, empty) if isinstance(part, int) else part for part in plan])


_kept = {}


def compile(pattern, flags=0):
    """The expression, read; those used last are kept."""
    if isinstance(pattern, Pattern):
        if flags:
            raise ValueError("cannot process flags argument with a compiled pattern")
        return pattern
    key = (type(pattern), pattern, flags)
    made = _kept.get(key)
    if made is None:
        made = Pattern(pattern, flags)
        if len(_kept) >= 16:
            del _kept[next(iter(_kept))]
        _kept[key] = made
    return made


def purge():
    """Forgets the expressions that were read."""
    _kept.clear()


def match(pattern, string, flags=0):
    """A match at the start of the string."""
    return compile(pattern, flags).match(string)


def fullmatch(pattern, string, flags=0):
    """A match of the whole string."""
    return compile(pattern, flags).fullmatch(string)


def search(pattern, string, flags=0):
    """The first match in the string."""
    return compile(pattern, flags).search(string)


def findall(pattern, string, flags=0):
    """The texts of all matches, or those of their groups."""
    return compile(pattern, flags).findall(string)


def finditer(pattern, string, flags=0):
    """All matches."""
    return compile(pattern, flags).finditer(string)


def split(pattern, string, maxsplit=0, flags=0):
    """What is between the matches."""
    return compile(pattern, flags).split(string, maxsplit)


def sub(pattern, repl, string, count=0, flags=0):
    """The string with something else instead of the matches."""
    return compile(pattern, flags).sub(repl, string, count)


def subn(pattern, repl, string, count=0, flags=0):
    """(sub(), how many)"""
    return compile(pattern, flags).subn(repl, string, count)


def escape(pattern):
    """An expression that matches this text."""
    special = "()[]{}?*+-|^$\\.&~# \t\n\r\v\f"
    if isinstance(pattern, str):
        return "".join(["\\" + c if c in special else c for c in pattern])
    return escape(bytes(pattern).decode("latin-1")).encode("latin-1")
