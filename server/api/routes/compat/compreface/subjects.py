"""Subjects: the people, by name."""

from __future__ import annotations

import time

from pydantic import BaseModel

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Deps
from lookout.server.api.errors.api_error import BadRequest
from lookout.server.api.routes.compat.compreface.options import new_router
from lookout.server.api.routes.compat.subjects import (
    everybody,
    find_subject,
    labels_of,
    new_subject,
    subject_or_404,
)
from lookout.server.api.routes.people import Name
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import allow
from lookout.server.events.people import person_renamed
from lookout.server.storage.records import Person

router = new_router()


class SubjectBody(BaseModel):
    subject: Name


@router.get("/recognition/subjects")
@allow(Scope.PEOPLE_READ)
def subjects(parts: Deps, trail: Trailing) -> dict[str, list[str]]:
    """Everybody who is known."""
    trail.note("people.read")
    return {"subjects": sorted(labels_of(everybody(parts)).values())}


@router.post("/recognition/subjects", status_code=201)
@allow(Scope.PEOPLE_WRITE)
def add_subject(given: SubjectBody, parts: Deps, trail: Trailing) -> dict[str, str]:
    """Makes a subject; one that is there already is an error."""
    if find_subject(parts, given.subject) is not None:
        raise BadRequest("conflict", "a subject with this name already exists")
    new_subject(given.subject, parts, trail)
    return {"subject": given.subject}


@router.put("/recognition/subjects/{subject}")
@allow(Scope.PEOPLE_WRITE)
def rename_subject(
    subject: str, given: SubjectBody, parts: Deps, trail: Trailing
) -> dict[str, bool]:
    """Renames a subject; onto one that is there already, the two are merged."""
    person, other = subject_or_404(parts, subject), find_subject(parts, given.subject)
    if other is not None and other.id != person.id:
        parts.known.merge(person.id, other.id)
        trail.note("person.merge", other.id, merged=person.id)
    else:
        renamed = Person(
            person.id, given.subject, person.created_at, person.identifier, person.info
        )
        with parts.store.transaction():
            parts.store.people.update(renamed)
            if renamed.name != person.name:
                parts.store.events.add(person_renamed(person.id, time.time()))
            trail.note("person.change", person.id, fields=["name"])
    parts.known.renew()
    return {"updated": True}


@router.delete("/recognition/subjects/{subject}")
@allow(Scope.PEOPLE_WRITE)
def delete_subject(subject: str, parts: Deps, trail: Trailing) -> dict[str, str]:
    """Forgets one subject and all its faces."""
    person = subject_or_404(parts, subject)
    parts.known.forget_person(person.id)
    trail.note("person.delete", person.id)
    return {"subject": subject}


@router.delete("/recognition/subjects")
@allow(Scope.ADMIN)
def delete_subjects(parts: Deps, trail: Trailing) -> dict[str, int]:
    """Forgets everybody: for administrators."""
    people = everybody(parts)
    for person in people:
        parts.known.forget_person(person.id)
        trail.note("person.delete", person.id)
    return {"deleted": len(people)}
