# SPDX-License-Identifier: Apache-2.0
"""Regular expressions read: their texts become nodes, tuples that begin with what they are.

("one", kind, what)      one character: see units below
("seq", nodes)  ("alt", nodes)  ("group", number or 0, node)  ("atomic", node)
("rep", node, least, most, how)     how: 0 as few as possible, 1 as many, 2 as many and no fewer
("at", kind)  ("look", node, behind, wanted)  ("back", number, ignore_case)  ("cond", number, yes, no)

Units: 0 the character `what`; 1 one in the str `what`; 2 one that is not; 3 any but a newline; 4 any; 5 one of a _Set.
"""

IGNORECASE = 2
MULTILINE = 8
DOTALL = 16
UNICODE = 32
VERBOSE = 64
ASCII = 256
_FLAGS = {"i": IGNORECASE, "L": 0, "m": MULTILINE, "s": DOTALL, "x": VERBOSE, "a": ASCII, "u": UNICODE}
MANY = 0x7FFFFFFF
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "\\": "\\"}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class error(Exception):
    """A regular expression that is none."""

    def __init__(self, msg, pattern=None, pos=None):
        self.msg = msg
        self.pattern = pattern
        self.pos = pos
        if pos is not None:
            msg = f"{msg} at position {pos}"
            newline = "\n" if isinstance(pattern, str) else b"\n"
            self.lineno = pattern.count(newline, 0, pos) + 1
            self.colno = pos - pattern.rfind(newline, 0, pos)
            if newline in pattern:
                msg = f"{msg} (line {self.lineno}, column {self.colno})"
        Exception.__init__(self, msg)


def is_word(c):
    """Whether it is a letter, digit or underscore."""
    return c == "_" or c.isalnum()


def _in_class(letter, c, ascii):
    if letter in "dD":
        found = c.isdecimal()
    elif letter in "wW":
        found = is_word(c)
    else:
        found = c.isspace()
    return (found and (not ascii or c < "\x80")) != (letter in "DWS")


class Set:
    """Of characters, ranges and classes."""

    def __init__(self, negated, chars, ranges, classes, flags):
        self.negated = negated
        self.chars = chars
        self.ranges = ranges
        self.classes = classes
        self.fold = flags & IGNORECASE
        self.ascii = flags & ASCII

    def _has(self, c):
        if c in self.chars:
            return True
        for low, high in self.ranges:
            if low <= c <= high:
                return True
        for letter in self.classes:
            if _in_class(letter, c, self.ascii):
                return True
        return False

    def has(self, c):
        """Whether the character is one of them."""
        found = self._has(c) or (self.fold and (self._has(c.lower()) or self._has(c.upper())))
        return bool(found) != self.negated


class Parser:
    """Reads one expression."""

    def __init__(self, pattern, text, flags):
        self.pattern = pattern
        self.text = text
        self.flags = flags
        self.at = 0
        self.groups = 1
        self.names = {}
        self.open = []  # numbers of the groups around, None for those without
        self.outer = {}  # group: the one around it, or None

    def fail(self, message, pos):
        """Raises error."""
        raise error(message, self.pattern, pos)

    def peek(self, n=1):
        """The next characters."""
        return self.text[self.at : self.at + n]

    def take(self, text):
        """Whether they were next: then they are read."""
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def whole(self):
        """The node of all."""
        node = self.alternatives()
        if self.at < len(self.text):
            self.fail("unbalanced parenthesis", self.at)
        return node

    def alternatives(self):
        """a|b|c"""
        found = [self.sequence()]
        while self.take("|"):
            found.append(self.sequence())
        return found[0] if len(found) == 1 else ("alt", found)

    def _skip_space(self):
        while self.flags & VERBOSE and self.at < len(self.text):
            c = self.text[self.at]
            if c == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end + 1
            elif c in " \t\n\r\f\v":
                self.at += 1
            else:
                return

    def sequence(self):
        """What stands one behind the other, with its repetitions."""
        found = []
        while True:
            self._skip_space()
            c = self.peek()
            if c in ("", "|", ")"):
                return found[0] if len(found) == 1 else ("seq", found)
            start = self.at
            if c in "*+?" or (c == "{" and self._bounds() is not None):
                self.fail("nothing to repeat", start)
            self.at = start
            node = self.atom()
            if node is None:
                continue
            self._skip_space()
            found.append(self.repeated(node))

    def _bounds(self):
        """(least, most) of {m,n}, read; None: it is none, and nothing was read."""
        end = self.text.find("}", self.at)
        inner = self.text[self.at + 1 : end] if end > 0 else ""
        low, comma, high = inner.partition(",")
        if (
            inner in ("", ",")
            and not comma
            or not (low + high + comma)
            or (low and not low.isdigit())
            or (high and not high.isdigit())
        ):
            return None
        at, self.at = self.at, end + 1
        least = int(low or 0)
        most = (int(high) if high else MANY) if comma else least
        if most < least:
            self.fail("min repeat greater than max repeat", at + 1)
        return least, most

    def repeated(self, node):
        """The node with the repetition behind it."""
        start = self.at
        c = self.peek()
        if c == "" or c not in "*+?{":
            return node
        if c == "{":
            bounds = self._bounds()
            if bounds is None:
                return node
        else:
            self.at += 1
            bounds = {"*": (0, MANY), "+": (1, MANY), "?": (0, 1)}[c]
        if node[0] == "at":
            self.fail("nothing to repeat", start)
        how = 0 if self.take("?") else 2 if self.take("+") else 1
        again = self.at
        if self.peek() != "" and self.peek() in "*+?" or (self.peek() == "{" and self._bounds() is not None):
            self.fail("multiple repeat", again)
        return ("rep", node, bounds[0], bounds[1], how)

    def literal(self, c):
        """One character as it is."""
        if self.flags & IGNORECASE and (c.lower() != c or c.upper() != c):
            return ("one", 1, c.lower() + c.upper() if c.lower() != c.upper() else c)
        return ("one", 0, c)

    def atom(self):
        """One thing that can be repeated. None: a comment or flags."""
        start = self.at
        c = self.text[start]
        self.at += 1
        if c == ".":
            return ("one", 4 if self.flags & DOTALL else 3, None)
        if c == "^":
            return ("at", "line start" if self.flags & MULTILINE else "start")
        if c == "$":
            return ("at", "line end" if self.flags & MULTILINE else "end")
        if c == "[":
            return self.set_(start)
        if c == "\\":
            return self.escape(start)
        if c == "(":
            return self.group(start)
        return self.literal(c)

    def _number(self, start, digits, base):
        try:
            return chr(int(self.text[self.at : self.at + digits], base))
        except ValueError:
            self.fail("incomplete escape " + self.text[start : self.at + digits], start)
        finally:
            self.at += digits

    def _plain_escape(self, start, c):
        """The character that an escape is in sets and outside; None: none."""
        if c in _ESCAPES:
            return _ESCAPES[c]
        if c in "xuU" and c != "":
            return self._number(start, {"x": 2, "u": 4, "U": 8}[c], 16)
        if c in _LETTERS:
            return None
        return c

    def escape(self, start):
        """\\d, \\1, \\b ..."""
        c = self.peek()
        if c == "":
            self.fail("bad escape (end of pattern)", start)
        self.at += 1
        if c in "dDwWsS":
            return ("one", 5, Set(False, "", [], [c], self.flags & ASCII))
        if c in "AZbB":
            return ("at", {"A": "start", "Z": "very end", "b": "boundary", "B": "no boundary"}[c], self.flags & ASCII)
        if c == "0" or (
            c.isdigit()
            and len(self.peek(2)) == 2
            and self.text[self.at - 1 : self.at + 2].strip("01234567") == ""
            and c < "4"
        ):
            end = self.at
            while end < len(self.text) and end - start < (3 if c == "0" else 4) and self.text[end] in "01234567":
                end += 1
            value = int(self.text[start + 1 : end], 8)
            self.at = end
            return self.literal(chr(value))
        if c.isdigit():
            if self.peek().isdigit():
                c += self.peek()
                self.at += 1
            number = int(c)
            if number >= self.groups:
                self.fail(f"invalid group reference {number}", start + 1)
            if number in self.open:
                self.fail("cannot refer to an open group", start)
            return ("back", number, self.flags & IGNORECASE)
        plain = self._plain_escape(start, c)
        if plain is None:
            self.fail("bad escape \\" + c, start)
        return self.literal(plain)

    def set_(self, start):
        """[a-z]"""
        negated = self.take("^")
        chars, ranges, classes = [], [], []
        first = True
        while True:
            at = self.at
            c = self.peek()
            if c == "":
                self.fail("unterminated character set", start)
            if c == "]" and not first:
                self.at += 1
                break
            first = False
            low = self._member(classes)
            if self.peek() == "-" and self.peek(2) not in ("-]", "-"):
                self.at += 1
                high = self._member(classes) if self.peek() else None
                if low is None or high is None or high < low:
                    self.fail("bad character range " + self.text[at : self.at], at)
                ranges.append((low, high))
            elif low is not None:
                chars.append(low)
        if not classes and not self.flags & IGNORECASE and all([ord(h) - ord(c) < 64 for c, h in ranges]):
            for low, high in ranges:
                chars += [chr(n) for n in range(ord(low), ord(high) + 1)]
            return ("one", 2 if negated else 1, "".join(chars))
        return ("one", 5, Set(negated, "".join(chars), ranges, classes, self.flags))

    def _member(self, classes):
        """A character of a set; None: it was a class."""
        start = self.at
        c = self.text[start]
        self.at += 1
        if c != "\\":
            return c
        c = self.peek()
        self.at += 1
        if c != "" and c in "dDwWsS":
            classes.append(c)
            return None
        if c == "b":
            return "\b"
        if c != "" and c in "01234567":
            end = self.at
            while end < len(self.text) and end - start < 4 and self.text[end] in "01234567":
                end += 1
            self.at = end
            return chr(int(self.text[start + 1 : end], 8))
        plain = self._plain_escape(start, c) if c else None
        if plain is None:
            self.fail("bad escape \\" + c, start)
        return plain

    def _name(self, end, start):
        stop = self.text.find(end, self.at)
        if stop < 0:
            self.fail(f"missing {end}, unterminated name", self.at)
        name = self.text[self.at : stop]
        if not name:
            self.fail("missing group name", self.at)
        if not name.isidentifier() and not (end == ")" and name.isdigit()):
            self.fail(f"bad character in group name {name!r}", self.at)
        self.at = stop + 1
        return name

    def _reference(self, name, pos):
        number = int(name) if name.isdigit() else self.names.get(name)
        if number is None:
            self.fail(f"unknown group name {name!r}", pos)
        if number >= self.groups:
            self.fail(f"invalid group reference {number}", pos)
        return number

    def group(self, start):
        """(...)"""
        number, kind, saved = None, "", self.flags
        if not self.take("?"):
            number = self.groups
        elif self.take("P<"):
            number = self._named(start)
        elif self.take("P="):
            at = self.at
            return ("back", self._reference(self._name(")", start), at), self.flags & IGNORECASE)
        elif self.take("#"):
            end = self.text.find(")", self.at)
            if end < 0:
                self.fail("missing ), unterminated comment", start)
            self.at = end + 1
            return None
        elif self.take("("):
            at = self.at
            kind = ("cond", self._reference(self._name(")", start), at))
        elif self.take("<=") or self.take("<!"):
            kind = ("look", True, self.text[self.at - 1] == "=")
        elif self.take("=") or self.take("!"):
            kind = ("look", False, self.text[self.at - 1] == "=")
        elif self.take(">"):
            kind = ("atomic",)
        elif not self.take(":"):
            if self._inline_flags(start):
                return None
        if number is not None:
            self.groups = number + 1
            self.outer[number] = next((n for n in self.open[::-1] if n is not None), None)
        self.open.append(number)
        if kind and kind[0] == "cond":
            yes = self.sequence()
            no = self.sequence() if self.take("|") else ("seq", [])
            node = ("cond", kind[1], yes, no)
        else:
            node = self.alternatives()
        self.open.pop()
        if not self.take(")"):
            self.fail("missing ), unterminated subpattern", start)
        self.flags = saved
        if number is not None:
            return ("group", number, node)
        if kind and kind[0] == "look":
            return ("look", node, kind[1], kind[2])
        return ("atomic", node) if kind == ("atomic",) else node if kind else ("group", 0, node)

    def _named(self, start):
        at = self.at
        name = self._name(">", start)
        if name in self.names:
            self.fail(f"redefinition of group name {name!r} as group {self.groups}; was group {self.names[name]}", at)
        self.names[name] = self.groups
        return self.groups

    def _inline_flags(self, start):
        """(?i) for all that follows: True; (?i-s: for the group."""
        on = True
        begin = self.at
        flags = self.flags
        while True:
            c = self.peek()
            self.at += 1
            if c == "-" and on:
                on = False
            elif c in _FLAGS and c != "":
                flags = flags | _FLAGS[c] if on else flags & ~_FLAGS[c]
            elif c == ")" and on and self.at > begin + 1:
                if start != 0:
                    self.fail("global flags not at the start of the expression", start)
                self.flags = flags
                return True
            elif c == ":":
                self.flags = flags
                return False
            else:
                self.fail(
                    "unknown extension ?" + self.text[begin : begin + 1 + (self.text[begin : begin + 1] in ("<", "P"))],
                    begin - 1,
                )
