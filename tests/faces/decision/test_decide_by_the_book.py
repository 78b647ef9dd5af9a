"""The decision against the same rule written out person by person, on the faces of real people.

`faces.decision.decide` leaves out what cannot change the answer; here nothing is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from lookout.faces.decision.decide import Probe, decide
from lookout.faces.decision.intra_person import own_limits
from lookout.faces.decision.rule import Rule
from lookout.faces.detect.hog import HogDetector
from lookout.faces.engine import open_encoder
from lookout.faces.gallery.gallery import Gallery
from tests.support.portraits import read_image

LIMITED = Rule(limits={"amy": 0.3, "raj": 0.2})
ORIGINAL = Rule.for_encoder("dlib-128", 0.6, original=True)


@dataclass(frozen=True)
class Person:
    name: str
    share: float
    distance: float
    mean: float
    score: float
    limit: float


def by_the_book(probes: list[Probe], gallery: Gallery, rule: Rule) -> list[Person]:
    """Everybody, the one who comes first at the front."""
    total = sum(probe.weight for probe in probes)
    weights = [probe.weight / total for probe in probes]
    shares, distances, means = [], [], []
    for name in gallery.people:
        own = gallery.encodings[[other == name for other in gallery.names]]
        share = distance = mean = 0.0
        for probe, weight in zip(probes, weights, strict=True):
            apart = sorted(np.linalg.norm(own - probe.encoding, axis=1).tolist())
            share += weight * sum(d <= rule.tolerance for d in apart) / len(apart)
            nearer = apart[: (len(apart) + 1) // 2]
            distance += weight * sum(nearer) / len(nearer)
            mean += weight * sum(apart) / len(apart)
        shares.append(share)
        distances.append(distance)
        means.append(mean)
    model = rule.strangers
    scores = model.normalize(np.array(distances), model.crowding_of(gallery))
    limits = [
        min(rule.limits.get(name, np.inf), max(own, rule.sure_distance))
        for name, own in zip(gallery.people, own_limits(gallery), strict=True)
    ]
    everybody = [
        Person(*row)
        for row in zip(gallery.people, shares, distances, means, scores, limits, strict=True)
    ]
    if rule.original:
        return sorted(everybody, key=lambda p: (-p.share, p.mean))
    majority = [p for p in everybody if p.share >= rule.min_share]
    if majority:
        first = min(majority, key=lambda p: p.score)
    else:
        first = min(everybody, key=lambda p: (-p.share, p.score))
    return [first, *(p for p in everybody if p is not first)]


@pytest.fixture(scope="module")
def actors(data: Path) -> Gallery:
    """Eight actors with up to five portraits each."""
    detector, encoder = HogDetector(), open_encoder("dlib-128", "cpu")
    chips, names = [], []
    for path in sorted((data / "bbt").glob("*/*.png")):
        image = read_image(path)
        found = detector.detect([image])[0]
        if len(found) == 1 and path.parent.name != "groups":
            chips += encoder.align(image, found)
            names.append(path.parent.name)
    assert len(chips) >= 30
    return Gallery(encoder.encode(chips), tuple(names), "dlib-128")


@pytest.mark.data
@pytest.mark.parametrize("rule", [Rule(), LIMITED, ORIGINAL], ids=["default", "limits", "original"])
@pytest.mark.parametrize("looks", [1, 3])
def test_the_decision_is_what_the_rule_says_person_by_person(
    actors: Gallery, rule: Rule, looks: int
) -> None:
    enrolled = np.arange(len(actors)) % 3 > 0
    gallery, others = actors.take(enrolled), actors.take(~enrolled)
    named = set()
    for start in range(len(others) - looks + 1):
        encodings = others.encodings[start : start + looks]
        probes = [Probe(e, weight=1 / (1 + i)) for i, e in enumerate(encodings)]
        decision = decide(probes, gallery, rule)
        first, *rest = by_the_book(probes, gallery, rule)
        assert decision.nearest == first.name
        assert decision.distance == pytest.approx(first.distance, abs=1e-3)
        assert decision.votes.get(first.name, 0.0) == pytest.approx(first.share)
        assert decision.margin == pytest.approx(
            min(p.distance for p in rest) - first.distance, abs=1e-3
        )
        chance = rule.strangers.chance(first.score, len(gallery.people))
        assert decision.chance == pytest.approx(chance, rel=0.02, abs=1e-9)
        best = sorted([first, *rest], key=lambda p: p.score)
        assert [one.name for one in decision.shortlist] == [p.name for p in best[:5]]
        asked = rule.original or (
            first.share >= rule.min_share
            and chance <= rule.fpir
            and first.distance <= first.limit
            and min(p.distance for p in rest) - first.distance >= rule.min_margin
        )
        assert decision.name == (first.name if first.share > 0 and asked else None)
        named.add(decision.name)
    assert len(named) > 1
