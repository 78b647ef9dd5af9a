"""Cameras are entered, changed and removed over HTTP, and nobody is told a password."""

from __future__ import annotations

from typing import Any

from lookout.server.cameras.probe import ProbeVerdict
from lookout.server.live.camera_board import CameraBoard
from lookout.server.live.camera_names import CameraNames, Device
from lookout.server.storage.camera_records import CameraRecord
from tests.support.api import Api
from tests.support.server_fakes import DroppedFrames, frame

PASSWORD = "p@ss:w/rd #1?%"
YARD = {
    "name": "yard",
    "address": f"rtsp://admin:{PASSWORD}@10.0.0.7/main",
    "sub_address": "rtsp://10.0.0.7/sub",
    "place": {"lat": 52.5, "lon": 13.4},
    "privacy_masks": [[[0, 0], [0.5, 0], [0.5, 0.25]]],
}


def add(api: Api, **more: Any) -> Any:
    answer = api.call("POST", "/api/v1/cameras", json={**YARD, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_camera_is_entered_and_listed_without_its_password(api: Api) -> None:
    camera = add(api)
    assert camera["id"].startswith("cam_")
    assert (camera["kind"], camera["condition"], camera["origin"]) == ("rtsp", "offline", "api")
    assert (camera["address"], camera["user"]) == ("rtsp://10.0.0.7/main", "admin")
    assert camera["has_password"] is True
    assert camera["place"]["lat"] == 52.5
    assert api.store.cameras.get(camera["id"]).password == PASSWORD
    listed = api.call("GET", "/api/v1/cameras", role="viewer")
    assert listed.json() == [camera]
    audit = api.call("GET", "/api/v1/audit").text
    for text in (listed.text, audit):
        assert PASSWORD not in text


def test_a_camera_is_changed_switched_off_renamed_and_removed(api: Api) -> None:
    camera = add(api)
    path = f"/api/v1/cameras/{camera['id']}"
    changed = api.call("PATCH", path, json={"enabled": False, "name": "Garden"}).json()
    assert (changed["id"], changed["name"]) == (camera["id"], "Garden")
    assert changed["condition"] == "disabled"
    assert changed["place"] == camera["place"]
    assert api.store.cameras.get(camera["id"]).password == PASSWORD
    assert api.call("PATCH", path, json={"place": None}).json()["place"] is None
    assert api.call("PATCH", path, json={"password": ""}).json()["has_password"] is False
    assert api.call("DELETE", path).status_code == 204
    assert api.call("GET", path).status_code == 404


def test_an_address_that_cannot_be_is_refused_in_words(api: Api) -> None:
    given = {**YARD, "address": "gopher://admin:hidden@10.0.0.7/"}
    answer = api.call("POST", "/api/v1/cameras", json={**given, "kind": "rtsp"})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "bad_camera"
    assert "rtsp://" in answer.text
    assert "hidden" not in answer.text
    add(api)
    assert api.call("POST", "/api/v1/cameras", json=YARD).status_code == 409


def test_an_edge_is_a_camera_and_keeps_its_id_when_it_is_renamed(make_api: Any) -> None:
    board, names = CameraBoard(DroppedFrames()), CameraNames()
    api = make_api(cameras=board.cameras, camera_names=names)
    pi = Device("a" * 16)
    assert names.claim("raspberrypi", pi) == "raspberrypi"
    board.offer(frame("raspberrypi", 1), lambda _: None)
    (camera,) = api.call("GET", "/api/v1/cameras").json()
    assert (camera["name"], camera["kind"], camera["condition"]) == (
        "raspberrypi",
        "edge",
        "online",
    )
    path = f"/api/v1/cameras/{camera['id']}"
    renamed = api.call("PATCH", path, json={"name": "Front door"}).json()
    assert renamed["id"] == camera["id"]
    assert names.is_renamed("raspberrypi", pi)
    assert names.claim("raspberrypi", pi) == "Front door"
    assert names.claim("raspberrypi", Device("b" * 16)) == "raspberrypi"
    refused = api.call("PATCH", path, json={"enabled": False})
    assert refused.json()["error"]["code"] == "edge_camera"


def test_a_look_at_a_camera_uses_its_kept_password_and_says_what_is_wrong(make_api: Any) -> None:
    looked: list[CameraRecord] = []

    def probe(camera: CameraRecord) -> ProbeVerdict:
        looked.append(camera)
        return ProbeVerdict(False, "no_such_path", "the camera has no such stream")

    api = make_api(probe=probe)
    camera = add(api)
    given = {"id": camera["id"], "address": "rtsp://10.0.0.7/other"}
    answer = api.call("POST", "/api/v1/cameras/test", json=given)
    assert answer.json()["why"] == "the camera has no such stream"
    assert (looked[0].address, looked[0].password) == ("rtsp://10.0.0.7/other", PASSWORD)
    assert api.call("POST", "/api/v1/cameras/test", json={}).status_code == 422
    pasted = {"address": f"rtsp://admin:{PASSWORD}@10.0.0.7/x"}
    assert PASSWORD not in api.call("POST", "/api/v1/cameras/test", json=pasted).text
    assert looked[1].password == PASSWORD


def test_a_user_who_is_limited_to_a_camera_sees_no_other(api: Api) -> None:
    yard, hall = add(api), add(api, name="hall")
    limited = {"name": "panel", "rights": ["cameras:read"], "cameras": [hall["id"]]}
    key = api.call("POST", "/api/v1/keys", json=limited).json()["key"]
    headers = {"x-api-key": key}
    listed = api.call("GET", "/api/v1/cameras", role="nobody", headers=headers).json()
    assert [one["name"] for one in listed] == ["hall"]
    for path in ("", "/image", "/stream.mjpg"):
        path = f"/api/v1/cameras/{yard['id']}{path}"
        assert api.call("GET", path, role="nobody", headers=headers).status_code == 404


def test_what_happens_to_a_camera_is_told(api: Api) -> None:
    camera = add(api)
    path = f"/api/v1/cameras/{camera['id']}"
    api.call("PATCH", path, json={"enabled": False})
    api.call("PATCH", path, json={"name": "Garden"})
    api.call("DELETE", path)
    events = api.store.events.page(10).items
    actions = [one.detail["action"] for one in events if one.kind == "camera.changed"]
    assert actions == ["removed", "renamed", "changed", "added"]
