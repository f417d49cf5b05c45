# SPDX-License-Identifier: Apache-2.0
"""A program for a VM that lacks something: refused with place, reason and the nearest form, before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from vmrig_native import _requirements

from vmrig_server.bytecode import CompileError, compile_files, compile_source
from vmrig_server.bytecode.profiles import PROFILES, of_features, of_profile
from vmrig_server.bytecode.refusal import missing_in

NANO, CORE, FULL = (of_profile(name) for name in PROFILES)
CASES = [
    # source, VM, line, column, part of the reason, part of the hint
    ("x = 1\ny = 1.5\n", NANO, 2, 5, "profile nano has no floats", "divide with //; profile core has it"),
    ("def f(a, b):\n    return a / b\n", NANO, 2, 12, "division with /", "//"),
    ("x = float('1')\n", NANO, 1, 5, "float()", "profile core"),
    ("import threading\nthreading.Thread()\n", NANO, 1, 1, "which the module 'threading' needs", "time.ticks_ms()"),
    ("import time\nprint(time.time())\n", NANO, 2, 7, "no time.time", ""),
    ("import i2c\n", NANO, 1, 1, "no module 'i2c'", "profile core has it"),
    ("x = 1 << 3\ny = 123456789012345678901\n", CORE, 2, 5, "ints beyond 64 bits", "32 bits; profile full"),
    ("class A: pass\nclass B(A, object): pass\n", CORE, 2, 12, "several bases", "derive from one class"),
    ("class A:\n    def __get__(self, o, t): return 1\n", CORE, 2, 5, "__get__() of classes", "property"),
    ("print('%d' % 3)\n", CORE, 1, 7, "formatting with %", "f-string"),
    ("match 1:\n    case 1: pass\n    case [a, b]: pass\n", CORE, 3, 10, "sequence patterns", "if and elif"),
    ("import json\n", CORE, 1, 1, "no module 'json'", "f-string"),
    ("import math\nmath.sqrt(2)\nmath.sin(1)\n", CORE, 3, 1, "no math.sin", "profile full"),
    ("from math import sqrt, sin\n", CORE, 1, 1, "no math.sin", ""),
    ("'a'.casefold()\n", CORE, 1, 1, "method casefold()", "lower()"),
    ("'{}'.format(1)\n", NANO, 1, 1, "method format()", "f-string; profile core"),
    ("list.__len__([])\n", CORE, 1, 1, "list.__len__ by name", "operator"),
    ("import enum\nclass E(enum.Enum):\n    A = 1\n", CORE, 1, 1, "no metaclasses, which the module '_enum' needs", ""),
    ("raise FileNotFoundError('x')\n", CORE, 1, 7, "FileNotFoundError", "profile full"),
]


@pytest.mark.parametrize("case", CASES, ids=[repr(case[0])[:40] for case in CASES])
def test_what_a_vm_lacks_is_refused_with_the_nearest_form(case: tuple[str, object, int, int, str, str]) -> None:
    source, vm, line, column, reason, hint = case
    with pytest.raises(CompileError) as caught:
        compile_source(source, "prog.py", vm)  # type: ignore[arg-type]
    (found,) = caught.value.diagnostics
    assert (found.line, found.column) == (line, column)
    assert reason in found.reason and hint in found.hint
    assert not missing_in(compile_source(source, "prog.py", FULL).image, FULL)


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    import json\nexcept ImportError:\n    json = None\nprint(json)\n",
        "def f(a: float = 1) -> float:\n    return a\n",
        "class File:\n    def read(self): return 1\n    def rsplit(self): return 2\nFile().read()\nFile().rsplit()\n",
        "if False:\n    x = 1.5\n",
        "try:\n    'a'.casefold()\nexcept AttributeError:\n    print('a'.lower())\n",
        "x = -9223372036854775808\n",
        "try:\n    float\nexcept NameError:\n    pass\n",
        "print(1 // 2, 7 % 3, 2 ** 5)\n",
        "class A:\n    def __init__(self): object.__init__(self)\n",
    ],
)
def test_what_is_guarded_or_not_reached_or_the_programs_own_is_not_refused(source: str) -> None:
    assert missing_in(compile_source(source, "prog.py", NANO).image, NANO) == ""


def test_a_module_of_the_program_stands_in_for_one_that_the_vm_lacks() -> None:
    files = {"main.py": b"import json\nprint(json.dumps(1))\n", "json.py": b"def dumps(x):\n    return repr(x)\n"}
    assert compile_files(files, "main.py", vm=CORE).image


PROGRAMS = sorted((Path(__file__).parent.parent / "vm/programs").glob("*.py"))[::3]


def test_a_program_is_accepted_for_a_profile_exactly_when_its_container_needs_no_more() -> None:
    """What the compiler lets through the board's verifier does, too; what it refuses beyond are methods, % and dunder names, which no container tells."""
    accepted = 0
    for path in PROGRAMS:
        try:
            whole = compile_source(path.read_text(), path.name).image
        except CompileError:
            continue  # of several files
        for vm in (NANO, CORE):
            try:
                image = compile_source(path.read_text(), path.name, vm).image
            except CompileError as error:
                silent = ("method", "formatting with %", "by name")
                told = all(any(word in d.reason for word in silent) for d in error.diagnostics)
                assert missing_in(whole, vm) or told or error.more, (path.name, str(error))
            else:
                accepted += 1
                assert missing_in(image, vm) == "", path.name
    assert accepted > 10


def test_the_tables_name_only_features_that_a_profile_has() -> None:
    known = set(_requirements.PROFILES["full"])
    rows = [*_requirements.NATIVES.values(), *(row for rows in _requirements.METHODS.values() for row in rows)]
    assert {name for row in rows for name in row} <= known
    assert set(_requirements.PROFILES["nano"]) <= set(_requirements.PROFILES["core"]) <= known
    assert "json.dumps" in _requirements.NATIVES and "casefold" in _requirements.METHODS
    assert of_features("x", ["bus"]).features == {"bus", "common"} and not of_features("x", []).features
