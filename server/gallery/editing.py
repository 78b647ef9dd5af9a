"""The editing of people: rename, merge, split and remove their photographs and encodings.

Each command is one change of the undo log, made while no other program writes the gallery. A
running server sees the new file and uses it with the next frame.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lookout.faces.checksum import sha256_of
from lookout.faces.decision.negatives import (
    Negatives,
    Rejection,
    beside,
    negatives_files,
    read_negatives,
)
from lookout.faces.errors import BadPeople
from lookout.faces.gallery.encodings_file import files_of, read_gallery
from lookout.faces.gallery.file_lock import only_writer
from lookout.faces.gallery.gallery import Gallery
from lookout.names import BadName, clean_name, is_housekeeping, name_key, shown
from lookout.server.gallery.gallery_rows import Row, removed, rows_of
from lookout.server.gallery.rejected_rows import RejectedRow, rejected_rows_of
from lookout.server.gallery.undo_log import KEEP_S, Change, FileMove, Journal


@dataclass(slots=True)
class _Plan:
    """A change in the making."""

    number: int
    words: str
    moves: list[FileMove] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class GalleryEditor:
    """The people of one installation: `images` holds a folder for each, `encodings` the gallery.

    Every method raises BadPeople if it cannot be done as asked, GalleryError or OSError if the
    files do not allow it; nothing is changed then. Each returns a summary of what it did.
    """

    images: Path
    encodings: Path
    clock: Callable[[], float] = time.time

    def rename(self, name: str, new: str) -> str:
        new = _valid(new)
        with self._journal() as journal:
            self._must_be(name)
            taken = self._spelling_of(new)
            if taken not in (None, name):
                raise BadPeople(f"{taken} exists already; to join the two, use: merge")
            plan = _Plan(journal.next_number(), f"renamed {name} to {new}")
            if (self.images / name).is_dir():
                plan.moves.append(FileMove(self._folder(name), self._folder(new)))
            plan.rows += self._rows(name, new)
            plan.rejected += self._rejections_of(name, new)
            return self._make(journal, plan)

    def merge(self, name: str, into: str) -> str:
        """Gives all photographs and encodings of `name` to `into`; the same picture is kept
        once."""
        with self._journal() as journal:
            self._must_be(name)
            self._must_be(into)
            if name == into:
                raise BadPeople(f"{name} cannot be merged with themselves")
            plan = _Plan(journal.next_number(), f"merged {name} into {into}")
            there = {sha256_of(path) for path in self._photos(into)}
            taken = {path.name for path in self._photos(into)}
            for path in self._photos(name):
                sha256 = sha256_of(path)
                if sha256 in there:
                    self._set_aside(plan, journal, path)
                    continue
                there.add(sha256)
                target = self._folder(into) / _free(path.name, taken)
                plan.moves.append(FileMove(path.resolve(), target))
            own = {row.digest for row in self._rows(into, into)}
            for row in self._rows(name, into):
                once = row.digest not in own
                plan.rows.append(row if once else removed(row))
            plan.rejected += self._rejections_of(name, into)
            return self._make(journal, plan)

    def split(self, name: str, new: str, photos: Sequence[str]) -> str:
        """Gives these photographs of `name` to `new`, who may exist already."""
        new = _valid(new)
        with self._journal() as journal:
            chosen = self._chosen(name, photos)
            new = self._spelling_of(new) or new
            plan = _Plan(journal.next_number(), f"moved {_count(chosen)} of {name} to {new}")
            taken = {path.name for path in self._photos(new)}
            for path in chosen:
                target = self._folder(new) / _free(path.name, taken)
                plan.moves.append(FileMove(path.resolve(), target))
            plan.rows += self._rows(name, new, {sha256_of(path) for path in chosen})
            return self._make(journal, plan)

    def remove(self, name: str, photos: Sequence[str] = ()) -> str:
        """Removes the person, or only these photographs. They can be restored by undo until the
        log forgets them."""
        with self._journal() as journal:
            self._must_be(name)
            chosen = self._chosen(name, photos) if photos else self._photos(name)
            what = f"{_count(chosen)} of {name}" if photos else name
            plan = _Plan(journal.next_number(), f"removed {what}")
            for path in chosen:
                self._set_aside(plan, journal, path)
            hashes = set(plan.forgotten) if photos else None
            plan.rows += self._rows(name, None, hashes)
            if not photos:
                plan.rejected += self._rejections_of(name, None)
            return self._make(journal, plan)

    def rejected(self) -> tuple[Rejection, ...]:
        """The rejections ("this is not Ada", "ignore this person"), the oldest first."""
        made = [rejection for each in self._negatives() for rejection in each.rejections]
        return tuple(sorted(made, key=lambda rejection: rejection.time_s))

    def unreject(self, number: int | None = None) -> str:
        """Takes back the `number`th of `rejected`, counted from 1, or the last."""
        with self._journal() as journal:
            rejections = self.rejected()
            if number is None:
                number = len(rejections)
            if not 1 <= number <= len(rejections):
                raise BadPeople("there is no such rejection; `rejected` lists them with numbers")
            chosen = rejections[number - 1]
            plan = _Plan(journal.next_number(), f"took back: {chosen.words}")
            for each in self._negatives():
                if chosen in each.rejections:
                    plan.rejected += rejected_rows_of(each, [chosen], None)
            return self._make(journal, plan)

    def undo(self) -> str:
        with self._journal() as journal:
            return f"taken back: {journal.undo().words}"

    def changes(self) -> list[Change]:
        """The changes that can be undone, the oldest first."""
        with self._journal() as journal:
            return journal.changes()

    def purge(self) -> int:
        """Deletes for good everything that was removed; returns the number of changes, which
        cannot be undone any more."""
        with self._journal() as journal:
            return journal.purge(float("inf"))

    def counts(self) -> dict[str, tuple[int, int]]:
        """Each person's number of photographs and of encodings."""
        encodings = self._counts()
        folders = self.images.iterdir() if self.images.is_dir() else ()
        people = {path.name for path in folders if path.is_dir() and not is_housekeeping(path.name)}
        return {
            name: (len(self._photos(name)), encodings.get(name, 0))
            for name in sorted(people | encodings.keys())
        }

    def _journal(self) -> AbstractContextManager[Journal]:
        return _opened(self.images, self.encodings, self.clock())

    def _make(self, journal: Journal, plan: _Plan) -> str:
        change = Change(
            plan.number,
            plan.words,
            self.clock(),
            tuple(plan.moves),
            tuple(plan.rows),
            tuple(plan.forgotten),
            tuple(plan.rejected),
        )
        journal.make(change)
        return plan.words

    def _rejections_of(self, name: str, after: str | None) -> list[RejectedRow]:
        return [
            row
            for each in self._negatives()
            for row in rejected_rows_of(
                each, [said for said in each.rejections if said.name == name], after
            )
        ]

    def _negatives(self) -> list[Negatives]:
        """Those of every encoder."""
        found = [read_negatives(path) for path in negatives_files(beside(self.encodings))]
        return [negatives for negatives in found if negatives is not None]

    def _set_aside(self, plan: _Plan, journal: Journal, path: Path) -> None:
        plan.forgotten.append(sha256_of(path))
        away = journal.aside(plan.number, len(plan.moves), path.name)
        plan.moves.append(FileMove(path.resolve(), away))

    def _galleries(self) -> list[Gallery]:
        """Those of every encoder."""
        return [read_gallery(path) for path in files_of(self.encodings)]

    def _counts(self) -> dict[str, int]:
        """Each person's encodings, of the encoder that has most of them."""
        most: dict[str, int] = {}
        for gallery in self._galleries():
            for name, count in gallery.counts.items():
                most[name] = max(count, most.get(name, 0))
        return most

    def _rows(
        self, name: str, after: str | None, hashes: Collection[str] | None = None
    ) -> list[Row]:
        rows = [rows_of(gallery, name, after, hashes) for gallery in self._galleries()]
        return [row for own in rows for row in own]

    def _folder(self, name: str) -> Path:
        return self.images.resolve() / name

    def _photos(self, name: str) -> list[Path]:
        return sorted(path for path in self._folder(name).rglob("*") if path.is_file())

    def _is(self, name: str) -> bool:
        return self._folder(name).is_dir() or name in self._counts()

    def _spelling_of(self, name: str) -> str | None:
        """The person of this name, as it is spelled here; None if there is nobody."""
        key = name_key(name)
        return next((other for other in self.counts() if name_key(other) == key), None)

    def _must_be(self, name: str) -> None:
        if not name or name.startswith(".") or "/" in name or not self._is(name):
            raise BadPeople(f"there is nobody called {name!r}; `list` shows everybody")

    def _chosen(self, name: str, photos: Sequence[str]) -> list[Path]:
        self._must_be(name)
        by_name = {path.name: path for path in self._photos(name)}
        missing = [photo for photo in photos if photo not in by_name]
        if missing:
            raise BadPeople(f"{name} has no photograph {missing[0]!r}; `list {name}` shows them")
        return [by_name[photo] for photo in dict.fromkeys(photos)]


@contextmanager
def _opened(images: Path, encodings: Path, now_s: float) -> Iterator[Journal]:
    """The undo log of a gallery, locked against other writers; what is too old is forgotten."""
    with only_writer(encodings):
        journal = Journal(images, encodings)
        journal.purge(now_s - KEEP_S)
        yield journal


def _valid(name: str) -> str:
    try:
        return clean_name(name)
    except BadName as error:
        raise BadPeople(f"“{shown(name)}” cannot be used: {error}") from error


def _free(name: str, taken: set[str]) -> str:
    """A file name that is not taken; it is added to `taken`."""
    stem, dot, suffix = name.rpartition(".")
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{stem}-{number}{dot}{suffix}" if dot else f"{name}-{number}"
    taken.add(free)
    return free


def _count(photos: Sequence[Path]) -> str:
    return "1 photograph" if len(photos) == 1 else f"{len(photos)} photographs"
