"""The thread that writes sightings and the events of cameras.

What cannot be written waits, the newest of each track, until the store can be written again; the
log says so once, and once more when it is over.
"""

from __future__ import annotations

import logging
import time

from lookout.server.live import clock
from lookout.server.live.track_accumulator import TrackKey
from lookout.server.sightings.camera_log import CameraLog
from lookout.server.sightings.sighting_writer import SightingWriter
from lookout.server.sightings.watcher import MAX_TRACKS, PendingWrite, Watcher
from lookout.server.storage.errors import Conflict, StorageError
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

TICK_S = 0.5


class Recorder(StoppableThread):
    """Owns the thread. `close` writes everything that is still waiting."""

    def __init__(
        self,
        watcher: Watcher,
        writer: SightingWriter,
        cameras: CameraLog,
        *,
        tick_s: float = TICK_S,
    ) -> None:
        self._watcher = watcher
        self._writer = writer
        self._cameras = cameras
        self._tick_s = tick_s
        self._waiting: dict[TrackKey, PendingWrite] = {}
        self._failing = False
        self._lost = self._logged_lost = 0
        super().__init__("sightings")

    def _work(self) -> None:
        while not self._stop.wait(self._tick_s):
            self._round(last=False)
        self._round(last=True)

    def _round(self, *, last: bool) -> None:
        for due in self._watcher.take(time.monotonic(), everything=last):
            self._wait(due)
        self._log_lost()
        try:
            self._write_all()
            if last:
                self._writer.end_all()
            else:
                self._writer.end_silent(clock.unix_s(time.monotonic()))
            self._cameras.update(time.monotonic())
        except StorageError as error:
            if not self._failing:  # logged once, not twice a second
                log.error("sightings cannot be written, and wait: %s", error)  # noqa: TRY400
            self._failing = True
        except Exception:
            # one odd face must not end the record of all others; nothing is swallowed unlogged
            log.exception("a sighting could not be written")
        else:
            if self._failing:
                log.info("sightings are written again")
            self._failing = False

    def _write_all(self) -> None:
        failed: StorageError | None = None
        for key in list(self._waiting):
            due = self._waiting.pop(key)
            try:
                self._writer.write(due)
            except Conflict as error:
                # its person was deleted in this very moment; the next write knows
                log.info("a sighting was not written: %s", error)
            except StorageError as error:
                self._waiting[key] = due
                failed = error  # a track that always fails must not hold up the others
        if failed is not None:
            raise failed

    def _wait(self, due: PendingWrite) -> None:
        if due.key in self._waiting or len(self._waiting) < MAX_TRACKS:
            self._waiting[due.key] = due
        else:
            self._lost += 1

    def _log_lost(self) -> None:
        lost = self._lost + self._watcher.lost
        if lost >= 2 * self._logged_lost and lost:  # 1, 2, 4, 8 …: often enough to see it grow
            log.warning("%d faces were not recorded, because too many waited", lost)
            self._logged_lost = lost
