# SPDX-License-Identifier: Apache-2.0
"""Data classes: what CPython's dataclasses has, but for slots, InitVar and make_dataclass()."""

MISSING = type("_MISSING_TYPE", (), {"__repr__": lambda self: "<dataclasses._MISSING_TYPE object>"})()
KW_ONLY = type("_KW_ONLY_TYPE", (), {})()


class FrozenInstanceError(AttributeError):
    """An attribute of a frozen object was to be changed."""


class Field:
    """One field: fields() gives them."""

    def __init__(self, default, default_factory, init, repr, hash, compare, metadata, kw_only):
        self.name = None
        self.type = None
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.hash = hash
        self.compare = compare
        self.metadata = metadata
        self.kw_only = kw_only


def field(
    *,
    default=MISSING,
    default_factory=MISSING,
    init=True,
    repr=True,
    hash=None,
    compare=True,
    metadata=None,
    kw_only=MISSING,
):
    """What is special about a field."""
    if default is not MISSING and default_factory is not MISSING:
        raise ValueError("cannot specify both default and default_factory")
    return Field(default, default_factory, init, repr, hash, compare, metadata or {}, kw_only)


def _own_fields(cls, kw_only):
    found = []
    for name, kind in cls.__dict__.get("__annotations__", {}).items():
        text = kind if isinstance(kind, str) else repr(kind)
        if "ClassVar" in text.partition("[")[0]:
            continue
        if kind is KW_ONLY or text.rpartition(".")[2] == "KW_ONLY":
            kw_only = True
            continue
        default = cls.__dict__.get(name, MISSING)
        f = default if isinstance(default, Field) else field(default=default)
        f.name = name
        f.type = kind
        if f.kw_only is MISSING:
            f.kw_only = kw_only
        if isinstance(f.default, (list, dict, set)):
            raise ValueError(f"mutable default {type(f.default)} for field {name} is not allowed: use default_factory")
        if isinstance(default, Field):
            if f.default is MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, f.default)
        found.append(f)
    return found


def _values(self, chosen):
    return tuple([getattr(self, f.name) for f in chosen])


def _words(names):
    names = [repr(n) for n in names]
    if len(names) < 3:
        return " and ".join(names)
    return f"{', '.join(names[:-1])}, and {names[-1]}"


def _init(cls, flds, frozen):
    positional = [f for f in flds if f.init and not f.kw_only]
    names = {f.name: f for f in flds if f.init}
    store = object.__setattr__ if frozen else setattr

    def __init__(self, /, *args, **kwargs):
        called = f"{type(self).__qualname__}.__init__()"
        if len(args) > len(positional):
            least = 1 + len([f for f in positional if f.default is MISSING and f.default_factory is MISSING])
            most = 1 + len(positional)
            wanted = str(most) if least == most else f"from {least} to {most}"
            plural = "" if most == 1 else "s"
            raise TypeError(f"{called} takes {wanted} positional argument{plural} but {len(args) + 1} were given")
        for f, value in zip(positional, args):
            if f.name in kwargs:
                raise TypeError(f"{called} got multiple values for argument {f.name!r}")
            kwargs[f.name] = value
        for name in kwargs:
            if name not in names:
                raise TypeError(f"{called} got an unexpected keyword argument {name!r}")
        lost = [
            f for f in flds if f.init and f.name not in kwargs and f.default is MISSING and f.default_factory is MISSING
        ]
        for kw_only, kind in ((False, "positional"), (True, "keyword-only")):
            these = [f.name for f in lost if f.kw_only == kw_only]
            if these:
                plural = "" if len(these) == 1 else "s"
                raise TypeError(f"{called} missing {len(these)} required {kind} argument{plural}: {_words(these)}")
        for f in flds:
            if f.name in kwargs:
                value = kwargs[f.name]
            elif f.default_factory is not MISSING:
                value = f.default_factory()
            elif f.init and f.default is not MISSING:
                value = f.default
            else:
                continue
            store(self, f.name, value)
        if hasattr(self, "__post_init__"):
            self.__post_init__()

    return __init__


_in_repr = set()


def _repr(self):
    if id(self) in _in_repr:
        return "..."
    _in_repr.add(id(self))
    try:
        shown = [f"{f.name}={getattr(self, f.name)!r}" for f in self.__dataclass_fields__.values() if f.repr]
    finally:
        _in_repr.discard(id(self))
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _order(cls, flds, holds):
    def method(self, other):
        if type(other) is not type(self):
            return NotImplemented
        return holds(_values(self, flds), _values(other, flds))

    return method


def _refuse_set(self, name, value):
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_delete(self, name):
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _make(cls, init, repr, eq, order, unsafe_hash, frozen, match_args, kw_only):
    known = {}
    for base in reversed(cls.__mro__[1:]):
        known.update(getattr(base, "__dataclass_fields__", {}))
    for f in _own_fields(cls, kw_only):
        known[f.name] = f
    cls.__dataclass_fields__ = known
    flds = list(known.values())
    defaulted = None
    for f in flds:
        if f.init and not f.kw_only:
            if f.default is not MISSING or f.default_factory is not MISSING:
                defaulted = f
            elif defaulted:
                raise TypeError(f"non-default argument {f.name!r} follows default argument")
    own = cls.__dict__

    def add(name, method, always=False):
        if always or name not in own:
            method.__name__ = name
            method.__qualname__ = f"{cls.__qualname__}.{name}"
            setattr(cls, name, method)

    if init:
        add("__init__", _init(cls, flds, frozen))
    if repr:
        add("__repr__", lambda self: _repr(self))
    compared = [f for f in flds if f.compare]
    if eq:
        add("__eq__", _order(cls, compared, lambda a, b: a == b))
    if order:
        if not eq:
            raise ValueError("eq must be true if order is true")
        add("__lt__", _order(cls, compared, lambda a, b: a < b))
        add("__le__", _order(cls, compared, lambda a, b: a <= b))
        add("__gt__", _order(cls, compared, lambda a, b: a > b))
        add("__ge__", _order(cls, compared, lambda a, b: a >= b))
    if frozen:
        add("__setattr__", lambda self, name, value: _refuse_set(self, name, value))
        add("__delattr__", lambda self, name: _refuse_delete(self, name))
    if unsafe_hash or (eq and frozen):
        hashed = [f for f in flds if (f.compare if f.hash is None else f.hash)]
        add("__hash__", lambda self: hash(_values(self, hashed)))
    elif eq and "__hash__" not in own:
        cls.__hash__ = None
    if match_args and "__match_args__" not in own:
        cls.__match_args__ = tuple([f.name for f in flds if f.init and not f.kw_only])
    return cls


def dataclass(
    cls=None,
    /,
    *,
    init=True,
    repr=True,
    eq=True,
    order=False,
    unsafe_hash=False,
    frozen=False,
    match_args=True,
    kw_only=False,
):
    """A decorator: __init__, __repr__, __eq__ and others, made of the annotated names of the class."""
    if cls is None:
        return lambda cls: _make(cls, init, repr, eq, order, unsafe_hash, frozen, match_args, kw_only)
    return _make(cls, init, repr, eq, order, unsafe_hash, frozen, match_args, kw_only)


def is_dataclass(obj):
    """Whether it is a data class, or an object of one."""
    return hasattr(obj if isinstance(obj, type) else type(obj), "__dataclass_fields__")


def fields(class_or_instance):
    """The fields, in order."""
    if not hasattr(class_or_instance, "__dataclass_fields__"):
        raise TypeError("must be called with a dataclass type or instance")
    return tuple(class_or_instance.__dataclass_fields__.values())


def _plain(value, whole):
    if is_dataclass(value) and not isinstance(value, type):
        return whole(value)
    if isinstance(value, (list, tuple)):
        return type(value)([_plain(v, whole) for v in value])
    if isinstance(value, dict):
        return type(value)([(_plain(k, whole), _plain(v, whole)) for k, v in value.items()])
    return value


def asdict(obj, *, dict_factory=dict):
    """The fields as a dict, data classes in them too."""
    if isinstance(obj, type) or not is_dataclass(obj):
        raise TypeError("asdict() should be called on dataclass instances")

    def whole(o):
        return dict_factory([(f.name, _plain(getattr(o, f.name), whole)) for f in fields(o)])

    return whole(obj)


def astuple(obj, *, tuple_factory=tuple):
    """The fields as a tuple, data classes in them too."""
    if isinstance(obj, type) or not is_dataclass(obj):
        raise TypeError("astuple() should be called on dataclass instances")

    def whole(o):
        return tuple_factory([_plain(getattr(o, f.name), whole) for f in fields(o)])

    return whole(obj)


def replace(obj, /, **changes):
    """A new object like this one, but for these fields."""
    if isinstance(obj, type) or not is_dataclass(obj):
        raise TypeError("replace() should be called on dataclass instances")
    for f in fields(obj):
        if not f.init:
            if f.name in changes:
                raise ValueError(f"field {f.name} is declared with init=False, it cannot be specified with replace()")
        elif f.name not in changes:
            changes[f.name] = getattr(obj, f.name)
    return type(obj)(**changes)
