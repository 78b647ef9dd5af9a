"""Photographs that are poor, over HTTP: refused, or used where a person has no better one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from lookout.faces.detections import Image
from lookout.faces.photo.judgement import ONLY_ONE
from tests.server.api.routes.test_unknown import person, seen
from tests.support.api import Api, encoded


@pytest.fixture(scope="module")
def blurred(astronaut_bgr: Image) -> bytes:
    return encoded(np.asarray(cv2.GaussianBlur(astronaut_bgr, (0, 0), 2.5), np.uint8))


@pytest.fixture(scope="module")
def more_blurred(astronaut_bgr: Image) -> bytes:
    return encoded(np.asarray(cv2.GaussianBlur(astronaut_bgr, (0, 0), 3.0), np.uint8))


def send(api: Api, eileen: str, *photographs: bytes) -> Any:
    files = [("files", (f"{n}.jpg", one, "image/jpeg")) for n, one in enumerate(photographs)]
    return api.call("POST", f"/api/v1/people/{eileen}/samples", files=files)


def test_of_a_new_person_the_best_poor_photograph_is_used_and_marked(
    api: Api, blurred: bytes, more_blurred: bytes
) -> None:
    answer = send(api, person(api, "Eileen"), more_blurred, blurred)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert len(told["items"]) == 1
    (poor,), (rejected,) = told["poor"], told["rejected"]
    assert (poor["index"], rejected["index"]) == (1, 0)
    assert poor["code"] == rejected["code"] == "blurred"
    reasons = poor["details"]["reasons"]
    assert reasons[-1] == {"code": "only_one", "words": ONLY_ONE.message}
    assert ONLY_ONE.code not in str(rejected["details"])
    kept = api.call("GET", f"/api/v1/people/{told['items'][0]['person']}/samples").json()["items"]
    assert [one["poor"] for one in kept] == [True]


def test_a_poor_photograph_beside_a_good_one_is_refused_in_either_order(
    api: Api, astronaut: bytes, blurred: bytes
) -> None:
    for name, photographs in (("Ann", (blurred, astronaut)), ("Eve", (astronaut, blurred))):
        told = send(api, person(api, name), *photographs).json()
        assert (len(told["items"]), told["poor"]) == (1, [])
        assert [one["code"] for one in told["rejected"]] == ["blurred"]


def test_a_poor_photograph_of_a_person_who_has_one_is_refused(
    api: Api, astronaut: bytes, blurred: bytes
) -> None:
    eileen = person(api, "Eileen")
    send(api, eileen, astronaut)
    answer = send(api, eileen, blurred)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "blurred")


@pytest.mark.parametrize("anyway", [False, True])
def test_a_sighting_of_a_picture_is_learnt_only_where_that_is_wanted(
    api: Api, astronaut: bytes, anyway: bool
) -> None:
    view = seen(api, 1000.0, np.ones(128, np.float32), "c", astronaut)
    kept = api.store.sightings.get(view)
    api.store.sightings.update(replace(kept, detail={"liveness": {"state": "spoof"}}))
    path = f"/api/v1/people/{person(api, 'Eileen')}/samples/from-sightings"
    told = api.call("POST", path, json={"sightings": [view], "keep_anyway": anyway}).json()
    assert len(told["items"]) == anyway
    assert [one["code"] for one in told["rejected"]] == ([] if anyway else ["spoof"])


def test_a_poor_view_of_a_sighting_is_used_as_the_only_one(
    api: Api, astronaut: bytes, blurred: bytes
) -> None:
    view = seen(api, 1000.0, np.ones(128, np.float32), "c", blurred)
    path = f"/api/v1/people/{person(api, 'Eileen')}/samples/from-sightings"
    told = api.call("POST", path, json={"sightings": [view]}).json()
    assert [one["filename"] for one in told["poor"]] == [view]
    assert len(told["items"]) == 1
