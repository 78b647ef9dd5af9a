"""CompreFace's clients work unchanged: each request of CONVENTIONS.md, each field of the answer."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import pytest

from tests.support.api import Api

RECOGNITION = "/api/v1/recognition"


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
    assert set(face) == {"box", "subjects", "landmarks", "embedding", "execution_time"}
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
    assert api.call("POST", f"{RECOGNITION}/recognize", json={}).json()["code"] == 33
    answer = api.call("GET", f"{RECOGNITION}/subjects", role="nobody")
    assert answer.status_code == 401
    assert set(answer.json()) == {"message", "code"}


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
    assert renamed.json() == {"updated": "true"}
    assert api.call("GET", path).json() == {"subjects": ["Eileen", "Eileen C."]}
    merged = api.call("PUT", f"{path}/Eileen C.", json={"subject": "Eileen"})
    assert merged.json() == {"updated": "true"}
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
    assert api.call("DELETE", f"{path}/{ids[0]}").status_code == 404
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


def test_detection_has_boxes_and_embeddings_are_recognised(
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
