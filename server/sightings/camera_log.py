"""The log of cameras: an event when one comes and when it is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lookout.server.cameras.outage import (
    LOST_AFTER_S,
    CameraBack,
    Change,
    LostCamera,
    NetworkLost,
    Outages,
)
from lookout.server.events.types import EventType, OldKind
from lookout.server.live.camera_board import ConnectedCamera
from lookout.server.storage.records import Event, new_id
from lookout.server.storage.store import Store

AWAY_S, TEXT, CAMERAS = "away_s", "text", "cameras"
"""In the detail: for how long it was away, that in words, and which cameras have gone at once."""


class CameraLog:
    """For one thread."""

    def __init__(
        self,
        store: Store,
        cameras: Callable[[], Sequence[ConnectedCamera]],
        keep_names: Callable[[], None] = lambda: None,
        unix_s: Callable[[float], float] = lambda now_s: now_s,
        lost_after_s: float = LOST_AFTER_S,
    ) -> None:
        """keep_names: writes down the owners of camera names; raises StorageError. unix_s: converts
        a time of the cameras' clock to Unix time. lost_after_s: without a frame."""
        self._unix_s = unix_s
        self._keep_names = keep_names
        self._store = store
        self._cameras = cameras
        self._outages = Outages(lost_after_s)
        self._untold: list[Change] = []

    def update(self, now_s: float) -> None:
        """Compares with the last update, at `now_s` of the cameras' clock.

        Raises StorageError; an event that could not be written is tried again at the next update.
        """
        self._keep_names()
        frames_s = {camera.name: camera.last_frame_s for camera in self._cameras()}
        self._untold += self._outages.changes(frames_s, now_s)
        while self._untold:
            self._store.events.add(self._event(self._untold[0]))
            self._untold.pop(0)

    def _event(self, change: Change) -> Event:
        at_s = self._unix_s(change.at_s)
        match change:
            case CameraBack(camera, _, away_s):
                detail: dict[str, object] = {}
                if away_s is not None:
                    detail = {AWAY_S: round(away_s, 1), TEXT: f"back after {duration(away_s)}"}
                return Event(
                    new_id(),
                    EventType.CAMERA_ONLINE,
                    at_s,
                    camera,
                    detail=detail,
                    old_kind=OldKind.CAMERA_ONLINE,
                )
            case LostCamera(camera):
                return Event(
                    new_id(), EventType.CAMERA_LOST, at_s, camera, old_kind=OldKind.CAMERA_LOST
                )
            case NetworkLost(cameras):
                text = f"{len(cameras)} cameras have gone at once: this looks like the network"
                return Event(
                    new_id(),
                    EventType.CAMERA_LOST,
                    at_s,
                    detail={CAMERAS: list(cameras), TEXT: text},
                    old_kind=OldKind.CAMERA_LOST,
                )


def duration(seconds: float) -> str:
    """A length of time for people."""
    whole = max(1, round(seconds))
    if whole < 120:
        return f"{whole} s"
    if whole < 7200:
        return f"{round(whole / 60)} min"
    return f"{whole / 3600:.1f} h"
