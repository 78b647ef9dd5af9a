"""Face crops as sealed files of fresh random names.

A crop is written before the row that refers to it and removed after that row is gone; its file is
never overwritten. So a crash leaves at most a file that no row refers to, and `sweep` removes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from lookout.faces.atomic_file import replace_file
from lookout.server.storage.errors import NotFound, StorageError, cannot
from lookout.server.storage.records import new_id
from lookout.server.storage.vault import DataKey

SUFFIX = ".crop"
SETTLED_S = 3600.0
"""A file this old with no row belongs to a write that never finished; a younger one may belong to
a write that is about to."""


MOST_SWEPT = 8
MOST_SWEPT_SHARE = 0.02
"""Files that are removed at once: so many, but no more than rows refer to, or this share."""


@dataclass(frozen=True, slots=True)
class Swept:
    """The number of orphans that were removed, and of those that were too many to be removed."""

    removed: int
    left: int


class Crops:
    """A folder of sealed pictures."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, key: DataKey, jpeg: bytes) -> str:
        """Keep a picture; durable on return. Returns its name. Raises StorageError."""
        name = new_id()
        try:
            replace_file(self._path(name), key.seal(jpeg))
        except OSError as error:
            raise cannot(f"a face crop cannot be kept: {error.strerror}", error) from error
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

    def is_empty(self) -> bool:
        """Whether there is no crop at all."""
        return next(self.folder.glob(f"*{SUFFIX}"), None) is None

    def sweep(self, kept: Collection[str], now_s: float) -> Swept:
        """Removes the settled files that no row refers to, if they are few.

        Cut-off changes leave one file each. Many belong to another database, an older one perhaps,
        and cannot be had again, so they stay.
        """
        orphans = [path for path in self.folder.glob("*") if self._is_orphan(path, kept, now_s)]
        most = max(min(MOST_SWEPT, len(kept)), int(MOST_SWEPT_SHARE * len(kept)))
        if len(orphans) > most:
            return Swept(0, len(orphans))
        for path in orphans:
            path.unlink(missing_ok=True)  # another process sweeps, too
        return Swept(len(orphans), 0)

    @staticmethod
    def _is_orphan(path: Path, kept: Collection[str], now_s: float) -> bool:
        if path.suffix == SUFFIX and path.stem in kept:
            return False
        try:
            return now_s - path.stat().st_mtime > SETTLED_S
        except FileNotFoundError:
            return False

    def _path(self, name: str) -> Path:
        return self.folder / (name + SUFFIX)
