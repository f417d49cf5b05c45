# SPDX-License-Identifier: Apache-2.0
"""Texts in lines of a width."""

_SPACE = "\t\n\x0b\x0c\r "


def dedent(text):
    """Without the white space that all lines begin with."""
    lines = text.split("\n")
    margin = None
    for i, line in enumerate(lines):
        bare = line.lstrip(" \t")
        if not bare:
            lines[i] = ""
            continue
        indent = line[: len(line) - len(bare)]
        if margin is None:
            margin = indent
        else:
            n = 0
            while n < len(margin) and n < len(indent) and margin[n] == indent[n]:
                n += 1
            margin = margin[:n]
    n = len(margin or "")
    return "\n".join([line[n:] for line in lines])


def indent(text, prefix, predicate=None):
    """With the prefix before each line that is not blank."""
    lines = text.splitlines(True)
    return "".join([prefix + line if (predicate(line) if predicate else line.strip()) else line for line in lines])


class TextWrapper:
    """How texts are wrapped."""

    def __init__(
        self,
        width=70,
        initial_indent="",
        subsequent_indent="",
        expand_tabs=True,
        replace_whitespace=True,
        fix_sentence_endings=False,
        break_long_words=True,
        drop_whitespace=True,
        break_on_hyphens=True,
        tabsize=8,
        *,
        max_lines=None,
        placeholder=" [...]",
    ):
        self.width = width
        self.initial_indent = initial_indent
        self.subsequent_indent = subsequent_indent
        self.expand_tabs = expand_tabs
        self.replace_whitespace = replace_whitespace
        self.fix_sentence_endings = fix_sentence_endings
        self.break_long_words = break_long_words
        self.drop_whitespace = drop_whitespace
        self.break_on_hyphens = break_on_hyphens
        self.tabsize = tabsize
        self.max_lines = max_lines
        self.placeholder = placeholder

    def _chunks(self, text):
        """Words and the white space between them; words with hyphens in parts."""
        if self.expand_tabs:
            text = text.expandtabs(self.tabsize)
        if self.replace_whitespace:
            for c in "\t\n\x0b\x0c\r":
                text = text.replace(c, " ")
        chunks, start = [], 0
        while start < len(text):
            end = start
            blank = text[start] in _SPACE
            while end < len(text) and (text[end] in _SPACE) == blank:
                end += 1
            word = text[start:end]
            start = end
            if blank or not self.break_on_hyphens:
                chunks.append(word)
                continue
            chunks += self._parts(word)
        return chunks

    @staticmethod
    def _parts(word):
        """foo-bar is foo- and bar; so are dashes between words."""
        parts, begin, i = [], 0, 1
        while i < len(word) - 1:
            if word[i] == "-":
                if word[i + 1] == "-" and word[i - 1] != "-":  # a dash
                    end = i
                    while end < len(word) and word[end] == "-":
                        end += 1
                    if end < len(word):
                        parts += [word[begin:i], word[i:end]]
                        begin = i = end
                elif (
                    word[i - 1].isalpha()
                    and word[i + 1].isalpha()
                    and i - begin >= 2
                    and (word[i - 2].isalpha() or word[i - 2] == "-")
                    and i + 2 < len(word)
                    and (word[i + 2].isalpha() or word[i + 2] == "-")
                ):
                    parts.append(word[begin : i + 1])
                    begin = i + 1
            i += 1
        return parts + [word[begin:]]

    def wrap(self, text):
        """The lines."""
        if self.width <= 0:
            raise ValueError(f"invalid width {self.width!r} (must be > 0)")
        if self.max_lines is not None:
            first = self.subsequent_indent if self.max_lines > 1 else self.initial_indent
            if len(first) + len(self.placeholder.lstrip()) > self.width:
                raise ValueError("placeholder too large for max width")
        chunks = self._chunks(text)
        if self.fix_sentence_endings:
            for i in range(1, len(chunks)):
                before = chunks[i - 1].rstrip("\"'")
                if chunks[i] == " " and before[-1:] in (".", "!", "?") and before[-2:-1].islower():
                    chunks[i] = "  "
        chunks.reverse()
        lines = []
        while chunks:
            first = self.subsequent_indent if lines else self.initial_indent
            room = self.width - len(first)
            if self.drop_whitespace and chunks[-1].strip() == "" and lines:
                del chunks[-1]
            line, length = [], 0
            while chunks and length + len(chunks[-1]) <= room:
                length += len(chunks[-1])
                line.append(chunks.pop())
            if chunks and len(chunks[-1]) > room:
                self._long_word(chunks, line, length, room)
                length = sum(map(len, line))
            if self.drop_whitespace and line and line[-1].strip() == "":
                length -= len(line.pop())
            if not line:
                continue
            rest = len(chunks) > 1 or (chunks and (chunks[0].strip() or not self.drop_whitespace))
            if self.max_lines is None or len(lines) + 1 < self.max_lines or (not rest and length <= room):
                lines.append(first + "".join(line))
                continue
            self._shorten(lines, line, length, room, first)
            break
        return lines

    def _shorten(self, lines, line, length, room, first):
        while line:
            if line[-1].strip() and length + len(self.placeholder) <= room:
                lines.append(first + "".join(line) + self.placeholder)
                return
            length -= len(line.pop())
        if lines:
            last = lines[-1].rstrip()
            if len(last) + len(self.placeholder) <= self.width:
                lines[-1] = last + self.placeholder
                return
        lines.append(first + self.placeholder.lstrip())

    def _long_word(self, chunks, line, length, room):
        space = 1 if room < 1 else room - length
        if not self.break_long_words:
            if not line:
                line.append(chunks.pop())
            return
        end, chunk = space, chunks[-1]
        if self.break_on_hyphens and len(chunk) > space:
            hyphen = chunk.rfind("-", 0, space)
            if hyphen > 0 and chunk[:hyphen].strip("-"):
                end = hyphen + 1
        line.append(chunk[:end])
        chunks[-1] = chunk[end:]

    def fill(self, text):
        """The lines in one text."""
        return "\n".join(self.wrap(text))


def wrap(text, width=70, **kwargs):
    """The text in lines."""
    return TextWrapper(width=width, **kwargs).wrap(text)


def fill(text, width=70, **kwargs):
    """The same in one text."""
    return TextWrapper(width=width, **kwargs).fill(text)


def shorten(text, width, **kwargs):
    """As much of the text as goes into one line."""
    kwargs.setdefault("max_lines", 1)
    return TextWrapper(width=width, **kwargs).fill(" ".join(text.strip().split()))
