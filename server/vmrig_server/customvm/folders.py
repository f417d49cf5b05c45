# SPDX-License-Identifier: Apache-2.0
"""The folders of custom VMs, ``cvm/<short_name>/``. A crash leaves the old files or the new ones: single files are written beside their place and renamed, and a
whole folder is replaced by two renames, which `recover` finishes or takes back."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from vmrig_server.boards_data.custom import DEVICE_FILE, SHORT_NAME
from vmrig_server.customvm.archive import MAX_FILE_BYTES
from vmrig_server.errors import ErrorClass, VmrigError

PICTURES = "svg"
PICTURE_LIMIT_BYTES = 512 << 10
TEMPLATE_LIMIT_BYTES = 256 << 10
_OLD, _NEW = ".old-", ".new-"


class Folders:
    """All of them. Blocks; one service uses it.

    Args:
        root: ``<home>/cvm``; made when the first custom VM is.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def recover(self) -> None:
        """Finishes or takes back what a crash left half done. Only while nothing else works on the folders."""
        for old in self.root.glob(f"{_OLD}*"):
            path = self.root / old.name.removeprefix(_OLD)
            if path.exists():
                shutil.rmtree(old, ignore_errors=True)
            else:
                old.rename(path)
        for new in self.root.glob(f"{_NEW}*"):
            shutil.rmtree(new, ignore_errors=True)

    def names(self) -> list[str]:
        """Short names of all that have a template, sorted."""
        found = (path.parent.name for path in self.root.glob("*/*.yml") if path.stem == path.parent.name)
        return sorted(name for name in found if SHORT_NAME.fullmatch(name))

    def path(self, name: str) -> Path:
        """A custom VM's folder."""
        return self.root / name

    def template_path(self, name: str) -> Path:
        """Its template."""
        return self.root / name / f"{name}.yml"

    def device_path(self, name: str) -> Path:
        """What was compiled of it, as the registry of targets reads it."""
        return self.root / name / DEVICE_FILE

    def template(self, name: str) -> str:
        """The template's text.

        Raises:
            VmrigError: ``CUSTOM_VM_NOT_FOUND``; ``CUSTOM_VM_BROKEN`` when it is not text of a reasonable size.
        """
        if name not in self.names():
            raise self.unknown(name)
        path = self.template_path(name)
        try:
            if path.stat().st_size > TEMPLATE_LIMIT_BYTES:
                raise ValueError(f"it has more than {TEMPLATE_LIMIT_BYTES} bytes")
            return path.read_bytes().decode("utf-8")
        except (OSError, ValueError) as error:
            raise VmrigError(
                "CUSTOM_VM_BROKEN",
                f"The template of the custom VM {name} cannot be read.",
                evidence=[str(path), str(error)],
                next_command=f"$EDITOR {path}",
            ) from None

    def unknown(self, name: str) -> VmrigError:
        """The error of a short name that is none."""
        return VmrigError(
            "CUSTOM_VM_NOT_FOUND",
            f"There is no custom VM {name!r}.",
            evidence=[f"there are: {', '.join(self.names()) or 'none'}"],
            next_command="vmrig vm custom list",
        )

    def pictures(self, name: str) -> dict[str, bytes]:
        """The user's own pictures of the pin map, by path in the folder; larger ones and links are passed over."""
        found: dict[str, bytes] = {}
        for path in sorted((self.path(name) / PICTURES).glob("*.svg")):
            status = path.lstat()
            if stat.S_ISREG(status.st_mode) and status.st_size <= PICTURE_LIMIT_BYTES:
                found[f"{PICTURES}/{path.name}"] = path.read_bytes()
        return found

    # --- writing ---------------------------------------------------------------------------------------------------

    def put(self, name: str, files: Mapping[str, bytes]) -> None:
        """Writes files of a folder that is there, each whole or not at all, in the order given.

        Raises:
            VmrigError: ``STORE_FULL``.
        """
        with _disk(self.root):
            for path, data in files.items():
                _write(self.path(name) / path, data)

    def install(self, name: str, files: Mapping[str, bytes]) -> None:
        """Makes a folder of these files, in the place of one that is there.

        Raises:
            VmrigError: ``STORE_FULL``.
        """
        with _disk(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            new = Path(tempfile.mkdtemp(prefix=_NEW, dir=self.root))
            try:
                for path, data in files.items():
                    _write(new / path, data)
                (new / PICTURES).mkdir(exist_ok=True)
                new.chmod(0o755)
                _sync(new)
                self._exchange(name, new)
            finally:
                shutil.rmtree(new, ignore_errors=True)

    def remove(self, name: str) -> None:
        """Takes a folder away: at once for everybody who looks, then from the disk."""
        gone = Path(tempfile.mkdtemp(prefix=_NEW, dir=self.root))
        self.path(name).rename(gone / name)
        shutil.rmtree(gone, ignore_errors=True)

    def _exchange(self, name: str, new: Path) -> None:
        path, old = self.path(name), self.root / f"{_OLD}{name}"
        shutil.rmtree(old, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            path.rename(old)
        try:
            new.rename(path)
        except OSError:
            if old.exists():
                old.rename(path)
            raise
        _sync(self.root)
        shutil.rmtree(old, ignore_errors=True)


def _write(path: Path, data: bytes) -> None:
    assert len(data) <= MAX_FILE_BYTES
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _disk(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise VmrigError(
            "STORE_FULL",
            "The custom VM could not be written to the service's folder.",
            evidence=[str(root), str(error)],
            error_class=ErrorClass.BENCH,
        ) from error
