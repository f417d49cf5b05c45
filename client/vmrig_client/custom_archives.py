# SPDX-License-Identifier: Apache-2.0
"""Archives of custom VMs on this side: made of a folder or a Git repository, and unpacked into a repository. What they hold is for the service to judge; here
nothing of it is executed, and only plain files are ever written.

Git is the ``git`` command, with its user's own credentials. Of a repository no files are checked out, so that none of its settings, hooks or filters count.
"""

from __future__ import annotations

import contextlib
import io
import lzma
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from vmrig_client.errors import BENCH, ApiError

MAX_BYTES = 16 << 20
"""More than the service takes."""
MAX_ENTRIES = 1000
_GIT_URL = re.compile(r"(?:https?|ssh|git|file)://\S+|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:\S+")
_TIMEOUT_S = 120.0
_MAX_PACK_BYTES = 64 << 20
_EVIDENCE_LINES = 6


def is_git(place: str) -> bool:
    """Whether a source or destination is a Git repository: a URL, ``user@host:path``, or a path that ends in ``.git``."""
    return _GIT_URL.fullmatch(place) is not None or place.rstrip("/").endswith(".git")


def read_archive(place: str) -> bytes:
    """The archive that a source means: of a file its bytes, of a folder or a repository a tar of its files.

    Raises:
        ApiError: ``SOURCE_UNREADABLE``, ``GIT_FAILED``, ``GIT_MISSING``.
    """
    if is_git(place):
        return _from_git(place)
    path = Path(place)
    try:
        if path.is_dir():
            return _from_folder(path)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unreadable(place, str(error)) from None
    return _checked(place, data)


def _from_folder(folder: Path) -> bytes:
    """Links and devices go in as what they are, so that the service can refuse them; names that begin with a dot stay out, as in old tools."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for count, path in enumerate(_below(folder)):
            if count >= MAX_ENTRIES or raw.tell() > MAX_BYTES:
                raise _unreadable(str(folder), f"more than {MAX_ENTRIES} files or {MAX_BYTES} bytes")
            if not path.is_symlink() and path.is_file() and path.stat().st_size > MAX_BYTES:
                raise _unreadable(str(path), f"more than {MAX_BYTES} bytes")
            try:
                tar.add(path, arcname=str(path.relative_to(folder)), recursive=False)
            except ValueError as error:  # a name that this format cannot hold
                raise _unreadable(str(path), str(error)) from None
    return raw.getvalue()


def _below(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith((".", "__pycache__")):
            continue
        yield entry
        if entry.is_dir() and not entry.is_symlink():
            yield from _below(entry)


def _from_git(url: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="vmrig-") as folder:
        _git(["clone", "--quiet", "--bare", "--depth", "1", "--", url, folder])
        return _checked(url, _git(["-C", folder, "archive", "--format=tar", "HEAD"]))


def push(archive: bytes, url: str, message: str) -> str:
    """Commits an archive's files to a repository, in the place of those that are there, and pushes.

    Args:
        archive: from the service.
        url: of the repository; it may be empty.
        message: of the commit.

    Returns:
        The commit's id, or empty when the repository has these files already.

    Raises:
        ApiError: ``REPOSITORY_TAKEN`` when another custom VM is in it; ``GIT_FAILED``, ``GIT_MISSING``.
    """
    files = files_of(archive)
    with tempfile.TemporaryDirectory(prefix="vmrig-") as folder:
        git = Path(folder) / "git"
        _git(["clone", "--quiet", "--bare", "--depth", "1", "--", url, str(git)])
        here = ["--git-dir", str(git)]
        parent = _git([*here, "rev-parse", "--quiet", "--verify", "HEAD"], may_fail=True).decode().strip()
        beside = _beside(here, url, files, parent) if parent else []
        tree = _write_tree(here, git, files, beside)
        if parent and _git([*here, "rev-parse", f"{parent}^{{tree}}"]).decode().strip() == tree:
            return ""
        commit = _commit(here, tree, parent, message)
        branch = _git([*here, "symbolic-ref", "--short", "HEAD"]).decode().strip()
        _git([*here, "push", "--quiet", "--", url, f"{commit}:refs/heads/{branch}"])
        return commit


def _beside(here: Sequence[str], url: str, files: Mapping[str, bytes], parent: str) -> list[bytes]:
    """What a commit has beside the files (a README, a licence), for ``git update-index``.

    Raises:
        ApiError: ``REPOSITORY_TAKEN``.
    """
    ours = {path.partition("/")[0] for path in files}
    kept = {}
    for entry in filter(None, _git([*here, "ls-tree", "-r", "-z", parent]).split(b"\0")):
        head, _, path = entry.partition(b"\t")
        mode, _, blob = head.split(b" ")
        if path.partition(b"/")[0].decode(errors="surrogateescape") not in ours:
            kept[path] = b"%s %s\t%s" % (mode, blob, path)
    for path in kept:
        name = path.removesuffix(b".yml")
        if name != path and name + b".py" in kept:
            raise ApiError(
                "REPOSITORY_TAKEN",
                f"{url} holds the custom VM {name.decode(errors='replace')}; a repository holds one.",
                ("it would be an archive of neither, which no import takes",),
                "git init --bare OTHER.git",
            )
    return [entry for path, entry in kept.items() if not path.endswith(b".yml")]


def _write_tree(here: Sequence[str], git: Path, files: Mapping[str, bytes], beside: Sequence[bytes]) -> str:
    """A tree of the files and of what is beside them; nothing is checked out."""
    entries = list(beside)
    for name, data in sorted(files.items()):
        entries.append(b"100644 %s\t%s" % (_git([*here, "hash-object", "-w", "--stdin"], data).strip(), name.encode()))
    index = {"GIT_INDEX_FILE": str(git / "vmrig-index")}
    _git([*here, "update-index", "-z", "--index-info"], b"".join(entry + b"\0" for entry in entries), more=index)
    return _git([*here, "write-tree"], more=index).decode().strip()


def _commit(here: Sequence[str], tree: str, parent: str, message: str) -> str:
    command = [*here, "commit-tree", tree, "-m", message, *(("-p", parent) if parent else ())]
    return _git(command).decode().strip()


def files_of(archive: bytes) -> dict[str, bytes]:
    """The files of an archive that the service made, without the folder that they are in."""
    with tarfile.open(fileobj=io.BytesIO(lzma.decompress(archive)), mode="r:") as tar:
        found = {}
        for entry in tar:
            file = tar.extractfile(entry)
            if file is not None:
                found[entry.name.partition("/")[2]] = file.read()
        return found


def _git(
    words: Sequence[str], data: bytes = b"", *, more: Mapping[str, str] | None = None, may_fail: bool = False
) -> bytes:
    """Runs git; what it asks on the terminal (a password) is between it and its user."""
    # No transport that runs a command of the URL's choice, and no hooks.
    command = ["git", "-c", "protocol.ext.allow=never", "-c", "core.hooksPath=/dev/null", *words]
    verb = next(word for word in words if not word.startswith("-") and "/" not in word)
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as given:
        given.write(data)
        given.seek(0)
        try:
            process = subprocess.Popen(
                command,
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=said,
                env={**os.environ, "LC_ALL": "C", **(more or {})},
            )
        except FileNotFoundError:
            raise ApiError("GIT_MISSING", "git is not installed on this host.", (), "apt install git", BENCH) from None
        with process:
            assert process.stdout is not None
            if sys.platform == "linux":
                import resource

                # A repository that is made to fill disks ends at its first large file.
                with contextlib.suppress(ProcessLookupError):
                    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (_MAX_PACK_BYTES, _MAX_PACK_BYTES))
            stop = threading.Timer(_TIMEOUT_S, process.kill)
            stop.start()
            try:
                output = process.stdout.read(MAX_BYTES + 1)
                if len(output) > MAX_BYTES:
                    process.kill()  # the rest does not matter: the caller refuses this
                    return output
                code = process.wait()
            finally:
                stop.cancel()
        if code and not may_fail:
            said.seek(0)
            lines = said.read(1 << 16).decode(errors="replace").splitlines()[-_EVIDENCE_LINES:]
            raise ApiError("GIT_FAILED", f"git {verb} failed with exit code {code}.", lines, "", BENCH)
    return output


def _checked(place: str, data: bytes) -> bytes:
    if len(data) > MAX_BYTES:
        raise _unreadable(place, f"more than {MAX_BYTES} bytes")
    return data


def _unreadable(place: str, why: str) -> ApiError:
    return ApiError("SOURCE_UNREADABLE", f"{place} cannot be read as a custom VM.", (why,))
