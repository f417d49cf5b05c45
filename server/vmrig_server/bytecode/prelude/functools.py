# SPDX-License-Identifier: Apache-2.0
"""Functions about functions: what CPython's functools has."""

_MISSING = object()
WRAPPER_ASSIGNMENTS = ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__")
WRAPPER_UPDATES = ("__dict__",)


def reduce(function, iterable, initial=_MISSING, /):
    """The items put together from the left."""
    items = iter(iterable)
    if initial is _MISSING:
        try:
            initial = next(items)
        except StopIteration:
            raise TypeError("reduce() of empty iterable with no initial value") from None
    for item in items:
        initial = function(initial, item)
    return initial


class partial:
    """A function with some of its arguments given."""

    def __init__(self, func, /, *args, **keywords):
        if not callable(func):
            raise TypeError("the first argument must be callable")
        if isinstance(func, partial):
            args = func.args + args
            keywords = {**func.keywords, **keywords}
            func = func.func
        self.func = func
        self.args = args
        self.keywords = keywords

    def __call__(self, /, *args, **keywords):
        return self.func(*self.args, *args, **{**self.keywords, **keywords})

    def __repr__(self):
        parts = [repr(self.func)]
        parts += [repr(a) for a in self.args]
        parts += [f"{k}={v!r}" for k, v in self.keywords.items()]
        return f"functools.partial({', '.join(parts)})"


class partialmethod:
    """A method with some of its arguments given."""

    def __init__(self, func, /, *args, **keywords):
        self.func = func
        self.args = args
        self.keywords = keywords

    def __get__(self, obj, cls=None):
        func = self.func.__get__(obj, cls) if hasattr(self.func, "__get__") else self.func
        if obj is not None and not hasattr(func, "__self__"):  # a plain function, or something callable
            return partial(func, obj, *self.args, **self.keywords)
        return partial(func, *self.args, **self.keywords)


def _implementation(cls, registry):
    for base in cls.__mro__:
        if base in registry:
            return registry[base]
    return registry[object]


def singledispatch(func):
    """A function with variants for the class of its first argument; register() adds them."""
    registry = {object: func}
    name = func.__name__

    def dispatch(cls):
        return _implementation(cls, registry)

    def register(cls, func=None):
        if func is None:
            if isinstance(cls, type):
                return lambda f: register(cls, f)
            kinds = [kind for key, kind in cls.__annotations__.items() if key != "return"]
            func, cls = cls, kinds[0] if kinds else None
            if not isinstance(cls, type):
                raise TypeError(f"Invalid annotation for the first argument of {name}(): {cls!r} is not a class.")
        registry[cls] = func
        return func

    def wrapper(*args, **kw):
        if not args:
            raise TypeError(f"{name} requires at least 1 positional argument")
        return _implementation(args[0].__class__, registry)(*args, **kw)

    wrapper.register = register
    wrapper.dispatch = dispatch
    wrapper.registry = registry
    return update_wrapper(wrapper, func)


class singledispatchmethod:
    """A method with variants for the class of its first argument."""

    def __init__(self, func):
        self.dispatcher = singledispatch(func)
        self.func = func

    def register(self, cls, method=None):
        """Adds a variant."""
        return self.dispatcher.register(cls, method)

    def __get__(self, obj, cls=None):
        def method(*args, **kwargs):
            found = self.dispatcher.dispatch(args[0].__class__)
            return (
                found.__get__(obj, cls)(*args, **kwargs) if hasattr(found, "__get__") else found(obj, *args, **kwargs)
            )

        return method


def update_wrapper(wrapper, wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    """Makes the wrapper look like what it wraps."""
    for name in assigned:
        try:
            value = getattr(wrapped, name)
        except AttributeError:
            continue
        setattr(wrapper, name, value)
    for name in updated:
        getattr(wrapper, name).update(getattr(wrapped, name, {}))
    wrapper.__wrapped__ = wrapped
    return wrapper


def wraps(wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    """A decorator that does update_wrapper()."""
    return lambda wrapper: update_wrapper(wrapper, wrapped, assigned, updated)


class CacheInfo:
    """What cache_info() tells."""

    def __init__(self, hits, misses, maxsize, currsize):
        self.hits = hits
        self.misses = misses
        self.maxsize = maxsize
        self.currsize = currsize

    def __iter__(self):
        return iter((self.hits, self.misses, self.maxsize, self.currsize))

    def __eq__(self, other):
        return tuple(self) == tuple(other)

    def __getitem__(self, index):
        return tuple(self)[index]

    def __repr__(self):
        return f"CacheInfo(hits={self.hits}, misses={self.misses}, maxsize={self.maxsize}, currsize={self.currsize})"


def _cached(function, maxsize, typed):
    kept = {}
    hits = misses = 0

    def wrapper(*args, **keywords):
        nonlocal hits, misses
        key = args
        if keywords:
            key = (*args, _MISSING, *keywords.items())
        if typed:
            key = (*key, *[type(a) for a in args], *[type(a) for a in keywords.values()])
        if key in kept:
            hits += 1
            value = kept[key]
            if maxsize is not None:  # the last one asked for goes last
                del kept[key]
                kept[key] = value
            return value
        misses += 1
        value = function(*args, **keywords)
        if maxsize != 0:
            if maxsize is not None and len(kept) >= maxsize and key not in kept:
                del kept[next(iter(kept))]
            kept[key] = value
        return value

    def cache_info():
        return CacheInfo(hits, misses, maxsize, len(kept))

    def cache_clear():
        nonlocal hits, misses
        kept.clear()
        hits = misses = 0

    wrapper.cache_info = cache_info
    wrapper.cache_clear = cache_clear
    wrapper.cache_parameters = lambda: {"maxsize": maxsize, "typed": typed}
    return update_wrapper(wrapper, function)


def lru_cache(maxsize=128, typed=False):
    """A decorator that keeps the values of the last `maxsize` calls (None: of all)."""
    if callable(maxsize):
        return _cached(maxsize, 128, typed)
    if maxsize is not None and maxsize < 0:
        maxsize = 0
    return lambda function: _cached(function, maxsize, typed)


def cache(user_function, /):
    """A decorator that keeps the values of all calls."""
    return _cached(user_function, None, False)


class cached_property:
    """A property that is worked out once for each object, and then an attribute of it."""

    def __init__(self, func):
        self.func = func
        self.attrname = None
        self.__doc__ = func.__doc__

    def __set_name__(self, owner, name):
        self.attrname = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        value = instance.__dict__[self.attrname] = self.func(instance)
        return value


def cmp_to_key(mycmp):
    """A key function of a function that compares two items, as old sort() had it."""

    def by(holds):
        return lambda left, right: holds(mycmp(left.obj, right.obj))

    class K:
        __slots__ = ("obj",)
        __hash__ = None

        def __init__(self, obj):
            self.obj = obj

        def __lt__(self, other):  # sort() asks for no other
            return mycmp(self.obj, other.obj) < 0

        __gt__ = by(lambda sign: sign > 0)
        __eq__ = by(lambda sign: sign == 0)
        __le__ = by(lambda sign: sign <= 0)
        __ge__ = by(lambda sign: sign >= 0)

    return K


def _derived(root, negate, with_equal):
    def method(self, other):
        result = getattr(type(self), root)(self, other)
        if result is NotImplemented:
            return result
        if negate:
            result = not result
        if with_equal == "or":
            return result or self == other
        if with_equal == "and":
            return result and self != other
        return result

    return method


_ORDERS = {
    "__lt__": {"__gt__": (True, "and"), "__le__": (False, "or"), "__ge__": (True, "")},
    "__le__": {"__ge__": (True, "or"), "__lt__": (False, "and"), "__gt__": (True, "")},
    "__gt__": {"__lt__": (True, "and"), "__ge__": (False, "or"), "__le__": (True, "")},
    "__ge__": {"__le__": (True, "or"), "__gt__": (False, "and"), "__lt__": (True, "")},
}


def _has(cls, name):
    own = getattr(cls, "__dict__", None)
    return hasattr(cls, name) if own is None else name in own  # types that are built in have none


def total_ordering(cls):
    """Adds the comparisons that the class lacks to the one that it has."""
    roots = [name for name in _ORDERS if any(_has(c, name) for c in cls.__mro__[:-1])]
    if not roots:
        raise ValueError("must define at least one ordering operation: < > <= >=")
    root = "__lt__" if "__lt__" in roots else max(roots)
    for name, (negate, with_equal) in _ORDERS[root].items():
        if name not in roots:
            method = _derived(root, negate, with_equal)
            method.__name__ = name
            setattr(cls, name, method)
    return cls
