# SPDX-License-Identifier: Apache-2.0
"""Archives of custom VMs: what is written is the same bytes again, and of what comes from outside nothing gets through but plain files."""

from __future__ import annotations

import io
import lzma
import tarfile
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.customvm.archives import entry, tar_of, tar_of_files, with_size_field, xz
from vmrig_server.customvm.archive import MAX_ARCHIVE_BYTES, MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_BYTES, pack, unpack
from vmrig_server.errors import VmrigError

FILES = {"board.yml": b"short_name: board\n", "port/port.bin": bytes(range(256)) * 3, "svg/board.svg": b"<svg/>"}


def _refusal(data: bytes) -> str:
    with pytest.raises(VmrigError) as caught:
        unpack(data)
    assert caught.value.code == "ARCHIVE_REFUSED"
    return caught.value.message


def test_the_same_files_give_the_same_bytes_whatever_their_order() -> None:
    assert pack("board", FILES) == pack("board", dict(reversed(FILES.items())))


def test_what_is_packed_comes_out_again() -> None:
    assert unpack(pack("board", FILES)) == FILES


def test_other_tools_can_read_an_export_and_find_no_owner_or_time_in_it() -> None:
    with tarfile.open(fileobj=io.BytesIO(pack("board", FILES)), mode="r:xz") as tar:
        entries = tar.getmembers()
    assert [each.name for each in entries] == [f"board/{path}" for path in sorted(FILES)]
    assert {(each.mtime, each.uid, each.gid, each.uname, each.gname, each.mode) for each in entries} == {
        (0, 0, 0, "", "", 0o644)
    }


def test_archives_that_python_and_git_make_are_read() -> None:
    folder = tarfile.TarInfo("./port/")
    folder.type = tarfile.DIRTYPE
    timed, data = entry("./board.yml", b"x")
    timed.mtime = 1.5  # python's own format writes this into an extended header
    comment = tarfile.TarInfo("pax_global_header")
    comment.type = tarfile.XGLTYPE
    raw = tar_of((folder, b""), (timed, data), entry("./port/port.bin", b"y"), form=tarfile.PAX_FORMAT)
    assert unpack(raw) == {"board.yml": b"x", "port/port.bin": b"y"}
    assert unpack(tar_of((comment, b""), entry("board.yml", b"x"))) == {"board.yml": b"x"}


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../up.yml", "a/../../up", "a//b", "a/./b", "..", "-rf", "a\nb", "a\\b", "C:x", "a/b/c/d", ".git/config",
     "x" * 70, "caf\u00e9.yml", "a/ b"],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_is_refused_by_name(name: str) -> None:
    assert "not a path" in _refusal(tar_of(entry(name, b"x"), form=tarfile.GNU_FORMAT))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (tarfile.SYMTYPE, "symbolic link"),
        (tarfile.LNKTYPE, "hard link"),
        (tarfile.CHRTYPE, "character device"),
        (tarfile.BLKTYPE, "block device"),
        (tarfile.FIFOTYPE, "fifo"),
        (tarfile.GNUTYPE_SPARSE, "sparse"),
        (b"Z", "unknown kind"),
    ],
)
def test_what_is_no_plain_file_is_refused(kind: bytes, said: str) -> None:
    odd = entry("board.yml", b"", kind, "/etc/passwd")
    assert said in _refusal(tar_of(odd, entry("other", b"x")))


def test_a_folder_with_a_path_that_leads_elsewhere_is_refused() -> None:
    assert "not a path" in _refusal(tar_of(entry("../up/", b"", tarfile.DIRTYPE), entry("board.yml", b"x")))


def test_a_name_that_is_there_twice_is_refused_also_where_only_the_case_differs() -> None:
    assert "twice" in _refusal(tar_of(entry("board.yml", b"x"), entry("board.yml", b"y")))
    assert "twice" in _refusal(tar_of(entry("board.yml", b"x"), entry("Board.yml", b"y")))
    assert "twice" in _refusal(tar_of(entry("board.yml", b"x"), entry("./board.yml", b"y")))


def test_an_extended_header_that_renames_or_resizes_an_entry_is_refused() -> None:
    info, data = entry("board.yml", b"x")
    for keyword in ("path", "size", "linkpath", "GNU.sparse.map"):
        info.pax_headers = {keyword: "1"}
        assert keyword.split(".", maxsplit=1)[0] in _refusal(tar_of((info, data), form=tarfile.PAX_FORMAT))


def test_long_names_of_gnu_tar_are_refused() -> None:
    assert "long name" in _refusal(tar_of(entry("board/" + "x" * 120, b"x"), form=tarfile.GNU_FORMAT))


@pytest.mark.parametrize(
    "field", [b"-0000000001\0", b"\x80" + b"\0" * 10 + b"\5", b"\xff" * 12, b"7777777777\0 ", b"zzzzzzzzzzz\0"]
)
def test_a_size_that_is_none_is_refused_at_once(field: bytes) -> None:
    start = time.monotonic()
    _refusal(with_size_field(tar_of(entry("board.yml", b"x")), field))
    assert time.monotonic() - start < 1


def test_a_bomb_is_refused_before_it_unfolds() -> None:
    bomb = lzma.compress(bytes(48 << 20), preset=0)
    assert len(bomb) < MAX_ARCHIVE_BYTES
    tracemalloc.start()
    try:
        assert "more than" in _refusal(bomb)
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_TOTAL_BYTES
    finally:
        tracemalloc.stop()


def test_a_decompressor_that_would_take_all_memory_is_refused() -> None:
    greedy = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 27, "mode": lzma.MODE_FAST, "mf": lzma.MF_HC3}]
    try:
        data = lzma.compress(b"x", format=lzma.FORMAT_XZ, filters=greedy)
    except MemoryError:
        pytest.skip("this host cannot make one")
    assert "not whole xz" in _refusal(data)


def test_too_many_files_too_large_files_and_too_much_in_all_are_refused() -> None:
    many = {f"f{n}": b"" for n in range(MAX_FILES + 1)}
    assert "files" in _refusal(xz(tar_of_files(many)))
    assert "more than" in _refusal(xz(tar_of_files({"board.yml": bytes(MAX_FILE_BYTES + 1)})))
    assert "more than" in _refusal(xz(tar_of_files({f"f{n}": bytes(MAX_FILE_BYTES) for n in range(5)})))
    folders = [entry(f"d{n}/", b"", tarfile.DIRTYPE) for n in range(4 * MAX_FILES)]
    assert "files" in _refusal(tar_of(*folders, entry("board.yml", b"x")))
    assert "more than" in _refusal(bytes(MAX_ARCHIVE_BYTES + 1))


@pytest.mark.parametrize(
    "data", [b"", b"x", bytes(511), bytes(1024), b"PK\x03\x04" + bytes(2000), b"\xfd7zXZ\x00", b"\x1f\x8b" + bytes(600)]
)
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    _refusal(data)


def test_every_truncation_of_an_export_is_refused() -> None:
    data = pack("board", FILES)
    for size in range(len(data) - 1):
        _refusal(data[:size])


@given(st.data())
def test_damaged_archives_give_files_or_a_refusal_and_nothing_else(data: st.DataObject) -> None:
    raw = bytearray(tar_of_files(FILES))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    raw = raw[: data.draw(st.integers(0, len(raw)))]
    try:
        files = unpack(bytes(raw))
    except VmrigError as error:
        assert error.code == "ARCHIVE_REFUSED"
    else:
        assert all(not path.startswith("/") and ".." not in path.split("/") for path in files)
