"""What a face is not: "this is not X" and "ignore this person"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lookout.faces.decision.decide import Decision, Probe, Rule, State, decide
from lookout.faces.decision.negatives import Negatives, beside, load_negatives, save_negatives
from lookout.faces.errors import EncoderMismatch, GalleryDamaged
from lookout.faces.gallery.gallery import Gallery


def at(*places: float) -> NDArray[np.float32]:
    return np.array([[x, 0.0] for x in places], np.float32)


def named(x: float, people: Mapping[str, float], negatives: Negatives) -> Decision:
    rows = at(*people.values())
    gallery = Gallery(rows, tuple(people), "dlib-128")
    return decide([Probe(at(x)[0])], gallery, Rule(), negatives)


NONE = Negatives("dlib-128")


def test_near_a_rejected_face_the_name_does_not_come_back() -> None:
    negatives = NONE.rejected("ada", at(0.4), 1.0)
    assert named(0.35, {"ada": 0.0}, NONE).name == "ada"
    decision = named(0.35, {"ada": 0.0}, negatives)
    assert (decision.state, decision.name, decision.nearest) == (State.UNKNOWN, None, "ada")
    assert decision.reasons == ("a face like this (0.05 away) was said not to be ada",)


def test_the_person_stays_known_where_their_own_photograph_is_nearer_by_the_margin() -> None:
    negatives = NONE.rejected("ada", at(0.4), 1.0)
    assert named(0.15, {"ada": 0.0}, negatives).name == "ada"
    # 0.18 from ada and 0.22 from the rejected face: nearer, but not by 0.05
    assert named(0.18, {"ada": 0.0}, negatives).name is None


def test_a_rejection_speaks_of_one_name_only() -> None:
    negatives = NONE.rejected("eve", at(0.3), 1.0)
    assert named(0.3, {"ada": 0.0}, negatives).name == "ada"


def test_a_rejected_face_far_away_does_not_count() -> None:
    # 0.55 from the rejected face; near is 0.5
    negatives = NONE.rejected("ada", at(-0.1), 1.0)
    assert named(0.45, {"ada": 0.0}, negatives).name == "ada"


def test_somebody_to_be_ignored_gets_no_name_and_is_marked() -> None:
    negatives = NONE.ignored(at(0.4), 1.0)
    decision = named(0.35, {"ada": 0.0, "bob": 2.0}, negatives)
    assert (decision.state, decision.ignored) == (State.UNKNOWN, True)
    assert decision.reasons[0] == "this person is to be ignored"
    assert not named(0.05, {"ada": 0.0}, negatives).ignored
    empty = Gallery.empty("dlib-128", 2)
    assert decide([Probe(at(0.4)[0])], empty, Rule(), negatives).ignored


def test_the_probes_of_a_track_count_together_by_their_weight() -> None:
    negatives = NONE.ignored(at(0.0), 1.0)
    weights = np.array([0.75, 0.25])
    assert negatives.nearest(at(0.2, 0.6), weights, "") == pytest.approx(0.3)
    assert negatives.nearest(at(0.2, 0.6), weights, "ada") == np.inf


def test_a_rejection_can_be_taken_back() -> None:
    negatives = NONE.rejected("ada", at(0.4), 1.0).ignored(at(0.9), 2.0)
    rejection, ignored = negatives.rejections
    assert (rejection.words, ignored.words) == ("not ada", "to be ignored")
    assert negatives.without(rejection).rejections == (ignored,)


def test_what_was_said_is_read_again(tmp_path: Path) -> None:
    path = beside(tmp_path / "encodings.pkl")
    assert path.name == "encodings.negatives.json"
    assert len(load_negatives(path, "dlib-128")) == 0
    save_negatives(path, NONE.rejected("ada", at(0.4), 1.0, "door").ignored(at(0.9), 2.0))
    again = load_negatives(path, "dlib-128")
    assert [(i.name, i.time_s, i.where, i.encoding.tolist()) for i in again.items] == [
        ("ada", 1.0, "door", pytest.approx([0.4, 0.0])),
        ("", 2.0, "", pytest.approx([0.9, 0.0])),
    ]
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(EncoderMismatch, match="reject them again"):
        load_negatives(path, "reid-0095")


def test_a_file_that_is_nested_too_deeply_is_named(tmp_path: Path) -> None:
    path = tmp_path / "n.json"
    path.write_bytes(b'{"encoder":' * 9000 + b"1" + b"}" * 9000)
    with pytest.raises(GalleryDamaged, match=r"n\.json.*nested deeper"):
        load_negatives(path, "dlib-128")


@pytest.mark.parametrize(
    "faces",
    [
        [{"not": "ada", "time_s": 0, "encoding": [float("nan"), 0]}],
        [
            {"not": "ada", "time_s": 0, "encoding": [1]},
            {"not": "", "time_s": 0, "encoding": [1, 2]},
        ],
        [{"not": "ada", "time_s": 0}],
        "ada",
    ],
    ids=["no number", "two dimensions", "no encoding", "no list"],
)
def test_a_damaged_file_is_named(tmp_path: Path, faces: object) -> None:
    path = tmp_path / "n.json"
    path.write_text(json.dumps({"encoder": "dlib-128", "faces": faces}))
    with pytest.raises(GalleryDamaged, match=r"n\.json"):
        load_negatives(path, "dlib-128")
