"""Cameras in MongoDB."""

from __future__ import annotations

from lookout.server.storage.camera_records import CameraRecord
from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.mongo.common import MongoTools
from lookout.server.storage.mongo.sighting_rows import change_sightings
from lookout.server.storage.rows.places import camera_fields, read_camera
from lookout.server.storage.store_sharing import Topic


class MongoCameras:
    """`server.storage.store_cameras.Cameras`."""

    def __init__(self, tools: MongoTools) -> None:
        self._tools = tools

    def add(self, camera: CameraRecord) -> None:
        try:
            with self._tools.database.write() as writer:
                writer.insert("cameras", camera_fields(camera, self._tools.store_key))
        except Conflict as error:
            raise _taken(camera) from error

    def update(self, camera: CameraRecord) -> None:
        fields = camera_fields(camera, self._tools.store_key)
        del fields["created_at"]
        with self._tools.database.write() as writer:
            old = self.get(camera.id)
            try:
                with self._tools.database.write():
                    writer.update("cameras", {"_id": camera.id}, fields)
            except Conflict as error:
                raise _taken(camera) from error
            if camera.name != old.name:
                renamed, query = {"camera": camera.name}, {"camera": old.name}
                change_sightings(writer, query, renamed)
                writer.update("events", query, renamed)

    def get(self, camera: str) -> CameraRecord:
        with self._tools.database.read() as reader:
            row = reader.one("cameras", {"_id": camera})
        if row is None:
            raise _no_camera(camera)
        return read_camera(row, self._tools.store_key)

    def all(self) -> tuple[CameraRecord, ...]:
        with self._tools.database.read() as reader:
            rows = reader.find("cameras", {}, (("name", 1),))
        return tuple(read_camera(row, self._tools.store_key) for row in rows)

    def delete(self, camera: str) -> None:
        with self._tools.database.write() as writer:
            if not writer.delete("cameras", {"_id": camera}):
                raise _no_camera(camera)

    def version(self) -> int:
        return self._tools.database.number(Topic.CAMERAS)


def _taken(camera: CameraRecord) -> Conflict:
    return Conflict(f"there is a camera called {camera.name!r:.120} already: choose another name")


def _no_camera(camera: str) -> NotFound:
    return NotFound(f"there is no camera {camera!r:.60}")
