# SPDX-License-Identifier: Apache-2.0
"""Messages packed into an image: what is packed, and that it comes back."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("vmimages_texts", ROOT / "vmimages" / "texts.py")
assert spec and spec.loader
texts = importlib.util.module_from_spec(spec)
spec.loader.exec_module(texts)

messages = st.lists(st.text(alphabet=st.sampled_from("ab %s'"), max_size=40).map(str.encode), min_size=1, max_size=20)


@given(messages, st.binary(max_size=60).filter(bytes.isascii))
def test_a_packed_text_comes_back(known: list[bytes], other: bytes) -> None:
    pairs = texts.train(known)
    assert len(pairs) <= texts.CODES
    for text in [*known, other]:
        packed = texts.pack(text, pairs)
        assert len(packed) <= len(text)
        assert texts.unpack(packed, pairs) == text


@given(st.binary(max_size=60))
def test_a_literal_comes_back(data: bytes) -> None:
    assert texts.unquoted(texts.quoted(data)) == data


def test_only_what_is_shown_is_packed() -> None:
    source = r"""
        char a[] = "a list"; f(")", '"', '\'');
        if (memcmp(p, "a list", 6)) vm_raise(vm, VM_B_TypeError, late ? "a list, \"%s\"" : ("not (a) list"), name("a list"));
        return "a list";
    """
    assert texts.literals([source]) == [b'a list, "%s"', b"not (a) list"]
    assert texts.literals(['const char vm_names[] = "one" "\\0" "two" ; x = nth(vm_names, "three");']) == [
        b"\0",
        b"one",
        b"two",
    ]
    changed = texts.rewrite(source, lambda text: b"\x80" + text)
    assert changed == source.replace(r'"a list, \"', r'"\200a list, \042').replace(r'%s\""', r'%s\042"').replace(
        '"not', r'"\200not'
    )


def test_what_is_raised_with_a_text_of_its_own_is_numbered() -> None:
    source = r"""
        if (a) return vm_raise(vm, VM_B_TypeError, "no %T", v);
        if (b) return vm_raise(vm, VM_B_ValueError, "two "
                               "parts\n");
        if (c) return vm_raise(vm, VM_B_TypeError, "no %T", w), false;
        return vm_raise(vm, VM_B_TypeError, d ? "this" : "that");
        vm_value vm_raise(vm *vm, unsigned exception, const char *format, ...);
    """
    rows = texts.raised([source])
    assert rows == [("VM_B_TypeError", b"no %T"), ("VM_B_ValueError", b"two parts\n")]
    changed = texts.numbered(source, rows)
    assert "vm_raise_numbered(vm, 0, v)" in changed and "vm_raise_numbered(vm, 0, w), false" in changed
    assert "vm_raise_numbered(vm, 1);" in changed
    assert 'vm_raise(vm, VM_B_TypeError, d ? "this" : "that")' in changed and "vm_raise(vm *vm" in changed


def test_rows_follow_each_other_and_every_eighth_is_in_the_index() -> None:
    rows = [("VM_B_TypeError", b"x" * n) for n in range(20)]
    made = texts.rows_table(rows, [])
    numbers = made[made.index("vm_raise_rows[] = {") :].split("{", 1)[1].split("}")[0].split(", ")
    index = [int(n) for n in made[made.index("vm_raise_index[] = {") :].split("{", 1)[1].split("}")[0].split(", ")]
    assert len(index) == 3
    for step, start in enumerate(index):
        assert numbers[start] == "VM_B_TypeError"
        assert numbers[start + 1 : start + 2 + 8 * step] == ["120"] * (8 * step) + ["0"]
