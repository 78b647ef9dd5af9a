"""Views of a real photograph, looked at by the detector and the landmarks that look at any face."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.data import astronaut

from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.engine import open_detector
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.photo.pose import pose_of
from lookout.faces.pose3d.head import Head, NoHead, head_of
from lookout.faces.pose3d.sheet import contact_sheet
from lookout.faces.pose3d.view import SIZE_PX, VIEWS_DEG, view_of_head

PORTRAIT: Image = np.asarray(astronaut()[:, :, ::-1], np.uint8).copy()


@pytest.fixture(scope="module")
def landmarker() -> Landmarker:
    return Landmarker()


def face_in(image_bgr: Image) -> Detections:
    (found,) = open_detector("hog").detect([image_bgr])
    return found.largest(1)


def points_in(landmarker: Landmarker, image_bgr: Image) -> Floats:
    found = face_in(image_bgr)
    assert len(found) == 1
    return np.asarray(landmarker.points(image_bgr, found)[0], np.float32)


@pytest.fixture(scope="module")
def head(landmarker: Landmarker) -> Head:
    return head_of(PORTRAIT, points_in(landmarker, PORTRAIT[:330]))


def test_the_head_looks_where_the_face_looks(head: Head, landmarker: Landmarker) -> None:
    pose = pose_of(points_in(landmarker, PORTRAIT[:330]), (512, 512))
    assert pose is not None
    assert head.yaw_deg == pytest.approx(pose.yaw, abs=6.0)


@pytest.mark.parametrize("yaw_deg", [-15.0, 15.0])
def test_a_view_is_a_face_that_looks_where_it_was_turned_to(
    head: Head, landmarker: Landmarker, yaw_deg: float
) -> None:
    view = view_of_head(head, yaw_deg)
    assert view.image_bgr.shape == (SIZE_PX, SIZE_PX, 3)
    pose = pose_of(points_in(landmarker, view.image_bgr), (SIZE_PX, SIZE_PX))
    assert pose is not None
    assert pose.yaw == pytest.approx(yaw_deg, abs=8.0)


def test_what_was_seen_and_what_was_not_stands_beside_the_view(head: Head) -> None:
    front, aside = (view_of_head(head, yaw_deg) for yaw_deg in (0.0, 45.0))
    assert front.own > 0.85
    assert front.quality == "good"
    assert aside.own < front.own


def test_what_was_not_seen_can_be_left_out(head: Head) -> None:
    mirrored, left_out = (view_of_head(head, 45.0, mirror=mirror) for mirror in (True, False))
    assert not np.array_equal(mirrored.image_bgr, left_out.image_bgr)
    assert left_out.own > mirrored.own  # of what it shows


def test_the_sheet_shows_the_photograph_and_each_view(head: Head) -> None:
    views = [view_of_head(head, yaw_deg) for yaw_deg in VIEWS_DEG[2:5]]
    sheet = contact_sheet(PORTRAIT, np.array([178, 62, 274, 182], np.float32), views)
    assert sheet.shape[1] == 4 * SIZE_PX
    assert np.array_equal(sheet[:SIZE_PX, SIZE_PX : 2 * SIZE_PX], views[0].image_bgr)


def test_landmarks_that_are_no_face_have_no_head() -> None:
    with pytest.raises(NoHead):
        head_of(PORTRAIT, np.full((68, 2), 100.0, np.float32))
