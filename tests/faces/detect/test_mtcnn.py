"""MTCNN: cells worked out by hand, the safe reading of its weights, and photographs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookout.faces.detect.mtcnn import MtcnnDetector, decode_cells, pyramid
from lookout.faces.detect.mtcnn_weights import find_weights, read_arrays
from lookout.faces.detections import Image
from lookout.faces.errors import ModelDamaged
from tests.support.portraits import read_image

lz4_frame = pytest.importorskip("lz4.frame")
pytest.importorskip("onnx")


@pytest.fixture(scope="module")
def mtcnn() -> MtcnnDetector:
    return MtcnnDetector()


def read(path: Path) -> Image:
    image = read_image(path)
    return np.asarray(image, np.uint8)


def test_the_pyramid_starts_at_the_smallest_face_and_ends_at_twelve_pixels() -> None:
    scales = pyramid(100, 60, smallest_px=20)
    assert scales[0] == 0.6
    assert scales[1] == pytest.approx(0.6 * 0.709)
    assert 60 * scales[-1] >= 12
    assert 60 * scales[-1] * 0.709 < 12
    assert pyramid(10, 10, smallest_px=20) == []


def test_a_cell_decodes_to_the_box_worked_out_by_hand() -> None:
    offset = np.zeros((4, 5, 6), np.float32)
    probability = np.zeros((5, 6), np.float32)
    probability[2, 3] = 0.9
    offset[:, 2, 3] = (0.0, 1.0, -1.0, 0.5)
    box_xyxy, score = decode_cells(offset, probability, 0.6)
    # the cell is (3*2+1, 2*2+1) to (3*2+12, 2*2+12), 11 px wide
    assert box_xyxy.tolist() == [[7, 16, 7, 21.5]]
    assert score.tolist() == pytest.approx([0.9])


@pytest.mark.data
def test_it_finds_the_faces_of_a_picture_where_they_are(mtcnn: MtcnnDetector, data: Path) -> None:
    (found,) = mtcnn.detect([read(data / "boxes" / "2008_002506.jpg")])
    assert len(found) == 3  # with red and blue swapped it finds two
    assert found.score.min() > 0.998
    assert found.box_xyxy[0].tolist() == pytest.approx([115.5, 46.2, 202.6, 161.3], abs=3)
    assert found.points_xy is not None
    expected = [(155, 85), (192, 98), (179, 106), (146, 122), (183, 134)]
    np.testing.assert_allclose(found.points_xy[0], expected, atol=3)


@pytest.mark.data
def test_pictures_without_faces_are_ordinary_answers(mtcnn: MtcnnDetector, data: Path) -> None:
    white = read(data / "bbt" / "groups" / "white.png")
    dot = np.zeros((8, 8, 3), np.uint8)
    assert [len(found) for found in mtcnn.detect([white, dot])] == [0, 0]


def test_the_weights_have_the_shapes_that_are_expected_or_it_says_which_has_not() -> None:
    path = find_weights("pnet.lz4")
    with pytest.raises(
        ModelDamaged, match=r"array 0 .* at byte \d+: expected the shape \(3, 3, 3, 11"
    ):
        read_arrays(path, [(3, 3, 3, 11)])
    with pytest.raises(ModelDamaged, match="holds more than the 1 arrays expected"):
        read_arrays(path, [(3, 3, 3, 10)])


def test_truncated_and_foreign_weights_are_refused_with_a_message(tmp_path: Path) -> None:
    unpacked = lz4_frame.decompress(find_weights("pnet.lz4").read_bytes())
    cut = tmp_path / "pnet.lz4"
    cut.write_bytes(lz4_frame.compress(unpacked[:400]))
    with pytest.raises(ModelDamaged, match="ends inside the array of shape"):
        read_arrays(cut, [(3, 3, 3, 10)])
    cut.write_bytes(b"no lz4 at all")
    with pytest.raises(ModelDamaged, match="truncated or foreign"):
        read_arrays(cut, [(3, 3, 3, 10)])


def test_weights_that_ask_to_run_code_run_nothing(tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    program = f"cos\nmkdir\n(V{trap}\ntR.".encode()
    file = tmp_path / "pnet.lz4"
    file.write_bytes(lz4_frame.compress(program))
    with pytest.raises(ModelDamaged, match="holds 0 arrays"):
        read_arrays(file, [(3, 3, 3, 10)])
    assert not trap.exists()
