"""dlib's predictor of landmarks, read from its `.dat` file and computed with NumPy.

Method: an ensemble of regression trees (Kazemi and Sullivan, "One Millisecond Face Alignment", CVPR
2014) as dlib trained it. A shape begins as the mean of all faces in the box. Cascade after cascade
the brightness of some hundred pixels near it is looked at, and what each tree says to their
differences is added to it. dlib goes through the trees one by one; here all trees of a cascade and
all boxes go at once, which is several times as fast, and the points are dlib's.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats, Image
from lookout.faces.dlibnet.number_stream import Integers, integers, reals
from lookout.faces.errors import ModelDamaged

PREDICTOR_FORMAT = "v2"
"""The version of what `packed` writes, for caches."""
_SIZES = struct.Struct("<5i")
_Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class ShapePredictor:
    """The trees of C cascades of T trees with S splits and L = S + 1 leaves each, for P points.

    mean: (P, 2) float32, the first shape, in shares of the box. anchors (C, F), deltas (C, F, 2):
    the pixels that are looked at, as a point and the way from it. first, second (C, T, S): of which
    two pixels the difference is taken; thresholds (C, T, S): above which it goes left.
    leaves: (C, T * L, 2 P) float32, what is added to the shape.
    """

    mean: Floats
    anchors: Integers
    deltas: Floats
    first: Integers
    second: Integers
    thresholds: Floats
    leaves: Floats

    def __call__(self, image: Image, box_xyxy: Floats) -> Floats:
        """(N, P, 2) float32, whole pixels, for the boxes (N, 4) of one picture (H, W, 3) uint8, the
        colours in any order. The boxes are rounded, as dlib's rectangles are whole."""
        boxes = np.rint(box_xyxy).astype(np.float32)
        shape = np.tile(self.mean, (len(boxes), 1, 1))
        if not len(boxes):
            return shape
        grey = _brightness(image, boxes)
        trees, numbers = self.first.shape[1], self.leaves.shape[2]
        summands = np.empty((1 + trees, numbers), np.float32)
        to_turns = _turns(self.mean)
        for cascade, leaves in enumerate(self.leaves):
            chosen = self._chosen(cascade, self._pixels(cascade, shape, to_turns, boxes, grey))
            for row, those in zip(shape, chosen, strict=True):
                summands[0] = row.ravel()
                np.take(leaves, those, axis=0, out=summands[1:], mode="clip")
                summands.sum(axis=0, out=row.reshape(numbers))
        return np.floor(_in_picture(shape, boxes) + 0.5).astype(np.float32)

    def packed(self) -> bytes:
        """All arrays one after another, for `unpacked`."""
        cascades, pixels = self.anchors.shape
        trees, splits = self.first.shape[1:]
        sizes = (len(self.mean), cascades, pixels, trees, splits)
        layout = _layout(*sizes)
        record = np.zeros(1, layout)
        for name in layout.names or ():
            record[name] = getattr(self, name)
        return _SIZES.pack(*sizes) + record.tobytes()

    def _pixels(
        self,
        cascade: int,
        shape: Floats,
        to_turns: npt.NDArray[np.float64],
        boxes: Floats,
        grey: _Grey,
    ) -> Floats:
        """(N, F) the brightness of the pixels that this cascade looks at; 0 outside the picture.
        to_turns: `_turns`."""
        centred = shape - shape.mean(axis=1, keepdims=True, dtype=np.float64)
        turns = (centred.reshape(len(shape), -1) @ to_turns).astype(np.float32)
        places = self.deltas[cascade] @ turns.reshape(-1, 2, 2)
        places += shape.take(self.anchors[cascade], axis=1)
        return grey.at(np.floor(_in_picture(places, boxes) + 0.5))

    def _chosen(self, cascade: int, pixels: Floats) -> _Indices:
        """(N, T) which of the cascade's leaves each tree ends in."""
        first, second, thresholds = (
            one[cascade].ravel() for one in (self.first, self.second, self.thresholds)
        )
        trees, splits = self.first.shape[1:]
        seen, row = pixels.ravel(), np.arange(len(pixels))[:, None] * pixels.shape[1]
        node = np.zeros((len(pixels), trees), np.intp)
        begins = np.arange(trees) * splits
        for _ in range(_depth(splits)):
            at = begins + node
            difference = seen.take(row + first.take(at)) - seen.take(row + second.take(at))
            node = 2 * node + 2 - (difference > thresholds.take(at))
        return np.asarray(np.arange(trees) * (splits + 1) + node - splits, np.intp)


@dataclass(frozen=True, slots=True, eq=False)
class _Grey:
    """A part of a picture with a black rim, and where the corner of the rim lies in the picture."""

    values: Floats
    corner_xy: npt.NDArray[np.float64]

    def at(self, places_xy: npt.NDArray[np.float64]) -> Floats:
        height, width = self.values.shape
        places = places_xy - self.corner_xy
        np.maximum(places, 0, out=places)
        np.minimum(places, (width - 1, height - 1), out=places)
        whole = places.astype(np.intp)
        return np.asarray(self.values.ravel().take(whole[..., 1] * width + whole[..., 0]))


def unpacked(content: bytes | mmap.mmap) -> ShapePredictor:
    """What `packed` wrote; the arrays are views of it."""
    layout = _layout(*_SIZES.unpack_from(content))
    record = np.frombuffer(content, layout, count=1, offset=_SIZES.size)[0]
    return ShapePredictor(**{name: record[name] for name in layout.names or ()})


def _layout(points: int, cascades: int, pixels: int, trees: int, splits: int) -> np.dtype[np.void]:
    """The fields of a `ShapePredictor`."""
    return np.dtype(
        [
            ("mean", "<f4", (points, 2)),
            ("anchors", "<i4", (cascades, pixels)),
            ("deltas", "<f4", (cascades, pixels, 2)),
            ("first", "<i4", (cascades, trees, splits)),
            ("second", "<i4", (cascades, trees, splits)),
            ("thresholds", "<f4", (cascades, trees, splits)),
            ("leaves", "<f4", (cascades, trees * (splits + 1), 2 * points)),
        ]
    )


def read_shape_predictor(data: bytes, source: str) -> ShapePredictor:
    """The predictor of a `.dat` file. Raises ModelDamaged."""
    reader = _Reader(integers(data), source)
    reader.expect(1, "the version")
    mean = reader.matrix()
    forests = [reader.forest(len(mean)) for _ in range(reader.count())]
    anchors = [reader.take(reader.count()) for _ in range(reader.count())]
    deltas = [reader.reals(2 * reader.count()).reshape(-1, 2) for _ in range(reader.count())]
    reader.end()
    first, second, thresholds, leaves = map(np.stack, zip(*forests, strict=True))
    return ShapePredictor(
        mean.reshape(-1, 2), np.stack(anchors), np.stack(deltas), first, second, thresholds, leaves
    )


class _Reader:
    """A position among the integers of a file."""

    def __init__(self, values: Integers, source: str) -> None:
        self._values = values
        self._source = source
        self._at = 0

    def take(self, count: int) -> Integers:
        taken = self._values[self._at : self._at + count]
        if len(taken) < count:
            raise self._damaged("it ends too early")
        self._at += count
        return taken

    def reals(self, count: int) -> Floats:
        pairs = self.take(2 * count).reshape(-1, 2)
        return reals(pairs[:, 0], pairs[:, 1])

    def count(self) -> int:
        (value,) = self.take(1)
        if not 0 < value < 1 << 16:
            raise self._damaged(f"{value} is no number of things")
        return int(value)

    def expect(self, wanted: int, what: str) -> None:
        (value,) = self.take(1)
        if value != wanted:
            raise self._damaged(f"{what} is {value}, not {wanted}")

    def matrix(self) -> Floats:
        """A column of numbers; dlib writes the sizes negative."""
        rows, columns = self.take(2)
        if columns != -1 or rows >= 0:
            raise self._damaged(f"a column of numbers has the size {rows} × {columns}")
        return self.reals(-int(rows))

    def forest(self, numbers: int) -> tuple[Integers, Integers, Floats, Floats]:
        """first, second, thresholds (T, S) and leaves (T * L, numbers)."""
        trees, begun = self.count(), self._at
        splits = self.count()
        size = 1 + 4 * splits + 1 + (splits + 1) * (2 + 2 * numbers)
        self._at = begun
        table = self.take(trees * size).reshape(trees, size)
        head, leaves = table[:, 1 : 1 + 4 * splits], table[:, 2 + 4 * splits :]
        leaves = leaves.reshape(trees * (splits + 1), 2 + 2 * numbers)
        sizes_are_right = (
            2 ** _depth(splits) == splits + 1
            and (table[:, 0] == splits).all()
            and (table[:, 1 + 4 * splits] == splits + 1).all()
            and (leaves[:, :2] == (-numbers, -1)).all()
        )
        if not sizes_are_right:
            raise self._damaged("its trees are not all of one size")
        head = head.reshape(trees, splits, 4)
        return (
            np.ascontiguousarray(head[..., 0]),
            np.ascontiguousarray(head[..., 1]),
            reals(head[..., 2], head[..., 3]),
            reals(leaves[:, 2::2], leaves[:, 3::2]),
        )

    def end(self) -> None:
        if self._at != len(self._values):
            raise self._damaged(f"{len(self._values) - self._at} numbers too many")

    def _damaged(self, found: str) -> ModelDamaged:
        return ModelDamaged(
            f"{self._source} is no shape predictor that dlib wrote, or is damaged: at number "
            f"{self._at} {found}"
        )


def _depth(splits: int) -> int:
    return (splits + 1).bit_length() - 1


def _turns(mean: Floats) -> npt.NDArray[np.float64]:
    """(2 P, 4): what a centred shape (2 P) is multiplied by for the turn and scale, a matrix (2, 2)
    for rows, that bring `mean` (P, 2) nearest to it (Umeyama, "Least-Squares Estimation of
    Transformation Parameters", 1991)."""
    centred = (mean - mean.mean(axis=0)).astype(np.float64)
    along, across = centred.ravel(), np.stack([-centred[:, 1], centred[:, 0]], axis=1).ravel()
    turns = np.stack([along, across, -across, along], axis=1)
    return np.asarray(turns / np.square(centred).sum(), np.float64)


def _in_picture(shares: Floats, boxes: Floats) -> npt.NDArray[np.float64]:
    """Shares (N, K, 2) of the boxes (N, 4) in pixels."""
    corner, size = boxes[:, None, :2], boxes[:, None, 2:] - boxes[:, None, :2]
    return np.asarray(corner + shares.astype(np.float64) * size, np.float64)


def _brightness(image: Image, boxes: Floats) -> _Grey:
    """The mean of red, green and blue, cut off, of what is within a box's size of the boxes."""
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    around = (boxes[:, 2:] - boxes[:, :2]).max(axis=0) * np.float32(2)
    height, width = image.shape[:2]
    x1, y1 = np.clip(low - around, 0, (width, height)).astype(np.int64)
    x2, y2 = np.clip(high + around + 1, 0, (width, height)).astype(np.int64)
    values = np.zeros((y2 - y1 + 2, x2 - x1 + 2), np.float32)
    values[1:-1, 1:-1] = image[y1:y2, x1:x2].sum(axis=2, dtype=np.uint16) // 3
    return _Grey(values, np.array([x1 - 1, y1 - 1], np.float64))
