"""The federation over HTTP: invitations, members, rounds; weight files as before Lookout."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lookout.server.federated.members import Members
from lookout.server.federated.plan import RoundPlan
from tests.server.federated.federation import ENCODER, NOW_S, counted, federation
from tests.support.api import Api

PATH = "/api/v1/federated"


def npz(**arrays: npt.ArrayLike) -> bytes:
    content = io.BytesIO()
    np.savez(content, allow_pickle=True, **{name: np.asarray(a) for name, a in arrays.items()})
    return content.getvalue()


def upload(api: Api, content: bytes) -> Any:
    files = {"file": ("site.npz", content, "application/octet-stream")}
    return api.call("POST", f"{PATH}/weights", files=files)


def test_a_machine_without_a_part_says_so(api: Api) -> None:
    nothing = {"coordinator": None, "site": None, "last_round": None}
    assert api.call("GET", PATH).json() == nothing
    assert api.call("GET", f"{PATH}/rounds").json() == {"items": [], "cursor": None}
    answer = api.call("POST", f"{PATH}/invitations", json={"name": "Lyon"})
    assert answer.status_code == 404
    assert "coordinates nothing" in answer.text
    assert api.call("POST", f"{PATH}/back").status_code == 404


def test_only_an_administrator_looks_at_a_federation(api: Api) -> None:
    for path in (PATH, f"{PATH}/rounds", f"{PATH}/log", "/face/fl/status"):
        assert api.call("GET", path, role="operator").status_code == 403


def test_a_site_is_invited_seen_and_let_go(api: Api, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "federated" / "coordinator"
    members = Members.found(folder, lambda: NOW_S, "federation.example:8443")
    invitation = api.call("POST", f"{PATH}/invitations", json={"name": "Lyon"})
    assert invitation.status_code == 201
    given = invitation.json()
    assert (given["name"], given["address"]) == ("Lyon", "federation.example:8443")
    site = members.admit(given["token"], bytes(range(32)))["site"]
    coordinator = api.call("GET", PATH).json()["coordinator"]
    assert coordinator["address"] == "federation.example:8443"
    assert coordinator["serving"] is False
    (member,) = coordinator["members"]
    assert (member["id"], member["name"], member["left_at"]) == (site, "Lyon", None)
    assert api.call("DELETE", f"{PATH}/members/{site}").status_code == 204
    assert api.call("DELETE", f"{PATH}/members/{site}").status_code == 404
    (member,) = api.call("GET", PATH).json()["coordinator"]["members"]
    assert member["left_at"] is not None
    noted = [entry["what"] for entry in api.call("GET", f"{PATH}/log").json()["items"]]
    assert set(noted) == {"left", "joined", "invited", "founded"}
    audit = api.call("GET", "/api/v1/audit").json()["items"]
    actions = {entry["action"] for entry in audit}
    assert {"federation.invite", "federation.remove"} <= actions


def test_a_round_is_shown_with_what_it_rests_on(api: Api, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "federated" / "coordinator"
    members = Members.found(folder, lambda: NOW_S, "federation.example:8443")
    sites = {"sit_a": counted({20: 100}), "sit_b": counted({25: 300})}
    here = federation(tmp_path, sites, coordinator=(members.key, folder))
    here.coordinator.run(RoundPlan(ENCODER), here)
    (shown,) = api.call("GET", f"{PATH}/rounds").json()["items"]
    assert (shown["version"], shown["strangers"], shown["people"]) == (1, 400, 20)
    assert shown["sites"] == ["sit_a", "sit_b"]
    assert shown["epsilon"] is None
    assert 0 < shown["allowed"] <= 0.1
    assert api.call("GET", PATH).json()["last_round"] == shown


def test_why_a_site_is_missing_has_a_code_in_its_round_and_in_the_log(
    api: Api, tmp_path: Path
) -> None:
    folder = tmp_path / "data" / "federated" / "coordinator"
    members = Members.found(folder, lambda: NOW_S, "federation.example:8443")
    sites = dict.fromkeys(("sit_a", "sit_b", "sit_c"), counted({20: 100}))
    here = federation(tmp_path, sites, coordinator=(members.key, folder))
    here.lost = lambda site, body: site == "sit_c" and body["kind"] == "count"
    here.coordinator.run(RoundPlan(ENCODER), here)
    (shown,) = api.call("GET", f"{PATH}/rounds").json()["items"]
    silent: dict[str, Any] = {"code": "silent", "values": {}, "cause": None}
    silent["message"] = "was silent"
    assert (shown["missing"], shown["reasons"]) == ({"sit_c": "was silent"}, {"sit_c": silent})
    lines = api.call("GET", f"{PATH}/log").json()["items"]
    (noted,) = [line for line in lines if line["what"] == "round"]
    assert (noted["reason"], noted["reasons"]) == (None, {"sit_c": silent})
    told = {line["reason"]["code"] for line in lines if line["what"] == "told"}
    assert told <= {"not_better", "more_people", "fewer_strangers", "few_judges"}
    assert told


def test_weight_files_are_uploaded_and_averaged_by_people(api: Api) -> None:
    none = api.call("POST", "/face/fl/aggregate")
    assert none.status_code == 422
    assert "at least one local weight file is needed" in none.text
    assert api.call("GET", f"{PATH}/weights/average").status_code == 404
    for values, people in (([0.0, 4.0], 1), ([8.0, 0.0], 3)):
        assert upload(api, npz(w=values, people=people)).status_code == 201
    status = api.call("GET", "/face/fl/status").json()
    assert (status["local_weights"], status["last_aggregate"]) == (2, None)
    mean = api.call("POST", "/face/fl/aggregate").json()
    assert (mean["people"], mean["arrays"]) == (4, {"w": [2]})
    assert api.call("GET", "/face/fl/status").json()["last_aggregate"] == mean
    file = api.call("GET", f"{PATH}/weights/average").content
    with np.load(io.BytesIO(file), allow_pickle=False) as stored:
        assert stored["w"].tolist() == [6.0, 1.0]


def test_a_pickle_is_no_weight_file(api: Api) -> None:
    refused = upload(api, npz(w=np.array([{"a": 1}], object)))
    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == "bad_weights"
    assert api.call("GET", f"{PATH}/weights").json()["items"] == []


def test_files_that_do_not_fit_together_are_said_to_differ(api: Api) -> None:
    first = upload(api, npz(w=[1.0])).json()
    upload(api, npz(w=[1.0, 2.0]))
    answer = api.call("POST", "/face/fl/aggregate")
    assert answer.status_code == 422
    assert "the files differ" in answer.text
    assert api.call("DELETE", f"{PATH}/weights/{first['id']}").status_code == 204
    assert api.call("DELETE", f"{PATH}/weights/{first['id']}").status_code == 404
    assert api.call("POST", "/face/fl/aggregate").status_code == 200
