"""SCRFD: its decoding against anchors worked out by hand, its preprocessing against photographs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookout.faces.detect.scrfd import ScrfdDetector, decode, to_blob
from lookout.faces.detections import Image
from lookout.faces.models import ModelStore
from lookout.faces.runtime.choose import open_session
from tests.support.portraits import read_image


@pytest.fixture(scope="module")
def scrfd(models: Path) -> ScrfdDetector:
    store = ModelStore.from_environment({"LOOKOUT_MODELS": str(models)})
    return ScrfdDetector(open_session(store.read("scrfd-500m")))


def read(path: Path) -> Image:
    image = read_image(path)
    return np.asarray(image, np.uint8)


def test_an_anchor_decodes_to_the_box_worked_out_by_hand() -> None:
    cells = [(640 // stride) ** 2 * 2 for stride in (8, 16, 32)]
    outputs = [np.zeros((n, k), np.float32) for k in (1, 4, 10) for n in cells]
    anchor = (3 * 40 + 5) * 2 + 1  # stride 16, row 3, column 5, second anchor: corner (80, 48)
    outputs[1][anchor] = 0.75
    outputs[4][anchor] = (1, 2, 3, 4)  # left, top, right, bottom, in strides
    outputs[7][anchor] = (-0.5, 0, 0.5, 0, 0, 0.5, -0.5, 1, 0.5, 1)

    box_xyxy, score, points_xy = decode(outputs)

    best = int(score.argmax())
    assert best == cells[0] + anchor
    assert box_xyxy[best].tolist() == [64, 16, 128, 112]
    assert points_xy[best].tolist() == [[72, 48], [88, 48], [80, 56], [72, 64], [88, 64]]


def test_the_blob_is_rgb_about_minus_one_to_one_letterboxed() -> None:
    image = np.full((320, 640, 3), (0, 127, 255), np.uint8)  # blue, green, red
    blob, scale = to_blob(image)
    assert blob.shape == (1, 3, 640, 640)
    assert scale == 1.0
    assert blob[0, :, 100, 100].tolist() == [127.5 / 128, -0.5 / 128, -127.5 / 128]
    assert blob[0, :, 400, 100].tolist() == [-127.5 / 128] * 3, "padding is black"


@pytest.mark.data
def test_it_finds_the_three_faces_of_a_picture_where_they_are(
    scrfd: ScrfdDetector, data: Path
) -> None:
    (found,) = scrfd.detect([read(data / "boxes" / "2008_002506.jpg")])
    assert len(found) == 3
    # With red and blue swapped the scores are 0.798, 0.794 and 0.743
    assert found.score.tolist() == pytest.approx([0.814, 0.797, 0.739], abs=0.002)
    assert found.box_xyxy[0].tolist() == pytest.approx([230.8, 82.6, 307.2, 193.0], abs=2)
    assert found.points_xy is not None
    assert (found.points_xy[:, 0, 0] < found.points_xy[:, 1, 0]).all(), "viewer's left eye first"


@pytest.mark.data
def test_a_picture_without_faces_is_an_ordinary_answer(scrfd: ScrfdDetector, data: Path) -> None:
    white = read(data / "bbt" / "groups" / "white.png")
    assert [len(found) for found in scrfd.detect([white])] == [0]
