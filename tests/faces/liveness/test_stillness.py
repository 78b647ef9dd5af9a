"""A still picture before a noisy camera, and living people who were told not to move."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from lookout.faces.detections import Floats, Image
from lookout.faces.engine import open_detector
from lookout.faces.liveness.stillness import LEAST_SPAN_S, LEAST_VIEWS, LandmarkPlace, watched
from lookout.faces.liveness.track import MAX_LOOKS, TrackLiveness
from lookout.faces.liveness.verdict import STEADY, LivenessState, Look
from lookout.faces.protocols import Detector

FRAMES_PER_S = 20.0
PERSON = "0003"
"""Of the five the one who sat most still."""


@pytest.fixture(scope="module")
def detector(weights: None) -> Detector:
    return open_detector("yunet")


class AlwaysLive:
    """A model that every picture convinces."""

    name = "always"

    def look(self, image_bgr: Image, box_xyxy: Floats) -> Look:
        return Look(3.0)


def noisy(image_bgr: Image, seed: int) -> Image:
    noise = np.random.default_rng(seed).normal(0, 3, image_bgr.shape)
    return np.clip(image_bgr + noise, 0, 255).astype(np.uint8)


def session(folder: Path) -> list[tuple[float, Image]]:
    """The pictures of one session with their times, in order."""
    paths = {int(re.findall(r"\d+", p.stem)[-1]): p for p in folder.iterdir()}
    return [
        (number / FRAMES_PER_S, np.asarray(cv2.imread(str(paths[number])), np.uint8))
        for number in sorted(paths)
    ]


def box_in(detector: Detector, image_bgr: Image) -> Floats:
    (found,) = detector.detect([image_bgr])
    assert len(found)
    return np.asarray(found.largest(1).box_xyxy[0], np.float32)


@pytest.mark.data
def test_a_still_picture_before_a_camera_is_caught_within_two_seconds(
    data: Path, detector: Detector
) -> None:
    _, picture = session(data / "nuaa_dev" / "live" / PERSON)[10]
    looks = TrackLiveness("always")
    for number in range(MAX_LOOKS):
        frame = noisy(picture, number)
        looks = looks.after(AlwaysLive(), frame, box_in(detector, frame), 0.4 * number)
    assert looks.last_s < 2.0
    assert looks.verdict.state is LivenessState.SPOOF
    assert looks.verdict.reasons == (STEADY,)


@pytest.mark.data
def test_a_person_who_was_told_not_to_move_is_not_still(data: Path, detector: Detector) -> None:
    frames = session(data / "nuaa_dev" / "live" / PERSON)
    judged = 0
    for start in range(0, len(frames), 5):
        place: LandmarkPlace | None = None
        for time_s, image_bgr in frames[start:]:
            if time_s - frames[start][0] > 2.0:
                break
            place = watched(place, image_bgr, box_in(detector, image_bgr), time_s)
        assert place is not None
        judged += place.views >= LEAST_VIEWS and place.last_s - place.first_s >= LEAST_SPAN_S
        assert not place.is_still
    assert judged >= 5


def test_a_camera_that_stands_still_says_nothing() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (300, 300, 3)).astype(np.uint8)
    box = np.array([50, 50, 200, 200], np.float32)
    place: LandmarkPlace | None = None
    for number in range(20):
        place = watched(place, picture, box, float(number))
    assert place is not None
    assert place.views == 1
    assert not place.is_still


def test_a_face_that_goes_elsewhere_is_watched_anew() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (300, 300, 3)).astype(np.uint8)
    box = np.array([50, 50, 200, 200], np.float32)
    place = watched(None, picture, box, 0.0)
    for number in range(1, 6):
        place = watched(place, noisy(picture, number), box, float(number))
    assert place is not None
    assert place.views == 6
    moved = watched(place, picture, box + np.float32(20), 7.0)
    assert moved is not None
    assert (moved.views, moved.first_s) == (1, 7.0)
