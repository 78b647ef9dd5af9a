"""The parts that one camera needs on this machine, started and stopped together."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from lookout.edge.camera_loop import CameraLoop, CameraState, CameraStatus
from lookout.edge.cameras import Camera
from lookout.edge.capture import Capture
from lookout.edge.challenge import ChallengeDesk
from lookout.edge.frame import Frame
from lookout.edge.link import Link, LinkSettings
from lookout.edge.link_status import LinkStatus
from lookout.edge.mjpeg import Viewers
from lookout.edge.photo_outbox import OutboxStatus, PhotoOutbox
from lookout.edge.photos import PhotoStore
from lookout.edge.slot import Slot
from lookout.edge.view import View, ViewStatus
from lookout.wire.corrections import Corrected, Correction
from lookout.wire.records import Result

MOST_VIEWERS = 32
CORRECT_TIMEOUT_S = 5.0
"""The longest wait of a person at the page; the server waits for its file for 3 s at most."""
OLDEST_PICTURE_S = 5.0
"""`trouble` allows a camera this long between two pictures."""


@dataclass(frozen=True, slots=True)
class StationStatus:
    """One moment of all parts."""

    camera: CameraStatus
    link: LinkStatus
    view: ViewStatus
    photos: OutboxStatus


class Station:
    """Owns the camera loop, the link, the view and the outbox, and so all their threads.

    `camera` may give pictures before `start`, `settings` name the server. Raises TlsRefused.
    """

    def __init__(
        self, camera: Camera, link: LinkSettings, images: Path, most_viewers: int = MOST_VIEWERS
    ) -> None:
        frames: Slot[Frame] = Slot()
        self.camera_name = link.camera
        self.run_id = secrets.token_hex(4)
        """Tells a page that stayed open that this is a new run."""
        self.viewers = Viewers(most_viewers)
        self._store = PhotoStore(images)
        self._camera = CameraLoop(camera, frames)
        self.view = View(frames, self._is_online, link.overlay)
        self.challenge = ChallengeDesk()
        self._link = Link(link, frames, self._on_result, self.challenge.wanted)
        self._outbox = PhotoOutbox(self._store, self._link, self._is_online)
        self.capture = Capture(frames, self._store, self._link, self._outbox.look_now)

    def start(self) -> None:
        self._store.sweep()
        self.view.start()
        self._camera.start()
        self._link.start()
        self._outbox.start()

    def stop(self) -> None:
        """Ends every thread and releases the camera. Streams to viewers end first."""
        self.view.stop()
        self._outbox.stop()
        self._link.stop()
        self._camera.stop()

    def correct(self, correction: Correction) -> Corrected:
        """Sends the correction of a face to the server. Raises WireError, `Refused` with a message
        for the person at the page."""
        return self._link.correct(correction, CORRECT_TIMEOUT_S)

    def status(self) -> StationStatus:
        return StationStatus(
            self._camera.status(), self._link.status(), self.view.status(), self._outbox.status()
        )

    def trouble(self) -> str:
        """The reason why the page shows no live pictures, for people; empty when there is none. The
        server is no part of that."""
        for part, alive in (("view", self.view.alive), ("outbox", self._outbox.alive)):
            if not alive:
                return f"the {part} has stopped; restart this program and see its log"
        camera = self._camera.status()
        if camera.state is not CameraState.LIVE:
            return camera.message
        newest = self.view.pictures.newest()
        if newest is None or time.monotonic() - newest[1].taken_s > OLDEST_PICTURE_S:
            return "no new picture for some seconds"
        return ""

    def _on_result(self, result: Result, jpeg: bytes, taken_s: float) -> None:
        self.challenge.on_result(result)
        self.view.on_result(result, jpeg, taken_s)

    def _is_online(self) -> bool:
        return self._link.status().online
