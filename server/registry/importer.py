"""The import itself, row by row, each in one transaction.

A row and its verdict are written together. So an import that was killed continues after the last
row that was written, and the reports of both halves add up to the report of a whole one. An import
that is repeated finds everybody by their identifier and changes nothing that is the same.
"""

from __future__ import annotations

import dataclasses
import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lookout.faces.errors import BadImage, PicturesBusy
from lookout.faces.photo.examiner import ExaminedPhoto, PhotoExaminer
from lookout.faces.photo.judgement import ONLY_ONE, Quality
from lookout.names import BadName, clean_name, name_key
from lookout.server.enrolment.samples import has_photograph, sample_of
from lookout.server.events.people import person_enrolled, person_renamed
from lookout.server.registry.ahead import Ahead, RowPhoto
from lookout.server.registry.fetch import FetchFailed
from lookout.server.registry.neighbours import Neighbours
from lookout.server.registry.pictures import ImageMissing, Pictures
from lookout.server.registry.row_report import RowReport, RowVerdict, report_as_kept, report_on
from lookout.server.registry.rows import RegistryRow
from lookout.server.storage.records import FaceSample, Person, new_id
from lookout.server.storage.store import Store

ORIGIN = "registry"
MAX_IDENTIFIER_CHARACTERS = 200

Progress = Callable[[int, int, RowReport], object]
"""Called after each row with how many are done, how many there are, and the row's report."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The options of an import.

    quality:  how good a photograph must be; a person's only one may be poor (`serves_alone`).
    use_poor: enrol from a dark or blurred photograph too, as long as it is clear whose face is
              meant: an old registry has no other one. The report still says what is poor.
    dry_run:  report what would be done, and do nothing.
    """

    quality: Quality = Quality.STANDARD
    use_poor: bool = False
    dry_run: bool = False


class RegistryImport:
    """Brings rows into a store. For one thread."""

    def __init__(
        self,
        store: Store,
        examiner: PhotoExaminer,
        pictures: Pictures,
        options: ImportOptions = ImportOptions(),
        helpers: Sequence[PhotoExaminer] = (),
    ) -> None:
        """helpers: further examiners with the same engines, one for each further core."""
        self._store = store
        self._examiner = examiner
        self._pictures = pictures
        self._examiners = (examiner, *helpers)
        self._options = options
        self._encoder = examiner.encoder.name
        self._neighbours = Neighbours(store, examiner.encoder)

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
        has dealt with are skipped. Call `finish` when the report is safe.
        Raises StorageError.
        """
        kept = {} if self._options.dry_run else self._store.imports.verdicts(run)
        repeated = _repeated(rows)
        done = {*kept, *repeated}
        coming = [row for row in rows if row.number not in done and _fault(row, None) is None]
        reports = []
        with Ahead(coming, self._pictures, self._examiners, self._is_in_use) as ahead:
            for row in rows:
                if stop is not None and stop.is_set():
                    break
                if row.number in kept:
                    report = report_as_kept(row, kept[row.number])
                else:
                    first = repeated.get(row.number)
                    report = self._deal_with(row, first, run, clock(), ahead)
                    ahead.leave(row)
                reports.append(report)
                if progress is not None:
                    progress(len(reports), len(rows), report)
        return tuple(reports)

    def finish(self, run: str) -> None:
        """Forget the rows of a finished run: the same file deals with every row again then."""
        if not self._options.dry_run:
            self._store.imports.forget(run)

    def _deal_with(
        self, row: RegistryRow, first: int | None, run: str, now_s: float, ahead: Ahead
    ) -> RowReport:
        fault = _fault(row, first)
        if fault is not None:
            verdict = RowVerdict.BAD_ROW if first is None else RowVerdict.DUPLICATE_IDENTIFIER
            return self._written(run, report_on(row, verdict, fault))
        row = dataclasses.replace(row, name=clean_name(row.name))
        found = self._find(row)
        if len(found) > 1:
            message = f"{len(found)} people have this name: give the row an identifier"
            return self._written(run, report_on(row, RowVerdict.AMBIGUOUS_NAME, message))
        person = found[0] if found else None
        try:
            photo = self._photo(row, person, ahead.take(row))
        except ImageMissing as error:
            return self._written(run, report_on(row, RowVerdict.IMAGE_MISSING, str(error)))
        except (FetchFailed, PicturesBusy) as error:
            # not written: the next run of the same file tries again
            return report_on(row, RowVerdict.FETCH_FAILED, str(error))
        except BadImage as error:
            return self._written(run, report_on(row, RowVerdict.UNREADABLE, str(error)))
        if isinstance(photo, RowReport):
            return self._written(run, photo)
        return self._keep(row, person, photo, run, now_s)

    def _find(self, row: RegistryRow) -> tuple[Person, ...]:
        if row.identifier:
            found = self._store.people.find_by_identifier(row.identifier)
            return () if found is None else (found,)
        return tuple(
            person for person in self._store.people.find_by_name(row.name) if not person.identifier
        )

    def _photo(
        self, row: RegistryRow, person: Person | None, found: RowPhoto
    ) -> ExaminedPhoto | RowReport | None:
        """The photograph to enrol, the report why not, or None where it is in use already."""
        for sample in self._samples_of(hashlib.sha256(found.content).digest()):
            if person is not None and sample.person == person.id:
                return None
            other = self._store.people.get(sample.person).name
            message = f"{other!r} has been enrolled with the same photograph"
            return report_on(row, RowVerdict.DUPLICATE_PHOTO, message)
        photo, options = found.examined or self._examiner.examine(found.content), self._options
        only = self._has_none(person)
        if photo.usable(options.quality, use_poor=options.use_poor, only=only):
            return photo
        reason = photo.reasons(options.quality)[0]
        return report_on(row, RowVerdict.of_reason(reason.code), reason.message)

    def _samples_of(self, digest: bytes) -> list[FaceSample]:
        """The samples of this photograph by the encoder in use."""
        return [
            sample
            for sample in self._store.samples.find_by_content(digest)
            if sample.encoder == self._encoder and not sample.negative
        ]

    def _is_in_use(self, digest: bytes) -> bool:
        return bool(self._samples_of(digest))

    def _keep(
        self,
        row: RegistryRow,
        old: Person | None,
        photo: ExaminedPhoto | None,
        run: str,
        now_s: float,
    ) -> RowReport:
        new = Person(
            id=new_id() if old is None else old.id,
            # found by the name, which the row may spell with other capitals
            name=row.name if old is None or row.identifier else old.name,
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
        report = report_on(row, verdict, self._doubts(new, photo), new.id)
        if self._options.dry_run:
            report = dataclasses.replace(report, person="" if old is None else old.id)
        else:
            with self._store.transaction():
                if old is None:
                    self._store.people.add(new)
                    self._store.events.add(person_enrolled(new.id, now_s))
                elif new != old:
                    self._store.people.update(new)
                    if new.name != old.name:
                        self._store.events.add(person_renamed(new.id, now_s))
                if photo is not None:
                    self._replace_sample(new, row.image, photo, now_s)
                self._store.imports.record(run, row.number, report.as_kept())
        if photo is not None:
            self._neighbours.add(new, photo.require_face().encoding)
        return report

    def _replace_sample(
        self, person: Person, source: str, photo: ExaminedPhoto, now_s: float
    ) -> None:
        earlier = [
            sample.id
            for sample in self._store.samples.of(person.id)
            if sample.origin == ORIGIN and sample.encoder == self._encoder and not sample.negative
        ]
        if earlier:
            self._store.samples.delete(earlier)
        sample, crop = sample_of(photo, person.id, self._encoder, ORIGIN, source, now_s)
        self._store.samples.add(sample, crop)

    def _has_none(self, person: Person | None) -> bool:
        return person is None or not has_photograph(self._store, person.id)

    def _doubts(self, person: Person, photo: ExaminedPhoto | None) -> str:
        if photo is None:
            return ""
        reasons = photo.reasons(self._options.quality)
        messages = [reason.message for reason in reasons]
        if reasons and not self._options.use_poor:
            messages.append(ONLY_ONE.message)
        nearest = self._neighbours.nearest_other(person, photo.require_face().encoding)
        if nearest is not None:
            messages.append(f"Looks like {nearest[0]!r}: {nearest[1]:.2f}.")
        return " ".join(messages)

    def _written(self, run: str, report: RowReport) -> RowReport:
        if not self._options.dry_run:
            self._store.imports.record(run, report.row, report.as_kept())
        return report


def run_id(content: bytes, examiner: PhotoExaminer, options: ImportOptions) -> str:
    """The name of an import: the same file, read in the same way, resumes the same import."""
    poor = "poor" if options.use_poor else "good"
    settings = f"{examiner.settings} {options.quality} {poor}"
    return hashlib.sha256(content + settings.encode()).hexdigest()


def _fault(row: RegistryRow, first: int | None) -> str | None:
    if not row.name:
        return "the row has no name"
    try:
        clean_name(row.name)
    except BadName as error:
        return str(error)
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
        key = (row.identifier.casefold(), "" if row.identifier else name_key(row.name))
        if key in first:
            repeated[row.number] = first[key]
        else:
            first[key] = row.number
    return repeated
