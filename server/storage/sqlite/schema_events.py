"""The step of the schema that numbers events, and limits users and keys to cameras."""

from __future__ import annotations

EVENTS = (
    "ALTER TABLE events ADD COLUMN cluster TEXT",
    "ALTER TABLE events ADD COLUMN visit TEXT",
    "ALTER TABLE events ADD COLUMN subject TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE events ADD COLUMN old_kind TEXT NOT NULL DEFAULT ''",
    """UPDATE events SET old_kind = kind, kind = CASE kind
        WHEN 'camera_online' THEN 'camera.online'
        WHEN 'camera_lost' THEN 'camera.lost'
        ELSE 'sighting.began' END
        WHERE kind IN ('person_seen', 'unknown_seen', 'camera_online', 'camera_lost')""",
    "CREATE INDEX events_by_sighting ON events (sighting) WHERE sighting IS NOT NULL",
    "CREATE INDEX events_by_subject ON events (subject) WHERE subject <> ''",
    # a JSON list of ids; NULL: all
    "ALTER TABLE users ADD COLUMN cameras TEXT",
    "ALTER TABLE api_keys ADD COLUMN cameras TEXT",
)
