# SPDX-License-Identifier: Apache-2.0
"""Constants of letters, capwords() and templates."""

whitespace = " \t\n\r\v\f"
ascii_lowercase = "abcdefghijklmnopqrstuvwxyz"
ascii_uppercase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ascii_letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
digits = "0123456789"
hexdigits = "0123456789abcdefABCDEF"
octdigits = "01234567"
punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
printable = (
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \t\n\r\v\f"
)


def capwords(s, sep=None):
    """Each word with a capital first."""
    return (sep or " ").join([word.capitalize() for word in s.split(sep)])


class Template:
    """A text with $names."""

    delimiter = "$"

    def __init__(self, template):
        self.template = template

    def _parts(self):
        """(text, kind): "text" as it is, "name" of `name`, "braced" of `{name}`, "bad" of a delimiter with neither."""
        text, at = self.template, 0
        size = len(self.delimiter)
        while True:
            place = text.find(self.delimiter, at)
            if place < 0:
                yield text[at:], "text", at
                return
            yield text[at:place], "text", at
            at = place + size
            if text.startswith(self.delimiter, at):
                yield self.delimiter, "text", place
                at += size
                continue
            first = at + text.startswith("{", at)
            end = first
            while end < len(text) and (text[end] == "_" or (text[end].isalnum() and text[end].isascii())):
                if end == first and text[end].isdigit():
                    break
                end += 1
            braced = first > at
            if end == first or (braced and not text.startswith("}", end)):
                yield self.delimiter, "bad", place
                continue
            yield text[first:end], "braced" if braced else "name", place
            at = end + braced

    def _put(self, mapping, named, safe):
        found = []
        for text, kind, place in self._parts():
            if kind == "text":
                found.append(text)
            elif kind == "bad":
                if not safe:
                    before = self.template[:place].split("\n")
                    raise ValueError(f"Invalid placeholder in string: line {len(before)}, col {len(before[-1]) + 1}")
                found.append(text)
            elif text in named:
                found.append(str(named[text]))
            else:
                try:
                    found.append(str(mapping[text]))
                except KeyError:
                    if not safe:
                        raise
                    found.append(self.delimiter + ("{" + text + "}" if kind == "braced" else text))
        return "".join(found)

    def substitute(self, mapping={}, /, **kws):
        """The text with all names' values."""
        return self._put(mapping, kws, False)

    def safe_substitute(self, mapping={}, /, **kws):
        """The text with the values of the names that there are."""
        return self._put(mapping, kws, True)

    def is_valid(self):
        """Whether every delimiter has a name."""
        return all([kind != "bad" for _, kind, _ in self._parts()])

    def get_identifiers(self):
        """The names, each once."""
        return list(dict.fromkeys([text for text, kind, _ in self._parts() if kind in ("name", "braced")]))
