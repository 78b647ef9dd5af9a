"""The federation: who is in it, its rounds, what this site has taken over."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import BadRequest
from lookout.server.api.schemas.common import Id, PageOf
from lookout.server.api.schemas.federated import (
    AdoptedOut,
    CoordinatorOut,
    FederatedOut,
    InvitationIn,
    LogOut,
    MemberOut,
    RoundOut,
    SiteOut,
)
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.federated.adopted import load_adopted, take_back
from lookout.server.federated.counted import load_counted
from lookout.server.federated.errors import BadInvitation, NotJoined
from lookout.server.federated.histogram import GENUINE, STRANGER, people_in
from lookout.server.federated.history import History
from lookout.server.federated.joining import load_site
from lookout.server.federated.journal import RoundJournal
from lookout.server.federated.members import Members
from lookout.server.federated.signing import from_base64
from lookout.server.storage.errors import NotFound

router = APIRouter(prefix="/api/v1/federated", route_class=Guarded, tags=["federated"])


@router.get("")
@allow(Scope.ADMIN)
def federation(parts: Deps) -> FederatedOut:
    """What this machine is in a federation, and the last round that it knows."""
    members = Members(parts.federated_folder / "coordinator", time.time)
    coordinator = None
    if members.exists:
        coordinator = CoordinatorOut(
            address=members.address,
            serving=(members.folder / "serving.json").exists(),
            members=[MemberOut.of(one) for one in members.all()],
            rounds=len(members.history.versions()),
        )
    history = _history(parts)
    last = None if history is None else history.last()
    return FederatedOut(
        coordinator=coordinator,
        site=_site(parts.federated_folder / "site"),
        last_round=None if last is None else RoundOut.of(last),
    )


@router.get("/rounds")
@allow(Scope.ADMIN)
def rounds(parts: Deps) -> PageOf[RoundOut]:
    """All rounds, the newest first."""
    history = _history(parts)
    versions = [] if history is None else reversed(history.versions())
    return PageOf(items=[RoundOut.of(history.get(v)) for v in versions if history is not None])


@router.get("/log")
@allow(Scope.ADMIN)
def journal(
    parts: Deps, limit: Annotated[int, Query(ge=1, le=500, description="how many at most")] = 100
) -> PageOf[LogOut]:
    """What happened, at the coordinator and at the site of this machine; the newest first."""
    found = [
        entry
        for role in ("coordinator", "site")
        for entry in RoundJournal(parts.federated_folder / role, time.time).latest(limit)
    ]
    found.sort(key=lambda entry: float(entry.get("at", 0)), reverse=True)
    return PageOf(items=[LogOut.of(line) for line in found[:limit]])


@router.post("/invitations", status_code=201)
@allow(Scope.ADMIN)
def invite(given: InvitationIn, parts: Deps, trail: Trailing) -> dict[str, Any]:
    """An invitation for one site, for a week and for one use: save it as a file for `lookout
    federated join`. It is shown once."""
    try:
        document = _members(parts).invite(given.name)
    except BadInvitation as error:
        raise BadRequest("bad_invitation", str(error)) from error
    trail.note("federation.invite", given.name)
    return dict(json.loads(document))


@router.delete("/members/{site}", status_code=204)
@allow(Scope.ADMIN)
def remove_member(site: Id, parts: Deps, trail: Trailing) -> None:
    """Lets a site go: from the next round on it has no part."""
    try:
        _members(parts).leave(site)
    except NotJoined as error:
        raise NotFound(str(error)) from error
    trail.note("federation.remove", site)


@router.post("/back")
@allow(Scope.ADMIN)
def back(parts: Deps, trail: Trailing) -> AdoptedOut:
    """Goes back to what was allowed before this site took over a round. The server uses it from its
    next start on, and only where `lookout federated take-part` runs to write it."""
    try:
        undone = take_back(parts.federated_folder / "site", time.time())
    except NotJoined as error:
        raise NotFound(str(error)) from error
    trail.note("federation.back")
    return AdoptedOut.of(undone)


def _members(parts: Dependencies) -> Members:
    members = Members(parts.federated_folder / "coordinator", time.time)
    if not members.exists:
        raise NotFound("this machine coordinates nothing: lookout federated found HOST:PORT")
    return members


def _history(parts: Dependencies) -> History | None:
    """The coordinator's rounds, else those that this site has got."""
    members = Members(parts.federated_folder / "coordinator", time.time)
    if members.exists:
        return members.history
    folder = parts.federated_folder / "site"
    try:
        return History(folder, from_base64(load_site(folder).coordinator))
    except NotJoined:
        return None


def _site(folder: Path) -> SiteOut | None:
    try:
        record = load_site(folder)
    except NotJoined:
        return None
    counted, held_out = None, 0
    if (folder / "counted.npz").exists():
        content = load_counted(folder / "counted.npz")
        counted = {
            "stranger": round(people_in(content.counts[STRANGER])),
            "genuine": round(people_in(content.counts[GENUINE])),
        }
        held_out = len({*content.judges.stranger_subject, *content.judges.genuine_subject})
    adopted = load_adopted(folder)
    return SiteOut(
        id=record.site,
        name=record.name,
        address=record.address,
        budget=record.budget,
        counted=counted,
        held_out=held_out,
        adopted=None if adopted is None else AdoptedOut.of(adopted),
    )
