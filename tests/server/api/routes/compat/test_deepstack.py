"""DeepStack's clients work unchanged, each field of the answer; nobody strange gets a name."""

from __future__ import annotations

from typing import Any

from tests.support.api import Api

FACE = "/v1/vision/face"


def register(api: Api, name: str, content: bytes) -> None:
    files = {"image": content}
    answer = api.call("POST", f"{FACE}/register", data={"userid": name}, files=files)
    assert answer.json()["success"] is True, answer.text
    assert answer.json()["message"] == "face added"


def test_who_was_registered_is_recognised_listed_and_deleted(
    api: Api, astronaut: bytes, astronaut_again: bytes
) -> None:
    register(api, "Eileen", astronaut)
    files = {"image": astronaut_again}
    answer = api.call("POST", f"{FACE}/recognize", data={"min_confidence": "0.5"}, files=files)
    body = answer.json()
    assert body["success"] is True
    (face,) = body["predictions"]
    assert set(face) == {"userid", "confidence", "x_min", "y_min", "x_max", "y_max"}
    assert face["userid"] == "Eileen"
    assert 0.5 <= face["confidence"] <= 1.0
    assert face["x_min"] < 207 < face["x_max"]
    assert api.call("POST", f"{FACE}/list").json()["faces"] == ["Eileen"]
    assert api.call("POST", f"{FACE}/delete", data={"userid": "Eileen"}).json()["success"] is True
    assert api.call("POST", f"{FACE}/list").json()["faces"] == []


def test_a_stranger_is_unknown_however_little_confidence_is_asked_for(
    api: Api, astronaut: bytes, dads: list[bytes]
) -> None:
    register(api, "Eileen", astronaut)
    for least in ({}, {"min_confidence": "0"}, {"min_confidence": "0.4"}):
        answer = api.call("POST", f"{FACE}/recognize", data=least, files={"image": dads[0]})
        (face,) = answer.json()["predictions"]
        assert (face["userid"], face["confidence"]) == ("unknown", 0)


def test_faces_are_detected_and_two_pictures_matched(
    api: Api, astronaut: bytes, astronaut_again: bytes, dads: list[bytes], landscape: bytes
) -> None:
    (face,) = api.call("POST", FACE, files={"image": astronaut}).json()["predictions"]
    assert set(face) == {"confidence", "x_min", "y_min", "x_max", "y_max"}
    assert api.call("POST", FACE, files={"image": landscape}).json()["predictions"] == []

    def similarity(first: bytes, second: bytes) -> Any:
        files = {"image1": first, "image2": second}
        return api.call("POST", f"{FACE}/match", files=files).json()["similarity"]

    assert similarity(astronaut, astronaut_again) >= 0.5
    assert similarity(astronaut, dads[0]) < 0.5


def test_the_key_may_be_a_field_of_the_form(api: Api, astronaut: bytes) -> None:
    key = api.headers["operator"]["x-api-key"]
    for field in ("api_key", "admin_key"):
        answer = api.call(
            "POST", FACE, role="nobody", data={field: key}, files={"image": astronaut}
        )
        assert len(answer.json()["predictions"]) == 1
    wrong = api.call(
        "POST", FACE, role="nobody", data={"api_key": "lk_wrong"}, files={"image": astronaut}
    )
    assert wrong.status_code == 401
    assert wrong.json()["success"] is False


def test_errors_say_what_is_wrong_in_deepstacks_form(api: Api, landscape: bytes) -> None:
    files = {"image": landscape}
    answer = api.call("POST", f"{FACE}/register", data={"userid": "A"}, files=files)
    assert answer.status_code == 400
    assert answer.json() == {"success": False, "error": "No face found in image", "code": 400}
    assert api.store.people.count() == 0, "somebody without a face was kept"
    for data in ({}, {"userid": ""}, {"userid": "x" * 5000}):
        answer = api.call("POST", f"{FACE}/register", data=data, files=files)
        assert answer.status_code == 400
    assert api.call("POST", f"{FACE}/delete", data={"userid": "nobody"}).status_code == 404
    bad = api.call("POST", FACE, data={"min_confidence": "high"}, files=files)
    assert "min_confidence" in bad.json()["error"]
