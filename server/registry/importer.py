"""The import itself: what each row means for the store, row by row, each in one transaction.

A row and its verdict are written together. So an import that was killed goes on behind the last
row that was written, and the report of both halves is the report of a whole one. An import that
is repeated finds everybody by their identifier and changes nothing that is the same.
"""

from __future__ import annotations

import dataclasses
import hashlib
import threading
from collections.abc import Callable, Sequence

import numpy as np

from lookout.faces.detections import Floats
from lookout.faces.errors import BadImage
from lookout.faces.gallery.gallery import MAX_NAME_LENGTH
from lookout.faces.photo.judgement import Reason
from lookout.server.registry.face_reader import FaceReader, Reading
from lookout.server.registry.fetch import FetchFailed
from lookout.server.registry.pictures import ImageMissing, Pictures
from lookout.server.registry.row_report import RowReport, RowVerdict, report_as_kept, report_on
from lookout.server.registry.rows import RegistryRow
from lookout.server.storage.records import FaceSample, Person, new_id
from lookout.server.storage.store import Store

ORIGIN = "registry"
MAX_IDENTIFIER_CHARACTERS = 200
LOOKS_LIKE = 0.75
"""Of the encoder's tolerance: 0.45 with dlib-128, where the default rule gives a name."""

Progress = Callable[[int, int, RowReport], object]
"""Called after each row with how many are done, how many there are, and the row's report."""


class RegistryImport:
    """Brings rows into a store. For one thread."""

    def __init__(
        self, store: Store, reader: FaceReader, pictures: Pictures, dry_run: bool = False
    ) -> None:
        self._store = store
        self._reader = reader
        self._pictures = pictures
        self._dry_run = dry_run
        self._neighbours = _Neighbours(store, reader)

    def run(
        self,
        rows: Sequence[RegistryRow],
        run: str,
        clock: Callable[[], float],
        progress: Progress | None = None,
        stop: threading.Event | None = None,
    ) -> tuple[RowReport, ...]:
        """A report for each row that was dealt with: all of them, unless `stop` was set.

        `run` names this import (`run_id`): rows that an earlier, unfinished run of the same name
        has dealt with are not dealt with again. Call `finish` when the report is safe.
        Raises StorageError.
        """
        kept = {} if self._dry_run else self._store.imports.verdicts(run)
        repeated = _repeated(rows)
        reports = []
        for row in rows:
            if stop is not None and stop.is_set():
                break
            if row.number in kept:
                report = report_as_kept(row, kept[row.number])
            else:
                report = self._deal_with(row, repeated.get(row.number), run, clock())
            reports.append(report)
            if progress is not None:
                progress(len(reports), len(rows), report)
        return tuple(reports)

    def finish(self, run: str) -> None:
        """Forget the rows of a finished run: the same file deals with every row again then."""
        if not self._dry_run:
            self._store.imports.forget(run)

    def _deal_with(self, row: RegistryRow, first: int | None, run: str, now_s: float) -> RowReport:
        words = _fault(row, first)
        if words is not None:
            verdict = RowVerdict.BAD_ROW if first is None else RowVerdict.DUPLICATE_IDENTIFIER
            return self._written(run, report_on(row, verdict, words))
        found = self._find(row)
        if len(found) > 1:
            words = f"{len(found)} people are called so: give the row an identifier"
            return self._written(run, report_on(row, RowVerdict.AMBIGUOUS_NAME, words))
        person = found[0] if found else None
        try:
            content = self._pictures.get(row.image)
            photo = self._photo(row, person, content)
        except ImageMissing as error:
            return self._written(run, report_on(row, RowVerdict.IMAGE_MISSING, str(error)))
        except FetchFailed as error:
            # not written: the next run of the same file tries again
            return report_on(row, RowVerdict.FETCH_FAILED, str(error))
        except BadImage as error:
            return self._written(run, report_on(row, RowVerdict.UNREADABLE, str(error)))
        if isinstance(photo, RowReport):
            return self._written(run, photo)
        return self._keep(row, person, photo, hashlib.sha256(content).digest(), run, now_s)

    def _find(self, row: RegistryRow) -> tuple[Person, ...]:
        if row.identifier:
            found = self._store.people.find_by_identifier(row.identifier)
            return () if found is None else (found,)
        return tuple(
            person for person in self._store.people.find_by_name(row.name) if not person.identifier
        )

    def _photo(
        self, row: RegistryRow, person: Person | None, content: bytes
    ) -> Reading | RowReport | None:
        """What is read from the photograph, why not, or None where it is in use already."""
        for sample in self._store.samples.find_by_content(hashlib.sha256(content).digest()):
            if sample.encoder != self._reader.encoder or sample.negative:
                continue
            if person is not None and sample.person == person.id:
                return None
            other = self._store.people.get(sample.person).name
            words = f"{other!r} has been enrolled with the same photograph"
            return report_on(row, RowVerdict.DUPLICATE_PHOTO, words)
        reading = self._reader.read(content)
        if isinstance(reading, Reason):
            return report_on(row, RowVerdict.of_reason(reading.code), reading.words)
        return reading

    def _keep(
        self,
        row: RegistryRow,
        old: Person | None,
        photo: Reading | None,
        content_hash: bytes,
        run: str,
        now_s: float,
    ) -> RowReport:
        new = Person(
            id=new_id() if old is None else old.id,
            name=row.name,
            created_at=now_s if old is None else old.created_at,
            identifier=row.identifier,
            info=row.info,
        )
        if old is None:
            verdict = RowVerdict.ADDED
        elif photo is None and new == old:
            verdict = RowVerdict.UNCHANGED
        else:
            verdict = RowVerdict.UPDATED
        words = "" if photo is None else self._doubts(new, photo)
        report = report_on(row, verdict, words, new.id)
        if self._dry_run:
            self._neighbours.add(new, photo)
            return dataclasses.replace(report, person="" if old is None else old.id)
        with self._store.transaction():
            if old is None:
                self._store.people.add(new)
            elif new != old:
                self._store.people.update(new)
            if photo is not None:
                self._replace_sample(new, row.image, photo, content_hash, now_s)
            self._store.imports.record(run, row.number, report.as_kept())
        self._neighbours.add(new, photo)
        return report

    def _replace_sample(
        self, person: Person, source: str, photo: Reading, content_hash: bytes, now_s: float
    ) -> None:
        encoder = self._reader.encoder
        earlier = [
            sample.id
            for sample in self._store.samples.of(person.id)
            if sample.origin == ORIGIN and sample.encoder == encoder and not sample.negative
        ]
        if earlier:
            self._store.samples.delete(earlier)
        self._store.samples.add(
            FaceSample(
                id=new_id(),
                person=person.id,
                encoding=photo.encoding,
                encoder=encoder,
                origin=ORIGIN,
                created_at=now_s,
                quality=photo.quality,
                source=source,
                content_hash=content_hash,
            ),
            photo.crop_jpeg,
        )

    def _doubts(self, person: Person, photo: Reading) -> str:
        words = [reason.words for reason in photo.doubts]
        nearest = self._neighbours.nearest_other(person, photo.encoding)
        if nearest is not None:
            words.append(f"Looks like {nearest[0]!r}: {nearest[1]:.2f}.")
        return " ".join(words)

    def _written(self, run: str, report: RowReport) -> RowReport:
        if not self._dry_run:
            self._store.imports.record(run, report.row, report.as_kept())
        return report


class _Neighbours:
    """Who looks like whom among everybody that is enrolled, and those of this run."""

    def __init__(self, store: Store, reader: FaceReader) -> None:
        self._store = store
        self._sure = LOOKS_LIKE * reader.tolerance
        _, people, encodings = store.samples.encodings(reader.encoder)
        self._people = list(people)
        self._encodings = encodings
        self._used = len(people)
        self._names: dict[str, str] = {}

    def add(self, person: Person, photo: Reading | None) -> None:
        if photo is None:
            return
        if self._used == len(self._encodings):  # grow by doubling, so that a row costs little
            grown = np.zeros((max(64, 2 * self._used), len(photo.encoding)), np.float32)
            grown[: self._used] = self._encodings[: self._used] if self._used else grown[:0]
            self._encodings = grown
        self._encodings[self._used] = photo.encoding
        self._used += 1
        self._people.append(person.id)
        self._names[person.id] = person.name

    def nearest_other(self, person: Person, encoding: Floats) -> tuple[str, float] | None:
        """Somebody else's name and distance, if near enough that they would be named so."""
        others = [i for i in range(self._used) if self._people[i] != person.id]
        if not others:
            return None
        distances = np.linalg.norm(self._encodings[others] - encoding, axis=1)
        nearest = int(np.argmin(distances))
        if distances[nearest] > self._sure:
            return None
        owner = self._people[others[nearest]]
        name = self._names.get(owner) or self._store.people.get(owner).name
        return name, float(distances[nearest])


def run_id(content: bytes, reader: FaceReader) -> str:
    """What names an import: the file and how it is read. The same file resumes the same import."""
    return hashlib.sha256(content + reader.settings.encode()).hexdigest()


def _fault(row: RegistryRow, first: int | None) -> str | None:
    if not row.name:
        return "the row has no name"
    if len(row.name) > MAX_NAME_LENGTH:
        return f"the name has {len(row.name)} characters, at most {MAX_NAME_LENGTH} are kept"
    if len(row.identifier) > MAX_IDENTIFIER_CHARACTERS:
        return f"the identifier has over {MAX_IDENTIFIER_CHARACTERS} characters"
    if first is not None:
        return f"row {first} has the same identifier, or the same name and no identifier"
    return None


def _repeated(rows: Sequence[RegistryRow]) -> dict[int, int]:
    """For each row that would change the person of an earlier one, the number of that one."""
    first: dict[tuple[str, str], int] = {}
    repeated = {}
    for row in rows:
        key = (row.identifier.casefold(), "" if row.identifier else row.name.casefold())
        if key in first:
            repeated[row.number] = first[key]
        else:
            first[key] = row.number
    return repeated
