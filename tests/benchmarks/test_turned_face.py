"""A face turned by a few degrees: its points by hand, and a real photograph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.support import turned_face
from lookout.faces.chips import ChipCutter
from lookout.faces.detect.hog import HogDetector
from lookout.faces.detections import Detections, Image
from lookout.faces.landmarks import Landmarker
from lookout.faces.photo.occlusion import settle
from tests.support.portraits import read_image


def test_a_point_that_lies_farther_back_moves_to_the_other_side() -> None:
    points = np.zeros((68, 2), np.float32)
    points[[36, 45]] = (30, 50), (120, 50)  # 90 px between the eyes' corners: a pixel a millimetre
    points[42:48, 0] = 110
    points[48:, 1], points[54, 0] = 100, 20
    assert np.allclose(turned_face.turned_points(points, 0.0), points, atol=1e-3)
    left, right = (turned_face.turned_points(points, yaw) for yaw in (-10.0, 10.0))
    # the ear lies 100 mm behind the nose's tip: 17 px against it, less what the fit takes back
    against_nose = points[0, 0] - points[30, 0]
    assert (left[0, 0] - left[30, 0]) - against_nose > 12
    assert (right[0, 0] - right[30, 0]) - against_nose < -12


@pytest.mark.data
def test_a_face_turned_by_nothing_stays_and_a_turned_one_shows_more_of_one_cheek(
    data: Path,
) -> None:
    image = read_image(data / "face_recognition" / "obama.jpg")
    (chip,) = ChipCutter().chips(image, HogDetector(0).detect([image])[0])
    plain = turned_face.turned_face(chip, 0.0).astype(int)
    assert np.abs(plain - chip).mean() < 1.0
    shares = [cheeks(turned_face.turned_face(chip, yaw)) for yaw in (-10.0, 0.0, 10.0)]
    assert shares == sorted(shares) or shares == sorted(shares, reverse=True)
    assert abs(shares[2] - shares[0]) > 0.05


def cheeks(chip: Image) -> float:
    """Of the face's width at the nose how much lies to the viewer's left of the nose's tip."""
    face = Detections(np.array([[15, 15, 135, 135]], np.float32), np.ones(1, np.float32))
    points = settle(Landmarker(68), chip, face).points_xy
    return float((points[30, 0] - points[2, 0]) / (points[14, 0] - points[2, 0]))
