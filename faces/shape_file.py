"""dlib's landmark predictors as arrays: read from its file once, then mapped from the cache folder.

Mapped, a predictor is there at once and takes the memory of what is looked at, which the system may
have back; dlib takes a second in which no other thread of Python runs, and all of the memory.

Format: dlib's `serialize.h` and `image_processing/shape_predictor.h`. The file is nothing but
integers, a length byte (sign in its high bit) and as many little-endian bytes each. A real number
is two of them, mantissa and exponent; a vector begins with its size, a matrix with its sizes below
zero.
"""

from __future__ import annotations

import struct
from array import array
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats
from lookout.faces.dlib_weights import SHA256, dlib_weights
from lookout.faces.errors import ModelDamaged
from lookout.faces.graph_cache import graph_folder, map_or_build
from lookout.faces.shape_trees import Integers, ShapeTrees

FORMAT = "trees-1"
"""Changes with what this file writes into the cache folder."""
_SIZES = struct.Struct("<5i")
_LONGEST_INTEGER = 8
_STEPS = tuple((head & 0x7F) + 1 for head in range(256))
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(_LONGEST_INTEGER + 1)], np.uint64)


def is_kept(filename: str, folder: Path | None = None) -> bool:
    """Whether `open_shape_trees` has kept this predictor."""
    return _kept_at(filename, folder).is_file()


def open_shape_trees(filename: str, folder: Path | None = None) -> ShapeTrees:
    """The predictor of dlib's file of this name (`faces.dlib_weights`).

    The first time takes some seconds. Raises ModelMissing and ModelDamaged as `dlib_weights`.
    """
    path = _kept_at(filename, folder)
    content = map_or_build(path, lambda: _packed(read_shape_trees(dlib_weights(filename))))
    layout = _layout(*_SIZES.unpack_from(content))
    record = np.frombuffer(content, layout, count=1, offset=_SIZES.size)
    return ShapeTrees(**{field: record[field][0] for field in layout.names or ()})


def _kept_at(filename: str, folder: Path | None) -> Path:
    name = f"{Path(filename).stem}-{SHA256[filename][:16]}-{FORMAT}.bin"
    return (folder or graph_folder()) / name


def read_shape_trees(path: Path) -> ShapeTrees:
    """The predictor in a file that dlib wrote. Raises ModelDamaged if it is none."""
    stream = _Integers(path.read_bytes(), path.name)
    stream.expect(1, "the version of the predictor")
    mean = stream.matrix("the mean face")
    stages = stream.integer("the number of stages")
    forests = [stream.forest(mean.size) for _ in range(stages)]
    stream.expect(stages, "the stages of anchors")
    anchors = [stream.anchors() for _ in range(stages)]
    stream.expect(stages, "the stages of offsets")
    offsets = [stream.offsets() for _ in range(stages)]
    stream.end()
    compared, thresholds, leaves = (np.stack(parts) for parts in zip(*forests, strict=True))
    return ShapeTrees(
        mean.reshape(-1, 2), np.stack(anchors), np.stack(offsets), compared, thresholds, leaves
    )


def _packed(trees: ShapeTrees) -> bytes:
    stages, count, leaves, _ = trees.leaves.shape
    sizes = len(trees.mean_xy), stages, count, leaves, trees.anchors.shape[1]
    record = np.zeros(1, _layout(*sizes))
    for field in record.dtype.names or ():
        record[field] = getattr(trees, field)
    return b"".join((_SIZES.pack(*sizes), record.data))


def _layout(points: int, stages: int, trees: int, leaves: int, pixels: int) -> np.dtype[np.void]:
    """The fields of `ShapeTrees` one after another."""
    return np.dtype(
        [
            ("mean_xy", "<f4", (points, 2)),
            ("anchors", "<i4", (stages, pixels)),
            ("offsets_xy", "<f4", (stages, pixels, 2)),
            ("compared", "<i4", (stages, trees, leaves - 1, 2)),
            ("thresholds", "<f4", (stages, trees, leaves - 1)),
            ("leaves", "<f4", (stages, trees, leaves, 2 * points)),
        ]
    )


class _Integers:
    """A position in a file of integers. Every reader raises ModelDamaged."""

    def __init__(self, data: bytes, source: str) -> None:
        self._size = len(data)
        self._data = data + bytes(_LONGEST_INTEGER)
        self._source = source
        self._offset = 0
        # the eight bytes from each byte on, as one number
        self._words = np.ndarray((self._size + 1,), "<u8", self._data, strides=(1,))

    def integer(self, what: str) -> int:
        return int(self._take(1, what)[0])

    def expect(self, wanted: int, what: str) -> None:
        found = self.integer(what)
        if found != wanted:
            raise self._damaged(f"{what} to be {wanted}, found {found}")

    def matrix(self, what: str) -> Floats:
        """A column."""
        rows = -self.integer(what)
        self.expect(-1, f"the columns of {what}")
        return self._reals(self._take(2 * self._counted(rows, what), what))

    def forest(self, values: int) -> tuple[Integers, Floats, Floats]:
        """The trees of one stage: what they compare, thresholds, leaves of so many values."""
        trees = self._counted(self.integer("the number of trees"), "trees")
        start, nodes = self._offset, self.integer("the number of nodes")
        self._offset = start  # it stands in each tree
        leaves = self._counted(nodes, "nodes") + 1
        leaf = 2 + 2 * values
        table = self._take(trees * (2 + 4 * nodes + leaf * leaves), "trees").reshape(trees, -1)
        split, rest = table[:, 1 : 1 + 4 * nodes], table[:, 2 + 4 * nodes :]
        split, rest = split.reshape(trees, nodes, 4), rest.reshape(trees, leaves, leaf)
        heads = (table[:, 0] == nodes) & (table[:, 1 + 4 * nodes] == leaves)
        if leaves & nodes or not (heads.all() and (rest[..., :2] == (-values, -1)).all()):
            raise self._damaged(f"trees of {nodes} nodes and {leaves} leaves of {values} values")
        return (
            split[..., :2].astype(np.int32),
            self._reals(split[..., 2:])[..., 0],
            self._reals(rest[..., 2:]),
        )

    def anchors(self) -> Integers:
        count = self._counted(self.integer("the number of anchors"), "anchors")
        return self._take(count, "anchors").astype(np.int32)

    def offsets(self) -> Floats:
        count = self._counted(self.integer("the number of offsets"), "offsets")
        return self._reals(self._take(4 * count, "offsets").reshape(count, 4))

    def end(self) -> None:
        if self._offset != self._size:
            raise self._damaged("the end of the file")

    def _counted(self, count: int, what: str) -> int:
        """The count, if so many fit into the file at all."""
        if not 0 < count <= self._size:
            raise self._damaged(f"a number of {what}, found {count}")
        return count

    def _reals(self, pairs: npt.NDArray[np.int64]) -> Floats:
        """(…, 2 K) mantissas and exponents by turns to (…, K) float32."""
        exponents = pairs[..., 1::2]
        if (np.abs(exponents) > np.finfo(np.float32).bits * _LONGEST_INTEGER).any():
            raise self._damaged("finite numbers")
        return np.ldexp(pairs[..., 0::2].astype(np.float64), exponents).astype(np.float32)

    def _take(self, count: int, what: str) -> npt.NDArray[np.int64]:
        """The next integers: where one begins is known from the one before, the rest at once."""
        data, steps, offset = self._data, _STEPS, self._offset
        starts = array("q")
        append = starts.append
        try:
            for _ in range(count):
                append(offset)
                offset += steps[data[offset]]
        except IndexError:
            offset = len(data)
        if offset > self._size:
            raise self._damaged(f"{what}, found the end of the file")
        at = np.frombuffer(starts, np.int64)
        heads = self._words[at] & 0xFF
        sizes = heads & 0x7F
        if (sizes < 1).any() or (sizes > _LONGEST_INTEGER).any():
            raise self._damaged(what)
        self._offset = offset
        values = (self._words[at + 1] & _MASKS[sizes]).astype(np.int64)
        return np.asarray(np.where(heads & 0x80, -values, values), np.int64)

    def _damaged(self, expected: str) -> ModelDamaged:
        return ModelDamaged(
            f"{self._source} is not a landmark predictor that dlib wrote, or is damaged: "
            f"from byte {self._offset} expected {expected}"
        )
