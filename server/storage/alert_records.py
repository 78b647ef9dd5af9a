"""Alerts, their deliveries and what became of each sighting, as plain values.

Times are Unix seconds, UTC. What a user writes down (rules, lists, channels …) is a `Definition`:
the store keeps its JSON and knows the people in it, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Definition:
    """One thing that a user has written down.

    kind:   `rule`, `watchlist`, `zone`, `fence`, `channel` or `silence`.
    people: those it names; it loses a person who is forgotten, and with `bound` goes with them.
    body:   everything else, as JSON.
    """

    id: str
    kind: str
    body: Mapping[str, object]
    people: tuple[str, ...] = ()
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a rule told of, or would have.

    subject:   whom it is about, as `person:…`, `cluster:…`, `camera:…`, `nobody:` or `many:`.
    state:     `pending`, `firing`, `acknowledged`, `resolved`, `expired` or `suppressed`.
    due_s:     when what is pending fires.
    told_s:    when somebody was told last, or None.
    escalate_s: when the next ones are told, unless somebody acknowledges it.
    suppressed_by: `kind`, `id`, `until` and `words` of what kept it from being told.
    tag:       messages of one tag replace each other.
    count:     how many moments it stands for.
    detail:    zone, fence, seconds, margin, liveness, words …, as JSON; sealed.
    """

    id: str
    rule: str
    subject: str
    what: str
    state: str
    severity: str
    began_s: float
    updated_s: float
    person: str | None = None
    cluster: str | None = None
    camera: str = ""
    sighting: str | None = None
    visit: str | None = None
    ended_s: float | None = None
    due_s: float | None = None
    told_s: float | None = None
    escalate_s: float | None = None
    suppressed_by: Mapping[str, object] | None = None
    acknowledged_by: str = ""
    tag: str = ""
    count: int = 1
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts: every field that is given must hold.

    since_s: heard of since. cameras: on these cameras, by name; None for all.
    """

    state: str | None = None
    rule: str | None = None
    person: str | None = None
    camera: str | None = None
    since_s: float | None = None
    cameras: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message for one channel. Its id is the idempotency key: it stays over all attempts.

    notice:  why it is told: `told`, `updated`, `precise`, `corrected`, `escalated`, `ended`.
    state:   `waiting`, `sent`, `dead` (given up) or `replaced` (a later one says more).
    next_s:  when it is tried next. expires_s: when it is of no use any more, or None.
    answer:  what the other side said last.
    """

    id: str
    alert: str
    channel: str
    notice: str
    state: str
    created_s: float
    next_s: float
    attempts: int = 0
    expires_s: float | None = None
    sent_s: float | None = None
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """What became of one sighting under one rule, in words; for `explain`."""

    rule: str
    sighting: str
    at_s: float
    alert: str
    outcome: str
    words: str
