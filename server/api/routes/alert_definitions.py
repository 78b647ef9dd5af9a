"""What users write down for alerts: lists, rules, zones, fences, channels, silences, the site.

No `from __future__ import annotations` here: each noun's routes are made by one function, and the
types of their bodies are its arguments.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends

from lookout.server.accounts.scopes import Principal, Scope
from lookout.server.alerts import desk
from lookout.server.alerts.definitions_io import (
    CHANNEL,
    FENCE,
    RULE,
    SILENCE,
    WATCHLIST,
    ZONE,
    Noun,
    keep_site,
    read_definitions,
    read_site,
)
from lookout.server.alerts.documents.channel import Channel, ChannelBody
from lookout.server.alerts.documents.document import Document, read_document
from lookout.server.alerts.documents.site import Site
from lookout.server.alerts.errors import BadDefinition
from lookout.server.alerts.testing import try_channel
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import BadRequest
from lookout.server.api.schemas.alerts import AnswerOut, ChannelOut
from lookout.server.api.schemas.common import Id, PageOf
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Asking, Guarded, allow
from lookout.server.api.security.visible_cameras import whole_site
from lookout.server.storage.store import Store

WHOLE_SITE = [Depends(whole_site)]
Out = Callable[[Store, Any], Any]
Patch = Annotated[dict[str, Any], Body(description="the keys that are to be changed")]

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["alerts"], dependencies=WHOLE_SITE)


@contextmanager
def _checked() -> Iterator[None]:
    try:
        yield
    except BadDefinition as error:
        raise BadRequest("bad_definition", str(error)) from error


def _as_kept(_store: Store, document: Any) -> Any:
    return document


def _channel_out(store: Store, channel: Channel) -> ChannelOut:
    return ChannelOut(
        id=channel.id,
        name=channel.name,
        kind=channel.kind,
        enabled=channel.enabled,
        owner=channel.owner,
        settings=channel.masked(),
        leaves=channel.leaves,
        state=desk.channel_state(store, channel),
    )


def _more(noun: Noun, asking: Principal) -> dict[str, Any]:
    """What is kept beside what was given."""
    return {"created_by": asking.name} if noun is SILENCE else {}


def _merged(noun: Noun, given: Any, before: Any) -> Any:
    """What was given, with the secrets that were only shown as stars."""
    if noun is CHANNEL and isinstance(given, ChannelBody):
        return given.with_secrets_of(before)
    return given


def _make_routes(
    noun: Noun, path: str, write: Scope, read: Scope, out: Out = _as_kept, shown: Any = None
) -> None:
    """The routes of one noun."""
    body, kept, name = noun.body, shown or noun.kept, noun.kind

    @router.get(path, response_model=PageOf[kept], operation_id=f"list_{name}s")  # type: ignore[valid-type]
    @allow(read)
    def list_them(parts: Deps, trail: Trailing) -> Any:
        found = desk.all_kept(parts.store, noun)
        trail.note(f"{name}s.read")
        return PageOf(items=[out(parts.store, one) for one in found])

    @router.post(path, response_model=kept, status_code=201, operation_id=f"add_{name}")
    @allow(write)
    def add(given: body, parts: Deps, asking: Asking, trail: Trailing) -> Any:  # type: ignore[valid-type]
        with _checked():
            made = desk.add(parts.store, noun, given, **_more(noun, asking))
        trail.note(f"{name}.add", made.id)
        return out(parts.store, made)

    @router.get(path + "/{name}", response_model=kept, operation_id=f"get_{name}")
    @allow(read)
    def get(name: Id, parts: Deps, trail: Trailing) -> Any:
        found = desk.kept(parts.store, noun, name)
        trail.note(f"{noun.kind}.read", name)
        return out(parts.store, found)

    @router.put(path + "/{name}", response_model=kept, operation_id=f"replace_{name}")
    @allow(write)
    def replace(name: Id, given: body, parts: Deps, asking: Asking, trail: Trailing) -> Any:  # type: ignore[valid-type]
        before = desk.kept(parts.store, noun, name)
        return _replaced(noun, name, _merged(noun, given, before), parts, asking, trail, out)

    @router.patch(path + "/{name}", response_model=kept, operation_id=f"change_{name}")
    @allow(write)
    def change(name: Id, given: Patch, parts: Deps, asking: Asking, trail: Trailing) -> Any:
        before = desk.kept(parts.store, noun, name)
        plain = {key: before.plain()[key] for key in _keys(body)}
        with _checked():
            document = read_document(body, plain | given, noun.kind)
        return _replaced(noun, name, _merged(noun, document, before), parts, asking, trail, out)

    @router.delete(path + "/{name}", status_code=204, operation_id=f"delete_{name}")
    @allow(write)
    def delete(name: Id, parts: Deps, trail: Trailing) -> None:
        desk.delete(parts.store, noun, name)
        trail.note(f"{noun.kind}.delete", name)

    for route, words in (
        (list_them, f"Every {name}, in the order in which they were written."),
        (add, f"Write down a {name}."),
        (get, f"One {name}."),
        (replace, f"Replace a {name}."),
        (change, f"Change some keys of a {name}."),
        (delete, f"Delete a {name}; one that a rule needs stays."),
    ):
        route.__doc__ = words


def _keys(body: type[Document]) -> list[str]:
    return [field.alias or name for name, field in body.model_fields.items()]


def _replaced(
    noun: Noun,
    name: str,
    document: Any,
    parts: Dependencies,
    asking: Principal,
    trail: Any,
    out: Out,
) -> Any:
    with _checked():
        made = desk.replace_kept(parts.store, noun, name, document, **_more(noun, asking))
    trail.note(f"{noun.kind}.change", name)
    return out(parts.store, made)


_READ, _WRITE = Scope.SIGHTINGS_READ, Scope.SIGHTINGS_WRITE
_make_routes(WATCHLIST, "/watchlists", _WRITE, _READ)
_make_routes(ZONE, "/zones", _WRITE, _READ)
_make_routes(FENCE, "/fences", _WRITE, _READ)
_make_routes(RULE, "/rules", _WRITE, _READ)
_make_routes(SILENCE, "/silences", _WRITE, _READ)
# the server sends to whatever address a channel has, so only an admin may choose it
_make_routes(CHANNEL, "/channels", Scope.ADMIN, _WRITE, _channel_out, ChannelOut)


@router.post("/channels/{channel}/test")
@allow(Scope.ADMIN)
def test_channel(channel: Id, parts: Deps, trail: Trailing) -> AnswerOut:
    """Send a test message, and say what the other side answered."""
    found = desk.kept(parts.store, CHANNEL, channel)
    world = read_definitions(parts.store)
    trail.note("channel.test", channel)
    answer = try_channel(found, parts.store, world, parts.alert_folder, time.time(), parts.knows)
    return AnswerOut(taken=answer.taken, answer=answer.words)


@router.get("/site")
@allow(Scope.SIGHTINGS_READ)
def site(parts: Deps, trail: Trailing) -> Site:
    """The site's name, time zone and profile."""
    trail.note("site.read")
    return read_site(parts.store)


@router.put("/site")
@allow(Scope.SIGHTINGS_WRITE)
def change_site(given: Site, parts: Deps, trail: Trailing) -> Site:
    """Say what the site is called, in which time zone it lies, and whether somebody is home."""
    keep_site(parts.store, given)
    trail.note("site.change", profile=given.profile.value)
    return given
