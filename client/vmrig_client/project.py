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
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MANIFEST = "vmrig.toml"
MAX_MANIFEST_BYTES = 64 << 10
MAX_PARTS = 64
"""Of a module's name that are looked for."""
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
    with _told():
        return _load(path if path.is_dir() else path.parent)


def _load(folder: Path) -> Project:
    manifest = folder / MANIFEST
    told = _read(manifest) if manifest.is_file() else {}
    entry = told.get("entry", "main.py")
    if not isinstance(entry, str):
        raise ProjectError(f"{manifest}: entry is a text")
    roots = tuple(str(Path(r).as_posix()).removeprefix(".").strip("/") for r in _texts(told, "modules", manifest))
    searched = roots or ("",)
    files = {name: file.read_bytes() for root in searched for name, file in _modules(folder, root)}
    main = folder / entry
    if Path(entry).is_absolute() or ".." in Path(entry).parts or not _inside(folder, main) or not main.is_file():
        raise ProjectError(f"{folder} has no {entry}; name the file to run: entry in {MANIFEST}")
    entry = Path(entry).as_posix()
    files[entry] = main.read_bytes()
    resources: dict[str, bytes] = {}
    for pattern in _texts(told, "resources", manifest):
        try:
            found = [p for p in sorted(folder.glob(pattern)) if _inside(folder, p) and p.is_file()]
        except (ValueError, NotImplementedError, RecursionError) as error:
            raise ProjectError(f"{manifest}: resources {pattern[:80]!r}: {error}") from None
        if not found:
            raise ProjectError(f"{manifest}: no file matches resources {pattern!r}")
        resources |= {_text(p.relative_to(folder)): p.read_bytes() for p in found}
    return Project(str(told.get("name", folder.resolve().name)), files, entry, roots, resources)


def beside(path: Path) -> Project | None:
    """A file with the modules that it imports from its folder, as far as they import each other; None when it needs none.

    A vmrig.toml there says where else modules are, and when the file is its entry, it says all. Raises ProjectError.
    """
    with _told():
        return _beside(path)


def _beside(path: Path) -> Project | None:
    folder, manifest = path.parent, path.parent / MANIFEST
    told = _read(manifest) if manifest.is_file() else {}
    roots = tuple(str(Path(r).as_posix()).removeprefix(".").strip("/") for r in _texts(told, "modules", manifest))
    files: dict[str, bytes] = {}
    pending = [path]
    while pending:
        file = pending.pop()
        name = file.relative_to(folder).as_posix() if file == path or _inside(folder, file) else ""
        if not name or name in files:
            continue
        files[name] = file.read_bytes()
        pending += _imported(file, files[name], [folder / root for root in roots or ("",)])
    if len(files) == 1:
        return None
    return (
        load(manifest)
        if told.get("entry", "main.py") == path.name and told
        else Project(path.stem, files, path.name, roots)
    )


def _imported(file: Path, source: bytes, roots: list[Path]) -> Iterator[Path]:
    """The files of modules that a file may import: by name from the roots, by dots from where it is."""
    import ast

    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # the compiler says so
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            places, names = roots, [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            places = [file.parents[node.level - 1]] if 0 < node.level <= len(file.parents) else roots
            names = [".".join(filter(None, (node.module, alias.name))) for alias in node.names]
        else:
            continue
        for place, name in ((place, name) for place in places for name in names):
            parts = name.split(".")
            for i in range(1, min(len(parts), MAX_PARTS) + 1):
                base = place.joinpath(*parts[:i])
                yield from filter(_is_file, (base / "__init__.py", base.with_name(base.name + ".py")))


def _read(manifest: Path) -> dict[str, Any]:
    import tomllib

    if manifest.stat().st_size > MAX_MANIFEST_BYTES:
        raise ProjectError(f"{manifest} has more than {MAX_MANIFEST_BYTES} bytes")
    try:
        data = tomllib.loads(manifest.read_text("utf-8"))
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, UnicodeDecodeError, a number of 5000 digits
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
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (RuntimeError, ValueError):  # a link to itself; a name with a NUL
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # no name that a file may have
        return False


@contextmanager
def _told() -> Iterator[None]:
    """What the system says of a file is said of the program."""
    try:
        yield
    except OSError as error:
        raise ProjectError(f"{str(error.filename)[:200]} cannot be read: {error.strerror}") from None


def _modules(folder: Path, root: str) -> Iterator[tuple[str, Path]]:
    """Python files below a root, hidden folders and environments left out."""
    start = folder / root
    if not start.is_dir() or not _inside(folder, start):
        raise ProjectError(f"{start} is no folder of the program")
    for path in sorted(start.rglob("*.py")):
        parts = path.relative_to(folder).parts
        hidden = any(p.startswith(".") or p in ("__pycache__", "venv", "build", "tests") for p in parts[:-1])
        if not hidden and _inside(folder, path) and path.is_file():
            yield _text(path.relative_to(folder)), path


def _text(path: Path) -> str:
    """A path as it goes over the wire."""
    try:
        return path.as_posix().encode().decode()
    except UnicodeEncodeError:
        raise ProjectError(f"{str(path)!a} has a name that is no text: rename it") from None
