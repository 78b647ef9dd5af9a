"""The Capture button before a picture: refused with words, and kept where that is wanted."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookout.faces.decision.liveness_demand import LivenessDemand
from lookout.faces.photo.examiner import ExaminedFace
from lookout.faces.protocols import Detector, Encoder
from lookout.server.enrolment.learner import Learner
from lookout.server.enrolment.photo_handler import PhotoHandler
from lookout.server.inference.liveness_check import LivenessCheck
from lookout.server.inference.proofs import Proofs
from lookout.wire.records import PhotoInfo, Refusal, Verdict
from tests.support.toy_liveness import ToyLiveness

pytestmark = pytest.mark.long


@pytest.mark.parametrize(("anyway", "kept"), [(False, False), (True, True)])
def test_a_picture_of_a_picture_is_kept_only_where_that_is_wanted(
    tmp_path: Path,
    detector: Detector,
    encoder: Encoder,
    portrait: bytes,
    anyway: bool,
    kept: bool,
) -> None:
    check = LivenessCheck(LivenessDemand.MARK, ToyLiveness(-2.0))
    learner = Learner(detector, encoder, tmp_path / "encodings.pkl", liveness=check)
    handler = PhotoHandler(tmp_path / "images", learner)
    answers: list[Verdict | Refusal] = []
    handler.start()
    handler.offer(PhotoInfo(1, "Eileen", "1.jpg", keep_anyway=anyway), portrait, answers.append)
    assert handler.close(30.0)
    (answer,) = answers
    assert isinstance(answer, Verdict)
    assert answer.kept is kept
    assert [reason.code for reason in answer.reasons] == ["spoof"]
    assert "keep it anyway" in answer.reasons[0].message
    assert (tmp_path / "images" / "Eileen" / "1.jpg").exists() is kept


@pytest.mark.parametrize("proved", [False, True])
def test_where_a_challenge_is_demanded_a_photograph_needs_one_that_was_just_passed(
    tmp_path: Path,
    detector: Detector,
    encoder: Encoder,
    portrait: bytes,
    proved: bool,
) -> None:
    check = LivenessCheck(LivenessDemand.MARK, ToyLiveness(2.0), {"door": "challenge"}.get)
    proofs = Proofs()
    learner = Learner(detector, encoder, tmp_path / "pkl", liveness=check, proofs=proofs)
    face = learner.examine(portrait).face
    assert isinstance(face, ExaminedFace)
    if proved:
        proofs.add(face.encoding)
    reasons = learner.judge("Eileen", learner.examine(portrait), "door").reasons
    assert [reason.code for reason in reasons] == ([] if proved else ["unproved"])
    assert learner.judge("Eileen", learner.examine(portrait), "hall").reasons == ()
