"""From a camera's frames on the wire to what the HTTP API tells of them, by the real server."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from lookout.faces.detections import Image
from lookout.faces.gallery.encodings_file import save_gallery
from lookout.faces.gallery.gallery import Gallery
from lookout.server.imaging.jpeg import encode_jpeg
from lookout.server.storage.sqlite.store import open_store
from tests.support.server_process import ServerProcess
from tests.support.service import receive_result, send_frame

pytestmark = pytest.mark.slow

FRAMES = 6
"""At a fifth of a second each: longer than a sighting waits before it is written."""


def stream(server: ServerProcess, camera: str, jpeg: bytes) -> float:
    """Show the picture to the server for a while; returns when, at the latest, the last began."""
    edge = server.connect()
    try:
        for number in range(FRAMES):
            began_s = time.time()
            send_frame(edge, camera, number, jpeg)
            result, _ = receive_result(edge, 30.0)
            assert len(result.faces) == 1
            time.sleep(0.2)  # a camera's pace
    finally:
        edge.close()
    return began_s


def asked(server: ServerProcess, method: str, path: str, body: Any = None) -> Any:
    request = urllib.request.Request(server.http_address + path, method=method)  # noqa: S310
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("content-type", "application/json")
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        content = answer.read()
    return json.loads(content) if answer.headers["content-type"] == "application/json" else content


def sent(server: ServerProcess, path: str, field: str, jpeg: bytes) -> Any:
    """What the route answers to a picture."""
    head = f'--=\r\ncontent-disposition: form-data; name="{field}"; filename="a.jpg"\r\n\r\n'
    request = urllib.request.Request(  # noqa: S310
        server.http_address + path,
        data=head.encode() + jpeg + b"\r\n--=--\r\n",
        headers={"content-type": "multipart/form-data; boundary=="},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.load(answer)


def sightings(server: ServerProcess, path: str, timeout_s: float = 30.0) -> Any:
    """What the route lists, once it lists something."""
    until_s = time.monotonic() + timeout_s
    while not (items := asked(server, "GET", path)["items"]):
        assert time.monotonic() < until_s, server.log_text
        time.sleep(0.1)
    return items


def test_who_stood_before_a_camera_is_told_with_name_times_and_picture(
    live_server: ServerProcess, portrait: bytes
) -> None:
    server, began_s = live_server, time.time()
    stream(server, "door", portrait)
    (seen,) = sightings(server, "/api/v1/sightings?camera=door")
    (eileen,) = asked(server, "GET", "/api/v1/people")["items"]
    assert (eileen["name"], seen["person"], seen["state"]) == ("Eileen", eileen["id"], "known")
    assert began_s - 1.0 <= seen["first"] <= seen["last"] <= time.time()
    jpeg = asked(server, "GET", f"/api/v1/sightings/{seen['id']}/image")
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert 90 <= min(picture.shape[:2]) <= 300
    found = sent(server, "/api/v1/search?camera=door", "file", portrait)["items"]
    assert [one["sighting"]["id"] for one in found] == [seen["id"]]
    (event,) = asked(server, "GET", "/api/v1/events?kind=person_seen&camera=door")["items"]
    assert (event["person"], event["camera"]) == (eileen["id"], "door")


@pytest.mark.data
def test_a_stranger_is_one_cluster_until_somebody_says_who_it_is(
    live_server: ServerProcess, dad: list[Image]
) -> None:
    server = live_server
    smaller = cv2.resize(dad[0], None, fx=0.9, fy=0.9, interpolation=cv2.INTER_AREA)
    stream(server, "yard", encode_jpeg(dad[0], 95))
    stream(server, "gate", encode_jpeg(np.asarray(smaller, np.uint8), 95))
    (first,) = sightings(server, "/api/v1/unknown?camera=yard")
    (again,) = sightings(server, "/api/v1/unknown?camera=gate")
    assert first["person"] is None
    assert first["cluster"] == again["cluster"]
    dad_id = asked(server, "POST", "/api/v1/people", {"name": "Dad"})["id"]
    path = f"/api/v1/unknown/{first['cluster']}/assign"
    assert asked(server, "POST", path, {"person": dad_id}) == {"count": 2}
    assert {one["camera"] for one in sightings(server, f"/api/v1/sightings?person={dad_id}")} == {
        "yard",
        "gate",
    }
    shot = asked(server, "GET", f"/api/v1/sightings/{first['id']}/image")
    learned = sent(server, f"/api/v1/people/{dad_id}/samples", "files", shot)
    assert len(learned["items"]) == 1
    stream(server, "porch", encode_jpeg(dad[0], 95))
    (known,) = sightings(server, "/api/v1/sightings?camera=porch")
    assert (known["person"], known["state"]) == (dad_id, "known")


def test_a_name_that_was_rejected_is_not_given_again_and_an_ignored_face_leaves_no_trace(
    tmp_path: Path, eileen: Gallery, portrait: bytes
) -> None:
    save_gallery(tmp_path / "encodings.pkl", eileen)
    with ServerProcess(tmp_path, "--no-auth", http=True) as server:
        last_s = stream(server, "hall", portrait)
        # the whole of it, or what is written later is not what was rejected
        (seen,) = sightings(server, f"/api/v1/sightings?camera=hall&since={last_s}")
        assert seen["state"] == "known"
        asked(server, "POST", f"/api/v1/sightings/{seen['id']}/reject")
        stream(server, "stairs", portrait)
        (again,) = sightings(server, "/api/v1/unknown?camera=stairs")
        assert (again["state"], again["person"]) == ("unknown", None)
        # the rejected face and the one after it are of the same unknown person
        ignored = asked(server, "POST", f"/api/v1/sightings/{again['id']}/ignore")
        assert ignored == {"count": 2}
        stream(server, "cellar", portrait)
        assert server.stop() == 0  # which writes whatever there is to be written
    with open_store(tmp_path / "data", {}) as store:
        assert store.sightings.page(10).items == ()
