# SPDX-License-Identifier: Apache-2.0
"""Features of VMs: one table with the firmware, and what a user's words for them mean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vmrig_server.errors import VmrigError
from vmrig_server.images.features import BY_NAME, FEATURES, features_of_bits, resolve_features, rtos_of

CORE = Path(__file__).resolve().parents[2] / "vmimages" / "core"
USUAL = ("bus", "float", "random", "threads")


def test_the_table_is_that_of_the_firmware() -> None:
    rows = re.findall(r"^VM_FEATURE_ROW\((\d+), (\w+), (\w+)\)", (CORE / "features.def").read_text(), re.MULTILINE)
    assert [(int(bit), name, macro) for bit, name, macro in rows] == [(f.bit, f.name, f.macro) for f in FEATURES]
    macros = set(re.findall(r"^#ifndef (VM_FEATURE_\w+|VM_FLOAT)", (CORE / "profile.h").read_text(), re.MULTILINE))
    assert macros == {feature.macro for feature in FEATURES}


def test_every_feature_is_described_in_a_line_and_needs_only_features() -> None:
    for feature in FEATURES:
        assert 10 < len(feature.summary) < 100
        assert set(feature.needs) <= set(BY_NAME)


@pytest.mark.parametrize(
    ("rtos", "wishes", "features"),
    [
        ("", (), USUAL),
        ("vrt", (), USUAL),
        ("bare", (), ("bus", "float", "random")),
        ("", ("no-threads",), ("bus", "float", "random")),
        ("", ("fs", "crypto"), ("bus", "ed25519", "float", "random", "store", "threads")),
        ("bare", ("none",), ()),
        ("", ("json", "none"), ("json",)),
        ("vrt", ("none",), ("threads",)),
        ("", ("none", "repl"), ("debug", "repl")),
        ("", ("math", "none"), ("float", "math")),
        ("bare", ("all", "no-float"), tuple(sorted(set(BY_NAME) - {"threads", "float", "float_classes", "math"}))),
    ],
)
def test_wishes_begin_with_the_usual_features_and_bring_what_they_need(
    rtos: str, wishes: tuple[str, ...], features: tuple[str, ...]
) -> None:
    found = resolve_features(rtos, USUAL, wishes)
    assert found == features
    assert rtos_of(found) == ("vrt" if "threads" in features else "bare")
    assert resolve_features(rtos, USUAL, tuple(reversed(wishes))) == found


@pytest.mark.parametrize(
    ("rtos", "wishes", "code", "words"),
    [
        ("freertos", (), "RTOS_UNKNOWN", "freertos"),
        ("", ("jsn",), "FEATURE_UNKNOWN", "json"),
        ("", ("no-flaot",), "FEATURE_UNKNOWN", "float"),
        ("bare", ("threads",), "FEATURE_CONFLICT", "threads"),
        ("vrt", ("no-threads",), "FEATURE_CONFLICT", "threads"),
        ("", ("repl", "no-debug"), "FEATURE_CONFLICT", "debug"),
        ("", ("none", "all"), "FEATURE_CONFLICT", "none"),
    ],
)
def test_wishes_that_cannot_be_are_refused_by_name(rtos: str, wishes: tuple[str, ...], code: str, words: str) -> None:
    with pytest.raises(VmrigError) as caught:
        resolve_features(rtos, USUAL, wishes)
    assert caught.value.code == code
    assert words in caught.value.message


def test_bits_that_a_newer_firmware_tells_are_left_out() -> None:
    assert features_of_bits(1 << BY_NAME["json"].bit | 1 | 1 << 31) == ("float", "json")
