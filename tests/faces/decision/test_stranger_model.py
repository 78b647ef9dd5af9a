"""How near strangers come: by tables of the normal distribution, and on the actors' portraits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookout.faces.decision.decide import Probe, decide
from lookout.faces.decision.rule import Rule
from lookout.faces.decision.stranger_model import (
    COUNTED_PEOPLE,
    STRANGERS,
    StrangerModel,
    stranger_model,
)
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.gallery.gallery import Gallery
from tests.support.portraits import read_image

MODEL = StrangerModel(mean=1.0, spread=0.1, cohort_spread=0.1)


def test_the_chance_is_that_of_the_nearest_of_all() -> None:
    # 3 spreads below the mean: 0.00135 each; among 200 people 1 - (1 - 0.00135)^200
    assert MODEL.chance(0.7, 200) == pytest.approx(0.2367, abs=2e-4)
    assert MODEL.chance(0.7, 2000) == pytest.approx(0.9329, abs=2e-4)
    assert MODEL.chance(-9.0, 10) == 0.0


def test_few_people_count_as_fifty() -> None:
    assert MODEL.chance(0.7, 2) == MODEL.chance(0.7, COUNTED_PEOPLE)


@pytest.mark.parametrize("people", [2, 100, 1184, 200_000])
def test_the_score_for_a_chance_is_its_inverse(people: int) -> None:
    model = STRANGERS["dlib-128"]
    assert model.chance(model.score_at(0.01, people), people) == pytest.approx(0.01)


def test_more_people_ask_for_a_smaller_distance() -> None:
    model = STRANGERS["dlib-128"]
    distances = [np.sqrt(model.score_at(0.01, people)) for people in (100, 1000, 10_000)]
    assert distances == sorted(distances, reverse=True)
    assert distances[0] == pytest.approx(0.493, abs=0.001)


@pytest.mark.parametrize(
    ("name", "tolerance"), [("reid-0095", 1.07), ("dlib-128+reid-0095", 2**0.5)]
)
def test_an_encoder_that_was_never_measured_is_judged_more_strictly(
    name: str, tolerance: float
) -> None:
    unknown = stranger_model("my own", tolerance)
    assert unknown.score_at(0.01, 1000) < STRANGERS[name].score_at(0.01, 1000)


def test_where_it_is_crowded_the_same_distance_counts_less() -> None:
    lonely = np.array([0.6, *np.linspace(1.0, 1.2, 200)])
    crowded = np.array([0.6, *np.linspace(0.7, 1.2, 200)])
    nothing = np.zeros(201)
    assert MODEL.normalize(crowded, nothing)[0] > MODEL.normalize(lonely, nothing)[0]
    # in a gallery of two the other one says next to nothing: a weight of 1 in 101
    two = MODEL.normalize(np.array([0.6, 0.7]), np.zeros(2))
    assert two[0] == pytest.approx(0.36, abs=0.005)


def test_a_person_with_many_doubles_is_told_from_a_lonely_one() -> None:
    places = np.array([[0.0, 0], [0.1, 0], [0.2, 0], [9.0, 0]], np.float32)
    gallery = Gallery(places, ("ada", "bob", "eve", "kim"), "dlib-128")
    crowding = MODEL.crowding_of(gallery)
    assert crowding[1] < crowding[0] < crowding[3]


def test_one_person_is_compared_with_nobody() -> None:
    gallery = Gallery(np.zeros((1, 2), np.float32), ("ada",), "dlib-128")
    assert MODEL.crowding_of(gallery).tolist() == [0.0]
    assert MODEL.normalize(np.array([0.5]), np.zeros(1)).tolist() == [0.25]


@pytest.mark.data
def test_actors_are_never_called_by_anothers_name_and_mostly_by_their_own(
    data: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """40 small grey portraits; each actor once enrolled by one portrait, and once a stranger."""
    monkeypatch.setenv("LOOKOUT_MODELS", str(models))
    detector, encoder = open_detector("yunet", "cpu"), open_encoder("reid-0095", "cpu")
    found: dict[str, list[np.ndarray]] = {}
    for path in sorted((data / "bbt").glob("[!g]*/*.png")):
        image = read_image(path)
        faces = detector.detect([image])[0]
        if len(faces):
            best = faces.take(np.array([0], np.intp))
            encoding = encoder.encode(encoder.align(image, best))[0]
            found.setdefault(path.parent.name, []).append(encoding)
    assert len(found) == 8
    assert sum(map(len, found.values())) >= 38
    rule = Rule.for_encoder("reid-0095", encoder.tolerance)
    gallery = Gallery(np.stack([f[0] for f in found.values()]), tuple(found), "reid-0095")
    right = shown = 0
    for name, encodings in found.items():
        without = gallery.take(np.array([n != name for n in gallery.names]))
        for encoding in encodings[1:]:
            answer = decide([Probe(encoding)], gallery, rule).name
            assert answer in (name, None)
            right, shown = right + (answer == name), shown + 1
            assert decide([Probe(encoding)], without, rule).name is None
    assert right >= 0.9 * shown
