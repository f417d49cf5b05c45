# SPDX-License-Identifier: Apache-2.0
"""The child of `host_run`: heap size, image, source and recording on stdin; framed output and the end on stdout. Ends when stdin closes."""

from __future__ import annotations

import json
import os
import sys
import threading

from vmrig_server.hub.host_frames import HEADER, SPEC, Kind

FRAME_BYTES = 4096
"""Output is sent on at the latest when there is so much."""


def _exactly(size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += os.read(0, size - len(data)) or sys.exit("the parent went away")
    return data


def _die_with_parent() -> None:
    # Unbuffered: a daemon thread that held the lock of sys.stdin would abort the interpreter's end.
    while os.read(0, 4096):
        pass
    os._exit(0)


def main() -> int:
    """Runs one program."""
    from vmrig_server.bytecode import HostRunError, run_on_host
    from vmrig_server.bytecode.host import RealClock, run_through_sleep
    from vmrig_server.bytecode.peripherals import Peripherals

    heap, image_size, source_size, replay_size, recording, big_ints = SPEC.unpack(_exactly(SPEC.size))
    image, source = _exactly(image_size), _exactly(source_size).decode()
    replay = _exactly(replay_size) or None
    threading.Thread(target=_die_with_parent, daemon=True).start()

    def frame(kind: Kind, data: bytes) -> None:
        whole = memoryview(HEADER.pack(kind.value, len(data)) + data)
        while whole:
            whole = whole[os.write(1, whole) :]

    output, recorded = bytearray(), bytearray()

    def flush() -> bool:
        if recorded:
            frame(Kind.RECORDING, bytes(recorded))
            recorded.clear()
        if output:
            frame(Kind.OUTPUT, bytes(output))
            output.clear()
        return False

    def write(data: bytes) -> None:
        output.extend(data)
        if len(output) >= FRAME_BYTES:
            flush()

    def record(data: bytes) -> None:
        recorded.extend(data)
        if len(recorded) >= FRAME_BYTES:
            flush()

    # Asked between slices and before every sleep, `stop` is where output is sent on: a print is several writes.
    # An empty source keeps the traceback from reading the file that a stranger's image names.
    try:
        if recording or replay:  # of one start
            result = run_on_host(
                image,
                write=write,
                heap_size=heap,
                stop=flush,
                source=source,
                record=record if recording else None,
                replay=replay,
                big_ints=big_ints,
            )
        else:
            starts = run_through_sleep(
                image,
                write=write,
                clock=RealClock(),
                peripherals=Peripherals(),
                heap_size=heap,
                stop=flush,
                source=source,
                big_ints=big_ints,
            )
            for start in starts:
                result = start
                flush()
    except HostRunError as error:
        flush()
        frame(Kind.REFUSED, str(error).encode())
        return 0
    flush()
    ended = {
        "traceback": result.traceback,
        "instructions": result.instructions,
        "collections": result.gc_count,
        "heap_peak_bytes": result.heap_peak,
    }
    frame(Kind.ENDED, json.dumps(ended).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
