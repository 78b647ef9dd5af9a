"""A frame of a camera is refused by its header where decoding it would hold other cameras up."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lookout.faces.errors import BadImage, ImageFault
from lookout.faces.photo.limits import MAX_FRAME_SCANS
from lookout.server.imaging.jpeg import decode_bgr
from tests.support.hostile_pictures import scan_bomb


@pytest.mark.parametrize("progressive", [True, False])
def test_a_frame_of_many_scans_is_refused(progressive: bool) -> None:
    with pytest.raises(BadImage, match="more than 10 scans") as raised:
        decode_bgr(scan_bomb((640, 480), 590, progressive=progressive))
    assert raised.value.fault is ImageFault.TOO_MANY_SCANS


def test_a_progressive_frame_is_read() -> None:
    jpeg = scan_bomb((640, 480), MAX_FRAME_SCANS)
    assert decode_bgr(jpeg).shape == (480, 640, 3)


@pytest.mark.parametrize("shape", [(1, 25_000), (25_000, 1), (200, 20_001)])
def test_a_frame_too_thin_to_search_is_refused(shape: tuple[int, int]) -> None:
    _, jpeg = cv2.imencode(".jpg", np.zeros((*shape, 3), np.uint8))
    with pytest.raises(BadImage, match="too long and thin"):
        decode_bgr(jpeg.tobytes())
