# SPDX-License-Identifier: Apache-2.0
"""What the compiler refuses, and how it says so."""

from __future__ import annotations

import ast
import random
import re
from pathlib import Path

import pytest

from vmrig_server.bytecode import CompileError, compile_files, compile_source

CASES = [
    # source, line, column, part of the reason, part of the hint
    ("await f()\n", 1, 1, "'await' outside function", ""),
    ("x = 1j\n", 1, 5, "complex", "two floats"),
    ("eval('1')\n", 1, 1, "eval() does not exist", "dict of functions"),
    ("import nosuch\n", 1, 1, "no module 'nosuch'", "gpio"),
    ("import tiem\n", 1, 1, "no module 'tiem'", "did you mean time"),
    ("import time\ntime.sleeep(1)\n", 2, 1, "module 'time' has no attribute 'sleeep'", "sleep"),
    ("from gpio import hihg\n", 1, 1, "module 'gpio' has no attribute 'hihg'", "high"),
    ("import gpio\nf(gpio)\n", 2, 3, "not a value", "one of its members"),
    ("import time\ntime.x = 1\n", 2, 1, "cannot be changed", "variable of your own"),
    ("import time\ntime = 5\n", 1, 1, "is a module and a variable", "rename"),
    ("time.sleep(1)\n", 1, 1, "'time' is not defined", "import time"),
    ("from time import *\n", 1, 1, "import * is not supported", "import time"),
    ("from . import x\n", 1, 1, "relative import", "only a module of a package"),
    ("from typing import Required\nx = Required\n", 2, 5, "annotations only", ""),
    ("def f():\n    return super().x\n", 2, 12, "super() needs a method", "Base.method(self)"),
    ("x = [i async for i in y]\n", 1, 5, "", ""),
    ("x = = 1\n", 1, 5, "invalid syntax", ""),
    ("def f():\n    return 1\n  return 2\n", 3, 11, "unindent", ""),
    ("return 5\n", 1, 1, "outside function", ""),
    ("def f():\n    x = 1\n    global x\n", 3, 5, "assigned to before global", ""),
    ("é = 1\nß = 'ü' + nosuch.attr + eval('x')\n", 2, 25, "eval() does not exist", ""),
]


@pytest.mark.parametrize(("source", "line", "column", "reason", "hint"), CASES, ids=[repr(c[0])[:40] for c in CASES])
def test_refusals_name_the_place_the_reason_and_the_nearest_form(
    source: str, line: int, column: int, reason: str, hint: str
) -> None:
    with pytest.raises(CompileError) as caught:
        compile_source(source, "prog.py")
    error = caught.value
    assert (error.line, error.column) == (line, column)
    assert reason in error.reason
    assert hint in error.hint
    assert str(error).startswith(f"prog.py:{line}:{column}: error: ")


def test_the_rendered_error_shows_the_source_line_with_carets_below() -> None:
    with pytest.raises(CompileError) as caught:
        compile_source("x = 1\n\tif_ = 2j + 1\n".replace("\t", ""), "prog.py")
    assert str(caught.value).splitlines() == [
        "prog.py:2:7: error: complex numbers are not supported",
        "    if_ = 2j + 1",
        "          ^^",
        "    help: keep the real and the imaginary part in two floats",
    ]


def test_the_first_unsupported_construct_in_the_text_is_reported() -> None:
    with pytest.raises(CompileError) as caught:
        compile_source("def f():\n    x = 3j\n    yield x\ny = 4j\n", "p.py")
    assert caught.value.line == 2


def test_more_than_250_registers_is_an_error_that_names_the_function() -> None:
    body = "".join(f"    v{i} = a\n" for i in range(260))
    with pytest.raises(CompileError) as caught:
        compile_source(f"class C:\n  def method(a):\n{body}    return v1\n", "p.py")
    assert "C.method() needs more than 250 registers" in caught.value.reason


def test_a_function_of_more_than_64_ki_words_is_an_error_that_names_it() -> None:
    body = "    a = [a, b, c, a, b, c, a, b, c, a, b, c, a, b, c, a, b, c, a, b, c]\n" * 3200
    with pytest.raises(CompileError) as caught:
        compile_source(f"def huge(a, b, c):\n{body}", "p.py")
    assert "huge() is too large" in caught.value.reason


def test_an_undefined_name_is_a_warning_with_the_nearest_names() -> None:
    program = compile_source("counter = 1\ndef f():\n    return conter\n", "p.py")
    (warning,) = program.warnings
    assert (warning.line, warning.column) == (3, 12)
    assert "'conter' is not defined" in warning.reason
    assert warning.hint.startswith("did you mean counter")


def test_modules_that_are_the_librarys_own_are_not_suggested() -> None:
    with pytest.raises(CompileError) as caught:
        compile_source("import typin\n", "t.py")
    assert "_" not in caught.value.diagnostics[0].hint


def test_a_guarded_import_of_an_unknown_module_compiles() -> None:
    program = compile_source(
        "try:\n    import utime as time\nexcept ImportError:\n    import time\ntime.sleep(0)\n", "p.py"
    )
    assert program.warnings == ()


def test_deep_nesting_is_an_error_and_no_crash() -> None:
    with pytest.raises(CompileError):
        compile_source("x = " + "(" * 5000 + "1" + ")" * 5000 + "\n", "p.py")
    with pytest.raises(CompileError):
        compile_source("x = " + "-" * 50000 + "y\n", "p.py")


def test_a_nul_in_the_source_is_an_error() -> None:
    with pytest.raises(CompileError):
        compile_source("x = 1\0\n", "p.py")


def test_all_refused_places_are_told_in_the_order_of_the_source() -> None:
    source = """\
import time, nosuch
async def f():
    await eval()
class A(metaclass=M):
    def m(self):
        time.sleeep(1)
        return eval('1')
def g():
    for x in (1j, 2):
        [i for i in eval('2')]
        time.sleeep(2)
    with open('x') as f:
        global_ = 1
    return super().x
x = time
"""
    with pytest.raises(CompileError) as caught:
        compile_source(source, "prog.py")
    places = [(d.line, d.column) for d in caught.value.diagnostics]
    assert places == [
        (1, 1),
        (3, 11),
        (6, 9),
        (7, 16),
        (9, 15),
        (10, 21),
        (11, 9),
        (12, 10),
        (14, 12),
        (15, 5),
    ]
    assert str(caught.value).count("error: ") == len(places) and caught.value.more == 0


def test_no_more_than_twenty_places_are_told_and_the_others_counted() -> None:
    with pytest.raises(CompileError) as caught:
        compile_source("eval('')\n" * 23, "prog.py")
    assert [d.line for d in caught.value.diagnostics] == list(range(1, 21)) and caught.value.more == 3
    assert str(caught.value).endswith("\nand 3 more")


def test_each_file_that_has_no_valid_syntax_is_told() -> None:
    files = {"main.py": b"import a, b\n", "a.py": b"x = = 1\n", "b.py": b"def\n"}
    with pytest.raises(CompileError) as caught:
        compile_files(files, "main.py")
    assert [d.filename for d in caught.value.diagnostics] == ["a.py", "b.py"]


PROGRAMS = [
    path
    for path in sorted((Path(__file__).parent.parent / "vm/programs").glob("*.py"))
    if "from common" not in path.read_text() and path.stem != "imports"  # of one file
]


@pytest.mark.parametrize("path", PROGRAMS, ids=[path.stem for path in PROGRAMS])
def test_what_stands_in_the_middle_of_a_program_is_found_and_nothing_else(path: Path) -> None:
    """Refused statements among those of a good program: each is told, and none of the good ones."""
    tree = ast.parse(path.read_text())
    bodies = [
        body
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.For | ast.While | ast.Try | ast.With)
        for body in [node.body]
    ]
    wanted = set()
    for number, body in enumerate(random.Random(1).sample(bodies, min(8, len(bodies)))):
        first = isinstance(body[0], ast.Expr | ast.Nonlocal | ast.Global)
        body.insert(int(first), ast.parse(f"[{number} for i in eval('{number}')]").body[0])
        wanted.add(number)
    source = ast.unparse(ast.fix_missing_locations(tree))
    with pytest.raises(CompileError) as caught:
        compile_source(source, "prog.py")
    found = [int(re.search(r"\[(\d+) for i", d.source_line)[1]) for d in caught.value.diagnostics]  # type: ignore[index]
    assert set(found) <= wanted and len(found) == len(set(found)) and found
    assert {d.reason for d in caught.value.diagnostics} == {"eval() does not exist on the VM"}


def test_a_finalizer_is_warned_of_with_the_form_that_works() -> None:
    source = "class A:\n    def m(self): ...\n    def __del__(self):\n        print(1)\n"
    (warning,) = compile_source(source, "prog.py").warnings
    assert (warning.line, "never called" in warning.reason, "__exit__" in warning.hint) == (3, True, True)
