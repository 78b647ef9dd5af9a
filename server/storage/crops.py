"""Face crops as sealed files of fresh random names.

A crop is written before the row that refers to it and removed after that row is gone; its file is
never overwritten. So a crash leaves at most a file that no row refers to, and `sweep` removes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

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


class CropStore(Protocol):
    """Sealed pictures by name. Any thread."""

    @property
    def place(self) -> str:
        """Where they are, for people to read."""

    def write(self, key: DataKey, jpeg: bytes) -> str:
        """Keep a picture; durable on return. Returns its name. Raises StorageError."""

    def read(self, name: str, key: DataKey) -> bytes:
        """Raises NotFound, StoreDamaged or StorageError."""

    def sealed(self, name: str) -> bytes:
        """A picture as it is kept. Raises NotFound or StorageError."""

    def keep_sealed(self, name: str, sealed: bytes) -> None:
        """Keep a picture that another store has sealed; durable on return. Raises StorageError."""

    def remove(self, names: Iterable[str]) -> None:
        """Whether or not they are there."""

    def is_empty(self) -> bool:
        """Whether there is no crop at all."""

    def sweep(self, kept: Collection[str], now_s: float) -> Swept:
        """Removes the settled pictures that no row refers to, if they are few.

        Cut-off changes leave one each. Many belong to another database, an older one perhaps, and
        cannot be had again, so they stay.
        """


class Crops:
    """`CropStore` in a folder, a file each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def place(self) -> str:
        return str(self.folder)

    def write(self, key: DataKey, jpeg: bytes) -> str:
        name = new_id()
        self.keep_sealed(name, key.seal(jpeg))
        return name

    def read(self, name: str, key: DataKey) -> bytes:
        return key.open(self.sealed(name))

    def sealed(self, name: str) -> bytes:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            raise NotFound(f"the crop {name} is not there") from None
        except OSError as error:
            raise StorageError(f"cannot read a face crop: {error.strerror}") from error

    def keep_sealed(self, name: str, sealed: bytes) -> None:
        try:
            replace_file(self._path(name), sealed)
        except OSError as error:
            raise cannot(f"a face crop cannot be kept: {error.strerror}", error) from error

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            self._path(name).unlink(missing_ok=True)

    def is_empty(self) -> bool:
        return next(self.folder.glob(f"*{SUFFIX}"), None) is None

    def sweep(self, kept: Collection[str], now_s: float) -> Swept:
        orphans = [path for path in self.folder.glob("*") if self._is_orphan(path, kept, now_s)]
        if len(orphans) > most_swept(kept):
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


def most_swept(kept: Collection[str]) -> int:
    """How many pictures without a row are removed at once, where rows refer to `kept`."""
    return max(min(MOST_SWEPT, len(kept)), int(MOST_SWEPT_SHARE * len(kept)))
