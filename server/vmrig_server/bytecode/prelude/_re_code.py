# SPDX-License-Identifier: Apache-2.0
"""Regular expressions as code for a machine that goes back: rows (operation, a, b, c), and the machine.

CHAR   the unit (a, b)                      RUN    the unit (a, b), at least c[0] and at most c[1] times, c[2]: how
TEXT   the characters a                     SPLIT  goes on at a, or, when that fails, at b
JUMP   to a                                 SAVE   notes the place as captures[a]
AT     what a says must be so here          BACK   the text of group a again; b: in any case of letters
LOOK   code from the next row on, to GOOD, must match (c) or must not, a characters back or at once (-1); then goes on at b
ATOMIC code from the next row on, to GOOD, matches once and is not gone back into; then goes on at b
COND   goes on at the next row if group a matched, else at b
MARK   notes the place as captures[a]       MOVED  goes on at b if it is still that place
GOOD   all matched
"""

from _re_parser import MANY, is_word

CHAR, TEXT, RUN, SPLIT, JUMP, SAVE, AT, BACK, LOOK, ATOMIC, COND, MARK, MOVED, GOOD = range(14)


def _width(node):
    """How many characters it matches, if it is always as many; None: not."""
    kind = node[0]
    if kind == "one":
        return 1
    if kind in ("at", "look"):
        return 0
    if kind == "seq":
        parts = [_width(part) for part in node[1]]
        return None if None in parts else sum(parts)
    if kind == "alt":
        parts = [_width(part) for part in node[1]]
        return parts[0] if None not in parts and min(parts) == max(parts) else None
    if kind in ("group", "atomic"):
        return _width(node[2] if kind == "group" else node[1])
    if kind == "rep" and node[2] == node[3]:
        inner = _width(node[1])
        return None if inner is None else inner * node[2]
    return None


def _may_be_empty(node):
    kind = node[0]
    if kind == "one":
        return False
    if kind == "seq":
        return all([_may_be_empty(part) for part in node[1]])
    if kind == "alt":
        return any([_may_be_empty(part) for part in node[1]])
    if kind in ("group", "atomic"):
        return _may_be_empty(node[2] if kind == "group" else node[1])
    if kind == "rep":
        return node[2] == 0 or _may_be_empty(node[1])
    return True


class Maker:
    """Makes the code."""

    def __init__(self, slots, fail):
        self.code = []
        self.slots = slots  # captures; those behind the groups' are MARK's
        self.fail = fail

    def emit(self, operation, a=None, b=None, c=None):
        """Adds a row; its number."""
        self.code.append((operation, a, b, c))
        return len(self.code) - 1

    def patch(self, row, a=None, b=None):
        """Tells a row where it goes."""
        operation, old_a, old_b, c = self.code[row]
        self.code[row] = (operation, old_a if a is None else a, old_b if b is None else b, c)

    def make(self, node):
        """Code of a node."""
        kind = node[0]
        if kind == "one":
            self.emit(CHAR, node[1], node[2])
        elif kind == "seq":
            self._sequence(node[1])
        elif kind == "alt":
            ends = []
            for i, part in enumerate(node[1]):
                last = i == len(node[1]) - 1
                split = -1 if last else self.emit(SPLIT)
                self.make(part)
                if not last:
                    ends.append(self.emit(JUMP))
                    self.patch(split, split + 1, len(self.code))
            for row in ends:
                self.patch(row, len(self.code))
        elif kind == "group":
            if node[1]:
                self.emit(SAVE, 2 * node[1])
            self.make(node[2])
            if node[1]:
                self.emit(SAVE, 2 * node[1] + 1)
        elif kind == "rep":
            self._repeat(*node[1:])
        elif kind == "at":
            self.emit(AT, node[1], len(node) > 2 and node[2])
        elif kind == "back":
            self.emit(BACK, node[1], node[2])
        elif kind == "cond":
            row = self.emit(COND, node[1])
            self.make(node[2])
            jump = self.emit(JUMP)
            self.patch(row, None, len(self.code))
            self.make(node[3])
            self.patch(jump, len(self.code))
        else:
            self._inner(node)

    def _sequence(self, nodes):
        i = 0
        while i < len(nodes):
            end = i
            while end < len(nodes) and nodes[end][0] == "one" and nodes[end][1] == 0:
                end += 1
            if end - i > 1:
                text = "".join([node[2] for node in nodes[i:end]])
                self.emit(TEXT, text, tuple(text), len(text))
                i = end
            else:
                self.make(nodes[i])
                i += 1

    def _inner(self, node):
        """Lookaround and atomic groups: code that is run by itself."""
        if node[0] == "atomic":
            row = self.emit(ATOMIC)
            self.make(node[1])
        else:
            width = -1
            if node[2]:
                width = _width(node[1])
                if width is None:
                    self.fail("look-behind requires fixed-width pattern", None)
            row = self.emit(LOOK, width, None, node[3])
            self.make(node[1])
        self.emit(GOOD)
        self.patch(row, None, len(self.code))

    def _repeat(self, node, least, most, how):
        if node[0] == "one":
            self.emit(RUN, node[1], node[2], (least, most, how))
            return
        if how == 2:
            self._inner(("atomic", ("rep", node, least, most, 1)))
            return
        for _ in range(least):
            self.make(node)
        if most == MANY:
            mark = self.slots if _may_be_empty(node) else -1
            self.slots += mark >= 0
            split = self.emit(SPLIT)
            if mark >= 0:
                self.emit(MARK, mark)
            self.make(node)
            moved = self.emit(MOVED, mark) if mark >= 0 else -1
            self.emit(JUMP, split)
            self._branch(split, how)
            if mark >= 0:
                self.patch(moved, None, len(self.code))
            return
        splits = []
        for _ in range(most - least):
            splits.append(self.emit(SPLIT))
            self.make(node)
        for row in splits:
            self._branch(row, how)

    def _branch(self, split, how):
        if how:
            self.patch(split, split + 1, len(self.code))
        else:
            self.patch(split, len(self.code), split + 1)


def _one(kind, what, c):
    """Whether a unit matches the character."""
    if kind == 0:
        return c == what
    if kind == 1:
        return c in what
    if kind == 2:
        return c not in what
    if kind == 3:
        return c != "\n"
    return kind == 4 or what.has(c)


def _run(kind, what, t, i, end):
    """Where a run of units ends that begins at i."""
    if kind == 0:
        while i < end and t[i] == what:
            i += 1
    elif kind == 1:
        while i < end and t[i] in what:
            i += 1
    elif kind == 2:
        while i < end and t[i] not in what:
            i += 1
    elif kind == 3:
        if isinstance(t, str):
            i = t.find("\n", i, end)
            return end if i < 0 else i
        while i < end and t[i] != "\n":
            i += 1
    elif kind == 4:
        return end
    else:
        known = {}
        while i < end:
            c = t[i]
            has = known.get(c)
            if has is None:
                has = known[c] = what.has(c)
            if not has:
                break
            i += 1
    return i


def _holds(kind, ascii, t, i, end):
    """Whether the place is what AT asks for."""
    if kind == "start":
        return i == 0
    if kind == "very end":
        return i == end
    if kind == "end":
        return i == end or (i == end - 1 and t[i] == "\n")
    if kind == "line start":
        return i == 0 or t[i - 1] == "\n"
    if kind == "line end":
        return i == end or t[i] == "\n"
    before = i > 0 and is_word(t[i - 1]) and not (ascii and t[i - 1] > "\x7f")
    after = i < end and is_word(t[i]) and not (ascii and t[i] > "\x7f")
    return (before != after) == (kind == "boundary")


def run(code, t, i, end, captures, row=0, whole=False):
    """Where the match that begins at i ends; -1: there is none. `t` is a str, or a tuple of characters. `whole`: it must end at the end."""
    saved = []  # what to do when this way fails: (row, place) above each other; a row below 0: captures[~row] was that
    size = len(code)
    while True:
        operation, a, b, c = code[row]
        row += 1
        good = True
        if operation == CHAR:
            if i < end and _one(a, b, t[i]):
                i += 1
            else:
                good = False
        elif operation == TEXT:
            if i + c <= end and t[i : i + c] == (a if isinstance(t, str) else b):
                i += c
            else:
                good = False
        elif operation == RUN:
            least, most, how = c
            stop = end if most == MANY or i + most > end else i + most
            if how:
                far = _run(a, b, t, i, stop)
                low = i + least
                good = far >= low
                i = far
                if good and far > low and how == 1:
                    saved.append(low)
                    saved.append(far)
                    saved.append(row - 1 + size)
            else:
                far = i + least
                good = far <= stop and _run(a, b, t, i, far) == far
                i = far
                if good:
                    saved.append(stop)
                    saved.append(far)
                    saved.append(row - 1 + size)
        elif operation == SPLIT:
            saved.append(i)
            saved.append(b)
            row = a
        elif operation == JUMP:
            row = a
        elif operation == SAVE or operation == MARK:
            saved.append(captures[a])
            saved.append(~a)
            captures[a] = i
        elif operation == MOVED:
            if captures[a] == i:
                row = b
        elif operation == AT:
            good = _holds(a, b, t, i, end)
        elif operation == BACK:
            first, last = captures[2 * a], captures[2 * a + 1]
            far = i + last - first
            good = last >= 0 and far <= end
            if good:
                x, y = t[first:last], t[i:far]
                if b:
                    x, y = "".join(x).lower(), "".join(y).lower()
                good = x == y
                i = far
        elif operation == LOOK:
            start = i if a < 0 else i - a
            kept = captures[:]
            far = -1 if start < 0 else run(code, t, start, end if a < 0 else i, captures, row)
            good = (far >= 0) == c
            if good and c:
                for k, old in enumerate(kept):
                    if captures[k] != old:
                        saved.append(old)
                        saved.append(~k)
            else:
                captures[:] = kept
            row = b
        elif operation == ATOMIC:
            kept = captures[:]
            far = run(code, t, i, end, captures, row)
            good = far >= 0
            for k, old in enumerate(kept):
                if captures[k] != old:
                    saved.append(old)
                    saved.append(~k)
            i = far
            row = b
        elif operation == COND:
            if captures[2 * a + 1] < 0:
                row = b
        else:
            if not whole or i == end:
                return i
            good = False
        while not good:
            if not saved:
                return -1
            row = saved.pop()
            i = saved.pop()
            if row < 0:
                captures[~row] = i
                continue
            if row >= size:  # a run: one less, or one more
                row -= size
                limit = saved[-1]
                _, a, b, c = code[row]
                if c[2]:
                    i -= 1
                    if i > limit:
                        saved.append(i)
                        saved.append(row + size)
                    else:
                        saved.pop()
                else:
                    if i >= limit or not _one(a, b, t[i]):
                        saved.pop()
                        continue
                    i += 1
                    saved.append(i)
                    saved.append(row + size)
                row += 1
            good = True
