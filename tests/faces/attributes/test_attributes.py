"""Pose, mask, age and gender: what toy networks say is what comes out, and photographs agree."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from lookout.faces.attributes.age_gender import AgeGenderNetwork, installed_estimator
from lookout.faces.attributes.head_pose import open_head_pose
from lookout.faces.attributes.mask import judged, mask_of
from lookout.faces.detections import Detections, Image
from lookout.faces.engine import open_detector
from lookout.faces.errors import ModelDamaged, ModelError
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.models import ModelStore
from lookout.faces.models.specs import AttributesSpec, parse_attributes
from lookout.faces.runtime.choose import open_session
from lookout.faces.runtime.session import RuntimeChoice
from tests.support.portraits import read_small
from tests.support.toy_networks import entry_of, linear

CPU = RuntimeChoice("cpu", runtime="onnxruntime", threads=1)
SPEC = AttributesSpec(
    32, "rgb", "nchw", (0.0, 0.0, 0.0), 1.0, 1.5, ("female", "male", "age"), 100.0
)
BOX = np.array([8, 8, 56, 56], np.float32)


def network(bias: tuple[float, ...]) -> AgeGenderNetwork:
    """It says the same of every face."""
    toy = linear(np.zeros((3, len(bias))), np.array(bias), 32)
    return AgeGenderNetwork("toy", SPEC, open_session(toy, CPU))


@pytest.mark.parametrize(
    ("bias", "gender", "share", "age"),
    [((2.0, 0.0, 0.31), "female", 0.8808, 31.0), ((0.0, 2.0, 0.745), "male", 0.8808, 74.5)],
)
def test_the_outputs_mean_what_the_entry_says(
    bias: tuple[float, ...], gender: str, share: float, age: float
) -> None:
    guess = network(bias).estimate(np.zeros((64, 64, 3), np.uint8), BOX)
    assert guess.gender == gender
    assert guess.gender_share == pytest.approx(share, abs=1e-4)
    assert guess.age == pytest.approx(age, abs=1e-3)


def test_another_number_of_outputs_than_the_entry_names_is_refused() -> None:
    with pytest.raises(ModelDamaged, match="gives 4 numbers a face"):
        network((0.0, 0.0, 0.0, 0.0)).estimate(np.zeros((64, 64, 3), np.uint8), BOX)


def test_an_entry_names_age_or_both_genders() -> None:
    table = {"input_px": 96, "order": "rgb", "outputs": ["female", "age"]}
    with pytest.raises(ModelError, match="female and male"):
        parse_attributes("mine", table)
    assert parse_attributes("mine", {**table, "outputs": ["age"]}).outputs == ("age",)


def test_an_estimator_is_there_once_its_file_is(tmp_path: Path) -> None:
    toy = linear(np.zeros((3, 3)), np.zeros(3), 32)
    entry = entry_of("toy", "attributes", toy, tmp_path, attributes=SPEC)
    store = ModelStore({"toy": entry}, (tmp_path,), tmp_path)
    assert installed_estimator(store) is entry
    (tmp_path / "toy.onnx").unlink()
    assert installed_estimator(store) is None


def test_landmarks_that_wander_mean_a_hidden_face_and_surer_the_farther_they_do() -> None:
    assert [judged(w).hidden for w in (0.005, 0.03, 0.08, 0.2)] == [False, False, True, True]
    assert judged(0.2).probability == 1.0
    assert judged(0.061).probability == pytest.approx(0.53, abs=0.01)


@pytest.fixture(scope="module")
def portrait(data: Path, models: Path) -> tuple[Image, Detections]:
    """A face in full view and its box."""
    image = read_small(data / "families" / "Family2-Lady2.jpg")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LOOKOUT_MODELS", str(models))
        return image, open_detector("yunet", "cpu").detect([image])[0].largest(1)


@pytest.mark.data
def test_the_head_pose_network_sees_a_face_turned_to_the_viewers_right_and_its_mirror_left(
    portrait: tuple[Image, Detections], models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKOUT_MODELS", str(models))
    pose_of = open_head_pose(ModelStore.from_environment())
    image, found = portrait
    box = found.box_xyxy[0]
    mirrored = np.array([image.shape[1] - box[2], box[1], image.shape[1] - box[0], box[3]])
    pose = pose_of.pose(image, box)
    other = pose_of.pose(np.ascontiguousarray(image[:, ::-1]), mirrored.astype(np.float32))
    assert 15 < pose.yaw < 40
    assert other.yaw == pytest.approx(-pose.yaw, abs=6)


@pytest.mark.data
def test_a_mask_is_seen_and_a_face_in_full_view_has_none(
    portrait: tuple[Image, Detections],
) -> None:
    image, found = portrait
    landmarker = Landmarker()
    assert not mask_of(landmarker, image, found).hidden
    points = landmarker.points(image, found)[0]
    covered = image.copy()
    lower = np.concatenate([points[1:16], points[[28]]])
    cv2.fillConvexPoly(covered, cv2.convexHull(lower.astype(np.int32)), (200, 190, 160))
    assert mask_of(landmarker, covered, found).hidden
