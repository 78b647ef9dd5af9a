"""The people who are known."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from lookout.names import LONGEST_NAME, BadName, clean_name
from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import ApiError
from lookout.server.api.errors.envelope import BAD_NAME
from lookout.server.api.schemas.common import DEFAULT_LIMIT, Cursor, Id, Limit, PageOf
from lookout.server.api.schemas.faces import PersonOut
from lookout.server.api.security.audit_trail import Trail, Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.api.security.visible_cameras import Seeing, VisibleCameras
from lookout.server.events.people import person_enrolled, person_renamed
from lookout.server.storage.records import Person, new_id

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["people"])

MAX_INFO = 64


def printable(text: str) -> str:
    """Refuse what cannot be shown or stored: control characters and halves of characters."""
    if any(
        ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or 0xD800 <= ord(char) < 0xE000 for char in text
    ):
        raise ValueError("it has control characters, or is no valid text")
    return text


def usable_name(given: object) -> str:
    """The name by the one rule for names; its error has the code `bad_name`."""
    try:
        return clean_name(given)
    except BadName as error:
        details = {"words": str(error), "fault": error.code.value}
        raise PydanticCustomError(BAD_NAME, "{words}", details) from error


Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_NAME),
    BeforeValidator(usable_name),
]
Identifier = Annotated[
    str, StringConstraints(max_length=200, strip_whitespace=True), AfterValidator(printable)
]
Info = Annotated[
    dict[
        Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(printable)],
        Annotated[str, StringConstraints(max_length=2000)],
    ],
    Field(max_length=MAX_INFO),
]


class NewPerson(BaseModel):
    """`identifier`: a registry's own number, unique; `info`: told with every match."""

    name: Name
    identifier: Identifier = ""
    info: Info = {}


class PersonChange(BaseModel):
    """What is left out stays as it is; `info` is replaced as a whole."""

    name: Name | None = None
    identifier: Identifier | None = None
    info: Info | None = None


@router.get("/people")
@allow(Scope.PEOPLE_READ)
def people(
    parts: Deps,
    trail: Trailing,
    visible: Seeing,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    text: Annotated[str, Query(max_length=200, description="only whose data contains it")] = "",
) -> PageOf[PersonOut]:
    """Everybody who is known, oldest first."""
    page = parts.store.people.page(limit, cursor, text)
    trail.note("people.read", searched=bool(text))
    return PageOf(items=_told(page.items, parts, trail, visible), cursor=page.cursor)


@router.post("/people", status_code=201)
@allow(Scope.PEOPLE_WRITE)
def add_person(given: NewPerson, parts: Deps, trail: Trailing) -> PersonOut:
    """Make somebody known; photographs come with POST /people/{person}/samples.

    409 `name_taken` where somebody has this name, however it is spelled, and no identifier is given
    that tells the two apart.
    """
    person = Person(new_id(), given.name, time.time(), given.identifier, given.info)
    with parts.store.transaction():
        _require_free_name(person, parts)
        parts.store.people.add(person)
        parts.store.events.add(person_enrolled(person.id, person.created_at))
        trail.note("person.add", person.id)
    return PersonOut.of(person, 0)


@router.get("/people/{person}")
@allow(Scope.PEOPLE_READ)
def person(person: Id, parts: Deps, trail: Trailing, visible: Seeing) -> PersonOut:
    """One person."""
    found = parts.store.people.get(person)
    trail.note("person.read", person)
    return _told([found], parts, trail, visible)[0]


@router.patch("/people/{person}")
@allow(Scope.PEOPLE_WRITE)
def change_person(person: Id, given: PersonChange, parts: Deps, trail: Trailing) -> PersonOut:
    """Change name, identifier or information."""
    changes = given.model_dump(exclude_none=True)
    with parts.store.transaction():
        before = parts.store.people.get(person)
        changed = dataclasses.replace(before, **changes)
        if "name" in changes:
            _require_free_name(changed, parts)
        parts.store.people.update(changed)
        if changed.name != before.name:
            parts.store.events.add(person_renamed(person, time.time()))
        trail.note("person.change", person, fields=sorted(changes))
    parts.known.renew()
    return PersonOut.of(changed, parts.store.samples.count(person))


@router.delete("/people/{person}", status_code=204)
@allow(Scope.PEOPLE_WRITE)
def delete_person(person: Id, parts: Deps, trail: Trailing) -> None:
    """Forget a person: samples, sightings and events, and the key that they are sealed with.

    Also what encodings.pkl says of them; photographs in utils/images stay where they are.
    """
    parts.known.forget_person(person)
    trail.note("person.delete", person)


def _told(
    people: Sequence[Person], parts: Dependencies, trail: Trail, visible: VisibleCameras
) -> list[PersonOut]:
    """People with their best pictures and when they were seen last, as far as one may know it."""
    store, ids = parts.store, [one.id for one in people]
    counts = store.samples.counts()
    images = {
        key: f"/api/v1/samples/{of}/image" for key, of in store.samples.portraits(ids).items()
    }
    last: Mapping[str, float] = {}
    if trail.actor.may(Scope.SIGHTINGS_READ):
        last = store.sightings.last_of(ids, visible.names)
        without = [key for key in ids if key not in images]
        seen = store.sightings.portraits(without, visible.names)
        images |= {key: f"/api/v1/sightings/{shot}/image" for key, shot in seen.items()}
    return [
        PersonOut.of(one, counts.get(one.id, 0)).model_copy(
            update={"image": images.get(one.id), "last_seen": last.get(one.id)}
        )
        for one in people
    ]


def _require_free_name(person: Person, parts: Dependencies) -> None:
    """Raises ApiError if somebody else has the name and `person` no identifier."""
    others = [one for one in parts.store.people.find_by_name(person.name) if one.id != person.id]
    if others and not person.identifier:
        message = (
            f"{others[0].name} is known already: add photographs to them, or give the new entry an "
            "identifier that tells the two apart"
        )
        raise ApiError(409, "name_taken", message, {"person": others[0].id})
