# SPDX-License-Identifier: Apache-2.0
"""What the VM's module json has not: files, and classes of encoders."""

from json import JSONDecodeError
from json import dumps as _dumps
from json import loads as _loads


class JSONEncoder:
    """How values become text: default() makes of a value that json does not know one that it knows."""

    def __init__(self, **options):
        self._options = options

    def default(self, o):
        """Of an unknown value."""
        raise TypeError(f"Object of type {o.__class__.__name__} is not JSON serializable")

    def encode(self, o):
        """The text."""
        return _dumps(o, **{"default": self.default, **self._options})

    def iterencode(self, o):
        """The text, in one part."""
        yield self.encode(o)


class JSONDecoder:
    """How text becomes values."""

    def __init__(self, **options):
        self._options = options

    def decode(self, s):
        """The value."""
        return _loads(s, **self._options)


def dumps(obj, *, cls=None, **options):
    """The text of a value."""
    return _dumps(obj, **options) if cls is None else cls(**options).encode(obj)


def loads(s, *, cls=None, **options):
    """The value of a text."""
    return _loads(s, **options) if cls is None else cls(**options).decode(s)


def dump(obj, fp, **options):
    """Writes the text of a value to a file."""
    fp.write(dumps(obj, **options))


def load(fp, **options):
    """The value of the text in a file."""
    return loads(fp.read(), **options)
