# SPDX-License-Identifier: Apache-2.0
"""A slow, strict interpreter of the instruction set on CPython's own objects.

It is the compiler's judge where the C virtual machine would forgive: registers that were never written and registers that a call
may have overwritten hold POISON, and reading POISON is an error of the compiler.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Generator
from importlib import import_module
from typing import Any

from vmrig_server.bytecode.isa import ATTRIBUTE_OPS, extension_count, signed
from vmrig_server.bytecode.tables import tables
from vmrig_server.bytecode.view import View


class Sentinel:
    """A value no program can make."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<{self.name}>"


POISON = Sentinel("poison")
UNBOUND = Sentinel("unbound")


class CompilerBug(BaseException):
    """The code does something that no correct compiler would emit."""


class Cell:
    """A variable that functions share."""

    def __init__(self, content: Any) -> None:
        self.content = content


class Function:
    """A function object: callable, and a descriptor, so that CPython's own classes can hold it."""

    def __init__(self, vm: ReferenceVm, number: int, defaults: Any, kwdefaults: Any, cells: list[Cell]) -> None:
        self.vm, self.number, self.cells = vm, number, cells
        self.defaults: tuple[Any, ...] = defaults or ()
        self.kwdefaults: dict[str, Any] = kwdefaults or {}
        self.__name__ = vm.view.name(vm.view.definitions[number].name)
        self.__qualname__ = vm.view.function_name(number)

    def __get__(self, instance: Any, owner: Any) -> Any:
        import types

        return self if instance is None else types.MethodType(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.vm.run(self, self.bind(list(args), kwargs))

    def bind(self, args: list[Any], kwargs: dict[str, Any]) -> list[Any]:
        f = self.vm.view.functions[self.number]
        names = self.vm.view.parameters(self.number)
        varargs, varkw = bool(f.flags & 1), bool(f.flags & 2)
        positional = names[: f.nargs]
        kwonly = names[f.nargs + varargs : f.nargs + varargs + f.nkwonly]
        values: dict[str, Any] = dict(zip(positional, args, strict=False))
        extra = tuple(args[f.nargs :])
        if extra and not varargs:
            raise TypeError(f"{self.__qualname__}() takes {f.nargs} positional arguments but {len(args)} were given")
        rest: dict[str, Any] = {}
        for name, value in kwargs.items():
            if name in values:
                raise TypeError(f"{self.__qualname__}() got multiple values for argument '{name}'")
            if name in kwonly or name in positional[f.nposonly :]:
                values[name] = value
            elif varkw:
                rest[name] = value
            else:
                raise TypeError(f"{self.__qualname__}() got an unexpected keyword argument '{name}'")
        for name, value in zip(positional[len(positional) - len(self.defaults) :], self.defaults, strict=True):
            values.setdefault(name, value)
        for name, value in self.kwdefaults.items():
            values.setdefault(name, value)
        missing = [n for n in [*positional, *kwonly] if n not in values]
        if missing:
            raise TypeError(f"{self.__qualname__}() missing required arguments: {missing}")
        out = [values[n] for n in positional]
        if varargs:
            out.append(extra)
        out += [values[n] for n in kwonly]
        if varkw:
            out.append(rest)
        return out


_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "ADD": operator.add,
    "SUB": operator.sub,
    "MUL": operator.mul,
    "TRUEDIV": operator.truediv,
    "FLOORDIV": operator.floordiv,
    "MOD": operator.mod,
    "POW": operator.pow,
    "LSHIFT": operator.lshift,
    "RSHIFT": operator.rshift,
    "AND": operator.and_,
    "OR": operator.or_,
    "XOR": operator.xor,
    "IADD": operator.iadd,
    "IMUL": operator.imul,
    "IOR": operator.ior,
    "IAND": operator.iand,
    "ISUB": operator.isub,
    "IXOR": operator.ixor,
    "EQ": operator.eq,
    "NE": operator.ne,
    "LT": operator.lt,
    "LE": operator.le,
    "GT": operator.gt,
    "GE": operator.ge,
    "IS": operator.is_,
    "ISNOT": operator.is_not,
    "IN": lambda a, b: a in b,
    "NOTIN": lambda a, b: a not in b,
}
_IMMEDIATE: dict[str, Callable[[Any, Any], Any]] = {
    "ADDI": operator.add,
    "MULI": operator.mul,
    "SUBI": operator.sub,
    "ANDI": operator.and_,
    "LSHIFTI": operator.lshift,
    "RSHIFTI": operator.rshift,
}
_UNARY: dict[str, Callable[[Any], Any]] = {
    "NEG": operator.neg,
    "POS": operator.pos,
    "INV": operator.invert,
    "NOT": operator.not_,
}
_CONSTANTS = (None, False, True, UNBOUND, NotImplemented, Ellipsis)
_JUMP: dict[str, Callable[[Any, Any], Any]] = {f"J{c}": _BINARY[c] for c in ("EQ", "NE", "LT", "LE", "GT", "GE")}


def _negated(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda a, b: not function(a, b)


_JUMP |= {f"JN{c}": _negated(_BINARY[c]) for c in ("LT", "LE", "GT", "GE")}
_TEST: dict[str, Callable[[Any], Any]] = {
    "JT": bool,
    "JF": operator.not_,
    "JNONE": lambda v: v is None,
    "JNNONE": lambda v: v is not None,
}
_OPERATORS = [
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "lshift",
    "rshift",
    "and",
    "or",
    "xor",
    "matmul",
]
_CONVERT: tuple[Callable[[Any], Any], ...] = (lambda v: v, str, repr, ascii)


class ReferenceVm:
    """Runs one program. `natives` maps "module.name" to objects; CPython's own modules are there already."""

    def __init__(self, image: bytes, natives: dict[str, Any] | None = None) -> None:
        self.view = View(image)
        self.opcodes = tables().opcodes
        self.globals: list[Any] = [UNBOUND] * self.view.container.global_count
        self.natives = [self._native(name, natives or {}) for name in self.view.natives]
        self.handlers = [self.view.handlers(i) for i in range(len(self.view.functions))]
        self.words = [self.view.words(i) for i in range(len(self.view.functions))]
        self.steps = 0

    def _native(self, name: str, natives: dict[str, Any]) -> Any:
        if name in natives:
            return natives[name]
        if name in ("_.class_hooks", "_.several_bases"):
            return 1  # what a VM can do, named to be refused elsewhere
        module, _, member = name.partition(".")
        if module == "_":  # asks the VM for a part of the language, and is never called
            return None
        return getattr(import_module(module), member)

    def main(self) -> None:
        """Runs the module body."""
        self.run(Function(self, 0, None, None, []), [])

    def run(self, function: Function, arguments: list[Any]) -> Any:
        f = self.view.functions[function.number]
        regs: list[Any] = arguments + [POISON] * (f.nregs - len(arguments))
        words = self.words[function.number]
        if self.opcodes[words[0] & 255].name == "GEN":
            generator = self._generate(function, regs)
            generator.__name__, generator.__qualname__ = function.__name__, function.__qualname__
            return generator
        pc = 0
        while True:
            try:
                pc, result = self._step(function, regs, words, pc)
                if pc < 0:
                    return result
            except CompilerBug:
                raise
            except BaseException as error:  # noqa: BLE001 - whatever the program raises
                pc = self._handler(function, regs, pc, error)

    def _handler(self, function: Function, regs: list[Any], pc: int, error: BaseException) -> int:
        """Where the exception is handled, which is in flight when nowhere."""
        for start, end, target, register in self.handlers[function.number]:
            if start <= pc < end and target != start:
                error.__traceback__ = None
                regs[register] = error
                return target
        raise error

    def _generate(self, function: Function, regs: list[Any]) -> Generator[Any, Any, Any]:
        words, pc = self.words[function.number], 1
        while True:
            word = words[pc]
            name, a, b = self.opcodes[word & 255].name, word >> 8 & 255, word >> 16 & 255
            try:
                if name == "YIELD":
                    if regs[b] is POISON or regs[b] is UNBOUND:
                        raise CompilerBug(f"{function.__qualname__}:{pc} yields r{b}, which is {regs[b]}")
                    regs[a] = yield regs[b]
                    pc += 1
                elif name == "DELEGATE":
                    regs[a] = yield from regs[a]
                    pc += 1
                else:
                    pc, result = self._step(function, regs, words, pc)
                    if pc < 0:
                        return result
            except CompilerBug:
                raise
            except BaseException as error:  # noqa: BLE001 - whatever the program raises
                pc = self._handler(function, regs, pc, error)

    def _step(self, function: Function, regs: list[Any], words: list[int], pc: int) -> tuple[int, Any]:
        self.steps += 1
        word = words[pc]
        op = self.opcodes[word & 255]
        name = op.name
        a, b, c, wide = word >> 8 & 255, word >> 16 & 255, word >> 24, word >> 16
        count = extension_count(op, word)
        ext = [w >> 16 for w in words[pc + 1 : pc + 1 + count]]
        after = pc + 1 + count
        if name in ATTRIBUTE_OPS and c != 255:
            ext = [self.view.attributes[c]]

        def r(i: int, unbound: bool = False) -> Any:
            value = regs[i]
            if value is POISON or (value is UNBOUND and not unbound):
                raise CompilerBug(f"{function.__qualname__}:{pc} {name} reads r{i}, which is {value}")
            return value

        text = self.view.name
        if name in _BINARY:
            regs[a] = _BINARY[name](r(b), r(c))
        elif name in _IMMEDIATE:
            regs[a] = _IMMEDIATE[name](r(b), signed(c, 8) if op.format == "ABs" else c)
        elif name in _UNARY:
            regs[a] = _UNARY[name](r(b))
        elif name in _JUMP:
            if _JUMP[name](r(a), r(b)):
                return after + signed(c, 8), None
        elif name in ("JBS", "JBC"):
            if bool(r(a) & 1 << b) == (name == "JBS"):
                return after + signed(c, 8), None
        elif name[:-1] in _JUMP and name.endswith("I"):
            if _JUMP[name[:-1]](r(a), signed(b, 8)):
                return after + signed(c, 8), None
        elif name in _TEST:
            if _TEST[name](r(a)):
                return after + signed(wide, 16), None
        elif name == "JMP":
            return after + signed(wide, 16), None
        elif name == "LOADI":
            regs[a] = signed(wide, 16)
        elif name == "LOADW":
            regs[a] = signed(wide, 16) << 16 | ext[0]
        elif name == "LOADK":
            regs[a] = self.view.constant(wide * 8)
        elif name == "LOADF":
            regs[a] = self.view.float_at(wide * 8)
        elif name == "LOADC":
            regs[a] = _CONSTANTS[wide]
        elif name == "LOADX":
            regs[a] = self.natives[wide]
        elif name == "MOVE":
            regs[a] = r(b)
        elif name == "BOUND":
            if r(a, True) is UNBOUND:
                raise UnboundLocalError(
                    f"cannot access local variable '{text(wide)}' where it is not associated with a value"
                )
        elif name in ("GETG", "DELG"):
            if self.globals[wide] is UNBOUND:
                raise NameError(f"name '{self.view.globals[wide]}' is not defined")
            if name == "GETG":
                regs[a] = self.globals[wide]
            else:
                self.globals[wide] = UNBOUND
        elif name == "SETG":
            self.globals[wide] = r(a, True)
        elif name == "SETGI":
            self.globals[a] = signed(wide, 16)
        elif name == "DEFG":
            self.globals[a] = Function(self, wide, None, None, [])
        elif name == "FUNC":
            regs[a] = Function(self, wide, None, None, [])
        elif name == "MASK":
            regs[a] = r(b) & (1 << c) - 1
        elif name == "GETIC":
            regs[a] = r(b)[c]
        elif name == "SETIC":
            r(a)[b] = r(c)
        elif name == "MKCELL":
            regs[a] = Cell(r(a, True))
        elif name in ("GETCELL", "GETFREE"):
            cell = r(b) if name == "GETCELL" else function.cells[b]
            if cell.content is UNBOUND:
                if name == "GETCELL":
                    raise UnboundLocalError(
                        f"cannot access local variable '{text(ext[0])}' where it is not associated with a value"
                    )
                raise NameError(
                    f"cannot access free variable '{text(ext[0])}' where it is not associated with a value in enclosing scope"
                )
            regs[a] = cell.content
        elif name == "SETCELL":
            r(b).content = r(a, True)
        elif name == "SETFREE":
            function.cells[b].content = r(a, True)
        elif name == "FREECELL":
            regs[a] = function.cells[b]
        elif name in ("FORPREP", "FOR0"):
            if name == "FOR0":
                regs[a], regs[a + 2] = 0, 1
            loop = range(r(a), r(a + 1), r(a + 2))
            if not len(loop):
                return after + signed(wide, 16), None
            regs[a + 3] = loop[0]
            regs[a] = loop[0] + loop.step
        elif name == "FORR":
            if r(a) in range(r(a), r(a + 1), r(a + 2)):
                regs[a + 3] = r(a)
                regs[a] = r(a) + r(a + 2)
                return after + signed(wide, 16), None
        elif name == "ITER":
            regs[a] = iter(r(b))
        elif name == "FOR":
            try:
                regs[a + 1] = next(r(a))
            except StopIteration:
                return after + signed(wide, 16), None
        elif name in ("LIST", "TUPLE", "SET"):
            items = [r(b + i) for i in range(c)]
            regs[a] = items if name == "LIST" else tuple(items) if name == "TUPLE" else set(items)
        elif name == "DICT":
            regs[a] = {r(b + 2 * i): r(b + 2 * i + 1) for i in range(c)}
        elif name == "SLICE":
            regs[a] = slice(r(b), r(b + 1), r(b + 2))
        elif name == "LAPPEND":
            r(a).append(r(b))
        elif name == "SADD":
            r(a).add(r(b))
        elif name == "DSET":
            r(a)[r(b)] = r(c)
        elif name == "EXTEND":
            r(a).update(r(b)) if isinstance(r(a), dict) else r(a).extend(r(b))
        elif name == "KWMERGE":
            for key in r(b):
                if key in r(a):
                    raise TypeError(f"got multiple values for keyword argument {key!r}")
            r(a).update(r(b))
        elif name == "OPX":
            number, in_place = ext[0] & 255, ext[0] >> 8
            regs[a] = getattr(operator, f"__{'i' if in_place else ''}{_OPERATORS[number]}__")(r(b), r(c))
        elif name == "LTUPLE":
            regs[a] = tuple(r(b))
        elif name == "FORMAT":
            value = _CONVERT[ext[0]](r(b))
            regs[a] = format(value, r(c) or "")
        elif name == "STRJOIN":
            regs[a] = "".join(r(b + i) for i in range(c))
        elif name == "GETI":
            regs[a] = r(b)[r(c)]
        elif name == "SETI":
            r(a)[r(b)] = r(c)
        elif name == "DELI":
            del r(a)[r(b)]
        elif name == "UNPACK":
            items = self._items(r(b))
            if len(items) < c:
                raise ValueError(f"not enough values to unpack (expected {c}, got {len(items)})")
            if len(items) > c:
                raise ValueError(f"too many values to unpack (expected {c})")
            regs[a : a + c] = items
        elif name == "UNPACKX":
            items = self._items(r(b))
            if len(items) < c + ext[0]:
                raise ValueError(f"not enough values to unpack (expected at least {c + ext[0]}, got {len(items)})")
            split = len(items) - ext[0]
            regs[a : a + c + 1 + ext[0]] = [*items[:c], items[c:split], *items[split:]]
        elif name == "GETA":
            regs[a] = getattr(r(b), text(ext[0]))
        elif name == "SETA":
            setattr(r(b), text(ext[0]), r(a))
        elif name == "DELA":
            delattr(r(a), text(ext[0]))
        elif name == "SUPER":
            regs[a] = getattr(super(r(b), r(0)), text(ext[0]))
        elif name in ("CALL", "CALLB", "CALLK", "CALLM", "CALLMK", "CALLX"):
            self._call(name, regs, r, a, b, c, ext)
        elif name == "RET":
            return -1, r(a)
        elif name == "RETN":
            return -1, None
        elif name == "MKFUNC":
            free = self.view.functions[ext[0]].ncells
            regs[a] = Function(self, ext[0], r(b), r(b + 1), [r(b + 2 + i) for i in range(free)])
        elif name == "MKCLASS":
            bases = r(b) if isinstance(r(b), tuple) else (r(b) or object,)
            regs[a] = type(self.view.classes[ext[0]].rpartition(".")[2], bases, {"__module__": "__main__"})
        elif name == "RAISE":
            raise r(a)
        elif name == "RAISEF":
            raise r(a) from r(b)
        elif name == "RERAISE":
            if r(a) is None:
                raise RuntimeError("No active exception to reraise")
            raise r(a)
        elif name == "EXCMATCH":
            if not (isinstance(r(c), tuple) or (isinstance(r(c), type) and issubclass(r(c), BaseException))):
                raise TypeError("catching classes that do not inherit from BaseException is not allowed")
            regs[a] = isinstance(r(b), r(c))
        elif name != "NOP":
            raise CompilerBug(f"{name} is not an instruction that can be executed")
        return after, None

    def _items(self, value: Any) -> list[Any]:
        try:
            return list(value)
        except TypeError:
            if hasattr(value, "__iter__"):
                raise
            raise TypeError(f"cannot unpack non-iterable {type(value).__name__} object") from None

    def _call(self, name: str, regs: list[Any], r: Callable[..., Any], a: int, b: int, c: int, ext: list[int]) -> None:
        kwargs: dict[str, Any] = {}
        if name == "CALLX":
            args, keywords = list(r(a + 1)), r(a + 2)
            kwargs, callee = dict(keywords or {}), r(a)
        elif name in ("CALL", "CALLB", "CALLK"):
            args = [r(a + 1 + i) for i in range(b)]
            callee = self.natives[c] if name == "CALLB" else r(a)
            if name == "CALLK":
                kwargs = {self.view.name(e): r(a + 1 + b + i) for i, e in enumerate(ext)}
        else:
            args, callee = [r(a + 2 + i) for i in range(b - 1)], getattr(r(a + 1), self.view.name(ext[0]))
            if name == "CALLMK":
                kwargs = {self.view.name(e): r(a + 1 + b + i) for i, e in enumerate(ext[1:])}
        for i in range(a, len(regs)):
            regs[i] = POISON
        regs[a] = callee(*args, **kwargs)
