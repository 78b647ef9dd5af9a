"""The decision, on galleries small enough to vote by hand, and on real people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lookout.faces.decision.decide import NOT_SEEN_YET, Probe, Rule, State, decide
from lookout.faces.detect.hog import HogDetector
from lookout.faces.engine import open_encoder
from lookout.faces.gallery.gallery import Gallery
from tests.support.portraits import read_image

ORIGINAL = Rule.for_encoder("dlib-128", 0.6, original=True)


def line(**people: Sequence[float]) -> Gallery:
    """People on a number line: a probe at 0 is as far from each encoding as its number says."""
    rows = [[x, 0.0] for places in people.values() for x in places]
    names = tuple(name for name, places in people.items() for _ in places)
    return Gallery(np.array(rows, np.float32), names, "toy")


def at(x: float, weight: float = 1.0, time_s: float = 0.0) -> Probe:
    return Probe(np.array([x, 0.0], np.float32), weight, time_s)


def test_votes_are_shares_of_a_persons_encodings() -> None:
    gallery = line(ada=[0.1, 0.2, 0.7, 0.9], bob=[0.5], eve=[2.0])
    decision = decide([at(0)], gallery)
    assert decision.votes == {"ada": 0.5, "bob": 1.0}


def test_the_nearer_of_two_majorities_wins_and_the_distance_is_of_the_nearer_half() -> None:
    decision = decide([at(0)], line(ada=[0.1, 0.2, 0.7, 0.9], bob=[0.5]))
    assert (decision.state, decision.name) == (State.KNOWN, "ada")
    assert decision.distance == pytest.approx(0.15, abs=1e-3)
    assert decision.margin == pytest.approx(0.35, abs=1e-3)
    assert decision.reasons == ()


def test_without_a_majority_the_most_votes_come_first_but_get_no_name() -> None:
    decision = decide([at(0)], line(ada=[0.1, 0.7, 0.8], bob=[0.3, 0.7, 0.8, 0.9]))
    assert decision.nearest == "ada"
    assert decision.state is State.UNKNOWN
    assert decision.reasons[0] == "only 33% of the votes; 50% are needed"


def test_nobody_within_the_tolerance_is_unknown_and_the_nearest_is_told() -> None:
    decision = decide([at(0)], line(ada=[0.9], bob=[0.7]))
    assert (decision.state, decision.name, decision.nearest) == (State.UNKNOWN, None, "bob")
    assert decision.votes == {}
    assert decision.reasons == ("nobody is within 0.60; the nearest is at 0.70",)


def test_within_the_tolerance_but_not_sure_is_unknown_where_the_original_named() -> None:
    gallery = line(ada=[0.5])
    assert decide([at(0)], gallery, ORIGINAL).name == "ada"
    decision = decide([at(0)], gallery)
    assert (decision.state, decision.name) == (State.UNKNOWN, None)
    assert decision.reasons == ("1.12% of strangers would come as near as 0.50; 0.50% are allowed",)
    assert decision.shortlist[0].name == "ada"


def test_a_person_of_several_photographs_is_named_only_as_far_as_these_differ() -> None:
    # each of ada's is 0.05 from the nearest other, the limit sqrt(3) · 0.05 = 0.09, but never less
    # than sure_distance; bob's are 0.3 apart, the limit is sqrt(3) · 0.3 = 0.52
    decision = decide([at(0)], line(ada=[0.46, 0.51, 0.46, 0.51]))
    assert decision.reasons == ("the distance is 0.46; 0.45 is needed for this person",)
    assert decide([at(0)], line(bob=[0.46, 0.16, 0.46, 0.76])).name == "bob"
    assert decide([at(0)], line(eve=[0.46])).name == "eve"


def test_between_two_people_is_unsure() -> None:
    decision = decide([at(0)], line(ada=[0.30], bob=[-0.33]))
    assert (decision.state, decision.name, decision.nearest) == (State.UNSURE, None, "ada")
    assert decision.margin == pytest.approx(0.03, abs=1e-3)
    assert decision.reasons == ("another person is 0.03 farther; 0.05 is needed",)


def test_probes_count_by_their_weight() -> None:
    gallery = line(ada=[0.0])
    # distances 0.2 and 0.8, weights 3 and 1: (0.6 + 0.8) / 4 = 0.35; one vote of weight 3 in 4
    decision = decide([at(0.2, weight=3), at(0.8, weight=1)], gallery)
    assert decision.votes == {"ada": pytest.approx(0.75)}
    assert decision.distance == pytest.approx(0.35, abs=1e-3)
    assert decision.name == "ada"
    assert decide([at(0.2, weight=1), at(0.8, weight=3)], gallery).state is State.UNKNOWN


def test_later_evidence_takes_a_name_away() -> None:
    gallery = line(ada=[0.0])
    probes = [at(0.1)]
    assert decide(probes, gallery).name == "ada"
    probes += [at(0.9), at(0.9)]
    assert decide(probes, gallery).name is None


def test_the_rule_scales_with_the_encoders_tolerance() -> None:
    assert Rule.for_tolerance(0.6) == Rule() == Rule.for_encoder("dlib-128", 0.6)
    other = Rule.for_tolerance(1.2)
    assert (other.sure_distance, other.min_margin) == pytest.approx((0.9, 0.1))
    assert other.strangers.mean == pytest.approx(4 * Rule().strangers.mean)
    assert other.min_share == Rule().min_share


def test_no_probe_and_no_gallery_have_answers() -> None:
    assert decide([], line(ada=[0.0])) is NOT_SEEN_YET
    decision = decide([at(0)], Gallery.empty("toy", 2))
    assert (decision.state, decision.reasons) == (State.UNKNOWN, ("nobody is enrolled",))
    assert decide([at(0)], Gallery.empty("toy", 2), ORIGINAL).name is None


def test_a_single_person_has_no_margin() -> None:
    decision = decide([at(0.1)], line(ada=[0.0]))
    assert (decision.name, decision.margin) == ("ada", None)


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ({"ada": [0.5, 0.9], "bob": [0.55]}, "bob"),
        ({"ada": [0.5, 0.5], "bob": [0.4, 0.45]}, "bob"),
        ({"ada": [0.7]}, None),
    ],
    ids=["half of ada's votes, all of bob's", "a tie goes to the smaller mean", "no vote"],
)
def test_the_original_rule_is_a_plain_majority(
    people: dict[str, list[float]], expected: str | None
) -> None:
    assert decide([at(0)], line(**people), ORIGINAL).name == expected


@pytest.fixture(scope="module")
def family(data: Path) -> list[tuple[str, NDArray[np.float32]]]:
    """Encodings of the photographs of families 1 and 2: (name, encoding) of every single face."""
    detector, encoder = HogDetector(0), open_encoder("dlib-128", "cpu")
    found = []
    for path in sorted((data / "families").glob("Family[123]-*.jpg")):
        image = read_image(path)
        detections = detector.detect([image])[0]
        if len(detections) == 1:
            found.append((path.stem.rstrip("0123456789"), encoder, image, detections))
    return [
        (name, encoder.encode(encoder.align(image, detections))[0])
        for name, encoder, image, detections in found
    ]


@pytest.mark.data
def test_relatives_get_their_own_name_or_none_and_a_stranger_none(
    family: list[tuple[str, NDArray[np.float32]]],
) -> None:
    names = [name for name, _ in family]
    shown = named = 0
    for index, (truth, encoding) in enumerate(family):
        others = [pair for i, pair in enumerate(family) if i != index]
        known = Gallery(np.stack([e for _, e in others]), tuple(n for n, _ in others), "dlib-128")
        decision = decide([Probe(encoding)], known)
        assert decision.name in (truth, None), f"{truth} was called {decision.name}"
        if names.count(truth) > 1:
            shown, named = shown + 1, named + (decision.name == truth)
        strangers = [pair for pair in others if pair[0] != truth]
        without = Gallery(
            np.stack([e for _, e in strangers]), tuple(n for n, _ in strangers), "dlib-128"
        )
        assert decide([Probe(encoding)], without).name is None
    assert shown >= 12
    assert named >= math.ceil(0.8 * shown)
