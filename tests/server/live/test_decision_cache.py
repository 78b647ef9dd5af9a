"""A decision is made anew when there is new evidence or another gallery, and else remembered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import lookout.server.live.decision_cache
from lookout.faces.decision.decide import Decision, Probe, Rule, decide
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.photo.quality import FaceView
from lookout.faces.tracking.tracker import Track
from lookout.server.live.decision_cache import DecisionCache

ADA = np.zeros((1, 128), np.float32)
PROBE = Probe(ADA[0])
NOBODY = Gallery.empty("dlib-128", 128)


def track(number: int, *probes: Probe) -> Track:
    return Track(number, np.zeros(4, np.float32), FaceView(80, 120, 50, 1), 0.0, 0.0, probes)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many probes each real decision had."""
    counts: list[int] = []

    def counted(probes: Sequence[Probe], gallery: Gallery, *rest: Any) -> Decision:
        counts.append(len(probes))
        return decide(probes, gallery, *rest)

    monkeypatch.setattr(lookout.server.live.decision_cache, "decide", counted)
    return counts


def test_the_same_evidence_is_judged_once(asked: list[int]) -> None:
    deciding, seen = DecisionCache(Rule()), [track(1, PROBE), track(2, PROBE, PROBE)]
    first = deciding.decide(seen, NOBODY)
    assert deciding.decide(seen[::-1], NOBODY) == first[::-1]
    assert asked == [1, 2]


def test_a_new_encoding_is_judged(asked: list[int]) -> None:
    deciding = DecisionCache(Rule())
    deciding.decide([track(1, PROBE)], NOBODY)
    deciding.decide([track(1, PROBE, PROBE)], NOBODY)
    assert asked == [1, 2]


def test_a_name_ends_with_its_evidence_and_comes_with_a_new_gallery(asked: list[int]) -> None:
    deciding, seen = DecisionCache(Rule()), track(1, PROBE)
    assert deciding.decide([seen], NOBODY)[0].name is None
    assert deciding.decide([seen], NOBODY.added("Ada", ADA))[0].name == "Ada"
    assert deciding.decide([track(1)], NOBODY.added("Ada", ADA))[0].name is None
    assert asked == [1, 1, 0]


def test_a_track_that_was_out_of_view_is_judged_anew(asked: list[int]) -> None:
    deciding, seen = DecisionCache(Rule()), track(1, PROBE)
    deciding.decide([seen], NOBODY)
    deciding.decide([], NOBODY)
    deciding.decide([seen], NOBODY)
    assert asked == [1, 1]
