# SPDX-License-Identifier: Apache-2.0
"""Enum, and the class of enumerations."""

_NO_VALUE = object()


class auto:
    """The next value: _generate_next_value_() tells which."""

    def __init__(self):
        self.value = _NO_VALUE


class member:
    """Makes a member of what would be none: a function, a class."""

    def __init__(self, value):
        self.value = value


class nonmember(member):
    """Makes an attribute of what would be a member."""


def _is_special(name):
    """A name with underscores on both sides, which is no member's: __x__ or _x_."""
    return len(name) > 2 and name[0] == name[-1] == "_" and name.strip("_") != ""


class _Body(dict):
    """The names of an enumeration's body as it runs: members in their order, autos with their values."""

    def __init__(self, name, generate):
        dict.__init__(self)
        self.class_name = name
        self.generate = generate
        self.members = {}
        self.ignored = ()

    def __setitem__(self, key, value):
        if key == "_ignore_":
            self.ignored = value.replace(",", " ").split() if isinstance(value, str) else list(value)
        elif key == "_generate_next_value_":
            self.generate = getattr(value, "__func__", value)
        elif (
            _is_special(key)
            or key.startswith(f"_{self.class_name}__")
            or key in self.ignored
            or isinstance(value, nonmember)
        ):
            value = value.value if isinstance(value, nonmember) else value
        elif key in self.members:
            raise TypeError(f"{key!r} already defined as {self[key]!r}")
        elif isinstance(value, member) or not _is_descriptor(value):
            if key in self:
                raise TypeError(f"{key!r} already defined as {self[key]!r}")
            value = value.value if isinstance(value, member) else value
            if isinstance(value, auto):
                value = self.next_value(key, value)
            elif type(value) is tuple and any([isinstance(part, auto) for part in value]):
                value = tuple([self.next_value(key, part) if isinstance(part, auto) else part for part in value])
            self.members[key] = value
        dict.__setitem__(self, key, value)

    def next_value(self, key, value):
        """An auto's."""
        if value.value is _NO_VALUE:
            value.value = self.generate(key, 1, len(self.members), list(self.members.values()))
        return value.value


def _is_descriptor(value):
    return (
        hasattr(value, "__get__")
        or hasattr(value, "__set__")
        or hasattr(value, "__delete__")
        or isinstance(value, _FUNCTIONS)
    )


_FUNCTIONS = (type(_is_special), classmethod, staticmethod, property)


def _shown(cls, value):
    return f"<{cls.__name__}: {value!r}>"


class EnumType(type):
    """The class of enumerations."""

    @classmethod
    def __prepare__(metacls, cls, bases, **kwds):
        base = _last_enum(cls, bases)
        return _Body(cls, _plain_next if base is None else base._generate_next_value_)

    def __new__(metacls, cls, bases, classdict, **kwds):
        base = _last_enum(cls, bases)
        members = classdict.members
        names = {
            name: value for name, value in classdict.items() if name not in members and name not in classdict.ignored
        }
        generate = names.get("_generate_next_value_")
        if generate is not None and not isinstance(generate, staticmethod):
            names["_generate_next_value_"] = staticmethod(generate)
        own_new = names.pop("__new__", None)
        self = type.__new__(metacls, cls, bases, names)
        self._member_names_ = []
        self._member_map_ = {}
        self._value2member_map_ = {}
        self._unhashable_values_ = []
        self._flag_mask_ = 0
        if base is None:
            self._member_type_ = object
            self._new_member_ = None
            return self
        self._member_type_ = data = _data_type(cls, bases)
        if own_new is None:
            own_new = base._new_member_
        self._new_member_ = own_new
        for name, value in members.items():
            self._add(name, value, data, own_new)
        if self._is_flag_:
            self._member_names_ = [n for n in self._member_names_ if self._member_map_[n]._value_.bit_count() == 1]
        return self

    def _add(self, name, value, data, own_new):
        args = value if isinstance(value, tuple) else (value,)
        if data is tuple:
            args = (args,)
        if own_new is not None:
            made = getattr(own_new, "__func__", own_new)(self, *args)
            if not hasattr(made, "_value_"):
                made._value_ = value if data is object else data(*args)
        elif data is object:
            made = object.__new__(self)
            made._value_ = value
        else:
            made = data.__new__(self, *args)
            made._value_ = value if data is str and len(args) == 1 else data(*args)
        value = made._value_
        made._name_ = name
        made.__objclass__ = self
        made._sort_order_ = len(self._member_names_)
        if "__init__" in _names_of(self):
            made.__init__(*args)
        known = self._known(value)
        if known is not None:
            made = known
        else:
            self._member_names_.append(name)
            try:
                self._value2member_map_[value] = made
            except TypeError:
                self._unhashable_values_.append(made)
            if isinstance(value, int) and self._is_flag_:
                self._flag_mask_ |= value
        self._member_map_[name] = made
        type.__setattr__(self, name, made)

    def _known(self, value):
        try:
            return self._value2member_map_.get(value)
        except TypeError:
            for made in self._unhashable_values_:
                if made._value_ == value:
                    return made
        return None

    def __call__(cls, value, names=None, *, module=None, qualname=None, type=None, start=1, boundary=None):
        if names is None:
            return _lookup(cls, value)
        bases = (cls,) if type is None else (type, cls)
        body = cls.__class__.__prepare__(value, bases)
        if isinstance(names, str):
            names = names.replace(",", " ").split()
        values = []
        for item in names.items() if isinstance(names, dict) else names:
            if isinstance(item, str):
                made = cls._generate_next_value_(item, start, len(values), values[:])
                values.append(made)
                body[item] = made
            else:
                body[item[0]] = item[1]
        return cls.__class__.__new__(cls.__class__, value, bases, body)

    def __contains__(cls, value):
        if not isinstance(value, Enum):
            raise TypeError(
                f"unsupported operand type(s) for 'in': '{type(value).__qualname__}' and '{cls.__class__.__qualname__}'"
            )
        return isinstance(value, cls) and value._name_ in cls._member_map_

    def __getitem__(cls, name):
        return cls._member_map_[name]

    def __iter__(cls):
        return iter([cls._member_map_[name] for name in cls._member_names_])

    def __reversed__(cls):
        return iter([cls._member_map_[name] for name in cls._member_names_[::-1]])

    def __len__(cls):
        return len(cls._member_names_)

    def __bool__(cls):
        return True

    @property
    def __members__(cls):
        return dict(cls._member_map_)

    def __setattr__(cls, name, value):
        if name in cls.__dict__.get("_member_map_", ()):
            raise AttributeError(f"cannot reassign member {name!r}")
        type.__setattr__(cls, name, value)

    def __getattr__(cls, name):
        raise AttributeError(name)

    def __delattr__(cls, name):
        if name in cls._member_map_:
            raise AttributeError(f"{cls.__name__!r} cannot delete member {name!r}.")
        type.__delattr__(cls, name)

    def __repr__(cls):
        return f"<{'flag' if cls._is_flag_ else 'enum'} {cls.__name__!r}>"


EnumMeta = EnumType


def _names_of(cls):
    found = set()
    for base in cls.__mro__:
        if isinstance(base, EnumType):
            found.update(base.__dict__)
    return found


def _plain_next(name, start, count, last_values):
    if not last_values:
        return start
    try:
        return max([v for v in last_values if isinstance(v, int)]) + 1
    except ValueError:
        return start


def _last_enum(name, bases):
    """The enumeration that a class derives from, which must have no members."""
    for base in bases[::-1]:
        if isinstance(base, EnumType):
            if base._member_names_:
                raise TypeError(f"<enum {name!r}> cannot extend {base!r}")
            return base
    return None


def _data_type(name, bases):
    """The builtin type whose values members are."""
    for base in bases:
        for cls in base.__mro__:
            if cls in (int, float, str, bytes, tuple):
                return cls
    return object


def _lookup(cls, value):
    if type(value) is cls:
        return value
    found = cls._known(value)
    if found is not None:
        return found
    error = ValueError(f"{value!r} is not a valid {cls.__qualname__}")
    try:
        found = cls._missing_(value)
    except Exception as e:
        if e is not error:
            e.__context__ = error
        raise
    if isinstance(found, cls):
        return found
    if found is None:
        raise error
    raise TypeError(f"error in {cls.__name__}._missing_: returned {found!r} instead of None or a valid member")


class Enum(metaclass=EnumType):
    """A base of classes whose attributes are their only objects."""

    _is_flag_ = False

    @classmethod
    def _missing_(cls, value):
        return None

    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        return _plain_next(name, start, count, last_values)

    @property
    def name(self):
        """The member's name."""
        return self._name_

    @property
    def value(self):
        """The member's value."""
        return self._value_

    def __repr__(self):
        return f"<{self.__class__.__name__}.{self._name_}: {self._value_!r}>"

    def __str__(self):
        return f"{self.__class__.__name__}.{self._name_}"

    def __format__(self, spec):
        return str.__format__(str(self), spec)

    def __hash__(self):
        return hash(self._name_)

    def __reduce_ex__(self, protocol):
        return self.__class__, (self._value_,)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self
