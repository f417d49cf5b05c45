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
