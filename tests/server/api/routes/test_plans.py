"""Floor plans are kept, shown to who may see a camera on them, and removed from under cameras."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from lookout.server.cameras.plans import MOST_PLANS
from lookout.server.imaging.jpeg import decode_bgr
from lookout.server.storage.plan_records import Plan
from tests.support.api import Api, encoded

DRAWING = np.full((900, 3200, 3), 255, np.uint8)
cv2.rectangle(DRAWING, (400, 100), (2800, 800), (0, 0, 0), 12)


def add(api: Api, name: str = "Ground floor", **form: Any) -> Any:
    files = {"file": ("plan.png", encoded(DRAWING, ".png"))}
    answer = api.call("POST", "/api/v1/plans", files=files, data={"name": name, **form})
    assert answer.status_code == 201, answer.text
    return answer.json()


def add_camera(api: Api, name: str, place: Any) -> Any:
    given = {"name": name, "address": f"rtsp://10.0.0.7/{name}", "place": place}
    return api.call("POST", "/api/v1/cameras", json=given)


def test_a_plan_is_kept_smaller_and_encoded_anew(api: Api) -> None:
    plan = add(api, width_m=24)
    assert plan["id"].startswith("pla_")
    assert (plan["width"], plan["height"], plan["width_m"]) == (1600, 450, 24)
    picture = api.call("GET", plan["image"], role="viewer")
    assert picture.headers["content-type"] == "image/jpeg"
    shown = decode_bgr(picture.content)
    assert shown.shape == (450, 1600, 3)
    assert shown[225, 200].max() < 60  # the wall
    assert shown[225, 800].min() > 240  # and the room
    assert api.call("GET", "/api/v1/plans", role="viewer").json() == {
        "items": [plan],
        "cursor": None,
    }


def test_a_plan_is_renamed_measured_and_refused_in_words(api: Api) -> None:
    plan, other = add(api), add(api, "Attic")
    path = f"/api/v1/plans/{plan['id']}"
    changed = api.call("PATCH", path, json={"name": "Cellar", "width_m": 12.5}).json()
    assert (changed["name"], changed["width_m"]) == ("Cellar", 12.5)
    assert api.call("PATCH", path, json={"width_m": None}).json()["width_m"] is None
    assert api.call("PATCH", path, json={"width_m": -1}).status_code == 422
    assert api.call("PATCH", path, json={"name": other["name"]}).status_code == 409
    text = {"file": ("plan.png", b"<svg></svg>")}
    refused = api.call("POST", "/api/v1/plans", files=text, data={"name": "x"})
    assert refused.status_code == 415
    assert api.call("POST", "/api/v1/plans", role="operator", files=text).status_code == 403
    assert api.call("GET", "/api/v1/plans/pla_none/image").status_code == 404


def test_no_more_plans_are_kept_than_the_bound(api: Api) -> None:
    for number in range(MOST_PLANS):
        api.store.plans.add(Plan(f"pla_{number}", f"{number}", (16, 16), 1.0), b"jpeg")
    files = {"file": ("plan.png", encoded(DRAWING, ".png"))}
    answer = api.call("POST", "/api/v1/plans", files=files, data={"name": "one more"})
    assert answer.json()["error"]["code"] == "bad_plan"
    assert str(MOST_PLANS) in answer.text


def test_a_camera_stands_on_the_map_and_on_a_plan_until_the_plan_goes(api: Api) -> None:
    plan = add(api)
    place = {"lat": 52.5, "lon": 13.4, "plan": plan["id"], "x": 0.25, "y": 0.5}
    camera = add_camera(api, "hall", place).json()
    assert camera["place"]["x"] == 0.25
    only_there = {"plan": plan["id"], "x": 0.5, "y": 0.5, "heading_deg": 90}
    attic = add_camera(api, "attic", only_there).json()
    ring = [[0, 0], [1, 0], [1, 1], [0, 0]]
    fence = {"name": "floor", "space": "plan", "plan": plan["id"]}
    fence |= {"geometry": {"type": "Polygon", "coordinates": [ring]}}
    fence = api.call("POST", "/api/v1/fences", json=fence).json()
    path = f"/api/v1/plans/{plan['id']}"
    assert "fence 'floor'" in api.call("DELETE", path).text
    assert api.call("DELETE", f"/api/v1/fences/{fence['id']}").status_code == 204
    assert api.call("DELETE", path).status_code == 204
    hall = api.call("GET", f"/api/v1/cameras/{camera['id']}").json()
    assert (hall["place"]["lat"], hall["place"]["plan"], hall["place"]["x"]) == (52.5, None, None)
    assert api.call("GET", f"/api/v1/cameras/{attic['id']}").json()["place"] is None
    assert api.call("GET", path).status_code == 404


@pytest.mark.parametrize(
    "place",
    [
        {"lat": 52.5},
        {"plan": "pla_nowhere", "x": 0.5, "y": 0.5},
        {"x": 0.5, "y": 0.5},
        {"heading_deg": 90},
    ],
)
def test_a_place_that_is_none_is_refused(api: Api, place: Any) -> None:
    assert add_camera(api, "hall", place).json()["error"]["code"] == "bad_camera"


def test_who_may_see_one_camera_sees_the_plan_it_stands_on(api: Api) -> None:
    ground, attic = add(api), add(api, "Attic")
    camera = add_camera(api, "hall", {"plan": ground["id"], "x": 0.5, "y": 0.5}).json()
    limited = {"name": "panel", "rights": ["cameras:read"], "cameras": [camera["id"]]}
    headers = {"x-api-key": api.call("POST", "/api/v1/keys", json=limited).json()["key"]}

    def ask(path: str) -> Any:
        return api.call("GET", f"/api/v1/plans{path}", role="nobody", headers=headers)

    assert ask("").json()["items"] == [ground]
    assert ask(f"/{ground['id']}/image").status_code == 200
    assert ask(f"/{attic['id']}").status_code == 404
    assert ask(f"/{attic['id']}/image").status_code == 404
