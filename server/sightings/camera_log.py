"""The log of cameras: an event when one comes and when it is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lookout.server.events.types import EventType, OldKind
from lookout.server.live.camera_board import ConnectedCamera
from lookout.server.storage.records import Event, new_id
from lookout.server.storage.store import Store

_OLD = {
    EventType.CAMERA_ONLINE: OldKind.CAMERA_ONLINE,
    EventType.CAMERA_LOST: OldKind.CAMERA_LOST,
}
LOST_AFTER_S = 10.0
"""Without a frame. An edge that reconnects takes half a second; that is no loss of a camera."""


class CameraLog:
    """For one thread."""

    def __init__(
        self,
        store: Store,
        cameras: Callable[[], Sequence[ConnectedCamera]],
        keep_names: Callable[[], None] = lambda: None,
        unix_s: Callable[[float], float] = lambda now_s: now_s,
    ) -> None:
        """keep_names: writes down the owners of camera names; raises StorageError. unix_s: converts
        a time of the cameras' clock to Unix time."""
        self._unix_s = unix_s
        self._keep_names = keep_names
        self._store = store
        self._cameras = cameras
        self._online: set[str] = set()

    def update(self, now_s: float) -> None:
        """Compares with the last update, at `now_s` of the cameras' clock.

        Raises StorageError; an event that could not be written is tried again at the next update.
        """
        self._keep_names()
        cameras = {camera.name: camera for camera in self._cameras()}
        online = {
            name for name, camera in cameras.items() if now_s - camera.last_frame_s <= LOST_AFTER_S
        }
        for name in sorted(online - self._online):
            self._add(EventType.CAMERA_ONLINE, name, now_s)
            self._online.add(name)
        for name in sorted(self._online - online):
            camera = cameras.get(name)
            self._add(EventType.CAMERA_LOST, name, now_s if camera is None else camera.last_frame_s)
            self._online.discard(name)

    def _add(self, kind: EventType, camera: str, at_s: float) -> None:
        self._store.events.add(
            Event(new_id(), kind, self._unix_s(at_s), camera, old_kind=_OLD[kind])
        )
