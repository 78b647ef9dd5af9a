"""Replaces a file in one step, so that a reader sees the old content or the new, never a part."""

from __future__ import annotations

import os
import tempfile
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
    target = path.resolve()
    make_private_folder(target.parent)
    mode = target.stat().st_mode & 0o777 if target.exists() else PRIVATE
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        if keep_old_as is not None:
            _keep(target, keep_old_as)
        Path(temporary).replace(target)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    folder = os.open(target.parent, os.O_RDONLY)
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
