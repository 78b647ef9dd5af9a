"""A printed photograph of an enrolled person, moved before a camera, and the person themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from lookout.faces.decision.decide import Rule
from lookout.faces.decision.liveness_demand import LivenessDemand
from lookout.faces.engine import open_detector
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Detector, Encoder
from lookout.server.inference.liveness_check import open_check
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.live.frame_job import Answer, FrameJob, Source
from lookout.server.live.pipeline import Pipeline
from lookout.wire.records import Face, FrameInfo, Liveness

FRAMES_PER_S = 20.0
PERSON = "0010"

Film = Callable[[LivenessDemand, Sequence[Path]], list[Face]]


@pytest.fixture(scope="module")
def yunet(weights: None) -> Detector:
    return open_detector("yunet")


@pytest.fixture
def film(data: Path, yunet: Detector, encoder: Encoder) -> Film:
    """The largest face of each of these pictures, with this person enrolled from ten live ones."""
    shown = in_order(data / "nuaa_dev" / "live" / PERSON)[::8]
    encodings = []
    for path in shown:
        image_bgr = np.asarray(cv2.imread(str(path)), np.uint8)
        found = yunet.detect([image_bgr])[0].largest(1)
        encodings.append(encoder.encode(encoder.align(image_bgr, found))[0])
    gallery = Gallery(np.stack(encodings), ("Ada",) * len(encodings), encoder.name)

    def run(demand: LivenessDemand, paths: Sequence[Path]) -> list[Face]:
        check = open_check(demand, "cpu")
        recognition = RecognitionContext(
            yunet, encoder, Rule.for_encoder(encoder.name, encoder.tolerance), lambda: gallery,
            liveness=check,
        )  # fmt: skip
        pipeline = Pipeline(recognition, longest_s=0.0)
        faces: list[Face] = []
        for path in paths:
            at_s = number_of(path) / FRAMES_PER_S
            info = FrameInfo("door", 1, 0.0)
            (outcome,) = pipeline.run([FrameJob(Source(1, "door"), info, path.read_bytes(), at_s)])
            assert isinstance(outcome, Answer)
            seen = outcome.result.faces
            faces += [max(seen, key=lambda face: face.box_xyxy[2] - face.box_xyxy[0])]
        return faces

    return run


def number_of(path: Path) -> int:
    return int(re.findall(r"\d+", path.stem)[-1])


def in_order(folder: Path) -> list[Path]:
    return sorted(folder.iterdir(), key=number_of)


def prints(data: Path) -> list[Path]:
    paths = in_order(data / "nuaa_dev" / "print" / PERSON)
    first = re.sub(r"\d+$", "", paths[0].stem)
    held = [path for path in paths if re.sub(r"\d+$", "", path.stem) == first]
    assert len(held) >= 8
    return held


@pytest.mark.data
def test_a_print_is_named_and_marked(data: Path, film: Film) -> None:
    faces = film(LivenessDemand.MARK, prints(data))
    named = [face for face in faces if face.name == "Ada"]
    assert len(named) >= len(faces) / 2  # without liveness it passes for her
    assert all(face.liveness is not Liveness.LIVE for face in faces)
    marked = sum(face.liveness is Liveness.SPOOF for face in faces)
    assert marked >= 0.6 * len(faces)


@pytest.mark.data
def test_a_print_gets_no_name_where_a_live_face_is_required(data: Path, film: Film) -> None:
    faces = film(LivenessDemand.REQUIRE, prints(data))
    assert len(faces) >= 8
    assert not any(face.name for face in faces)


@pytest.mark.data
def test_the_person_gets_her_name_where_a_live_face_is_required(data: Path, film: Film) -> None:
    faces = film(LivenessDemand.REQUIRE, in_order(data / "nuaa_dev" / "live" / PERSON)[1::4])
    named = sum(face.name == "Ada" for face in faces)
    assert len(faces) >= 15
    assert named >= 0.9 * len(faces)
    assert not any(face.liveness is Liveness.SPOOF for face in faces)
