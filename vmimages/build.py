# SPDX-License-Identifier: Apache-2.0
"""Builds the firmware images with `zig cc` from the PyPI wheel `ziglang`: the same source gives the same bytes, on every host.

python vmimages/build.py                      build every target into vmimages/images/<target>/, with its manifest.json
python vmimages/build.py --target NAME ...    build only these
python vmimages/build.py --profile core ...   build the VM with this profile (core/profile.h), whatever the target's own is
python vmimages/build.py --check              build elsewhere and compare: exit code 1 when the committed images differ from their source

A target is a folder in boards/ whose board file, or its chip's, has a `firmware` section that names a folder of ports/ (ports/README.md).
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path[:0] = [str(ROOT), str(ROOT.parent / "server")]

import texts  # noqa: E402
from esp_image import Segment, esp_image  # noqa: E402
from generate import BoardBuild, board_builds  # noqa: E402

ZIG_VERSION = "0.17.0"
MANIFEST_FORMAT = 2
COMPILE = (
    "-std=c11", "-Os", "-g", "-ffunction-sections", "-fdata-sections", "-fno-strict-aliasing", "-Wall", "-Wextra", "-Werror",
    "-DVM_HOST=0",
    "-Icore", "-Ilink", "-Ilink/firmware", "-Ilink/firmware/include",
)  # fmt: skip
TRIPLES = {"cortexm": "thumb-freestanding-eabi", "riscv": "riscv32-freestanding-none"}
"""By the folder of ports/ that knows the core."""
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
WITHOUT = {"float": "-DVM_FLOAT=0"}
"""Of each feature that a target can do without, the flag that leaves it out (core/profile.h)."""
PROFILES = ("nano", "core", "full")
LINK = ("-Wl,--gc-sections", "-Wl,-e,reset_handler", "-Wl,-z,max-page-size=16")
PACKED = "core/"
"""Sources whose messages are packed."""
TEXTS_USER = "core/writer.c"
"""The table of pairs is added to it."""
PACKED_FLAG = "-DVM_PACKED_TEXTS=1"
PACKING = hashlib.sha256((ROOT / "texts.py").read_bytes()).hexdigest()
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


IMAGES = (
    Image(
        "register",
        ("core/crc32.c", "core/sha256.c", "link/*.c", "link/firmware/*.c"),
        excluded=("link/program_vm.c",),
        defines=("-DVMRIG_REGISTER",),
    ),
    Image("vm", ("core/*.c", "core/lib/*.c", "link/*.c", "link/firmware/*.c"), is_vm=True),
)


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
    return ("-target", TRIPLES[board.architecture], f"-mcpu={board.mcpu}")


def smallest(board: BoardBuild) -> tuple[str, ...]:
    """Flags of all code whose speed does not count."""
    if board.architecture == "riscv":
        return (*SMALLEST, *SMALLEST_RISCV)
    return (*SMALLEST, *SMALLEST_V6M) if board.mcpu in V6M else SMALLEST


def loop(board: BoardBuild) -> tuple[str, ...]:
    """Flags of the interpreter's loop."""
    return LOOP_V6M if board.mcpu in V6M else ()


def features(root: Path, profile: str) -> list[str]:
    """Names of what a profile has, sorted, as core/profile.h defines it: VM_FEATURE_JSON is json."""
    text = (root / "core/profile.h").read_text("utf-8")
    found = re.findall(
        r"^#define VM_(?:FEATURE_)?(\w+) \(?(?:VM_PROFILE >= VM_PROFILE_(\w+)|VM_IN_FULL)\)?$", text, re.MULTILINE
    )
    least = {name.lower(): (least or "full").lower() for name, least in found if name != "IN_FULL"}
    return sorted(name for name, least in least.items() if PROFILES.index(profile) >= PROFILES.index(least))


def vm_flags(board: BoardBuild) -> tuple[str, ...]:
    """Flags that say what the VM of a target has."""
    return (
        PACKED_FLAG,
        f"-DVM_PROFILE={PROFILES.index(board.profile)}",
        *(WITHOUT[feature] for feature in board.without),
    )


def source_hash(board: BoardBuild, root: Path) -> str:
    """SHA-256 over all that a target's images are made of, and how: sources, port, what is generated, flags. Not build.py's own text."""
    digest = hashlib.sha256(contents([root / folder for folder in (*COMMON, *ports_of(board))], root).encode())
    recipe = (
        ZIG_VERSION,
        cpu(board),
        vm_flags(board),
        COMPILE,
        SMALLEST,
        LOOP,
        LOOP_V6M,
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


def ram_size(elf: Path, board: BoardBuild) -> int:
    """Bytes of RAM that the image lays claim to, its stack included."""
    from elftools.elf.elffile import ELFFile

    base = board.chip.ram.base
    with elf.open("rb") as stream:
        sections = [s for s in ELFFile(stream).iter_sections() if s["sh_flags"] & 2]
        ram = [s for s in sections if base <= s["sh_addr"] < base + board.chip.ram.size]
        return max(s["sh_addr"] + s["sh_size"] for s in ram) - base if ram else 0


def flat_image_of(elf: Path) -> bytes:
    """What is in flash from its first byte on; zeros between the parts."""
    from elftools.elf.elffile import ELFFile

    with elf.open("rb") as stream:
        parts = [(s["p_paddr"], s.data()) for s in ELFFile(stream).iter_segments("PT_LOAD") if s["p_filesz"]]
    image = bytearray()
    first = min(address for address, _ in parts)
    for address, data in sorted(parts):
        image += bytes(address - first - len(image)) + data
    return bytes(image)


def esp_image_of(elf: Path, chip_id: int, flash_size: int) -> bytes:
    """What the boot ROM of an ESP chip loads: all that the ELF has bytes for, where it is linked to."""
    from elftools.elf.elffile import ELFFile

    with elf.open("rb") as stream:
        read = ELFFile(stream)
        kept = [
            s for s in read.iter_sections() if s["sh_flags"] & 2 and s["sh_type"] == "SHT_PROGBITS" and s["sh_size"]
        ]
        segments = [Segment(s["sh_addr"], s.data()) for s in kept]
        return esp_image(chip_id, flash_size, read.header["e_entry"], segments)


class Builder:
    """One run: where sources, results and caches are. Objects are kept by the hash of all that goes into them."""

    def __init__(self, root: Path, out: Path, cache: Path, jobs: int = 2) -> None:
        self.root = root
        self.out = out
        self.cache = cache
        self.jobs = jobs
        self._lock = threading.Lock()
        self._pairs: dict[tuple[str, ...], list[tuple[int, int]]] = {}
        self._common = contents([root / folder for folder in COMMON], root)
        (cache / "objects").mkdir(parents=True, exist_ok=True)

    def zig(self, *arguments: str) -> None:
        """Runs the toolchain in `root`, with its caches under `cache`."""
        environment = os.environ | {"ZIG_GLOBAL_CACHE_DIR": str(self.cache), "ZIG_LOCAL_CACHE_DIR": str(self.cache)}
        command = [sys.executable, "-m", "ziglang", *arguments]
        done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(f"zig {arguments[0]} failed:\n{done.stderr}")

    def sources(self, image: Image, board: BoardBuild) -> list[str]:
        """Paths relative to `root`, sorted, so that the order of a folder's entries cannot change the image."""
        found: set[str] = set()
        for pattern in (*image.sources, *(f"{folder}/*.c" for folder in ports_of(board))):
            found.update(path.relative_to(self.root).as_posix() for path in self.root.glob(pattern))
        return sorted(found - set(image.excluded))

    def linker_script(self, board: BoardBuild) -> str:
        """The core's image.ld with what it includes: zig gives its linker no path to search for scripts."""
        included = board.files()
        for folder in reversed(ports_of(board)):
            included |= {path.name: path.read_text("utf-8") for path in (self.root / folder).glob("*.ld")}
        return re.sub(r"INCLUDE (\S+)\n", lambda found: included[found[1]], included["image.ld"])

    def flags(self, source: str, board: BoardBuild) -> list[str]:
        """How a source of `COMMON` is compiled."""
        return [
            "cc",
            *cpu(board),
            *COMPILE,
            *vm_flags(board),
            *(loop(board) if source == LOOP else smallest(board)),
        ]

    def preprocessed(self, source: str, board: BoardBuild) -> str:
        """The source with all that it includes."""
        with tempfile.TemporaryDirectory(dir=self.cache) as folder:
            out = Path(folder) / "source.i"
            self.zig(*self.flags(source, board), "-E", source, "-o", str(out))
            return out.read_text("utf-8")

    def pairs(self, board: BoardBuild) -> list[tuple[int, int]]:
        """What the codes of packed messages stand for; the same for all targets with the same VM."""
        key = (*cpu(board), *vm_flags(board))
        with self._lock:
            if key not in self._pairs:
                vm = next(image for image in IMAGES if image.is_vm)
                sources = [source for source in self.sources(vm, board) if source.startswith(PACKED)]
                self._pairs[key] = texts.train(texts.literals(self.preprocessed(source, board) for source in sources))
            return self._pairs[key]

    def object(self, source: str, image: Image, board: BoardBuild, generated: Path) -> str:
        """The compiled source; its file's path."""
        flags = self.flags(source, board)
        seen = self._common
        if not source.startswith(COMMON) or source.startswith("link/firmware/"):
            # Only these see the board, and whether it is register.vm, so that all targets of a core share the objects of the others.
            flags += [*image.defines, f"-I{generated}", *(f"-I{folder}" for folder in ports_of(board))]
            seen = source_hash(board, self.root)
        key = hashlib.sha256(repr((ZIG_VERSION, PACKING, flags, source, seen)).encode()).hexdigest()
        path = self.cache / "objects" / f"{key}.o"
        if not path.exists():
            made = path.with_suffix(".tmp")
            if source.startswith(PACKED) and image.is_vm:
                pairs = self.pairs(board)
                packed = texts.rewrite(self.preprocessed(source, board), lambda text: texts.pack(text, pairs))
                if source == TEXTS_USER:
                    packed += texts.table(pairs)
                path.with_suffix(".i").write_text(packed, "utf-8")
                self.zig(*flags, "-c", source, "-o", str(made))  # what expanded macros look like is nothing to warn of
                self.zig(
                    *flags,
                    "-w",
                    "-Xclang",
                    "-main-file-name",
                    "-Xclang",
                    source,
                    "-x",
                    "c",
                    "-c",
                    str(path.with_suffix(".i")),
                    "-o",
                    str(made),
                )
                path.with_suffix(".i").unlink()
            else:
                self.zig(*flags, "-c", source, "-o", str(made))
            made.replace(path)
        return str(path)

    def image(self, image: Image, board: BoardBuild) -> dict[str, object]:
        """Builds one image to `out`/<target>/<name>.bin; returns its entry of the manifest."""
        generated = self.cache / board.name
        generated.mkdir(exist_ok=True)
        for name, text in board.files().items():
            (generated / name).write_text(text, "utf-8")
        script = generated / "image.ld"
        script.write_text(self.linker_script(board), "utf-8")
        elf = generated / f"{image.name}.elf"
        binary = self.out / board.name / f"{image.name}.bin"
        binary.parent.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(self.jobs) as pool:
            objects = list(
                pool.map(lambda source: self.object(source, image, board, generated), self.sources(image, board))
            )
        flags = [*cpu(board), *COMPILE, *smallest(board), *LINK, "-T", str(script)]
        self.zig("cc", *flags, *objects, "-o", str(elf))
        chip_id = board.esp_chip_id
        data = flat_image_of(elf) if chip_id is None else esp_image_of(elf, chip_id, board.chip.flash.size)
        binary.write_bytes(data)
        address, room = board.target.region("vm")
        if len(data) > room:
            raise BuildError(f"{image.name} for {board.name} has {len(data)} bytes, its place in flash {room}")
        return {
            "file": binary.name,
            "sha256": hashlib.sha256(data).hexdigest(),
            "size": len(data),
            "address": address,
            "ram_size": ram_size(elf, board),
            "features": [name for name in features(self.root, board.profile) if name not in board.without]
            if image.is_vm
            else [],
        } | ({"profile": board.profile} if image.is_vm else {})

    def target(self, board: BoardBuild) -> dict[str, object]:
        """Builds the images of a target; returns the manifest, which it writes beside them."""
        manifest: dict[str, object] = {
            "format": MANIFEST_FORMAT,
            "target": board.name,
            "chip": board.chip.name,
            "toolchain": f"ziglang {ZIG_VERSION}",
            "source_sha256": source_hash(board, self.root),
            "vm_version": vm_version(self.root),
            "vm_abi": int(define(self.root, "core/container.h", "VM_ABI")),
            "images": {image.name: self.image(image, board) for image in IMAGES},
        }
        (self.out / board.name / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
        return manifest


def build(
    root: Path,
    out: Path,
    cache: Path,
    *,
    boards: Path | None = None,
    targets: Sequence[str] = (),
    profile: str | None = None,
    jobs: int = 2,
) -> Mapping[str, Mapping[str, object]]:
    """Builds the images of all targets, or of these, into `out`; returns their manifests by target. `boards`: root/../boards; `profile`: instead of their own."""
    try:
        installed = importlib.metadata.version("ziglang")
    except importlib.metadata.PackageNotFoundError:
        raise BuildError("the toolchain is missing: pip install 'vmrig[images]'") from None
    if installed != ZIG_VERSION:
        raise BuildError(
            f"ziglang {ZIG_VERSION} makes the images, {installed} is installed: pip install 'vmrig[images]'"
        )
    known = {board.name: board for board in board_builds(boards or root.parent / "boards")}
    unknown = sorted(set(targets) - set(known))
    if unknown:
        raise BuildError(f"no board file with a firmware section: {', '.join(unknown)} (there are: {', '.join(known)})")
    builder = Builder(root, out, cache, jobs)
    chosen = (board for name, board in known.items() if not targets or name in targets)
    return {board.name: builder.target(replace(board, profile_override=profile)) for board in chosen}


def compare(committed: Path, fresh: Path) -> list[str]:
    """Files that differ, by name."""
    names = {
        path.relative_to(folder).as_posix()
        for folder in (committed, fresh)
        for path in folder.rglob("*")
        if path.is_file()
    }
    return sorted(
        name
        for name in names
        if not (committed / name).is_file()
        or not (fresh / name).is_file()
        or (committed / name).read_bytes() != (fresh / name).read_bytes()
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description="Builds the firmware images of vmimages/.")
    parser.add_argument("--target", action="append", default=[], metavar="NAME", help="only this one; can be repeated")
    parser.add_argument(
        "--check", action="store_true", help="compare the committed images with a fresh build, change nothing"
    )
    parser.add_argument("--profile", choices=PROFILES, help="of the VM, instead of the target's own")
    parser.add_argument("--out", type=Path, default=ROOT / "images", help="folder of the images")
    parser.add_argument(
        "--cache", type=Path, default=ROOT.parent / "build" / "images", help="folder of objects and ELFs"
    )
    parser.add_argument("--jobs", type=int, default=2, help="compilers at a time")
    chosen = parser.parse_args(arguments)
    cache = chosen.cache.resolve()
    try:
        if not chosen.check:
            manifests = build(
                ROOT, chosen.out.resolve(), cache, targets=chosen.target, profile=chosen.profile, jobs=chosen.jobs
            )
            print(json.dumps(manifests, indent=2))
            return 0
        with tempfile.TemporaryDirectory() as fresh:
            build(ROOT, Path(fresh), cache, targets=chosen.target, jobs=chosen.jobs)
            different = compare(chosen.out, Path(fresh))
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    if chosen.target:
        different = [name for name in different if name.split("/")[0] in chosen.target]
    for name in different:
        print(f"{name} is not what its source makes: run `make images`", file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
