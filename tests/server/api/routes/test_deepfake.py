"""Made faces over HTTP: with a toy network, without any, and never a word for a genuine face."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from lookout.faces.detections import Image
from lookout.faces.models.specs import DeepfakeSpec
from lookout.faces.models.store import ModelStore
from tests.server.api.routes.test_jobs import ended
from tests.support.api import Api, encoded
from tests.support.toy_networks import entry_of, linear

MakeApi = Callable[..., Api]
EVALUATION = "Its maker says nothing of its error on forgeries that it has not seen."
SPEC = DeepfakeSpec(
    32, "bgr", "nchw", (0.0, 0.0, 0.0), 1.0, 1.3, ("made", "taken"), ("made",), 0.5, EVALUATION
)


def api_with_model(make_api: MakeApi, folder: Path, bias: tuple[float, float]) -> Api:
    """A server with a network that has the same two logits for every face."""
    toy = linear(np.zeros((3, 2)), np.array(bias), 32)
    entry = entry_of("toy-deepfake", "deepfake", toy, folder, deepfake=SPEC)
    return make_api(model_store=lambda: ModelStore({entry.name: entry}, (folder,), folder))


def without_model(make_api: MakeApi, folder: Path) -> Api:
    return make_api(model_store=lambda: ModelStore({}, (), folder))


def asked(api: Api, picture: bytes, path: str = "/api/v1/deepfake") -> dict[str, Any]:
    answer = api.call("POST", path, files={"file": picture})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_without_a_model_it_answers_and_says_what_it_did_not_look_at(
    make_api: MakeApi, tmp_path: Path, astronaut: bytes
) -> None:
    answer = asked(without_model(make_api, tmp_path), astronaut)
    (face,) = answer["faces"]
    assert [cue["name"] for cue in face["cues"]] == ["seam"]
    assert {one["name"] for one in face["not_looked_at"]} == {"model", "drift", "tremble"}
    assert all(one["words"] for one in face["not_looked_at"])
    assert answer["model"] is None
    assert "no evidence" in answer["advisory"]
    assert answer["signs"] in ("found", "weak", "none", "inconclusive")
    assert '"real"' not in str(answer).replace("'", '"')


@pytest.mark.parametrize(
    ("bias", "signs", "share"),
    [((3.0, -3.0), "found", 0.9975), ((0.2, -0.2), "weak", 0.5987), ((-3.0, 3.0), "none", 0.0025)],
)
def test_a_toy_network_is_asked_and_its_known_error_stands_beside_what_it_says(
    make_api: MakeApi,
    tmp_path: Path,
    astronaut: bytes,
    bias: tuple[float, float],
    signs: str,
    share: float,
) -> None:
    api = api_with_model(make_api, tmp_path / "models", bias)
    answer = asked(api, astronaut)
    (face,) = answer["faces"]
    cue = next(cue for cue in face["cues"] if cue["name"] == "model")
    assert (cue["signs"], round(cue["score"], 4)) == (signs, share)
    assert EVALUATION in cue["words"]
    assert answer["model"] == "toy-deepfake"
    (network,) = api.call("GET", "/api/v1/models").json()["networks"]
    assert (network["name"], network["loaded"], network["kept"]) == ("toy-deepfake", True, False)


def test_of_a_face_under_80_pixels_nothing_is_said(
    make_api: MakeApi, tmp_path: Path, astronaut_bgr: Image
) -> None:
    small = cv2.resize(astronaut_bgr, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    api = api_with_model(make_api, tmp_path / "models", (3.0, -3.0))
    (face,) = asked(api, encoded(np.asarray(small, np.uint8)))["faces"]
    assert face["box_xyxy"][2] - face["box_xyxy"][0] < 80
    assert face["signs"] == "inconclusive"
    assert [cue["name"] for cue in face["cues"]] == ["size"]


def test_the_route_of_the_predecessor_answers_in_its_place(
    make_api: MakeApi, tmp_path: Path, astronaut: bytes
) -> None:
    api = api_with_model(make_api, tmp_path / "models", (3.0, -3.0))
    answer = asked(api, astronaut, "/deepfake/detect-image")
    assert answer["result"] == "signs found"
    assert round(answer["confidence"], 4) == 0.9975
    assert answer["faces"]
    none = asked(without_model(make_api, tmp_path), astronaut, "/deepfake/detect-image")
    assert none["confidence"] is None


def test_the_heat_map_is_a_picture_of_the_same_size(
    make_api: MakeApi, tmp_path: Path, astronaut: bytes, astronaut_bgr: Image
) -> None:
    api = without_model(make_api, tmp_path)
    answer = api.call("POST", "/api/v1/deepfake/heat-map", files={"file": astronaut})
    assert answer.headers["content-type"] == "image/jpeg"
    drawn = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert drawn is not None
    assert drawn.shape == astronaut_bgr.shape
    difference = np.abs(drawn.astype(int) - astronaut_bgr).mean(axis=2)
    assert difference[76:167, 175:266].mean() > 5 * difference[:, :100].mean()


def test_a_video_is_looked_at_as_a_job_face_by_face(
    make_api: MakeApi, tmp_path: Path, astronaut_bgr: Image
) -> None:
    path = tmp_path / "still.avi"
    height, width = astronaut_bgr.shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (width, height))
    for _ in range(20):
        writer.write(astronaut_bgr)
    writer.release()
    api = without_model(make_api, tmp_path)
    files = {"file": ("still.avi", path.read_bytes())}
    answer = api.call("POST", "/api/v1/deepfake/videos", files=files)
    assert answer.status_code == 202, answer.text
    job = ended(api, answer.json()["id"])
    assert job["state"] == "done", job
    (face,) = job["result"]["faces"]
    assert face["looks"] >= 8
    cues = {cue["name"]: cue["signs"] for cue in face["cues"]}
    assert cues["drift"] == cues["tremble"] == "none"
    assert {one["name"] for one in face["not_looked_at"]} == {"model", "metadata"}
    found = (tmp_path / "data" / "videos").rglob("*")
    kept = [path for path in found if path.is_file() and path.name != ".lock"]
    assert kept == []
