# SPDX-License-Identifier: Apache-2.0
"""Files in memory: StringIO and BytesIO."""

SEEK_SET = 0
SEEK_CUR = 1
SEEK_END = 2


class UnsupportedOperation(OSError, ValueError):
    """What such a file cannot do."""


class _Memory:
    """What both have: `_data`, a list of the text's parts until somebody reads, or a bytearray; `_at`."""

    closed = False

    def _check(self):
        if self.closed:
            raise ValueError("I/O operation on closed file" + self._closed_mark)

    def readable(self):
        """True."""
        self._check()
        return True

    writable = seekable = readable

    def isatty(self):
        """False."""
        self._check()
        return False

    def flush(self):
        """Nothing is to be done."""
        self._check()

    def close(self):
        """Forgets the contents."""
        self.closed = True
        self._data = self._data[:0]

    def tell(self):
        """The place."""
        self._check()
        return self._at

    def __enter__(self):
        self._check()
        return self

    def __exit__(self, *exc_info):
        self.close()

    def __iter__(self):
        self._check()
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def read(self, size=-1, /):
        """As much as that, or all there is."""
        self._check()
        data = self._whole()
        end = len(data) if size is None or size < 0 else self._at + size
        part = data[self._at : end]
        self._at += len(part)
        return self._given(part)

    def readline(self, size=-1, /):
        """To the end of the line."""
        self._check()
        data = self._whole()
        end = data.find(self._newline, self._at) + 1 or len(data)
        if size is not None and size >= 0:
            end = min(end, self._at + size)
        part = data[self._at : end]
        self._at = max(end, self._at)
        return self._given(part)

    def readlines(self, hint=-1, /):
        """All lines."""
        lines, length = [], 0
        for line in self:
            lines.append(line)
            length += len(line)
            if hint is not None and 0 < hint < length + isinstance(self, BytesIO):
                break
        return lines

    def writelines(self, lines, /):
        """Writes each."""
        for line in lines:
            self.write(line)

    def truncate(self, size=None, /):
        """Only so much stays."""
        self._check()
        size = self._at if size is None else size
        if size < 0:
            raise ValueError(
                f"negative size value {size}" if isinstance(self, BytesIO) else f"Negative size value {size}"
            )
        self._keep(self._whole()[:size])
        return size


class StringIO(_Memory):
    """A text that is written and read like a file."""

    _newline = "\n"
    _closed_mark = ""

    def __init__(self, initial_value="", newline="\n"):
        if initial_value is not None and not isinstance(initial_value, str):
            raise TypeError(f"initial_value must be str or None, not {type(initial_value).__name__}")
        self._data = [initial_value or ""]
        self._length = len(self._data[0])
        self._at = 0

    def _whole(self):
        if len(self._data) > 1:
            self._data = ["".join(self._data)]
        return self._data[0]

    def _keep(self, text):
        self._data = [text]
        self._length = len(text)

    def _given(self, part):
        return part

    def close(self):
        """Forgets the contents."""
        self.closed = True
        self._data = [""]

    def getvalue(self):
        """All of it."""
        self._check()
        return self._whole()

    def write(self, s, /):
        """At the place; how many characters."""
        self._check()
        if not isinstance(s, str):
            raise TypeError(f"string argument expected, got {type(s).__name__!r}")
        if self._at == self._length:
            self._data.append(s)
            self._length += len(s)
        elif s:
            data = self._whole()
            if self._at > len(data):
                data += "\0" * (self._at - len(data))
            self._keep(data[: self._at] + s + data[self._at + len(s) :])
        self._at += len(s)
        return len(s)

    def seek(self, pos, whence=0, /):
        """Goes to a place."""
        self._check()
        if whence not in (0, 1, 2):
            raise ValueError(f"Invalid whence ({whence}, should be 0, 1 or 2)")
        if whence == 0 and pos < 0:
            raise ValueError(f"Negative seek position {pos}")
        if whence and pos:
            raise OSError("Can't do nonzero cur-relative seeks")
        self._at = pos if whence == 0 else self._at if whence == 1 else self._length
        return self._at


class BytesIO(_Memory):
    """Bytes that are written and read like a file."""

    _newline = b"\n"
    _closed_mark = "."

    def __init__(self, initial_bytes=b""):
        if isinstance(initial_bytes, str):
            raise TypeError("a bytes-like object is required, not 'str'")
        self._data = bytearray(b"" if initial_bytes is None else initial_bytes)
        self._at = 0

    def _whole(self):
        return self._data

    def _keep(self, data):
        self._data = data

    def _given(self, part):
        return bytes(part)

    def getvalue(self):
        """All of it."""
        self._check()
        return bytes(self._data)

    def getbuffer(self):
        """A view of it."""
        self._check()
        return memoryview(self._data)

    def read1(self, size=-1, /):
        """read()"""
        return self.read(size)

    def readinto(self, buffer, /):
        """Into a buffer; how many bytes."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def write(self, b, /):
        """At the place; how many bytes."""
        self._check()
        if isinstance(b, str):
            raise TypeError("a bytes-like object is required, not 'str'")
        count = len(b) if isinstance(b, (bytes, bytearray)) else memoryview(b).nbytes
        if count:
            if self._at > len(self._data):
                self._data += bytes(self._at - len(self._data))
            self._data[self._at : self._at + count] = b
            self._at += count
        return count

    def seek(self, pos, whence=0, /):
        """Goes to a place."""
        self._check()
        if whence == 0 and pos < 0:
            raise ValueError(f"negative seek value {pos}")
        if whence not in (0, 1, 2):
            raise ValueError(f"invalid whence ({whence}, should be 0, 1 or 2)")
        self._at = max(pos + (0, self._at, len(self._data))[whence], 0)
        return self._at
