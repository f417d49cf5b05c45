# SPDX-License-Identifier: Apache-2.0
"""Damaged containers and random programs by the million: `make fuzz`, or `python -m tests.vm.fuzz --help`.

Three parts, all made of seeds alone, so that any finding can be repeated:

  sanitized      mutants through the C verifier and, when it takes them, through the VM, under AddressSanitizer and UBSan
                 (tests/native/vm/fuzz_containers.c, built here with the C compiler of the machine)
  stressed       the same, half of them whole, in a heap whose free cells the sanitizer watches; collections come at any
                 allocation, and allocations fail
  differential   mutants through both verifiers, which must say the same of each

A campaign is remembered in a file: started again it goes on with the seeds that come next. A finding ends it with the seed and exit code 1.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.bytecode.mutate import mutations
from tests.bytecode.random_programs import random_program
from tests.bytecode.test_verify import ALL_OPS, c_verdict, python_verdict
from tests.vm.programs_list import PROGRAMS, compiled
from tests.vm.random_language import GRAMMARS
from tests.vm.test_modules import PROJECTS, files_of
from vmrig_server.bytecode import CompileError, bind, compile_files, compile_source, strip

ROOT = Path(__file__).parents[2]
CHUNK = 5000
DIFFERENTIAL_CHUNK = 500
FLAGS = ["-std=gnu11", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-DVM_HOST=1"]


def corpus(random_count: int) -> list[bytes]:
    """Programs of every kind, whole, stripped and bound."""
    images = [compiled(p).image for p in PROGRAMS]
    given = {"a": b"123", "b/c": bytes(50)}
    images += [compile_files(files_of(p), "main.py", resources=given).image for p in PROJECTS]
    images.append(compile_source(ALL_OPS, "all.py").image)
    sources = [random_program(seed, seed % 2 == 0) for seed in range(random_count)]
    sources += [GRAMMARS[g](random.Random(seed)).make() for g in GRAMMARS for seed in range(random_count // 5)]
    for source in sources:
        try:
            images.append(compile_source(source, "random.py").image)
        except CompileError:
            continue  # some are no Python
    return [form for image in images for form in (image, strip(image), bind(image, bytes(range(16))))]


def build(folder: Path, stressed: bool = False) -> Path:
    """The C part under sanitizers; compiled in pieces, so that all processors help."""
    flags = [*FLAGS, f"-DVM_GC_STRESS={2 if stressed else 0}"]
    core = ROOT / "vmimages/core"
    sources = [*core.glob("*.c"), *core.glob("lib/*.c"), ROOT / "tests/native/vm/fuzz_containers.c"]
    compiler = os.environ.get("CC", "cc")

    def start(source: Path) -> tuple[Path, subprocess.Popen[bytes]]:
        target = folder / f"{source.parent.name}_{source.stem}.o"
        return target, subprocess.Popen([compiler, *flags, f"-I{core}", "-c", str(source), "-o", str(target)])

    objects: list[str] = []
    width = os.cpu_count() or 1
    for at in range(0, len(sources), width):
        for target, process in [start(source) for source in sources[at : at + width]]:
            if process.wait():
                raise SystemExit(f"{compiler} failed on {target.stem}")
            objects.append(str(target))
    program = folder / "fuzz_containers"
    subprocess.run([compiler, *flags, *objects, "-lm", "-o", str(program)], check=True)
    return program


def sanitized(program: str, folder: str, seed: int, count: int) -> str:
    """One chunk: its line of counts. Raises RuntimeError with the seed of a finding."""
    state = Path(folder) / f"seed-{seed}"
    images = sorted(str(p) for p in Path(folder).glob("*.vbc"))
    done = subprocess.run(
        [program, str(seed), str(count), str(state), *images], capture_output=True, text=True, check=False
    )
    if done.returncode:
        at = state.read_text().strip() if state.exists() else str(seed)
        raise RuntimeError(f"sanitized: seed {at} ends with {done.returncode}\n{done.stderr[-4000:]}")
    return done.stdout.strip()


def differential(folder: str, seed: int, count: int) -> str:
    """One chunk: how many were accepted. Raises RuntimeError with the seed of a disagreement."""
    paths = sorted(Path(folder).glob("*.vbc"))
    accepted = 0
    for number in range(seed, seed + count):
        image = mutations(random.Random(number).choice(paths).read_bytes(), 1, number)[0]
        ours, theirs = python_verdict(image), c_verdict(image)
        if ours != theirs:
            raise RuntimeError(f"differential: seed {number}: Python says {ours}, C {theirs}")
        accepted += ours == "OK"
    return f"mutants {count} accepted {accepted}"


def main() -> int:
    """Runs the campaign."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300, help="time for each part; default 300")
    parser.add_argument("--mutants", type=int, default=1_000_000, help="of each part at most; default 1000000")
    parser.add_argument("--state", type=Path, default=ROOT / "build/fuzz.json", help="where the campaign is remembered")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", choices=["sanitized", "stressed", "differential"])
    options = parser.parse_args()
    state: dict[str, int] = json.loads(options.state.read_text()) if options.state.is_file() else {}
    failed = False
    with tempfile.TemporaryDirectory(prefix="vmrig-fuzz-") as name:
        folder = Path(name)
        for number, image in enumerate(corpus(100)):
            (folder / f"{number:04}.vbc").write_bytes(image)
        for part, chunk in (("sanitized", CHUNK), ("stressed", CHUNK), ("differential", DIFFERENTIAL_CHUNK)):
            if options.only not in (None, part):
                continue
            program = str(build(folder, part == "stressed")) if part != "differential" else ""
            first = seed = state.get(part, 1)
            end = time.monotonic() + options.seconds
            with ProcessPoolExecutor(options.processes) as pool:
                while time.monotonic() < end and seed - first < options.mutants:
                    seeds = range(seed, seed + chunk * options.processes, chunk)
                    if program:
                        running = [pool.submit(sanitized, program, name, s, chunk) for s in seeds]
                    else:
                        running = [pool.submit(differential, name, s, chunk) for s in seeds]
                    try:
                        lines = [task.result() for task in running]
                    except RuntimeError as error:
                        sys.stderr.write(f"{error}\n")
                        failed = True
                        break
                    seed += chunk * options.processes
                    state[part] = seed
                    options.state.parent.mkdir(parents=True, exist_ok=True)
                    options.state.write_text(json.dumps(state))
                    sys.stdout.write(f"{part}: seeds {seeds[0]}..{seed - 1}: {'; '.join(lines)}\n")
            sys.stdout.write(f"{part}: {seed - first} mutants in this run, {seed - 1} in all\n")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
