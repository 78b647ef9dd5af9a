"""Replaces a file in one step, so that a reader sees the old content or the new, never a part."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PRIVATE = 0o600


def make_private_folder(folder: Path) -> None:
    """Makes a folder, and those above it that are missing, for the owner alone, whatever the umask.

    A folder that is there keeps its mode. Raises OSError.
    """
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    for part in reversed(missing):
        part.mkdir(mode=0o700, exist_ok=True)


def replace_file(path: Path, content: bytes, keep_old_as: Path | None = None) -> None:
    """Writes `content` to `path` by way of a temporary file in the same folder.

    A new file is readable by its owner only, because encodings are biometric data; an existing one
    keeps its mode, because its owner may have chosen to share it. It is kept under the free name
    `keep_old_as` of the same folder if there is one. Raises OSError, which names the file; the old
    file then stays as it was, where it was.
    """
    replace_files({path: content}, {} if keep_old_as is None else {path: keep_old_as})


def replace_files(contents: Mapping[Path, bytes], keep_old_as: Mapping[Path, Path]) -> None:
    """Replaces files that belong together, each as `replace_file` does, in the order given.

    All are on the disk before the first is replaced, so that a full disk or a missing right leaves
    every old file where it was. A power cut in the moment between two renamings leaves each file
    whole, the first ones new and the others old.
    """
    written: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            with _named(path):
                written[path] = _written_beside(path.resolve(), content)
        for path, temporary in written.items():
            with _named(path):
                if path in keep_old_as:
                    _keep(path.resolve(), keep_old_as[path])
                temporary.replace(path.resolve())
    except BaseException:
        for temporary in written.values():
            temporary.unlink(missing_ok=True)
        raise
    for folder in {path.resolve().parent for path in contents}:
        _sync(folder)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Gives the file's name to an OSError that has none."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def _written_beside(target: Path, content: bytes) -> Path:
    """A temporary file with the content and the mode of the target, safe on the disk."""
    make_private_folder(target.parent)
    mode = target.stat().st_mode & 0o777 if target.exists() else PRIVATE
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _sync(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _keep(target: Path, kept: Path) -> None:
    """A second name for the file, so that there is no moment without it; where the file system
    knows no links (FAT), the new file follows the old one at once."""
    try:
        os.link(target, kept)
    except OSError:
        target.rename(kept)
