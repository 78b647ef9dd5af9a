"""Cameras that hang turned: the corners of a real photograph end up where they should."""

from __future__ import annotations

import time

import numpy as np
import pytest

from lookout.edge.cameras import CameraLost
from lookout.edge.cameras.jpeg import from_jpeg, to_jpeg
from lookout.edge.cameras.turned import turned
from lookout.edge.frame import Frame
from lookout.overlay.turn import Flip, Turn
from tests.support.edge_fakes import PacedCamera, portrait_jpeg

WIDTH, HEIGHT, MARK = 96, 64, 16


def marked() -> bytes:
    """A dark picture, 96×64, whose corners from the top left, clockwise, are white, blue, green
    and red."""
    image_bgr = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    image_bgr[:MARK, :MARK] = (255, 255, 255)
    image_bgr[:MARK, -MARK:] = (255, 0, 0)
    image_bgr[-MARK:, -MARK:] = (0, 255, 0)
    image_bgr[-MARK:, :MARK] = (0, 0, 255)
    return to_jpeg(image_bgr)


class Still:
    """A camera that gives the same bytes."""

    name = "still"

    def __init__(self, jpeg: bytes) -> None:
        self.jpeg = jpeg
        self.opened = self.closed = 0

    def open(self) -> None:
        self.opened += 1

    def read(self, timeout_s: float) -> Frame:
        return Frame(self.jpeg, 7, 1000.5, 3.25)

    def close(self) -> None:
        self.closed += 1


def corners(jpeg: bytes) -> tuple[str, tuple[int, int]]:
    """The colours of the corners, from the top left, clockwise, and width and height."""
    image_bgr = from_jpeg(jpeg)
    assert image_bgr is not None
    height, width = image_bgr.shape[:2]
    names = ""
    for y, x in ((6, 6), (6, width - 7), (height - 7, width - 7), (height - 7, 6)):
        blue, green, red = (int(value) > 128 for value in image_bgr[y, x])
        names += {(1, 1, 1): "w", (1, 0, 0): "b", (0, 1, 0): "g", (0, 0, 1): "r"}[
            (blue, green, red)
        ]
    return names, (width, height)


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        (Turn(90), ("rwbg", (HEIGHT, WIDTH))),
        (Turn(180), ("grwb", (WIDTH, HEIGHT))),
        (Turn(270), ("bgrw", (HEIGHT, WIDTH))),
        (Turn(flip=Flip.HORIZONTAL), ("bwrg", (WIDTH, HEIGHT))),
        (Turn(flip=Flip.VERTICAL), ("rgbw", (WIDTH, HEIGHT))),
        (Turn(flip=Flip.BOTH), ("grwb", (WIDTH, HEIGHT))),
        (Turn(90, Flip.HORIZONTAL), ("wrgb", (HEIGHT, WIDTH))),
    ],
)
def test_the_corners_are_where_they_should_be(
    turn: Turn, expected: tuple[str, tuple[int, int]]
) -> None:
    assert corners(marked()) == ("wbgr", (WIDTH, HEIGHT))
    frame = turned(Still(marked()), turn).read(1.0)
    assert corners(frame.jpeg) == expected
    assert (frame.number, frame.captured_at, frame.taken_s) == (7, 1000.5, 3.25)


def test_without_a_turn_the_camera_is_its_own() -> None:
    camera = PacedCamera(fps=50)
    assert turned(camera, Turn()) is camera


def test_a_turned_camera_opens_and_closes_its_own() -> None:
    still = Still(portrait_jpeg())
    camera = turned(still, Turn(180))
    camera.open()
    camera.close()
    assert (camera.name, still.opened, still.closed) == ("still", 1, 1)


def test_damaged_pictures_are_left_out() -> None:
    began = time.monotonic()
    with pytest.raises(CameraLost, match="no whole picture"):
        turned(Still(b"\xff\xd8 no picture"), Turn(90)).read(0.05)
    assert time.monotonic() - began < 2.0


def test_a_picture_of_a_thousand_megapixels_is_not_decoded() -> None:
    jpeg = marked()
    at = jpeg.index(b"\xff\xc0") + 5
    huge = jpeg[:at] + b"\xff\xdc\xff\xdc" + jpeg[at + 4 :]
    assert from_jpeg(huge) is None


@pytest.mark.parametrize("rotate", [45, -90, 360])
def test_only_quarter_turns_exist(rotate: int) -> None:
    with pytest.raises(ValueError, match="rotate is one of"):
        Turn(rotate)
