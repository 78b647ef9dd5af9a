"""The thread that writes sightings and the events of cameras.

It writes when the watcher has news, and looks for the rest every TICK_S. What cannot be written
waits, the newest of each track, until the store can be written again; the log says so once, and
once more when it is over.
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

    def close(self, timeout_s: float) -> bool:
        self._stop.set()
        self._watcher.news.set()
        return super().close(timeout_s)

    def _work(self) -> None:
        tick_s = time.monotonic() + self._tick_s
        while not self._stop.is_set():
            self._watcher.news.wait(max(0.0, tick_s - time.monotonic()))
            self._watcher.news.clear()
            is_tick = time.monotonic() >= tick_s
            if is_tick:
                tick_s = time.monotonic() + self._tick_s
            self._round(is_tick=is_tick)
        self._round(last=True)

    def _round(self, *, is_tick: bool = True, last: bool = False) -> None:
        """Writes what is due; looks after ends and cameras at each tick."""
        for due in self._watcher.take(time.monotonic(), everything=last):
            self._wait(due)
        self._log_lost()
        try:
            self._write_all()
            if last:
                self._writer.end_all()
            elif is_tick:
                self._writer.end_silent(clock.unix_s(time.monotonic()))
            if is_tick:
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
