"""The scale of similarity: any threshold from 0.4 to 0.8 names whom the server names, no other."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.faces.decision.decide import State
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery
from lookout.server.api.services.scoring import FaceMatch, match, similarity_of_two
from lookout.server.gallery.people_snapshot import PeopleSnapshot
from lookout.server.storage.records import Person

RULE = Rule.for_encoder("dlib-128", 0.6)


def at(*distances: float) -> FaceMatch:
    """The match of a face with people A, B, C …, each on an axis of its own, so far away."""
    encodings = np.zeros((len(distances), 128), np.float32)
    for person, distance in enumerate(distances):
        encodings[person, person] = distance
    names = tuple("ABCDEFGH"[: len(distances)])
    people = {name: Person(name, name, 0.0) for name in names}
    labels = {name: name for name in names}
    gallery = Gallery(encodings, names, "dlib-128")
    face: Floats = np.zeros(128, np.float32)
    return match(face, PeopleSnapshot(gallery, gallery, people, labels), RULE)


@pytest.mark.parametrize("distance", [0.0, 0.2, 0.3, 0.35, 0.4])
def test_who_is_named_lies_above_every_clients_threshold(distance: float) -> None:
    found = at(distance, 0.8, 0.9)
    assert found.decision.state is State.KNOWN
    assert found.candidates[0].person.name == "A"
    assert 0.8 < found.candidates[0].similarity <= 1.0
    assert all(other.similarity < 0.4 for other in found.candidates[1:])


def test_the_nearer_a_named_face_is_the_higher_its_similarity() -> None:
    similarity = [at(distance, 0.9).candidates[0].similarity for distance in (0.4, 0.35, 0.3)]
    assert similarity == sorted(set(similarity))


@pytest.mark.parametrize("distances", [(0.55, 0.9), (0.59, 0.62), (0.75, 0.8), (0.3, 0.31)])
def test_who_is_not_named_lies_below_every_clients_threshold(
    distances: tuple[float, ...],
) -> None:
    """The last one is unsure: two people are as near as each other."""
    found = at(*distances)
    assert found.person is None
    assert all(candidate.similarity < 0.4 for candidate in found.candidates)


def test_runners_up_keep_their_order_however_far_away_they_are() -> None:
    found = at(0.3, 0.65, 0.7, 0.75, 0.8)
    assert [candidate.person.name for candidate in found.candidates] == list("ABCDE")
    told = [round(candidate.similarity, 5) for candidate in found.candidates]
    assert told == sorted(set(told), reverse=True)


def test_two_pictures_are_compared_on_the_same_scale() -> None:
    face: Floats = np.zeros(128, np.float32)
    for distance, alike in ((0.3, True), (0.58, False), (0.9, False)):
        other: Floats = np.zeros(128, np.float32)
        other[0] = distance
        found, similarity = similarity_of_two(face, other, RULE, "dlib-128")
        assert found == pytest.approx(distance)
        assert similarity > 0.8 if alike else similarity < 0.4
