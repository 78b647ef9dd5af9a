"""What moves with a face: real photographs that are moved over one another by hand."""

from __future__ import annotations

import cv2
import numpy as np
from skimage.data import astronaut, cat, coffee

from lookout.faces.detections import Floats, Image
from lookout.faces.liveness.carried import Surroundings, surroundings

ROOM: Image = np.asarray(cv2.resize(coffee()[:, :, ::-1], (640, 480)), np.uint8)
PORTRAIT: Image = np.asarray(astronaut()[:, :, ::-1], np.uint8)
SHEET: Image = np.asarray(cv2.resize(cat()[:, :, ::-1], (360, 400)), np.uint8)
FACE: Image = PORTRAIT[62:182, 178:274]
PLACE = (230, 170)
"""Of the face in the room, x and y, before anything moves."""
STEPS = ((0, 0), (12, 4), (25, 9), (36, 6), (45, 0))
"""Where the thing is from look to look, pixels."""


def scene_at(shift: tuple[int, int], *, on_sheet: bool) -> Image:
    scene = ROOM.copy()
    x, y = PLACE[0] + shift[0], PLACE[1] + shift[1]
    height, width = FACE.shape[:2]
    if on_sheet:
        top, left = y - 140, x - 132
        scene[top : top + SHEET.shape[0], left : left + SHEET.shape[1]] = SHEET[: 480 - top]
    scene[y : y + height, x : x + width] = FACE
    return scene


def box_at(shift: tuple[int, int]) -> Floats:
    x, y = PLACE[0] + shift[0], PLACE[1] + shift[1]
    return np.array([x, y, x + FACE.shape[1], y + FACE.shape[0]], np.float32)


def after(scenes: list[Image], boxes: list[Floats]) -> Surroundings:
    around = None
    for scene, box in zip(scenes, boxes, strict=True):
        around = surroundings(around, scene, box)
    assert around is not None
    return around


def test_a_sheet_that_is_moved_carries_what_is_beside_the_face() -> None:
    around = after([scene_at(s, on_sheet=True) for s in STEPS], [box_at(s) for s in STEPS])
    assert around.is_carried
    assert not around.without_oldest(5).is_carried


def test_a_face_that_moves_before_its_room_carries_nothing() -> None:
    around = after([scene_at(s, on_sheet=False) for s in STEPS], [box_at(s) for s in STEPS])
    assert not around.is_carried


def test_a_camera_that_turns_says_nothing() -> None:
    scene = scene_at((0, 0), on_sheet=True)
    turned = [np.roll(scene, s, axis=(0, 1)) for s in ((y, x) for x, y in STEPS)]
    around = after(turned, [box_at(s) for s in STEPS])
    assert not around.is_carried
    assert sum(map(sum, around.counts)) == 0


def test_what_keeps_its_place_says_nothing() -> None:
    scenes = [scene_at((0, 0), on_sheet=True)] * 5
    assert after(scenes, [box_at((0, 0))] * 5).counts == ()
