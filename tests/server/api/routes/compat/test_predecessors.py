"""The routes of the systems before answer as they did."""

from __future__ import annotations

import base64

from tests.support.api import Api


def test_an_uploaded_face_is_found_with_what_the_registry_says(
    api: Api, astronaut: bytes, astronaut_again: bytes, dads: list[bytes]
) -> None:
    learned = api.call("POST", "/face/upload", data={"name": "Eileen"}, files={"file": astronaut})
    assert learned.status_code == 200, learned.text
    person = learned.json()["id"]
    info = {"info": {"room": "204"}, "identifier": "A-17"}
    api.call("PATCH", f"/api/v1/people/{person}", json=info)
    (face,) = api.call("GET", "/face/list").json()["faces"]
    assert face == {"id": person, "name": "Eileen", "samples": 1}

    body = api.call("POST", "/uploadImage/", files={"file": astronaut_again}).json()
    (match,) = body["matches"]
    assert (match["name"], match["identifier"]) == ("Eileen", "A-17")
    assert match["info"] == {"room": "204"}
    assert api.call("POST", "/uploadImage/", files={"file": dads[0]}).json()["matches"] == []


def test_recognition_takes_base64_and_files_by_get_and_post(
    api: Api, astronaut: bytes, landscape: bytes
) -> None:
    api.call("POST", "/face/upload", data={"name": "Eileen"}, files={"file": astronaut})
    text = base64.b64encode(astronaut).decode()
    asked = (
        ("GET", {"json": {"image": text}}),
        ("POST", {"json": {"image": f"data:image/jpeg;base64,{text}"}}),
        ("POST", {"files": {"image": astronaut}}),
    )
    for method, body in asked:
        answer = api.call(method, "/recognition", **body)
        (face,) = answer.json()["result"]
        assert face["name"] == "Eileen"
    assert api.call("POST", "/recognition", files={"image": landscape}).json() == {"result": []}


def test_a_failed_recognition_says_so_in_the_words_its_clients_know(api: Api) -> None:
    answer = api.call("POST", "/recognition", files={"image": b"no picture"})
    assert 400 <= answer.status_code < 500
    assert set(answer.json()) == {"result", "error"}
    assert answer.json()["result"] == "error during prediction"


def test_cameras_tell_their_status(api: Api) -> None:
    assert api.call("GET", "/camera/status").json() == {"cameras": []}
