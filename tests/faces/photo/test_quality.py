"""Views, poses and verdicts on photographs, as they are and spoilt on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lookout.faces.detect.hog import HogDetector
from lookout.faces.detections import Detections, Image
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.photo.judgement import Reason, judge, main_face, measure_face
from lookout.faces.photo.pose import MODEL_MM, MODEL_POINTS, pose_of
from lookout.faces.photo.quality import FaceView, view_of
from tests.support.portraits import read_image

BOX = np.array([10, 20, 90, 100], np.float32)


Portrait = tuple[Image, Detections]


def faces(*boxes: Sequence[float] | NDArray[np.float32]) -> Detections:
    return Detections(np.array(boxes, np.float32).reshape(-1, 4), np.ones(len(boxes), np.float32))


def against(
    image: Image, detections: Detections, landmarker: Landmarker | None = None
) -> tuple[Reason, ...]:
    """The reasons against the one face of the detections."""
    assert main_face(detections, image) == 0
    return judge(measure_face(image, detections, landmarker))


def blur(image: Image, sigma_px: float) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma_px), np.uint8)


def codes(reasons: Sequence[Reason]) -> list[str]:
    return [reason.code for reason in reasons]


@pytest.fixture(scope="module")
def landmarker() -> Landmarker:
    return Landmarker()


@pytest.fixture(scope="module")
def portrait(data: Path) -> Portrait:
    image = read_image(data / "face_recognition" / "obama.jpg")
    detections = HogDetector(0).detect([image])[0]
    assert len(detections) == 1
    return image, detections


def test_a_grey_box_has_its_own_brightness_and_no_sharpness() -> None:
    image = np.full((120, 120, 3), 77, np.uint8)
    view = view_of(image, BOX)
    assert view == FaceView(size_px=80.0, brightness=77.0, contrast=0.0, sharpness=0.0)
    assert view.weight == pytest.approx(0.01)


def test_a_box_outside_the_picture_has_no_light() -> None:
    assert view_of(np.full((50, 50, 3), 200, np.uint8), BOX + 100).brightness == 0.0


def test_weight_is_size_times_sharpness_up_to_one() -> None:
    assert FaceView(56.0, 120, 40, 0.8).weight == pytest.approx(0.4)
    assert FaceView(300.0, 120, 40, 1.6).weight == 1.0


@pytest.mark.data
def test_sharpness_falls_with_blur_and_stays_with_darkness_and_noise(portrait: Portrait) -> None:
    image, detections = portrait
    box = detections.box_xyxy[0]
    clean = view_of(image, box).sharpness
    size_px = float(detections.size_wh[0, 0])
    blurred = [view_of(blur(image, share * size_px), box).sharpness for share in (0.01, 0.02, 0.04)]
    assert clean > blurred[0] > blurred[1] > blurred[2]
    noise = np.random.default_rng(1).normal(0, 6, image.shape)
    dark = np.clip(image * 0.4 + noise, 0, 255).astype(np.uint8)
    assert view_of(dark, box).sharpness == pytest.approx(clean, rel=0.15)


@pytest.mark.parametrize(
    ("yaw", "pitch", "roll"),
    [(0, 0, 0), (30, 0, 0), (-30, 0, 0), (0, 20, 0), (0, -20, 0), (0, 0, 25), (20, 10, -5)],
)
def test_the_pose_of_a_projected_model_is_the_turn_it_was_given(
    yaw: float, pitch: float, roll: float
) -> None:
    def about(axis: int, degrees: float) -> NDArray[np.float64]:
        turn = np.zeros(3)
        turn[axis] = np.radians(degrees)
        return np.asarray(cv2.Rodrigues(turn)[0], np.float64)

    # y down and z away: a turn to the viewer's right is negative about y, a nod positive about x
    turn = about(1, -yaw) @ about(0, pitch) @ about(2, roll)
    camera = np.array([[500.0, 0, 250], [0, 500.0, 200], [0, 0, 1]])
    seen, _ = cv2.projectPoints(
        MODEL_MM, cv2.Rodrigues(turn)[0], np.array([0.0, 0.0, 700.0]), camera, None
    )
    points = np.zeros((68, 2), np.float32)
    points[list(MODEL_POINTS)] = seen[:, 0]
    pose = pose_of(points, (500, 400))
    assert pose is not None
    assert pose.yaw == pytest.approx(yaw, abs=1)
    assert pose.pitch == pytest.approx(pitch, abs=1)
    assert pose.roll == pytest.approx(roll, abs=3)


def refusal(found: int | Reason) -> str:
    assert isinstance(found, Reason)
    return found.code


def lines(width: int, height: int) -> Image:
    """A picture of broad waves and fine lines, equally sharp everywhere."""
    waves = 100 + 50 * np.sin(np.arange(width) / 15)
    rows = np.arange(height) // 4 % 2 * 80
    return np.repeat((waves[None, :, None] + rows[:, None, None]), 3, 2).astype(np.uint8)


LEFT, MIDDLE, RIGHT = [20, 50, 120, 150], [150, 50, 250, 150], [280, 50, 380, 150]


@pytest.mark.parametrize(
    ("boxes", "meant"),
    [
        ([], "no_face"),
        ([[0, 50, 40, 90], MIDDLE], 1),
        ([LEFT, RIGHT], "several_faces"),
        ([MIDDLE, [245, 50, 345, 150]], "several_faces"),
        ([LEFT, MIDDLE, RIGHT], 1),
        ([MIDDLE, [310, 50, 390, 130]], 0),
        ([MIDDLE, [340, 50, 480, 190]], 0),
    ],
    ids=[
        "nobody",
        "a small face beside",
        "two, one on each side",
        "a face in the middle and one next to it",
        "the one in the middle of three",
        "a face at the edge",
        "a larger face that is cut off",
    ],
)
def test_the_face_that_stands_out_is_meant(boxes: list[list[float]], meant: int | str) -> None:
    found = main_face(faces(*boxes), lines(400, 200))
    assert (found.code if isinstance(found, Reason) else found) == meant


def test_a_blurred_bystander_does_not_count() -> None:
    image = lines(400, 200)
    pair = faces([100, 50, 190, 140], [210, 50, 310, 150])
    assert refusal(main_face(pair, image)) == "several_faces"
    image[:, :200] = blur(image[:, :200], 6.0)
    assert main_face(pair, image) == 1


@pytest.mark.data
def test_a_good_portrait_has_nothing_against_it(portrait: Portrait, landmarker: Landmarker) -> None:
    assert against(*portrait, landmarker) == ()


def spoilt(image: Image, detections: Detections, fault: str) -> Portrait:
    if fault == "too_dark":
        return (image * 0.1).astype(np.uint8), detections
    if fault == "too_bright":
        return np.clip(image * 0.3 + 180, 0, 255).astype(np.uint8), detections
    if fault == "blurred":
        sigma = 0.05 * float(detections.size_wh[0, 0])
        return blur(image, sigma), detections
    if fault == "face_too_small":
        scale = 30 / float(detections.size_wh[0, 0])
        resized = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        small = np.asarray(resized, np.uint8)
        return small, Detections((detections.box_xyxy * scale).astype(np.float32), detections.score)
    left = int(detections.box_xyxy[0, 0] + 0.3 * detections.size_wh[0, 0])
    shifted = detections.box_xyxy - np.array([left, 0, left, 0], np.float32)
    return np.ascontiguousarray(image[:, left:]), Detections(shifted, detections.score)


@pytest.mark.data
@pytest.mark.parametrize(
    ("fault", "advice"),
    [
        ("too_dark", "turn towards the light"),
        ("too_bright", "step out of the direct light"),
        ("blurred", "hold still"),
        ("face_too_small", "come closer"),
        ("cut_off", "move to the middle"),
    ],
)
def test_a_spoilt_portrait_gets_its_fault_and_advice(
    portrait: Portrait, fault: str, advice: str
) -> None:
    reasons = against(*spoilt(*portrait, fault))
    assert fault in codes(reasons)
    assert advice in next(reason.message for reason in reasons if reason.code == fault)


@pytest.mark.data
@pytest.mark.parametrize(("mirrored", "side"), [(False, "left"), (True, "right")])
def test_a_face_turned_away_is_told_which_way_to_turn_back(
    data: Path, landmarker: Landmarker, mirrored: bool, side: str
) -> None:
    # he looks to the viewer's left, that is to his own right
    path = data / "lfw/images/Jean-David_Levitte/Jean-David_Levitte_0010.jpg"
    image = read_image(path)
    box = np.array([70, 70, 182, 182], np.float32)
    if mirrored:
        image, box = image[:, ::-1].copy(), np.array([68, 70, 180, 182], np.float32)
    reasons = against(image, faces(box), landmarker)
    turned = next(reason for reason in reasons if reason.code == "extreme_pose")
    assert f"to your {side}" in turned.message
