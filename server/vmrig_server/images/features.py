# SPDX-License-Identifier: Apache-2.0
"""What a VM may have or not (vmimages/core/features.def, profile.h): a table, and what a user's words for it mean."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vmrig_server.errors import VmrigError

BARE, VRT = "bare", "vrt"
RTOSES = {
    BARE: "run to completion: one program, no threads",
    VRT: "preemptive threads, locks and the modules made of them",
}
"""The kernels that a VM can have."""
THREADS = "threads"
"""The feature that makes a VM a `vrt` one."""
NONE, ALL, WITHOUT = "none", "all", "no-"


@dataclass(frozen=True, slots=True)
class Feature:
    """One compile-time option of the VM.

    Attributes:
        bit: its number in IDENTITY.
        macro: of the C sources, 0 or 1.
        needs: features that it does not come without.
        alias: a name that other tool-chains have for it.
    """

    name: str
    bit: int
    macro: str
    summary: str
    needs: tuple[str, ...] = ()
    alias: str = ""


FEATURES = (
    Feature("float", 0, "VM_FLOAT", "numbers with a fraction: float, time.time(), the functions of math that round"),
    Feature(THREADS, 1, "VM_FEATURE_THREADS", "preemptive threads: threading, queue, timer; this is what makes it vrt"),
    Feature("bigint", 2, "VM_FEATURE_BIGINT", "ints of any size; without it 64 bits"),
    Feature("multiple_bases", 3, "VM_FEATURE_MULTIPLE_BASES", "classes with more than one base"),
    Feature("match", 4, "VM_FEATURE_MATCH", "sequences, mappings and classes as patterns of match"),
    Feature(
        "descriptors", 5, "VM_FEATURE_DESCRIPTORS", "__new__, __get__, __set__, __setattr__ and the like of a class"
    ),
    Feature("dunder", 6, "VM_FEATURE_DUNDER", "special methods of builtin types by name: list.__len__(x)"),
    Feature("percent", 7, "VM_FEATURE_PERCENT", "str % arguments"),
    Feature("format_method", 8, "VM_FEATURE_FORMAT_METHOD", "str.format; f-strings are always there"),
    Feature("rare", 9, "VM_FEATURE_RARE", "methods, arguments and attributes that small boards can do without"),
    Feature("math", 10, "VM_FEATURE_MATH", "the math module beyond roots, rounding and tests for infinity", ("float",)),
    Feature("struct", 11, "VM_FEATURE_STRUCT", "the struct module: bytes to numbers and back"),
    Feature("json", 12, "VM_FEATURE_JSON", "the json module"),
    Feature("random", 13, "VM_FEATURE_RANDOM", "the random module"),
    Feature("modules", 14, "VM_FEATURE_MODULES", "modules of the program as values: m = module, getattr(m, name)"),
    Feature(
        "bus",
        15,
        "VM_FEATURE_BUS",
        "the board library: i2c, spi, uart, adc, pwm, watchdog, sleep; gpio is always there",
    ),
    Feature("store", 16, "VM_FEATURE_STORE", "the flash module: values that stay when power goes", (), "fs"),
    Feature("ed25519", 17, "VM_FEATURE_ED25519", "signatures of programs are checked on the board", (), "crypto"),
    Feature("debug", 18, "VM_FEATURE_DEBUG", "breakpoints, steps, variables, heap map and profile over the line"),
    Feature("repl", 19, "VM_FEATURE_REPL", "a program that grows line by line", ("debug",)),
    Feature("unicode", 20, "VM_FEATURE_UNICODE", "case and kind of letters beyond ASCII"),
    Feature("float_classes", 21, "VM_FEATURE_FLOAT_CLASSES", "classes derived from float", ("float",)),
    Feature(
        "metaclasses", 22, "VM_FEATURE_METACLASSES", "classes derived from type", ("descriptors", "dunder", "rare")
    ),
)
BY_NAME = {feature.name: feature for feature in FEATURES}
_NAMES = BY_NAME | {feature.alias: feature for feature in FEATURES if feature.alias}


def rtos_of(features: Iterable[str]) -> str:
    """The kernel of a VM with these features."""
    return VRT if THREADS in features else BARE


def features_of_bits(bits: int) -> tuple[str, ...]:
    """Names, sorted, of the features that a VM says it has; bits of a newer firmware are left out."""
    return tuple(sorted(feature.name for feature in FEATURES if bits >> feature.bit & 1))


def resolve_features(rtos: str, usual: Sequence[str], wishes: Sequence[str]) -> tuple[str, ...]:
    """What a VM is to have.

    Args:
        rtos: ``bare``, ``vrt``, or empty: the one that the wishes or the usual features mean.
        usual: features of the target's own VM.
        wishes: in any order: ``none`` or ``all`` to begin with instead of the usual ones; a name (or its alias) adds a feature and what that
            needs; ``no-`` and a name leaves one out, and what needs it.

    Returns:
        Names, sorted.

    Raises:
        VmrigError: ``RTOS_UNKNOWN``, ``FEATURE_UNKNOWN``, ``FEATURE_CONFLICT``.
    """
    if rtos not in ("", *RTOSES):
        raise VmrigError(
            "RTOS_UNKNOWN",
            f"There is no RTOS {rtos!r}.",
            evidence=[f"{name}: {summary}" for name, summary in RTOSES.items()],
        )
    start = [wish for wish in wishes if wish in (NONE, ALL)]
    if len(set(start)) > 1:
        raise _conflict(f"{NONE!r} and {ALL!r} cannot both be where the features begin.")
    features = {NONE: set[str](), ALL: set(BY_NAME)}.get(start[0], set()) if start else set(usual)
    added = {_named(wish) for wish in wishes if wish not in (NONE, ALL) and not wish.startswith(WITHOUT)}
    dropped = {_named(wish.removeprefix(WITHOUT)) for wish in wishes if wish.startswith(WITHOUT)}
    if rtos == VRT:
        added.add(THREADS)
    elif rtos == BARE:
        dropped.add(THREADS)
    both = sorted(_with_needs(added) & dropped)
    if both:
        because = f" (RTOS {rtos})" if both == [THREADS] and rtos else ""
        raise _conflict(f"The feature {both[0]!r} is wished for and left out at once{because}.")
    features = _with_needs(features | added) - dropped
    # What needs something that is not there goes too, until nothing does.
    while lacking := {name for name in features if not set(BY_NAME[name].needs) <= features}:
        features -= lacking
    return tuple(sorted(features))


def _named(wish: str) -> str:
    feature = _NAMES.get(wish.lower())
    if feature is None:
        near = difflib.get_close_matches(wish.lower(), _NAMES, 1)
        raise VmrigError(
            "FEATURE_UNKNOWN",
            f"There is no feature {wish!r}." + (f" Was {near[0]!r} meant?" if near else ""),
            evidence=[f"{each.name}: {each.summary}" for each in FEATURES],
        )
    return feature.name


def _with_needs(names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += BY_NAME[name].needs
    return found


def _conflict(sentence: str) -> VmrigError:
    return VmrigError("FEATURE_CONFLICT", sentence)
