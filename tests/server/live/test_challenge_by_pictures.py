"""The challenge through the whole pipeline: pictures of a person who does what is asked.

They are drawn from the public-domain portrait; eyes that are drawn shut are not read as shut, so
the challenge here does not ask for a blink.
"""

from __future__ import annotations

import random

import numpy as np
import pytest

from benchmarks.support.acting import acted
from lookout.edge.cameras.demo import portrait
from lookout.faces.decision.decide import Rule
from lookout.faces.decision.liveness_demand import LivenessDemand
from lookout.faces.detections import Detections, Image
from lookout.faces.engine import open_detector
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.liveness.challenge import Task, new_challenge
from lookout.faces.protocols import Detector, Encoder
from lookout.server.inference.liveness_check import LivenessCheck
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.live.frame_job import Answer, FrameJob, Source
from lookout.server.live.pipeline import Pipeline
from lookout.wire.challenge import WireChallengeState
from lookout.wire.records import FrameInfo, Liveness, Result
from tests.support.toy_liveness import ToyLiveness

pytestmark = [pytest.mark.data, pytest.mark.usefixtures("weights")]

FRAME_S = 0.1
HOLD = 4
"""Frames: so long she looks ahead, and does what is asked."""
SEED = next(
    seed for seed in range(100) if Task.BLINK not in new_challenge(random.Random(seed), 0.0).tasks
)


def largest(detector: Detector, picture: Image) -> Detections:
    (found,) = detector.detect([picture])
    return found.largest(1)


def test_a_person_who_does_what_is_asked_gets_her_name(encoder: Encoder) -> None:
    detector, landmarker = open_detector("yunet"), Landmarker()
    scene = np.asarray(portrait(), np.uint8)
    face = largest(detector, scene)
    ahead, done = acted(scene, landmarker.points(scene, face)[0])
    known = encoder.encode(encoder.align(ahead, largest(detector, ahead)))
    gallery = Gallery(known, ("Eileen",), encoder.name)
    check = LivenessCheck(LivenessDemand.CHALLENGE, ToyLiveness(3.0))
    recognition = RecognitionContext(
        detector, encoder, Rule.for_encoder(encoder.name, encoder.tolerance), lambda: gallery,
        landmarks=lambda: landmarker, liveness=check,
    )  # fmt: skip
    pipeline = Pipeline(recognition, chance=random.Random(SEED))
    number, asked = 0, []

    def shows(picture: Image) -> Result:
        nonlocal number
        number += 1
        info = FrameInfo("door", number, 0.0)
        job = FrameJob(Source(1, "door"), info, b"", FRAME_S * number, image_bgr=picture.copy())
        (outcome,) = pipeline.run([job])
        assert isinstance(outcome, Answer)
        return outcome.result

    result = shows(ahead)
    assert [one.name for one in result.faces] == [None]
    for _ in range(20):
        if (
            result.challenge is not None
            and result.challenge.state is not WireChallengeState.WAITING
        ):
            break
        for _ in range(HOLD):
            result = shows(ahead)
        task = None if result.challenge is None else result.challenge.task
        if task is not None:
            asked.append(task)
            for _ in range(HOLD):
                result = shows(done[Task(task)])
    assert result.challenge is not None
    assert (result.challenge.state, len(set(asked))) == (WireChallengeState.PASSED, 3), result
    result = shows(ahead)
    assert [(one.name, one.liveness) for one in result.faces] == [("Eileen", Liveness.LIVE)]
