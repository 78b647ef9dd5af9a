"""A camera that hangs upside down is noticed by the faces before it, and named once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pytest
import skimage.data

from lookout.faces.detections import Detections, Image, pixel_count
from lookout.faces.engine import open_detector
from lookout.faces.protocols import Detector
from lookout.server.live.frame_job import Source
from lookout.server.live.upright_watch import CHECKS, CHECKS_SHARE, PAUSE_S, UprightWatch

pytestmark = pytest.mark.data

DOOR = Source(1, "door")


@pytest.fixture(scope="module")
def detector(weights: None) -> Detector:
    return open_detector("yunet")


class CountingDetector:
    """Counts the pixels that it searches; each takes a microsecond of its clock."""

    name, face_px = "yunet", 58

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.pixels = 0

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        self.pixels += sum(map(pixel_count, images_bgr))
        return self._detector.detect(images_bgr)

    def clock_s(self) -> float:
        return self.pixels * 1e-6


def show(
    watch: UprightWatch, detector: Detector, image_bgr: Image, times_s: Iterable[float]
) -> None:
    (found,) = detector.detect([image_bgr])
    assert len(found) == 1
    for time_s in times_s:
        watch.saw(DOOR, image_bgr, found, time_s)


def often(checks: int) -> Iterable[float]:
    """The times of frames, ten for each pause between two checks."""
    return (PAUSE_S / 10 * frame for frame in range(10 * checks))


def portrait() -> Image:
    """Eileen Collins, 512×320."""
    return np.ascontiguousarray(skimage.data.astronaut()[:320, :, ::-1])


def upside_down() -> Image:
    return np.ascontiguousarray(portrait()[::-1, ::-1])


def watch_of(detector: Detector) -> UprightWatch:
    """A watch to which checks cost nothing."""
    return UprightWatch(detector, clock=lambda: 0.0)


def test_a_camera_upside_down_is_named_once(
    detector: Detector, caplog: pytest.LogCaptureFixture
) -> None:
    show(watch_of(detector), detector, upside_down(), often(3 * CHECKS))
    (message,) = (record.getMessage() for record in caplog.records)
    assert message.startswith("the picture of 'door' is upside down")
    assert message.endswith("--rotate 180")


def test_neighbouring_frames_count_as_one(
    detector: Detector, caplog: pytest.LogCaptureFixture
) -> None:
    show(watch_of(detector), detector, upside_down(), often(CHECKS))
    assert not caplog.records


def test_an_upright_camera_is_no_news(detector: Detector, caplog: pytest.LogCaptureFixture) -> None:
    show(watch_of(detector), detector, portrait(), often(3 * CHECKS))
    assert not caplog.records


def test_checks_take_a_hundredth_of_the_time_and_search_windows_alone(detector: Detector) -> None:
    counting = CountingDetector(detector)
    watch = UprightWatch(counting, clock=counting.clock_s)
    window_px = 128 * 128  # 2.2 faces of 58 pixels each way, searched as it is and turned
    pause_s = 2 * window_px * 1e-6 / CHECKS_SHARE
    assert pause_s > PAUSE_S
    show(watch, detector, portrait(), [0.0])
    assert counting.pixels == 0
    show(watch, detector, portrait(), [PAUSE_S, PAUSE_S + 0.99 * pause_s])
    assert counting.pixels == 2 * window_px
    show(watch, detector, portrait(), [PAUSE_S + 1.01 * pause_s])
    assert counting.pixels == 4 * window_px
