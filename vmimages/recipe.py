# SPDX-License-Identifier: Apache-2.0
"""What firmware images are made of, and how: sources, flags, features, for each board and each image. build.py does it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from generate import BoardBuild

from vmrig_server.images.features import BY_NAME, THREADS

ROOT = Path(__file__).resolve().parent

ZIG_VERSION = "0.17.0"
COMPILE = (
    "-std=c11", "-Os", "-g", "-ffunction-sections", "-fdata-sections", "-fno-strict-aliasing", "-Wall", "-Wextra", "-Werror",
    "-DVM_HOST=0",
    "-Icore", "-Ilink", "-Ilink/firmware", "-Ilink/firmware/include",
)  # fmt: skip
TRIPLES = {"cortexm": "thumb-freestanding-eabi", "riscv": "riscv32-freestanding-none"}
"""By the folder of ports/ that knows the core."""
RESERVED = {"cortexm": "+reserve_r9", "riscv": ""}
"""The VM's address is in this register (single.py); tp is used for nothing anyway."""
# For all but the interpreter's loop, whose speed counts. zig takes a plain -Oz for -Os.
SMALLEST = ("-Xclang", "-Oz")
# What else makes ARMv6-M code smaller, and ARMv7-M code larger; to all but the loop.
SMALLEST_V6M = tuple(
    flag
    for option in (
        "-disable-lsr", "-enable-gvn-sink", "-inline-threshold=0", "-disable-machine-cse", "-enable-pre=false", "-disable-constant-hoisting",
        "-disable-block-placement", "-sink-common-insts=true", "-arm-promote-constant", "-join-splitedges", "-tail-merge-size=2",
        "-split-spill-mode=size",
    )
    for flag in ("-mllvm", option)
)  # fmt: skip
SMALLEST_RISCV = ("-msave-restore",)
V6M = frozenset({"cortex_m0", "cortex_m0plus"})
LOOP = "core/interp.c"
# It ends in the same few words a hundred times, which are merged; what loop strength reduction would keep in registers there are too few for.
LOOP_V6M = ("-mllvm", "-disable-lsr", "-mllvm", "-tail-merge-threshold=1000")
# The rest of the VM is compiled as one program once its objects are known: what only one place calls becomes part of that, and what is the same
# twice is there once.
WHOLE = "-flto"
WHOLE_LINK = ("--lto-O2", "-mllvm", "-enable-merge-functions")
WHOLE_V7M = tuple(
    flag
    for option in (
        "-arm-promote-constant", "-arm-promote-constant-max-size=128", "-arm-promote-constant-max-total=1024", "-join-splitedges",
        "-tail-merge-size=2", "-disable-constant-hoisting",
    )
    for flag in ("-mllvm", option)
)  # fmt: skip
WHOLE_RISCV = tuple(
    flag
    for option in ("-inline-threshold=0", "-join-splitedges", "-disable-constant-hoisting", "-disable-block-placement")
    for flag in ("-mllvm", option)
)
PROFILES = ("nano", "core", "full")
LINK = ("-Wl,--gc-sections", "-Wl,-e,reset_handler", "-Wl,-z,max-page-size=16")
PACKED = "core/"
"""Sources whose messages are packed."""
TEXTS_USER = "core/writer.c"
"""The table of pairs is added to it."""
PACKED_FLAG = "-DVM_PACKED_TEXTS=1"
ONE_VM = ("core/", "link/program_vm.c")
"""Sources of which the VM is no parameter any more."""
PACKING = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in ("single.py", "texts.py"))).hexdigest()
"""Of what rewrites sources."""
COMMON = ("core", "link")
"""Folders that know no board: their objects serve every target of a core."""
SOURCE_SUFFIXES = frozenset({".c", ".h", ".def", ".inc", ".ld", ".S"})


@dataclass(frozen=True)
class Image:
    """One firmware image: sources are globs relative to this folder."""

    name: str
    sources: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    is_vm: bool = False
    without: tuple[str, ...] = ()
    """Features of the target that it leaves out."""


IMAGES = (
    Image(
        "register",
        ("core/crc32.c", "core/sha256.c", "link/*.c", "link/firmware/*.c"),
        excluded=("link/program_vm.c",),
        defines=("-DVMRIG_REGISTER",),
    ),
    Image("vm", ("core/*.c", "core/lib/*.c", "link/*.c", "link/firmware/*.c"), is_vm=True),
)
VM = IMAGES[-1]
BARE = replace(VM, name="vm_bare", without=(THREADS,))
"""Beside the VM of a target that has threads, one that has none."""


class BuildError(Exception):
    """The toolchain is missing, or it refused."""


def contents(folders: Sequence[Path], root: Path) -> str:
    """SHA-256 over the names and bytes of all sources in these folders."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        if path.is_file() and path.suffix in SOURCE_SUFFIXES:
            data = path.read_bytes()
            digest.update(f"{path.relative_to(root).as_posix()}\0{len(data)}\0".encode())
            digest.update(data)
    return digest.hexdigest()


def ports_of(board: BoardBuild) -> tuple[str, ...]:
    """Folders of a target's port, the chip's own first."""
    return (f"ports/{board.port}", f"ports/{board.architecture}", "ports/common")


def cpu(board: BoardBuild) -> tuple[str, ...]:
    """Flags that say what the code is for."""
    return ("-target", TRIPLES[board.architecture], f"-mcpu={board.mcpu}{RESERVED[board.architecture]}")


def smallest(board: BoardBuild) -> tuple[str, ...]:
    """Flags of all code whose speed does not count."""
    if board.architecture == "riscv":
        return (*SMALLEST, *SMALLEST_RISCV)
    return (*SMALLEST, *SMALLEST_V6M) if board.mcpu in V6M else SMALLEST


def loop(board: BoardBuild) -> tuple[str, ...]:
    """Flags of the interpreter's loop."""
    return LOOP_V6M if board.mcpu in V6M else ()


def in_whole(source: str, image: Image) -> bool:
    """Whether a source is compiled together with the rest of the VM."""
    return image.is_vm and source != LOOP and source.startswith(COMMON) and not source.startswith("link/firmware/")


def features(root: Path, profile: str) -> list[str]:
    """Names of what a profile has, sorted, as core/profile.h defines it: VM_FEATURE_JSON is json."""
    text = (root / "core/profile.h").read_text("utf-8")
    found = re.findall(
        r"^#define VM_(?:FEATURE_)?(\w+) \(?(?:VM_PROFILE >= VM_PROFILE_(\w+)|VM_IN_FULL(?: && VM_FLOAT)?)\)?$",
        text,
        re.MULTILINE,
    )
    least = {name.lower(): (least or "full").lower() for name, least in found if name.lower() in BY_NAME}
    return sorted(name for name, least in least.items() if PROFILES.index(profile) >= PROFILES.index(least))


def vm_features(board: BoardBuild, root: Path) -> list[str]:
    """What the VM of a target has, sorted."""
    if board.features is not None:
        return sorted(board.features)
    return [name for name in features(root, board.profile) if name not in board.without]


def vm_flags(board: BoardBuild, root: Path) -> tuple[str, ...]:
    """Flags that say what the VM of a target has: the profile, and the features in which the VM is not like it."""
    different = set(features(root, board.profile)) ^ set(has := vm_features(board, root))
    return (
        PACKED_FLAG,
        f"-DVM_PROFILE={PROFILES.index(board.profile)}",
        *(f"-D{BY_NAME[name].macro}={int(name in has)}" for name in sorted(different)),
    )


def images_of(board: BoardBuild, root: Path) -> list[tuple[Image, BoardBuild]]:
    """The images of a target, each with what it is built for. Of a target whose features are given: the VM alone."""
    if board.features is not None:
        return [(VM, board)]
    found = [(image, board) for image in IMAGES]
    has = vm_features(board, root)
    if set(BARE.without) <= set(has):
        found.append((BARE, replace(board, features=frozenset(has) - set(BARE.without))))
    return found


def source_hash(board: BoardBuild, root: Path) -> str:
    """SHA-256 over all that a target's images are made of, and how: sources, port, what is generated, flags. Not build.py's own text."""
    digest = hashlib.sha256(contents([root / folder for folder in (*COMMON, *ports_of(board))], root).encode())
    recipe = (
        ZIG_VERSION,
        cpu(board),
        [vm_flags(built, root) for _, built in images_of(board, root)],
        COMPILE,
        (SMALLEST, SMALLEST_V6M, SMALLEST_RISCV),
        LOOP,
        LOOP_V6M,
        (WHOLE, WHOLE_LINK, WHOLE_V7M, WHOLE_RISCV),
        LINK,
        PACKING,
        IMAGES,
        sorted(board.files().items()),
    )
    digest.update(repr(recipe).encode())
    return digest.hexdigest()


def define(root: Path, header: str, name: str) -> str:
    """The value of a #define of a plain number."""
    match = re.search(rf"^#define {name} (0x[0-9A-Fa-f]+|\d+)", (root / header).read_text("utf-8"), re.MULTILINE)
    if not match:
        raise BuildError(f"{header} has no #define {name}")
    return match.group(1)


def vm_version(root: Path) -> str:
    """As core/vm.h has it."""
    return ".".join(define(root, "core/vm.h", f"VM_VERSION_{part}") for part in ("MAJOR", "MINOR", "PATCH"))
