# SPDX-License-Identifier: Apache-2.0
"""Two verifiers, written from the same rules in two languages, say the same of every container."""

from __future__ import annotations

import struct
from collections import Counter
from pathlib import Path

import pytest
from vmrig_native import _vm

from tests.bytecode.mutate import mutations, reseal
from tests.vm.programs_list import PROGRAMS, compiled
from vmrig_server.bytecode import VerifyError, bind, compile_source, strip, verify_image
from vmrig_server.bytecode.container import SectionId
from vmrig_server.bytecode.tables import tables
from vmrig_server.bytecode.view import View

ALL_OPS = """
import time
G = 1
def f(a, b=2, /, c=3, *args, d, e=5, **kw):
    t = lambda: (a, kw)
    def deep():
        nonlocal c
        c += 1
        return lambda: c
    x = [*args, 1]; y = {**kw, 'k': 1}; z = {1, *args}; w = (*args,)
    for q in range(a, b, c):
        if q < 5 and q != a or q is None:
            continue
        x[q:] = [q << 1, q & 3, -q, ~q, not q, q ** 2.5]
    else:
        del x[0], y['k'], G2
    try:
        with time.x(a=1) as h, h.m(1, z=2) as (i, *j):
            f(*args, **kw)
    except (ValueError, KeyError) as err:
        raise err from None
    finally:
        print(f"{a!r:>{b}} {c}", sep="")
    return [v for v in x if v]
class A:
    def m(self):
        self.p = 1
        self.q = super().m()
        del self.p
def g():
    global G2
    G2 = 0x123456789
    if G:
        u = b'bytes'
    return u
""".replace("time.x(a=1)", "open_(a=1)").replace("def f", "def open_(a): return a\ndef f", 1)


def c_verdict(image: bytes, vmuid: bytes | None = None) -> str:
    try:
        _vm.verify(image, vmuid)
    except _vm.VerifyError as error:
        return str(error.code)
    return "OK"


def python_verdict(image: bytes, vmuid: bytes | None = None) -> str:
    try:
        verify_image(image, vmuid)
    except VerifyError as error:
        return error.code
    return "OK"


def sample() -> bytes:
    return compile_source(ALL_OPS, "all.py").image


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda p: p.stem)
def test_what_the_compiler_makes_is_valid(path: Path) -> None:
    image = compiled(path).image
    for form in (image, strip(image), bind(image, bytes(range(16)))):
        assert python_verdict(form) == "OK"
        assert c_verdict(form) == "OK"


@pytest.mark.parametrize("seed", range(5))
def test_the_verdicts_agree_on_mutated_containers(seed: int) -> None:
    base = sample() if seed % 2 == 0 else strip(sample())
    seen: Counter[str] = Counter()
    for image in mutations(base, 1000, seed):
        ours, theirs = python_verdict(image), c_verdict(image)
        assert ours == theirs, f"python: {ours}, C: {theirs}; {image.hex()}"
        seen[ours] += 1
    # The mutations reach the rules: many codes, and neither all nor none are refused.
    assert len(seen) > 15, seen
    assert 0 < seen["OK"] < 700, seen


def test_every_truncation_is_refused_by_both() -> None:
    image = compile_source("print(1)\n", "t.py").image
    for length in range(len(image)):
        assert python_verdict(image[:length]) == c_verdict(image[:length]) != "OK"
        assert python_verdict(reseal(image[:length])) == c_verdict(reseal(image[:length])) != "OK"


def patched(source: str, function: int, word: int, value: int) -> bytes:
    """The program with one word of a function replaced, resealed."""
    image = bytearray(compile_source(source, "t.py").image)
    view = View(bytes(image))
    offset = view.container.sections[SectionId.CODE].offset + 4 * (view.functions[function].code_offset + word)
    struct.pack_into("<I", image, offset, value)
    return reseal(bytes(image))


def word(name: str, a: int = 0, b: int = 0, c: int = 0) -> int:
    return tables().by_name[name].number | a << 8 | b << 16 | c << 24


FUNCTION = "def f(a, b):\n    a.x = b\n    if a: b = 1\n    return b\n"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (0xFF, "OPCODE"),
        (word("EXT"), "OPCODE"),
        (word("MOVE", 250, 0), "REGISTER"),
        (word("MOVE", 0, 9), "REGISTER"),
        (word("GETA", 0, 1, 255), "EXTENSION"),
        (word("JMP", 0, 0x7FFF), "JUMP"),
        (word("JMP", 0, 0xFF00), "JUMP"),
        (word("LOADK", 0, 0, 0x10), "CONSTANT"),
        (word("LOADF", 0, 0xFF, 0xFF), "CONSTANT"),
        (word("LOADC", 0, 6), "OPERAND"),
        (word("GETG", 0, 0xFF), "GLOBAL"),
        (word("LOADX", 0, 0xFF), "IMPORT"),
        (word("FREECELL", 0, 1), "CELL"),
        (word("BOUND", 0, 0xFF, 0xFF), "NAME"),
        (word("CALL", 0, 200), "REGISTER"),
        (word("FORR", 0, 0), "REGISTER"),
        (word("LIST", 0, 0, 100), "REGISTER"),
        (word("LSHIFTI", 0, 0, 64), "OPERAND"),
        (word("MASK", 0, 0, 63), "OPERAND"),
        (word("JBC", 0, 63, 0), "OPERAND"),
        (word("GETIC", 9, 0, 0), "REGISTER"),
        (word("SETIC", 0, 255, 9), "REGISTER"),
        (word("CALLB", 0, 0, 9), "IMPORT"),
        (word("CALLB", 0, 200, 9), "REGISTER"),
        (word("FOR0", 0, 0), "REGISTER"),
        (word("FUNC", 0, 2), "FUNCTION"),
        (word("DEFG", 1, 0), "GLOBAL"),
        (word("SETGI", 1, 0), "GLOBAL"),
        (word("GETA", 0, 1, 9), "NAME"),
        (word("LOADW", 0, 0), "EXTENSION"),
    ],
)
def test_a_bad_instruction_is_refused_with_its_code(value: int, code: str) -> None:
    image = patched(FUNCTION, 1, 2, value)
    assert python_verdict(image) == code
    assert c_verdict(image) == code


def test_a_jump_into_an_extension_word_is_refused() -> None:
    image = patched(FUNCTION, 1, 2, word("JMP", 0, 0xFFFE))
    assert python_verdict(image) == c_verdict(image) == "JUMP"


def test_a_function_that_runs_over_its_end_is_refused() -> None:
    view = View(compile_source(FUNCTION, "t.py").image)
    image = patched(FUNCTION, 1, view.functions[1].code_words - 1, word("NOP"))
    assert python_verdict(image) == c_verdict(image) == "END"


def test_a_program_bound_to_another_vm_is_refused() -> None:
    image = bind(sample(), bytes(range(16)))
    assert python_verdict(image, bytes(range(16))) == c_verdict(image, bytes(range(16))) == "OK"
    assert python_verdict(image, bytes(16)) == c_verdict(image, bytes(16)) == "VMUID"
    assert python_verdict(image) == c_verdict(image) == "OK"
    assert python_verdict(sample(), bytes(range(16))) == c_verdict(sample(), bytes(range(16))) == "OK"


def test_the_error_tells_code_offset_and_a_sentence() -> None:
    with pytest.raises(VerifyError) as caught:
        verify_image(patched(FUNCTION, 1, 2, 0xFF))
    assert caught.value.code == "OPCODE"
    assert caught.value.offset > 24
    assert "no instruction" in caught.value.sentence


def test_the_codes_are_those_of_the_c_verifier() -> None:
    known = {symbol for symbol, _ in _vm.verify_errors()}
    text = (
        Path(verify_image.__code__.co_filename).read_text()
        + Path(verify_image.__code__.co_filename).with_name("verify_code.py").read_text()
    )
    import re

    used = set(re.findall(r'_fail\(\s*"([A-Z_0-9]+)"', text))
    assert used and used <= known
