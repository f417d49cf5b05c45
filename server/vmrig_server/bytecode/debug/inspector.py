# SPDX-License-Identifier: Apache-2.0
"""What values are and what is in them, read piece by piece from a VM that stands."""

from __future__ import annotations

import math
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from ..container import SectionId
from ..records import unpack_definitions, unpack_ids
from . import protocol
from .lines import Lines
from .namespaces import Namespaces, module_of_word, module_word
from .protocol import DebugError, Frame, Value, parse_values

Request = Callable[[bytes], Awaitable[bytes]]
SHOWN_ITEMS = 8
"""Items of a container that its text shows."""
SHOWN_TEXT = 120
TEXT_MAX = 64 * 1024
CONSTANTS: tuple[object, ...] = (None, False, True, None, NotImplemented, ...)
UNBOUND = 3 << 3 | 2


@dataclass(frozen=True, slots=True)
class Member:
    """A part of a value: an item, an attribute, a variable. `place` is where it can be set: (frame or None for a global, number)."""

    name: str
    value: Value
    place: tuple[int | None, int] | None = None


@dataclass(frozen=True, slots=True)
class Special:
    """A value that Python has no literal for, as text."""

    text: str


class Inspector:
    """Reads through a target's requests. What was read is kept until `forget`: the program stands meanwhile."""

    def __init__(self, lines: Lines, request: Request) -> None:
        from vmrig_native import _vm

        self._vm: Any = _vm
        self._lines = lines
        self._request = request
        self.namespaces = Namespaces(lines.view)
        self._objects: dict[int, tuple[Value, list[Value]]] = {}
        self._globals: list[Member] | None = None
        self._classes = lines.view.class_records
        self._class_names = [c.name for c in unpack_definitions(lines.view.container)[1]]
        self._slots = unpack_ids(lines.view.container, SectionId.SLOTS)
        self._builtins = [str(row[0]) for row in _vm.builtins()]

    def forget(self) -> None:
        """The program goes on."""
        self._objects.clear()
        self._globals = None

    # --- reading

    async def frames(self, thread: int = 0) -> list[Frame]:
        """The calls of a thread, innermost first."""
        found: list[Frame] = []
        while True:
            answer = await self._request(protocol.frames(thread, len(found)))
            (total,) = struct.unpack_from("<H", answer)
            rows = protocol.parse_frames(answer)
            found += rows
            if len(found) >= total or not rows:
                return found

    async def _values(self, ask: Callable[[int], bytes], skip: int) -> tuple[bytes, list[Value]]:
        """All values of an answer that comes in parts; `skip` bytes stand before the count."""
        found: list[Value] = []
        while True:
            answer = await self._request(ask(len(found)))
            (total,) = struct.unpack_from("<H", answer, skip)
            more = parse_values(answer[skip + 2 :])
            found += more
            if len(found) >= total or not more:
                return answer[:skip], found

    async def window(self, frame: int, thread: int = 0) -> tuple[int, list[Value]]:
        """Of a frame: the reference to its function, and its registers."""
        head, values = await self._values(lambda first: protocol.window(thread, frame, first), 4)
        return int.from_bytes(head, "little"), values

    async def globals(self) -> list[Member]:
        """The program's global variables that are bound, of all modules."""
        if self._globals is None:
            _, values = await self._values(protocol.global_values, 0)
            named = ((self.namespaces.variable(i), i, value) for i, value in enumerate(values))
            self._globals = [Member(n, value, (None, i)) for n, i, value in named if n and value.raw != UNBOUND]
        return self._globals

    async def namespace(self, module: int) -> list[Member]:
        """What the names of a module mean: its variables, then what it imports from other modules of the program."""
        owner, everything = self.namespaces.owner, await self.globals()
        found = [m for m in everything if m.place is not None and owner(m.place[1]) == module]
        for name, other, member in self.namespaces.imports(module):
            if not member:
                found.append(Member(name, Value(module_word(other))))
            found += [
                Member(name, m.value)
                for m in everything
                if m.place is not None and m.name == member and owner(m.place[1]) == other
            ]
        return found

    async def locals(self, frame: int, at: Frame, thread: int = 0) -> list[Member]:
        """The local variables of a frame that are bound, and the free ones."""
        function, registers = await self.window(frame, thread)
        found: list[Member] = []
        names = self._lines.register_names(at.function)
        for number, value in enumerate(registers):
            name = names[number] if number < len(names) else ""
            if not name or value.raw == UNBOUND:
                continue
            place: tuple[int, int] | None = (frame, number)
            if value.type == self._vm.T_CELL:
                value, place = await self._content(value), None
                if value.raw == UNBOUND:
                    continue
            found.append(Member(name, value, None if thread else place))
        free = self._lines.free_names(at.function)
        if free:
            _, children = await self.look(function)
            for number, name in sorted(free.items()):
                if 2 + number < len(children):
                    value = await self._content(children[2 + number])
                    if value.raw != UNBOUND:
                        found.append(Member(name, value))
        return found

    async def _content(self, cell: Value) -> Value:
        if cell.type != self._vm.T_CELL:
            return cell
        _, children = await self.look(cell.raw)
        return children[0]

    async def look(self, reference: int) -> tuple[Value, list[Value]]:
        """An object and what it refers to, as vm_children has it."""
        known = self._objects.get(reference)
        if known is not None:
            return known
        answer = await self._request(protocol.object_at(reference, 0))
        head = parse_values(answer[: self._value_size(answer)])[0]
        size = self._value_size(answer)
        (total,) = struct.unpack_from("<H", answer, size)
        values = parse_values(answer[size + 2 :])
        while len(values) < total:
            answer = await self._request(protocol.object_at(reference, len(values)))
            more = parse_values(answer[self._value_size(answer) + 2 :])
            if not more:
                break
            values += more
        self._objects[reference] = head, values
        return head, values

    def _value_size(self, answer: bytes) -> int:
        kind, _, _, word = struct.unpack_from("<BBHI", answer, 4)
        if kind == self._vm.T_INT64:
            return 20
        return 12 + (min(word, 24) if kind in (self._vm.T_STR, self._vm.T_BYTES) else 0)

    async def content(self, value: Value, limit: int = TEXT_MAX) -> bytes:
        """The bytes of a str or bytes, at most `limit`."""
        data = value.data
        while len(data) < min(value.word, limit):
            more = await self._request(protocol.bytes_at(value.raw, len(data)))
            if not more:
                break
            data += more
        return data[: min(value.word, limit)]

    # --- parts

    async def _items(self, value: Value) -> list[Value]:
        """Of a list, tuple, bytearray's storage or array."""
        _, children = await self.look(value.raw)
        if value.type == self._vm.T_LIST:
            if not children or not children[0].raw:
                return []
            _, items = await self.look(children[0].raw)
            return items[: value.word]
        return children

    async def pairs(self, value: Value) -> list[tuple[Value, Value]]:
        """Of a dict (key, value); of a set (key, key)."""
        _, children = await self.look(value.raw)
        if not children or not children[0].raw:
            return []
        table, entries = await self.look(children[0].raw)
        step = table.aux
        rows = [entries[i : i + step] for i in range(0, len(entries) - step + 1, step)]
        return [(row[1], row[-1]) for row in rows if row[1].raw]

    async def class_of(self, value: Value) -> Value | None:
        """The class of an instance."""
        if value.type not in (self._vm.T_INSTANCE, self._vm.T_EXCEPTION):
            return None
        _, children = await self.look(value.raw)
        return children[0]

    async def bases(self, class_: Value) -> list[Value]:
        """Of a class of the program: its base; of one with several bases that whose attributes come first, then its whole order of resolution."""
        _, children = await self.look(class_.raw)
        return await self._items(children[0]) if children[0].type == self._vm.T_TUPLE else children[:1]

    def builtin_name(self, value: Value) -> str:
        """The name of a builtin function or type, without that of the module builtins; empty for any other value."""
        number = value.raw >> 3
        known = value.raw & 7 == 6 and number < len(self._builtins)
        return self._builtins[number].removeprefix("builtins.") if known else ""

    @property
    def tuple_type(self) -> int:
        """The type number of tuples."""
        return int(self._vm.T_TUPLE)

    async def attributes(self, value: Value) -> list[Member]:
        """An instance's own attributes: slots in the order of classes, then the others."""
        _, children = await self.look(value.raw)
        class_, extra = children[0], children[1]
        first = 6 if value.type == self._vm.T_EXCEPTION else 2
        slots = children[first:]
        names: dict[int, str] = {}
        while class_.type == self._vm.T_CLASS:
            row = self._classes[class_.aux]
            base = (await self.bases(class_))[0]
            below = await self._total_slots(base)
            for slot, name in enumerate(self._slots[row.first_slot : row.first_slot + row.slot_count]):
                names[below + slot] = self._lines.view.name(name)
            class_ = base
        found = [
            Member(names.get(i, f"slot#{i}"), each) for i, each in enumerate(slots) if each.raw and each.raw != UNBOUND
        ]
        if extra.raw:
            found += [Member(self._key_name(key), each) for key, each in await self.pairs(extra)]
        return found

    async def _total_slots(self, class_: Value) -> int:
        total = 0
        while class_.type == self._vm.T_CLASS:
            total += self._classes[class_.aux].slot_count
            class_ = (await self.bases(class_))[0]
        return total

    def _key_name(self, key: Value) -> str:
        return self._lines.view.name(key.raw >> 1) if key.raw & 1 else f"?{key.raw:#x}"

    async def members(self, value: Value) -> list[Member]:
        """What a value is expanded to."""
        vm = self._vm
        if value.type in (vm.T_LIST, vm.T_TUPLE):
            return [Member(f"[{i}]", each) for i, each in enumerate(await self._items(value))]
        if value.type == vm.T_DICT:
            return [Member(f"[{await self.text(k)}]", v) for k, v in await self.pairs(value)]
        if value.type == vm.T_SET:
            return [Member(f"{i}", k) for i, (k, _) in enumerate(await self.pairs(value))]
        if value.type == vm.T_INSTANCE:
            return await self.attributes(value)
        if value.type == vm.T_EXCEPTION:
            _, children = await self.look(value.raw)
            named = zip(("args", "__cause__", "__context__"), children[2:5], strict=False)
            return [Member(n, v) for n, v in named if v.raw] + await self.attributes(value)
        if value.type == vm.T_CLASS:
            _, children = await self.look(value.raw)
            found = [Member(self._key_name(k), v) for k, v in await self.pairs(children[1])] if children[1].raw else []
            return [Member("__base__", children[0]), *found]
        if value.type in (vm.T_METHOD, vm.T_BMETHOD):
            _, children = await self.look(value.raw)
            return [Member("__self__", children[0]), *([Member("__func__", children[1])] if children[1].raw else [])]
        module = module_of_word(value.raw)
        return await self.namespace(module) if module is not None else []

    def has_members(self, value: Value) -> bool:
        """It can be expanded."""
        vm = self._vm
        kinds = (vm.T_INSTANCE, vm.T_EXCEPTION, vm.T_CLASS, vm.T_METHOD)
        if module_of_word(value.raw) is not None:
            return True
        return value.type in kinds or (value.type in (vm.T_LIST, vm.T_TUPLE, vm.T_DICT, vm.T_SET) and value.word > 0)

    # --- as Python

    async def plain(self, value: Value) -> Any:
        """The Python value of a number, text or constant; `Special` for what has none."""
        vm = self._vm
        if value.raw & 1:
            return _signed(value.raw) >> 1
        if value.is_float:
            return struct.unpack("<d", value.data)[0]
        if value.raw & 7 == 2:
            number, module = value.raw >> 3, module_of_word(value.raw)
            if module is not None:
                names = self.namespaces.names
                return Special(f"<module '{names[module]}'>" if module < len(names) else "<module>")
            return CONSTANTS[number] if number < len(CONSTANTS) and number != 3 else Special("<unbound>")
        if value.type == vm.T_INT64:
            return struct.unpack("<q", value.data)[0]
        if value.type == vm.T_BIGINT:
            magnitude = int.from_bytes(await self.content(replace(value, word=4 * value.word)), "little")
            return -magnitude if value.aux else magnitude
        if value.type == vm.T_STR:
            return (await self.content(value)).decode("utf-8", "surrogatepass")
        if value.type == vm.T_BYTES:
            return await self.content(value)
        if value.type == vm.T_BYTEARRAY:
            _, children = await self.look(value.raw)
            return bytearray((await self.content(children[0]))[: value.word]) if children[0].raw else bytearray()
        if value.type in (vm.T_RANGE, vm.T_SLICE):
            return Special(await self.text(value))
        return Special(await self.text(value))

    def type_name(self, value: Value) -> str:
        """Of a builtin type; see `class_of` for instances."""
        vm = self._vm
        if value.raw & 1 or value.type in (vm.T_INT64, vm.T_BIGINT):
            return "int"
        if value.is_float:
            return "float"
        if module_of_word(value.raw) is not None:
            return "module"
        if value.raw & 7 == 2:
            return {0: "NoneType", 1: "bool", 2: "bool"}.get(value.raw >> 3, "object")
        if value.raw & 7 == 6:
            number = value.raw >> 3
            return "type" if number < len(self._builtins) else "method"
        names = {
            vm.T_STR: "str",
            vm.T_BYTES: "bytes",
            vm.T_BYTEARRAY: "bytearray",
            vm.T_TUPLE: "tuple",
            vm.T_LIST: "list",
            vm.T_DICT: "dict",
            vm.T_SET: "set",
            vm.T_RANGE: "range",
            vm.T_SLICE: "slice",
            vm.T_ITER: "iterator",
            vm.T_VIEW: "view",
            vm.T_FUNCTION: "function",
            vm.T_METHOD: "method",
            vm.T_BMETHOD: "builtin_method",
            vm.T_CLASS: "type",
            vm.T_CELL: "cell",
        }
        return names.get(value.type, "object")

    async def type_text(self, value: Value) -> str:
        """The name of a value's type."""
        class_ = await self.class_of(value)
        return self.type_name(value) if class_ is None else self._class_name(class_)

    def _class_name(self, class_: Value) -> str:
        if class_.raw & 7 == 6:
            number = class_.raw >> 3
            name = self._builtins[number] if number < len(self._builtins) else f"builtin#{number}"
            return name.removeprefix("builtins.")
        if class_.type == self._vm.T_CLASS and class_.aux < len(self._class_names):
            return self._lines.view.name(self._class_names[class_.aux])
        return "object"

    async def text(self, value: Value, depth: int = 2) -> str:
        """A value as repr() would show it, cut short; no code of the program runs."""
        vm = self._vm
        kind = value.type
        if not value.raw:
            return "<unknown>"
        if kind in (0, vm.T_INT64, vm.T_BIGINT):
            return await self._scalar(value)
        if kind in (vm.T_STR, vm.T_BYTES):
            data = await self.content(value, SHOWN_TEXT * 4)
            cut = value.word > len(data)
            whole = repr(data.decode("utf-8", "replace")) if kind == vm.T_STR else repr(data)
            return whole + "..." if cut else whole
        if kind == vm.T_BYTEARRAY:
            return repr(await self.plain(value))
        if kind in (vm.T_LIST, vm.T_TUPLE):
            return await self._sequence(value, depth)
        if kind in (vm.T_DICT, vm.T_SET):
            return await self._table(value, depth)
        if kind == vm.T_RANGE:
            _, children = await self.look(value.raw)
            start, stop, step = [await self.text(each, 0) for each in children[:3]]
            return f"range({start}, {stop})" if step == "1" else f"range({start}, {stop}, {step})"
        if kind == vm.T_SLICE:
            _, children = await self.look(value.raw)
            return f"slice({', '.join([await self.text(each, 0) for each in children[:3]])})"
        if kind == vm.T_FUNCTION:
            return f"<function {self._lines.view.function_name(value.aux)}>"
        if kind == vm.T_CLASS:
            return f"<class '{self._class_name(value)}'>"
        if kind in (vm.T_METHOD, vm.T_INSTANCE, vm.T_EXCEPTION):
            return await self._object_text(value, depth)
        return f"<{self.type_name(value)}>"

    async def _scalar(self, value: Value) -> str:
        if value.raw & 7 == 6:
            number = value.raw >> 3
            if number >= len(self._builtins):
                return f"<builtin method #{number - len(self._builtins)}>"
            return f"<builtin {self._builtins[number].removeprefix('builtins.')}>"
        plain = await self.plain(value)
        if isinstance(plain, float) and math.isfinite(plain):
            return repr(plain)
        return plain.text if isinstance(plain, Special) else repr(plain)

    async def _sequence(self, value: Value, depth: int) -> str:
        opening, closing = ("[", "]") if value.type == self._vm.T_LIST else ("(", ")")
        if depth <= 0 and value.word:
            return f"{opening}...{closing}"
        items = await self._items(value) if value.word else []
        texts = [await self.text(each, depth - 1) for each in items[:SHOWN_ITEMS]]
        if len(items) > SHOWN_ITEMS:
            texts.append("...")
        if value.type == self._vm.T_TUPLE and len(items) == 1:
            return f"({texts[0]},)"
        return opening + ", ".join(texts) + closing

    async def _table(self, value: Value, depth: int) -> str:
        if not value.word:
            return "{}" if value.type == self._vm.T_DICT else "set()"
        if depth <= 0:
            return "{...}"
        rows = await self.pairs(value)
        texts = []
        for key, item in rows[:SHOWN_ITEMS]:
            text = await self.text(key, depth - 1)
            texts.append(f"{text}: {await self.text(item, depth - 1)}" if value.type == self._vm.T_DICT else text)
        if len(rows) > SHOWN_ITEMS:
            texts.append("...")
        return "{" + ", ".join(texts) + "}"

    async def _object_text(self, value: Value, depth: int) -> str:
        _, children = await self.look(value.raw)
        if value.type == self._vm.T_METHOD:
            return f"<bound method {await self.text(children[1], 0)} of {await self.text(children[0], 0)}>"
        name = self._class_name(children[0])
        if value.type == self._vm.T_EXCEPTION:
            arguments = await self._items(children[2]) if children[2].type == self._vm.T_TUPLE else []
            return f"{name}({', '.join([await self.text(each, depth - 1) for each in arguments[:SHOWN_ITEMS]])})"
        if depth <= 0:
            return f"<{name}>"
        parts = [f"{m.name}={await self.text(m.value, 0)}" for m in (await self.attributes(value))[:SHOWN_ITEMS]]
        return f"<{name} {' '.join(parts)}>" if parts else f"<{name}>"


def _signed(raw: int) -> int:
    return raw - (1 << 32) if raw >> 31 else raw


def encode(value: object) -> int:
    """The word of a small int or a constant. Raises DebugError for anything else: it would have to be made in the VM."""
    if value is None:
        return 2
    if isinstance(value, bool):
        return (1 + value) << 3 | 2
    if isinstance(value, int) and -(1 << 30) <= value < 1 << 30:
        return (value << 1 | 1) & 0xFFFFFFFF
    raise DebugError("only ints of 31 bits, True, False and None can be set from here")
