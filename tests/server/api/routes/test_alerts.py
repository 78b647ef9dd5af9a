"""Alerts over HTTP: what is written down, why somebody was told, and who may know."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from lookout.server.alerts.documents.channel import MASK
from lookout.server.alerts.keeper import Keeper
from lookout.server.events.feed import EventFeed
from lookout.server.events.types import EventType
from lookout.server.storage.alert_records import Delivery
from lookout.server.storage.records import Event, Person, Sighting, new_id
from tests.support.api import Api
from tests.support.receivers import HttpReceiver

SQUARE = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]
RING = [[8, 50], [9, 50], [9, 51], [8, 50]]
BODIES: dict[str, dict[str, Any]] = {
    "watchlists": {"name": "Staff", "kind": "allow"},
    "zones": {"name": "porch", "camera": "door", "polygon": SQUARE},
    "fences": {"name": "yard", "geometry": {"type": "Polygon", "coordinates": [RING]}},
    "channels": {"name": "log", "kind": "file", "settings": {}},
    "rules": {"name": "door", "what": {"kind": "appears"}},
    "silences": {"until": 2e9, "matchers": {"camera": "door"}},
}


def keeper_of(api: Api) -> Keeper:
    return Keeper(api.store, EventFeed(api.store), api.parts.directory, api.folder / "alerts")


def seen(api: Api, person: str, sighting: str, camera: str = "door") -> None:
    now_s = time.time()
    api.store.sightings.add(Sighting(sighting, camera, now_s, now_s, "known", person))
    detail = {"state": "known", "margin": 0.3}
    event = Event(new_id(), EventType.SIGHTING_BEGAN, now_s, camera, person, sighting, detail)
    api.store.events.add(event)


@pytest.fixture
def ada(api: Api) -> Person:
    person = Person(new_id(), "Ada", 1.0)
    api.store.people.add(person)
    return person


@pytest.mark.parametrize("noun", list(BODIES))
def test_each_noun_is_written_read_changed_and_deleted(api: Api, noun: str) -> None:
    path, body = f"/api/v1/{noun}", BODIES[noun]
    made = api.call("POST", path, json=body)
    assert made.status_code == 201, made.text
    one = f"{path}/{made.json()['id']}"
    assert api.call("GET", one).json() == made.json()
    assert [item["id"] for item in api.call("GET", path).json()["items"]] == [made.json()["id"]]
    key = "comment" if noun == "silences" else "name"
    changed = api.call("PATCH", one, json={key: "another"})
    assert changed.json() == made.json() | {key: "another"}
    assert api.call("PUT", one, json=body).json() == made.json()
    misspelt = api.call("PATCH", one, json={"namme": "x", "untill": 3})
    assert misspelt.status_code == 422
    assert "did you mean" in misspelt.json()["error"]["message"]
    assert api.call("DELETE", one).status_code == 204
    assert api.call("GET", one).status_code == 404
    actions = {entry["action"] for entry in api.call("GET", "/api/v1/audit").json()["items"]}
    singular = noun.removesuffix("s")
    assert {f"{singular}.{verb}" for verb in ("add", "change", "delete")} <= actions


def test_a_misspelt_key_of_a_new_rule_names_the_nearest(api: Api) -> None:
    answer = api.call("POST", "/api/v1/rules", json=BODIES["rules"] | {"chanels": []})
    assert answer.status_code == 422
    assert "did you mean 'channels'?" in answer.text


def test_a_rule_names_only_what_is_there_and_holds_it(api: Api) -> None:
    rule = BODIES["rules"] | {"who": {"kind": "list", "lists": ["wat_gone"]}}
    answer = api.call("POST", "/api/v1/rules", json=rule)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_definition")
    made = api.call("POST", "/api/v1/watchlists", json=BODIES["watchlists"]).json()["id"]
    rule["who"] = {"kind": "list", "lists": [made]}
    assert api.call("POST", "/api/v1/rules", json=rule).status_code == 201
    refused = api.call("DELETE", f"/api/v1/watchlists/{made}")
    assert refused.status_code == 409
    assert "the rule 'door' needs this watchlist" in refused.text


def test_secrets_of_a_channel_are_shown_to_nobody(api: Api) -> None:
    settings = {"url": "https://hook.example/a", "secret": "s3cret"}
    body = {"name": "hook", "kind": "webhook", "settings": settings}
    made = api.call("POST", "/api/v1/channels", json=body)
    assert made.json()["settings"]["secret"] == MASK
    one = f"/api/v1/channels/{made.json()['id']}"
    api.call("PUT", one, json=body | {"settings": made.json()["settings"], "name": "again"})
    (kept,) = api.store.definitions.all("channel")
    assert kept.body["settings"] == settings | {
        "template": None,
        "content_type": "application/json",
        "headers": {},
        "opens": False,
    }
    assert "s3cret" not in api.call("GET", "/api/v1/channels").text
    wrong = api.call("POST", "/api/v1/channels", json=body | {"settings": {"url": "ftp://s3cret"}})
    assert wrong.status_code == 422
    assert "s3cret" not in wrong.text


def test_only_an_admin_chooses_where_the_server_sends(api: Api) -> None:
    answer = api.call("POST", "/api/v1/channels", role="operator", json=BODIES["channels"])
    assert answer.status_code == 403


def test_a_channel_is_tried_and_says_what_the_other_side_answered(api: Api) -> None:
    with HttpReceiver([(200, {}), (503, {})]) as receiver:
        body = {"name": "hook", "kind": "webhook", "settings": {"url": receiver.url}}
        channel = api.call("POST", "/api/v1/channels", json=body).json()["id"]
        path = f"/api/v1/channels/{channel}/test"
        assert api.call("POST", path).json() == {"taken": True, "answer": '200 OK {"said": "200"}'}
        second = api.call("POST", path).json()
        assert second["taken"] is False
        assert "answered 503" in second["answer"]
        assert receiver.requests[0].json["title"] == "This is a test"


def test_an_alert_is_listed_explained_acknowledged_and_is_the_latest(api: Api, ada: Person) -> None:
    assert api.call("GET", "/alerts/latest").json() is None
    rule = api.call("POST", "/api/v1/rules", json=BODIES["rules"]).json()["id"]
    night = BODIES["rules"] | {"name": "garden", "where": {"cameras": ["garden"]}}
    api.call("POST", "/api/v1/rules", json=night)
    keeper = keeper_of(api)
    keeper.round()
    seen(api, ada.id, "sgt_1")
    keeper.round()
    (alert,) = api.call("GET", "/api/v1/alerts", params={"state": "firing"}).json()["items"]
    assert (alert["title"], alert["rule"], alert["rule_name"]) == ("Ada, door", rule, "door")
    assert api.call("GET", "/alerts/latest").json() == alert
    explained = api.call("GET", "/api/v1/alerts/explain", params={"sighting": "sgt_1"}).json()
    assert [(one["matched"], one["outcome"], one["words"]) for one in explained["rules"]] == [
        (True, "told", "somebody appears"),
        (False, "none", "the camera is 'door', not one it asks for"),
    ]
    said = api.call("POST", f"/api/v1/alerts/{alert['id']}/acknowledge", role="operator").json()
    assert (said["state"], said["acknowledged_by"]) == ("acknowledged", "key:operator")
    over = api.call("POST", f"/api/v1/alerts/{alert['id']}/resolve").json()
    assert (over["state"], over["acknowledged_by"]) == ("resolved", "key:operator")
    assert api.call("POST", f"/api/v1/alerts/{alert['id']}/resend").status_code == 409
    keeper.close(5)


def test_a_message_that_was_given_up_is_sent_again_under_its_id(api: Api, ada: Person) -> None:
    api.call("POST", "/api/v1/rules", json=BODIES["rules"])
    keeper = keeper_of(api)
    keeper.round()
    seen(api, ada.id, "sgt_1")
    keeper.round()
    keeper.close(5)
    (alert,) = api.store.alerts.page(1).items
    dead = Delivery("del_1", alert.id, "chn_1", "told", "dead", 1.0, 1.0, 9, answer="451 busy")
    api.store.deliveries.add(dead)
    listed = api.call("GET", f"/api/v1/alerts/{alert.id}").json()["deliveries"]
    assert [(one["state"], one["last_error"]) for one in listed] == [("dead", "451 busy")]
    (again,) = api.call("POST", f"/api/v1/alerts/{alert.id}/resend").json()["deliveries"]
    assert (again["id"], again["state"], again["attempts"]) == ("del_1", "waiting", 0)


def test_a_rule_is_tried_on_what_has_happened(api: Api, ada: Person) -> None:
    seen(api, ada.id, "sgt_1")
    trial = {"rule": BODIES["rules"], "until": time.time() + 60}
    (tried,) = [
        one
        for one in api.call("POST", "/api/v1/rules/dry-run", json=trial).json()["items"]
        if one["notice"] == "told"
    ]
    assert (tried["person"], tried["camera"], tried["words"]) == (
        ada.id,
        "door",
        "somebody appears",
    )
    assert api.store.alerts.page(1).items == ()


def test_whoever_may_know_of_one_camera_gets_nothing_of_the_others(api: Api, ada: Person) -> None:
    api.call("POST", "/api/v1/rules", json=BODIES["rules"])
    keeper = keeper_of(api)
    keeper.round()
    for camera in ("door", "garden"):
        seen(api, ada.id, f"sgt_{camera}", camera)
        keeper.round()
        (alert, *_) = api.store.alerts.page(1).items
        api.store.alerts.put(replace(alert, id=f"alr_{camera}", camera=camera, state="resolved"))
    keeper.close(5)
    door = api.parts.directory.id_of("door")
    made = api.call(
        "POST",
        "/api/v1/keys",
        json={"name": "panel", "rights": ["sightings:read"], "cameras": [door]},
    ).json()
    headers = {"x-api-key": made["key"]}

    def ask(path: str, **params: str) -> Any:
        return api.call("GET", path, role="nobody", headers=headers, params=params)

    listed = ask("/api/v1/alerts").json()["items"]
    assert {(one["camera"], one["camera_name"]) for one in listed} == {(door, "door")}
    assert all("Ada" not in one["title"] for one in listed)  # without the right to know people
    assert ask("/api/v1/alerts/alr_garden").status_code == 404
    assert ask("/api/v1/alerts/explain", sighting="sgt_garden").status_code == 404
    assert ask("/alerts/latest").json()["camera"] == door
    assert ask("/api/v1/rules").status_code == 403


def test_the_site_has_a_time_zone_and_a_profile(api: Api) -> None:
    given = {"name": "Cabin", "time_zone": "Europe/Oslo", "profile": "away", "address": ""}
    assert api.call("PUT", "/api/v1/site", json=given).json() == given
    assert api.call("GET", "/api/v1/site").json() == given
    wrong = api.call("PUT", "/api/v1/site", json=given | {"time_zone": "Oslo"})
    assert (wrong.status_code, "no time zone 'Oslo'" in wrong.text) == (422, True)


def test_somebody_is_looked_for_by_one_photograph(
    api: Api, astronaut: bytes, astronaut_again: bytes
) -> None:
    path = "/api/v1/watchlists"
    missing = api.call("POST", path, json={"name": "Missing", "kind": "alert"}).json()["id"]
    files = {"file": ("a.jpg", astronaut, "image/jpeg")}
    params = {"name": "Eileen Collins"}
    answer = api.call("POST", f"{path}/{missing}/photographs", files=files, params=params)
    assert answer.status_code == 201, answer.text
    person = answer.json()["person"]
    assert api.call("GET", f"{path}/{missing}").json()["people"] == [person]
    assert api.call("GET", f"/api/v1/people/{person}").json()["info"] == {"wanted": missing}
    again = {"file": ("b.jpg", astronaut_again, "image/jpeg")}
    (face,) = api.call("POST", "/api/v1/recognize", files=again).json()["faces"]
    assert face["person"]["id"] == person
    api.call("DELETE", f"/api/v1/people/{person}")
    assert api.call("GET", f"{path}/{missing}").json()["people"] == []


def test_a_photograph_without_a_face_makes_nobody_known(api: Api, landscape: bytes) -> None:
    path = "/api/v1/watchlists"
    missing = api.call("POST", path, json={"name": "Missing", "kind": "alert"}).json()["id"]
    files = {"file": ("a.jpg", landscape, "image/jpeg")}
    params = {"name": "Nobody"}
    answer = api.call("POST", f"{path}/{missing}/photographs", files=files, params=params)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "no_face")
    assert api.call("GET", "/api/v1/people").json()["items"] == []
    gone = api.call("POST", f"{path}/wat_gone/photographs", files=files, params=params)
    assert gone.status_code == 404
