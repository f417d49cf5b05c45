# SPDX-License-Identifier: Apache-2.0
"""Programs as users keep them: one file, a folder, or a vmrig.toml.

[program]
name = "blinker"            # of the container, default: the folder's
entry = "main.py"           # default
modules = ["", "lib"]       # folders in which modules are looked for; default: the program's own
resources = ["assets/**"]   # files that resources.get(path) gives; patterns of pathlib
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MANIFEST = "vmrig.toml"
_KNOWN = {"name", "entry", "modules", "resources"}


class ProjectError(ValueError):
    """A folder or a vmrig.toml that is no program."""


@dataclass(frozen=True)
class Project:
    """The files of a program by path, relative to its folder, with slashes."""

    name: str
    files: Mapping[str, bytes]
    entry: str
    roots: tuple[str, ...] = ()
    resources: Mapping[str, bytes] = field(default_factory=dict)


def is_project(path: Path) -> bool:
    """A folder, or a vmrig.toml."""
    return path.is_dir() or path.name == MANIFEST


def load(path: Path) -> Project:
    """The program in a folder, with its vmrig.toml if it has one.

    Raises ProjectError.
    """
    folder = path if path.is_dir() else path.parent
    manifest = folder / MANIFEST
    told = _read(manifest) if manifest.is_file() else {}
    entry = str(told.get("entry", "main.py"))
    roots = tuple(str(Path(r).as_posix()).removeprefix(".").strip("/") for r in _texts(told, "modules", manifest))
    searched = roots or ("",)
    files = {name: file.read_bytes() for root in searched for name, file in _modules(folder, root)}
    main = folder / entry
    if not main.is_file():
        raise ProjectError(f"{folder} has no {entry}; name the file to run: entry in {MANIFEST}")
    files[entry] = main.read_bytes()
    resources: dict[str, bytes] = {}
    for pattern in _texts(told, "resources", manifest):
        found = [p for p in sorted(folder.glob(pattern)) if p.is_file() and _inside(folder, p)]
        if not found:
            raise ProjectError(f"{manifest}: no file matches resources {pattern!r}")
        resources |= {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}
    return Project(str(told.get("name", folder.resolve().name)), files, entry, roots, resources)


def _read(manifest: Path) -> dict[str, Any]:
    import tomllib

    try:
        data = tomllib.loads(manifest.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProjectError(f"{manifest}: {error}") from None
    told = data.get("program", {})
    unknown = sorted({*(set(data) - {"program"}), *(set(told) - _KNOWN if isinstance(told, dict) else {"program"})})
    if unknown:
        raise ProjectError(f"{manifest}: {', '.join(unknown)}: known are, in [program], {', '.join(sorted(_KNOWN))}")
    return dict(told)


def _texts(told: Mapping[str, Any], key: str, manifest: Path) -> list[str]:
    value = told.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ProjectError(f"{manifest}: {key} is a list of texts")
    return value


def _inside(folder: Path, path: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _modules(folder: Path, root: str) -> Iterator[tuple[str, Path]]:
    """Python files below a root, hidden folders and environments left out."""
    start = folder / root
    if not start.is_dir() or not _inside(folder, start):
        raise ProjectError(f"{start} is no folder of the program")
    for path in sorted(start.rglob("*.py")):
        parts = path.relative_to(folder).parts
        hidden = any(p.startswith(".") or p in ("__pycache__", "venv", "build", "tests") for p in parts[:-1])
        if not hidden and _inside(folder, path):
            yield path.relative_to(folder).as_posix(), path
