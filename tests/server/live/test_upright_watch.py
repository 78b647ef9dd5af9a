"""A camera that hangs upside down is noticed by the faces before it, and named once."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data

from lookout.faces.detections import Image
from lookout.faces.engine import open_detector
from lookout.faces.protocols import Detector
from lookout.server.live.frame_job import Source
from lookout.server.live.upright_watch import APART, ENOUGH, UprightWatch

pytestmark = pytest.mark.data

DOOR = Source(1, "door")


@pytest.fixture(scope="module")
def detector(weights: None) -> Detector:
    return open_detector("yunet")


def show(watch: UprightWatch, detector: Detector, image_bgr: Image, frames: int) -> None:
    (found,) = detector.detect([image_bgr])
    assert len(found) == 1
    for _ in range(frames):
        watch.saw(DOOR, image_bgr, found)


def portrait() -> Image:
    """Eileen Collins, 512×320."""
    return np.ascontiguousarray(skimage.data.astronaut()[:320, :, ::-1])


def test_a_camera_upside_down_is_named_once(
    detector: Detector, caplog: pytest.LogCaptureFixture
) -> None:
    watch = UprightWatch(detector)
    show(watch, detector, np.ascontiguousarray(portrait()[::-1, ::-1]), 3 * ENOUGH * APART)
    (message,) = (record.getMessage() for record in caplog.records)
    assert message.startswith("the picture of 'door' is upside down")
    assert message.endswith("--rotate 180")


def test_an_upright_camera_is_no_news(detector: Detector, caplog: pytest.LogCaptureFixture) -> None:
    show(UprightWatch(detector), detector, portrait(), 3 * ENOUGH * APART)
    assert not caplog.records
