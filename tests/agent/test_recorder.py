# SPDX-License-Identifier: Apache-2.0
"""The console log: every byte keeps its address, across readers, restarts and crashes."""

from __future__ import annotations

import asyncio
import errno
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmrig_server.agent.api import ConsoleChunk
from vmrig_server.agent.consoles.recorder import READ_CHUNK_BYTES, Recorder


class Clock:
    """Seconds since the epoch that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def recorder(tmp_path: Path, clock: Clock) -> Iterator[Recorder]:
    recorder = Recorder(tmp_path / "board", clock)
    yield recorder
    recorder.close()


async def chunks(recorder: Recorder, offset: int = 0) -> list[ConsoleChunk]:
    return [chunk async for chunk in recorder.read(offset, follow=False)]


def text(found: list[ConsoleChunk]) -> bytes:
    return b"".join(chunk.data for chunk in found)


actions = st.lists(
    st.one_of(
        st.binary(min_size=1, max_size=300).map(lambda data: ("append", data)),
        st.sampled_from(["reset", "flash", "lease"]).map(lambda name: ("mark", name)),
        st.integers(0, 300).map(lambda hundredths: ("wait", hundredths)),
        st.just(("restart", None)),
        st.just(("tear", None)),
    ),
    max_size=30,
)


@given(actions, st.data())
def test_any_history_is_read_back_from_any_offset(history: list[tuple[str, object]], data: st.DataObject) -> None:
    clock, written, markers, times = Clock(), b"", [], {}
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(Path(folder), clock)
        for action, argument in history:
            if action == "append":
                assert isinstance(argument, bytes)
                times[len(written)] = clock.now
                recorder.append(argument)
                written += argument
            elif action == "mark":
                recorder.mark(str(argument), "why")
                markers.append((len(written), str(argument), clock.now))
            elif action == "wait":
                clock.now += int(str(argument)) / 100
            else:
                recorder.close()
                if action == "tear":  # a crash in the middle of an index line
                    with (Path(folder) / "index").open("ab") as index:
                        index.write(b'{"o":1,"t":')
                recorder = Recorder(Path(folder), clock)
        assert recorder.end == len(written)
        start = data.draw(st.integers(-len(written) - 5, len(written) + 5))
        at = max(0, len(written) + start) if start < 0 else min(start, len(written))
        found = asyncio.run(chunks(recorder, start))
        assert text(found) == written[at:]
        found_markers = [(chunk.offset, chunk.marker, round(chunk.time_s, 2)) for chunk in found if chunk.marker]
        assert found_markers == [(offset, name, round(time, 2)) for offset, name, time in markers if offset >= at]
        expected = at
        for chunk in found:
            assert chunk.offset == expected
            assert bool(chunk.data) != bool(chunk.marker)
            expected += len(chunk.data)
            if chunk.data:
                came = max(time for offset, time in times.items() if offset <= chunk.offset)
                assert chunk.time_s == pytest.approx(came, abs=0.101), (
                    "a stamp is at most one period older than its bytes"
                )
        recorder.close()


async def test_a_follower_gets_what_comes_and_when_it_came(recorder: Recorder, clock: Clock) -> None:
    recorder.append(b"before")
    reader = recorder.read(-3, follow=True)
    assert await anext(reader) == ConsoleChunk(3, b"ore", 1000.0)
    waiting = asyncio.ensure_future(anext(reader))
    await asyncio.sleep(0)
    assert not waiting.done()
    clock.now = 1005.5
    recorder.append(b"after")
    assert await waiting == ConsoleChunk(6, b"after", 1005.5)
    recorder.mark("reset", "by hand")
    assert await anext(reader) == ConsoleChunk(11, b"", 1005.5, "reset", "by hand")


async def test_many_followers_get_the_same(recorder: Recorder) -> None:
    async def follow() -> bytes:
        found = b""
        async for chunk in recorder.read(0, follow=True):
            found += chunk.data
            if found.endswith(b"\n"):
                break
        return found

    followers = [asyncio.create_task(follow()) for _ in range(20)]
    for piece in (b"one ", b"two ", b"three\n"):
        recorder.append(piece)
        await asyncio.sleep(0)
    assert await asyncio.gather(*followers) == [b"one two three\n"] * 20


async def test_a_marker_stands_between_the_bytes_before_and_after_it(recorder: Recorder) -> None:
    recorder.append(b"old")
    recorder.mark("flash")
    recorder.append(b"new")
    assert [(chunk.data, chunk.marker) for chunk in await chunks(recorder)] == [
        (b"old", ""),
        (b"", "flash"),
        (b"new", ""),
    ]


async def test_a_large_log_is_read_in_pieces(recorder: Recorder) -> None:
    data = bytes(range(256)) * 1000
    recorder.append(data)
    found = await chunks(recorder)
    assert text(found) == data
    assert max(len(chunk.data) for chunk in found) <= READ_CHUNK_BYTES


async def test_a_clock_that_jumps_back_gives_no_earlier_stamp(recorder: Recorder, clock: Clock) -> None:
    recorder.append(b"a")
    clock.now = 500.0
    recorder.mark("reset")
    recorder.append(b"b")
    assert [chunk.time_s for chunk in await chunks(recorder)] == [1000.0, 1000.0, 1000.0]


async def test_index_entries_behind_the_end_of_the_log_are_dropped(tmp_path: Path, clock: Clock) -> None:
    recorder = Recorder(tmp_path, clock)
    recorder.append(b"0123456789")
    recorder.mark("reset")
    recorder.close()
    with (tmp_path / "log").open("r+b") as log:
        log.truncate(4)  # as after a crash of the machine: the index reached the disk, the bytes did not
    recorder = Recorder(tmp_path, clock)
    recorder.append(b"xyz")
    found = await chunks(recorder)
    assert text(found) == b"0123xyz"
    assert not any(chunk.marker for chunk in found)
    recorder.close()


async def test_a_full_disk_loses_bytes_is_reported_once_and_recording_goes_on(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class FullDisk:
        def write(self, data: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self) -> None: ...

    recorder.append(b"kept")
    log = recorder._log
    monkeypatch.setattr(recorder, "_log", FullDisk())
    recorder.append(b"lost")
    recorder.append(b"lost too")
    monkeypatch.setattr(recorder, "_log", log)
    recorder.append(b" again")
    assert text(await chunks(recorder)) == b"kept again"
    assert [record.message for record in caplog.records if "No space left" in record.message].__len__() == 1
