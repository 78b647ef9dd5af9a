"""Web push: the browsers that show alerts also where no page is open."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from fastapi import APIRouter
from pydantic import BaseModel

from lookout.server.accounts.scopes import NO_AUTH, Principal, Scope
from lookout.server.alerts.channels.web_push import WORDS, application_server_key
from lookout.server.alerts.definitions_io import read_channels
from lookout.server.alerts.documents.channel import ChannelKind
from lookout.server.alerts.documents.push import PushSubscription, PushSubscriptionBody
from lookout.server.alerts.errors import BadDefinition
from lookout.server.alerts.subscriptions import Subscriptions
from lookout.server.api.dependencies import Deps
from lookout.server.api.errors.api_error import BadRequest
from lookout.server.api.schemas.common import Id, PageOf
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Asking, Guarded, allow
from lookout.server.storage.errors import NotFound

router = APIRouter(prefix="/api/v1/push", route_class=Guarded, tags=["alerts"])


class PushChannelOut(BaseModel):
    """A channel that tells browsers."""

    id: str
    name: str


class PushOut(BaseModel):
    """What a page needs to subscribe. public_key: the browser's `applicationServerKey`, base64url;
    null where the server lacks the extra `webpush`. words: what somebody is told before."""

    public_key: str | None
    channels: list[PushChannelOut]
    words: str


class PushSubscriptionOut(BaseModel):
    """A browser that shows alerts. service: the server over which it is told."""

    id: str
    channel: str
    name: str
    user: str
    service: str
    created: float

    @classmethod
    def of(cls, kept: PushSubscription) -> PushSubscriptionOut:
        service = urlsplit(kept.subscription.endpoint).netloc
        return cls(
            id=kept.id,
            channel=kept.channel,
            name=kept.name,
            user=kept.user,
            service=service,
            created=kept.created,
        )


@contextmanager
def _checked() -> Iterator[None]:
    try:
        yield
    except BadDefinition as error:
        raise BadRequest("bad_definition", str(error)) from error


@router.get("")
@allow(Scope.SIGHTINGS_READ)
def push(parts: Deps, trail: Trailing) -> PushOut:
    """The public key, the channels that tell browsers, and what to say before asking."""
    subscriptions = Subscriptions(parts.store)
    channels = [
        PushChannelOut(id=one.id, name=one.name)
        for one in read_channels(parts.store).values()
        if one.kind is ChannelKind.WEBPUSH and one.enabled
    ]
    trail.note("push.read")
    return PushOut(public_key=application_server_key(subscriptions), channels=channels, words=WORDS)


@router.get("/subscriptions")
@allow(Scope.SIGHTINGS_READ)
def list_push_subscriptions(
    parts: Deps, asking: Asking, trail: Trailing
) -> PageOf[PushSubscriptionOut]:
    """Your browsers that show alerts."""
    own = [one for one in Subscriptions(parts.store).all() if one.user == asking.id]
    trail.note("push.read")
    return PageOf(items=[PushSubscriptionOut.of(one) for one in own])


@router.post("/subscriptions", status_code=201)
@allow(Scope.SIGHTINGS_READ)
def add_push_subscription(
    given: PushSubscriptionBody, parts: Deps, asking: Asking, trail: Trailing
) -> PushSubscriptionOut:
    """Have this browser show the alerts of a channel, as far as you may know of them. Send it at
    every load of a page: browsers change it without saying so, and the same one takes its own
    place."""
    if not _is_somebody(asking):
        raise BadRequest("no_user", "An API key has no browser: sign in as a user.")
    with _checked():
        made = Subscriptions(parts.store).add(given, asking.id, time.time())
    trail.note("push.subscribe", made.id)
    return PushSubscriptionOut.of(made)


@router.delete("/subscriptions/{subscription}", status_code=204)
@allow(Scope.SIGHTINGS_READ)
def delete_push_subscription(
    subscription: Id, parts: Deps, asking: Asking, trail: Trailing
) -> None:
    """This browser shows no alerts any more. An admin may say so of anybody's."""
    subscriptions = Subscriptions(parts.store)
    found = subscriptions.get(subscription)
    if found.user != asking.id and not asking.may(Scope.ADMIN):
        raise NotFound(f"there is no push subscription {subscription!r:.60}")
    subscriptions.drop(subscription)
    trail.note("push.unsubscribe", subscription)


def _is_somebody(asking: Principal) -> bool:
    """A user who has signed in, or everybody on a server without sign-in."""
    return asking.session is not None or asking.id == NO_AUTH.id
