# SPDX-License-Identifier: Apache-2.0
"""collections.namedtuple."""

_KEYWORDS = (
    " False None True and as assert async await break class continue def del elif else except finally for from global if "
    "import in is lambda nonlocal not or pass raise return try while with yield "
)


def _check_names(typename, names, rename):
    for name in [typename, *names]:
        if not name.isidentifier():
            raise ValueError(f"Type names and field names must be valid identifiers: {name!r}")
        if f" {name} " in _KEYWORDS:
            raise ValueError(f"Type names and field names cannot be a keyword: {name!r}")
    seen = set()
    for name in names:
        if name.startswith("_") and not rename:
            raise ValueError(f"Field names cannot start with an underscore: {name!r}")
        if name in seen:
            raise ValueError(f"Encountered duplicate field name: {name!r}")
        seen.add(name)


def _refuse(self, value):
    raise AttributeError("can't set attribute")


def _keep(self):
    raise AttributeError("can't delete attribute")


def _field(number):
    return property(lambda self: self[number], _refuse, _keep, f"Alias for field number {number}")


def namedtuple(typename, field_names, *, rename=False, defaults=None, module=None):
    """A class of tuples whose items have names, too: a list of them, or one str with spaces or commas."""
    if isinstance(field_names, str):
        field_names = field_names.replace(",", " ").split()
    names = [str(name) for name in field_names]
    typename = str(typename)
    if rename:
        for i, name in enumerate(names):
            if not name.isidentifier() or f" {name} " in _KEYWORDS or name[0] == "_" or name in names[:i]:
                names[i] = f"_{i}"
    _check_names(typename, names, rename)
    fields, defaults = tuple(names), () if defaults is None else tuple(defaults)
    if len(defaults) > len(fields):
        raise TypeError("Got more default values than field names")
    default_of = dict(zip(fields[len(fields) - len(defaults) :], defaults))

    def __new__(_cls, /, *args, **named):
        values, absent = list(args), []
        for name in fields[len(args) :]:
            if name in named:
                values.append(named.pop(name))
            elif name in default_of:
                values.append(default_of[name])
            else:
                absent.append(repr(name))
        for name in named:
            kind = "multiple values for" if name in fields else "an unexpected keyword"
            raise TypeError(f"{typename}.__new__() got {kind} argument {name!r}")
        if len(values) > len(fields):
            least = f"from {len(fields) + 1 - len(defaults)} to " if defaults else ""
            raise TypeError(
                f"{typename}.__new__() takes {least}{len(fields) + 1} positional argument{'s' * (len(fields) > 0)} "
                f"but {len(values) + 1} were given"
            )
        if absent:
            text = f"missing {len(absent)} required positional argument{'s' * (len(absent) > 1)}: "
            if len(absent) > 2:
                absent = [", ".join(absent[:-1]) + ",", absent[-1]]
            raise TypeError(f"{typename}.__new__() {text}{' and '.join(absent)}")
        return tuple.__new__(_cls, values)

    def _make(cls, iterable):
        values = tuple(iterable)
        if len(values) != len(fields):
            raise TypeError(f"Expected {len(fields)} arguments, got {len(values)}")
        return tuple.__new__(cls, values)

    def _replace(self, /, **named):
        values = [named.pop(name, value) for name, value in zip(fields, self)]
        if named:
            raise ValueError(f"Got unexpected field names: {list(named)!r}")
        return self._make(values)

    def __repr__(self):
        return self.__class__.__name__ + "(" + ", ".join([f"{n}={v!r}" for n, v in zip(fields, self)]) + ")"

    members = {
        "__slots__": (),
        "__match_args__": fields,
        "__doc__": f"{typename}({', '.join(fields)})",
        "_fields": fields,
        "_field_defaults": default_of,
        "__new__": __new__,
        "_make": classmethod(_make),
        "_replace": _replace,
        "_asdict": lambda self: dict(zip(fields, self)),
        "__getnewargs__": lambda self: tuple(self),
        "__repr__": __repr__,
    }
    if module is not None:
        members["__module__"] = module
    for i, name in enumerate(fields):
        members[name] = _field(i)
    return type(typename, (tuple,), members)
