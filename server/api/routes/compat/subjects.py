"""People as compatible routes know them: by name alone, and only as long as they have faces."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from fastapi import Query

from lookout.faces.photo.examiner import ExaminedPhoto
from lookout.names import name_key
from lookout.server.api.dependencies import Dependencies
from lookout.server.api.errors.api_error import ApiError, BadRequest
from lookout.server.api.security.audit_trail import Trail
from lookout.server.api.services.enrolment import add_sample, refuse_spoof
from lookout.server.events.people import person_enrolled
from lookout.server.gallery.people_snapshot import disambiguated_name
from lookout.server.storage.errors import NotFound
from lookout.server.storage.records import FaceSample, Person, SightingFilter, new_id
from lookout.server.storage.store import MAX_PAGE

KeepAnyway = Annotated[
    bool, Query(description="learn from a face that looks like a picture of one, too")
]
"""What no client of the originals says: a script of the site's own, or a person with curl."""


class SubjectNotFound(ApiError):
    """There is no person of this name."""

    def __init__(self) -> None:
        super().__init__(404, "subject_not_found", "there is no subject of this name")


class FaceNotFound(ApiError):
    """There is no face sample with this id, or none that can be used."""

    def __init__(self, message: str) -> None:
        super().__init__(404, "face_not_found", message)


def everybody(parts: Dependencies) -> list[Person]:
    """Everybody who is known, with samples or without, oldest first."""
    found: list[Person] = []
    cursor: str | None = None
    while True:
        page = parts.store.people.page(MAX_PAGE, cursor)
        found += page.items
        cursor = page.cursor
        if cursor is None:
            return found


def labels_of(people: Sequence[Person]) -> dict[str, str]:
    """The label of each of all people, by id, where people have no ids: no two alike."""
    counts = Counter(name_key(person.name) for person in people)
    return {
        person.id: person.name if counts[name_key(person.name)] == 1 else disambiguated_name(person)
        for person in people
    }


def find_subject(parts: Dependencies, subject: str) -> Person | None:
    """The person of this name, or with this label of `labels_of`."""
    found = parts.store.people.find_by_name(subject)
    if len(found) == 1:
        return found[0]
    base = subject.rpartition(" (")[0] or subject
    for person in parts.store.people.find_by_name(base):
        if disambiguated_name(person) == subject:
            return person
    if found:
        raise BadRequest("ambiguous", "several people have this name: add `(identifier)`")
    return None


def subject_or_404(parts: Dependencies, subject: str) -> Person:
    """`find_subject`. Raises SubjectNotFound."""
    found = find_subject(parts, subject)
    if found is None:
        raise SubjectNotFound
    return found


def sample_or_404(parts: Dependencies, sample: str) -> FaceSample:
    """The face sample. Raises FaceNotFound."""
    try:
        return parts.store.samples.get(sample)
    except NotFound as error:
        raise FaceNotFound(str(error)) from error


def new_subject(name: str, parts: Dependencies, trail: Trail) -> Person:
    """A new person of this name."""
    person = Person(new_id(), name, time.time())
    with parts.store.transaction():
        parts.store.people.add(person)
        parts.store.events.add(person_enrolled(person.id, person.created_at))
        trail.note("person.add", person.id)
    return person


def learn_faces(
    name: str,
    photos: Sequence[ExaminedPhoto],
    parts: Dependencies,
    trail: Trail,
    *,
    keep_anyway: bool,
) -> tuple[Person, list[FaceSample]]:
    """Adds the faces to the person of this name, who is made where there is none: all or nothing.
    Raises as `add_sample` and, but for `keep_anyway`, as `refuse_spoof`."""
    for photo in () if keep_anyway else photos:
        refuse_spoof(photo, parts.analyzer, parts.recognition.proofs)
    encoder = parts.analyzer.encoder.name
    with parts.store.transaction():
        person = find_subject(parts, name) or new_subject(name, parts, trail)
        samples = [
            add_sample(parts.store, encoder, photo, person.id, use_poor=True) for photo in photos
        ]
        trail.note("samples.add", person.id, samples=[sample.id for sample in samples])
    parts.known.renew()
    return person, samples


def forget_if_bare(person: Person, parts: Dependencies, trail: Trail) -> None:
    """Forgets a person of whom nothing but the name is left, as the originals do with the last
    face. Whoever has sightings, other samples, an identifier or further information stays: the
    originals keep none of these, so their clients cannot mean them."""
    if person.identifier or person.info or parts.store.samples.of(person.id):
        return
    if parts.store.sightings.count(SightingFilter(person=person.id)):
        return
    parts.known.forget_person(person.id)
    trail.note("person.delete", person.id)
