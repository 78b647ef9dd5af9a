"""The networks on real faces: live, printed, on a screen; and the views that show nothing."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from lookout.faces.detections import Floats, Image
from lookout.faces.engine import open_detector
from lookout.faces.errors import ModelMissing
from lookout.faces.liveness.floor import BLURRED, NEAR_EDGE, TOO_DARK, TOO_SMALL, room_around
from lookout.faces.liveness.minifasnet import crop_around
from lookout.faces.liveness.open import liveness_is_here, open_liveness
from lookout.faces.liveness.passive import PassiveLiveness
from lookout.faces.liveness.verdict import LivenessState, verdict_of
from lookout.faces.models import ModelStore
from lookout.faces.protocols import Detector

PRINT, SCREEN, LIVE = "image_F1.jpg", "image_F2.jpg", "image_T1.jpg"


@pytest.fixture(scope="module")
def detector(weights: None) -> Detector:
    return open_detector("yunet")


@pytest.fixture(scope="module")
def model(weights: None) -> PassiveLiveness:
    return open_liveness()


def face_in(detector: Detector, path: Path) -> tuple[Image, Floats]:
    image_bgr = np.asarray(cv2.imread(str(path)), np.uint8)
    (found,) = detector.detect([image_bgr])
    assert len(found), path
    return image_bgr, found.largest(1).box_xyxy[0]


@pytest.mark.data
@pytest.mark.parametrize(
    ("picture", "state"),
    [(LIVE, LivenessState.LIVE), (PRINT, LivenessState.SPOOF), (SCREEN, LivenessState.SPOOF)],
)
def test_the_makers_own_three_pictures_are_told_apart(
    data: Path, detector: Detector, model: PassiveLiveness, picture: str, state: LivenessState
) -> None:
    image_bgr, box = face_in(detector, data / "spoof" / picture)
    assert verdict_of(model.look(image_bgr, box), model.name).state is state


@pytest.mark.data
@pytest.mark.parametrize("person", ["0002", "0003", "0008", "0010", "0015"])
def test_people_are_live_and_their_prints_are_not(
    data: Path, detector: Detector, model: PassiveLiveness, person: str
) -> None:
    """0008 sits in the light that a share of 0.5 after the softmax refuses."""
    for label, state in (("live", LivenessState.LIVE), ("print", LivenessState.SPOOF)):
        paths = sorted((data / "nuaa_dev" / label / person).iterdir())[::25]
        assert len(paths) >= 3
        for path in paths:
            verdict = verdict_of(model.look(*face_in(detector, path)), model.name)
            assert verdict.state in (state, LivenessState.INCONCLUSIVE), path
            assert verdict.state is state or verdict.score is None


@pytest.mark.data
def test_a_face_that_is_too_small_dark_blurred_or_near_the_edge_is_inconclusive(
    data: Path, detector: Detector, model: PassiveLiveness
) -> None:
    image_bgr, box = face_in(detector, data / "spoof" / LIVE)
    small = cv2.resize(image_bgr, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    dark = np.asarray(image_bgr // 16, np.uint8)
    blurred = np.asarray(cv2.GaussianBlur(image_bgr, (0, 0), 12), np.uint8)
    cut = int(box[0])
    beside = np.ascontiguousarray(image_bgr[:, cut:])
    views = (
        (np.asarray(small, np.uint8), box * np.float32(0.2), TOO_SMALL),
        (dark, box, TOO_DARK),
        (blurred, box, BLURRED),
        (beside, np.asarray(box - np.array([cut, 0, cut, 0]), np.float32), NEAR_EDGE),
    )
    for picture, at, reason in views:
        verdict = verdict_of(model.look(picture, at), model.name)
        assert verdict.state is LivenessState.INCONCLUSIVE
        assert reason in verdict.reasons


def test_the_crop_is_pushed_into_the_picture_and_keeps_its_size() -> None:
    image_bgr = np.zeros((100, 200, 3), np.uint8)
    image_bgr[:, :, 0] = np.arange(200)
    # a box of 20 × 20 at the left edge, grown 4 times: 80 × 80, from column 0 instead of -20
    crop = crop_around(image_bgr, np.array([10, 40, 30, 60], np.float32), 4.0)
    assert crop.shape[:2] == (81, 81)
    assert (crop[0, 0, 0], crop[0, -1, 0]) == (0, 80)


def test_a_crop_that_does_not_fit_is_as_large_as_the_picture_allows() -> None:
    image_bgr = np.zeros((100, 200, 3), np.uint8)
    # a box of 50 × 50: the height of 99 allows 1.98 times
    crop = crop_around(image_bgr, np.array([75, 25, 125, 75], np.float32), 4.0)
    assert crop.shape[:2] == (100, 100)


def test_the_room_around_a_face_is_counted_in_sizes_of_the_face() -> None:
    image_bgr = np.zeros((100, 200, 3), np.uint8)
    assert room_around(image_bgr, np.array([40, 30, 60, 70], np.float32)) == pytest.approx(0.75)
    assert room_around(image_bgr, np.array([-5, 30, 15, 70], np.float32)) == pytest.approx(-0.25)


def test_without_the_networks_the_error_says_how_to_get_them(tmp_path: Path) -> None:
    store = ModelStore.from_environment({"XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path)})
    assert not liveness_is_here(store)
    with pytest.raises(ModelMissing, match="lookout models install minifasnet-v2 && "):
        open_liveness(store=store)
