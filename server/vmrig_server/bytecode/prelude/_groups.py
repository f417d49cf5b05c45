# SPDX-License-Identifier: Apache-2.0
"""Groups of exceptions and what `except*` does with them (PEP 654). The compiler imports this where a program names one of them."""


class BaseExceptionGroup(BaseException):
    def __new__(cls, *args):
        if len(args) != 2:
            raise TypeError(f"BaseExceptionGroup.__new__() takes exactly 2 arguments ({len(args)} given)")
        return cls.__made__(args[0], args[1])

    @classmethod
    def __made__(cls, message, exceptions):
        if not isinstance(message, str):
            raise TypeError(f"BaseExceptionGroup.__new__() argument 1 must be str, not {type(message).__name__}")
        try:
            exceptions[0:0]
        except (TypeError, KeyError):
            raise TypeError("second argument (exceptions) must be a sequence") from None
        if not exceptions:
            raise ValueError("second argument (exceptions) must be a non-empty sequence")
        plain = True
        for i, e in enumerate(exceptions):
            if not isinstance(e, BaseException):
                raise ValueError(f"Item {i} of second argument (exceptions) is not an exception")
            plain = plain and isinstance(e, Exception)
        if cls is BaseExceptionGroup and plain:
            cls = ExceptionGroup
        elif not plain and issubclass(cls, Exception):
            where = "an ExceptionGroup" if cls is ExceptionGroup else repr(cls.__name__)
            raise TypeError(f"Cannot nest BaseExceptions in {where}")
        made = super().__new__(cls, message, exceptions)
        made._message = message
        made._exceptions = tuple(exceptions)
        return made

    @property
    def message(self):
        return self._message

    @property
    def exceptions(self):
        return self._exceptions

    @message.setter
    def message(self, value):
        raise AttributeError("readonly attribute")

    exceptions = exceptions.setter(message.fset)

    def __str__(self):
        n = len(self.exceptions)
        return f"{self.message} ({n} sub-exception{'s' if n != 1 else ''})"

    def derive(self, excs):
        return BaseExceptionGroup(self.message, excs)

    def subgroup(self, condition):
        return _split(self, _test_of(condition))[0]

    def split(self, condition):
        return _split(self, _test_of(condition))


class ExceptionGroup(BaseExceptionGroup, Exception):
    pass


def _is_class(c):
    return isinstance(c, type) and issubclass(c, BaseException)


def _test_of(condition):
    if _is_class(condition) or (isinstance(condition, tuple) and all([_is_class(c) for c in condition])):
        return lambda e: isinstance(e, condition)
    if callable(condition) and not isinstance(condition, type):
        return condition
    raise TypeError("expected a function, exception type or tuple of exception types")


def _split(group, test):
    """(the exceptions of the group for which the test holds, the others), each a group of its shape or None."""
    if test(group):
        return group, None
    if not isinstance(group, BaseExceptionGroup):
        return None, group
    yes = []
    no = []
    for e in group.exceptions:
        match, rest = _split(e, test)
        if match is not None:
            yes.append(match)
        if rest is not None:
            no.append(rest)
    return _subset(group, yes), _subset(group, no)


def _subset(group, exceptions):
    if not exceptions:
        return None
    made = group.derive(exceptions)
    if not isinstance(made, BaseExceptionGroup):
        raise TypeError("derive must return an instance of BaseExceptionGroup")
    made.__traceback__ = group.__traceback__
    made.__context__ = group.__context__
    made.__cause__ = group.__cause__
    try:
        made.__notes__ = list(group.__notes__)
    except (AttributeError, TypeError):
        pass
    return made


def _leaves(e):
    if not isinstance(e, BaseExceptionGroup):
        return [e]
    return [leaf for inner in e.exceptions for leaf in _leaves(inner)]


class Catch:
    """What a `try` with `except*` has caught, while its clauses run."""

    def __init__(self, caught):
        self.caught = self.rest = caught
        self.new = []  # exceptions that clauses have raised
        self.kept = []  # parts of the caught one that are raised again
        self.again = False  # by a bare `raise`

    def send(self, types):
        """What of the rest is of these types, as a group, or None."""
        for t in types if isinstance(types, tuple) else (types,):
            if not _is_class(t):
                raise TypeError("catching classes that do not inherit from BaseException is not allowed")
            if issubclass(t, BaseExceptionGroup):
                raise TypeError("catching ExceptionGroup with except* is not allowed. Use except instead.")
        rest = self.rest
        if rest is None:
            return None
        match, self.rest = _split(rest, lambda e: isinstance(e, types))
        if match is not None and not isinstance(match, BaseExceptionGroup):
            match = BaseExceptionGroup("", (match,))
        return match

    def throw(self, raised, match):
        """A clause that got `match` has raised."""
        (self.kept if self.again and raised is match else self.new).append(raised)
        self.again = False

    def close(self):
        """What is to be raised now, or None."""
        new = self.new
        kept = self.kept
        if self.rest is not None:
            kept.append(self.rest)
        if not isinstance(self.caught, BaseExceptionGroup):
            return new[0] if new else kept[0] if kept else None
        if kept:
            leaves = [leaf for e in kept for leaf in _leaves(e)]
            kept = _split(self.caught, lambda e: any([e is leaf for leaf in leaves]))[0]
            new.append(kept)
        if len(new) > 1:
            return BaseExceptionGroup("", new)
        return new[0] if new else None
