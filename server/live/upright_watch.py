"""Whether a camera hangs upside down, by the faces before it."""

from __future__ import annotations

import logging
from collections import Counter

from lookout.faces.detections import Detections, Image
from lookout.faces.photo.turned import UPSIDE_DOWN, quarters_to_upright
from lookout.faces.protocols import Detector
from lookout.server.live.frame_job import Source

log = logging.getLogger(__name__)

ENOUGH, MOST = 5, 4
"""Frames with faces that are searched turned, too, and how many of them must agree."""
APART = 10
"""Frames with faces between two of those: neighbours show the same."""


class UprightWatch:
    """Logs, once for each camera, that its picture has to be turned."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._frames: Counter[Source] = Counter()
        self._turned: Counter[Source] = Counter()

    def saw(self, source: Source, image_bgr: Image, found: Detections) -> None:
        """Takes the faces of one frame."""
        if not len(found) or self._frames[source] >= ENOUGH * APART:
            return
        self._frames[source] += 1
        if self._frames[source] % APART:
            return
        upside_down = quarters_to_upright(self._detector, image_bgr, found, UPSIDE_DOWN)
        self._turned[source] += bool(upside_down)
        if self._frames[source] == ENOUGH * APART and self._turned[source] >= MOST:
            log.warning(
                "the picture of %r is upside down, and faces are recognized upright only: start "
                "the edge of this camera with --rotate 180",
                source.camera,
            )

    def forget(self, source: Source) -> None:
        """The camera has gone."""
        self._frames.pop(source, None)
        self._turned.pop(source, None)
