"""Cameras in SQLite."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Mapping
from typing import Any

from lookout.server.storage.camera_records import CameraKind, CameraPlace, CameraRecord, Origin
from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.sqlite.common import Tools

_COLUMNS = ("id", "name", "kind", "created_at")


class SqliteCameras:
    """`server.storage.store_cameras.Cameras`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def add(self, camera: CameraRecord) -> None:
        try:
            with self._tools.database.write() as writer:
                writer.execute(
                    "INSERT INTO cameras (id, name, kind, created_at, sealed) "
                    "VALUES (?, ?, ?, ?, ?)",
                    (camera.id, camera.name, camera.kind, camera.created_at, self._sealed(camera)),
                )
        except Conflict as error:
            raise _taken(camera) from error

    def update(self, camera: CameraRecord) -> None:
        with self._tools.database.write() as writer:
            old = self.get(camera.id)
            try:
                with self._tools.database.write():
                    writer.execute(
                        "UPDATE cameras SET name = ?, kind = ?, sealed = ? WHERE id = ?",
                        (camera.name, camera.kind, self._sealed(camera), camera.id),
                    )
            except Conflict as error:
                raise _taken(camera) from error
            if camera.name != old.name:
                for table in ("sightings", "events"):
                    writer.execute(
                        f"UPDATE {table} SET camera = ? WHERE camera = ?", (camera.name, old.name)
                    )

    def get(self, camera: str) -> CameraRecord:
        with self._tools.database.read() as reader:
            row = reader.execute("SELECT * FROM cameras WHERE id = ?", (camera,)).fetchone()
        if row is None:
            raise _no_camera(camera)
        return self._camera(row)

    def all(self) -> tuple[CameraRecord, ...]:
        with self._tools.database.read() as reader:
            rows = reader.execute("SELECT * FROM cameras ORDER BY name").fetchall()
        return tuple(map(self._camera, rows))

    def delete(self, camera: str) -> None:
        with self._tools.database.write() as writer:
            found = writer.execute("DELETE FROM cameras WHERE id = ?", (camera,)).rowcount
            self._tools.database.after_commit(self._tools.database.erase_traces)
        if not found:
            raise _no_camera(camera)

    def version(self) -> int:
        with self._tools.database.read() as reader:
            return int(reader.execute("SELECT number FROM camera_version").fetchone()["number"])

    def _sealed(self, camera: CameraRecord) -> bytes:
        fields = dataclasses.asdict(camera)
        return self._tools.store_key.seal_json(
            {name: value for name, value in fields.items() if name not in _COLUMNS}
        )

    def _camera(self, row: sqlite3.Row) -> CameraRecord:
        return CameraRecord(
            id=row["id"],
            name=row["name"],
            kind=CameraKind(row["kind"]),
            created_at=row["created_at"],
            **_opened(self._tools.store_key.open_mapping(row["sealed"])),
        )


def _opened(sealed: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as the record has them: JSON knows neither tuples nor records."""
    fields = dict(sealed)
    fields["origin"] = Origin(fields["origin"])
    fields["former_names"] = tuple(fields["former_names"])
    fields["privacy_masks"] = tuple(
        tuple((x, y) for x, y in polygon) for polygon in fields["privacy_masks"]
    )
    if fields["place"] is not None:
        fields["place"] = CameraPlace(**fields["place"])
    return fields


def _taken(camera: CameraRecord) -> Conflict:
    return Conflict(f"there is a camera called {camera.name!r:.120} already: choose another name")


def _no_camera(camera: str) -> NotFound:
    return NotFound(f"there is no camera {camera!r:.60}")
