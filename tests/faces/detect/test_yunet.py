"""YuNet: its decoding against cells worked out by hand, its preprocessing against photographs."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from lookout.faces.detect.yunet import YuNetDetector, decode, padded_size, to_blob
from lookout.faces.detections import Image
from lookout.faces.models import ModelStore
from lookout.faces.runtime.choose import open_session
from tests.support.portraits import read_image


@pytest.fixture(scope="module")
def yunet(models: Path) -> YuNetDetector:
    store = ModelStore.from_environment({"LOOKOUT_MODELS": str(models)})
    return YuNetDetector(open_session(store.read("yunet")))


def read(path: Path) -> Image:
    image = read_image(path)
    return np.asarray(image, np.uint8)


def test_a_cell_decodes_to_the_box_worked_out_by_hand() -> None:
    # 32x64 pixels: 4x8 cells of stride 8, 2x4 of 16, 1x2 of 32. One face, in the cell of stride 16
    # at row 1, column 2: centre (2+0.5, 1+0.25)*16 = (40, 20), size (e^0, e^ln2)*16 = (16, 32)
    outputs = [np.zeros((n, k), np.float32) for k in (1, 1, 4, 10) for n in (32, 8, 2)]
    cell = 1 * 4 + 2
    outputs[1][cell], outputs[4][cell] = 0.81, 0.64
    outputs[7][cell] = (0.5, 0.25, 0.0, np.log(2))
    outputs[10][cell] = (0, 0, 1, 0, 0.5, 0.5, 0, 1, 1, 1)

    box_xyxy, score, points_xy = decode(outputs, (32, 64))

    assert len(score) == 42
    best = int(score.argmax())
    assert best == 32 + cell
    assert score[best] == pytest.approx(0.72)  # sqrt(0.81 * 0.64)
    assert box_xyxy[best].tolist() == pytest.approx([32, 4, 48, 36])
    assert points_xy[best].tolist() == [[32, 16], [48, 16], [40, 24], [32, 32], [48, 32]]


def test_the_blob_is_bgr_from_0_to_255_with_zeros_right_and_bottom() -> None:
    image = np.zeros((33, 40, 3), np.uint8)
    image[32, 39] = (10, 20, 255)
    assert padded_size(image) == (64, 64)
    blob = to_blob([image], (64, 64))
    assert blob.shape == (1, 3, 64, 64)
    assert blob[0, :, 32, 39].tolist() == [10, 20, 255]
    assert blob.sum() == 285


@pytest.mark.data
def test_it_finds_the_face_of_a_portrait_where_it_is(yunet: YuNetDetector, data: Path) -> None:
    (found,) = yunet.detect([read(data / "face_recognition" / "obama.jpg")])
    assert len(found) == 1
    assert found.score[0] == pytest.approx(0.961, abs=0.005)  # swapped channels give 0.950
    assert found.box_xyxy[0].tolist() == pytest.approx([377, 73, 604, 431], abs=6)
    assert found.points_xy is not None
    eyes = found.points_xy[0, :2]
    assert eyes[0, 0] < eyes[1, 0], "the viewer's left eye comes first"


@pytest.mark.data
def test_images_of_several_sizes_in_one_call_give_what_each_gives_alone(
    yunet: YuNetDetector, data: Path
) -> None:
    names = ["2008_002506.jpg", "2008_001009.jpg", "2008_002470.jpg"]
    images = [read(data / "boxes" / name) for name in names]
    images.append(images[0].copy())
    alone = [yunet.detect([image])[0] for image in images]
    together = yunet.detect(images)
    assert [len(found) for found in together] == [len(found) for found in alone]
    assert min(len(found) for found in alone) >= 1
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one.box_xyxy, other.box_xyxy, atol=0.05)


def test_no_images_give_no_detections(yunet: YuNetDetector) -> None:
    assert yunet.detect([]) == []


@pytest.mark.data
def test_a_picture_without_faces_is_an_ordinary_answer(yunet: YuNetDetector, data: Path) -> None:
    white = read(data / "bbt" / "groups" / "white.png")
    assert [len(found) for found in yunet.detect([white])] == [0]


@pytest.mark.data
def test_a_portrait_of_many_megapixels_is_reduced_and_its_box_scaled_back(
    yunet: YuNetDetector, data: Path
) -> None:
    image = read(data / "face_recognition" / "obama.jpg")
    large = np.asarray(cv2.resize(image, None, fx=3, fy=3), np.uint8)
    (found,) = yunet.detect([large])
    assert len(found) == 1
    assert (found.box_xyxy[0] / 3).tolist() == pytest.approx([377, 73, 604, 431], abs=10)
