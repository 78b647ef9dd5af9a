"""DeepStack's clients work unchanged, each field of the answer; nobody strange gets a name."""

from __future__ import annotations

from pathlib import Path
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
    for field in ("api_key", "admin_key"):  # without a file, clients send it urlencoded
        answer = api.call("POST", f"{FACE}/list", role="nobody", data={field: key})
        assert answer.json()["success"] is True, answer.text
    wrong = api.call(
        "POST", FACE, role="nobody", data={"api_key": "lk_wrong"}, files={"image": astronaut}
    )
    assert wrong.status_code == 401
    assert wrong.json()["success"] is False
    assert "api_key" in wrong.json()["error"]


def test_errors_say_what_is_wrong_in_deepstacks_form(api: Api, landscape: bytes) -> None:
    files = {"image": landscape}
    answer = api.call("POST", f"{FACE}/register", data={"userid": "A"}, files=files)
    assert answer.status_code == 400
    assert answer.json() == {"success": False, "error": "No face found in image", "code": 400}
    assert api.store.people.count() == 0, "somebody without a face was kept"
    for data in ({}, {"userid": ""}, {"userid": "x" * 5000}):
        answer = api.call("POST", f"{FACE}/register", data=data, files=files)
        assert answer.status_code == 400
    bad = api.call("POST", FACE, data={"min_confidence": "high"}, files=files)
    assert "min_confidence" in bad.json()["error"]
    for files in ({"image": b"no picture"}, {"image": b"GIF89a"}):
        answer = api.call("POST", FACE, files=files)
        assert answer.status_code == 400
        assert answer.json()["error"].startswith("Invalid image: ")


def test_a_name_that_is_not_there_is_deleted_with_success(api: Api) -> None:
    """Viseron deletes before it trains."""
    answer = api.call("POST", f"{FACE}/delete", data={"userid": "nobody"})
    assert (answer.status_code, answer.json()["success"]) == (200, True)


def test_deleting_a_face_keeps_everything_else_that_is_known_of_a_person(
    api: Api, astronaut: bytes
) -> None:
    new = {"name": "Eileen", "identifier": "A-17"}
    person = api.call("POST", "/api/v1/people", json=new).json()["id"]
    register(api, "Eileen", astronaut)
    assert api.call("POST", f"{FACE}/delete", data={"userid": "Eileen"}).json()["success"] is True
    assert api.call("POST", f"{FACE}/list").json()["faces"] == []
    assert api.store.people.get(person).identifier == "A-17"
    register(api, "Eileen", astronaut)
    assert api.store.people.count() == 1


def test_register_takes_one_face_of_each_picture_and_skips_those_without(
    api: Api, data: Path, astronaut: bytes, landscape: bytes
) -> None:
    files = {"first": astronaut, "image2": landscape, "third": astronaut}
    answer = api.call("POST", f"{FACE}/register", data={"userid": "Eileen"}, files=files)
    assert answer.json()["success"] is True, answer.text
    assert api.store.samples.count() == 1, "the same photograph counts once"
    crowd = (data / "boxes" / "bald_guys.jpg").read_bytes()
    assert len(api.call("POST", FACE, files={"image": crowd}).json()["predictions"]) > 1
    answer = api.call("POST", f"{FACE}/register", data={"userid": "A"}, files={"image": crowd})
    assert answer.json()["success"] is True, answer.text
    assert api.store.samples.count() == 2


def test_blank_fields_take_their_default_and_a_last_slash_does_not_matter(
    api: Api, astronaut: bytes
) -> None:
    """DeepStack itself is asked for /v1/vision/face/."""
    for path in (f"{FACE}/", f"{FACE}/recognize/"):
        answer = api.call(
            "POST", path, data={"min_confidence": "", "api_key": ""}, files={"image": astronaut}
        )
        assert len(answer.json()["predictions"]) == 1, answer.text
