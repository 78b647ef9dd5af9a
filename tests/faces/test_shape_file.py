"""Files of dlib's landmark predictors: a small one written here, whole and spoilt; the cache."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from lookout.faces.dlib_weights import LANDMARKS_5
from lookout.faces.errors import ModelDamaged
from lookout.faces.shape_file import open_shape_trees, read_shape_trees


def integer(value: int) -> bytes:
    size = max(1, (abs(value).bit_length() + 7) // 8)
    return bytes([size | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(size, "little")


def real(value: float) -> bytes:
    """In sixteenths."""
    return integer(round(value * 16)) + integer(-4)


def column(values: Iterable[float]) -> bytes:
    numbers = list(values)
    return integer(-len(numbers)) + integer(-1) + b"".join(map(real, numbers))


def vector(items: Iterable[bytes]) -> bytes:
    parts = list(items)
    return integer(len(parts)) + b"".join(parts)


TREE = vector([integer(0) + integer(2) + real(-1.5)]) + vector(
    [column([0.5, 0, 0, -0.25]), column([0, 1, 300.0625, 0])]
)
WHOLE = (
    integer(1)
    + column([0.25, 0.5, 0.75, 0.5])
    + vector([vector([TREE, TREE])])
    + vector([vector(map(integer, [0, 1, 1]))])
    + vector([vector(real(0.125) + real(-0.5) for _ in range(3))])
)


def written(folder: Path, content: bytes) -> Path:
    path = folder / "small.dat"
    path.write_bytes(content)
    return path


def test_a_predictor_is_read_as_dlib_writes_it(tmp_path: Path) -> None:
    trees = read_shape_trees(written(tmp_path, WHOLE))
    assert trees.mean_xy.tolist() == [[0.25, 0.5], [0.75, 0.5]]
    assert trees.anchors.tolist() == [[0, 1, 1]]
    assert trees.offsets_xy.tolist() == [[[0.125, -0.5]] * 3]
    assert trees.compared.tolist() == [[[[0, 2]], [[0, 2]]]]
    assert trees.thresholds.tolist() == [[[-1.5], [-1.5]]]
    assert trees.leaves.tolist() == [[[[0.5, 0, 0, -0.25], [0, 1, 300.0625, 0]]] * 2]


def test_a_file_cut_anywhere_or_too_long_is_refused(tmp_path: Path) -> None:
    for content in (*(WHOLE[:end] for end in range(len(WHOLE))), WHOLE + b"\x01"):
        with pytest.raises(ModelDamaged, match=r"small\.dat is not a landmark predictor"):
            read_shape_trees(written(tmp_path, content))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (integer(1) + column([0.25, 0.5, 0.75, 0.5])[:2], integer(2)),
        (TREE, TREE.replace(integer(2) + real(-1.5), b"\x09" + bytes(9))),
        (TREE, vector([]) + vector([column([0, 0, 0, 0])])),
        (TREE, vector([integer(0) + integer(2) + real(1)] * 2) + vector([column([0] * 4)] * 3)),
        (column([0.5, 0, 0, -0.25]), column([0.5, 0, 0, -0.25]).replace(integer(-4), b"\x02\x00}")),
    ],
    ids=["version", "integer of nine bytes", "no node", "no whole tree", "infinity"],
)
def test_what_dlib_does_not_write_is_refused(tmp_path: Path, old: bytes, new: bytes) -> None:
    assert old in WHOLE
    with pytest.raises(ModelDamaged, match="expected"):
        read_shape_trees(written(tmp_path, WHOLE.replace(old, new)))


def test_a_predictor_is_read_once_and_again_when_the_cache_is_damaged(tmp_path: Path) -> None:
    first = open_shape_trees(LANDMARKS_5, tmp_path)
    (kept,) = tmp_path.glob("*.bin")
    whole, inode = kept.read_bytes(), kept.stat().st_ino
    again = open_shape_trees(LANDMARKS_5, tmp_path)
    assert kept.stat().st_ino == inode
    for field in fields(first):
        assert np.array_equal(getattr(first, field.name), getattr(again, field.name))
    damaged = tmp_path / "damaged"
    damaged.write_bytes(whole[:-1] + b"?")
    damaged.replace(kept)
    open_shape_trees(LANDMARKS_5, tmp_path)
    assert kept.read_bytes() == whole
