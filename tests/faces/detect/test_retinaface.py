"""RetinaFace: its decoding by hand, its preprocessing, and the faces of a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookout.faces.detect.retinaface import decode, to_blob
from lookout.faces.detections import iou_matrix
from lookout.faces.engine import open_detector
from tests.support.portraits import read_image


def test_an_anchor_decodes_to_the_box_worked_out_by_hand() -> None:
    # of 64×64 the strides have 8·8·2, 4·4·2 and 2·2·2 anchors; the second of row 1, column 2 of
    # stride 16 has its centre at (40, 24) and sides of 128
    anchor = 128 + (1 * 4 + 2) * 2 + 1
    box, points = np.zeros((168, 4), np.float32), np.zeros((168, 10), np.float32)
    box[anchor] = (0.5, -0.25, np.log(0.5) / 0.2, 0)
    points[anchor] = (-1, 0, 1, 0, 0, 0, -1, 1, 1, 1)
    box_xyxy, points_xy = decode(box, points, (64, 64))
    # the centre moves by (6.4, -3.2); the width halves
    assert box_xyxy[anchor] == pytest.approx([14.4, -43.2, 78.4, 84.8], abs=1e-4)
    assert points_xy[anchor] == pytest.approx(
        np.array([[27.2, 24], [52.8, 24], [40, 24], [27.2, 36.8], [52.8, 36.8]]), abs=1e-4
    )


def test_the_blob_is_bgr_less_its_mean_and_zero_beyond_the_picture() -> None:
    blob = to_blob(np.full((20, 30, 3), (104, 118, 120), np.uint8), (32, 32))
    assert blob.shape == (1, 3, 32, 32)
    assert blob[0, :, 5, 5].tolist() == [0, 1, -3]
    assert not blob[0, :, 20:].any()
    assert not blob[0, :, :, 30:].any()


@pytest.mark.data
def test_it_finds_the_faces_that_yunet_finds(models: Path, data: Path) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LOOKOUT_MODELS", str(models))
        yunet, retinaface = (open_detector(name, "cpu") for name in ("yunet", "retinaface"))
    picture = read_image(data / "boxes" / "2008_002506.jpg")
    (expected,), (found,) = yunet.detect([picture]), retinaface.detect([picture])
    assert len(found) == len(expected) == 3
    overlap = iou_matrix(expected.box_xyxy, found.box_xyxy)
    assert (overlap.max(axis=1) > 0.6).all()
    order = overlap.argmax(axis=1)
    assert found.points_xy is not None
    assert expected.points_xy is not None
    apart = np.linalg.norm(found.points_xy[order] - expected.points_xy, axis=2)
    assert apart.max() < 0.15 * expected.size_wh.mean()
