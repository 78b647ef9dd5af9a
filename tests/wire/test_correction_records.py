"""The records of corrections, and the versions that know them."""

from __future__ import annotations

from typing import Any

import pytest

from lookout.wire.auth import Welcome
from lookout.wire.corrections import Corrected, Correction, Say
from lookout.wire.errors import BadMessage
from lookout.wire.framing import Kind, Limits
from lookout.wire.records import Face, FaceState, Liveness
from tests.support.document import section


@pytest.mark.parametrize(
    "said",
    [
        Correction(1, "door", Say.NOT, track=7, name="Ada"),
        Correction(2, "door", Say.IGNORE, track=7),
        Correction(3, "door", Say.TAKE_BACK, said_at=1700000000.123456),
    ],
    ids=lambda said: said.say.value,
)
def test_a_correction_is_read_back_as_it_was_written(said: Correction) -> None:
    assert Correction.from_meta(said.to_meta()) == said
    assert f"`{said.say.value}`" in section("Kinds")


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({"say": "maybe"}, "say is one of not, ignore, take_back"),
        ({"say": "not", "track": 7}, "name is text"),
        ({"say": "not", "name": "Ada"}, "track is a 64-bit integer"),
        ({"say": "ignore"}, "track is a 64-bit integer"),
        ({"say": "take_back"}, "said_at is a number"),
        ({"say": "take_back", "said_at": float("nan")}, "finite"),
        ({"say": "ignore", "track": 7, "camera": 5}, "camera is text"),
    ],
)
def test_what_lacks_its_object_is_refused(meta: dict[str, Any], message: str) -> None:
    with pytest.raises(BadMessage, match=message):
        Correction.from_meta({"request": 1, "camera": "door", **meta})


@pytest.mark.parametrize("said_at", [None, 1700000000.123456])
def test_the_answer_is_read_back_as_it_was_written(said_at: float | None) -> None:
    answer = Corrected(1, "Noted.", said_at, "Look there, too.")
    assert Corrected.from_meta(answer.to_meta()) == answer


def test_an_older_server_takes_no_corrections_and_a_newer_one_is_understood() -> None:
    meta = Welcome(Limits()).to_meta()
    assert Welcome.from_meta(meta).takes == {Kind.CORRECTION}
    of_later = {**meta, "takes": ["CORRECTION", "WHATEVER", 5]}
    assert Welcome.from_meta(of_later).takes == {Kind.CORRECTION}
    del meta["takes"]
    assert Welcome.from_meta(meta).takes == frozenset()
    with pytest.raises(BadMessage, match="takes is a list"):
        Welcome.from_meta({**meta, "takes": "CORRECTION"})


def test_a_face_from_a_server_that_does_not_look_has_no_liveness() -> None:
    face = Face((0.0, 0.0, 9.0, 9.0), FaceState.KNOWN, "Ada", liveness=Liveness.SPOOF)
    assert Face.from_meta(face.to_meta()) == face
    meta = face.to_meta()
    del meta["liveness"]
    assert Face.from_meta(meta).liveness is None
    with pytest.raises(BadMessage, match="liveness"):
        Face.from_meta({**meta, "liveness": "perhaps"})


def test_a_face_from_an_older_server_is_not_ignored() -> None:
    face = Face((0.0, 0.0, 9.0, 9.0), FaceState.UNKNOWN, ignored=True)
    assert Face.from_meta(face.to_meta()) == face
    meta = face.to_meta()
    del meta["ignored"]
    assert not Face.from_meta(meta).ignored
