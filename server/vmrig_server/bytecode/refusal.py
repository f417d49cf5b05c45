# SPDX-License-Identifier: Apache-2.0
"""Why the VM on a board refuses a program: the numbers of its verifier as sentences."""

from __future__ import annotations

from vmrig_native import _vm

from .container import FEATURE_BIGINT, FEATURE_FLOAT, FEATURE_MODULES, SectionId
from .errors import ContainerError
from .profiles import VmFeatures
from .view import View

_FEATURES = {
    "_.several_bases": "classes with several bases",
    "_.class_hooks": "__new__, descriptors or hooks of attributes in a class",
    "_.class_begin": "metaclasses",
    "_.class_made": "__set_name__, __init_subclass__ or keywords of a class",
    "_.function_attributes": "attributes of functions",
    "_.awaitable": "coroutines",
    "_.coroutine": "coroutines",
    "_.async_generator": "asynchronous generators",
    "_.match_sequence": "sequence patterns of match",
    "_.match_mapping": "mapping patterns of match",
    "_.match_class": "class patterns of match",
}
"""Natives that stand for a part of the language, in words."""

_KEYS = {
    "UNSIGNED": "the board takes only programs signed with its key, and this one is not signed",
    "SIGNATURE": "the board takes only programs signed with its key, and this one is signed with another, or was changed afterwards",
}


def explain_refusal(image: bytes, code: int, offset: int) -> list[str]:
    """What a board's verifier meant, the most telling sentence first.

    Args:
        image: the container that was refused.
        code, offset: as the board answered (docs/wire-protocol.md, COMMIT).
    """
    errors = _vm.verify_errors()
    if not 0 < code < len(errors):
        return [f"verifier code {code}, which this version does not know"]
    name, sentence = errors[code]
    evidence = [f"{name} at offset {offset:#x}: {sentence}"]
    if name in _KEYS:
        return [_KEYS[name], *evidence]
    try:
        program = View(image)
    except ContainerError:
        return evidence
    if name == "FEATURE" and program.container.features & FEATURE_FLOAT:
        evidence.insert(0, "the program uses floats, and the VM of this board has none")
    elif name == "FEATURE" and program.container.features & FEATURE_BIGINT:
        evidence.insert(0, "the program has ints beyond 64 bits, and the VM of this board has none")
    if name == "NATIVE":
        missing = _import_at(program, offset)
        if missing:
            what = _FEATURES.get(missing, missing)
            evidence.insert(0, f"the program uses {what}, which the VM of this board does not have")
    return evidence


def missing_in(image: bytes, vm: VmFeatures) -> str:
    """What a valid container needs that a VM has not, in words; empty when it has all."""
    program = View(image)
    for bit, feature, what in (
        (FEATURE_FLOAT, "float", "floats"),
        (FEATURE_BIGINT, "bigint", "ints beyond 64 bits"),
        (FEATURE_MODULES, "modules", "modules of the program as values"),
    ):
        if program.container.features & bit and vm.lacks((feature,)):
            return what
    return next((_FEATURES.get(name, name) for name in program.natives if name in vm.missing), "")


def wants_signature(code: int) -> bool:
    """Whether a board's verifier refused a program since it is not signed with the board's key."""
    errors = _vm.verify_errors()
    return 0 < code < len(errors) and errors[code][0] in _KEYS


def _import_at(program: View, offset: int) -> str:
    section = program.container.sections.get(SectionId.NATIVE)
    if section is None:
        return ""
    index, rest = divmod(offset - section.offset, 4)
    return program.natives[index] if not rest and 0 <= index < len(program.natives) else ""
