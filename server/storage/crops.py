"""Face crops as sealed files of fresh random names.

A crop is written before the row that tells of it and removed after that row is gone; its file is
never overwritten. So a crash leaves at most a file that nobody tells of, and `sweep` removes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from lookout.faces.atomic_file import replace_file
from lookout.server.storage.errors import NotFound, StorageError
from lookout.server.storage.records import new_id
from lookout.server.storage.vault import DataKey

SUFFIX = ".crop"
SETTLED_S = 3600.0
"""A file this old with no row belongs to a write that never finished; a younger one may belong to
a write that is about to."""


class Crops:
    """A folder of sealed pictures."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, key: DataKey, jpeg: bytes) -> str:
        """Keep a picture; durable on return. Returns its name. Raises StorageError."""
        name = new_id()
        try:
            replace_file(self._path(name), key.seal(jpeg))
        except OSError as error:
            raise StorageError(f"cannot keep a face crop: {error.strerror}") from error
        return name

    def read(self, name: str, key: DataKey) -> bytes:
        """Raises NotFound, StoreDamaged or StorageError."""
        try:
            sealed = self._path(name).read_bytes()
        except FileNotFoundError:
            raise NotFound(f"the crop {name} is not there") from None
        except OSError as error:
            raise StorageError(f"cannot read a face crop: {error.strerror}") from error
        return key.open(sealed)

    def remove(self, names: Iterable[str]) -> None:
        """Whether or not they are there."""
        for name in names:
            self._path(name).unlink(missing_ok=True)

    def sweep(self, kept: Collection[str], now_s: float) -> int:
        """Remove the settled files that no row tells of; returns how many."""
        removed = 0
        for path in self._folder.glob("*"):
            if path.suffix == SUFFIX and path.stem in kept:
                continue
            try:
                if now_s - path.stat().st_mtime > SETTLED_S:
                    path.unlink()
                    removed += 1
            except FileNotFoundError:
                continue  # another process sweeps, too
        return removed

    def _path(self, name: str) -> Path:
        return self._folder / (name + SUFFIX)
