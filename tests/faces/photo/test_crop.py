"""The crop of a face, worked out by hand on a picture whose pixels say where they are."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.faces.detections import Image
from lookout.faces.photo.crop import crop_face
from lookout.server.imaging.crop import CROP_PX, crop_jpeg
from lookout.server.imaging.jpeg import jpeg_size_wh


def picture(width: int, height: int) -> Image:
    """Each pixel holds its own x and y."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x, y, np.zeros_like(x)], axis=2).astype(np.uint8)


def edges(crop: Image) -> tuple[int, ...]:
    """x0, y0, x1, y1 of a crop of such a picture."""
    return (*map(int, crop[0, 0, :2]), *(int(edge) + 1 for edge in crop[-1, -1, :2]))


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((40, 30, 60, 70), (32, 14, 68, 86)),  # 8 on the sides, 16 above and below
        ((0, 0, 20, 20), (0, 0, 28, 28)),
        ((90, 90, 110, 110), (82, 82, 100, 100)),  # reaches over the corner
        ((100, 40, 120, 60), (92, 32, 100, 68)),  # begins at the edge
        ((140, 40, 150, 50), (99, 36, 100, 54)),  # lies beside the picture
        ((-50, -60, -40, -50), (0, 0, 1, 1)),
        ((200, 200, 210, 210), (99, 99, 100, 100)),
        ((50, 50, 50, 50), (50, 50, 51, 51)),  # has no size
    ],
)
def test_a_crop_has_its_margin_as_far_as_the_picture_goes_and_is_never_empty(
    box: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    assert edges(crop_face(picture(100, 100), np.array(box, np.float32))) == expected


@pytest.mark.parametrize("box", [(10, 10, 990, 990), (5000, 5000, 5100, 5100)])
def test_a_kept_crop_is_a_jpeg_of_bounded_size(box: tuple[int, ...]) -> None:
    jpeg = crop_jpeg(np.zeros((1000, 800, 3), np.uint8), np.array(box, np.float32))
    assert 1 <= max(jpeg_size_wh(jpeg)) <= CROP_PX
