"""What people do with alerts and with what they write down; over HTTP and by the command alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from lookout.server.alerts.definitions_io import (
    CHANNEL,
    FENCE,
    NOUNS,
    RULE,
    WATCHLIST,
    ZONE,
    Noun,
    fresh_id,
    from_definition,
    to_definition,
)
from lookout.server.alerts.documents.channel import Channel
from lookout.server.alerts.documents.document import Document
from lookout.server.alerts.documents.rule import RuleBody
from lookout.server.alerts.errors import BadDefinition
from lookout.server.alerts.states.alert_state import AlertState
from lookout.server.alerts.writing import alert_event
from lookout.server.storage.alert_records import Alert, Delivery
from lookout.server.storage.errors import Conflict
from lookout.server.storage.store import Store

K = TypeVar("K", bound=Document)

MOST_OF_A_KIND = 1000
"""Rules, lists, zones …, each: every sighting is held against all of them."""


def kept(store: Store, noun: Noun, name: str) -> Any:
    """The document of this id. Raises NotFound and StorageError."""
    return from_definition(noun.kept, store.definitions.get(noun.kind, name))


def all_kept(store: Store, noun: Noun) -> tuple[Any, ...]:
    """Every document of this kind, in the order in which they were written."""
    return tuple(from_definition(noun.kept, one) for one in store.definitions.all(noun.kind))


def add(store: Store, noun: Noun, body: Document, **more: Any) -> Any:
    """Keeps a new document and returns it with its id. Raises BadDefinition, StorageError."""
    if len(store.definitions.all(noun.kind)) >= MOST_OF_A_KIND:
        raise BadDefinition(f"there are {MOST_OF_A_KIND} {noun.kind}s already: delete one first")
    return replace_kept(store, noun, fresh_id(noun), body, **more)


def replace_kept(store: Store, noun: Noun, name: str, body: Document, **more: Any) -> Any:
    """Keeps a document under an id, in the place of the one that has it."""
    fields = {key: getattr(body, key) for key in type(body).model_fields}
    document = noun.kept.model_construct(**{**fields, "id": name, **more})
    check_references(store, document)
    store.definitions.put(to_definition(noun, document))
    return document


def delete(store: Store, noun: Noun, name: str) -> None:
    """Removes a document. Raises Conflict where a rule needs it, NotFound, StorageError."""
    for rule in all_kept(store, RULE):
        if name in _referred(rule):
            raise Conflict(
                f"the rule '{rule.name}' needs this {noun.kind}: change or delete the rule first"
            )
    with store.transaction():
        store.definitions.delete(noun.kind, name)
        if noun is CHANNEL:
            for one in store.deliveries.due(name, float("inf"), 1000):
                gone = replace(one, state="dead", answer="the channel was deleted")
                store.deliveries.update(gone)


def check_references(store: Store, document: Any) -> None:
    """Raises BadDefinition where a rule names something that is not there."""
    if not isinstance(document, RuleBody):
        return
    escalated = document.escalate.channels if document.escalate else ()
    named = (
        (WATCHLIST, document.who.lists),
        (ZONE, document.where.zones),
        (FENCE, document.where.fences),
        (CHANNEL, (*document.channels, *escalated)),
    )
    for noun, names in named:
        there = {one.id for one in store.definitions.all(noun.kind)} if names else set()
        for name in names:
            if name not in there:
                raise BadDefinition(f"there is no {noun.kind} {name!r:.60}")
    opening = {one.id for one in all_kept(store, CHANNEL) if one.opens}
    if document.escalate and opening.intersection(document.escalate.channels):
        raise BadDefinition("a channel that opens something cannot be one to escalate to")


def require_no_fence(store: Store, plan: str) -> None:
    """Raises Conflict where a fence is drawn on this plan, which is to be removed."""
    for fence in all_kept(store, FENCE):
        if fence.plan == plan:
            raise Conflict(f"the fence '{fence.name}' is drawn on this plan: delete it first")


def _referred(rule: Any) -> set[str]:
    escalated = rule.escalate.channels if rule.escalate else ()
    return {*rule.who.lists, *rule.where.zones, *rule.where.fences, *rule.channels, *escalated}


def acknowledge(store: Store, alert: str, by: str, now_s: float) -> Alert:
    """Somebody has seen it: nobody else is told. Raises NotFound, Conflict."""
    return _said(store, alert, AlertState.ACKNOWLEDGED, by, now_s)


def resolve(store: Store, alert: str, by: str, now_s: float) -> Alert:
    """Somebody says that it is over. Raises NotFound, Conflict."""
    return _said(store, alert, AlertState.RESOLVED, by, now_s)


def _said(store: Store, name: str, state: AlertState, by: str, now_s: float) -> Alert:
    with store.transaction():
        alert = store.alerts.get(name)
        before = AlertState(alert.state)
        if before in (AlertState.SUPPRESSED, AlertState.EXPIRED, AlertState.PENDING):
            raise Conflict(f"this alert is {before.value}: nobody was told of it")
        over = before is AlertState.RESOLVED
        said = replace(
            alert,
            state=before.value if over else state.value,
            acknowledged_by=alert.acknowledged_by or by,
            escalate_s=None,
            ended_s=now_s if state is AlertState.RESOLVED and not over else alert.ended_s,
        )
        store.alerts.put(said)
        store.events.add(alert_event(said, now_s))
    return said


def resend(store: Store, alert: str, now_s: float) -> tuple[Delivery, ...]:
    """Has the messages of an alert that were given up tried again, under their ids. What would open
    something is not: whoever stood there has gone. Raises NotFound, Conflict."""
    with store.transaction():
        store.alerts.get(alert)
        dead = [one for one in store.deliveries.of([alert]) if one.state == "dead"]
        again = tuple(
            replace(one, state="waiting", attempts=0, created_s=now_s, next_s=now_s)
            for one in dead
            if one.expires_s is None
        )
        if not again:
            raise Conflict("no message of this alert was given up, so there is none to resend")
        for one in again:
            store.deliveries.update(one)
    return again


def channel_state(store: Store, channel: Channel, deliveries: Sequence[Delivery] = ()) -> str:
    """`disabled`, `failing` where messages wait that were tried already, or `ready`."""
    if not channel.enabled:
        return "disabled"
    due = deliveries or store.deliveries.due(channel.id, float("inf"), 20)
    return "failing" if any(one.attempts for one in due) else "ready"


def noun_of(kind: str) -> Noun:
    """The kind of document by its name. Raises BadDefinition."""
    if kind not in NOUNS:
        raise BadDefinition(f"there are no {kind}s; there are: {', '.join(NOUNS)}")
    return NOUNS[kind]
