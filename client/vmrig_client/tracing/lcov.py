# SPDX-License-Identifier: Apache-2.0
"""Coverage in the format of lcov's tracefiles (geninfo(1), section FILES), from counts of executed instructions."""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterator, Mapping

from vmrig_client.tracing.symbols import Firmware


def lcov_lines(firmware: Firmware, counts: Mapping[int, int], test_name: str = "") -> Iterator[str]:
    """The lines of a tracefile.

    A line of source counts as often as the most executed of its instructions' first ones; a function as often as its first instruction.
    Functions whose source is not known are left out.

    Args:
        firmware: with line information.
        counts: executions by address.
        test_name: of the TN record: letters, digits and underscores.
    """
    addresses = sorted(counts)
    lines: dict[str, dict[int, int]] = defaultdict(dict)
    functions: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
    for entry in firmware.lines:
        at = bisect.bisect_left(addresses, entry.start)
        executed = counts[addresses[at]] if at < len(addresses) and addresses[at] < entry.end else 0
        of_file = lines[entry.file]
        of_file[entry.line] = max(of_file.get(entry.line, 0), executed)
    for function in firmware.functions:
        place = firmware.line(function.start)
        if place is not None:
            functions[place.file].append((place.line, function.name, counts.get(function.start, 0)))
    for file in sorted(lines):
        yield f"TN:{test_name}"
        yield f"SF:{file}"
        named = sorted(functions[file])
        yield from (f"FN:{line},{name}" for line, name, _ in named)
        yield from (f"FNDA:{count},{name}" for _, name, count in named)
        yield f"FNF:{len(named)}"
        yield f"FNH:{sum(count > 0 for _, _, count in named)}"
        counted = sorted(lines[file].items())
        yield from (f"DA:{line},{count}" for line, count in counted)
        yield f"LF:{len(counted)}"
        yield f"LH:{sum(count > 0 for _, count in counted)}"
        yield "end_of_record"
