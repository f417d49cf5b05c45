# SPDX-License-Identifier: Apache-2.0
"""A readable listing of a program: source lines, instructions with their operands spelled out, handlers."""

from __future__ import annotations

from collections.abc import Iterator

from .asm import JUMPS
from .container import FORMAT_MAJOR
from .isa import ATTRIBUTE_OPS, NAME_EXTENSIONS, NUMBER_FIELDS, extension_count, signed
from .tables import Opcode, tables
from .view import View

_CONSTANTS = ("None", "False", "True", "<unbound>", "NotImplemented", "Ellipsis")
_CONVERSIONS = ("", "!s", "!r", "!a")


def _operands(view: View, op: Opcode, word: int, ext: list[int], after: int) -> str:
    a, b, c, wide = word >> 8 & 255, word >> 16 & 255, word >> 24, word >> 16
    name, form = op.name, op.format
    if name == "LOADK":
        return f"r{a}, {view.constant(wide * 8)!r}"
    if name == "LOADF":
        return f"r{a}, {view.float_at(wide * 8)!r}"
    if name == "LOADC":
        return f"r{a}, {_CONSTANTS[wide] if wide < len(_CONSTANTS) else f'module {wide - 32}'}"
    if name == "LOADX":
        return f"r{a}, {view.natives[wide]}"
    if name == "BOUND":
        return f"r{a}, {view.name(wide)}"
    if name in ("GETG", "SETG"):
        return f"r{a}, {view.globals[wide]}"
    if name == "DELG":
        return view.globals[wide]
    if name == "LOADW":
        return f"r{a}, {signed(wide, 16) << 16 | ext[0]}"
    if name == "GETM":
        return f"r{a}, {view.name(ext[0])}.{view.globals[wide]}"
    if name == "FUNC":
        return f"r{a}, {view.function_name(wide)}"
    if name == "DEFG":
        return f"{view.globals[a]}, {view.function_name(wide)}"
    if name == "SETGI":
        return f"{view.globals[a]}, {signed(wide, 16)}"
    if name == "CALLB":
        return f"r{a}, {b}, {view.natives[c]}"
    if name == "MKFUNC":
        return f"r{a}, r{b}, {view.function_name(ext[0])}"
    if name == "MKCLASS":
        return f"r{a}, r{b}, {view.classes[ext[0]]}"
    if name == "FORMAT":
        return f"r{a}, r{b}{_CONVERSIONS[ext[0] & 3]}, r{c}"
    if form in ("S", "AS"):
        value = signed(wide, 16)
        target = f"-> {after + value}" if name in JUMPS else str(value)
        return target if form == "S" else f"r{a}, {target}"
    if name in JUMPS:
        right = f"r{b}" if form == "ABs" else str(signed(b, 8))
        return f"r{a}, {right}, -> {after + signed(c, 8)}"
    if form == "ABs":
        return f"r{a}, r{b}, {signed(c, 8)}"
    numbers = NUMBER_FIELDS.get(name, "")
    fields = [f"r{a}"] if form != "N" else []
    if form in ("AB", "ABC"):
        fields.append(str(b) if "B" in numbers else f"r{b}")
    if form == "ABC":
        fields.append(str(c) if "C" in numbers else f"r{c}")
    if name in ATTRIBUTE_OPS and c != 255:
        fields.append(view.name(view.attributes[c]))
    fields += [view.name(e) if name in NAME_EXTENSIONS else str(e) for e in ext]
    return ", ".join(fields)


def listing(view: View, number: int, source: list[str] | None = None) -> Iterator[str]:
    """The lines of one function's listing. With the source's lines each instruction's line is shown above it."""
    f = view.functions[number]
    flags = [n for bit, n in ((1, "*args"), (2, "**kwargs"), (4, "generator")) if f.flags & bit]
    yield (
        f"function {number} {view.function_name(number)}({', '.join(view.parameters(number))})"
        f"  {f.nregs} registers, {f.ncells} cells, {f.code_words} words" + (", " + " ".join(flags) if flags else "")
    )
    opcodes = tables().opcodes
    words, lines = view.words(number), view.lines(number)
    at, shown = 0, -1
    while at < len(words):
        if lines[at] != shown:
            shown = lines[at]
            if shown:
                text = source[shown - 1].strip() if source and shown <= len(source) else ""
                yield f"  ; line {shown}" + (f": {text}" if text else "")
        op = opcodes[words[at] & 255] if words[at] & 255 < len(opcodes) else None
        if op is None:
            yield f"  {at:5}  {words[at]:08x}  ?"
            at += 1
            continue
        count = extension_count(op, words[at])
        ext = [w >> 16 for w in words[at + 1 : at + 1 + count]]
        yield f"  {at:5}  {op.name:<9} {_operands(view, op, words[at], ext, at + 1 + count)}".rstrip()
        at += 1 + count
    for start, end, target, register in view.handlers(number):
        yield f"  handler {start}..{end} -> {target}, exception in r{register}"


def disassemble(image: bytes, source: str | None = None) -> str:
    """The listing of a whole program. Raises ContainerError for what is no container."""
    view = View(image)
    c = view.container
    head = (
        f"vbc {FORMAT_MAJOR}, VM ABI {c.vm_abi}, {c.total_length} bytes, {len(view.functions)} functions, "
        f"{c.global_count} globals, build {c.build_id:08x}"
    )
    out = [head + (f", {view.filename}" if view.filename else "")]
    lines = source.splitlines() if source is not None else None
    for number in range(len(view.functions)):
        out += ["", *listing(view, number, lines)]
    return "\n".join(out) + "\n"
