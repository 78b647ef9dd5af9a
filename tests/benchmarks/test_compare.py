"""The table of detectors × encoders × methods, on encodings whose answers are known by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.accuracy.compare import BOUND, OURS, USUAL, Lists, by_method
from benchmarks.support.pairs import Portrait
from benchmarks.support.trials import Faces
from lookout.faces.detections import Floats
from lookout.faces.encode.dlib128 import Dlib128Encoder
from lookout.faces.protocols import Encoder


def axis(number: int, off: float = 0.0) -> Floats:
    """A point on an axis of its own, `off` away from it along the last."""
    point = np.zeros(128, np.float32)
    point[number], point[-1] = 1.0, off
    return point


def encoder() -> Encoder:
    return Dlib128Encoder()


def shown(*encodings: Floats | None, names: tuple[str, ...]) -> Faces:
    return Faces(encodings, names)


def test_each_method_counts_own_names_and_named_strangers() -> None:
    enrolled = shown(axis(0), axis(1), axis(2), names=("Ada", "Bo", "Cy"))
    probes = shown(
        axis(0, 0.1),  # near enough for everybody
        axis(1, 0.55),  # within the tolerance of 0.6, but a stranger might be as near
        None,  # no face was found
        axis(2, 0.55),  # a stranger who is as near to Cy as that
        axis(9),  # and one who is like nobody
        names=("Ada", "Bo", "Cy", "Dee", "Eve"),
    )
    found = {m: (right, named) for m, right, named in by_method(encoder(), enrolled, probes)}
    assert list(found) == [USUAL, OURS, BOUND]
    right, named = found[USUAL]
    assert (right.hits, right.trials) == (2, 3)
    assert (named.hits, named.trials) == (1, 2)
    right, named = found[OURS]
    assert (right.hits, named.hits) == (1, 0)
    right, named = found[BOUND]
    assert named.hits == 0


def test_lists_are_thinned_to_probes_of_those_who_are_enrolled() -> None:
    portraits = [Portrait(Path(f"{n}.jpg"), f"p{n}", "gallery") for n in range(6)]
    portraits += [Portrait(Path(f"again{n}.jpg"), f"p{n}", "probe") for n in range(6)]
    portraits += [Portrait(Path(f"other{n}.jpg"), f"s{n}", "stranger") for n in range(6)]
    lists = Lists.of(portraits, people=3, limit=2)
    names = {one.identity for one in lists.enrolled}
    assert len(names) == 3
    roles = [one.role for one in lists.shown]
    assert roles == ["probe", "probe", "stranger", "stranger"]
    assert {one.identity for one in lists.shown if one.role == "probe"} <= names
