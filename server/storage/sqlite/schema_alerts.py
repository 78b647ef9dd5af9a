"""The schema of alerts: one step of `sqlite.migrations`."""

from __future__ import annotations

ALERTS = (
    # rules, lists, zones, fences, channels and silences: the store knows the people in them only
    """CREATE TABLE definitions (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE definition_people (
        definition TEXT NOT NULL REFERENCES definitions (id) ON DELETE CASCADE,
        person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        bound INTEGER NOT NULL,
        PRIMARY KEY (definition, person)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX definition_people_by_person ON definition_people (person)",
    # a silence of a person who is forgotten would silence nobody, or, without a name, everybody
    """CREATE TRIGGER definitions_go_with_their_person AFTER DELETE ON definition_people
        WHEN OLD.bound BEGIN
        DELETE FROM definitions WHERE id = OLD.definition;
    END""",
    """CREATE TABLE alerts (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        rule TEXT NOT NULL,
        subject TEXT NOT NULL,
        what TEXT NOT NULL,
        state TEXT NOT NULL,
        severity TEXT NOT NULL,
        began_s REAL NOT NULL,
        updated_s REAL NOT NULL,
        person TEXT REFERENCES people (id) ON DELETE CASCADE,
        cluster TEXT,
        camera TEXT NOT NULL,
        sighting TEXT,
        visit TEXT,
        ended_s REAL,
        due_s REAL,
        told_s REAL,
        escalate_s REAL,
        acknowledged_by TEXT NOT NULL,
        tag TEXT NOT NULL,
        count INTEGER NOT NULL,
        sealed_detail BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX alerts_by_time ON alerts (began_s, seq)",
    "CREATE INDEX alerts_by_person ON alerts (person, began_s)",
    "CREATE INDEX alerts_told ON alerts (told_s)",
    "CREATE INDEX alerts_open ON alerts (seq) WHERE ended_s IS NULL",
    """CREATE TABLE deliveries (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        alert TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
        channel TEXT NOT NULL,
        notice TEXT NOT NULL,
        state TEXT NOT NULL,
        created_s REAL NOT NULL,
        next_s REAL NOT NULL,
        attempts INTEGER NOT NULL,
        expires_s REAL,
        sent_s REAL,
        sealed_answer BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX deliveries_by_alert ON deliveries (alert)",
    "CREATE INDEX deliveries_waiting ON deliveries (channel, next_s) WHERE state = 'waiting'",
    "CREATE INDEX deliveries_dead ON deliveries (seq) WHERE state = 'dead'",
    """CREATE TABLE alert_traces (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        sighting TEXT NOT NULL,
        rule TEXT NOT NULL,
        at_s REAL NOT NULL,
        alert TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
        outcome TEXT NOT NULL,
        sealed_words BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX alert_traces_by_sighting ON alert_traces (sighting)",
    "CREATE INDEX alert_traces_by_alert ON alert_traces (alert)",
    "CREATE TABLE alert_versions (what TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT",
    "INSERT INTO alert_versions VALUES ('definitions', 1), ('alerts', 1)",
    *(
        f"""CREATE TRIGGER {table}_version_{change.lower()} AFTER {change} ON {table} BEGIN
            UPDATE alert_versions SET number = number + 1 WHERE what = '{what}';
        END"""
        for table, what in (
            ("definitions", "definitions"),
            ("definition_people", "definitions"),
            ("alerts", "alerts"),
        )
        for change in ("INSERT", "UPDATE", "DELETE")
    ),
)
