"""Unknown people are reviewed, named, split and joined, and every step is taken back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lookout.server.storage.records import Sighting, new_id
from tests.server.api.routes.test_sightings import JPEG, encoding_of
from tests.support.api import Api, encoded


def seen(api: Api, at_s: float, encoding: Any, cluster: str, jpeg: bytes = JPEG) -> str:
    sighting = Sighting(
        new_id(),
        "door",
        at_s,
        at_s + 5.0,
        "unknown",
        encoding=encoding,
        encoder="dlib-128",
        cluster=cluster,
        quality=0.8,
    )
    return api.store.sightings.add(sighting, jpeg).id


def strangers(api: Api) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.call("GET", "/api/v1/unknown/people").json()["items"]
    return items


def person(api: Api, name: str) -> str:
    made: str = api.call("POST", "/api/v1/people", json={"name": name}).json()["id"]
    return made


@pytest.fixture
def face(api: Api, astronaut: bytes) -> Any:
    return encoding_of(api, astronaut)


def test_unknown_people_come_with_the_faces_that_tell_most(api: Api, face: Any) -> None:
    near, far = face + np.float32(0.01), face + np.float32(0.1)
    often = [seen(api, 1000.0 + n, one, "often") for n, one in enumerate((face, near, near, far))]
    seen(api, 1000.0, -face, "once")
    listed = api.call("GET", "/api/v1/unknown/people", role="viewer").json()
    assert listed["total"] == 2
    first, second = listed["items"]
    assert (first["cluster"], first["sightings"]) == ("often", 4)
    assert first["cameras"] == ["door"]
    assert [one["sighting"] for one in first["faces"] if one["odd"]] == [often[3]]
    assert first["faces"][0]["odd"], "nobody is to confirm it unseen"
    assert len(first["faces"]) == 4
    assert (first["maybe"], first["clear"]) == ([], False)
    assert second["cluster"] == "once"
    assert len(api.call("GET", "/api/v1/unknown/people?limit=1").json()["items"]) == 1


def test_a_name_that_was_given_is_taken_back_exactly(api: Api, face: Any) -> None:
    for n in range(3):
        seen(api, 1000.0 + n, face, "c")
    before = strangers(api)
    ada = person(api, "Ada")
    path = "/api/v1/unknown/c/assign"
    assert api.call("POST", path, json={"person": ada}).json() == {"count": 3}
    assert strangers(api) == []
    assert api.call("DELETE", path).json() == {"count": 3}
    assert strangers(api) == before
    assert api.call("DELETE", path).status_code == 404


def test_a_face_that_does_not_belong_is_split_off_and_put_back(api: Api, face: Any) -> None:
    first, second = seen(api, 1000.0, face, "c"), seen(api, 1001.0, face, "c")
    before = strangers(api)
    made = api.call("POST", "/api/v1/unknown/split", json={"sightings": [second]}).json()
    assert made["count"] == 1
    assert {one["cluster"] for one in strangers(api)} == {"c", made["cluster"]}
    assert api.call("GET", f"/api/v1/sightings/{first}").json()["cluster"] == "c"
    back = api.call("PUT", "/api/v1/unknown/c/sightings", json={"sightings": [second]})
    assert back.json() == {"count": 1}
    assert strangers(api) == before


def test_two_unknown_people_are_one_and_two_again(api: Api, face: Any) -> None:
    seen(api, 1000.0, face, "a")
    moved = seen(api, 1001.0, face, "b")
    answer = api.call("POST", "/api/v1/unknown/b/join", json={"into": "a"})
    assert answer.json() == {"sightings": [moved]}
    (only,) = strangers(api)
    assert (only["cluster"], only["sightings"]) == ("a", 2)
    api.call("PUT", "/api/v1/unknown/b/sightings", json={"sightings": [moved]})
    assert {one["cluster"] for one in strangers(api)} == {"a", "b"}
    assert api.call("POST", "/api/v1/unknown/z/join", json={"into": "a"}).status_code == 404


def test_somebody_known_is_suggested_only_to_whoever_may_know_people(
    api: Api, face: Any, astronaut: bytes
) -> None:
    eileen = person(api, "Eileen")
    files = {"files": ("a.jpg", astronaut, "image/jpeg")}
    assert api.call("POST", f"/api/v1/people/{eileen}/samples", files=files).status_code == 201
    seen(api, 1000.0, face, "c")
    (stranger,) = strangers(api)
    assert [one["name"] for one in stranger["maybe"]] == ["Eileen"]
    assert stranger["clear"]
    rights = {"name": "k", "rights": ["sightings:read"]}
    key = api.call("POST", "/api/v1/keys", json=rights).json()["key"]
    headers = {"x-api-key": key}
    told = api.call("GET", "/api/v1/unknown/people", role="nobody", headers=headers).json()
    assert told["items"][0]["maybe"] == []


def test_the_best_views_are_learned_with_a_verdict_for_each(
    api: Api, face: Any, astronaut: bytes
) -> None:
    good = seen(api, 1000.0, face, "c", astronaut)
    poor = seen(api, 1001.0, face, "c", encoded(np.full((40, 40, 3), 90, np.uint8)))
    eileen = person(api, "Eileen")
    path = f"/api/v1/people/{eileen}/samples/from-sightings"
    answer = api.call("POST", path, json={"sightings": [good, poor]})
    assert answer.status_code == 201
    assert len(answer.json()["items"]) == 1
    (rejected,) = answer.json()["rejected"]
    assert (rejected["filename"], rejected["code"]) == (poor, "no_face")
    (stranger,) = strangers(api)
    assert [one["name"] for one in stranger["maybe"]] == ["Eileen"]


def test_the_decision_card_shows_the_samples_and_the_limits(
    api: Api, face: Any, astronaut: bytes
) -> None:
    sighting = seen(api, 1000.0, face, "c")
    path = f"/api/v1/sightings/{sighting}/decision"
    alone = api.call("GET", path).json()
    assert (alone["state"], alone["reasons"], alone["people"]) == (
        "unknown",
        ["nobody is enrolled"],
        [],
    )
    assert [one["code"] for one in alone["coded"]] == ["nobody_enrolled"]
    eileen = person(api, "Eileen")
    files = {"files": ("a.jpg", astronaut, "image/jpeg")}
    (sample,) = api.call("POST", f"/api/v1/people/{eileen}/samples", files=files).json()["items"]
    card = api.call("GET", path, role="viewer").json()
    assert (card["state"], card["person"]) == ("known", eileen)
    (compared,) = card["people"]
    assert (compared["name"], compared["count"]) == ("Eileen", 1)
    assert compared["samples"][0] == {
        "id": sample["id"],
        "distance": pytest.approx(0.0, abs=0.05),
        "has_image": True,
    }
    assert card["tolerance"] == pytest.approx(0.6)
    assert 0.0 < card["stranger_limit"] < card["tolerance"]


def test_people_are_told_with_their_best_picture_and_when_they_were_seen(
    api: Api, face: Any, astronaut: bytes
) -> None:
    ada, eileen = person(api, "Ada"), person(api, "Eileen")
    files = {"files": ("a.jpg", astronaut, "image/jpeg")}
    (sample,) = api.call("POST", f"/api/v1/people/{eileen}/samples", files=files).json()["items"]
    sighting = seen(api, 1000.0, face, "c")
    api.call("POST", "/api/v1/unknown/c/assign", json={"person": ada})
    first, second = api.call("GET", "/api/v1/people").json()["items"]
    assert first["image"] == f"/api/v1/sightings/{sighting}/image"
    assert first["last_seen"] == 1005.0
    assert second["image"] == f"/api/v1/samples/{sample['id']}/image"
    assert second["last_seen"] is None
    (told,) = api.call("GET", "/api/v1/sightings").json()["items"]
    assert told["name"] == "Ada"
