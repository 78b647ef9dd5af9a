"""The cohort: crowding and conditions by hand, and what ships."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.faces.decision.cohort import (
    NEAREST,
    PAIR_SHARE,
    Cohort,
    crowding_of_pairs,
    shipped_cohort,
)
from lookout.faces.decision.decide import Probe, decide
from lookout.faces.decision.rule import Rule
from lookout.faces.decision.stranger_model import StrangerModel, stranger_model
from lookout.faces.gallery.gallery import Gallery

CLEAR = np.tile([[0.0, 0.0]], (NEAREST, 1))
FAULTY = np.tile([[10.0, 2.0], [10.0, -2.0]], (NEAREST // 2, 1))
"""Among them a face is 10 farther to the right than a clear one."""


def at(*places: tuple[float, float] | np.ndarray) -> np.ndarray:
    return np.array(places, np.float32)


def test_a_face_belongs_to_the_condition_among_whose_faces_it_lies() -> None:
    place = Cohort((CLEAR, FAULTY), usual=1.0).place(at((1, 0), (9, 0)))
    assert place.condition.tolist() == [0, 1]
    # once their 10 are taken off, the faulty faces lie at (0, ±2) and the second one at (-1, 0);
    # squared distances to the nearest ten, less the usual 1
    assert place.crowding.tolist() == [[0.0, 4.0], [0.0, 4.0]]


def test_a_face_halfway_counts_as_clear() -> None:
    assert Cohort((CLEAR, FAULTY), usual=1.0).place(at((5, 0))).condition.tolist() == [0]


def test_each_face_is_judged_among_faces_of_the_others_condition() -> None:
    cohort = Cohort((CLEAR, FAULTY), usual=1.0)
    probes, enrolled = cohort.place(at((9, 0))), cohort.place(at((1, 0), (9, 1)))
    scores = cohort.scores(np.array([[64.0, 1.0]]), probes, enrolled)
    # without their 10 the probe lies at (-1, 0), the other of the same fault at (-1, 1)
    # among clear faces the probe is 1 - 1 off, the clear one among faulty ones 5 - 1; the two of
    # the same fault are 5 - 1 and 6 - 1 off: of all that 0.15 counts
    assert scores[0] == pytest.approx([4 - PAIR_SHARE * 0.15, 1 - PAIR_SHARE * 0.15])


def test_what_a_fault_adds_is_no_difference_between_two_people() -> None:
    cohort = Cohort((CLEAR, FAULTY), usual=1.0)
    ada, bob = np.array([0.2, 0.0]), np.array([-0.2, 0.3])
    fault = np.array([10.0, 0.0])
    seen = cohort.place(at(ada, ada + fault))
    known = cohort.place(at(bob, bob + fault))
    squared = np.array(
        [[np.square(s - k).sum() for k in (bob, bob + fault)] for s in (ada, ada + fault)]
    )
    moved = cohort.scores(squared, seen, known) + PAIR_SHARE * np.minimum(
        crowding_of_pairs(seen, known), [[0.05, 0.15], [0.15, 0.15]]
    )
    assert moved == pytest.approx(0.25, abs=1e-4)  # as both are without it, in float32


def test_nobody_farther_than_farthest_has_the_score() -> None:
    random = np.random.default_rng(5)
    pairs = np.array([[[2.0, 0.2], [1.9, 0.3]], [[2.2, 0.2], [3.0, 0.4]]])
    cohort = Cohort((CLEAR, FAULTY), 1.0, pairs)
    spread = random.normal(0, 3, (60, 2)) + np.repeat([[0.0, 0.0], [10.0, 0.0]], 30, axis=0)
    faces = spread.astype(np.float32)
    place = cohort.place(faces)
    squared = np.square(faces[:, None] - faces).sum(axis=2)
    scores = cohort.scores(squared, place, place)
    low, high = place.along.min(axis=0), place.along.max(axis=0)
    for score in (0.5, 2.0, 10.0):
        farthest = cohort.farthest(score, place, low, high)
        assert (scores <= score).sum() > len(faces)
        assert (
            np.where(scores <= score, squared, 0.0) <= farthest[:, None] + 1e-4
        ).all()  # float32
        assert farthest.min() < squared.max()


def test_crowding_counts_in_full_and_loneliness_little() -> None:
    cohort = Cohort((CLEAR,), usual=1.0)
    probe = cohort.place(at((0.5, 0)))
    crowded, lonely = cohort.place(at((0.1, 0))), cohort.place(at((3, 0)))
    assert cohort.scores(np.array([[1.0]]), probe, crowded)[0] == pytest.approx(
        [1 + PAIR_SHARE * (0.75 + 0.99)]
    )
    assert cohort.scores(np.array([[1.0]]), probe, lonely)[0] == pytest.approx(
        [1 - PAIR_SHARE * 0.05]
    )


def test_a_pair_is_brought_to_the_scale_of_two_clear_faces() -> None:
    pairs = np.array([[[2.0, 0.2], [2.0, 0.2]], [[2.0, 0.2], [3.0, 0.4]]])
    cohort = Cohort((CLEAR, FAULTY), 1.0, pairs)
    two = cohort.place(at((9, 0)))
    squared = 2.2 + PAIR_SHARE * 0.15  # which loneliness takes off
    # apart by 3 - 2 spreads of 0.4; as clear faces by 2 - 2 spreads of 0.2
    assert cohort.scores(np.array([[squared]]), two, two)[0] == pytest.approx([1.6])


def test_a_crowded_place_needs_a_nearer_face_also_in_a_gallery_of_two() -> None:
    near_many = np.tile([[0.3, 0.0]], (NEAREST, 1))
    gallery = Gallery(at((0, 0), (9, 9)), ("ada", "bob"), "mine")
    chances: list[float] = []
    for faces in (near_many, near_many + 1.0):
        cohort = Cohort((faces,), usual=1.0)
        rule = Rule(strangers=StrangerModel(2.0, 0.2, 0.2, cohort))
        decision = decide([Probe(at((0.4, 0))[0])], gallery, rule)
        assert (decision.allowed, decision.looks) == (rule.fpir, ("clear",))
        assert decision.chance is not None
        chances.append(decision.chance)
    assert chances[0] > chances[1]


@pytest.mark.parametrize(("encoder", "dimension"), [("sface", 128), ("sface+reid-0095", 384)])
def test_what_ships_has_four_conditions_and_is_small(encoder: str, dimension: int) -> None:
    cohort = shipped_cohort(encoder)
    assert cohort is not None
    assert len(cohort.conditions) == 4
    assert all(faces.shape[1] == dimension for faces in cohort.conditions)
    assert all(NEAREST <= len(faces) <= 150 for faces in cohort.conditions)
    assert cohort.pairs is not None
    assert (cohort.pairs[..., 1] > 0).all()
    model = stranger_model(encoder, 1.13)
    assert model.cohort is cohort
    assert 0 < model.score_at(0.005, 1184) < model.mean


def test_no_centre_is_anybodys_own_encoding() -> None:
    """An encoding has unit length; the mean of three people or more is well inside."""
    cohort = shipped_cohort("sface")
    assert cohort is not None
    lengths = [np.linalg.norm(faces, axis=1) for faces in cohort.conditions]
    assert max(float(length.max()) for length in lengths) < 0.9


def test_an_encoder_without_a_cohort_keeps_the_gallerys_own() -> None:
    assert shipped_cohort("dlib-128") is None
    assert stranger_model("dlib-128", 0.6).cohort is None
