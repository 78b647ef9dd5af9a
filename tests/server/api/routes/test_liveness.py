"""Liveness over HTTP: in the answers of recognition, on its own route, and at enrolment."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lookout.faces.decision.liveness_demand import LivenessDemand
from lookout.server.inference.liveness_check import LivenessCheck
from tests.support.api import Api
from tests.support.toy_liveness import ToyLiveness

MakeApi = Callable[..., Api]


def api_that_sees(make_api: MakeApi, evidence: float, demand: LivenessDemand) -> Api:
    return make_api(liveness=LivenessCheck(demand, ToyLiveness(evidence)))


def enrolled(api: Api, picture: bytes) -> str:
    person = api.call("POST", "/api/v1/people", json={"name": "Eileen"}).json()["id"]
    path = f"/api/v1/people/{person}/samples?keep_anyway=true"
    answer = api.call("POST", path, files=[("files", ("a.jpg", picture))])
    assert answer.status_code == 201, answer.text
    return str(person)


@pytest.mark.parametrize(("evidence", "state"), [(2.0, "live"), (-2.0, "spoof")])
def test_recognition_names_the_face_and_says_whether_it_is_live(
    make_api: MakeApi, astronaut: bytes, evidence: float, state: str
) -> None:
    api = api_that_sees(make_api, evidence, LivenessDemand.MARK)
    enrolled(api, astronaut)
    answer = api.call("POST", "/api/v1/recognize", files={"file": astronaut}).json()
    (face,) = answer["faces"]
    assert face["person"]["name"] == "Eileen"
    assert (face["liveness"]["state"], face["liveness"]["model"]) == (state, "toy")
    codes = [reason["code"] for reason in face["liveness"]["reasons"]]
    assert codes == ([] if state == "live" else ["looks_flat"])


def test_where_a_live_face_is_required_a_picture_is_not_named_by_any_route(
    make_api: MakeApi, astronaut: bytes
) -> None:
    api = api_that_sees(make_api, -2.0, LivenessDemand.REQUIRE)
    enrolled(api, astronaut)
    (face,) = api.call("POST", "/api/v1/recognize", files={"file": astronaut}).json()["faces"]
    assert (face["state"], face["person"]) == ("unsure", None)
    assert "live" in face["reasons"][0]
    assert all(candidate["similarity"] <= 0.39 for candidate in face["candidates"])
    known = api.call("POST", "/v1/vision/face/recognize", files={"image": astronaut}).json()
    assert [found["userid"] for found in known["predictions"]] == ["unknown"]


def test_the_route_of_liveness_judges_every_face(make_api: MakeApi, astronaut: bytes) -> None:
    api = api_that_sees(make_api, 2.0, LivenessDemand.MARK)
    answer = api.call("POST", "/api/v1/liveness", files={"file": astronaut})
    assert answer.status_code == 200
    (face,) = answer.json()["faces"]
    assert face["liveness"]["state"] == "live"
    assert face["liveness"]["score"] == pytest.approx(0.953, abs=1e-3)


def test_a_server_that_does_not_look_says_so(make_api: MakeApi, astronaut: bytes) -> None:
    api = make_api()
    answer = api.call("POST", "/api/v1/liveness", files={"file": astronaut})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "liveness_off")
    (face,) = api.call("POST", "/api/v1/recognize", files={"file": astronaut}).json()["faces"]
    assert face["liveness"] is None


def test_enrolment_refuses_a_picture_of_a_picture_unless_it_is_to_be_kept(
    make_api: MakeApi, astronaut: bytes
) -> None:
    api = api_that_sees(make_api, -2.0, LivenessDemand.MARK)
    person = api.call("POST", "/api/v1/people", json={"name": "Eileen"}).json()["id"]
    path = f"/api/v1/people/{person}/samples"
    refused = api.call("POST", path, files=[("files", ("a.jpg", astronaut))])
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "spoof")
    kept = api.call("POST", f"{path}?keep_anyway=true", files=[("files", ("a.jpg", astronaut))])
    assert kept.status_code == 201


@pytest.mark.parametrize(
    ("path", "field", "form", "status"),
    [
        ("/api/v1/recognition/faces?subject=Eileen", "file", {}, 400),
        ("/v1/vision/face/register?", "image", {"userid": "Eileen"}, 400),
        ("/face/upload?", "file", {"name": "Eileen"}, 422),
    ],
)
def test_the_routes_of_other_products_refuse_it_too(
    make_api: MakeApi,
    astronaut: bytes,
    path: str,
    field: str,
    form: dict[str, str],
    status: int,
) -> None:
    api = api_that_sees(make_api, -2.0, LivenessDemand.MARK)
    refused = api.call("POST", path, data=form, files={field: astronaut})
    assert refused.status_code == status
    assert "photograph of a print" in refused.text
    assert not api.store.people.find_by_name("Eileen")
    kept = api.call("POST", f"{path}&keep_anyway=true", data=form, files={field: astronaut})
    assert kept.status_code in (200, 201), kept.text
    (eileen,) = api.store.people.find_by_name("Eileen")
    assert api.store.samples.counts() == {eileen.id: 1}


def test_where_a_challenge_is_demanded_other_products_routes_ask_for_it_too(
    make_api: MakeApi, astronaut: bytes
) -> None:
    api = api_that_sees(make_api, 2.0, LivenessDemand.CHALLENGE)
    path = "/api/v1/recognition/faces?subject=Eileen"
    assert api.call("POST", path, files={"file": astronaut}).status_code == 400
    assert not api.store.people.find_by_name("Eileen")


def test_enrolment_takes_a_face_of_which_nothing_can_be_said(
    make_api: MakeApi, astronaut: bytes
) -> None:
    api = api_that_sees(make_api, 0.0, LivenessDemand.REQUIRE)
    person = api.call("POST", "/api/v1/people", json={"name": "Eileen"}).json()["id"]
    path = f"/api/v1/people/{person}/samples"
    assert api.call("POST", path, files=[("files", ("a.jpg", astronaut))]).status_code == 201


def test_a_challenge_is_told_task_by_task_and_a_still_picture_does_none(
    make_api: MakeApi, astronaut: bytes
) -> None:
    api = api_that_sees(make_api, 2.0, LivenessDemand.MARK)
    begun = api.call("POST", "/api/v1/liveness/challenge")
    assert begun.status_code == 201
    first = begun.json()
    assert (first["state"], first["done"], first["of"]) == ("waiting", 0, 3)
    assert first["words"].startswith("Look into the camera")
    path = f"/api/v1/liveness/challenge/{first['id']}/frames"
    after = api.call("POST", path, files={"file": astronaut}).json()
    assert (after["done"], after["verdict"]) == (0, "inconclusive")


def test_a_challenge_that_nobody_began_is_not_found(make_api: MakeApi, astronaut: bytes) -> None:
    api = make_api()
    path = "/api/v1/liveness/challenge/nobody/frames"
    assert api.call("POST", path, files={"file": astronaut}).status_code == 404
