# SPDX-License-Identifier: Apache-2.0
"""Writes vmrig_native/_requirements.py: what of the VM's tables needs which feature, read from the conditions in its own sources.

python server/native/requirements.py vmimages/core OUT
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

CONDITION = re.compile(r"#if (.*?)(?:\s*/\*.*)?$")
IN_CORE = "VM_PROFILE >= VM_PROFILE_CORE"
COMMON = "common"
"""Stands for what has no feature of its own and is in all profiles but nano."""
NATIVE = re.compile(r'VM_(TYPE|EXC|FUNC|FUNCKW|FLOATFUNC|INTCONST|FLOATCONST)\(\w+, (\w+), "(\w+)"')
METHOD = re.compile(r"M[KS]*\((\w+), (\w+),")
PROFILE = re.compile(
    r"^#define (VM_(?:FEATURE_)?\w+) \(?(VM_PROFILE >= VM_PROFILE_(?P<least>\w+)|VM_IN_FULL)\)?$", re.MULTILINE
)


def features(core: Path) -> dict[str, str]:
    """Names of the features, by macro."""
    rows = re.findall(r"^VM_FEATURE_ROW\(\d+, (\w+), (\w+)\)", (core / "features.def").read_text("utf-8"), re.MULTILINE)
    return {macro: name for name, macro in rows}


def conditioned(path: Path, names: dict[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The lines of a table, each with the features that it stands under."""
    under: list[tuple[str, ...]] = []
    for line in path.read_text("utf-8").splitlines():
        found = CONDITION.match(line)
        if found:
            under.append(tuple(COMMON if term == IN_CORE else names[term] for term in found[1].split(" && ")))
        elif line.startswith("#if"):
            under.append(())  # of the table's own macros
        elif line.startswith("#endif"):
            under.pop()
        elif line.startswith("#el"):
            raise ValueError(f"{path.name}: a table has no branches: {line}")
        else:
            yield line, tuple(dict.fromkeys(name for each in under for name in each))


def natives(core: Path, names: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Of imports that need features, those."""
    needs: dict[str, tuple[str, ...]] = {}
    for line, under in conditioned(core / "builtins.def", names):
        found = NATIVE.match(line)
        if found:
            is_float = found[1].startswith("FLOAT") or found[3] == "float"
            all_of = (*under, *(["float"] if is_float and "float" not in under else []))
            if all_of:
                needs[f"{found[2]}.{found[3]}"] = all_of
    return needs


def methods(core: Path, names: dict[str, str]) -> dict[str, list[tuple[str, ...]]]:
    """Of methods that need features on each type that has them, those, by name."""
    texts = dict(re.findall(r'^N\((\w+), .*?"(.*?)"', (core / "names.def").read_text("utf-8"), re.MULTILINE))
    found: dict[str, list[tuple[str, ...]]] = {}
    for line, under in conditioned(core / "methods.def", names):
        row = METHOD.match(line)
        if row:
            found.setdefault(texts[row[2]], []).append(under)
    return {name: rows for name, rows in sorted(found.items()) if all(rows)}


def profiles(core: Path, names: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """What each profile has."""
    text = (core / "profile.h").read_text("utf-8")
    least = {names[row[1]]: (row["least"] or "FULL").lower() for row in PROFILE.finditer(text) if row[1] in names}
    order = ("nano", "core", "full")
    return {
        profile: (*sorted(n for n, at in least.items() if order.index(at) <= number), *([COMMON] if number else []))
        for number, profile in enumerate(order)
    }


def main() -> None:
    """Writes the module."""
    core, out = Path(sys.argv[1]), Path(sys.argv[2])
    names = features(core)
    text = '"""Generated from the tables of vmimages/core; see server/native/requirements.py."""\n'
    for name, value in (
        ("NATIVES", natives(core, names)),
        ("METHODS", methods(core, names)),
        ("PROFILES", profiles(core, names)),
    ):
        text += f"{name} = {value!r}\n"
    out.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
