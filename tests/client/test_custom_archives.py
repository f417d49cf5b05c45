# SPDX-License-Identifier: Apache-2.0
"""Archives of custom VMs on the user's side: folders and repositories, with a real git and a repository on this disk."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from vmrig_client import custom_archives
from vmrig_client.errors import ApiError
from vmrig_server.customvm.archive import pack, unpack
from vmrig_server.errors import VmrigError

FILES = {"blinky.yml": b"short_name: blinky\n", "port/port.bin": b"\0\1"}


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git of a person who has said who they are, and nothing else."""
    path = tmp_path / "gitconfig"
    path.write_text("[user]\nname = A\nemail = a@example.org\n[init]\ndefaultBranch = main\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(path))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Bare and empty."""
    path = tmp_path / "boards.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(path)], check=True)
    return path


def _commit(repository: Path, tmp_path: Path, *commands: str) -> None:
    """What somebody else pushes, by shell commands in a clone."""
    clone = tmp_path / "clone"
    script = f"git clone -q {repository} {clone} 2>/dev/null && cd {clone} && {' && '.join(commands)}"
    script += " && git add -A && git commit -qm theirs && git push -q origin HEAD:main"
    subprocess.run(["sh", "-c", script], check=True)


def _listed(repository: Path) -> list[str]:
    done = subprocess.run(
        ["git", "-C", str(repository), "ls-tree", "-r", "--name-only", "main"],
        check=True,
        text=True,
        capture_output=True,
    )
    return done.stdout.split()


def test_what_was_pushed_is_read_again(repository: Path) -> None:
    commit = custom_archives.push(pack("blinky", FILES), str(repository), "first")
    assert len(commit) == 40
    assert unpack(custom_archives.read_archive(str(repository))) == FILES
    assert custom_archives.push(pack("blinky", FILES), str(repository), "again") == ""


def test_a_readme_stays_and_what_is_not_exported_any_more_goes(repository: Path, tmp_path: Path) -> None:
    custom_archives.push(pack("blinky", {**FILES, "port/old.bin": b"x"}), str(repository), "first")
    _commit(repository, tmp_path, "echo mine > README.md", "mkdir docs", "echo more > docs/a.txt")
    custom_archives.push(pack("blinky", FILES), str(repository), "second")
    assert _listed(repository) == ["README.md", "blinky.yml", "docs/a.txt", "port/port.bin"]


def test_a_repository_of_another_custom_vm_is_left_alone(repository: Path) -> None:
    custom_archives.push(pack("blinky", {**FILES, "blinky.py": b""}), str(repository), "first")
    with pytest.raises(ApiError) as caught:
        custom_archives.push(pack("other", {"other.yml": b"", "other.py": b""}), str(repository), "second")
    assert caught.value.code == "REPOSITORY_TAKEN" and "blinky" in caught.value.message
    assert "other.yml" not in _listed(repository)


def test_links_in_a_repository_come_as_links_and_are_refused(repository: Path, tmp_path: Path) -> None:
    _commit(repository, tmp_path, "echo short_name: a > a.yml", "ln -s /etc/passwd link.svg")
    with pytest.raises(VmrigError) as caught:
        unpack(custom_archives.read_archive(str(repository)))
    assert "symbolic link" in caught.value.message


def test_nothing_of_a_repository_is_run(repository: Path, tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    _commit(
        repository, tmp_path, "echo short_name: a > a.yml", "echo '* filter=evil' > .gitattributes",
        f"git config filter.evil.clean cat && git config filter.evil.smudge 'touch {trap}; cat'",
        f"mkdir -p .githooks && printf '#!/bin/sh\\ntouch {trap}\\n' > .githooks/post-checkout && chmod +x .githooks/post-checkout",
    )  # fmt: skip
    (repository / "hooks" / "post-checkout").write_text(f"#!/bin/sh\ntouch {trap}\n")
    custom_archives.read_archive(str(repository))
    for url in (f"ext::sh -c 'touch {trap}' x.git", f"--upload-pack=touch {trap};x.git"):
        with pytest.raises(ApiError) as caught:
            custom_archives.read_archive(url)
        assert caught.value.code == "GIT_FAILED"
    assert not trap.exists()


def test_a_repository_that_is_none_is_an_error_with_what_git_said(tmp_path: Path) -> None:
    with pytest.raises(ApiError) as caught:
        custom_archives.read_archive(f"file://{tmp_path}/none")
    assert caught.value.code == "GIT_FAILED"
    assert caught.value.evidence


def test_without_git_the_error_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ApiError) as caught:
        custom_archives.read_archive("https://example.org/a")
    assert caught.value.code == "GIT_MISSING"


def test_a_repository_that_unfolds_to_more_than_anybody_takes_is_given_up(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custom_archives, "MAX_BYTES", 1 << 20)
    _commit(repository, tmp_path, "head -c 4000000 /dev/zero > a.yml")
    with pytest.raises(ApiError) as caught:
        custom_archives.read_archive(str(repository))
    assert caught.value.code == "SOURCE_UNREADABLE"


def test_a_folder_is_read_without_its_hidden_files_and_with_its_links_as_links(tmp_path: Path) -> None:
    folder = tmp_path / "blinky"
    (folder / "port").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("x")
    for path, data in FILES.items():
        (folder / path).write_bytes(data)
    assert unpack(custom_archives.read_archive(str(folder))) == FILES
    os.mkfifo(folder / "pipe")
    with pytest.raises(VmrigError) as refused:
        unpack(custom_archives.read_archive(str(folder)))  # and it does not wait for a writer
    assert "fifo" in refused.value.message


def test_a_source_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    for place in (tmp_path / "none", tmp_path / "none.tar.xz"):
        with pytest.raises(ApiError) as caught:
            custom_archives.read_archive(str(place))
        assert caught.value.code == "SOURCE_UNREADABLE"
