"""The retention of what is kept: rules, the plan that they make at a time, its execution."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from lookout.server.storage.merge_records import UNDO_S
from lookout.server.storage.store import Store

DAY_S = 86_400.0
BATCH = 500
"""Records of one transaction, so that a camera's sighting need not wait for a year of others."""


@dataclass(frozen=True, slots=True)
class RetentionRules:
    """Days after which things are forgotten; None keeps them for ever.

    unknown, known: sightings of unknown people and of people, from their end.
    crops:          the pictures of sightings; the sightings stay.
    events:         what happened, and the alerts that are over.
    """

    unknown: float | None = 30.0
    known: float | None = 90.0
    crops: float | None = 30.0
    events: float | None = 90.0
    audit: float | None = 365.0

    def __post_init__(self) -> None:
        for name in ("unknown", "known", "crops", "events", "audit"):
            days = getattr(self, name)
            if days is not None and not days >= 0:
                raise ValueError(f"retention of {name} is a number of days, 0 or more: {days}")


@dataclass(frozen=True, slots=True)
class RetentionPlan:
    """The moments before which things are to be forgotten, in Unix seconds; None: nothing is."""

    unknown_before_s: float | None
    known_before_s: float | None
    crops_before_s: float | None
    events_before_s: float | None
    audit_before_s: float | None
    merges_before_s: float | None = None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many records a plan has removed."""

    unknown: int
    known: int
    crops: int
    events: int
    audit: int
    alerts: int = 0
    merges: int = 0


def plan_retention(rules: RetentionRules, now_s: float) -> RetentionPlan:
    """What the rules say at the time `now_s`."""

    def before(days: float | None) -> float | None:
        return None if days is None else now_s - days * DAY_S

    return RetentionPlan(
        before(rules.unknown),
        before(rules.known),
        before(rules.crops),
        before(rules.events),
        before(rules.audit),
        now_s - UNDO_S,
    )


MOST_AHEAD_OF_RUN_S = 7 * DAY_S
MOST_AHEAD_OF_RECORDS_S = 45 * DAY_S
"""Of the newest record, where no run is on record: a quiet camera makes none for weeks."""


def clock_doubt(now_s: float, last_run_s: float | None, newest_s: float | None) -> str:
    """The reason to doubt that the time is `now_s`, in words; empty where there is none.

    A run takes place every hour that a server is on, so a clock that is far ahead of the last one
    may be wrong, and a key that is destroyed by it cannot be had again. A clock that is behind
    destroys nothing. All times are Unix seconds; `newest_s` is that of the newest record.
    """
    if last_run_s is not None:
        ahead_s, limit_s, what = now_s - last_run_s, MOST_AHEAD_OF_RUN_S, "the last run"
    elif newest_s is not None:
        ahead_s, limit_s, what = now_s - newest_s, MOST_AHEAD_OF_RECORDS_S, "the newest record"
    else:
        return ""
    if ahead_s <= limit_s:
        return ""
    return (
        f"this machine's clock is {ahead_s / DAY_S:.0f} days ahead of {what}, so it may be wrong. "
        "Set the clock, or, if the server was off for so long, start it once with --clock-is-right"
    )


def apply_retention(store: Store, plan: RetentionPlan, stop: threading.Event) -> Forgotten:
    """Carry a plan out, in batches; ends early, between two batches, when `stop` is set.

    Raises StorageError; what had been forgotten until then is forgotten.
    """
    sightings = store.sightings
    return Forgotten(
        unknown=_drain(plan.unknown_before_s, partial(_delete_sightings, store, False), stop),
        known=_drain(plan.known_before_s, partial(_delete_sightings, store, True), stop),
        crops=_drain(plan.crops_before_s, sightings.drop_images_before, stop),
        events=_drain(plan.events_before_s, store.events.delete_before, stop),
        audit=_drain(plan.audit_before_s, store.audit.delete_before, stop),
        alerts=_drain(plan.events_before_s, store.alerts.delete_before, stop),
        merges=_drain(plan.merges_before_s, store.merges.delete_before, stop),
    )


def _delete_sightings(store: Store, known: bool, before_s: float, limit: int) -> int:
    return store.sightings.delete_before(before_s, known, limit)


def _drain(
    before_s: float | None, delete: Callable[[float, int], int], stop: threading.Event
) -> int:
    total = 0
    while before_s is not None and not stop.is_set():
        count = delete(before_s, BATCH)
        total += count
        if count < BATCH:
            break
    return total
