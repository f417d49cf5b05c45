# SPDX-License-Identifier: Apache-2.0
"""The console as a file, print() to any file, and what else of CPython's sys a board has in its own way: stand_ins.py names them."""

argv = [""]


class _Console:
    """sys.stdout and sys.stderr: both are the console."""

    encoding = "utf-8"
    closed = False

    def __init__(self, name):
        self.name = name

    def write(self, text, /):
        """Prints the text; returns its length."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        print(text, end="")
        return len(text)

    def writelines(self, lines, /):
        """Prints each of the texts."""
        for line in lines:
            self.write(line)

    def flush(self):
        """Text never waits."""

    def isatty(self):
        """A console is no terminal."""
        return False

    def writable(self):
        """It is."""
        return True

    def readable(self):
        """It is not."""
        return False

    def __repr__(self):
        return f"<_io.TextIOWrapper name={self.name!r} mode='w' encoding='utf-8'>"


stdout = _Console("<stdout>")
stderr = _Console("<stderr>")


def print_to(*values, sep=None, end=None, file=None, flush=False):
    """print(file=...)"""
    if file is None:
        print(*values, sep=sep, end=end, flush=flush)
        return
    for name, text in ("sep", sep), ("end", end):
        if text is not None and not isinstance(text, str):
            raise TypeError(f"{name} must be None or a string, not {type(text).__name__}")
    write = file.write
    between = False
    for value in values:
        if between:
            write(" " if sep is None else sep)
        between = True
        write(str(value))
    write("\n" if end is None else end)
    if flush:
        file.flush()


def setrecursionlimit(limit, /):
    """How deep calls go is a matter of the heap."""
    if limit < 1:
        raise ValueError("recursion limit must be greater or equal than 1")
