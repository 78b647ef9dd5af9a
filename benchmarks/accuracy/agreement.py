"""Agreement of one way of recognizing with another, and with the truth, over a clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lookout.faces.detections import Floats, iou_matrix

SAME_PLACE = 0.5


@dataclass(frozen=True, slots=True)
class Seen:
    """The faces of one frame: boxes (N, 4) in pixels, and names, None for nobody known."""

    box_xyxy: Floats
    names: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counts of faces. shared: found by both at the same place (IoU from 0.5), `renamed` of them
    with two different names and `unnamed` with a name in the reference only."""

    reference: int
    shared: int
    extra: int
    renamed: int
    unnamed: int

    @property
    def recall(self) -> float:
        """The share of the reference's faces that were found."""
        return self.shared / self.reference if self.reference else float("nan")


def compare(reference: Sequence[Seen], other: Sequence[Seen]) -> Agreement:
    """Frame by frame; each face of one is paired with one of the other at most, nearest first."""
    shared = extra = renamed = unnamed = 0
    for expected, found in zip(reference, other, strict=True):
        pairs = _pairs(expected.box_xyxy, found.box_xyxy)
        shared += len(pairs)
        extra += len(found.names) - len(pairs)
        names = [(expected.names[i], found.names[j]) for i, j in pairs]
        renamed += sum(a is not None and b is not None and a != b for a, b in names)
        unnamed += sum(a is not None and b is None for a, b in names)
    return Agreement(sum(len(seen.names) for seen in reference), shared, extra, renamed, unnamed)


def wrong_names(seen: Mapping[int, Seen], truth: Mapping[int, str]) -> int:
    """Faces with a name that is not that of the frame's one person; frame number to each."""
    return sum(
        name is not None and name != truth[number]
        for number, of_frame in seen.items()
        if number in truth
        for name in of_frame.names
    )


def _pairs(a_xyxy: Floats, b_xyxy: Floats) -> list[tuple[int, int]]:
    overlap = iou_matrix(a_xyxy, b_xyxy)
    pairs = []
    while overlap.size and overlap.max() >= SAME_PLACE:
        row, column = np.unravel_index(int(np.argmax(overlap)), overlap.shape)
        pairs.append((int(row), int(column)))
        overlap[row, :] = overlap[:, column] = 0
    return pairs
