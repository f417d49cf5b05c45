# SPDX-License-Identifier: Apache-2.0
"""``python -m bench.vm.child PROGRAM.vbc HEAP_BYTES``: runs a program on the host's VM; the last line is what it cost.

The CPU seconds, user and system, are from before the VM is made to after its end, so that memory it touches for the first time counts.
What is outside, the start of Python and the imports, is no part of a VM: a peer's own start is subtracted too.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from vmrig_native import _vm

SLICE = 100_000
"""As `vmrig run --host`."""


def run(image: bytes, heap_size: int) -> tuple[str, float, str]:
    """What it printed, CPU seconds, and why it did not reach its end."""
    printed: list[bytes] = []

    def write(data: bytes) -> None:
        printed.append(bytes(data))

    began = time.process_time()
    vm = _vm.Vm(image, heap_size=heap_size, write=write)
    status, detail = vm.run(SLICE)
    while status == _vm.RUNNING:
        status, detail = vm.run(SLICE)
    took = time.process_time() - began
    failure = "" if status == _vm.DONE else str(detail or f"status {status}")
    return b"".join(printed).decode(errors="replace").strip(), took, failure


def main() -> int:
    """Prints "checksum seconds"; exit code 1 and the exception when the program raised."""
    printed, took, failure = run(Path(sys.argv[1]).read_bytes(), int(sys.argv[2]))
    print(failure or f"{printed} {took:.6f}")
    return 1 if failure else 0


if __name__ == "__main__":
    sys.exit(main())
