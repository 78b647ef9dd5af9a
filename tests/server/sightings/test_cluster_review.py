"""What is shown of an unknown person before anybody gives them a name."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.faces.decision.decide import Rule
from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery
from lookout.server.sightings.cluster_review import (
    RECENT_S,
    middle,
    most_different,
    suggestion,
    worth,
)
from lookout.server.storage.records import Cluster


def at(*values: float) -> Floats:
    """Points on a line as encodings."""
    return np.array([[value, 0.0] for value in values], np.float32)


def test_the_middle_is_nearest_to_all() -> None:
    assert middle(at(0.0, 0.1, 0.2, 0.9)) in (1, 2)
    assert middle(at(5.0)) == 0


def test_the_faces_that_are_shown_differ_most() -> None:
    line = at(0.0, 0.01, 0.02, 0.5, 0.3)
    assert most_different(line, 3) == [2, 3, 4]
    assert most_different(line, 9) == [2, 3, 4, 0, 1]
    assert most_different(at(), 3) == []


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (Cluster("a", 5, 0.0, 100.0), Cluster("b", 4, 0.0, 100.0)),
        (Cluster("a", 1, 0.0, 100.0, 0.9), Cluster("b", 1, 0.0, 100.0, 0.2)),
        (Cluster("a", 1, 0.0, 100.0), Cluster("b", 1, 0.0, 100.0 - 2 * RECENT_S)),
    ],
    ids=["seen more often", "seen better", "seen later"],
)
def test_naming_somebody_is_worth_more(more: Cluster, less: Cluster) -> None:
    assert worth(more, 200.0) > worth(less, 200.0)


def test_a_stranger_loses_half_of_their_worth_in_three_days() -> None:
    fresh, old = Cluster("a", 4, 0.0, RECENT_S), Cluster("b", 4, 0.0, 0.0)
    assert worth(old, RECENT_S) == pytest.approx(worth(fresh, RECENT_S) / 2)


def test_a_person_is_suggested_with_whether_somebody_else_is_near() -> None:
    gallery = Gallery(at(0.0, 0.45, 3.0), ("ada", "twin", "bob"), "dlib-128")
    found = suggestion(list(at(0.01)), gallery, Rule(), None)
    assert found is not None
    assert [one.name for one in found.candidates] == ["ada", "twin"]
    assert found.clear
    between = suggestion(list(at(0.22)), gallery, Rule(), None)
    assert between is not None
    assert not between.clear
    assert suggestion(list(at(9.0)), gallery, Rule(), None) is None
    assert suggestion([], gallery, Rule(), None) is None
