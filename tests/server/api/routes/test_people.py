"""People are made known over HTTP, recognized at once, changed, merged and forgotten."""

from __future__ import annotations

from typing import Any

import cv2
import pytest

from lookout.faces.decision.negatives import Negatives
from tests.support.api import Api, encoded


def jpeg(content: bytes, field: str = "file") -> dict[str, Any]:
    return {field: ("photo.jpg", content, "image/jpeg")}


def enrol(api: Api, name: str, *photographs: bytes, **more: Any) -> str:
    person = api.call("POST", "/api/v1/people", json={"name": name, **more}).json()["id"]
    files = [("files", (f"{n}.jpg", one, "image/jpeg")) for n, one in enumerate(photographs)]
    answer = api.call(
        "POST", f"/api/v1/people/{person}/samples", files=files, params={"use_poor": True}
    )
    assert answer.status_code == 201, answer.text
    assert len(answer.json()["items"]) == len(photographs)
    return str(person)


def test_who_was_enrolled_is_recognized_with_all_that_the_registry_says(
    api: Api, astronaut: bytes, astronaut_again: bytes
) -> None:
    enrol(api, "Eileen Collins", astronaut, identifier="N-1", info={"crew": "STS-114"})
    answer = api.call("POST", "/api/v1/recognize", files=jpeg(astronaut_again))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["size_wh"] == [480, 300]
    (face,) = body["faces"]
    assert face["state"] == "known"
    assert face["person"]["name"] == "Eileen Collins"
    assert face["person"]["info"] == {"crew": "STS-114"}
    assert face["candidates"][0]["similarity"] >= 0.5
    assert face["box_xyxy"] == pytest.approx([164, 71, 249, 157], abs=12)
    left_eye, right_eye, nose, *_ = face["landmarks"]
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_eye[1] < nose[1]


def test_a_stranger_gets_no_name_and_a_similarity_under_one_half(
    api: Api, astronaut: bytes, dads: list[bytes]
) -> None:
    enrol(api, "Eileen Collins", astronaut)
    (face,) = api.call("POST", "/api/v1/recognize", files=jpeg(dads[0])).json()["faces"]
    assert face["state"] == "unknown"
    assert face["person"] is None
    assert face["reasons"]
    assert face["candidates"][0]["similarity"] < 0.5


def test_boxes_of_a_large_picture_are_in_the_pixels_that_were_sent(
    api: Api, astronaut_bgr: Any
) -> None:

    large = cv2.resize(astronaut_bgr, (2048, 1280), interpolation=cv2.INTER_CUBIC)
    body = api.call("POST", "/api/v1/recognize", files=jpeg(encoded(large))).json()
    (face,) = body["faces"]
    assert body["size_wh"] == [2048, 1280]
    assert face["box_xyxy"] == pytest.approx([700, 304, 1064, 668], abs=60)


def test_a_photograph_without_one_clear_face_is_refused_with_the_reason(
    api: Api, landscape: bytes
) -> None:
    person = api.call("POST", "/api/v1/people", json={"name": "Nobody"}).json()["id"]
    answer = api.call("POST", f"/api/v1/people/{person}/samples", files=jpeg(landscape, "files"))
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "no_face"
    assert "look into the camera" in error["message"]
    assert api.store.samples.count() == 0


def test_of_several_photographs_the_good_ones_are_kept_and_the_others_told(
    api: Api, astronaut: bytes, landscape: bytes
) -> None:
    person = api.call("POST", "/api/v1/people", json={"name": "Eileen"}).json()["id"]
    files = [("files", ("a.jpg", landscape)), ("files", ("../../b.jpg", astronaut))]
    answer = api.call("POST", f"/api/v1/people/{person}/samples", files=files)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert len(body["items"]) == 1
    assert [(one["index"], one["code"]) for one in body["rejected"]] == [(0, "no_face")]
    again = api.call("POST", f"/api/v1/people/{person}/samples", files=files[1:]).json()
    assert again["items"] == body["items"], "the same photograph was learned twice"
    image = api.call("GET", f"/api/v1/samples/{body['items'][0]['id']}/image")
    assert image.headers["content-type"] == "image/jpeg"
    assert image.content[:2] == b"\xff\xd8"


def test_two_pictures_of_one_person_verify_and_of_two_people_do_not(
    api: Api, astronaut: bytes, astronaut_again: bytes, dads: list[bytes]
) -> None:
    same = api.call(
        "POST", "/api/v1/verify", files=jpeg(astronaut, "file_a") | jpeg(astronaut_again, "file_b")
    ).json()
    other = api.call(
        "POST", "/api/v1/verify", files=jpeg(astronaut, "file_a") | jpeg(dads[0], "file_b")
    ).json()
    assert same["same"]
    assert same["similarity"] >= 0.5
    assert not other["same"]
    assert other["similarity"] < 0.5 < other["distance"]


def test_people_are_listed_in_pages_searched_and_changed(api: Api) -> None:
    for number in range(5):
        api.call("POST", "/api/v1/people", json={"name": f"Person {number}"})
    names: list[str] = []
    cursor = None
    while True:
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = api.call("GET", "/api/v1/people", params=params).json()
        names += [person["name"] for person in page["items"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert names == [f"Person {number}" for number in range(5)]
    (found,) = api.call("GET", "/api/v1/people", params={"text": "son 3"}).json()["items"]
    path = f"/api/v1/people/{found['id']}"
    changed = api.call("PATCH", path, json={"name": "Robert'); DROP TABLE people;--"})
    assert changed.status_code == 200
    assert api.call("GET", path).json()["name"] == "Robert'); DROP TABLE people;--"
    assert api.store.people.count() == 5


def test_an_identifier_is_one_persons(api: Api) -> None:
    given = {"name": "A", "identifier": "17"}
    assert api.call("POST", "/api/v1/people", json=given).status_code == 201
    answer = api.call("POST", "/api/v1/people", json={**given, "name": "B"})
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "conflict"


def test_two_entries_of_one_person_become_one_and_two_again(
    api: Api, astronaut: bytes, astronaut_again: bytes
) -> None:
    twice = enrol(api, "E. Collins", astronaut)
    eileen = enrol(api, "Eileen", astronaut_again)
    merged = api.call("POST", f"/api/v1/people/{twice}/merge", json={"into": eileen}).json()
    assert merged["samples"] == 2
    assert api.call("GET", f"/api/v1/people/{twice}").status_code == 404
    (face,) = api.call("POST", "/api/v1/recognize", files=jpeg(astronaut)).json()["faces"]
    assert face["person"]["id"] == eileen
    assert api.call("DELETE", f"/api/v1/people/{eileen}/merges/{merged['merge']}").is_success
    (face,) = api.call("POST", "/api/v1/recognize", files=jpeg(astronaut)).json()["faces"]
    assert face["person"]["id"] == twice


def test_who_was_forgotten_is_a_stranger_at_once(api: Api, astronaut: bytes) -> None:
    person = enrol(api, "Eileen", astronaut)
    assert api.call("DELETE", f"/api/v1/people/{person}").status_code == 204
    (face,) = api.call("POST", "/api/v1/recognize", files=jpeg(astronaut)).json()["faces"]
    assert face["state"] == "unknown"
    assert face["reasons"] == ["nobody is enrolled"]


def test_each_look_at_and_change_of_a_person_is_in_the_audit_log(
    api: Api, astronaut: bytes
) -> None:
    person = enrol(api, "Eileen", astronaut)
    api.call("GET", f"/api/v1/people/{person}", role="viewer")
    api.call("POST", "/api/v1/recognize", role="operator", files=jpeg(astronaut))
    api.call("DELETE", f"/api/v1/people/{person}")
    entries = api.call("GET", "/api/v1/audit").json()["items"]
    assert [(entry["actor"], entry["action"]) for entry in reversed(entries)] == [
        ("key:admin", "person.add"),
        ("key:admin", "samples.add"),
        ("key:viewer", "person.read"),
        ("key:operator", "recognize"),
        ("key:admin", "person.delete"),
    ]
    assert entries[1]["detail"]["known"] == [person]
    assert "Eileen" not in str(entries)


def test_a_face_that_was_said_not_to_be_somebody_is_not_named_so_over_http_either(
    make_api: Any, astronaut: bytes, astronaut_again: bytes
) -> None:
    said: list[Negatives] = []
    api = make_api(negatives=lambda: said[-1] if said else None)
    person = enrol(api, "Eileen", astronaut)
    (face,) = api.call("POST", "/api/v1/recognize", files=jpeg(astronaut_again)).json()["faces"]
    assert face["person"]["id"] == person
    again = api.parts.analyzer.analyze_now(astronaut_again)
    said.append(Negatives("dlib-128").rejected("Eileen", again.encodings, 1.0))
    (face,) = api.call("POST", "/api/v1/recognize", files=jpeg(astronaut_again)).json()["faces"]
    assert face["person"] is None
    assert "not to be Eileen" in " ".join(face["reasons"])
