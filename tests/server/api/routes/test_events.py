"""What happened is listed by type and by number, and to everybody only what they may know."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from lookout.faces.decision.negatives import Rejection
from lookout.server.accounts.scopes import SCOPES, Principal, Scope
from lookout.server.live.camera_board import ConnectedCamera
from lookout.server.storage.camera_records import CameraKind, CameraRecord, Origin
from lookout.server.storage.records import Event, Person, Role, Sighting, new_id
from tests.support.api import Api

JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"
DOOR, YARD, ATTIC = "cam_door", "cam_yard", "cam_attic"


def enter_cameras(api: Api) -> None:
    """The door, the yard and the attic, under ids that are known."""
    for camera in (DOOR, YARD, ATTIC):
        name = camera.removeprefix("cam_")
        api.store.cameras.add(CameraRecord(camera, name, CameraKind.EDGE, 1.0, origin=Origin.EDGE))
    api.parts.directory.refresh()


def items(api: Api, role: str = "admin", **params: Any) -> list[dict[str, Any]]:
    answer = api.call("GET", "/api/v1/events", role=role, params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def types(api: Api, role: str = "admin", **params: Any) -> list[str]:
    return [one["type"] for one in items(api, role, **params)]


def test_what_people_do_is_told(api: Api) -> None:
    ada = api.call("POST", "/api/v1/people", json={"name": "Ada"}).json()["id"]
    bob = api.call("POST", "/api/v1/people", json={"name": "Bob"}).json()["id"]
    api.call("PATCH", f"/api/v1/people/{ada}", json={"name": "Ada Lovelace"})
    api.call("PATCH", f"/api/v1/people/{ada}", json={"info": {"floor": "3"}})
    api.call("POST", f"/api/v1/people/{bob}/merge", json={"into": ada})
    api.call("DELETE", f"/api/v1/people/{ada}")
    told = items(api, since_id=0)
    # what was told of those who are forgotten went with them
    assert [(one["type"], one["person"]) for one in told] == [("person.forgotten", None)]
    assert told[0]["envelope"]["person"] == {"id": ada, "name": None}
    assert told[0]["number"] == 5


def test_the_name_in_an_envelope_is_that_of_now(api: Api) -> None:
    ada = api.call("POST", "/api/v1/people", json={"name": "Ada"}).json()["id"]
    api.call("PATCH", f"/api/v1/people/{ada}", json={"name": "Ada Lovelace"})
    enrolled, renamed = items(api, since_id=0)
    assert (enrolled["type"], renamed["type"]) == ("person.enrolled", "person.renamed")
    assert enrolled["envelope"]["person"] == {"id": ada, "name": "Ada Lovelace"}


def test_what_people_say_of_sightings_is_told(make_api: Any) -> None:
    api = make_api(reject=lambda label, faces, camera: Rejection(label, 7.0, camera, len(faces)))
    api.store.people.add(Person("ada", "Ada", 1.0))
    first, second = (
        Sighting(new_id(), "door", 1.0, 2.0, "unknown", cluster="c1") for _ in range(2)
    )
    for one in (first, second):
        api.store.sightings.add(one, JPEG)
    api.call("POST", "/api/v1/unknown/c1/assign", json={"person": "ada"})
    api.call("POST", f"/api/v1/sightings/{first.id}/reject")
    api.call("DELETE", f"/api/v1/sightings/{first.id}/reject")
    api.call("DELETE", f"/api/v1/sightings/{second.id}")
    told = items(api, since_id=0)
    assert [(one["type"], one["person"], one["detail"].get("action")) for one in told] == [
        ("unknown.named", "ada", None),
        ("sighting.corrected", None, "rejected"),
        ("sighting.corrected", "ada", "restored"),
        ("sighting.corrected", None, "deleted"),
    ]
    assert told[0]["detail"] == {"sightings": 2}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ["camera.lost", "sighting.updated", "sighting.began"]),
        ({"type": "sighting.began"}, ["sighting.began"]),
        ({"kind": "sighting.began"}, ["sighting.began"]),
        ({"type": "person_seen"}, ["sighting.updated"]),
        ({"kind": "unknown_seen"}, ["sighting.began"]),
        ({"kind": "camera_lost"}, ["camera.lost"]),
        ({"type": ["camera.lost", "person_seen"]}, ["camera.lost", "sighting.updated"]),
        ({"since_id": 1}, ["sighting.updated", "camera.lost"]),
        ({"since_id": 0, "limit": 1}, ["sighting.began"]),
        ({"since_id": 3}, []),
    ],
)
def test_events_are_found_by_type_old_kind_and_number(
    api: Api, given: dict[str, Any], expected: list[str]
) -> None:
    api.store.people.add(Person("ada", "Ada", 1.0))
    for at_s, kind, old, person in (
        (1.0, "sighting.began", "unknown_seen", None),
        (2.0, "sighting.updated", "person_seen", "ada"),
        (3.0, "camera.lost", "camera_lost", None),
    ):
        api.store.events.add(Event(new_id(), kind, at_s, "door", person, old_kind=old))
    assert types(api, **given) == expected


def test_old_programs_read_the_old_kinds(api: Api) -> None:
    api.store.events.add(Event(new_id(), "camera.lost", 3.0, "door", old_kind="camera_lost"))
    (one,) = items(api, role="viewer")
    assert (one["kind"], one["type"], one["camera"]) == ("camera_lost", "camera.lost", "door")


def test_a_type_that_there_is_not_is_an_error(api: Api) -> None:
    assert api.call("GET", "/api/v1/events?type=cat.seen").status_code == 422


def test_jobs_are_told_to_those_who_may_do_what_they_do(api: Api) -> None:
    done = api.parts.jobs.submit("import", "ann", lambda *_: {}, right=Scope.PEOPLE_WRITE)
    until_s = time.monotonic() + 30
    while not any(one["type"] == "job.done" for one in items(api, since_id=0)):
        assert time.monotonic() < until_s
    (told,) = items(api, role="operator", since_id=0)
    assert told["envelope"]["job"] | {"done": 0, "total": 0} == {
        "id": done.id,
        "kind": "import",
        "state": "done",
        "done": 0,
        "total": 0,
        "error": "",
        "right": "people:write",
    }
    assert items(api, role="viewer", since_id=0) == []


def limited(api: Api, *cameras: str, role: Role = Role.OPERATOR) -> dict[str, str]:
    """The headers of somebody who may know of these cameras alone."""
    maker = Principal("tests", "tests", SCOPES[Role.ADMIN])
    _, key = api.parts.accounts.keys.create(
        "limited", SCOPES[role], maker, time.time(), cameras=set(cameras)
    )
    return {"x-api-key": key}


def test_nothing_of_a_camera_that_one_may_not_see_is_told_by_any_route(
    make_api: Any, astronaut: bytes
) -> None:
    now_s = time.monotonic()
    rejections = [Rejection("Ada", float(n), name, 1) for n, name in enumerate(("door", "attic"))]
    api: Api = make_api(
        cameras=lambda: [ConnectedCamera(name, now_s, now_s) for name in ("door", "yard", "attic")],
        rejections=lambda: rejections,
        reject=lambda label, faces, camera: rejections[0],
    )
    enter_cameras(api)
    face = np.zeros(128, np.float32)
    api.store.people.add(Person("ada", "Ada", 1.0))
    ids = {}
    for name in ("door", "yard", "attic"):
        one = Sighting(
            new_id(),
            name,
            1.0,
            2.0,
            "unknown",
            cluster=f"c-{name}",
            encoding=face if name == "attic" else None,
            encoder="dlib-128",
        )
        ids[name] = api.store.sightings.add(one, JPEG).id
        api.store.events.add(
            Event(new_id(), "sighting.began", 1.0, name, sighting=one.id, cluster=f"c-{name}")
        )
    api.store.events.add(Event(new_id(), "unknown.named", 2.0, person="ada", cluster="c-attic"))
    api.store.events.add(Event(new_id(), "person.enrolled", 3.0, person="ada"))
    as_limited = limited(api, DOOR, YARD)

    def get(path: str) -> Any:
        return api.call("GET", path, role="nobody", headers=as_limited)

    for path in ("/sightings", "/unknown", "/events", "/cameras", "/rejections"):
        for query in ("", "?camera=attic", "?since_id=0"):
            answer = get(f"/api/v1{path}{query}")
            assert answer.status_code == 200
            assert "attic" not in answer.text, path
            assert ids["attic"] not in answer.text
            assert query or path == "/rejections" or "yard" in answer.text
    assert [one["type"] for one in get("/api/v1/events?since_id=0").json()["items"]] == [
        "sighting.began",
        "sighting.began",
        "person.enrolled",
    ]
    statistics = get("/api/v1/statistics").json()
    assert (statistics["sightings"], statistics["unknown"], statistics["cameras_online"]) == (
        2,
        2,
        2,
    )
    assert api.call("POST", "/api/v1/search", files={"file": astronaut}).json()["searched"] == 1
    found = api.call(
        "POST", "/api/v1/search", role="nobody", headers=as_limited, files={"file": astronaut}
    )
    assert found.json()["searched"] == 0
    for method, path in (
        ("GET", ""),
        ("GET", "/image"),
        ("POST", "/reject"),
        ("POST", "/ignore"),
        ("DELETE", "/reject"),
        ("DELETE", ""),
    ):
        answer = api.call(
            method, f"/api/v1/sightings/{ids['attic']}{path}", role="nobody", headers=as_limited
        )
        assert answer.status_code == 404, (method, path, answer.text)
    answer = api.call(
        "POST",
        "/api/v1/unknown/c-attic/assign",
        role="nobody",
        headers=as_limited,
        json={"person": "ada"},
    )
    assert answer.status_code == 404
    answer = api.call("DELETE", "/api/v1/rejections/1.0", role="nobody", headers=as_limited)
    assert answer.status_code == 404
    assert get(f"/api/v1/sightings/{ids['door']}").json()["camera"] == "door"
    assert get(f"/api/v1/sightings/{ids['door']}/image").content == JPEG
    assert api.call("GET", f"/api/v1/sightings/{ids['attic']}").status_code == 200


def test_a_user_is_limited_and_freed_again_and_so_are_the_keys_they_made(make_api: Any) -> None:
    api: Api = make_api()
    enter_cameras(api)
    given = {"username": "ann", "password": "correct horse 7 staple", "role": "operator"}
    made = api.call("POST", "/api/v1/users", json={**given, "cameras": [DOOR]})
    assert made.status_code == 201, made.text
    assert made.json()["cameras"] == [DOOR]
    ann = made.json()["id"]
    user = Principal(ann, "ann", SCOPES[Role.OPERATOR], maker=f"user:{ann}")
    _, key = api.parts.accounts.keys.create("hers", SCOPES[Role.OPERATOR], user, time.time())

    def cameras() -> Any:
        answer = api.call("GET", "/api/v1/auth/me", role="nobody", headers={"x-api-key": key})
        return answer.json()["cameras"]

    assert cameras() == [DOOR]
    path = f"/api/v1/users/{ann}"
    assert api.call("PATCH", path, json={"disabled": False}).json()["cameras"] == [DOOR]
    api.call("PATCH", path, json={"cameras": [YARD, ATTIC]})
    assert cameras() == [ATTIC, YARD]
    api.call("PATCH", path, json={"cameras": None})
    assert cameras() is None
    assert api.call("PATCH", path, json={"cameras": []}).json()["cameras"] == []
    assert cameras() == []
    assert api.call("PATCH", path, json={"role": "admin"}).status_code == 422


def test_nobody_gives_a_camera_away_that_they_may_not_see(make_api: Any) -> None:
    api: Api = make_api()
    enter_cameras(api)
    headers = limited(api, DOOR, role=Role.ADMIN)
    given = {"username": "ann", "password": "correct horse 7 staple", "role": "viewer"}

    def make(cameras: list[str] | None) -> int:
        return int(
            api.call(
                "POST",
                "/api/v1/users",
                role="nobody",
                headers=headers,
                json={**given, "cameras": cameras},
            ).status_code
        )

    assert [make(None), make([YARD]), make([DOOR])] == [403, 403, 201]
    answer = api.call(
        "POST",
        "/api/v1/keys",
        role="nobody",
        headers=headers,
        json={"name": "k", "rights": ["sightings:read"], "cameras": [DOOR, YARD]},
    )
    assert answer.json()["record"]["cameras"] == [DOOR]
