"""All cameras in one place: which there are, how they do, and what they show."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from lookout.faces.errors import BadImage
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.cameras.pulled_cameras import NoPulledCameras, PulledCameras
from lookout.server.cameras.status import CameraCondition, CameraReport
from lookout.server.cameras.views import CameraView, LiveViews
from lookout.server.events.types import EventType
from lookout.server.live.camera_board import CameraBoard, ConnectedCamera
from lookout.server.live.camera_names import CameraNames
from lookout.server.storage.camera_records import CameraRecord
from lookout.server.storage.errors import NotFound
from lookout.server.storage.records import Event, new_id


class CameraHub:
    """What the HTTP side works with. Any thread."""

    def __init__(
        self,
        directory: CameraDirectory,
        board: CameraBoard,
        views: LiveViews,
        names: CameraNames,
        pulled: PulledCameras | None = None,
        publish: Callable[[Event], object] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """pulled: those that the server fetches. publish: tells of changes; raises StorageError.
        clock: that of the board."""
        self.directory = directory
        self.views = views
        self._board = board
        self._names = names
        self._pulled = pulled or NoPulledCameras()
        self._publish = publish
        self._clock = clock

    def newest(self, camera: str) -> CameraView | None:
        """The newest view of the camera with this id."""
        name = self.directory.name_of(camera)
        return None if name is None else self.views.newest(name)

    def connected(self, camera: CameraRecord) -> ConnectedCamera | None:
        """What has been counted of this camera; None where it has sent nothing."""
        return self._board.camera(camera.name)

    def condition(self, camera: str) -> CameraCondition:
        """How the camera with this id does."""
        try:
            record = self.directory.get(camera)
        except NotFound:
            return CameraCondition.REMOVED
        if not record.enabled:
            return CameraCondition.DISABLED
        pulled = self._pulled.status(record)
        if pulled is not None:
            return pulled.condition
        connected = self._board.camera(record.name)
        if connected is None:
            return CameraCondition.OFFLINE
        return CameraCondition(connected.condition(self._clock()))

    def status(self, camera: CameraRecord) -> CameraReport:
        """How this camera does, in full."""
        condition = self.condition(camera.id)
        connected = self._board.camera(camera.name)
        pulled = self._pulled.status(camera) if camera.enabled else None
        if pulled is not None:
            latency_ms = None if connected is None else connected.latency_ms
            return replace(pulled, latency_ms=latency_ms)
        if connected is None:
            return CameraReport(condition)
        return CameraReport(
            condition,
            fps=round(connected.fps(self._clock()), 1),
            latency_ms=connected.latency_ms,
            last_frame_s=connected.last_frame_s,
            size_wh=self._size_wh(camera.name),
        )

    def sending(self) -> tuple[ConnectedCamera, ...]:
        """Those that have sent frames and are neither switched off nor removed."""
        known = {one.name: one for one in self.directory.all()}
        return tuple(
            connected
            for connected in self._board.cameras()
            if connected.name in known and known[connected.name].enabled
        )

    def add(self, camera: CameraRecord) -> CameraRecord:
        """Enters a camera. Raises BadCamera, Conflict, StorageError."""
        added = self.directory.add(camera)
        self._tell(added.name, "added")
        return added

    def update(self, camera: CameraRecord) -> CameraRecord:
        """Replaces a camera; what its device sends is under its new name from the next frame on.

        Raises BadCamera, NotFound, Conflict, StorageError."""
        old = self.directory.get(camera.id)
        updated = self.directory.update(camera)
        if updated.name != old.name:
            self._names.rename(old.name, updated.name)
            self._let_go(old.name)
        self._tell(updated.name, "renamed" if updated.name != old.name else "changed")
        return updated

    def remove(self, camera: str) -> None:
        """Raises NotFound, StorageError."""
        record = self.directory.get(camera)
        self.directory.delete(camera)
        self._let_go(record.name)
        self._tell(record.name, "removed")

    def _tell(self, name: str, action: str) -> None:
        self._publish(
            Event(
                new_id(),
                EventType.CAMERA_CHANGED,
                time.time(),
                name if action != "removed" else "",
                detail={"action": action},
            )
        )

    def _let_go(self, name: str) -> None:
        self._board.drop(name)
        self.views.drop(name)

    def _size_wh(self, name: str) -> tuple[int, int] | None:
        view = self.views.newest(name)
        if view is None:
            return None
        try:
            return view.size_wh
        except BadImage:
            return None
