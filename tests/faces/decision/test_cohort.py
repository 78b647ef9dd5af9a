"""The cohort: crowding and conditions by hand, and what ships."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.faces.decision.cohort import NEAREST, PAIR_SHARE, Cohort, shipped_cohort
from lookout.faces.decision.decide import Probe, decide
from lookout.faces.decision.rule import Rule
from lookout.faces.decision.stranger_model import StrangerModel, stranger_model
from lookout.faces.gallery.gallery import Gallery

CLEAR = np.tile([[0.0, 0.0]], (NEAREST, 1))
FAULTY = np.tile([[10.0, 0.0]], (NEAREST, 1))


def at(*places: tuple[float, float]) -> np.ndarray:
    return np.array(places, np.float32)


def test_a_face_belongs_to_the_condition_among_whose_faces_it_lies() -> None:
    place = Cohort((CLEAR, FAULTY), usual=1.0).place(at((1, 0), (9, 0)))
    assert place.condition.tolist() == [0, 1]
    # squared distances to the nearest ten, less the usual 1
    assert place.crowding.tolist() == [[0.0, 80.0], [80.0, 0.0]]


def test_a_face_halfway_counts_as_clear() -> None:
    assert Cohort((CLEAR, FAULTY), usual=1.0).place(at((5, 0))).condition.tolist() == [0]


def test_each_face_is_judged_among_faces_of_the_others_condition() -> None:
    cohort = Cohort((CLEAR, FAULTY), usual=1.0)
    probes, enrolled = cohort.place(at((9, 0))), cohort.place(at((1, 0), (9, 1)))
    scores = cohort.scores(np.array([[64.0, 1.0]]), probes, enrolled)
    # to the clear one both are 80 off, of which 0.15 counts; to the other of the same fault the
    # probe lies at 1 - 1 and that one at 2 - 1, of which 0.15 counts, too
    assert scores[0] == pytest.approx([64 - PAIR_SHARE * 0.15, 1 - PAIR_SHARE * 0.15])


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
    # apart by 3 - 2 spreads of 0.4; as clear faces by 2 - 2 spreads of 0.2
    assert cohort.scores(np.array([[2.2]]), two, two)[0] == pytest.approx([1.6])


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
