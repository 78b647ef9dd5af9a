"""The schema of the faces of sightings in blocks (`server.storage.store_faces`).

A block goes with the first of its sightings that is deleted, whose face changes or whose encoder
does, whatever code does that, and its key goes with it.
"""

from __future__ import annotations

_GONE = """DELETE FROM face_blocks
    WHERE encoder = {row}.encoder AND first <= {row}.seq AND last >= {row}.seq;"""

FACES = (
    """CREATE TABLE face_blocks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        encoder TEXT NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        count INTEGER NOT NULL,
        data_key INTEGER NOT NULL UNIQUE REFERENCES data_keys (id),
        sealed BLOB NOT NULL
    ) STRICT""",
    "CREATE UNIQUE INDEX face_blocks_by_place ON face_blocks (encoder, first, last)",
    """CREATE TRIGGER face_blocks_take_their_keys AFTER DELETE ON face_blocks BEGIN
        DELETE FROM data_keys WHERE id = OLD.data_key;
    END""",
    f"""CREATE TRIGGER sightings_break_block AFTER DELETE ON sightings
        WHEN OLD.sealed_encoding IS NOT NULL BEGIN {_GONE.format(row="OLD")} END""",
    f"""CREATE TRIGGER sightings_change_block AFTER UPDATE OF sealed_encoding, encoder ON sightings
        BEGIN {_GONE.format(row="OLD")} {_GONE.format(row="NEW")} END""",
    "CREATE INDEX sightings_with_face ON sightings (encoder) WHERE sealed_encoding IS NOT NULL",
)
