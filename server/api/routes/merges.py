"""Two entries that are one person, and the way back for a week."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import BadRequest
from lookout.server.api.schemas.common import Id, IdText, PageOf
from lookout.server.api.schemas.faces import PersonOut
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.storage.errors import NotFound
from lookout.server.storage.merge_records import Merge

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["people"])


class MergeBody(BaseModel):
    """`into`: the id of the person who stays."""

    into: IdText


class MergedOut(PersonOut):
    """The person who stays; `merge`: by which it is taken back."""

    merge: str


class MergeOut(BaseModel):
    """A merge that can be taken back. person, name: of whoever is no more. at: Unix seconds."""

    id: str
    person: str
    name: str
    at: float

    @classmethod
    def of(cls, merge: Merge) -> MergeOut:
        return cls(id=merge.id, person=merge.gone.id, name=merge.gone.name, at=merge.at_s)


@router.post("/people/{person}/merge")
@allow(Scope.PEOPLE_WRITE)
def merge_person(person: Id, given: MergeBody, parts: Deps, trail: Trailing) -> MergedOut:
    """Two entries are one person: `person` goes, all that is theirs belongs to `into`, also the
    faces that were rejected as theirs. For a week it can be taken back."""
    if person == given.into:
        raise BadRequest("same_person", "a person cannot be merged into themselves")
    made = parts.known.merge(person, given.into)
    trail.note("person.merge", given.into, merged=person)
    return MergedOut(**_told(given.into, parts).model_dump(), merge=made.id)


@router.get("/people/{person}/merges")
@allow(Scope.PEOPLE_READ)
def list_merges(person: Id, parts: Deps, trail: Trailing) -> PageOf[MergeOut]:
    """Who was found to be the same as this person, latest first, as far as it can be taken back."""
    parts.store.people.get(person)
    trail.note("person.read", person)
    return PageOf(items=[MergeOut.of(one) for one in parts.store.merges.of(person)])


@router.delete("/people/{person}/merges/{merge}")
@allow(Scope.PEOPLE_WRITE)
def take_back_merge(person: Id, merge: Id, parts: Deps, trail: Trailing) -> PersonOut:
    """They are two people after all: whoever went is there again, with all that was theirs and
    still is this person's. What was learned and seen since stays with this person. 409 where
    somebody else has the identifier now, and where another merge of this person is later."""
    if all(one.id != merge for one in parts.store.merges.of(person)):
        raise NotFound(f"there is no merge {merge!r:.60} that could be taken back")
    found = parts.known.take_back_merge(merge)
    trail.note("person.take_back_merge", found.gone.id, of=person)
    return _told(found.gone.id, parts)


def _told(person: str, parts: Dependencies) -> PersonOut:
    return PersonOut.of(parts.store.people.get(person), parts.store.samples.count(person))
