"""Where somebody was, over HTTP: visits, the log and its forms, company, sums."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from lookout.server.accounts.scopes import SCOPES, Principal
from lookout.server.movement.chainer import VisitChainer
from lookout.server.storage.camera_records import CameraPlace
from lookout.server.storage.records import Person, Role, Sighting, new_id
from tests.support.api import Api

NOON_S = 1_795_521_600.0  # 2026-11-24 12:00 UTC, a Tuesday


@pytest.fixture
def site(api: Api) -> Api:
    """Ada and Bob walk from the door to the hall; three other walks have shown how long it takes.
    Somebody unknown is in the hall while only Ada can be on her way to the yard."""
    for name in ("ada", "bob"):
        api.store.people.add(Person(name, name.title(), 1.0))
    rows: list[tuple[str, float, float, str | None]] = [
        *(
            (camera, -5000 + 1000 * n + at, -5000 + 1000 * n + at + 5, "bob")
            for n in range(3)
            for camera, at in (("door", 0.0), ("hall", 25.0), ("yard", 60.0))
        ),
        ("door", 0, 10, "ada"),
        ("hall", 30, 40, None),
        ("yard", 70, 80, "ada"),
        ("door", 5, 12, "bob"),
    ]
    for camera, first_s, last_s, person in rows:
        state, cluster = ("known", None) if person else ("unknown", "unk")
        api.store.sightings.add(
            Sighting(new_id(), camera, NOON_S + first_s, NOON_S + last_s, state, person, cluster)
        )
    VisitChainer(api.store).chain(NOON_S + 5000)
    return api


def ask(api: Api, path: str, **params: Any) -> Any:
    answer = api.call("GET", f"/api/v1{path}", role="viewer", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_visits_name_people_and_one_visit_has_its_way(site: Api) -> None:
    (visit, *_) = ask(site, "/visits", person="ada")["items"]
    assert (visit["name"], visit["first"], visit["last"]) == ("Ada", NOON_S, NOON_S + 80)
    assert ask(site, f"/visits/{visit['id']}") == visit
    way = ask(site, "/movement/log", visit=visit["id"])["items"]
    assert [(row["camera"], row["from_camera"], row["travel_s"]) for row in way] == [
        ("yard", "door", 60.0),
        ("door", None, None),
    ]


def test_the_log_is_had_as_csv_and_geojson_page_by_page(site: Api) -> None:
    answer = site.call("GET", "/api/v1/movement/log", params={"format": "csv", "limit": 2})
    assert answer.headers["content-type"].startswith("text/csv")
    assert len(answer.text.splitlines()) == 3
    cursor = answer.headers["x-next-cursor"]
    rest = {"format": "geojson", "limit": 200, "cursor": cursor}
    features = json.loads(site.call("GET", "/api/v1/movement/log", params=rest).text)["features"]
    assert len(features) == 11
    assert all(feature["geometry"] is None for feature in features)


def test_an_unknown_person_on_the_way_of_one_is_suggested_and_stays_unnamed(site: Api) -> None:
    (suggestion,) = ask(site, "/movement/suggestions", since=NOON_S - 100, until=NOON_S + 100)
    assert (suggestion["cluster"], suggestion["name"]) == ("unk", "Ada")
    assert ask(site, "/unknown")["items"][0]["person"] is None


def test_a_person_at_two_places_is_marked_at_both_and_between_others(site: Api) -> None:
    """Ada stands at the door for a minute; in the hall and in the yard, too, somebody is called
    Ada meanwhile. At the gate she is afterwards, and alone."""
    at_s = NOON_S + 20_000
    seen = (("door", 0, 60), ("hall", 10, 15), ("yard", 40, 45), ("gate", 61, 70))
    for camera, first_s, last_s in seen:
        site.store.sightings.add(
            Sighting(new_id(), camera, at_s + first_s, at_s + last_s, "known", "ada")
        )
    VisitChainer(site.store).chain(at_s + 5000)
    rows = ask(site, "/movement/log", person="ada", since=at_s)["items"]
    assert {row["camera"]: row["certainty"] for row in rows} == {
        "door": "two_places",
        "hall": "two_places",
        "yard": "two_places",
        "gate": "named",
    }
    assert {row["name"] for row in rows} == {"Ada"}  # marked, and nothing else


def test_learned_times_are_listed_and_confirmed(site: Api) -> None:
    times = {(t["from_camera"], t["to_camera"]): t for t in ask(site, "/movement/travel")}
    assert times["door", "hall"]["typical_s"] == 20
    assert not times["door", "hall"]["confirmed"]
    path = "/api/v1/movement/travel/door/hall"
    confirmed = site.call("PUT", path, json={"confirmed": True}).json()
    assert confirmed["confirmed"]
    assert not site.call("PUT", path, json={"confirmed": False}).json()["confirmed"]
    unknown = site.call("PUT", "/api/v1/movement/travel/door/attic", json={"confirmed": True})
    assert unknown.status_code == 422


def test_who_was_with_somebody_and_who_was_here(site: Api) -> None:
    (bob,) = ask(site, "/movement/together", person="ada")
    assert (bob["name"], bob["times"]) == ("Bob", 1)
    here = ask(site, "/movement/present", since=NOON_S, until=NOON_S + 20)
    assert [(row["name"], row["seconds"]) for row in here] == [("Ada", 10), ("Bob", 7)]
    missing = site.call("GET", "/api/v1/movement/together", params={"person": "nobody"})
    assert missing.status_code == 404


def test_sums_are_of_the_asked_time_and_zone(site: Api) -> None:
    hours = ask(site, "/movement/hours", zone="Europe/Berlin")
    assert hours["week"][1][13] == 4
    assert hours["cameras"] == {"door": 5, "hall": 4, "yard": 4}
    assert {camera: sum(day) for camera, day in hours["by_hour"].items()} == hours["cameras"]
    assert sum(day[13] for day in hours["by_hour"].values()) == 4
    assert ask(site, "/movement/flow")[0]["walks"] == 3
    assert ask(site, "/movement/dwell", since=NOON_S, until=NOON_S + 100)[0]["camera"] == "door"
    days = ask(site, "/movement/days", person="bob")
    assert [(day["date"], day["visits"]) for day in days] == [("2026-11-24", 4)]
    people = ask(site, "/movement/occupancy", since=NOON_S, until=NOON_S + 80, step=20)["people"]
    assert people == [1, 1, 2, 1, 1]


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/movement/hours", {"zone": "Europe/Nowhere"}),
        ("/movement/hours", {"zone": "../../etc/passwd"}),
        ("/movement/present", {"since": 20, "until": 10}),
        ("/movement/occupancy", {"since": 0, "until": 1e9, "step": 1}),
        ("/movement/suggestions", {"since": 0, "until": 1e9}),
        ("/movement/log", {"cursor": "nonsense"}),
    ],
)
def test_a_question_without_sense_is_refused_in_words(
    site: Api, path: str, params: dict[str, Any]
) -> None:
    answer = site.call("GET", f"/api/v1{path}", params=params)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"]


def test_who_may_see_the_door_alone_gets_the_log_of_the_door_and_nothing_of_the_site(
    site: Api,
) -> None:
    maker = Principal("m", "m", SCOPES[Role.ADMIN])
    door = site.parts.directory.id_of("door")
    _, key = site.parts.accounts.keys.create(
        "limited", SCOPES[Role.VIEWER], maker, 1.0, cameras={door}
    )

    def get(path: str) -> Any:
        return site.call("GET", f"/api/v1{path}", role="nobody", headers={"x-api-key": key})

    rows = get("/movement/log?limit=200").json()["items"]
    assert {row["camera"] for row in rows} == {"door"}
    assert {row["from_camera"] for row in rows} == {None}
    for path in ("/visits", "/movement/travel", "/movement/flow", "/movement/together?person=ada"):
        assert get(path).status_code == 403, path


def test_the_place_of_a_camera_is_that_of_who_it_sees(site: Api) -> None:
    hall = site.parts.directory.get(site.parts.directory.id_of("hall"))
    site.parts.directory.update(replace(hall, place=CameraPlace(lat=52.5, lon=13.4)))
    rows = ask(site, "/movement/log", camera="hall")["items"]
    assert {(row["lat"], row["lon"]) for row in rows} == {(52.5, 13.4)}
