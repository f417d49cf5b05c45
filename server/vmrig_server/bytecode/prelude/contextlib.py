# SPDX-License-Identifier: Apache-2.0
"""Context managers: what CPython's contextlib has, but for AsyncExitStack and what redirects files."""


class AbstractContextManager:
    """A base of context managers."""

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        return None


def _known_as(function, other):
    """The function, as one that stands for the other."""
    function.__name__ = other.__name__
    function.__qualname__ = other.__qualname__
    function.__wrapped__ = other
    return function


class ContextDecorator:
    """A base of context managers that can also decorate a function."""

    def _recreate_cm(self):
        return self

    def __call__(self, func):
        def guarded(*args, **named):
            with self._recreate_cm():
                return func(*args, **named)

        return _known_as(guarded, func)


def _verdict(raised, thrown, end):
    """Of what left a generator into which an exception was thrown: True: it dealt with that, False: it let that pass, None: it is another one's."""
    if raised is thrown:
        return False
    if isinstance(raised, end):
        return True
    # StopIteration does not leave a generator as itself (PEP 479).
    passed = (
        isinstance(raised, RuntimeError) and isinstance(thrown, (StopIteration, end)) and raised.__cause__ is thrown
    )
    return False if passed else None


class _OfGenerator(ContextDecorator):
    def __init__(self, make):
        self._make = make
        self.gen = make()

    def _recreate_cm(self):
        return _OfGenerator(self._make)

    def __enter__(self):
        for value in self.gen:
            return value
        raise RuntimeError("generator didn't yield")

    def __exit__(self, kind, value, traceback):
        if kind is None:
            for _ in self.gen:
                raise RuntimeError("generator didn't stop")
            return False
        thrown = kind() if value is None else value
        try:
            self.gen.throw(thrown)
        except BaseException as raised:
            verdict = _verdict(raised, thrown, StopIteration)
            if verdict is None:
                raise
            return verdict
        raise RuntimeError("generator didn't stop after throw()")


def contextmanager(func):
    """A decorator: a generator function that yields once makes context managers."""
    return _known_as(lambda *args, **named: _OfGenerator(lambda: func(*args, **named)), func)


class closing(AbstractContextManager):
    """Closes the thing at the end of the block."""

    def __init__(self, thing):
        self.thing = thing

    def __enter__(self):
        return self.thing

    def __exit__(self, *exc_info):
        self.thing.close()


class suppress(AbstractContextManager):
    """The block ends quietly with these exceptions."""

    def __init__(self, *exceptions):
        self._exceptions = exceptions

    def __enter__(self):
        pass

    def __exit__(self, exctype, excinst, exctb):
        return exctype is not None and issubclass(exctype, self._exceptions)


class nullcontext(AbstractContextManager):
    """Does nothing."""

    def __init__(self, enter_result=None):
        self.enter_result = enter_result

    def __enter__(self):
        return self.enter_result

    def __exit__(self, *excinfo):
        pass


class ExitStack(AbstractContextManager):
    """Any number of context managers and callbacks, left in the reverse order."""

    def __init__(self):
        self._callbacks = []

    def pop_all(self):
        """A new stack with all that is in this one."""
        new = ExitStack()
        new._callbacks = self._callbacks
        self._callbacks = []
        return new

    def push(self, exit):
        """Takes an __exit__ function, or an object that has one."""
        self._callbacks.append(exit.__exit__ if hasattr(exit, "__exit__") else exit)
        return exit

    def enter_context(self, cm):
        """Enters the context manager now, and leaves it at the end."""
        cls = type(cm)
        if not (hasattr(cls, "__enter__") and hasattr(cls, "__exit__")):
            raise TypeError(
                f"'{cls.__module__}.{cls.__qualname__}' object does not support the context manager protocol"
            )
        result = cm.__enter__()
        self._callbacks.append(cm.__exit__)
        return result

    def callback(self, callback, /, *args, **kwds):
        """Calls the function at the end."""
        self._callbacks.append(lambda *details: callback(*args, **kwds) and False)
        return callback

    def close(self):
        """The end of the block, now."""
        self.__exit__(None, None, None)

    def __exit__(self, typ, value, traceback):
        received = value
        pending = value
        while self._callbacks:
            leave = self._callbacks.pop()
            try:
                if leave(None if pending is None else type(pending), pending, None):
                    pending = None
            except BaseException as raised:
                if raised.__context__ is None and raised is not pending:
                    raised.__context__ = pending
                pending = raised
        if pending is not None and pending is not received:
            raise pending
        return received is not None and pending is None


class AbstractAsyncContextManager:
    """A base of asynchronous context managers."""

    async def __aenter__(self):
        return self

    async def __aexit__(self, exc_type, exc_value, traceback):
        return None


class _OfAsyncGenerator:
    def __init__(self, gen):
        self.gen = gen

    async def __aenter__(self):
        async for value in self.gen:
            return value
        raise RuntimeError("generator didn't yield")

    async def __aexit__(self, kind, value, traceback):
        if kind is None:
            async for _ in self.gen:
                raise RuntimeError("generator didn't stop")
            return False
        thrown = kind() if value is None else value
        try:
            await self.gen.athrow(thrown)
        except BaseException as raised:
            verdict = _verdict(raised, thrown, StopAsyncIteration)
            if verdict is None:
                raise
            return verdict
        raise RuntimeError("generator didn't stop after athrow()")


def asynccontextmanager(func):
    """A decorator: an asynchronous generator function that yields once is a context manager of `async with`."""
    return _known_as(lambda *args, **named: _OfAsyncGenerator(func(*args, **named)), func)


class aclosing(AbstractAsyncContextManager):
    """Awaits aclose() of a thing at the end."""

    def __init__(self, thing):
        self.thing = thing

    async def __aenter__(self):
        return self.thing

    async def __aexit__(self, *exc_info):
        await self.thing.aclose()
