"""What is kept, as plain values. Times are Unix seconds, UTC; ids are UUIDs as text."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from lookout.faces.detections import Floats

T = TypeVar("T")


def new_id() -> str:
    """A fresh random id."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is known.

    identifier: the registry's own number or code, unique where it is not empty.
    info:       further personal information, returned with every match.
    """

    id: str
    name: str
    created_at: float
    identifier: str = ""
    info: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class FaceSample:
    """One face of a person that recognition compares with.

    encoding:     (D,) float32, made by the encoder called `encoder`.
    quality:      0..1 where it was judged.
    origin:       how it came: `capture`, `upload`, `registry`, `encodings.pkl` …; in the clear.
    source:       from where: a path or address; sealed, for it often holds the person's name.
    content_hash: SHA-256 of the photograph's bytes, or empty; kept only as a keyed hash.
    negative:     the person is *not* this face ("this is not X").
    poor:         something spoke against the photograph, and it was used all the same.
    """

    id: str
    person: str
    encoding: Floats = field(repr=False)
    encoder: str
    origin: str
    created_at: float
    quality: float | None = None
    source: str = ""
    content_hash: bytes = b""
    negative: bool = False
    has_image: bool = False
    poor: bool = False


REJECTED, REJECTED_AT = "rejected", "rejected_at"
"""In the detail of a sighting: the person whom somebody has said it is not, and the time at which
the rejection was made; what it takes to take that back."""


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One person, known or not, at one camera for one stretch of time.

    person:   who it is, or None; `cluster` then says which unknown person it seems to be.
    state:    the decision: `known`, `unknown` or `unsure`.
    distance: to the person's nearest encoding, where there was one to compare with.
    encoding: (D,) float32 of the best shot, for "when and where before?", or None.
    detail:   the rest of the decision (votes, margin, reasons) as JSON; sealed.
    zones:    the ids of the zones of the camera's picture in which the face was.
    """

    id: str
    camera: str
    first_s: float
    last_s: float
    state: str
    person: str | None = None
    cluster: str | None = None
    distance: float | None = None
    quality: float | None = None
    encoding: Floats | None = field(default=None, repr=False)
    encoder: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)
    has_image: bool = False
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cluster:
    """An unknown person: so many sightings of nobody known that seem to be of one.

    quality: of the best of their shots, 0..1, where any was judged.
    """

    id: str
    sightings: int
    first_s: float
    last_s: float
    quality: float | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: a person came, a camera was lost. `detail` is JSON; sealed.

    kind:     what happened, as `noun.verb` (`server.events.types`).
    cluster:  the unknown person, where nobody has a name. visit: the visit that it belongs to.
    subject:  the id of the alert, job or picture that it is about, or empty.
    old_kind: what programs that know no `noun.verb` call it, or empty.
    number:   its place among all events, in the order in which they were written; 0 before that.
    """

    id: str
    kind: str
    at_s: float
    camera: str = ""
    person: str | None = None
    sighting: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
    cluster: str | None = None
    visit: str | None = None
    subject: str = ""
    old_kind: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to whom. `subject` is an id, never a name; `detail` is JSON; sealed."""

    id: str
    at_s: float
    actor: str
    action: str
    subject: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)


class Role(StrEnum):
    """What a user is; `server.accounts.scopes` says what each may do."""

    ADMIN = "admin"
    OPERATOR = "operator"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True)
class User:
    """An account. `password_hash` is Argon2id in its own text form.

    must_change_password: the password was made by the program; nothing else is allowed before it
    has been changed.
    cameras: the ids of the only cameras of which the user may know; None for all.
    """

    id: str
    username: str
    role: Role
    created_at: float
    password_hash: str = field(repr=False)
    disabled: bool = False
    must_change_password: bool = False
    cameras: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class LoginSession:
    """One sign-in. Only the refresh token whose id is `refresh_id` renews it."""

    id: str
    user: str
    refresh_id: str = field(repr=False)
    created_at: float
    expires_at: float
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A program's key. Only `secret_hash`, SHA-256 of the key, is kept.

    maker: the user or key whose rights limit this one's, as `user:ID` or `key:ID`; empty for a key
    that was made without sign-in.
    edge_id, edge_secret: of a key that edges may connect with: what it is called in a handshake,
    and what the server proves itself and checks the edge with; kept sealed. `wire.keys` derives
    both from the key, which nobody can get back from them.
    cameras: the ids of the only cameras of which the program may know; None for all.
    """

    id: str
    name: str
    secret_hash: bytes = field(repr=False)
    scopes: frozenset[str]
    created_by: str
    created_at: float
    expires_at: float | None = None
    last_used_at: float | None = None
    revoked_at: float | None = None
    edge_id: str = ""
    edge_secret: str = field(default="", repr=False)
    maker: str = ""
    cameras: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Failures:
    """How often in a row a sign-in failed, and when last."""

    count: int = 0
    last_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SightingFilter:
    """Which sightings: every field that is given must hold.

    known:    True for sightings of people, False for those of unknown people.
    since_s, until_s: sightings that overlap this stretch of time.
    cameras:  those of these cameras; None for all.
    """

    person: str | None = None
    cluster: str | None = None
    camera: str | None = None
    state: str | None = None
    known: bool | None = None
    since_s: float | None = None
    until_s: float | None = None
    cameras: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events: every field that is given must hold.

    kind:    its kind or its old one. kinds: one of these, likewise.
    subject: the alert, job or picture that it is about.
    cameras: those of these cameras, and those of no camera whose kind is in `anywhere`; None for
             all.
    """

    kind: str | None = None
    camera: str | None = None
    person: str | None = None
    since_s: float | None = None
    until_s: float | None = None
    kinds: tuple[str, ...] | None = None
    subject: str | None = None
    cameras: tuple[str, ...] | None = None
    anywhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which audit entries: every field that is given must hold."""

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    since_s: float | None = None
    until_s: float | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some records in order, and the cursor that continues after them; None at the end."""

    items: tuple[T, ...]
    cursor: str | None
