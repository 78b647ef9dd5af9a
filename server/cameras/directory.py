"""Which cameras there are: the stable id behind each name, edges included."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from lookout.names import BadName, camera_name
from lookout.server.cameras.errors import BadCamera
from lookout.server.storage.camera_records import (
    CameraKind,
    CameraPlace,
    CameraRecord,
    Origin,
    new_camera_id,
)
from lookout.server.storage.errors import NotFound
from lookout.server.storage.store_cameras import Cameras

MOST_EDGES = 1024
"""Cameras of edges that are remembered; names come from edges, and the oldest makes room."""
MOST_PULLED = 256
"""Cameras that are entered."""
MOST_FORMER_NAMES = 8
STRAGGLERS_S = 120.0
"""So long after a camera was renamed, what still carries the old name is its own."""


class CameraDirectory:
    """The cameras of the store, held in memory. Any thread.

    What the store holds counts; `refresh` takes over what another process has changed.
    """

    def __init__(self, store: Cameras, clock: Callable[[], float] = time.time) -> None:
        """clock: Unix seconds. Raises StorageError."""
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._renamed: dict[str, tuple[str, float]] = {}
        self._version = 0
        self._cameras: dict[str, CameraRecord] = {}
        self._ids: dict[str, str] = {}
        self.refresh()

    def refresh(self) -> bool:
        """Reads the store anew where it has changed; whether it had. Raises StorageError."""
        with self._lock:
            return self._refresh()

    def all(self) -> tuple[CameraRecord, ...]:
        """Every camera, by name."""
        with self._lock:
            return tuple(sorted(self._cameras.values(), key=lambda camera: camera.name))

    def get(self, camera: str) -> CameraRecord:
        """The camera with this id. Raises NotFound."""
        with self._lock:
            found = self._cameras.get(camera)
        if found is None:
            raise NotFound(f"there is no camera {camera!r:.60}")
        return found

    def name_of(self, camera: str) -> str | None:
        """The name of the camera with this id; None where there is none."""
        with self._lock:
            found = self._cameras.get(camera)
            return None if found is None else found.name

    def place_of(self, name: str) -> CameraPlace | None:
        """Where the camera with this name hangs; touches no store."""
        with self._lock:
            found = self._cameras.get(self._find(name) or "")
            return None if found is None else found.place

    def find(self, name: str) -> str | None:
        """The id of the camera with this name; touches no store."""
        with self._lock:
            return self._find(name)

    def liveness_of(self, name: str) -> str | None:
        """What the camera of this name demands of liveness; None without a wish of its own, or a
        camera. Touches no store."""
        with self._lock:
            camera = self._cameras.get(self._find(name) or "")
            return None if camera is None else camera.liveness

    def id_of(self, name: str) -> str:
        """The id of the camera with this name; one that is seen for the first time, an edge's, is
        entered. Raises StorageError: not for threads that must not wait for a disk."""
        with self._lock:
            found = self._find(name)
            if found is None:
                self._refresh()
                found = self._find(name)
            if found is None:
                self._make_room()
                camera = CameraRecord(
                    new_camera_id(), name, CameraKind.EDGE, self._clock(), origin=Origin.EDGE
                )
                self._store.add(camera)
                self._refresh()
                found = camera.id
            return found

    def add(self, camera: CameraRecord) -> CameraRecord:
        """Enters a camera that the server fetches. Raises BadCamera, Conflict, StorageError."""
        camera = replace(camera, name=_checked_name(camera.name))
        with self._lock:
            pulled = [one for one in self._cameras.values() if one.kind is not CameraKind.EDGE]
            if len(pulled) >= MOST_PULLED:
                raise BadCamera(
                    f"{MOST_PULLED} cameras are entered already, and more are not kept: remove one"
                )
            self._store.add(camera)
            self._refresh()
        return camera

    def update(self, camera: CameraRecord) -> CameraRecord:
        """Replaces a camera. Raises BadCamera, NotFound, Conflict, StorageError."""
        with self._lock:
            self._refresh()
            old = self._cameras.get(camera.id)
            if old is None:
                raise NotFound(f"there is no camera {camera.id!r:.60}")
            name = _checked_name(camera.name)
            former = old.former_names
            if name != old.name:
                kept = [one for one in former if one not in (name, old.name)]
                former = (*kept, old.name)[-MOST_FORMER_NAMES:]
            camera = replace(camera, name=name, former_names=former)
            self._store.update(camera)
            if name != old.name:
                self._renamed[old.name] = (camera.id, self._clock())
            self._refresh()
        return camera

    def delete(self, camera: str) -> None:
        """Removes a camera; an edge that goes on sending is entered anew. Raises NotFound,
        StorageError."""
        with self._lock:
            self._store.delete(camera)
            self._refresh()

    def _find(self, name: str) -> str | None:
        found = self._ids.get(name)
        if found is not None:
            return found
        camera, renamed_s = self._renamed.get(name, ("", 0.0))
        if camera in self._cameras and self._clock() - renamed_s <= STRAGGLERS_S:
            return camera
        self._renamed.pop(name, None)
        return None

    def _refresh(self) -> bool:
        version = self._store.version()
        if version == self._version:
            return False
        self._cameras = {camera.id: camera for camera in self._store.all()}
        self._ids = {camera.name: camera.id for camera in self._cameras.values()}
        self._version = version
        return True

    def _make_room(self) -> None:
        edges = [one for one in self._cameras.values() if one.kind is CameraKind.EDGE]
        if len(edges) >= MOST_EDGES:
            self._store.delete(min(edges, key=lambda camera: camera.created_at).id)


def _checked_name(name: str) -> str:
    try:
        return camera_name(name)
    except BadName as error:
        raise BadCamera(str(error)) from error
