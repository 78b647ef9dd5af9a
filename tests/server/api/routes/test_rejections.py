"""What was said of a face is listed and taken back over HTTP, as on the edge's page."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lookout.faces.protocols import Encoder
from lookout.server.gallery.negatives_watch import NegativesWatch
from lookout.server.gallery.rejections import reject_encodings, take_back
from lookout.server.storage.records import FaceSample, Person, Sighting
from tests.support.api import Api

FACE = np.eye(128, dtype=np.float32)


@pytest.fixture
def api(make_api: Any, encoder: Encoder, tmp_path: Path) -> Api:
    """Ada is known by a sample, and was seen, which was wrong."""
    file = tmp_path / "encodings.pkl"
    watch = NegativesWatch(file, encoder)
    made: Api = make_api(
        negatives=watch.newest,
        reject=lambda label, faces, camera: reject_encodings(
            file, encoder, label, faces, where=camera
        ),
        rejections=lambda: watch.newest().rejections,
        take_back=functools.partial(take_back, file, encoder),
    )
    made.store.people.add(Person("ada", "Ada", 1.0))
    made.store.samples.add(FaceSample("s", "ada", FACE[0], encoder.name, "upload", 1.0))
    made.store.sightings.add(
        Sighting(
            *("seen", "door", 1.0, 2.0, "known"),
            person="ada",
            encoding=FACE[3],
            encoder=encoder.name,
            detail={"votes": 3},
        )
    )
    made.parts.known.renew()
    return made


def listed(api: Api) -> list[dict[str, Any]]:
    answer = api.call("GET", "/api/v1/rejections", role="viewer")
    assert answer.status_code == 200
    return list(answer.json())


def audited(api: Api, action: str) -> list[tuple[str, str]]:
    entries = api.call("GET", "/api/v1/audit", params={"action": action}).json()["items"]
    return [(entry["actor"], entry["subject"]) for entry in entries]


def test_a_rejection_is_listed_and_taken_back_with_the_message_of_the_edge(api: Api) -> None:
    assert api.call("POST", "/api/v1/sightings/seen/reject").status_code == 200
    (rejection,) = listed(api)
    at = rejection.pop("at")
    assert rejection == {
        "person": "ada",
        "name": "Ada",
        "camera": "door",
        "faces": 1,
        "ignored": False,
    }
    answer = api.call("DELETE", f"/api/v1/rejections/{at!r}", role="operator")
    assert answer.json() == {"message": "Taken back. A face like this one may be called Ada again."}
    assert listed(api) == []
    assert audited(api, "rejection.take_back") == [("key:operator", "ada")]
    again = api.call("DELETE", f"/api/v1/rejections/{at!r}")
    assert (again.status_code, again.json()["error"]["code"]) == (404, "not_found")


def test_who_was_ignored_is_no_longer(api: Api) -> None:
    api.call("POST", "/api/v1/sightings/seen/reject")
    assert api.call("POST", "/api/v1/sightings/seen/ignore").status_code == 200
    ignored = listed(api)[0]
    assert (ignored["ignored"], ignored["person"], ignored["name"]) == (True, None, None)
    answer = api.call("DELETE", f"/api/v1/rejections/{ignored['at']!r}")
    assert answer.json() == {"message": "Taken back. This person is no longer ignored."}
    assert [one["name"] for one in listed(api)] == ["Ada"]


def test_a_sighting_is_of_its_person_again(api: Api) -> None:
    before = api.call("GET", "/api/v1/sightings/seen").json()
    api.call("POST", "/api/v1/sightings/seen/reject")
    answer = api.call("DELETE", "/api/v1/sightings/seen/reject", role="operator")
    assert answer.json()["message"].startswith("Taken back. A face like this one may be called Ada")
    assert api.call("GET", "/api/v1/sightings/seen").json() == before
    assert listed(api) == []
    assert audited(api, "sighting.take_back") == [("key:operator", "ada")]
    again = api.call("DELETE", "/api/v1/sightings/seen/reject")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "not_rejected")


def test_a_sighting_whose_rejection_was_taken_back_elsewhere_is_put_right(api: Api) -> None:
    api.call("POST", "/api/v1/sightings/seen/reject")
    api.call("DELETE", f"/api/v1/rejections/{listed(api)[0]['at']!r}")
    assert api.call("DELETE", "/api/v1/sightings/seen/reject").status_code == 200
    assert api.call("GET", "/api/v1/sightings/seen").json()["person"] == "ada"


def test_a_viewer_takes_nothing_back(api: Api) -> None:
    api.call("POST", "/api/v1/sightings/seen/reject")
    at = listed(api)[0]["at"]
    for path in (f"/api/v1/rejections/{at!r}", "/api/v1/sightings/seen/reject"):
        assert api.call("DELETE", path, role="viewer").status_code == 403
    assert len(listed(api)) == 1


def test_merging_over_http_keeps_what_was_rejected_of_both(
    api: Api, encoder: Encoder, tmp_path: Path
) -> None:
    file = tmp_path / "encodings.pkl"
    api.store.people.add(Person("eve", "Eve", 1.0))
    api.store.samples.add(FaceSample("t", "eve", FACE[1], encoder.name, "upload", 1.0))
    api.parts.known.renew()
    reject_encodings(file, encoder, "Ada", FACE[None, 5], where="door")
    reject_encodings(file, encoder, "Eve", FACE[None, 6], where="yard")
    merged = api.call("POST", "/api/v1/people/eve/merge", json={"into": "ada"})
    assert merged.json()["samples"] == 2
    assert [(one["name"], one["camera"]) for one in listed(api)] == [
        ("Ada", "yard"),
        ("Ada", "door"),
    ]
    merge = merged.json()["merge"]
    assert [one["name"] for one in merges(api)] == ["Eve"]
    back = api.call("DELETE", f"/api/v1/people/ada/merges/{merge}")
    assert (back.json()["id"], back.json()["samples"]) == ("eve", 1)
    assert [(one["name"], one["camera"]) for one in listed(api)] == [
        ("Eve", "yard"),
        ("Ada", "door"),
    ]
    assert merges(api) == []
    assert api.call("DELETE", f"/api/v1/people/ada/merges/{merge}").status_code == 404


def merges(api: Api) -> list[dict[str, Any]]:
    answer = api.call("GET", "/api/v1/people/ada/merges", role="viewer")
    assert answer.status_code == 200
    return list(answer.json()["items"])
