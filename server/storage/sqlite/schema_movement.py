"""The schema of visits: a visit, and what keeps it true when sightings change.

A sighting without a visit waits to be chained. Whatever changes the person of a sighting (naming,
rejecting, merging) takes it out of its visit by that, and a visit that has lost its last sighting
is gone: no code that changes sightings needs to know of visits.
"""

from __future__ import annotations

from collections.abc import Sequence

_EMPTY = """DELETE FROM visits WHERE id = OLD.visit
    AND NOT EXISTS (SELECT 1 FROM sightings WHERE visit = OLD.visit)"""
_EXTENT = """UPDATE visits SET
    first_s = (SELECT min(first_s) FROM sightings WHERE visit = OLD.visit),
    last_s = (SELECT max(last_s) FROM sightings WHERE visit = OLD.visit)
    WHERE id = OLD.visit"""

_COUNT_IN = """INSERT INTO hour_counts
    VALUES (CAST(NEW.first_s / 3600 AS INTEGER), NEW.camera, 1)
    ON CONFLICT DO UPDATE SET sightings = sightings + 1"""
_COUNT_OUT = """UPDATE hour_counts SET sightings = sightings - 1
    WHERE hour = CAST(OLD.first_s / 3600 AS INTEGER) AND camera = OLD.camera;
    DELETE FROM hour_counts WHERE hour = CAST(OLD.first_s / 3600 AS INTEGER)
    AND camera = OLD.camera AND sightings = 0"""

ZONES = ("ALTER TABLE sightings ADD COLUMN zones TEXT",)

LONG_S = 600.0
"""Few sightings last longer; they have an index of their own, so that a search for those at a
moment needs to look back no further than this in the index of beginnings."""

MOVEMENT: Sequence[str] = (
    """CREATE TABLE visits (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        person TEXT REFERENCES people (id) ON DELETE CASCADE,
        cluster TEXT,
        first_s REAL NOT NULL,
        last_s REAL NOT NULL,
        ended INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    "CREATE INDEX visits_by_time ON visits (last_s, seq)",
    "CREATE INDEX visits_by_person ON visits (person, last_s)",
    "CREATE INDEX visits_by_cluster ON visits (cluster, last_s)",
    "CREATE INDEX visits_open ON visits (last_s) WHERE ended = 0",
    "ALTER TABLE sightings ADD COLUMN visit TEXT REFERENCES visits (id) ON DELETE SET NULL",
    "CREATE INDEX sightings_unchained ON sightings (first_s) WHERE visit IS NULL",
    # what movement asks is answered from these two alone: a row of the table itself is a kilobyte
    """CREATE INDEX sightings_by_visit ON sightings
        (visit, first_s, camera, last_s, person) WHERE visit IS NOT NULL""",
    """CREATE INDEX sightings_by_start ON sightings
        (first_s, last_s, camera, person, cluster, visit)""",
    f"""CREATE INDEX sightings_long ON sightings (first_s, last_s, camera, person, cluster)
        WHERE last_s - first_s > {LONG_S}""",
    """CREATE TABLE hour_counts (
        hour INTEGER NOT NULL,
        camera TEXT NOT NULL,
        sightings INTEGER NOT NULL,
        PRIMARY KEY (hour, camera)
    ) STRICT, WITHOUT ROWID""",
    """INSERT INTO hour_counts SELECT CAST(first_s / 3600 AS INTEGER) AS hour, camera, count(*)
        FROM sightings GROUP BY hour, camera""",
    f"CREATE TRIGGER sightings_count_in AFTER INSERT ON sightings BEGIN {_COUNT_IN}; END",
    f"CREATE TRIGGER sightings_count_out AFTER DELETE ON sightings BEGIN {_COUNT_OUT}; END",
    f"""CREATE TRIGGER sightings_count_again AFTER UPDATE OF first_s, camera ON sightings
        WHEN OLD.camera <> NEW.camera
        OR CAST(OLD.first_s / 3600 AS INTEGER) <> CAST(NEW.first_s / 3600 AS INTEGER) BEGIN
        {_COUNT_OUT};
        {_COUNT_IN};
    END""",
    """CREATE TRIGGER sightings_change_who AFTER UPDATE OF person, cluster ON sightings
        WHEN NEW.visit IS NOT NULL AND (OLD.person IS NOT NEW.person
            OR (NEW.person IS NULL AND OLD.cluster IS NOT NEW.cluster)) BEGIN
        UPDATE sightings SET visit = NULL WHERE seq = NEW.seq;
    END""",
    f"""CREATE TRIGGER sightings_leave_visit AFTER UPDATE OF visit ON sightings
        WHEN OLD.visit IS NOT NULL AND NEW.visit IS NOT OLD.visit BEGIN
        {_EMPTY};
        {_EXTENT};
    END""",
    f"""CREATE TRIGGER sightings_delete_visit AFTER DELETE ON sightings
        WHEN OLD.visit IS NOT NULL BEGIN
        {_EMPTY};
        {_EXTENT};
    END""",
    """CREATE TRIGGER sightings_join_visit AFTER UPDATE OF visit, first_s, last_s ON sightings
        WHEN NEW.visit IS NOT NULL BEGIN
        UPDATE visits SET first_s = min(first_s, NEW.first_s), last_s = max(last_s, NEW.last_s)
        WHERE id = NEW.visit AND (first_s > NEW.first_s OR last_s < NEW.last_s);
    END""",
)
