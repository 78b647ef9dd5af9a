"""Few people who stand for very many: the decision is the one among everybody."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.faces.decision.decide import Decision, Probe, decide
from lookout.faces.decision.nearby import nearby
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Floats
from lookout.faces.gallery import first_pass, match
from lookout.faces.gallery.first_pass import FirstPass
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.gallery.match import MatchMode, with_matcher

pytest.importorskip("faiss", reason="needs the extra `search`")

PEOPLE = 1500
RULES = {
    "dlib-128": Rule.for_encoder("dlib-128", 0.6),
    "sface": Rule.for_encoder("sface", 1.17),
}
SPREADS = {"dlib-128": 0.57, "sface": 1.0}
"""People lie so far from the middle of all; the length of an encoding is 1.41 and 1."""


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_pass, "BLOCK", 512)
    monkeypatch.setattr(match, "FIRST_PASS_ENCODINGS", 1000)


def drawn(count: int, encoder: str, seed: int) -> Floats:
    points = np.random.default_rng(seed).standard_normal((count, 128))
    points *= SPREADS[encoder] / np.linalg.norm(points, axis=1, keepdims=True)
    points[:, 0] += 1.29 if encoder == "dlib-128" else 0.0
    return points.astype(np.float32)


def enrolled(encoder: str) -> Gallery:
    """Every third person has two photographs, every tenth five."""
    places = drawn(PEOPLE, encoder, seed=1)
    sizes = [5 if i % 10 == 0 else 2 if i % 3 == 0 else 1 for i in range(PEOPLE)]
    people = np.repeat(np.arange(PEOPLE), sizes)
    looks = places[people] + 0.35 * drawn(len(people), encoder, seed=2)
    return Gallery(looks.astype(np.float32), tuple(f"person {i}" for i in people), encoder)


def looks_at(gallery: Gallery, encoder: str) -> list[list[Probe]]:
    """Tracks of one to three looks: at enrolled people, and at strangers."""
    off = drawn(240, encoder, seed=3)
    tracks = []
    for index in range(16):
        at = gallery.encodings[97 * index] if index % 2 else drawn(1, encoder, seed=90 + index)[0]
        looks = [at + 0.4 * off[6 * index + look] for look in range(1 + index % 3)]
        tracks.append([Probe(look.astype(np.float32), 1 + look[0] ** 2) for look in looks])
    return tracks


@pytest.mark.parametrize("encoder", RULES)
def test_the_decision_is_the_one_among_everybody(encoder: str) -> None:
    gallery, rule = enrolled(encoder), RULES[encoder]
    fast = with_matcher(gallery, MatchMode.EXACT)
    assert fast.first_pass is not None
    named = []
    for probes in looks_at(gallery, encoder):
        among_all, among_few = decide(probes, gallery, rule), decide(probes, fast, rule)
        assert facts(among_few) == facts(among_all)
        assert among_few.distance == pytest.approx(among_all.distance, abs=1e-3)
        assert among_few.chance == pytest.approx(among_all.chance, rel=1e-2, abs=1e-9)
        named.append(among_few.name)
    assert len(set(named) - {None}) > 3
    assert None in named


def facts(decision: Decision) -> tuple[object, ...]:
    return decision.state, decision.name, decision.nearest, decision.shortlist[0].name


def test_few_people_are_compared_where_they_settle_it() -> None:
    fast = with_matcher(enrolled("sface"), MatchMode.EXACT)
    few, more, everybody = nearby(fast.encodings[:1], fast)
    assert 50 < len(few.people) < 150 < len(more.people) <= len(everybody.people) == PEOPLE
    assert few.gallery.people == tuple(fast.people[i] for i in few.people)
    assert few.gallery.counts == {name: fast.counts[name] for name in few.gallery.people}


def test_a_gallery_keeps_the_blocks_that_are_the_same() -> None:
    before = with_matcher(enrolled("sface"), MatchMode.EXACT)
    one_more = before.added("newcomer", drawn(1, "sface", seed=7))
    after = with_matcher(one_more, MatchMode.EXACT, before)
    assert isinstance(before.first_pass, FirstPass)
    assert isinstance(after.first_pass, FirstPass)
    assert after.first_pass.threads is before.first_pass.threads
    assert after.first_pass.blocks[0].index is before.first_pass.blocks[0].index
    two_more = one_more.added("another", drawn(1, "sface", seed=9))
    last = with_matcher(two_more, MatchMode.EXACT, after).first_pass
    assert isinstance(last, FirstPass)
    made = [block for block in last.blocks if block not in after.first_pass.blocks]
    assert made == [last.blocks[-1]]
    newcomer = decide([Probe(one_more.encodings[-1])], after, RULES["sface"])
    assert newcomer.name == "newcomer"


def test_a_small_gallery_has_no_first_pass() -> None:
    small = Gallery(drawn(9, "sface", seed=8), tuple("abcdefghi"), "sface")
    assert with_matcher(small, MatchMode.EXACT) is small
    assert FirstPass.of(small.encodings).nbytes == 9 * 128
