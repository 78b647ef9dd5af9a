"""Files that hold a secret: only their owner may read them."""

from __future__ import annotations

import stat
from pathlib import Path

from lookout.server.storage.errors import StorageError


def read_private(path: Path, what: str) -> str:
    """The text of a secret file, without spaces around it. `what`: how an error names it. Raises
    StorageError."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{what} cannot be read: {error}") from error
    if why := why_not_private(path, mode):
        raise StorageError(why)
    return text


def why_not_private(path: Path, mode: int) -> str:
    """What is wrong where others than the owner may read or change a file of this `st_mode`, and
    what to do; else empty."""
    mode = stat.S_IMODE(mode)
    if not mode & 0o077:
        return ""
    return (
        f"{path} can be read by other users of this machine (mode {mode:04o}); "
        f"run: chmod 600 {path}"
    )
