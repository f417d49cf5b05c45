# SPDX-License-Identifier: Apache-2.0
"""What of typing a program uses when it runs. Names that only stand in annotations are left out by the compiler."""

from _namedtuple import namedtuple as _namedtuple


class _Form:
    """A name that can be subscripted: what is in it is not looked at."""

    def __init__(self, name):
        self.__name__ = name

    def __getitem__(self, item):
        return self

    def __repr__(self):
        return "typing." + self.__name__


class _Union(_Form):
    def __getitem__(self, items):
        items = items if isinstance(items, tuple) else (items,)
        made = None
        for item in items:
            if not isinstance(item, type) and item is not None and type(item) is not type(int | str):
                return self  # a name that is told later, or a form: nothing that isinstance() knows
            made = item if made is None else made | item
        return made


class _Optional(_Union):
    def __getitem__(self, item):
        return _Union.__getitem__(self, (item, type(None)))


TYPE_CHECKING = False
Any = _Form("Any")
Union = _Union("Union")
Optional = _Optional("Optional")
Callable = _Form("Callable")
Iterable = _Form("Iterable")
Iterator = _Form("Iterator")
Sequence = _Form("Sequence")
MutableSequence = _Form("MutableSequence")
Mapping = _Form("Mapping")
MutableMapping = _Form("MutableMapping")
Collection = _Form("Collection")
Container = _Form("Container")
Generator = _Form("Generator")
Hashable = _Form("Hashable")
Sized = _Form("Sized")
Literal = _Form("Literal")
Final = _Form("Final")
ClassVar = _Form("ClassVar")
Annotated = _Form("Annotated")
NoReturn = _Form("NoReturn")
Never = _Form("Never")
Self = _Form("Self")
AnyStr = _Form("AnyStr")
Concatenate = _Form("Concatenate")
TypeAlias = _Form("TypeAlias")
TypeGuard = _Form("TypeGuard")
Text = str
List = list
Dict = dict
Tuple = tuple
Set = set
FrozenSet = frozenset
Type = type


class TypeVar:
    """A name for a type that is not known yet."""

    def __init__(self, name, *constraints, bound=None, covariant=False, contravariant=False):
        self.__name__ = name
        self.__constraints__ = constraints
        self.__bound__ = bound
        self.__covariant__ = covariant
        self.__contravariant__ = contravariant

    def __repr__(self):
        return ("+" if self.__covariant__ else "-" if self.__contravariant__ else "~") + self.__name__


class ParamSpec(TypeVar):
    """A name for parameters that are not known yet."""


class Generic:
    """A base of classes that can be subscripted."""

    def __class_getitem__(cls, item):
        return cls


class Protocol:
    """A base of classes that say what methods others have."""

    def __class_getitem__(cls, item):
        return cls


class TypedDict(dict):
    """A base of dicts whose keys are told."""

    def __init_subclass__(cls, total=True):
        pass


class NewType:
    """A type for checkers: calling it gives the value itself."""

    def __init__(self, name, tp):
        self.__name__ = self.__qualname__ = name
        self.__supertype__ = tp

    def __call__(self, value, /):
        return value


def cast(typ, val):
    """The value itself."""
    return val


def overload(func):
    """Stands before the variants of a function; the last definition is the function."""
    return func


def final(f):
    """The class or function itself."""
    return f


def runtime_checkable(cls):
    """The class itself."""
    return cls


def no_type_check(arg):
    """The function itself."""
    return arg


def get_type_hints(obj):
    """The annotations of a function, class or module."""
    return dict(obj.__annotations__)


def NamedTuple(typename, fields=(), defaults=None):
    """A class of tuples with names for the items; of `class C(NamedTuple)` the compiler makes such a call, with names alone."""
    return _namedtuple(typename, [f if isinstance(f, str) else f[0] for f in fields], defaults=defaults)
