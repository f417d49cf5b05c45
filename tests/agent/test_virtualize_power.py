# SPDX-License-Identifier: Apache-2.0
"""Power goes while a VM is put onto a board: what is left says what it is, runs nothing, and the next virtualize repairs it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.agent.test_emulated import PAGE, TARGET, VMUID, Bench, bench, ignore, image, refused, vm_parts
from tests.link.boards import EmulatedBoard, vbc
from vmrig_server.agent.api import FlashPart, LogLine, Progress
from vmrig_server.agent.link import Binding
from vmrig_server.agent.link.frames import Decoder, Frame
from vmrig_server.agent.link.identity import parse_identity
from vmrig_server.boards_data import load_target
from vmrig_server.errors import VmrigError
from vmrig_server.images import load_image, stamp_vm

__all__ = ["bench"]

# --- with all of the real tools: the power goes when the job reports a phase for the n-th time --------------------------

CUTS = [("write", 3)]
MORE_CUTS = [("erase", 1), ("erase", 2), ("write", 1), *(("write", count) for count in range(5, 45, 4)), ("verify", 1)]


async def cut_virtualize(bench: Bench, uid: str, phase: str, count: int) -> VmrigError | None:
    """What the virtualize failed with; None when it was through before the power went."""
    cutting: list[asyncio.Task[object]] = []
    seen = 0

    def note(step: Progress | LogLine) -> None:
        nonlocal seen
        if isinstance(step, Progress) and step.phase == phase:
            seen += 1
            if seen == count:
                cutting.append(asyncio.ensure_future(bench.pool.power(bench.serial, False)))

    failure = None
    try:
        await bench.agent.virtualize(bench.id, bench.fence, TARGET, vm_parts(uid), VMUID, note)
    except VmrigError as error:
        failure = error
    await asyncio.gather(*cutting)
    await bench.pool.power(bench.serial, True)
    return failure


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("phase", "count"), [*CUTS, *(pytest.param(*cut, marks=pytest.mark.slow) for cut in MORE_CUTS)]
)
async def test_after_a_power_cut_the_next_virtualize_repairs_the_board(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, phase: str, count: int
) -> None:
    uid = (await bench.agent.register(bench.id, bench.fence, TARGET, ignore)).chip_uid
    parts = {part.name: part for part in vm_parts(uid)}
    vm, record = parts["vm"], parts["vmstore"]
    # The worst that can be there: other firmware, and a record that vouches for the VM.
    other = image(-(-len(vm.data) // PAGE) * PAGE, 12)
    await bench.flash(other)
    await bench.flash(record.data, record.address)
    with monkeypatch.context() as patient:
        patient.setattr("vmrig_server.agent.uplink.HELLO_S", 0.5)
        failure = await cut_virtualize(bench, uid, phase, count)
        found = bench.contents(vm.address, len(other))
        sealed = bench.contents(record.address, len(record.data)) == record.data
        written = found.startswith(vm.data)
        # Not begun, or done: the record vouches for nothing else.
        assert not sealed or found == other or written
        if failure is not None:
            running = bench.agent.run_program(bench.id, bench.fence, TARGET, vbc("print(1)\n"), True, ignore)
            if sealed and written:  # only the proof was missing
                assert (await running).program_state == "ended"
            else:
                error = await refused(running)
                assert error.code in ("FIRMWARE_SILENT", "VM_UNBOUND", "VM_DAMAGED")
                # Which VM it is, the board may be unable to say: then it is made anew, which prints its vmuid.
                known, unknown = f"vmrig virtualize {bench.id} ", f"vmrig vm create {bench.id}"
                assert error.next_command.startswith(known) or error.next_command == unknown
    repaired = await bench.agent.virtualize(bench.id, bench.fence, TARGET, vm_parts(uid), VMUID, ignore)
    assert (repaired.vm.vmuid, repaired.vm.binding) == (VMUID, "ok")


# --- every state that such a job's writes go through, booted on the emulated chip -----------------------------------------


def states(parts: list[FlashPart], step: int) -> Iterator[tuple[str, dict[int, bytes]]]:
    """(name, contents by page) between two writes of a virtualize over a board that has the same VM: as drivers do it, record first and last.

    Args:
        step: bytes written between two states.
    """
    flash: dict[int, bytes] = {}
    for part in parts:
        data = part.data + b"\xff" * (-len(part.data) % PAGE)
        flash |= {part.address + at: data[at : at + PAGE] for at in range(0, len(data), PAGE)}
    seal = next(part for part in parts if part.name == "vmstore")
    blank = b"\xff" * PAGE

    def rewrite(address: int, data: bytes) -> Iterator[tuple[str, dict[int, bytes]]]:
        flash[address] = blank
        yield f"{address:#x} erased", flash
        for done in range(step, len(data), step):
            flash[address] = data[:done] + blank[done:]
            yield f"{address:#x} written to {done}", flash
        flash[address] = data

    sealed = flash[seal.address]
    yield "before", flash
    yield from rewrite(seal.address, bytes(len(seal.data)) + blank[len(seal.data) :])
    yield "record void", flash
    others = {address: data for address, data in flash.items() if address != seal.address}
    for address in sorted(others):
        flash[address] = blank
        yield f"{address:#x} erased", flash
    for address, data in sorted(others.items()):
        for done in range(step, PAGE + 1, step):
            flash[address] = data[:done] + blank[done:]
            yield f"{address:#x} written to {done}", flash
    yield from rewrite(seal.address, sealed)
    yield "after", flash


class Chip:
    """An emulated chip that is booted with one content of its flash after the other."""

    def __init__(self) -> None:
        self._board = EmulatedBoard(bound=False)
        self._there: dict[int, bytes] = {}
        self.uid = self._board.uid

    def boot(self, flash: dict[int, bytes]) -> tuple[Binding | None, bool]:
        """What the VM says of itself, None when it says nothing; and whether a program runs."""
        for address, data in flash.items():
            if self._there.get(address) != data:
                self._board.put(address, data)
                self._there[address] = data
        self._board.power(True)
        said = self._board.pass_time(500_000)
        self._board.power(False)
        frames = [frame for frame in Decoder().feed(said) if isinstance(frame, Frame)]
        names = [parse_identity(frame.body).binding for frame in frames if frame.type == 0x81]
        return (names[0] if names else None), any(frame.type == 0x12 and frame.body[0] == 1 for frame in frames)


def look(step: int, every: int) -> set[Binding | None]:
    chip = Chip()
    stamped = stamp_vm(load_image(TARGET, "vm"), load_target(TARGET), chip.uid, VMUID)
    parts = [FlashPart(part.address, part.data, part.name) for part in stamped]
    seen: set[Binding | None] = set()
    for number, (name, flash) in enumerate(states(parts, step)):
        ends = name in ("before", "after") or name.endswith("void")
        if number % every and not ends:
            continue
        binding, runs = chip.boot(flash)
        seen.add(binding)
        assert not runs, name
        whole = all(flash[address] == data for address, data in _pages(parts).items())
        assert (binding is Binding.OK) == whole, name
    return seen


def _pages(parts: list[FlashPart]) -> dict[int, bytes]:
    return next(states(parts, PAGE))[1].copy()


def test_a_board_that_lost_power_between_two_writes_says_that_it_is_not_bound_or_nothing() -> None:
    assert look(PAGE, 7) >= {Binding.OK, Binding.CORRUPT, None}


@pytest.mark.slow
def test_no_state_between_two_writes_of_a_virtualize_answers_as_the_vm() -> None:
    assert look(256, 1) >= {Binding.OK, Binding.CORRUPT, Binding.NONE, None}
