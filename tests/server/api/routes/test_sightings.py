"""Who was seen is listed, searched by face, named and forgotten; cameras say how they do."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np

from lookout.faces.decision.negatives import Rejection
from lookout.faces.errors import GalleryBusy
from lookout.faces.photo.picture import read_picture
from lookout.server.live.camera_board import CameraBoard, Condition
from lookout.server.live.frame_job import Answer
from lookout.server.storage.records import Sighting, new_id
from lookout.wire.records import Result
from tests.support.api import Api
from tests.support.server_fakes import Answers, frame

JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"


def seen(api: Api, camera: str, first_s: float, encoding: Any = None, **more: Any) -> str:
    sighting = Sighting(
        new_id(),
        camera,
        first_s,
        first_s + 5.0,
        "unknown",
        encoding=encoding,
        encoder="dlib-128" if encoding is not None else "",
        **more,
    )
    return api.store.sightings.add(sighting, JPEG).id


def encoding_of(api: Api, photograph: bytes) -> Any:
    picture = read_picture(photograph)
    (found,) = api.parts.analyzer.detector.detect([picture.image_bgr])
    encoder = api.parts.analyzer.encoder
    return encoder.encode(encoder.align(picture.image_bgr, found))[0]


def test_sightings_come_latest_first_in_pages_and_by_filters(api: Api) -> None:
    ids = [seen(api, "door" if n % 2 else "yard", 1000.0 * n, cluster="c") for n in range(6)]
    listed: list[str] = []
    cursor = None
    for _ in range(4):
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = api.call("GET", "/api/v1/sightings", role="viewer", params=params).json()
        listed += [one["id"] for one in page["items"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert listed == ids[::-1]

    def found(**params: Any) -> list[str]:
        answer = api.call("GET", "/api/v1/sightings", params=params).json()
        return [one["id"] for one in answer["items"]]

    assert found(camera="door") == ids[5::-2]
    assert found(since=2500.0, until=3500.0) == [ids[3]]
    assert found(state="known") == []
    assert api.call("GET", "/api/v1/sightings", params={"cursor": "forged"}).status_code == 422
    assert api.call("GET", f"/api/v1/sightings/{ids[0]}/image").content == JPEG


def test_an_unknown_person_gets_a_name(api: Api) -> None:
    sighting = seen(api, "door", 1000.0, cluster="stranger-7")
    (unknown,) = api.call("GET", "/api/v1/unknown").json()["items"]
    assert unknown["id"] == sighting
    person = api.call("POST", "/api/v1/people", json={"name": "The postman"}).json()["id"]
    path = f"/api/v1/unknown/{unknown['cluster']}/assign"
    assert api.call("POST", path, json={"person": person}).json() == {"count": 1}
    assert api.call("GET", "/api/v1/unknown").json()["items"] == []
    assert api.call("GET", f"/api/v1/sightings/{sighting}").json()["person"] == person
    assert api.call("POST", path, json={"person": "nobody"}).status_code == 404
    assert api.call("DELETE", f"/api/v1/sightings/{sighting}").status_code == 204
    assert api.call("GET", f"/api/v1/sightings/{sighting}").status_code == 404


def test_a_face_is_found_where_it_was_seen_before(
    api: Api, astronaut: bytes, astronaut_again: bytes, dads: list[bytes]
) -> None:
    eileen = seen(api, "door", 1000.0, encoding_of(api, astronaut_again))
    seen(api, "yard", 2000.0, encoding_of(api, dads[0]))
    answer = api.call("POST", "/api/v1/search", files={"file": astronaut}).json()
    assert answer["searched"] == 2
    assert [one["sighting"]["id"] for one in answer["items"]] == [eileen]
    assert answer["items"][0]["distance"] < 0.4
    params = {"camera": "yard"}
    answer = api.call("POST", "/api/v1/search", files={"file": astronaut}, params=params).json()
    assert answer == {"items": [], "searched": 1}


@dataclasses.dataclass
class Said:
    """What was said of faces, as `Parts.reject` is told."""

    faces: list[tuple[str, Any, str]] = dataclasses.field(default_factory=list)

    def reject(self, label: str, encodings: Any, camera: str) -> Rejection:
        self.faces.append((label, encodings, camera))
        return Rejection(label, 1000.0 + len(self.faces), camera, len(encodings))


def test_a_wrong_name_is_rejected_and_the_sighting_is_of_somebody_unknown(
    make_api: Any, astronaut: bytes
) -> None:
    said = Said()
    api = make_api(reject=said.reject)
    person = api.call("POST", "/api/v1/people", json={"name": "Ada"}).json()["id"]
    path = f"/api/v1/people/{person}/samples"
    assert api.call("POST", path, files={"files": astronaut}).status_code == 201
    encoding = encoding_of(api, astronaut)
    sighting = seen(api, "door", 1000.0, encoding, person=person)
    rejected = api.call("POST", f"/api/v1/sightings/{sighting}/reject", role="operator")
    assert (rejected.json()["person"], rejected.json()["state"]) == (None, "unknown")
    assert rejected.json()["cluster"]
    ((label, faces, camera),) = said.faces
    assert (label, camera) == ("Ada", "door")
    np.testing.assert_array_equal(faces, encoding[None])
    assert api.store.sightings.image(sighting) == JPEG
    (entry,) = api.call("GET", "/api/v1/audit", params={"action": "sighting.reject"}).json()[
        "items"
    ]
    assert (entry["subject"], entry["detail"]["sighting"]) == (person, sighting)
    again = api.call("POST", f"/api/v1/sightings/{sighting}/reject")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "nobody_named")


def test_an_unknown_person_is_ignored_and_what_was_recorded_of_them_forgotten(
    make_api: Any, astronaut: bytes
) -> None:
    said = Said()
    api = make_api(reject=said.reject)
    encoding = encoding_of(api, astronaut)
    ids = [seen(api, "door", 1000.0 * n, encoding, cluster="c") for n in range(3)]
    other = seen(api, "door", 500.0, cluster="another")
    answer = api.call("POST", f"/api/v1/sightings/{ids[1]}/ignore", role="operator")
    assert answer.json() == {"count": 3}
    assert [(label, camera) for label, _, camera in said.faces] == [("", "door")]
    left = api.call("GET", "/api/v1/unknown").json()["items"]
    assert [one["id"] for one in left] == [other]
    without = api.call("POST", f"/api/v1/sightings/{other}/ignore")
    assert (without.status_code, without.json()["error"]["code"]) == (409, "no_encoding")


def test_whoever_is_known_is_not_ignored_by_a_slip(api: Api) -> None:
    person = api.call("POST", "/api/v1/people", json={"name": "Ada"}).json()["id"]
    sighting = seen(api, "door", 1000.0, person=person)
    answer = api.call("POST", f"/api/v1/sightings/{sighting}/ignore")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "person_known")


def test_a_gallery_that_another_program_changes_is_asked_for_again(
    make_api: Any, astronaut: bytes
) -> None:
    def busy(*_: Any) -> None:
        raise GalleryBusy("another program has been changing the gallery for 3 s")

    api = make_api(reject=busy)
    sighting = seen(api, "door", 1000.0, encoding_of(api, astronaut), cluster="c")
    answer = api.call("POST", f"/api/v1/sightings/{sighting}/ignore")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert api.store.sightings.count() == 1


def test_statistics_count_what_there_is(api: Api) -> None:
    seen(api, "door", 1000.0)
    seen(api, "door", 5000.0)
    api.call("POST", "/api/v1/people", json={"name": "A"})
    assert api.call("GET", "/api/v1/statistics", params={"since": 2000.0}).json() == {
        "people": 1,
        "samples": 0,
        "people_with_samples": 0,
        "sightings": 1,
        "unknown": 1,
        "cameras_online": 0,
    }


class _Queue:
    """Takes frames and keeps how to answer them."""

    def __init__(self) -> None:
        self.waiting: list[Any] = []

    def offer(self, job: Any, deliver: Any) -> None:
        self.waiting.append((job, deliver))

    def forget(self, source: Any) -> None:
        pass


def test_a_camera_is_online_then_silent_then_gone() -> None:
    queue, now_s = _Queue(), itertools.count(100.0)
    board = CameraBoard(queue, clock=lambda: next(now_s))
    answers = Answers()
    job = dataclasses.replace(frame("door", 1), arrived_s=0.0)
    board.offer(job, answers.deliver)
    board.offer(frame("door", 2), answers.deliver)
    (first, deliver_first), (_, deliver_second) = queue.waiting
    deliver_first(Answer(Result("door", 1, 0.0), b""))
    deliver_second(Answer(Result("door", 2, 0.0, dropped=True)))
    assert len(answers.wait(2)) == 2
    (camera,) = board.cameras()
    assert (camera.frames, camera.recognized, camera.dropped) == (2, 1, 1)
    assert camera.condition(103.0) is Condition.ONLINE
    assert camera.condition(107.0) is Condition.SILENT
    board.forget(first.source)
    assert board.cameras()[0].condition(101.0) is Condition.OFFLINE


def test_cameras_are_listed_with_how_they_do(make_api: Any) -> None:
    board = CameraBoard(_Queue())
    api = make_api(cameras=board.cameras)
    board.offer(frame("door", 1), lambda _: None)
    (camera,) = api.call("GET", "/api/v1/cameras", role="viewer").json()
    assert (camera["name"], camera["condition"], camera["frames"]) == ("door", "online", 1)
