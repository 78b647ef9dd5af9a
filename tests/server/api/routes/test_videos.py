"""Videos over HTTP: a job that says who was seen when, and pictures that nobody else can read."""

from __future__ import annotations

import asyncio
import stat
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request

from benchmarks.support.waiting import wait_until
from lookout.faces.detections import Detections, Image
from lookout.faces.protocols import Detector, Encoder
from lookout.server.api.errors.api_error import ApiError, Overloaded
from lookout.server.api.services.video_store import KEPT_S, MAX_KEPT, VideoStore
from lookout.server.api.services.video_upload import PIECE_BYTES, receive_video
from lookout.server.storage.errors import NotFound
from tests.support.api import Api
from tests.support.clips import FRAMES, frames_of, write_clip

pytestmark = pytest.mark.long

JPEG_START, PNG_START = b"\xff\xd8\xff", b"\x89PNG"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory, astronaut_bgr: Image) -> bytes:
    """Five seconds: the portrait, two seconds of a cup, the portrait again."""
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", astronaut_bgr).read_bytes()


def send(api: Api, content: bytes, name: str = "door.mp4", **options: Any) -> Any:
    files = {"file": (name, content)}
    return api.call("POST", "/api/v1/videos", files=files, params={"fps": 5}, **options)


def ended(api: Api, job: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def has_ended() -> bool:
        found.update(api.call("GET", f"/api/v1/videos/{job}").json())
        return found["ended_at"] is not None

    wait_until(has_ended, 300.0, "the end of the video")
    return found


def enrol(api: Api, name: str, photograph: bytes) -> str:
    person = str(api.call("POST", "/api/v1/people", json={"name": name}).json()["id"])
    path, files = f"/api/v1/people/{person}/samples", {"files": ("a.jpg", photograph)}
    answer = api.call("POST", path, files=files, params={"use_poor": True})
    assert answer.status_code == 201, answer.text
    return person


def kept(api: Api) -> list[Path]:
    """Every file that is kept of videos."""
    found = (api.folder / "videos").rglob("*")
    return [path for path in found if path.is_file() and path.name != ".lock"]


@pytest.mark.slow
def test_a_video_says_who_was_seen_when_and_shows_it(
    api: Api, clip: bytes, astronaut_again: bytes, tmp_path: Path
) -> None:
    person = enrol(api, "Eileen", astronaut_again)
    answer = send(api, clip)
    assert answer.status_code == 202, answer.text
    job = ended(api, answer.json()["id"])
    assert (job["state"], job["done"], job["total"]) == ("done", 5, 5)
    result = job["result"]
    (line,) = result["timeline"]
    assert (line["who"], line["state"]) == ("Eileen", "known")
    times = [(one["from_s"], one["to_s"]) for one in line["stretches"]]
    assert times == [(0.0, 1.4), (3.6, 4.8)]
    assert result["people"] == {"Eileen": person}
    assert [track["top"][0]["name"] for track in result["tracks"]] == ["Eileen", "Eileen"]

    for one in line["stretches"]:
        assert api.call("GET", one["crop"]).content.startswith(JPEG_START)
    assert api.call("GET", result["timeline_picture"]).content.startswith(PNG_START)
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(api.call("GET", result["annotated"]).content)
    assert len(frames_of(copy)) == FRAMES
    part = api.call("GET", result["annotated"], headers={"range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)

    assert api.call("GET", f"/api/v1/jobs/{job['id']}").json()["result"] == result
    trail = api.call("GET", "/api/v1/audit", params={"subject": job["id"]}).json()["items"]
    actions = {entry["action"] for entry in trail}
    assert actions >= {"video", "video.recognized", "video.read", "video.crop", "video.annotated"}
    (found,) = [entry for entry in trail if entry["action"] == "video.recognized"]
    assert found["detail"]["known"] == [person]


def test_what_is_kept_of_a_video_is_sealed_or_for_its_owner_alone(api: Api, clip: bytes) -> None:
    job = ended(api, send(api, clip).json()["id"])
    assert [line["who"] for line in job["result"]["timeline"]] == ["Unknown 1"]
    files = {path.name: path for path in kept(api)}
    assert set(files) == {"annotated.mp4", "timeline", "crop-1", "crop-2"}
    for path in files.values():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for name in ("timeline", "crop-1", "crop-2"):
        content = files[name].read_bytes()
        assert JPEG_START not in content
        assert PNG_START not in content

    assert api.call("DELETE", f"/api/v1/videos/{job['id']}").status_code == 200
    assert kept(api) == []
    assert api.call("GET", f"/api/v1/videos/{job['id']}/crops/1.jpg").status_code == 404


BROKEN = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2mp41" + bytes(5000)
PLAYLIST = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n" + b"#" * 1000


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 415, "unsupported_media_type"),
        (b"hello", 415, "unsupported_media_type"),
        (PLAYLIST, 415, "unsupported_media_type"),
        (b"\xff\xd8\xff\xe0" + bytes(2000), 415, "unsupported_media_type"),
        (BROKEN, 422, "bad_video"),
    ],
    ids=["nothing", "text", "playlist", "picture", "broken"],
)
def test_what_is_no_video_is_refused_with_words_and_leaves_nothing(
    api: Api, content: bytes, status: int, code: str
) -> None:
    answer = send(api, content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert "video" in answer.json()["error"]["message"]
    assert kept(api) == []
    assert api.call("GET", "/api/v1/jobs").json() == []


def test_a_form_without_a_video_is_refused(api: Api) -> None:
    path = "/api/v1/videos"
    answer = api.call("POST", path, files={"other": ("a.mp4", BROKEN)})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_form")
    assert api.call("POST", path, json={"file": "a"}).status_code == 415
    headers = {"content-type": "multipart/form-data; boundary=b"}
    half = b'--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n' + BROKEN
    answer = api.call("POST", path, content=half, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_form")
    assert "broke off" in answer.json()["error"]["message"]
    assert kept(api) == []


def test_a_video_arrives_as_it_was_sent_however_it_is_cut_up(tmp_path: Path) -> None:
    video = BROKEN + bytes(range(256)) * 9000
    body = (
        b'--b\r\ncontent-disposition: form-data; name="note"\r\n\r\nhello\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a b.mp4"\r\n'
        b"content-type: video/mp4\r\n\r\n" + video + b"\r\n--b--\r\n"
    )
    for size in (977, 65_536, len(body)):
        pieces = iter([body[at : at + size] for at in range(0, len(body), size)] + [b""])

        async def receive(pieces: Any = pieces) -> Any:
            piece = next(pieces)
            return {"type": "http.request", "body": piece, "more_body": bool(piece)}

        headers = [(b"content-type", b"multipart/form-data; boundary=b")]
        request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
        path = tmp_path / f"sent-{size}"
        assert asyncio.run(receive_video(request, path, lambda: True)) == "a b.mp4"
        assert path.read_bytes() == video
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


class Gate:
    """A detector that waits until its gate is opened."""

    def __init__(self, detector: Detector) -> None:
        self.name, self.face_px = detector.name, detector.face_px
        self.inside, self.gate = threading.Event(), threading.Event()

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        self.inside.set()
        assert self.gate.wait(90.0)
        return [Detections.empty() for _ in images_bgr]


def test_cancelling_a_video_removes_what_was_made_of_it(
    make_api: Any, engines: tuple[Detector, Encoder], clip: bytes
) -> None:
    gate = Gate(engines[0])
    api: Api = make_api(detector=gate)
    running, waiting = (send(api, clip).json()["id"] for _ in range(2))
    assert gate.inside.wait(60.0)
    assert {path.name for path in kept(api)} == {"sent"}
    for job in (waiting, running):
        assert api.call("DELETE", f"/api/v1/videos/{job}").status_code == 200
    gate.gate.set()
    assert [ended(api, job)["state"] for job in (running, waiting)] == ["cancelled"] * 2
    assert kept(api) == []
    assert api.call("GET", f"/api/v1/videos/{running}/annotated.mp4").status_code == 404


def test_only_videos_in_the_allowed_folder_are_read_where_they_lie(
    make_api: Any, clip: bytes, tmp_path: Path
) -> None:
    folder = tmp_path / "cctv"
    (folder / "monday").mkdir(parents=True)
    (folder / "monday" / "door.mp4").write_bytes(clip)
    (tmp_path / "secret.mp4").write_bytes(clip)
    (folder / "link.mp4").symlink_to(tmp_path / "secret.mp4")
    api: Api = make_api(video_folder=folder)

    def ask(path: str) -> Any:
        return api.call("POST", "/api/v1/videos/stored", json={"path": path})

    outside = ("../secret.mp4", str(tmp_path / "secret.mp4"), "link.mp4")
    for path in (*outside, "monday", "no", "a\0b", "a" * 300):
        answer = ask(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), path
    answer = ask("monday/door.mp4")
    assert answer.status_code == 202, answer.text
    job = answer.json()["id"]
    assert api.call("DELETE", f"/api/v1/videos/{job}").status_code == 200
    ended(api, job)
    assert (folder / "monday" / "door.mp4").read_bytes() == clip


def test_without_an_allowed_folder_no_path_is_read(api: Api, tmp_path: Path) -> None:
    answer = api.call("POST", "/api/v1/videos/stored", json={"path": "door.mp4"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")


def test_other_jobs_are_no_videos(api: Api) -> None:
    table = {"registry": ("people.csv", b"name,image\nA,a.jpg\n")}
    job = api.call("POST", "/api/v1/imports", files=table).json()["id"]
    assert api.call("GET", f"/api/v1/videos/{job}").status_code == 404
    assert api.call("DELETE", f"/api/v1/videos/{job}").status_code == 404


def test_videos_are_forgotten_after_a_day_and_when_there_are_too_many(tmp_path: Path) -> None:
    videos = VideoStore(tmp_path)
    first = videos.new()
    first.keep_crop(b"a face")
    assert first.crop(1) == b"a face"
    assert videos.expire(first.made_s + KEPT_S - 1) == 0
    assert videos.expire(first.made_s + KEPT_S + 1) == 1
    with pytest.raises(NotFound):
        videos.get(first.id)
    with pytest.raises(NotFound):
        first.crop(1)
    made = [videos.new() for _ in range(MAX_KEPT + 1)]
    with pytest.raises(NotFound):
        videos.get(made[0].id)
    assert videos.get(made[1].id) is made[1]
    videos.close()
    assert list((tmp_path / "videos").iterdir()) == []


def test_what_a_server_that_died_left_behind_is_removed_and_that_of_a_living_one_stays(
    tmp_path: Path,
) -> None:
    left = tmp_path / "videos" / "of a server that died"
    left.mkdir(parents=True)
    (left / ".lock").touch()
    (left / "annotated.mp4").write_bytes(b"a face")
    (tmp_path / "videos" / ".DS_Store").touch()  # is nobody's folder
    living = VideoStore(tmp_path)
    kept_there = living.new()
    kept_there.keep_crop(b"a face")
    other = VideoStore(tmp_path)
    assert not left.exists()
    assert kept_there.crop(1) == b"a face"
    for videos in (living, other):
        videos.close()


def test_an_upload_ends_when_the_disk_has_no_more_room(tmp_path: Path) -> None:
    head = b'--b\r\ncontent-disposition: form-data; name="file"\r\n\r\n' + BROKEN

    async def receive() -> Any:
        return {"type": "http.request", "body": head + bytes(PIECE_BYTES), "more_body": True}

    headers = [(b"content-type", b"multipart/form-data; boundary=b")]
    request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
    room = iter([True, True, False])
    with pytest.raises(Overloaded, match="no room"):
        asyncio.run(receive_video(request, tmp_path / "sent", lambda: next(room)))


def test_a_full_form_is_an_error_for_people(tmp_path: Path) -> None:
    parts = b'--b\r\ncontent-disposition: form-data; name="x"\r\n\r\n\r\n' * 20 + b"--b--\r\n"

    async def receive() -> Any:
        return {"type": "http.request", "body": parts, "more_body": False}

    headers = [(b"content-type", b"multipart/form-data; boundary=b")]
    request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
    with pytest.raises(ApiError, match="at most 8 parts"):
        asyncio.run(receive_video(request, tmp_path / "sent", lambda: True))
