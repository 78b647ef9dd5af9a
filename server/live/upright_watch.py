"""Whether a camera hangs upside down, by the faces before it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from lookout.faces.detections import Detections, Image
from lookout.faces.photo.turned import UPSIDE_DOWN, quarters_to_upright
from lookout.faces.protocols import Detector
from lookout.faces.tracking.follower import Cost
from lookout.faces.tracking.window import crop_window, window_side_px
from lookout.server.live.frame_job import Source

log = logging.getLogger(__name__)

CHECKS, MOST = 5, 4
"""Frames of a camera whose widest face is checked, and how many of them must agree."""
PAUSE_S = 0.5
"""The shortest time from the first face to the first check of a camera, and between two checks:
neighbours show the same."""
CHECKS_SHARE = 0.01
"""The share of the machine's time that the checks of all cameras together may take, about."""


@dataclass(slots=True)
class _CameraChecks:
    """The state of a camera."""

    next_s: float
    done: int = 0
    turned: int = 0


class UprightWatch:
    """Logs, once for each camera, that its picture has to be turned.

    It works in the recognition thread, so it checks seldom, and only the window around one face:
    with HOG a check takes 14 ms where a search of the whole frame takes 155 ms, with YuNet 9 ms of
    37 ms. Of 300 portraits of LFW in the middle of a frame, YuNet finds 273 upside down and all 300
    upright, and every check is right; whole frames gave 271 of those 273.

    clock: measures what checks cost, in seconds.
    """

    def __init__(
        self, detector: Detector, *, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._detector = detector
        self._clock = clock
        self._side_px = window_side_px(detector)
        self._cost = Cost()
        self._cameras: dict[Source, _CameraChecks] = {}

    def saw(self, source: Source, image_bgr: Image, found: Detections, now_s: float) -> None:
        """Takes the faces of one frame, and the time of the frame."""
        if not len(found):
            return
        camera = self._cameras.setdefault(source, _CameraChecks(now_s + PAUSE_S))
        if camera.done == CHECKS or now_s < camera.next_s:
            return
        began_s = self._clock()
        camera.turned += self._is_upside_down(image_bgr, found)
        self._cost.learn(self._clock() - began_s, 1)
        camera.done += 1
        camera.next_s = now_s + self._pause_s()
        if camera.done == CHECKS and camera.turned >= MOST:
            log.warning(
                "the picture of %r is upside down, and faces are recognized upright only: start "
                "the edge of this camera with --rotate 180",
                source.camera,
            )

    def forget(self, source: Source) -> None:
        """The camera has gone."""
        self._cameras.pop(source, None)

    def _is_upside_down(self, image_bgr: Image, found: Detections) -> bool:
        """Whether the widest face is found more surely when it is turned."""
        widest = found.box_xyxy[found.size_wh[:, 0].argmax()]
        window = crop_window(image_bgr, widest, self._side_px)
        if window is None:
            return False
        (upright,) = self._detector.detect([window.image_bgr])
        turn = quarters_to_upright(self._detector, window.image_bgr, upright, UPSIDE_DOWN)
        return bool(turn)

    def _pause_s(self) -> float:
        """The time between two checks of one camera."""
        return max(PAUSE_S, self._cost.of(len(self._cameras)) / CHECKS_SHARE)
