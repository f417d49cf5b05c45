# SPDX-License-Identifier: Apache-2.0
"""Names of types that are no builtins, SimpleNamespace and MappingProxyType."""


class SimpleNamespace:
    """Attributes, as told."""

    def __init__(self, /, **kwargs):
        for name, value in kwargs.items():
            setattr(self, name, value)

    def __repr__(self):
        name = type(self).__name__
        if name == "SimpleNamespace":
            name = "namespace"
        return f"{name}({', '.join([f'{k}={v!r}' for k, v in self.__dict__.items()])})"

    def __eq__(self, other):
        if isinstance(other, SimpleNamespace):
            return self.__dict__ == other.__dict__
        return NotImplemented


class MappingProxyType:
    """A dict that cannot be changed by it."""

    __slots__ = ("_mapping",)

    def __init__(self, mapping, /):
        if not hasattr(mapping, "keys"):
            raise TypeError(f"mappingproxy() argument must be a mapping, not {type(mapping).__name__}")
        self._mapping = mapping

    def __getitem__(self, key):
        return self._mapping[key]

    def __contains__(self, key):
        return key in self._mapping

    def __iter__(self):
        return iter(self._mapping)

    def __reversed__(self):
        return reversed(self._mapping)

    def __len__(self):
        return len(self._mapping)

    def get(self, key, default=None, /):
        """The value, or the default."""
        return self._mapping.get(key, default)

    def keys(self):
        """The dict's keys."""
        return self._mapping.keys()

    def values(self):
        """The dict's values."""
        return self._mapping.values()

    def items(self):
        """The dict's pairs."""
        return self._mapping.items()

    def copy(self):
        """A dict that can be changed."""
        return self._mapping.copy()

    def __eq__(self, other):
        return self._mapping == other

    def __or__(self, other):
        return self._mapping | (other._mapping if isinstance(other, MappingProxyType) else other)

    def __ror__(self, other):
        return other | self._mapping

    def __str__(self):
        return str(self._mapping)

    def __repr__(self):
        return f"mappingproxy({self._mapping!r})"

    __hash__ = None


def _f():
    yield


FunctionType = LambdaType = type(_f)
GeneratorType = type(_f())
MethodType = type(SimpleNamespace().__init__)
BuiltinFunctionType = BuiltinMethodType = type(len)
NoneType = type(None)
EllipsisType = type(...)
NotImplementedType = type(NotImplemented)
