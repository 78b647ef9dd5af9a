"""People who are looked for: on a watchlist by one photograph, without being enrolled before."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from lookout.faces.photo.examiner import ExaminedPhoto
from lookout.names import BadName, clean_name
from lookout.server.accounts.scopes import Scope
from lookout.server.alerts import desk
from lookout.server.alerts.definitions_io import WATCHLIST
from lookout.server.alerts.documents.watchlist import Watchlist, WatchlistBody
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import BadRequest
from lookout.server.api.schemas.common import Id
from lookout.server.api.security.audit_trail import Trail, Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.api.security.visible_cameras import whole_site
from lookout.server.api.services.enrolment import add_sample
from lookout.server.api.services.multipart import ONE_PICTURE_BODY, PictureFile, bytes_of
from lookout.server.events.people import person_enrolled
from lookout.server.storage.records import Person, new_id

router = APIRouter(
    prefix="/api/v1", route_class=Guarded, tags=["alerts"], dependencies=[Depends(whole_site)]
)

WANTED = "wanted"
"""In the information on a person: the watchlist for which they were made known."""


class WantedOut(BaseModel):
    """Somebody who is looked for. reasons: what speaks against the photograph, which is used all
    the same, for there is no better one."""

    watchlist: str
    person: str
    name: str
    reasons: list[str]


@router.post("/watchlists/{watchlist}/photographs", status_code=201, max_body_size=ONE_PICTURE_BODY)
@allow(Scope.PEOPLE_WRITE)
async def add_wanted(
    watchlist: Id,
    file: PictureFile,
    name: Annotated[str, Query(min_length=1, max_length=200, description="what they are called")],
    parts: Deps,
    trail: Trailing,
) -> WantedOut:
    """Put somebody on a list by one photograph: a missing person, somebody who is banned. They are
    made known under this name, and are forgotten as everybody else is."""
    try:
        called = clean_name(name)
    except BadName as error:
        raise BadRequest("bad_name", str(error)) from error
    photo = await parts.analyzer.examine(await bytes_of(file))
    return await run_in_threadpool(_added, watchlist, called, photo, parts, trail)


def _added(
    watchlist: str, name: str, photo: ExaminedPhoto, parts: Dependencies, trail: Trail
) -> WantedOut:
    store, now_s = parts.store, time.time()
    person = Person(new_id(), name, now_s, info={WANTED: watchlist})
    with store.transaction():
        found: Watchlist = desk.kept(store, WATCHLIST, watchlist)
        store.people.add(person)
        add_sample(store, parts.analyzer.encoder.name, photo, person.id, use_poor=True)
        store.events.add(person_enrolled(person.id, now_s))
        fields = {key: getattr(found, key) for key in WatchlistBody.model_fields}
        listed = WatchlistBody.model_construct(**fields | {"people": (*found.people, person.id)})
        desk.replace_kept(store, WATCHLIST, watchlist, listed)
        trail.note("watchlist.photograph", person.id)
    parts.known.renew()
    reasons = [reason.message for reason in photo.reasons()]
    return WantedOut(watchlist=watchlist, person=person.id, name=name, reasons=reasons)
