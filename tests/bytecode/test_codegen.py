# SPDX-License-Identifier: Apache-2.0
"""Properties of the code that the compiler makes."""

from __future__ import annotations

import contextlib
import io
import re

from tests.bytecode.reference_vm import ReferenceVm
from vmrig_server.bytecode import compile_source
from vmrig_server.bytecode.container import SectionId
from vmrig_server.bytecode.disasm import listing
from vmrig_server.bytecode.records import unpack_ids
from vmrig_server.bytecode.view import View


def code(source: str, function: str = "f") -> list[str]:
    """The instructions of one function as text, without addresses."""
    view = View(compile_source(source, "t.py").image)
    number = next(i for i in range(len(view.functions)) if view.function_name(i) == function)
    lines = [line.strip() for line in listing(view, number)][1:]
    return [re.sub(r"^\d+\s+", "", line) for line in lines if not line.startswith((";", "handler"))]


def names(source: str, function: str = "f") -> list[str]:
    return [line.split()[0] for line in code(source, function)]


def test_a_loop_over_range_is_one_instruction_an_iteration() -> None:
    ops = names("def f(n):\n    s = 0\n    for i in range(n):\n        s = s + i\n    return s\n")
    assert ops == ["LOADI", "MOVE", "FOR0", "ADD", "FORR", "RET"]


def test_a_shadowed_range_is_called() -> None:
    assert "FORR" not in names("range = list\ndef f(n):\n    for i in range(n): pass\n")
    assert "FORR" not in names("def f(n, range):\n    for i in range(n): pass\n")
    assert "FORR" in names("def g(range): pass\ndef f(n):\n    for i in range(n): pass\n")


def test_while_loops_test_once_an_iteration_at_the_end() -> None:
    ops = names("def f(i, n):\n    while i < n:\n        i += 1\n    return i\n")
    assert ops[-4:-1] == ["ADDI", "JLT", "RET"] or ops[-3:] == ["ADDI", "JLT", "RET"]


def test_bound_is_checked_only_where_a_variable_may_be_unassigned() -> None:
    def checks(body: str) -> int:
        return names("def f(c, s):\n" + body).count("BOUND")

    assert checks("    x = 1\n    return x\n") == 0
    assert checks("    if c:\n        x = 1\n    else:\n        x = 2\n    return x\n") == 0
    assert checks("    if c:\n        x = 1\n    return x\n") == 1
    assert checks("    if c:\n        x = 1\n    return x + x\n") == 1
    assert checks("    if c:\n        x = 1\n    else:\n        return 0\n    return x\n") == 0
    assert checks("    for x in s:\n        pass\n    return x\n") == 1
    assert checks("    for x in s:\n        c(x)\n") == 0
    assert checks("    while True:\n        x = 1\n        if c:\n            break\n    return x\n") == 0
    assert checks("    try:\n        x = c()\n    except ValueError:\n        x = 0\n    return x\n") == 0
    assert checks("    try:\n        x = c()\n    except ValueError:\n        pass\n    return x\n") == 1
    assert checks("    try:\n        x = c()\n    finally:\n        s()\n    return x\n") == 0
    assert checks("    x = 1\n    del x\n    return x\n") == 1
    assert checks("    x = 1\n    while c:\n        c(x)\n        del x\n") == 1
    assert checks("    if (x := c) and (y := s):\n        return x, y\n    return x\n") == 0


def test_a_variable_that_is_checked_is_made_unbound_at_the_start() -> None:
    assert code("def f(c):\n    if c:\n        x = 1\n    return x\n")[0] == "LOADC     r1, <unbound>"


def test_ordered_comparisons_are_not_inverted_into_their_opposites() -> None:
    ops = names("def f(a, b):\n    if a < b:\n        return 1\n    return 2\n")
    assert "JGE" not in ops
    assert "JNLT" in ops


def test_equality_is_inverted_unless_a_class_defines_ne() -> None:
    source = "def f(a, b):\n    if a == b:\n        return 1\n    return 2\n"
    assert "JNE" in names(source)
    assert "JNE" not in names("class C:\n    def __ne__(self, o): return True\n" + source)


def test_small_constants_are_in_the_instruction() -> None:
    assert code("def f(x):\n    return x + 5\n")[0] == "ADDI      r1, r0, 5"
    assert code("def f(x):\n    return x - 128\n")[1].startswith("SUB ")
    assert code("def f(x):\n    return (x & 255) << 3 >> 1\n")[:3] == [
        "ANDI      r1, r0, 255",
        "LSHIFTI   r1, r1, 3",
        "RSHIFTI   r1, r1, 1",
    ]
    assert "JLTI" in names("def f(x):\n    while x < -128:\n        x += 1\n")
    assert "JLT" in names("def f(x):\n    while x < -129:\n        x += 1\n")


def test_in_place_addition_keeps_iadd_when_a_class_has_one() -> None:
    source = "def f(x):\n    x += 1\n    return x\n"
    assert names(source)[0] == "ADDI"
    assert "IADD" in names("class C:\n    def __iadd__(self, o): return self\n" + source)


def test_constants_are_folded_and_kept_once() -> None:
    assert code("def f():\n    return 2 * 3 + (1 << 4) - -5\n")[0] == "LOADI     r0, 27"
    assert code("def f():\n    return 'ab' 'c' + 'd'\n")[0] == "LOADK     r0, 'abcd'"
    assert names("def f():\n    return 1 // 0\n")[-2:] == ["FLOORDIV", "RET"]
    assert "LSHIFT" in "".join(names("def f():\n    return 1 << 70\n"))
    view = View(
        compile_source(
            "a = 'text'; b = 'text'; c = 100000; d = 100000; e = 1.5; g = 1.5; h = 0.0; i = -0.0", "t.py"
        ).image
    )
    # A str, three floats; ints up to 31 bits are in the instructions.
    assert len(view.container.data(SectionId.CONST)) == 24 + 3 * 8


def test_dead_code_is_left_out() -> None:
    assert names("def f():\n    return 1\n    print(2)\n") == ["LOADI", "RET"]
    assert names("def f():\n    if 0:\n        print(2)\n    while False:\n        print(3)\n") == ["RETN"]
    assert names("def f():\n    while True:\n        pass\n") == ["JMP"]
    assert "JEQ" not in "".join(names("if __name__ == '__main__':\n    x = 1\n", "<module>"))


def test_jumps_beyond_8_bits_are_made_long() -> None:
    body = "".join(f"        a = a * b + {i}\n" for i in range(100))
    source = f"def f(a, b):\n    if a == b:\n{body}    while a < 5:\n{body}    return a\n"
    ops = names(source)
    assert "JMP" in ops
    compile_source(source, "t.py")


def test_long_jumps_go_where_short_ones_would() -> None:
    for ne in ("", "class C:\n    def __ne__(self, o): return True\n"):
        for operator in ("==", "!=", "<", "<=", ">", ">="):
            for right in ("b", "2"):
                body = "".join(f"        a = a + b * {i}\n" for i in range(200))
                source = f"{ne}def f(a, b):\n    if a {operator} {right}:\n{body}    else:\n{body}        a = -a\n    return a\nfor i in (1, 2, 3): print(f(i, 2))\n"
                out = io.StringIO()
                with contextlib.redirect_stdout(out):
                    ReferenceVm(compile_source(source, "t.py").image).main()
                expected = io.StringIO()
                with contextlib.redirect_stdout(expected):
                    exec(source, {})
                assert out.getvalue() == expected.getvalue(), (ne, operator, right)


def test_slots_are_the_attributes_that_methods_assign_to_self() -> None:
    source = (
        "class A:\n    def other(self):\n        self.z = 1\n    def __init__(me, p):\n        me.a = p\n        me.b, (me.c, *me.d) = p\n"
        "        for me.e in p: pass\n        with p as me.f: pass\n        p.no = 1\n    @staticmethod\n    def s(q): q.no = 1\n"
        "class B(A):\n    def __init__(self):\n        self.a = 1\n        self.__new = 2\n"
    )
    view = View(compile_source(source, "t.py").image)
    names = [view.name(n) for n in unpack_ids(view.container, SectionId.SLOTS)]
    found = [names[c.first_slot : c.first_slot + c.slot_count] for c in view.class_records]
    assert found == [["a", "b", "c", "d", "e", "f", "z"], ["_B__new"]]


def test_a_finally_body_is_compiled_more_than_once_but_its_functions_once() -> None:
    source = "def f(x):\n    for i in x:\n        try:\n            if i: return i\n            if x: continue\n        finally:\n            g = lambda: i\n            g()\n"
    view = View(compile_source(source, "t.py").image)
    assert [view.function_name(i) for i in range(len(view.functions))] == ["<module>", "f", "f.<locals>.<lambda>"]


def test_the_same_source_gives_the_same_bytes() -> None:
    source = "class A:\n    def f(self): self.x = {1, 2}; return [len(s) for s in ('a', 'b')]\nimport time\nprint(A().f(), time.ticks_ms())\n"
    assert compile_source(source, "t.py").image == compile_source(source, "t.py").image
