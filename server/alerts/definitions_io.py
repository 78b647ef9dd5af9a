"""Documents in the store and out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from lookout.server.alerts.documents.channel import Channel, ChannelBody
from lookout.server.alerts.documents.document import Document, read_document
from lookout.server.alerts.documents.rule import AlertRule, RuleBody
from lookout.server.alerts.documents.silence import Silence, SilenceBody
from lookout.server.alerts.documents.site import Site
from lookout.server.alerts.documents.watchlist import Watchlist, WatchlistBody
from lookout.server.alerts.documents.zone import Fence, FenceBody, Zone, ZoneBody
from lookout.server.alerts.rules.definitions import Definitions
from lookout.server.events.envelope import SITE as SITE
from lookout.server.storage.alert_records import Definition
from lookout.server.storage.errors import NotFound
from lookout.server.storage.records import new_id
from lookout.server.storage.store import Store

K = TypeVar("K", bound=Document)


class Noun(NamedTuple):
    """A kind of document: its name in the store, what users write, what is kept, its ids."""

    kind: str
    body: type[Document]
    kept: type[Document]
    prefix: str


RULE = Noun("rule", RuleBody, AlertRule, "rul_")
WATCHLIST = Noun("watchlist", WatchlistBody, Watchlist, "wat_")
ZONE = Noun("zone", ZoneBody, Zone, "zon_")
FENCE = Noun("fence", FenceBody, Fence, "fen_")
CHANNEL = Noun("channel", ChannelBody, Channel, "chn_")
SILENCE = Noun("silence", SilenceBody, Silence, "sil_")
NOUNS: Mapping[str, Noun] = {
    noun.kind: noun for noun in (WATCHLIST, ZONE, FENCE, CHANNEL, RULE, SILENCE)
}
"""Those that others refer to come first."""


def fresh_id(noun: Noun) -> str:
    return noun.prefix + new_id()


def to_definition(noun: Noun, document: Any) -> Definition:
    """A kept document as the store has it: the people apart, for they may be forgotten."""
    body = document.plain()
    name = body.pop("id")
    people: tuple[str, ...] = ()
    bound = False
    if noun is WATCHLIST:
        people = tuple(body.pop("people"))
    elif noun is SILENCE and body["matchers"]["person"] is not None:
        people, bound = (body["matchers"].pop("person"),), True
    return Definition(name, noun.kind, body, people, bound)


def from_definition(kind: type[K], kept: Definition) -> K:
    """Raises BadDefinition where what is kept is no such document."""
    body: dict[str, Any] = {**kept.body, "id": kept.id}
    if kept.kind == WATCHLIST.kind:
        body["people"] = kept.people
    elif kept.bound and kept.people:
        body["matchers"] = {**body["matchers"], "person": kept.people[0]}
    return read_document(kind, body, f"{kept.kind} {kept.id}")


def read_all(store: Store, noun: Noun, kind: type[K]) -> tuple[K, ...]:
    """Raises StorageError and BadDefinition."""
    return tuple(from_definition(kind, one) for one in store.definitions.all(noun.kind))


def read_site(store: Store) -> Site:
    """The site as it was set, or the usual one. Raises StorageError."""
    try:
        kept = store.definitions.get(SITE, SITE)
    except NotFound:
        return Site()
    return read_document(Site, dict(kept.body), "the site")


def keep_site(store: Store, site: Site) -> None:
    """Raises StorageError."""
    store.definitions.put(Definition(SITE, SITE, site.plain()))


def read_channels(store: Store) -> dict[str, Channel]:
    """Every channel by id. Raises StorageError and BadDefinition."""
    return {one.id: one for one in read_all(store, CHANNEL, Channel)}


def read_definitions(store: Store) -> Definitions:
    """All that is written down. Raises StorageError and BadDefinition."""
    channels = read_channels(store)
    return Definitions(
        site=read_site(store),
        rules=read_all(store, RULE, AlertRule),
        watchlists=read_all(store, WATCHLIST, Watchlist),
        zones=read_all(store, ZONE, Zone),
        fences=read_all(store, FENCE, Fence),
        silences=read_all(store, SILENCE, Silence),
        opening=frozenset(name for name, channel in channels.items() if channel.opens),
    )
