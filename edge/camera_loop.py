"""Keeps a camera's newest picture in a slot and reopens the camera when it fails."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, replace
from enum import StrEnum

from lookout.edge.cameras.camera import Camera
from lookout.edge.cameras.errors import CameraError
from lookout.edge.cameras.jpeg import size_of
from lookout.edge.frame import Frame
from lookout.edge.rate import RateMeter
from lookout.edge.slot import Slot

log = logging.getLogger(__name__)

STALL_S = 5.0  # without a picture for so long, a camera is closed and reopened
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 10.0
STOP_TIMEOUT_S = 15.0  # an `open` may be under way: it has its own, shorter timeout


class CameraState(StrEnum):
    """The states of a camera."""

    OPENING = "opening"
    LIVE = "live"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """One moment of the camera. `message` is for people, `since` is the Unix second, UTC, of the
    last change of state; `size_wh` is in pixels, None before the first picture."""

    name: str
    state: CameraState
    message: str
    fps: float
    size_wh: tuple[int, int] | None
    since: float


class CameraLoop:
    """Owns one thread, which opens, reads and closes the camera.

    Pictures are numbered from 1 on, across every reopening. A camera that fails is opened again
    after 0.5 s, then after twice as long each time, up to 10 s. Whatever it raises is in `status`.
    """

    def __init__(self, camera: Camera, slot: Slot[Frame], *, stall_s: float = STALL_S) -> None:
        self._camera = camera
        self._slot = slot
        self._stall_s = stall_s
        self._stop = threading.Event()
        self._rate = RateMeter()
        self._lock = threading.Lock()
        self._status = CameraStatus(
            camera.name, CameraState.OPENING, f"opening {camera.name}", 0.0, None, time.time()
        )
        self._number = 0
        self._thread = threading.Thread(target=self._run, name="camera loop", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread and releases the camera."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(STOP_TIMEOUT_S)

    def status(self) -> CameraStatus:
        with self._lock:
            return replace(self._status, fps=self._rate.per_second())

    def _run(self) -> None:
        wait_s = FIRST_WAIT_S
        while not self._stop.is_set():
            before = self._number
            message = self._watch()
            if self._stop.is_set():
                return
            if self._number > before:
                wait_s = FIRST_WAIT_S
            self._report(CameraState.LOST, message)
            self._stop.wait(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    def _watch(self) -> str:
        """Opens the camera and reads it until it fails or `stop`; returns how it ended."""
        name = self._camera.name
        try:
            self._camera.open()
            while not self._stop.is_set():
                self._show(self._camera.read(self._stall_s))
        except CameraError as error:
            log.warning("camera %s: %s", name, error)
            return str(error)
        except Exception as error:  # this thread outlives every fault of a camera's library
            log.exception("camera %s failed unexpectedly", name)
            return f"{name} failed unexpectedly: {type(error).__name__}: {error}"
        finally:
            self._camera.close()
        return f"{name} is closed"

    def _show(self, frame: Frame) -> None:
        self._number += 1
        if self._status.state is not CameraState.LIVE:
            self._report(CameraState.LIVE, f"{self._camera.name} is live", size_of(frame.jpeg))
        self._rate.mark()
        self._slot.put(replace(frame, number=self._number))

    def _report(
        self, state: CameraState, message: str, size_wh: tuple[int, int] | None = None
    ) -> None:
        with self._lock:
            since = self._status.since if state is self._status.state else time.time()
            self._status = replace(
                self._status,
                state=state,
                message=message,
                since=since,
                size_wh=size_wh or self._status.size_wh,
            )
        if state is CameraState.LIVE:
            log.info("camera %s", message)
