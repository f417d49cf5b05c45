# SPDX-License-Identifier: Apache-2.0
"""The container: what is written is read back; stripping, binding and signing keep what they must."""

from __future__ import annotations

import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from vmrig_server.bytecode import (
    CompileError,
    ContainerError,
    bind,
    check_signature,
    compile_source,
    format_traceback,
    read,
    run_on_host,
    sign,
    strip,
    verify_image,
)
from vmrig_server.bytecode.container import Container, Section, SectionId, write
from vmrig_server.bytecode.view import View

SOURCE = """
import time
class A:
    def __init__(self, x, *rest, key=1.5, **more):
        self.x = x
    def go(self):
        try:
            return f"{self.x!r:>10}" + str(100000) + str(b"bytes")
        except ValueError as e:
            raise KeyError(e) from e
for i in range(3):
    print(A(i).go(), time.ticks_ms())
"""
IMAGE = compile_source(SOURCE, "prog.py").image

u8, u16, u32 = st.integers(0, 255), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
containers = st.builds(
    Container,
    sections=st.dictionaries(st.integers(1, 30), st.binary(max_size=25).map(lambda data: data * 8), max_size=12).map(
        lambda d: {n: Section(n, data) for n, data in d.items()}
    ),
    features=u16,
    vm_abi=u16,
    global_count=u16,
    max_regs=u8,
    build_id=u32,
)


@given(containers)
def test_what_is_written_is_read_back(container: Container) -> None:
    image = write(container)
    back = read(image)
    assert back == container
    assert len(image) % 4 == 0 and back.total_length == len(image)
    assert all(s.offset % 4 == 0 for s in back.sections.values())
    assert all(back.sections[n].offset % 8 == 0 for n in (SectionId.CONST, SectionId.RESOURCES) if n in back.sections)
    assert write(container) == image


@given(containers, st.data())
def test_any_changed_byte_is_noticed(container: Container, data: st.DataObject) -> None:
    image = bytearray(write(container))
    at = data.draw(st.integers(0, len(image) - 1))
    image[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ContainerError):
        read(bytes(image))


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused(image: bytes) -> None:
    with pytest.raises(ContainerError):
        read(image)
    with pytest.raises(ContainerError):
        read(IMAGE[:24] + image)


def test_a_stripped_program_is_smaller_valid_and_has_the_same_build_id() -> None:
    stripped = strip(IMAGE)
    verify_image(stripped)
    assert len(stripped) < len(IMAGE)
    assert read(stripped).build_id == read(IMAGE).build_id != 0
    # The names stay: the program has **more, whose keys are texts.
    gone = {SectionId.GLOBALS, SectionId.DEFS, SectionId.LINES, SectionId.DEBUG}
    assert set(read(stripped).sections) == set(read(IMAGE).sections) - gone
    assert strip(stripped) == stripped
    assert b"prog.py" not in stripped and b"more" not in stripped
    assert [View(stripped).words(i) for i in range(3)] == [View(IMAGE).words(i) for i in range(3)]


def test_the_build_id_changes_with_the_code_and_not_with_the_names_of_lines() -> None:
    assert read(compile_source("\n\n" + SOURCE, "other.py").image).build_id == read(IMAGE).build_id
    assert (
        read(compile_source(SOURCE.replace("range(3)", "range(4)"), "prog.py").image).build_id != read(IMAGE).build_id
    )


def test_binding_changes_the_vmuid_only() -> None:
    vmuid = bytes(range(16))
    bound = bind(IMAGE, vmuid)
    verify_image(bound, vmuid)
    assert read(bound).vmuid == vmuid
    assert bind(bound, bytes(16)) == IMAGE
    with pytest.raises(ContainerError):
        bind(IMAGE, b"short")


def test_a_signature_covers_every_byte_before_it() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    signed = sign(IMAGE, key)
    verify_image(signed)
    assert check_signature(signed, key.public_key())
    assert not check_signature(IMAGE, key.public_key())
    assert not check_signature(signed, Ed25519PrivateKey.from_private_bytes(bytes(31) + b"1").public_key())
    assert not check_signature(sign(bind(IMAGE, bytes(range(16))), key)[:-64] + signed[-64:], key.public_key())
    assert sign(signed, key) == signed
    with pytest.raises(ContainerError):
        bind(signed, bytes(16))


def test_importing_the_package_is_cheap_and_takes_nothing_of_the_server_along() -> None:
    code = (
        "import sys, time; t = time.process_time(); import vmrig_server.bytecode; dt = time.process_time() - t;"
        "loaded = [m for m in sys.modules if m.startswith('vmrig_server.') and not m.startswith('vmrig_server.bytecode')];"
        "heavy = [m for m in ('cryptography', 'grpc', 'sqlalchemy', 'vmrig_native._vm', 'ast') if m in sys.modules];"
        "sys.exit(repr((loaded, heavy, dt)) if loaded or heavy or dt > 0.03 else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_program_with_odd_texts_survives_the_round_trip() -> None:
    source = "a = '\\ud800'\nb = 'é€😀'\nc = '\\0'\nd = b'\\xff\\0'\n" + "e = " + repr("x" * 5000) + "\n"
    image = compile_source(source, "ünï.py").image
    verify_image(image)
    assert View(image).filename == "ünï.py"


def test_a_file_of_a_newer_format_is_refused_by_name() -> None:
    with pytest.raises(ContainerError, match="format is 9, this reads format 2"):
        read(IMAGE[:3] + b"9" + IMAGE[4:])
    with pytest.raises(CompileError):
        compile_source("x = ", "t.py")


@pytest.mark.parametrize(
    ("source", "raw", "told"),
    [
        ("class Mine(Exception):\n    pass\ndef f():\n    raise Mine(1)\nf()\n", "class#0: 1", "Mine: 1"),
        ("def f(): pass\nf(1)\n", "function#1() takes 0", "f() takes 0"),
        ("def f():\n    print(later)\nf()\nlater = 1\n", "'global#0'", "'later'"),
    ],
)
def test_a_stripped_programs_messages_get_their_names_back_from_the_full_file(source: str, raw: str, told: str) -> None:
    image = compile_source(source, "prog.py").image
    whole = run_on_host(image, write=lambda _: None)
    stripped = run_on_host(strip(image), write=lambda _: None)
    assert raw in stripped.exception and told in whole.exception
    assert format_traceback(image, stripped.trace, stripped.exception) == whole.traceback
