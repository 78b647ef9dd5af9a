"""Cameras are fetched in processes of their own, and none of them keeps another waiting."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from lookout.server.cameras.directory import CameraDirectory
from lookout.server.cameras.puller import STREAMS_A_PROCESS, Puller
from lookout.server.cameras.status import CameraCondition
from lookout.server.cameras.views import LiveViews
from lookout.server.live.frame_job import Answer, Deliver, FrameJob, Source
from lookout.server.storage.camera_records import CameraKind, CameraRecord, new_camera_id
from lookout.server.storage.sqlite.store import SqliteStore, open_store
from lookout.wire.records import Face, FaceState, Result

pytestmark = pytest.mark.long

LONGEST_S = 60.0


def wait_until(condition: Callable[[], object]) -> None:
    until_s = time.monotonic() + LONGEST_S
    while not condition():
        assert time.monotonic() < until_s
        time.sleep(0.05)


class Recognition:
    """Counts the frames of each camera, and answers them with the faces that a test sets."""

    def __init__(self) -> None:
        self.faces: tuple[Face, ...] = ()
        self.jobs: dict[str, list[FrameJob]] = {}
        self.forgotten: list[Source] = []
        self._lock = threading.Lock()

    def offer(self, job: FrameJob, deliver: Deliver) -> None:
        with self._lock:
            self.jobs.setdefault(job.source.camera, []).append(job)
        deliver(Answer(Result(job.info.camera, job.info.number, 0.0, self.faces)))

    def forget(self, source: Source) -> None:
        self.forgotten.append(source)

    def count(self, camera: str) -> int:
        return len(self.jobs.get(camera, ()))


class Site:
    """A store with cameras, and the puller that fetches them."""

    def __init__(self, store: SqliteStore) -> None:
        self.directory = CameraDirectory(store.cameras)
        self.recognition = Recognition()
        self.views = LiveViews(self.recognition)
        self.puller = Puller(self.directory, self.views)

    def add(self, name: str, address: str, kind: CameraKind = CameraKind.FILE) -> CameraRecord:
        return self.directory.add(CameraRecord(new_camera_id(), name, kind, 1.0, address=address))

    def condition(self, camera: CameraRecord) -> CameraCondition | None:
        status = self.puller.status(camera)
        return None if status is None else status.condition

    def why(self, camera: CameraRecord) -> str:
        status = self.puller.status(camera)
        return "" if status is None else status.why


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with open_store(tmp_path / "data", {}) as store:
        site = Site(store)
        yield site
        assert site.puller.close(20.0)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two seconds of a bright square that moves, 320×240, H.264."""
    path = tmp_path_factory.mktemp("clips") / "square.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=20, options={"g": "20", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(40):
            picture = np.zeros((240, 320, 3), np.uint8)
            picture[80:140, 5 * number : 5 * number + 60] = (20, 160, 240)
            frame = av.VideoFrame.from_ndarray(picture, "bgr24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return str(path)


def children() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if "spawn_main" in " ".join(one.cmdline())]


def test_nothing_is_started_where_no_camera_is_to_be_fetched(site: Site) -> None:
    before = len(children())
    site.directory.id_of("an edge")
    site.puller.start()
    time.sleep(1.2)
    assert len(children()) == before


def test_a_camera_is_fetched_shown_switched_off_and_removed(site: Site, clip: str) -> None:
    yard = site.add("yard", clip)
    site.puller.start()
    wait_until(lambda: site.recognition.count("yard") >= 3)
    job = site.recognition.jobs["yard"][0]
    assert job.image_bgr is not None
    assert job.image_bgr.shape == (240, 320, 3)
    assert int(job.image_bgr[100].max()) > 200  # the square
    status = site.puller.status(yard)
    assert status is not None
    assert (status.condition, status.size_wh, status.why) == ("online", (320, 240), "")
    view = site.views.newest("yard")
    assert view is not None
    assert view.size_wh == (320, 240)
    site.directory.update(replace(yard, enabled=False))
    wait_until(lambda: site.puller.status(yard) is None)
    assert site.recognition.forgotten
    before = site.recognition.count("yard")
    time.sleep(0.5)
    assert site.recognition.count("yard") <= before + 1


def test_a_dead_camera_delays_no_other_and_says_why(site: Site, clip: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        dead = site.add("dead", f"rtsp://127.0.0.1:{port}/x", CameraKind.RTSP)
        refused = site.add("refused", "rtsp://127.0.0.1:1/x", CameraKind.RTSP)
        site.add("alive", clip)
        site.puller.start()
        wait_until(lambda: site.recognition.count("alive") >= 5)
        wait_until(lambda: "sends nothing" in site.why(dead))
        wait_until(lambda: "nothing answers" in site.why(refused))
        assert site.condition(dead) is CameraCondition.OFFLINE
        began_s, count = time.monotonic(), site.recognition.count("alive")
        wait_until(lambda: site.recognition.count("alive") > count + 5)
        assert time.monotonic() - began_s < 20.0
        began_s = time.monotonic()
        assert site.puller.close(20.0)
        assert time.monotonic() - began_s < 10.0


def test_a_process_that_is_stopped_is_replaced(site: Site, clip: str) -> None:
    before = {one.pid for one in children()}
    site.add("yard", clip)
    site.puller.start()
    wait_until(lambda: site.recognition.count("yard") >= 3)
    (reader,) = [one for one in children() if one.pid not in before]
    os.kill(reader.pid, signal.SIGSTOP)
    try:
        wait_until(lambda: not reader.is_running() or reader.status() == psutil.STATUS_ZOMBIE)
    finally:
        if reader.is_running():
            reader.kill()
    count = site.recognition.count("yard")
    wait_until(lambda: site.recognition.count("yard") > count + 3)


def test_cameras_share_processes(site: Site, clip: str) -> None:
    before = {one.pid for one in children()}
    for number in range(STREAMS_A_PROCESS + 1):
        site.add(f"camera {number}", clip)
    site.puller.start()
    wait_until(lambda: all(site.recognition.count(camera.name) for camera in site.directory.all()))
    assert len([one for one in children() if one.pid not in before]) == 2


def test_who_watches_gets_frames_that_are_not_searched(site: Site, tmp_path: Path) -> None:
    still = tmp_path / "still.mp4"
    with av.open(str(still), "w") as out:
        stream = out.add_stream("libx264", rate=20, options={"g": "20", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for _ in range(100):
            grey = np.full((240, 320, 3), 90, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(grey, "bgr24")))
        out.mux(stream.encode())
    site.add("hall", str(still))
    site.puller.start()
    wait_until(lambda: site.recognition.count("hall") >= 1)
    shown: list[int] = []
    end = site.views.watch(["hall"], lambda: shown.append(1))
    began_s, searched = time.monotonic(), site.recognition.count("hall")
    wait_until(lambda: len(shown) >= 20)
    seconds = time.monotonic() - began_s
    end()
    # a still picture is searched once a second, and at the start of the clip
    assert site.recognition.count("hall") - searched <= 2 * seconds + 2
    # and while a face is in view, five times
    site.recognition.faces = (Face((0, 0, 50, 50), FaceState.UNKNOWN),)
    searched = site.recognition.count("hall")
    wait_until(lambda: site.recognition.count("hall") - searched >= 10)
