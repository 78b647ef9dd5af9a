"""The undo log of the people: every change of them can be taken back for a while.

A change is written down before it is made: the photographs that move, and the encodings of the
gallery and the rejected faces that get another name, or none. One that was cut short by a power cut
is taken back when the next begins; a finished one can be undone. Photographs that leave the
people's folders wait in the log; when the time to undo is over they are deleted with everything
else that it holds.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from lookout.faces.atomic_file import replace_file
from lookout.faces.decision.negatives import (
    beside,
    negatives_files,
    read_negatives,
    save_negatives,
)
from lookout.faces.errors import BadPeople, GalleryDamaged, GalleryError
from lookout.faces.gallery.encodings_file import (
    MAX_FILE_BYTES,
    files_of,
    read_gallery,
    save_galleries,
)
from lookout.faces.gallery.file_lock import only_writer
from lookout.faces.gallery.gallery import Gallery, Sample
from lookout.faces.training.photo_cache import cache_paths, forget
from lookout.json_document import BadJson, read_json
from lookout.server.gallery.gallery_rows import Row, renamed, renamed_back
from lookout.server.gallery.rejected_rows import RejectedRow, changed, changed_back
from lookout.server.storage.retention import clock_doubt

KEEP_S = 7 * 86400.0
"""The time in which a change can be undone, and what it removed still exists."""


@dataclass(frozen=True, slots=True)
class FileMove:
    """One photograph, or a whole folder, that moves from `source` to `target`."""

    source: Path
    target: Path


@dataclass(frozen=True, slots=True)
class Change:
    """Everything that one command does; `words` is its summary.

    forgotten: SHA-256 of the photographs that leave, for the training cache to forget.
    rejected:  the changes of rejected faces.
    """

    number: int
    words: str
    time_s: float
    moves: tuple[FileMove, ...]
    rows: tuple[Row, ...]
    forgotten: tuple[str, ...] = ()
    rejected: tuple[RejectedRow, ...] = ()
    done: bool = False


class Journal:
    """The changes of one gallery, in `.undo/` among the people's folders, so that photographs move
    within one file system. The caller holds the gallery's lock (`faces.gallery.file_lock`)."""

    def __init__(self, images: Path, encodings: Path) -> None:
        self._encodings = encodings
        self._folder = images.resolve() / ".undo"
        for change in self.changes():
            if not change.done:
                self._take_back(change)

    def next_number(self) -> int:
        return max((change.number for change in self.changes()), default=0) + 1

    def aside(self, number: int, place: int, name: str) -> Path:
        """The place where a removed photograph waits to be restored or deleted."""
        return self._folder / f"{number:06}" / f"{place:06}-{name}"

    def changes(self) -> list[Change]:
        """The changes that can still be undone, the oldest first."""
        files = sorted(self._folder.glob("*/change.json"))
        return [_read(file) for file in files]

    def make(self, change: Change) -> None:
        """Makes the change. If it fails half-way, it is taken back before the error is raised.
        Raises OSError, GalleryError."""
        self._write(change)
        try:
            for move in change.moves:
                _move(move.source, move.target)
            self._rewrite(change.rows, back=False)
            self._reject(change.rejected, back=False)
            for cache in cache_paths(self._encodings):
                forget(cache, change.forgotten)
        except BaseException:
            self._take_back(change)
            raise
        self._write(replace(change, done=True))

    def undo(self) -> Change:
        """Takes back the latest change. Raises BadPeople if none is left, OSError, GalleryError."""
        changes = self.changes()
        if not changes:
            raise BadPeople("there is nothing to undo")
        self._take_back(changes[-1])
        return changes[-1]

    def purge(self, before_s: float) -> int:
        """Deletes for good the changes made before that time, with all that they removed."""
        old = [change for change in self.changes() if change.time_s < before_s]
        for change in old:
            shutil.rmtree(self._folder / f"{change.number:06}")
        return len(old)

    def _take_back(self, change: Change) -> None:
        """Takes back whatever part of the change was made. Idempotent."""
        for move in reversed(change.moves):
            if move.target.exists() and not move.source.exists():
                _move(move.target, move.source)
        self._rewrite(change.rows, back=True)
        self._reject(change.rejected, back=True)
        shutil.rmtree(self._folder / f"{change.number:06}")

    def _rewrite(self, rows: Sequence[Row], *, back: bool) -> None:
        if not rows:
            return
        galleries: dict[Path, Gallery] = {}
        for path in files_of(self._encodings):
            gallery = read_gallery(path)
            of = {gallery.encoder, ""} if path == self._encodings else {gallery.encoder}
            own = [row for row in rows if row.encoder in of]
            if own:
                galleries[path] = (renamed_back if back else renamed)(gallery, own)
        save_galleries(galleries)

    def _reject(self, rows: Sequence[RejectedRow], *, back: bool) -> None:
        for path in negatives_files(beside(self._encodings)) if rows else ():
            negatives = read_negatives(path)
            if negatives is not None:
                save_negatives(path, (changed_back if back else changed)(negatives, rows))

    def _write(self, change: Change) -> None:
        path = self._folder / f"{change.number:06}" / "change.json"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(path, json.dumps(asdict(change), default=str).encode())


def forget_old(images: Path, encodings: Path, now_s: float, *, clock_is_right: bool = False) -> int:
    """Deletes for good what cannot be undone any more; returns the number of changes.

    `now_s` is by a clock that may be wrong: the time of the last run is kept, and nothing is
    deleted by a clock that is far ahead of it, unless `clock_is_right`.
    Raises GalleryError and OSError.
    """
    if not (images / ".undo").is_dir():
        return 0
    run = images / ".undo" / "last-run.json"
    with only_writer(encodings):
        journal = Journal(images, encodings)
        newest_s = max((change.time_s for change in journal.changes()), default=None)
        last_s = _last_run_s(run)
        doubt = clock_doubt(now_s, last_s, newest_s)
        if doubt and not clock_is_right:
            raise GalleryError(doubt)
        count = journal.purge(now_s - KEEP_S)
        # of a clock that was back in the past for a start, the right one would be far ahead
        replace_file(run, json.dumps(max(now_s, last_s or now_s)).encode())
        return count


def _last_run_s(file: Path) -> float | None:
    try:
        value = read_json(file.read_bytes(), 100)
    except (FileNotFoundError, BadJson):
        return None
    return float(value) if isinstance(value, int | float) else None


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.rename(source, target)  # noqa: PTH104 - must not copy: both lie on one file system
    if source.parent.is_dir() and not any(source.parent.iterdir()):
        source.parent.rmdir()


def _read(file: Path) -> Change:
    """Raises OSError, GalleryDamaged."""
    try:
        return _change(read_json(file.read_bytes(), MAX_FILE_BYTES))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GalleryDamaged(f"{file} is no note of a change: {error}") from error


def _change(content: Any) -> Change:
    return Change(
        number=content["number"],
        words=content["words"],
        time_s=content["time_s"],
        moves=tuple(FileMove(Path(m["source"]), Path(m["target"])) for m in content["moves"]),
        rows=tuple(_row(row) for row in content["rows"]),
        forgotten=tuple(content["forgotten"]),
        rejected=tuple(
            RejectedRow(**{**row, "encoding": tuple(row["encoding"])})
            for row in content.get("rejected", ())
        ),
        done=content["done"],
    )


def _row(content: dict[str, Any]) -> Row:
    encoding, sample = tuple(content["encoding"]), Sample(**content["sample"])
    return Row(**{**content, "encoding": encoding, "sample": sample})
