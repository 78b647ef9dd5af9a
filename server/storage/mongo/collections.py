"""The collections: what numbers their documents, what must be unique, what a change of one counts
for, and the indexes.

A document has the fields that the row of the SQLite store has, so that a store can be copied from
one to the other row by row. `_id` is the row's number (`seq`), or its key where it has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lookout.server.storage.store_sharing import Topic

Index = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection.

    key:    the fields whose values make `_id`; none: a number that rises.
    unique: further fields of which no two documents may have the same value.
    sparse: likewise, but for None; with a value that is less than all others.
    topic:  what its changes are told as.
    """

    name: str
    key: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    sparse: Mapping[str, object] = field(default_factory=dict)
    indexes: tuple[Index, ...] = ()
    topic: Topic | None = None


def _by(*fields: str) -> Index:
    return tuple((field, 1) for field in fields)


ALL = (
    # whatever refers to something comes after it
    Collection(
        "people",
        unique=("id", "data_key"),
        sparse={"identifier_index": b""},
        indexes=(_by("name_index"),),
        topic=Topic.PEOPLE,
    ),
    Collection(
        "samples",
        unique=("id",),
        indexes=(_by("person"), _by("content_index")),
        topic=Topic.PEOPLE,
    ),
    Collection(
        "visits",
        unique=("id",),
        indexes=(_by("last_s", "_id"), _by("person", "last_s"), _by("cluster", "last_s")),
    ),
    Collection(
        "sightings",
        unique=("id", "data_key"),
        indexes=(
            _by("last_s", "_id"),
            _by("person", "last_s"),
            _by("cluster", "last_s"),
            _by("camera", "last_s"),
            _by("visit", "first_s"),
            _by("first_s"),
            _by("encoder", "face_mark", "_id"),
        ),
    ),
    Collection("face_blocks", unique=("data_key",), indexes=(_by("encoder", "first", "last"),)),
    Collection(
        "events",
        unique=("id",),
        indexes=(_by("at_s", "_id"), _by("person"), _by("sighting"), _by("subject")),
        topic=Topic.EVENTS,
    ),
    Collection("merges", unique=("id",), indexes=(_by("person"), _by("at_s"))),
    Collection("cameras", key=("id",), unique=("name",), topic=Topic.CAMERAS),
    Collection("plans", key=("id",)),
    Collection("audit", unique=("id",), indexes=(_by("at_s", "_id"),)),
    Collection("users", key=("id",), unique=("folded",)),
    Collection("sessions", key=("id",), indexes=(_by("user"), _by("expires_at"))),
    Collection("api_keys", key=("id",), unique=("secret_hash",), sparse={"edge_id": ""}),
    Collection("login_failures", key=("subject_index",)),
    Collection("settings", key=("name",), topic=Topic.SETTINGS),
    Collection("import_rows", key=("run", "row"), indexes=(_by("run", "row"),)),
    Collection("definitions", unique=("id",), indexes=(_by("kind"),), topic=Topic.RULES),
    Collection(
        "definition_people",
        key=("definition", "person"),
        indexes=(_by("definition"), _by("person")),
        topic=Topic.RULES,
    ),
    Collection(
        "alerts",
        unique=("id",),
        indexes=(
            _by("began_s", "_id"),
            _by("person", "began_s"),
            _by("told_s"),
            _by("ended_s", "_id"),
            _by("updated_s"),
        ),
        topic=Topic.ALERTS,
    ),
    Collection(
        "deliveries",
        unique=("id",),
        indexes=(_by("alert"), _by("channel", "state", "next_s"), _by("state", "_id")),
    ),
    Collection("alert_traces", indexes=(_by("sighting"), _by("alert"))),
)
BY_NAME: Mapping[str, Collection] = {collection.name: collection for collection in ALL}

LEASES = "leases"
CROPS = "crops"
"""The pictures, where several servers share them (`mongo.crops`)."""
META = "lookout"
"""Of two documents: `store`, whose this database is, and `state`, what is counted."""
STORE, STATE = "store", "state"


def key_of(collection: Collection, fields: Mapping[str, object]) -> object:
    """The `_id` of a document that is not numbered."""
    parts = [fields[name] for name in collection.key]
    return parts[0] if len(parts) == 1 else "\n".join(map(str, parts))
