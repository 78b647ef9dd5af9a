"""Which detections hit which faces, on boxes laid out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.support.boxes import BadTruth, match, read_truth

FACES = np.array([(0, 0, 40, 40), (100, 0, 140, 40), (200, 0, 240, 40)], np.float32)
IGNORED = np.array([False, False, True])


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


@pytest.mark.parametrize(
    ("detected", "found", "false_alarms"),
    [
        (boxes(), [0, 0], 0),
        (boxes((0, 0, 40, 40)), [1, 0], 0),
        (boxes((5, -10, 35, 45)), [1, 0], 0),  # YuNet's shape
        (boxes((0, 0, 40, 40), (2, 2, 42, 42)), [1, 0], 1),  # the second on one face
        (boxes((198, 0, 238, 40)), [0, 0], 0),  # an ignored face counts neither way
        (boxes((198, 0, 238, 40), (200, 0, 240, 40)), [0, 0], 0),
        (boxes((15, 15, 25, 25)), [0, 0], 1),  # a nose is no face
        (boxes((-40, -40, 80, 80)), [0, 0], 1),  # nor is a person
        (boxes((25, 0, 65, 40)), [0, 0], 1),  # beside it
        (boxes((100, 0, 140, 40), (0, 0, 40, 40)), [1, 1], 0),
    ],
)
def test_a_detection_hits_the_face_it_means(
    detected: np.ndarray, found: list[int], false_alarms: int
) -> None:
    hits = match(FACES, IGNORED, detected)
    assert hits.found.tolist() == found
    assert hits.false_alarms == false_alarms
    assert hits.side_px.tolist() == [40, 40]


def test_imglabs_file_is_read_with_its_ignored_faces(tmp_path: Path) -> None:
    file = tmp_path / "truth.xml"
    file.write_text(
        "<dataset><images><image file='a.jpg'><box top='2' left='1' width='10' height='20'/>"
        "<box top='0' left='0' width='5' height='5' ignore='1'/></image></images></dataset>"
    )
    (truth,) = read_truth(file)
    assert truth.picture == tmp_path / "a.jpg"
    assert truth.box_xyxy.tolist() == [[1, 2, 11, 22], [0, 0, 5, 5]]
    assert truth.ignored.tolist() == [False, True]
    file.write_text("<dataset><image file='a.jpg'><box top='2'/></image></dataset>")
    with pytest.raises(BadTruth, match=r"truth\.xml is no ground truth"):
        read_truth(file)
