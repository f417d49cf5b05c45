# SPDX-License-Identifier: Apache-2.0
"""Expressions: constants, operators, attributes, subscripts, f-strings."""

from __future__ import annotations

import ast

from . import fold
from .asm import Label
from .cond import compare_value, cond_jump
from .fn import ELLIPSIS, FALSE, NONE, TRUE, Fn, expression
from .names import destination, mark_bound, no_member, store
from .scope import Target

BINARY = {
    ast.Add: "ADD",
    ast.Sub: "SUB",
    ast.Mult: "MUL",
    ast.Div: "TRUEDIV",
    ast.FloorDiv: "FLOORDIV",
    ast.Mod: "MOD",
    ast.Pow: "POW",
    ast.LShift: "LSHIFT",
    ast.RShift: "RSHIFT",
    ast.BitAnd: "AND",
    ast.BitOr: "OR",
    ast.BitXor: "XOR",
    ast.MatMult: "MATMUL",
}
UNARY = {ast.USub: "NEG", ast.UAdd: "POS", ast.Invert: "INV", ast.Not: "NOT"}
# Forms with the constant in the instruction: (name, smallest, largest constant).
IMMEDIATE = {
    "ADD": ("ADDI", -128, 127),
    "SUB": ("SUBI", -128, 127),
    "MUL": ("MULI", -128, 127),
    "AND": ("ANDI", 0, 255),
    "LSHIFT": ("LSHIFTI", 0, 63),
    "RSHIFT": ("RSHIFTI", 0, 63),
}
# In-place forms; the other operators make a new object.
IN_PLACE = {"ADD": "IADD", "MUL": "IMUL", "OR": "IOR", "AND": "IAND", "SUB": "ISUB", "XOR": "IXOR"}
_SPECIAL = {
    "SUB": "__isub__",
    "ADD": "__iadd__",
    "MUL": "__imul__",
    "OR": "__ior__",
    "AND": "__iand__",
    "XOR": "__ixor__",
    "TRUEDIV": "__itruediv__",
    "FLOORDIV": "__ifloordiv__",
    "MOD": "__imod__",
    "POW": "__ipow__",
    "LSHIFT": "__ilshift__",
    "RSHIFT": "__irshift__",
}


def load_value(f: Fn, value: fold.Constant, dst: int) -> None:
    """R[dst] = a constant."""
    if value is None:
        f.load_constant(dst, NONE)
    elif value is True or value is False:
        f.load_constant(dst, TRUE if value else FALSE)
    elif isinstance(value, float):
        f.emit("LOADF", dst, f.unit.float_number(value))
    elif isinstance(value, int) and -0x8000 <= value <= 0x7FFF:
        f.emit("LOADI", dst, value)
    elif isinstance(value, int) and -(1 << 30) <= value < 1 << 30:
        f.emit("LOADW", dst, value >> 16, 0, [value & 0xFFFF])
    else:
        f.emit("LOADK", dst, f.unit.object_number(value))


def small_int(node: ast.expr, low: int, high: int) -> int | None:
    """The value of a constant int expression within low..high, else None."""
    try:
        value = fold.constant(node)
    except fold.NotConstant:
        return None
    return value if type(value) is int and low <= value <= high else None


def low_bits(node: ast.expr) -> int:
    """n when the expression is the constant 2**n - 1, n up to 62; else 0."""
    value = small_int(node, 1, (1 << 62) - 1)
    return value.bit_length() if value is not None and value & (value + 1) == 0 else 0


@expression(ast.Constant)
def constant(f: Fn, node: ast.Constant, dst: int) -> None:
    if node.value is Ellipsis:
        return f.load_constant(dst, ELLIPSIS)
    if not isinstance(node.value, complex):  # refused by now
        load_value(f, fold.constant(node), dst)


@expression(ast.BinOp)
def binary(f: Fn, node: ast.BinOp, dst: int) -> None:
    try:
        return load_value(f, fold.constant(node), dst)
    except fold.NotConstant:
        pass
    if _masks_in_place(f, node, dst):
        _chain(f, node.left, dst)
        left = dst
    else:
        left = f.value(node.left, hint=dst)
    operate(f, BINARY[type(node.op)], dst, left, node.right)


def _masks_in_place(f: Fn, node: ast.BinOp, dst: int) -> bool:
    """Whether `dst = left op right & mask` may leave the unmasked value in dst: the VM then makes one number of the two instructions. An
    operator writes its result last, and should the mask fail, nobody looks at the variable any more unless something is caught here."""
    if dst >= f.first_temp or any(block.catches for block in f.blocks):
        return False
    return isinstance(node.op, ast.BitAnd) and isinstance(node.left, ast.BinOp) and low_bits(node.right) > 0


def _chain(f: Fn, node: ast.expr, dst: int) -> None:
    """R[dst] = operators with constants, one after the other, the values on the way in dst as well. What has to be loaded is loaded first."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.left, ast.BinOp) or _constant_int(node.right) is None:
        return f.into(node, dst)
    op = BINARY[type(node.op)]
    immediate = IMMEDIATE.get(op)
    in_instruction = immediate is not None and small_int(node.right, immediate[1], immediate[2]) is not None
    if op == "MATMUL" or _constant_int(node) is not None:
        return f.into(node, dst)
    right = None if in_instruction or (op == "AND" and low_bits(node.right)) else f.value(node.right)
    _chain(f, node.left, dst)
    if right is None:
        return operate(f, op, dst, dst, node.right)
    f.emit(op, dst, dst, right)


def _constant_int(node: ast.expr) -> int | None:
    try:
        value = fold.constant(node)
    except fold.NotConstant:
        return None
    return value if type(value) is int else None


def operate(f: Fn, op: str, dst: int, left: int, right_node: ast.expr) -> None:
    """R[dst] = R[left] op right, with the constant in the instruction where there is a form for it."""
    if op == "MATMUL":
        return f.emit("OPX", dst, left, f.value(right_node, hint=dst if left != dst else None), [12])
    immediate = IMMEDIATE.get(op)
    if immediate is not None:
        value = small_int(right_node, immediate[1], immediate[2])
        if value is not None:
            return f.emit(immediate[0], dst, left, value)
    mask = low_bits(right_node) if op == "AND" else 0
    if mask:
        return f.emit("MASK", dst, left, mask)
    right = f.value(right_node, hint=dst if left != dst else None)
    f.emit(op, dst, left, right)


def operate_in_place(f: Fn, op: str, dst: int, left: int, right_node: ast.expr) -> None:
    """As `operate` for `left op= right`. The immediate forms know no in-place methods, so a program that has one does without them."""
    in_place = IN_PLACE.get(op, "")
    defined = _SPECIAL.get(op, "") in f.unit.program.methods
    if op == "MATMUL" or (defined and not in_place):
        right = f.value(right_node, hint=dst if left != dst else None)
        return f.emit("OPX", dst, left, right, [256 + list(BINARY.values()).index(op)])
    # A list is multiplied in place, so that is not left to the immediate form.
    immediate = op in IMMEDIATE and op != "MUL" and small_int(right_node, *IMMEDIATE[op][1:]) is not None
    if not defined and (immediate or (op == "AND" and low_bits(right_node))):
        return operate(f, op, dst, left, right_node)
    right = f.value(right_node, hint=dst if left != dst else None)
    f.emit(in_place or op, dst, left, right)


@expression(ast.UnaryOp)
def unary(f: Fn, node: ast.UnaryOp, dst: int) -> None:
    try:
        return load_value(f, fold.constant(node), dst)
    except fold.NotConstant:
        pass
    if isinstance(node.op, ast.Not) and isinstance(node.operand, ast.Compare) and len(node.operand.ops) == 1:
        inverse: dict[type[ast.cmpop], type[ast.cmpop]] = {
            ast.Is: ast.IsNot,
            ast.IsNot: ast.Is,
            ast.In: ast.NotIn,
            ast.NotIn: ast.In,
        }
        opposite = inverse.get(type(node.operand.ops[0]))
        if opposite is not None:
            return compare_value(f, node.operand.left, opposite(), node.operand.comparators[0], dst)
    operand = f.value(node.operand, hint=dst)
    f.emit(UNARY[type(node.op)], dst, operand)


@expression(ast.Compare)
def compare(f: Fn, node: ast.Compare, dst: int) -> None:
    if fold.is_main_test(node):
        return f.load_constant(dst, TRUE)
    if len(node.ops) == 1:
        return compare_value(f, node.left, node.ops[0], node.comparators[0], dst)
    # a < b < c is (a < b) and (b < c) with b worked out once; the value is that of the last comparison made.
    result, end = f.scratch(dst), Label()
    left = f.value(node.left)
    last = len(node.ops) - 1
    for i, (op, right_node) in enumerate(zip(node.ops, node.comparators, strict=True)):
        right = f.value(right_node)
        compare_registers(f, op, result, left, right)
        if i < last:
            f.jump("JF", end, result)
        left = right
    f.place(end)
    f.move(dst, result)


def compare_registers(f: Fn, op: ast.cmpop, dst: int, left: int, right: int) -> None:
    """R[dst] = R[left] op R[right]."""
    from .cond import COMPARE

    f.emit(COMPARE[type(op)], dst, left, right)


@expression(ast.BoolOp)
def bool_op(f: Fn, node: ast.BoolOp, dst: int) -> None:
    result, end = f.scratch(dst), Label()
    for operand in node.values[:-1]:
        _decide(f, operand, result, end, isinstance(node.op, ast.Or))
    f.into(node.values[-1], result)
    f.place(end)
    f.move(dst, result)


def _decide(f: Fn, node: ast.expr, result: int, label: Label, when: bool) -> None:
    """R[result] = the expression, and a jump to the label when its truth is `when`: every operand is asked for its truth once."""
    if not isinstance(node, ast.BoolOp):
        f.into(node, result)
        return f.jump("JT" if when else "JF", label, result)
    decides = isinstance(node.op, ast.Or)
    other = label if decides == when else Label()
    for operand in node.values[:-1]:
        _decide(f, operand, result, other, decides)
    _decide(f, node.values[-1], result, label, when)
    if decides != when:
        f.place(other)


@expression(ast.IfExp)
def if_exp(f: Fn, node: ast.IfExp, dst: int) -> None:
    known = fold.truth(node.test)
    if known is not None:
        return f.into(node.body if known else node.orelse, dst)
    otherwise, end = Label(), Label()
    cond_jump(f, node.test, otherwise, False)
    f.into(node.body, dst)
    f.jump("JMP", end)
    f.place(otherwise)
    f.into(node.orelse, dst)
    f.place(end)


@expression(ast.NamedExpr)
def named(f: Fn, node: ast.NamedExpr, dst: int) -> None:
    inner = f.scope
    target_scope = inner
    while target_scope.comprehends and target_scope.parent is not None:
        target_scope = target_scope.parent
    f.into(node.value, dst)
    f.scope = target_scope
    register = destination(f, node.target.id)
    if register is not None:
        f.move(register, dst)
        mark_bound(f, node.target.id)
    else:
        store(f, node.target.id, dst, node.target)
    f.scope = inner


# --- attributes and subscripts
def module_target(f: Fn, node: ast.expr) -> Target | None:
    """What `node` means when it is a module of the VM or a member of one, else None."""
    if isinstance(node, ast.Name):
        return f.unit.target_of(f.scope, f.scope.mangle(node.id))
    if isinstance(node, ast.Attribute):
        base = module_target(f, node.value)
        if base is not None and not base.member:
            own = f.unit.modules.get(base.module)
            if own is None:
                return Target(base.module, node.attr, base.passive)
            inner = f"{base.module}.{node.attr}"
            return Target(inner) if inner in f.unit.modules else own.alias(node.attr) or Target(base.module, node.attr)
        if base is not None and f"{base.dotted}.{node.attr}" in f.unit.tables.natives:
            return Target(base.module, f"{base.member}.{node.attr}")
    return None


@expression(ast.Attribute)
def attribute(f: Fn, node: ast.Attribute, dst: int) -> None:
    target = module_target(f, node)
    if target is not None:
        from .names import load_target

        if not target.passive and target.module not in f.unit.modules and target.dotted not in f.unit.tables.natives:
            no_member(f, target, node)
        return load_target(f, target, node, dst)
    if is_super_call(node.value):
        from .calls import load_super

        if load_super(f, node, dst):
            return None
    f.emit("GETA", dst, f.value(node.value, hint=dst), 0, [f.name_id(node.attr)])


def is_super_call(node: ast.expr) -> bool:
    """`super()` or `super(C, self)`."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


@expression(ast.Subscript)
def subscript(f: Fn, node: ast.Subscript, dst: int) -> None:
    container = f.value(node.value, hint=dst)
    number = small_int(node.slice, 0, 255)
    if number is not None:
        return f.emit("GETIC", dst, container, number)
    index = f.value(node.slice, hint=dst if container != dst else None)
    f.emit("GETI", dst, container, index)


@expression(ast.Slice)
def slice_(f: Fn, node: ast.Slice, dst: int) -> None:
    first = f.temp(3)
    for i, part in enumerate((node.lower, node.upper, node.step)):
        if part is None:
            f.load_constant(first + i, NONE)
        else:
            mark = f.top
            f.into(part, first + i)
            f.top = mark
    f.emit("SLICE", dst, first)


# --- f-strings
_CONVERSIONS = {-1: 0, ord("s"): 1, ord("r"): 2, ord("a"): 3}


@expression(ast.JoinedStr)
def joined(f: Fn, node: ast.JoinedStr, dst: int) -> None:
    parts = [p for p in node.values if not (isinstance(p, ast.Constant) and p.value == "")]
    if not parts:
        return load_value(f, "", dst)
    if len(parts) == 1:
        return f.into(parts[0], dst)
    result = f.scratch(dst)
    # STRJOIN counts in eight bits and its pieces need registers: a long f-string is joined chunk by chunk, the text so far first.
    chunk, rest = parts[:60], parts[60:]
    first = f.temp()
    f.into(chunk[0], first)
    while True:
        for part in chunk[1:]:
            f.into(part, f.temp())
        f.emit("STRJOIN", first if rest else result, first, len(chunk))
        f.top = first + 1
        if not rest:
            break
        chunk, rest = [chunk[0], *rest[:60]], rest[60:]
    f.move(dst, result)


@expression(ast.FormattedValue)
def formatted(f: Fn, node: ast.FormattedValue, dst: int) -> None:
    value = f.value(node.value, hint=dst)
    spec = f.temp()
    if node.format_spec is None:
        f.load_constant(spec, NONE)
    else:
        f.into(node.format_spec, spec)
    f.emit("FORMAT", dst, value, spec, [_CONVERSIONS[node.conversion]])
