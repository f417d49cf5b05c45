# SPDX-License-Identifier: Apache-2.0
"""Builds the firmware images with `zig cc` from the PyPI wheel `ziglang`: the same source gives the same bytes, on every host.

python vmimages/build.py                      build every target into vmimages/images/<target>/, with its manifest.json
python vmimages/build.py --target NAME ...    build only these
python vmimages/build.py --profile core ...   build the VM with this profile (core/profile.h), whatever the target's own is
python vmimages/build.py --features a,b ...   build the VM with just these features (core/features.def) beside the target's own; no register.vm
python vmimages/build.py --check              build elsewhere and compare: exit code 1 when the committed images differ from their source

A target is a folder in boards/ whose board file, or its chip's, has a `firmware` section that names a folder of ports/ (ports/README.md).
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path[:0] = [str(ROOT), str(ROOT.parent / "server")]

import single  # noqa: E402
import texts  # noqa: E402
from esp_image import Segment, esp_image  # noqa: E402
from generate import BoardBuild, board_builds  # noqa: E402
from recipe import (  # noqa: E402
    COMMON,
    COMPILE,
    LINK,
    LOOP,
    ONE_VM,
    PACKED,
    PROFILES,
    SMALLEST_V6M,
    TEXTS_USER,
    V6M,
    VM,
    WHOLE,
    WHOLE_LINK,
    WHOLE_RISCV,
    WHOLE_V7M,
    ZIG_VERSION,
    BuildError,
    Image,
    contents,
    cpu,
    define,
    images_of,
    in_whole,
    loop,
    ports_of,
    smallest,
    source_hash,
    vm_features,
    vm_flags,
    vm_version,
)

from vmrig_server.images.features import BY_NAME, rtos_of  # noqa: E402

MISSING = "the toolchain is missing: pip install 'vmrig[images]'"
MANIFEST_FORMAT = 2
NO_ROOM = "will not fit in region"
"""What the linker says, by text alone, of an image that is too large."""
MISFIT_EXIT = 3
TOOLS = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(ROOT.glob("*.py")))).hexdigest()
"""What makes objects of sources: another one makes others, whatever the cache holds."""
Report = Callable[[int, int], None]
"""Told how many of how many steps are done."""


class MisfitError(BuildError):
    """The image is larger than its place in flash or RAM."""


@functools.cache
def zig_program() -> str:
    """Path of the compiler, which the wheel's own __main__ would look up anew in a Python of its own each time.

    Raises:
        BuildError: the wheel is not installed.
    """
    found = importlib.util.find_spec("ziglang")
    if found is None or found.origin is None:
        raise BuildError(MISSING)
    return str(Path(found.origin).with_name("zig.exe" if sys.platform == "win32" else "zig"))


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

    def __init__(
        self,
        root: Path,
        out: Path,
        cache: Path,
        jobs: int = 2,
        *,
        warn: bool = True,
        report: Report = lambda done, total: None,
    ) -> None:
        """warn: sources are also compiled as they are, to be warned of what is wrong in them. report: called as objects are made."""
        self.root = root
        self.out = out
        self.cache = cache
        self.jobs = jobs
        self._warn = warn
        self._report = report
        self._lock = threading.Lock()
        self._runtime = threading.Lock()
        self._hashes: dict[tuple[str, ...], str] = {}
        self._preprocessed: dict[tuple[str, ...], str] = {}
        self._packing: dict[tuple[str, ...], tuple[list[tuple[int, int]], list[texts.Raised]]] = {}
        self._common = contents([root / folder for folder in COMMON], root)
        (cache / "objects").mkdir(parents=True, exist_ok=True)

    def zig(self, *arguments: str) -> None:
        """Runs the toolchain in `root`, with its caches under `cache`."""
        environment = os.environ | {"ZIG_GLOBAL_CACHE_DIR": str(self.cache), "ZIG_LOCAL_CACHE_DIR": str(self.cache)}
        command = [zig_program(), *arguments]
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

    def _source_hash(self, board: BoardBuild) -> str:
        key = (board.name, *vm_flags(board, self.root))
        with self._lock:
            if key not in self._hashes:
                self._hashes[key] = source_hash(board, self.root)
            return self._hashes[key]

    def flags(self, source: str, board: BoardBuild) -> list[str]:
        """How a source of `COMMON` is compiled."""
        return [
            "cc",
            *cpu(board),
            *COMPILE,
            *vm_flags(board, self.root),
            *(loop(board) if source == LOOP else smallest(board)),
        ]

    def preprocessed(self, source: str, board: BoardBuild) -> str:
        """The source with all that it includes."""
        flags = self.flags(source, board)
        key = (source, *flags)
        if key not in self._preprocessed:
            with tempfile.TemporaryDirectory(dir=self.cache) as folder:
                out = Path(folder) / "source.i"
                self.zig(*flags, "-E", source, "-o", str(out))
                self._preprocessed[key] = out.read_text("utf-8")
        return self._preprocessed[key]

    def packing(self, board: BoardBuild) -> tuple[list[tuple[int, int]], list[texts.Raised]]:
        """What the codes of packed messages stand for, and the rows of what is raised; the same for all targets with the same VM."""
        key = (*cpu(board), *vm_flags(board, self.root))
        with self._lock:
            if key not in self._packing:
                sources = [source for source in self.sources(VM, board) if source.startswith(PACKED)]
                with ThreadPoolExecutor(self.jobs) as pool:
                    read = list(pool.map(lambda source: self.preprocessed(source, board), sources))
                self._packing[key] = texts.train(texts.literals(read)), texts.raised(read)
            return self._packing[key]

    def rewritten(self, source: str, board: BoardBuild) -> str:
        """The preprocessed source, with its messages packed and the VM where all know it."""
        text = self.preprocessed(source, board)
        if source.startswith(PACKED):
            pairs, raised = self.packing(board)
            text = texts.rewrite(texts.numbered(text, raised), lambda literal: texts.pack(literal, pairs))
            if source == TEXTS_USER:
                text += texts.table(pairs) + texts.rows_table(raised, pairs)
        return single.without_parameter(text)

    def object(self, source: str, image: Image, board: BoardBuild, generated: Path) -> str:
        """The compiled source, or for one in a whole LLVM's bitcode; its file's path."""
        flags = [*self.flags(source, board), *([WHOLE] if in_whole(source, image) else [])]
        seen = self._common
        if not source.startswith(COMMON) or source.startswith("link/firmware/"):
            # Only these see the board, and whether it is register.vm, so that all targets of a core share the objects of the others.
            flags += [*image.defines, f"-I{generated}", *(f"-I{folder}" for folder in ports_of(board))]
            seen = self._source_hash(board)
        key = hashlib.sha256(repr((TOOLS, flags, source, seen)).encode()).hexdigest()
        path = self.cache / "objects" / f"{key}.o"
        if not path.exists():
            made = path.with_suffix(".tmp")
            if source.startswith(ONE_VM) and image.is_vm:
                self._rewritten_object(source, board, flags, made)
            else:
                self.zig(*flags, "-c", source, "-o", str(made))
            made.replace(path)
        return str(path)

    def _rewritten_object(self, source: str, board: BoardBuild, flags: Sequence[str], made: Path) -> None:
        if self._warn:
            self.zig(*flags, "-c", source, "-o", str(made))  # what expanded macros look like is nothing to warn of
        intermediate = made.with_suffix(".i")
        intermediate.write_text(self.rewritten(source, board), "utf-8")
        kept = ("-w", "-Xclang", "-main-file-name", "-Xclang", source, "-x", "c")
        self.zig(*flags, *kept, "-c", str(intermediate), "-o", str(made))
        intermediate.unlink()

    def whole(self, bitcode: Sequence[str], others: Sequence[str], board: BoardBuild, elf: Path) -> str:
        """The object that the linker makes of all bitcode; it is told of the others for what they name. `elf`: beside it lies the linker's script."""
        made = elf.with_suffix(".o")
        # zig's own way to its linker has no room for LLVM's options, and this one none for compiler_rt, which the link proper adds.
        if board.architecture == "riscv":
            options: tuple[str, ...] = WHOLE_RISCV
        else:
            options = SMALLEST_V6M if board.mcpu in V6M else WHOLE_V7M
        script = ("-T", str(elf.with_name("image.ld")), "-e", "reset_handler", "--gc-sections")
        mcpu = f"--plugin-opt=mcpu={board.mcpu.partition('+')[0].replace('_', '-')}"
        output = (f"--lto-obj-path={made}", "--unresolved-symbols=ignore-all", "-o", str(elf))
        self.zig("ld.lld", *script, mcpu, *WHOLE_LINK, *options, *output, *bitcode, *others)
        return str(made)

    def runtime(self, flags: Sequence[str]) -> None:
        """Has zig make its compiler_rt for a core, which it keeps in its cache: as much work as the whole VM, and the link would be waited for alone."""
        key = hashlib.sha256(repr((ZIG_VERSION, flags)).encode()).hexdigest()
        done = self.cache / f"runtime-{key}"
        with self._runtime:
            if not done.exists():
                source = self.cache / "runtime.c"
                source.write_text("void reset_handler(void);\nvoid reset_handler(void) {}\n", "utf-8")
                self.zig("cc", *flags, str(source), "-o", str(done.with_suffix(".tmp")))
                done.with_suffix(".tmp").replace(done)

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
        sources = self.sources(image, board)
        flags = [*cpu(board), *COMPILE, *smallest(board), *LINK]
        try:
            with ThreadPoolExecutor(self.jobs) as pool:
                # While one prepares what packed messages need, others have work.
                waits = sorted(sources, key=lambda source: source.startswith(PACKED))
                made = {
                    source: pool.submit(self.object, source, image, board, generated)
                    for source in (*waits[-1:], *waits[:-1])
                }
                runtime = pool.submit(self.runtime, flags)
                for count, _ in enumerate(as_completed(made.values()), 1):
                    self._report(count, len(sources) + 1)
                objects = [made[source].result() for source in sources]
                if image.is_vm:
                    bitcode = [path for path, source in zip(objects, sources, strict=True) if in_whole(source, image)]
                    objects = [path for path in objects if path not in bitcode]
                    objects.append(self.whole(bitcode, objects, board, elf))
                runtime.result()
            self.zig("cc", *flags, "-T", str(script), *objects, "-o", str(elf))
        except BuildError as error:
            if NO_ROOM in str(error):
                raise MisfitError(str(error)) from None
            raise
        self._report(len(sources) + 1, len(sources) + 1)
        chip_id = board.esp_chip_id
        data = flat_image_of(elf) if chip_id is None else esp_image_of(elf, chip_id, board.chip.flash.size)
        binary.write_bytes(data)
        address, room = board.target.region("vm")
        if len(data) > room:
            raise MisfitError(f"{image.name} for {board.name} has {len(data)} bytes, its place in flash {room}")
        has = vm_features(board, self.root) if image.is_vm else []
        return {
            "file": binary.name,
            "sha256": hashlib.sha256(data).hexdigest(),
            "size": len(data),
            "address": address,
            "ram_size": ram_size(elf, board),
            "features": has,
        } | ({"profile": board.profile, "rtos": rtos_of(has)} if image.is_vm else {})

    def target(self, board: BoardBuild) -> dict[str, object]:
        """Builds the images of a target; returns the manifest, which it writes beside them."""
        manifest: dict[str, object] = {
            "format": MANIFEST_FORMAT,
            "target": board.name,
            "chip": board.chip.name,
            "toolchain": f"ziglang {ZIG_VERSION}",
            "source_sha256": self._source_hash(board),
            "vm_version": vm_version(self.root),
            "vm_abi": int(define(self.root, "core/container.h", "VM_ABI")),
            "images": {image.name: self.image(image, built) for image, built in images_of(board, self.root)},
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
    features: Sequence[str] | None = None,
    jobs: int = 2,
    report: Report | None = None,
) -> Mapping[str, Mapping[str, object]]:
    """Builds the images of all targets, or of these, into `out`; returns their manifests by target.

    Args:
        boards: folder of board files; default root/../boards.
        profile: instead of the targets' own.
        features: what the VM has instead of what the target's has; then it is the only image, and nothing is compiled only to be warned.
        jobs: compilers at a time.
        report: called as objects are made.
    """
    try:
        installed = importlib.metadata.version("ziglang")
    except importlib.metadata.PackageNotFoundError:
        raise BuildError(MISSING) from None
    if installed != ZIG_VERSION:
        raise BuildError(
            f"ziglang {ZIG_VERSION} makes the images, {installed} is installed: pip install 'vmrig[images]'"
        )
    known = {board.name: board for board in board_builds(boards or root.parent / "boards", targets)}
    unknown = sorted(set(targets) - set(known))
    if unknown:
        raise BuildError(f"no board file with a firmware section: {', '.join(unknown)}")
    unknown = sorted(set(features or ()) - set(BY_NAME))
    if unknown:
        raise BuildError(f"no such feature: {', '.join(unknown)} (there are: {', '.join(BY_NAME)})")
    builder = Builder(root, out, cache, jobs, warn=features is None, report=report or (lambda done, total: None))
    has = None if features is None else frozenset(features)
    return {name: builder.target(replace(known[name], profile_override=profile, features=has)) for name in known}


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


def _tell(done: int, total: int) -> None:
    print(json.dumps({"done": done, "total": total}), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description="Builds the firmware images of vmimages/.")
    parser.add_argument("--target", action="append", default=[], metavar="NAME", help="only this one; can be repeated")
    parser.add_argument(
        "--check", action="store_true", help="compare the committed images with a fresh build, change nothing"
    )
    parser.add_argument("--profile", choices=PROFILES, help="of the VM, instead of the target's own")
    parser.add_argument(
        "--features", metavar="NAME,...", help="what the VM has, instead of what the target's has; may be empty"
    )
    parser.add_argument("--progress", action="store_true", help='tell of each step on stdout: {"done": n, "total": n}')
    parser.add_argument("--boards", type=Path, help="folder of board files")
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
                ROOT,
                chosen.out.resolve(),
                cache,
                boards=chosen.boards,
                targets=chosen.target,
                profile=chosen.profile,
                features=None if chosen.features is None else [name for name in chosen.features.split(",") if name],
                jobs=chosen.jobs,
                report=_tell if chosen.progress else None,
            )
            if not chosen.progress:
                print(json.dumps(manifests, indent=2))
            return 0
        with tempfile.TemporaryDirectory() as fresh:
            build(ROOT, Path(fresh), cache, targets=chosen.target, jobs=chosen.jobs)
            different = compare(chosen.out, Path(fresh))
    except BuildError as error:
        print(error, file=sys.stderr)
        return MISFIT_EXIT if isinstance(error, MisfitError) else 1
    if chosen.target:
        different = [name for name in different if name.split("/")[0] in chosen.target]
    for name in different:
        print(f"{name} is not what its source makes: run `make images`", file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
