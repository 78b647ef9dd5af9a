"""CompreFace's clients work unchanged: each request of CONVENTIONS.md, each field of the answer."""

from __future__ import annotations

import base64
import dataclasses
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lookout.faces.detections import Detections, Image
from lookout.faces.models.specs import AttributesSpec
from lookout.faces.models.store import ModelStore
from lookout.faces.protocols import Detector
from lookout.server.storage.records import Sighting
from tests.support.api import Api
from tests.support.toy_networks import entry_of, linear

pytestmark = pytest.mark.long

RECOGNITION = "/api/v1/recognition"


class SecondFace:
    """A detector that finds each face twice: where it is, and to the right of that as wide, with a
    score of 0.1 (0.819 as a probability)."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.name = detector.name

    def detect(self, images_bgr: list[Image]) -> list[Detections]:
        return [self._doubled(found) for found in self._detector.detect(images_bgr)]

    def _doubled(self, found: Detections) -> Detections:
        twice = np.concatenate([np.arange(len(found)), np.arange(len(found))])
        doubled = found.take(twice)
        boxes, scores = doubled.box_xyxy.copy(), doubled.score.copy()
        boxes[len(found) :, [0, 2]] += 100
        scores[: len(found)], scores[len(found) :] = 0.95, 0.1
        return dataclasses.replace(doubled, box_xyxy=boxes, score=scores)


def add(api: Api, subject: str, content: bytes) -> str:
    answer = api.call(
        "POST",
        f"{RECOGNITION}/faces",
        params={"subject": subject, "det_prob_threshold": 0.8},
        files={"file": content},
    )
    assert answer.status_code == 201, answer.text
    assert set(answer.json()) == {"image_id", "subject"}
    assert answer.json()["subject"] == subject
    return str(uuid.UUID(answer.json()["image_id"]))


def test_recognition_has_every_field_and_only_the_plugins_that_were_asked_for(
    api: Api, astronaut: bytes, astronaut_again: bytes
) -> None:
    add(api, "Eileen", astronaut)
    path = f"{RECOGNITION}/recognize"
    plain = api.call("POST", path, files={"file": astronaut_again}).json()
    assert list(plain) == ["result"]
    (face,) = plain["result"]
    assert set(face) == {"box", "subjects"}
    assert set(face["box"]) == {"probability", "x_max", "y_max", "x_min", "y_min"}
    assert all(isinstance(face["box"][edge], int) for edge in ("x_max", "y_max", "x_min", "y_min"))
    assert 0.8 <= face["box"]["probability"] <= 1.0
    assert face["box"]["x_min"] < 207 < face["box"]["x_max"]
    (subject,) = face["subjects"]
    assert set(subject) == {"similarity", "subject"}
    assert subject["subject"] == "Eileen"
    assert 0.5 <= subject["similarity"] <= 1.0

    params: dict[str, Any] = {
        "limit": 0,
        "prediction_count": 1,
        "det_prob_threshold": 0.8,
        "face_plugins": "landmarks,gender,age,mask,pose,calculator",
        "status": "true",
        "detect_faces": "true",
    }
    full = api.call("POST", path, files={"file": astronaut_again}, params=params).json()
    assert set(full) == {"result", "plugins_versions"}
    assert set(full["plugins_versions"]) == {"detector", "calculator"}
    (face,) = full["result"]
    estimated = {"pose", "mask"}  # age and gender need networks that an administrator installs
    assert set(face) == {"box", "subjects", "landmarks", "embedding", "execution_time"} | estimated
    assert len(face["landmarks"]) == 5
    assert all(isinstance(value, int) for point in face["landmarks"] for value in point)
    assert len(face["embedding"]) == 128
    assert set(face["execution_time"]) == {"detector", "calculator"}

    body = {"file": base64.b64encode(astronaut_again).decode()}
    as_json = api.call("POST", path, json=body).json()
    assert as_json == plain


def test_a_stranger_stays_under_the_default_thresholds_of_clients(
    api: Api, astronaut: bytes, dads: list[bytes]
) -> None:
    add(api, "Eileen", astronaut)
    answer = api.call("POST", f"{RECOGNITION}/recognize", files={"file": dads[0]}).json()
    (subject,) = answer["result"][0]["subjects"]
    assert subject["subject"] == "Eileen"
    assert subject["similarity"] < 0.5  # Viseron's default; Double Take's is 0.6


def test_no_face_is_code_28_and_bad_requests_have_code_and_message(
    api: Api, landscape: bytes, astronaut: bytes
) -> None:
    for path in (f"{RECOGNITION}/recognize", "/api/v1/detection/detect"):
        answer = api.call("POST", path, files={"file": landscape})
        assert answer.status_code == 400
        assert answer.json() == {"message": "No face is found in the given image", "code": 28}
    least = {"det_prob_threshold": 1.0}
    answer = api.call("POST", f"{RECOGNITION}/recognize", params=least, files={"file": astronaut})
    assert answer.json()["code"] == 28
    answer = api.call("POST", f"{RECOGNITION}/recognize", json={"file": "no base64!"})
    assert answer.status_code == 400
    assert set(answer.json()) == {"message", "code"}
    assert api.call("POST", f"{RECOGNITION}/recognize", json={}).json()["code"] == 34
    answer = api.call("GET", f"{RECOGNITION}/subjects", role="nobody")
    assert answer.status_code == 401
    assert set(answer.json()) == {"message", "code"}


def test_codes_are_the_originals(api: Api, astronaut: bytes) -> None:
    """CompreFace's CommonExceptionCode; 401 is Lookout's own for keys, where it has 400 and 404."""
    path = f"{RECOGNITION}/subjects"
    api.call("POST", path, json={"subject": "Collins"})

    def code(method: str, url: str, **options: Any) -> tuple[int, int]:
        answer = api.call(method, url, **options)
        return answer.status_code, answer.json()["code"]

    assert code("POST", path, json={"subject": "Collins"}) == (400, 43)
    assert code("PUT", f"{path}/Nobody", json={"subject": "Collins"}) == (404, 42)
    assert code("DELETE", f"{path}/Nobody") == (404, 42)
    faces = f"{RECOGNITION}/faces"
    unknown = uuid.uuid4()
    assert code("DELETE", f"{faces}/{unknown}") == (404, 44)
    assert code("GET", f"{faces}/{unknown}/img") == (404, 44)
    assert code("POST", f"{faces}/{unknown}/verify", files={"file": astronaut}) == (404, 44)
    assert code("POST", faces, files={"file": astronaut}) == (400, 33)
    assert code("POST", faces, params={"subject": "A"}, files={"other": astronaut}) == (400, 34)
    assert code("POST", faces, params={"subject": "A"}, files={"file": b"no picture"}) == (400, 21)
    assert code("GET", path, role="nobody") == (401, 20)
    assert code("GET", path, role="nobody", headers={"x-api-key": "lk_wrong"}) == (401, 10)


def test_blank_parameters_take_their_default_and_a_last_slash_does_not_matter(
    api: Api, astronaut: bytes
) -> None:
    blank = dict.fromkeys(("limit", "prediction_count", "status", "det_prob_threshold"), "")
    add(api, "Eileen", astronaut)
    for path in ("recognize", "recognize/"):
        answer = api.call("POST", f"{RECOGNITION}/{path}", params=blank, files={"file": astronaut})
        assert answer.status_code == 200, answer.text
    made = api.call("POST", f"{RECOGNITION}/subjects/", json={"subject": "Collins"})
    assert made.status_code == 201
    assert len(api.call("GET", f"{RECOGNITION}/subjects/").json()["subjects"]) == 2
    page = api.call("GET", f"{RECOGNITION}/faces", params={"page": "", "size": " ", "subject": ""})
    assert (page.json()["page_size"], page.json()["total_elements"]) == (20, 1)


@pytest.mark.parametrize(
    ("asked", "page", "size"),
    [({"size": 5000}, 0, 2000), ({"size": 0}, 0, 20), ({"page": -3, "size": -1}, 0, 20)],
)
def test_pages_beyond_the_limits_are_the_nearest_that_are_allowed(
    api: Api, asked: dict[str, int], page: int, size: int
) -> None:
    told = api.call("GET", f"{RECOGNITION}/faces", params=asked).json()
    assert (told["page_number"], told["page_size"]) == (page, size)


def test_everybodys_faces_are_deleted_by_administrators_only_and_never_by_a_blank_name(
    api: Api, astronaut: bytes
) -> None:
    add(api, "Eileen", astronaut)
    path = f"{RECOGNITION}/faces"
    refused = api.call("DELETE", path, role="operator")
    assert refused.status_code == 400
    assert "'admin'" in refused.json()["message"]
    assert api.call("DELETE", path, params={"subject": ""}).status_code == 400
    unknown = api.call("DELETE", path, params={"subject": "Nobody"}, role="operator")
    assert (unknown.status_code, unknown.json()) == (200, {"deleted": 0})
    assert api.store.samples.count() == 1
    assert api.call("DELETE", path).json() == {"deleted": 1}


@pytest.mark.parametrize("way", ["one", "of a subject", "some"])
def test_a_subject_goes_with_its_last_face_but_nothing_else_that_is_known_of_a_person(
    api: Api, astronaut: bytes, astronaut_again: bytes, way: str
) -> None:
    """The original keeps nothing but faces, so its clients expect the subject to be gone."""

    def delete(subject: str) -> None:
        faces = api.call("GET", f"{RECOGNITION}/faces", params={"subject": subject}).json()["faces"]
        ids = [face["image_id"] for face in faces]
        path = f"{RECOGNITION}/faces"
        if way == "of a subject":
            api.call("DELETE", path, params={"subject": subject})
        elif way == "some":
            api.call("POST", f"{path}/delete", json=ids)
        else:
            for image_id in ids:
                api.call("DELETE", f"{path}/{image_id}")

    add(api, "Eileen", astronaut)
    add(api, "Eileen", astronaut_again)
    delete("Eileen")
    assert api.store.people.count() == 0

    for info, sightings in (({"room": "204"}, 0), ({}, 1)):
        new = {"name": "Collins", "info": info}
        person = api.call("POST", "/api/v1/people", json=new).json()["id"]
        for number in range(sightings):
            api.store.sightings.add(Sighting(str(number), "door", 1.0, 2.0, "known", person))
        add(api, "Collins", astronaut)
        delete("Collins")
        assert api.store.samples.count() == 0
        assert api.store.people.get(person).name == "Collins"
        assert api.store.sightings.count() == sightings
        api.store.people.delete(person)


def test_a_face_that_is_not_sure_enough_does_not_count_at_enrolment(
    make_api: Any, engines: Any, astronaut: bytes
) -> None:
    """The detector finds the astronaut twice, the second time beside her and less surely."""
    api = make_api(detector=SecondFace(engines[0]))
    path = f"{RECOGNITION}/faces"

    def answer(least: float) -> tuple[int, int | None]:
        params = {"subject": "Eileen", "det_prob_threshold": least}
        told = api.call("POST", path, params=params, files={"file": astronaut})
        return told.status_code, told.json().get("code")

    assert answer(0.0) == (400, 31)
    assert answer(0.82) == (201, None)
    assert answer(1.0) == (400, 28)


def test_the_image_route_may_be_used_by_pages_of_other_sites(api: Api, astronaut: bytes) -> None:
    image_id = add(api, "Eileen", astronaut)
    key = api.headers["viewer"]["x-api-key"]
    static = api.call("GET", f"/api/v1/static/{key}/images/{image_id}", role="nobody")
    assert static.headers["cross-origin-resource-policy"] == "cross-origin"
    own = api.call("GET", f"{RECOGNITION}/faces/{image_id}/img")
    assert own.headers["cross-origin-resource-policy"] == "same-origin"


def test_subjects_are_made_listed_renamed_merged_and_deleted(
    api: Api, astronaut: bytes, astronaut_again: bytes
) -> None:
    path = f"{RECOGNITION}/subjects"
    made = api.call("POST", path, json={"subject": "Collins"})
    assert (made.status_code, made.json()) == (201, {"subject": "Collins"})
    assert api.call("POST", path, json={"subject": "Collins"}).status_code == 400
    add(api, "Collins", astronaut)
    add(api, "Eileen", astronaut_again)
    assert api.call("GET", path).json() == {"subjects": ["Collins", "Eileen"]}
    renamed = api.call("PUT", f"{path}/Collins", json={"subject": "Eileen C."})
    assert renamed.json() == {"updated": True}
    assert api.call("GET", path).json() == {"subjects": ["Eileen", "Eileen C."]}
    merged = api.call("PUT", f"{path}/Eileen C.", json={"subject": "Eileen"})
    assert merged.json() == {"updated": True}
    assert api.call("GET", path).json() == {"subjects": ["Eileen"]}
    assert api.store.samples.count() == 2
    assert api.call("DELETE", f"{path}/Eileen").json() == {"subject": "Eileen"}
    assert api.call("DELETE", f"{path}/Eileen").status_code == 404
    api.call("POST", path, json={"subject": "A"})
    assert api.call("DELETE", path, role="operator").status_code == 403
    assert api.call("DELETE", path).json() == {"deleted": 1}


def test_faces_are_listed_in_numbered_pages_and_deleted_each_way(
    api: Api, astronaut: bytes, astronaut_again: bytes, dads: list[bytes]
) -> None:
    ids = [add(api, "Eileen", astronaut), add(api, "Eileen", astronaut_again)]
    ids += [add(api, "Dad", dads[0])]
    path = f"{RECOGNITION}/faces"
    page = api.call("GET", path, params={"page": 1, "size": 2}).json()
    assert page == {
        "faces": [{"image_id": ids[2], "subject": "Dad"}],
        "page_number": 1,
        "page_size": 2,
        "total_pages": 2,
        "total_elements": 3,
    }
    only = api.call("GET", path, params={"subject": "Eileen"}).json()
    assert [face["image_id"] for face in only["faces"]] == ids[:2]
    assert api.call("GET", path, params={"subject": "Nobody"}).json()["faces"] == []

    image = api.call("GET", f"{path}/{ids[0]}/img")
    assert image.content[:2] == b"\xff\xd8"
    key = api.headers["viewer"]["x-api-key"]
    static = api.call("GET", f"/api/v1/static/{key}/images/{ids[0]}", role="nobody")
    assert static.content == image.content
    forged = api.call("GET", f"/api/v1/static/{key}x/images/{ids[0]}", role="nobody")
    assert forged.status_code == 401

    deleted = api.call("DELETE", f"{path}/{ids[0]}")
    assert deleted.json() == {"image_id": ids[0], "subject": "Eileen"}
    gone = api.call("DELETE", f"{path}/{ids[0]}")
    assert (gone.status_code, gone.json()["code"]) == (404, 44)
    some = api.call("POST", f"{path}/delete", json=[ids[1], ids[0]])
    assert some.json() == [{"image_id": ids[1], "subject": "Eileen"}]
    assert api.call("DELETE", path, params={"subject": "Dad"}).json() == {"deleted": 1}
    assert api.call("GET", path).json()["total_elements"] == 0


def test_verification_compares_with_a_learned_face_and_with_another_picture(
    api: Api, astronaut: bytes, astronaut_again: bytes, dads: list[bytes]
) -> None:
    image_id = add(api, "Eileen", astronaut)
    answer = api.call(
        "POST", f"{RECOGNITION}/faces/{image_id}/verify", files={"file": astronaut_again}
    ).json()
    assert list(answer) == ["result"]
    assert set(answer["result"][0]) == {"box", "similarity"}
    assert answer["result"][0]["similarity"] >= 0.5

    path = "/api/v1/verification/verify"
    files = {"source_image": astronaut, "target_image": dads[0]}
    (result,) = api.call("POST", path, files=files).json()["result"]
    assert set(result) == {"source_image_face", "face_matches"}
    assert set(result["source_image_face"]) == {"box"}
    assert set(result["face_matches"][0]) == {"box", "similarity"}
    assert result["face_matches"][0]["similarity"] < 0.5


def test_detection_has_boxes_and_embeddings_are_recognized(
    api: Api, astronaut: bytes, astronaut_again: bytes
) -> None:
    add(api, "Eileen", astronaut)
    params = {"face_plugins": "calculator"}
    detected = api.call(
        "POST", "/api/v1/detection/detect", files={"file": astronaut_again}, params=params
    ).json()
    (face,) = detected["result"]
    assert set(face) == {"box", "embedding"}
    path = f"{RECOGNITION}/embeddings/recognize"
    answer = api.call("POST", path, json={"embeddings": [face["embedding"]]}).json()
    (result,) = answer["result"]
    assert result["embedding"] == pytest.approx(face["embedding"])
    (similar,) = result["similarities"]
    assert similar["subject"] == "Eileen"
    assert similar["similarity"] >= 0.5
    assert api.call("POST", path, json={"embeddings": [[0.5, 0.5]]}).status_code == 400


def test_embeddings_are_verified_with_a_learned_face_and_with_each_other(
    api: Api, astronaut: bytes, astronaut_again: bytes, dads: list[bytes]
) -> None:
    image_id = add(api, "Eileen", astronaut)

    def embedding(content: bytes) -> list[float]:
        answer = api.call(
            "POST",
            "/api/v1/detection/detect",
            files={"file": content},
            params={"face_plugins": "calculator"},
        )
        found: list[float] = answer.json()["result"][0]["embedding"]
        return found

    herself, other = embedding(astronaut_again), embedding(dads[0])
    path = f"{RECOGNITION}/embeddings/faces/{image_id}/verify"
    result = api.call("POST", path, json={"embeddings": [herself, other]}).json()["result"]
    assert [set(compared) for compared in result] == [{"embedding", "similarity"}] * 2
    assert result[0]["embedding"] == pytest.approx(herself)
    assert result[0]["similarity"] > 0.8
    assert result[1]["similarity"] < 0.4

    path = "/api/v1/verification/embeddings/verify"
    body = {"source": herself, "targets": [embedding(astronaut), other]}
    result = api.call("POST", path, json=body).json()["result"]
    assert result[0]["similarity"] > 0.8
    assert result[1]["similarity"] < 0.4
    assert api.call("POST", path, json={**body, "source": [1.0]}).json()["code"] == 26


def test_pose_and_mask_are_answered_and_age_only_where_the_server_may_estimate_it(
    make_api: Callable[..., Api], tmp_path: Path, astronaut: bytes
) -> None:
    spec = AttributesSpec(
        32, "rgb", "nchw", (0.0, 0.0, 0.0), 1.0, 1.5, ("female", "male", "age"), 100.0
    )
    toy = linear(np.zeros((3, 3)), np.array([2.0, 0.0, 0.3]), 32)
    entry = entry_of("toy", "attributes", toy, tmp_path / "models", attributes=spec)
    store = ModelStore({"toy": entry}, (tmp_path / "models",), tmp_path / "models")
    path = "/api/v1/detection/detect?face_plugins=pose,mask,age,gender"
    for allowed in (False, True):
        api = make_api(model_store=lambda: store, estimates=allowed)
        (face,) = api.call("POST", path, files={"file": astronaut}).json()["result"]
        assert set(face["pose"]) == {"pitch", "roll", "yaw"}
        assert face["mask"]["value"] == "without_mask"
        assert ("age" in face, "gender" in face, "estimate" in face) == (allowed,) * 3
    assert face["gender"]["value"] == "female"
    assert (face["age"]["low"], face["age"]["high"]) == (28, 33)
    assert face["estimate"] is True
