"""What the engine has decided, written down: alerts, traces, deliveries and events, in one go."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lookout.server.alerts.delivery.planning import plan
from lookout.server.alerts.documents.channel import Channel
from lookout.server.alerts.states.alert_state import AlertState
from lookout.server.alerts.states.change import AlertChange
from lookout.server.alerts.subscriptions import Knows, nobody_knows
from lookout.server.events.types import EventType
from lookout.server.storage.alert_records import Alert
from lookout.server.storage.errors import NotFound
from lookout.server.storage.records import Event, new_id
from lookout.server.storage.store import Store

EVENTS: Mapping[str, EventType] = {
    AlertState.PENDING: EventType.ALERT_PENDING,
    AlertState.FIRING: EventType.ALERT_FIRING,
    AlertState.ACKNOWLEDGED: EventType.ALERT_ACKNOWLEDGED,
    AlertState.RESOLVED: EventType.ALERT_RESOLVED,
    AlertState.EXPIRED: EventType.ALERT_RESOLVED,
    AlertState.SUPPRESSED: EventType.ALERT_SUPPRESSED,
}


def write_changes(
    store: Store,
    changes: Sequence[AlertChange],
    channels: Mapping[str, Channel],
    now_s: float,
    knows: Knows = nobody_knows,
) -> tuple[list[Alert], set[str]]:
    """Writes them in the transaction that is open; returns alerts that somebody has acknowledged or
    resolved meanwhile, as they are kept, and the channels that have something to send. knows: what
    the owner of a channel may know.

    Raises StorageError. What is about a person who has just been forgotten is left out.
    """
    differ, awake = [], set()
    for change in changes:
        alert = with_acknowledgement(store, change.alert)
        if alert != change.alert:
            differ.append(alert)
        try:
            store.alerts.put(alert)
        except NotFound:
            continue
        if change.trace is not None:
            store.alerts.add_trace(change.trace)
        before = store.deliveries.of([alert.id]) if change.notice else ()
        told = {
            name: channel
            for name, channel in channels.items()
            if channel.owner is None or knows(channel.owner, alert.camera)
        }
        for delivery in plan(change, told, before, lambda: f"del_{new_id()}", now_s):
            store.deliveries.add(delivery)
            awake.add(delivery.channel)
        store.events.add(alert_event(alert, now_s))
    return differ, awake


def with_acknowledgement(store: Store, alert: Alert) -> Alert:
    """The alert with what somebody has said of it while it was being decided on."""
    try:
        kept = store.alerts.get(alert.id)
    except NotFound:
        return alert
    if not kept.acknowledged_by or alert.acknowledged_by:
        return alert
    state = kept.state if AlertState(alert.state).active else alert.state
    return replace(
        alert,
        state=state,
        acknowledged_by=kept.acknowledged_by,
        ended_s=kept.ended_s if alert.ended_s is None else alert.ended_s,
        escalate_s=None,
    )


def alert_event(alert: Alert, now_s: float) -> Event:
    """The event that tells of an alert's state."""
    return Event(
        new_id(),
        EVENTS[alert.state],
        now_s,
        camera=alert.camera,
        person=alert.person,
        sighting=alert.sighting,
        detail={"alert": plain_alert(alert)},
        cluster=alert.cluster,
        visit=alert.visit,
        subject=alert.id,
    )


def plain_alert(alert: Alert) -> dict[str, Any]:
    """The alert as JSON, without names and deliveries."""
    return {
        "id": alert.id,
        "rule": alert.rule,
        "state": alert.state,
        "suppressed_by": None if alert.suppressed_by is None else {**alert.suppressed_by},
        "severity": alert.severity,
        "what": alert.what,
        "person": alert.person,
        "cluster": alert.cluster,
        "camera": alert.camera,
        "visit": alert.visit,
        "sighting": alert.sighting,
        "began": alert.began_s,
        "updated": alert.updated_s,
        "ended": alert.ended_s,
        "acknowledged_by": alert.acknowledged_by or None,
        "tag": alert.tag,
        "count": alert.count,
        "detail": {name: _finite(value) for name, value in alert.detail.items()},
    }


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
