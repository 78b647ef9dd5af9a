"""Cameras in SQLite."""

from __future__ import annotations

import sqlite3

from lookout.server.storage.camera_records import CameraRecord
from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.rows.places import camera_fields, read_camera
from lookout.server.storage.sqlite.common import Tools, insert, update


class SqliteCameras:
    """`server.storage.store_cameras.Cameras`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def add(self, camera: CameraRecord) -> None:
        try:
            with self._tools.database.write() as writer:
                insert(writer, "cameras", camera_fields(camera, self._tools.store_key))
        except Conflict as error:
            raise _taken(camera) from error

    def update(self, camera: CameraRecord) -> None:
        with self._tools.database.write() as writer:
            old = self.get(camera.id)
            try:
                with self._tools.database.write():
                    fields = camera_fields(camera, self._tools.store_key)
                    del fields["created_at"]
                    update(writer, "cameras", fields, "id = ?", camera.id)
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

    def _camera(self, row: sqlite3.Row) -> CameraRecord:
        return read_camera(row, self._tools.store_key)


def _taken(camera: CameraRecord) -> Conflict:
    return Conflict(f"there is a camera called {camera.name!r:.120} already: choose another name")


def _no_camera(camera: str) -> NotFound:
    return NotFound(f"there is no camera {camera!r:.60}")
