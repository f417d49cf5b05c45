# SPDX-License-Identifier: Apache-2.0
"""Values in lines of a width: lists, tuples, dicts, sets and long strs are broken, all else is as repr() has it."""


def _sorted(items):
    try:
        return sorted(items)
    except TypeError:
        return sorted(items, key=lambda x: (str(type(x)), id(x)))


class PrettyPrinter:
    """How values are shown."""

    def __init__(
        self, indent=1, width=80, depth=None, stream=None, *, compact=False, sort_dicts=True, underscore_numbers=False
    ):
        if indent < 0:
            raise ValueError("indent must be >= 0")
        if depth is not None and depth <= 0:
            raise ValueError("depth must be > 0")
        if not width:
            raise ValueError("width must be != 0")
        self._indent = indent
        self._width = width
        self._depth = depth
        self._stream = stream
        self._compact = compact
        self._sort_dicts = sort_dicts
        self._underscores = underscore_numbers

    def pprint(self, object):
        """Prints it."""
        print(self.pformat(object), file=self._stream)

    def pformat(self, object):
        """As text."""
        out = []
        self._put(object, out, 0, 0, [], 0)
        return "".join(out)

    def _plain(self, object, around, level):
        """In one line."""
        kind = type(object)
        if kind is int and self._underscores:
            return f"{object:_}"
        if kind not in (dict, list, tuple, set, frozenset) or kind.__repr__ is None:
            return repr(object)
        if id(object) in around:
            return f"<Recursion on {kind.__name__} with id={id(object)}>"
        if not object:
            return repr(object)
        if kind in (set, frozenset):
            return repr(object)
        if self._depth and level >= self._depth:
            return {dict: "{...}", list: "[...]", tuple: "(...)"}[kind]
        around = around + [id(object)]
        if kind is dict:
            items = _sorted(object.items()) if self._sort_dicts else object.items()
            parts = [f"{self._plain(k, around, level + 1)}: {self._plain(v, around, level + 1)}" for k, v in items]
            return "{" + ", ".join(parts) + "}"
        text = ", ".join([self._plain(item, around, level + 1) for item in object])
        return f"[{text}]" if kind is list else f"({text},)" if len(object) == 1 else f"({text})"

    def _put(self, object, out, indent, allowance, around, level):
        """`allowance`: what still comes behind it in its line."""
        text = self._plain(object, around, level)
        room = self._width - indent - allowance
        kind = type(object)
        if (
            len(text) <= room
            or id(object) in around
            or not object
            or kind not in (dict, list, tuple, set, frozenset, str)
        ):
            out.append(text)
            return
        around = around + [id(object)]
        if kind is str:
            self._put_text(object, out, indent, allowance, level + 1)
        elif kind is dict:
            if self._depth and level >= self._depth:
                out.append(text)
                return
            self._put_dict(object, out, indent, allowance, around, level + 1)
        else:
            if self._depth and level >= self._depth and kind in (list, tuple):
                out.append(text)
                return
            begin, end = {list: ("[", "]"), tuple: ("(", ",)" if len(object) == 1 else ")"), set: ("{", "}")}.get(
                kind, ("frozenset({", "})")
            )
            items = _sorted(object) if kind in (set, frozenset) else object
            out.append(begin)
            self._put_items(items, out, indent + (len(begin) - 1), allowance + len(end), around, level + 1)
            out.append(end)

    def _put_dict(self, object, out, indent, allowance, around, level):
        out.append("{" + " " * (self._indent - 1))
        items = _sorted(object.items()) if self._sort_dicts else list(object.items())
        indent += self._indent
        for i, (key, value) in enumerate(items):
            last = i == len(items) - 1
            text = self._plain(key, around, level)
            if i:
                out.append(",\n" + " " * indent)
            out.append(text + ": ")
            self._put(value, out, indent + len(text) + 2, allowance + 1 if last else 1, around, level)
        out.append("}")

    def _put_items(self, items, out, indent, allowance, around, level):
        indent += self._indent
        if self._indent > 1:
            out.append(" " * (self._indent - 1))
        left = width = self._width - indent + 1
        items = list(items)
        for i, item in enumerate(items):
            last = i == len(items) - 1
            if last:
                left -= allowance
                width -= allowance
            if self._compact:
                text = self._plain(item, around, level)
                need = len(text) + 2
                if left < need:
                    left = width
                    if i:
                        out.append(",\n" + " " * indent)
                elif i:
                    out.append(", ")
                if left >= need:
                    left -= need
                    out.append(text)
                    continue
            elif i:
                out.append(",\n" + " " * indent)
            self._put(item, out, indent, allowance if last else 1, around, level)

    def _put_text(self, text, out, indent, allowance, level):
        """Words in several texts, one below the other."""
        lines = text.splitlines(True)
        if level == 1:
            indent += 1
            allowance += 1
        most = room = self._width - indent
        parts = []
        shown = ""
        for i, line in enumerate(lines):
            shown = repr(line)
            if i == len(lines) - 1:
                room -= allowance
            if len(shown) <= room:
                parts.append(shown)
                continue
            words, start = [], 0  # each with the white space behind it
            while start < len(line):
                end = start
                while end < len(line) and not line[end].isspace():
                    end += 1
                while end < len(line) and line[end].isspace():
                    end += 1
                words.append(line[start:end])
                start = end
            room = most
            current = ""
            for j, word in enumerate(words):
                candidate = current + word
                if j == len(words) - 1 and i == len(lines) - 1:
                    room -= allowance
                if len(repr(candidate)) > room:
                    if current:
                        parts.append(repr(current))
                    current = word
                else:
                    current = candidate
            if current:
                parts.append(repr(current))
        if len(parts) == 1:
            out.append(shown)
            return
        joined = ("\n" + " " * indent).join(parts)
        out.append("(" + joined + ")" if level == 1 else joined)


def pformat(object, indent=1, width=80, depth=None, *, compact=False, sort_dicts=True, underscore_numbers=False):
    """As text."""
    return PrettyPrinter(
        indent, width, depth, compact=compact, sort_dicts=sort_dicts, underscore_numbers=underscore_numbers
    ).pformat(object)


def pprint(
    object, stream=None, indent=1, width=80, depth=None, *, compact=False, sort_dicts=True, underscore_numbers=False
):
    """Prints it."""
    PrettyPrinter(
        indent, width, depth, stream, compact=compact, sort_dicts=sort_dicts, underscore_numbers=underscore_numbers
    ).pprint(object)


def pp(object, *args, sort_dicts=False, **kwargs):
    """pprint() of dicts in their own order."""
    pprint(object, *args, sort_dicts=sort_dicts, **kwargs)
