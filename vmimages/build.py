# SPDX-License-Identifier: Apache-2.0
"""Builds the firmware images with `zig cc` from the PyPI wheel `ziglang`: the same source gives the same bytes, on every host.

python vmimages/build.py            build into vmimages/images/, and write its manifest.json
python vmimages/build.py --check    build elsewhere and compare: exit code 1 when the committed images differ from their source
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
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ZIG_VERSION = "0.17.0"
ROOT = Path(__file__).resolve().parent
COMPILE = (
    "-target", "thumb-freestanding-eabi",
    "-mcpu=cortex_m4",  # soft float: no FPU in this chip's model without +vfp4d16sp
    "-std=c11", "-Os", "-g", "-ffunction-sections", "-fdata-sections", "-fno-strict-aliasing", "-Wall", "-Wextra", "-Werror",
    "-DVM_HOST=0",
    "-Icore", "-Ilink", "-Ilink/firmware", "-Ilink/firmware/include",
)  # fmt: skip
# For all but the interpreter's loop, whose speed counts. zig takes a plain -Oz for -Os.
SMALLEST = ("-Xclang", "-Oz")
LOOP = "core/interp.c"
LINK = ("-Wl,--gc-sections", "-Wl,-e,reset_handler", "-Wl,-z,max-page-size=16")


@dataclass(frozen=True)
class Image:
    """One firmware image: sources are globs relative to this folder."""

    name: str
    sources: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    layout_part: str = "LAYOUT_VM"


@dataclass(frozen=True)
class Target:
    """A board type that images are built for; its port is the chip's folder."""

    name: str
    chip: str


TARGETS = (Target("microbit_v2", "nrf52833"),)
IMAGES = (
    Image(
        "register",
        ("core/crc32.c", "core/sha256.c", "link/*.c", "link/firmware/*.c"),
        excluded=("link/program_vm.c",),
        defines=("-DVMRIG_REGISTER",),
    ),
    Image("vm", ("core/*.c", "core/lib/*.c", "link/*.c", "link/firmware/*.c"), features=("float",)),
)


class BuildError(Exception):
    """The toolchain is missing, or it refused."""


def sources_of(image: Image, target: Target, root: Path) -> list[str]:
    """Paths relative to `root`, sorted, so that the order of a folder's entries cannot change the image."""
    found: set[str] = set()
    for pattern in (*image.sources, f"ports/{target.chip}/*.c"):
        found.update(path.relative_to(root).as_posix() for path in root.glob(pattern))
    return sorted(found - set(image.excluded))


def source_hash(root: Path) -> str:
    """SHA-256 over every file that can change an image, with names; line ends as they are."""
    digest = hashlib.sha256()
    files = [path for folder in ("core", "link", "ports", "register") for path in (root / folder).rglob("*")]
    for path in sorted([*files, root / "build.py"]):
        if path.is_file() and path.suffix in {".c", ".h", ".def", ".ld", ".S", ".py"}:
            data = path.read_bytes()
            digest.update(f"{path.relative_to(root).as_posix()}\0{len(data)}\0".encode())
            digest.update(data)
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


def zig(arguments: Sequence[str], root: Path, cache: Path) -> None:
    """Runs the toolchain in `root`, with its caches under `cache`."""
    environment = os.environ | {"ZIG_GLOBAL_CACHE_DIR": str(cache), "ZIG_LOCAL_CACHE_DIR": str(cache)}
    done = subprocess.run(
        [sys.executable, "-m", "ziglang", *arguments],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BuildError(f"zig {arguments[0]} failed:\n{done.stderr}")


def ram_size(elf: Path) -> int:
    """Bytes of RAM that the image lays claim to, its stack included."""
    from elftools.elf.elffile import ELFFile

    with elf.open("rb") as stream:
        sections = [s for s in ELFFile(stream).iter_sections() if s["sh_flags"] & 2]
        ram = [s for s in sections if 0x20000000 <= s["sh_addr"] < 0x40000000]
        return max(s["sh_addr"] + s["sh_size"] for s in ram) - 0x20000000 if ram else 0


def build_image(image: Image, target: Target, root: Path, out: Path, cache: Path) -> dict[str, object]:
    """Builds one image to `out`/<target>/<name>.bin; returns its entry of the manifest."""
    cache.mkdir(parents=True, exist_ok=True)
    elf = cache / f"{target.name}-{image.name}.elf"
    binary = out / target.name / f"{image.name}.bin"
    binary.parent.mkdir(parents=True, exist_ok=True)
    port = f"ports/{target.chip}"
    compile_ = ["cc", *COMPILE, *image.defines, f"-I{port}"]
    sources = sources_of(image, target, root)
    if LOOP in sources:
        loop = cache / f"{target.name}-{image.name}-loop.o"
        zig([*compile_, "-c", LOOP, "-o", str(loop)], root, cache)
        sources[sources.index(LOOP)] = str(loop)
    zig([*compile_, *SMALLEST, *LINK, "-T", f"{port}/{target.chip}.ld", *sources, "-o", str(elf)], root, cache)
    zig(["objcopy", "-O", "binary", str(elf), str(binary)], root, cache)
    data = binary.read_bytes()
    layout = f"{port}/layout.h"
    room = int(define(root, layout, f"{image.layout_part}_SIZE").rstrip("u"), 0)
    if len(data) > room:
        raise BuildError(f"{image.name} for {target.name} has {len(data)} bytes, its place in flash {room}")
    return {
        "file": f"{target.name}/{binary.name}",
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "address": int(define(root, layout, image.layout_part), 0),
        "ram_size": ram_size(elf),
        "features": list(image.features),
    }


def build(root: Path, out: Path, cache: Path) -> dict[str, object]:
    """Builds every image of every target into `out`; returns the manifest, which it writes there too."""
    try:
        installed = importlib.metadata.version("ziglang")
    except importlib.metadata.PackageNotFoundError:
        raise BuildError("the toolchain is missing: pip install 'vmrig[images]'") from None
    if installed != ZIG_VERSION:
        raise BuildError(
            f"ziglang {ZIG_VERSION} makes the images, {installed} is installed: pip install 'vmrig[images]'"
        )
    manifest: dict[str, object] = {
        "format": 1,
        "toolchain": f"ziglang {ZIG_VERSION}",
        "source_sha256": source_hash(root),
        "vm_version": vm_version(root),
        "vm_abi": int(define(root, "core/container.h", "VM_ABI")),
        "targets": {
            target.name: {
                "chip": target.chip,
                "images": {image.name: build_image(image, target, root, out, cache) for image in IMAGES},
            }
            for target in TARGETS
        },
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    return manifest


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
    parser.add_argument(
        "--check", action="store_true", help="compare the committed images with a fresh build, change nothing"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "images", help="folder of the images")
    parser.add_argument(
        "--cache", type=Path, default=ROOT.parent / "build" / "images", help="folder of the toolchain's caches"
    )
    chosen = parser.parse_args(arguments)
    try:
        if not chosen.check:
            manifest = build(ROOT, chosen.out.resolve(), chosen.cache.resolve())
            print(json.dumps(manifest, indent=2))
            return 0
        with tempfile.TemporaryDirectory() as fresh:
            build(ROOT, Path(fresh), chosen.cache.resolve())
            different = compare(chosen.out, Path(fresh))
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    for name in different:
        print(f"{name} is not what its source makes: run `make images`", file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
