# SPDX-License-Identifier: Apache-2.0
"""The framing: properties of the codec, and of the decoder on any stream."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from vmrig_server.agent.link.frames import (
    MAX_BODY,
    MAX_COBS,
    Decoder,
    Frame,
    cobs_decode,
    cobs_encode,
    encode,
    parse_payload,
)

bodies = st.binary(max_size=MAX_BODY)
a_frame = st.builds(
    Frame, type=st.integers(0, 255), sequence=st.integers(0, 65535), body=bodies, flags=st.integers(0, 255)
)
text = st.binary(min_size=1, max_size=400).map(lambda data: data.replace(b"\0", b"z"))


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """The data in pieces."""
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[a:b] for a, b in itertools.pairwise(edges)]


def decode(pieces: list[bytes]) -> list[Frame | bytes]:
    """What a decoder finds, neighbouring text joined."""
    decoder = Decoder()
    items: list[Frame | bytes] = []
    for piece in pieces:
        for item in decoder.feed(piece):
            last = items[-1] if items else None
            if isinstance(item, bytes) and isinstance(last, bytes):
                items[-1] = last + item
            else:
                items.append(item)
    return items


@given(st.binary(max_size=1100))
def test_cobs_gives_back_what_it_was_given_and_has_no_zero(data: bytes) -> None:
    stuffed = cobs_encode(data)
    assert 0 not in stuffed
    assert len(stuffed) <= len(data) + len(data) // 254 + 1
    assert cobs_decode(stuffed) == data


@given(st.binary(max_size=600))
def test_undoing_cobs_never_fails_in_another_way_than_none(data: bytes) -> None:
    found = cobs_decode(data)
    assert found is None or cobs_decode(cobs_encode(found)) == found


@given(a_frame)
def test_a_frame_survives_the_line(frame: Frame) -> None:
    wire = encode(frame)
    assert wire[0] == wire[-1] == 0
    assert len(wire) <= MAX_COBS + 2
    assert parse_payload(wire[1:-1]) == frame


@given(st.lists(st.one_of(a_frame, text), max_size=8), st.lists(st.integers(0, 5000), max_size=20))
def test_frames_and_text_are_told_apart_however_the_stream_is_cut(
    items: list[Frame | bytes], places: list[int]
) -> None:
    stream = b"".join(encode(item) if isinstance(item, Frame) else item for item in items)
    joined: list[Frame | bytes] = []
    for item in items:
        last = joined[-1] if joined else None
        if isinstance(item, bytes) and isinstance(last, bytes):
            joined[-1] = last + item
        else:
            joined.append(item)
    assert decode(cut(stream, places)) == joined


@given(st.binary(max_size=800), a_frame, st.lists(st.integers(0, 5000), max_size=20))
def test_after_any_garbage_the_next_frame_is_found(garbage: bytes, frame: Frame, places: list[int]) -> None:
    assert decode(cut(garbage + encode(frame), places))[-1:] == [frame]


@given(a_frame, st.integers(min_value=0), st.integers(0, 7))
def test_one_flipped_bit_is_never_taken_for_another_frame(frame: Frame, place: int, bit: int) -> None:
    wire = bytearray(encode(frame))
    wire[place % len(wire)] ^= 1 << bit
    assert all(item == frame for item in decode([bytes(wire)]) if isinstance(item, Frame))


def test_text_before_a_frame_passes_at_once() -> None:
    decoder = Decoder()
    assert decoder.feed(b"booting") == [b"booting"]
    assert decoder.feed(b"...\0\x03") == [b"..."]
    assert decoder.holding


def test_a_quiet_line_gives_up_what_was_held() -> None:
    decoder = Decoder()
    decoder.feed(b"\0hello")
    assert decoder.flush() == b"hello"
    assert not decoder.holding
    assert decoder.feed(b"more") == [b"more"]
