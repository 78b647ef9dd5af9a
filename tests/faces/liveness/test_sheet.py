"""The rim of a sheet or a telephone around a face, drawn, and real faces without one."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from lookout.faces.detections import Image
from lookout.faces.engine import open_detector
from lookout.faces.liveness.sheet import FRAMED, framed

FACE = np.array([280, 180, 360, 280], np.float32)
"""80 × 100 pixels; its centre is (320, 230)."""


def scene() -> Image:
    return np.full((480, 640, 3), 120, np.uint8)


def quad(corners_xy: list[tuple[int, int]]) -> Image:
    picture = scene()
    cv2.fillConvexPoly(picture, np.array(corners_xy, np.int32), (20, 20, 20))
    return picture


def test_a_closed_rectangle_around_the_face_is_a_rim() -> None:
    assert framed(quad([(250, 110), (390, 110), (390, 350), (250, 350)]), FACE) >= 0.9


def test_a_sheet_that_is_held_askew_is_a_rim_too() -> None:
    # turned by 10 degrees about the centre of the face
    centre, turn = np.array([320, 230]), np.radians(10)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = [(-70, -120), (70, -120), (70, 120), (-70, 120)]
    turned = [matrix @ np.array(corner) + centre for corner in corners]
    assert framed(quad([(round(x), round(y)) for x, y in turned]), FACE) >= FRAMED


def test_a_door_frame_has_no_lower_edge() -> None:
    # the dark opening goes down to the bottom of the picture
    assert framed(quad([(250, 110), (390, 110), (390, 480), (250, 480)]), FACE) < FRAMED


def test_an_empty_wall_and_a_face_at_the_corner_have_no_rim() -> None:
    assert framed(scene(), FACE) == 0.0
    assert framed(scene(), np.array([0, 0, 400, 470], np.float32)) == 0.0


@pytest.mark.data
@pytest.mark.usefixtures("weights")
def test_living_people_have_no_rim(data: Path) -> None:
    detector = open_detector("yunet")
    clip = cv2.VideoCapture(str(data / "video" / "signers.mp4"))
    seen = 0
    for number in range(0, 1200, 60):
        clip.set(cv2.CAP_PROP_POS_FRAMES, number)
        read, frame = clip.read()
        assert read
        image_bgr = np.asarray(frame, np.uint8)
        for box in detector.detect([image_bgr])[0].box_xyxy:
            seen += 1
            assert framed(image_bgr, box) < FRAMED
    assert seen >= 15
