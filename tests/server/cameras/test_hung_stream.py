"""A stream that does not come back from its decoder disturbs none of the others in its process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from lookout.server.cameras.directory import CameraDirectory
from lookout.server.cameras.pulled_camera import PulledCamera
from lookout.server.cameras.puller import HUNG_S, Puller
from lookout.server.cameras.stream_settings import Phase, Report
from lookout.server.cameras.views import LiveViews
from lookout.server.storage.camera_records import CameraKind, CameraRecord, new_camera_id
from lookout.server.storage.sqlite.store import open_store
from tests.support.server_fakes import DroppedFrames


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Host:
    """A process that a test speaks for."""

    made: ClassVar[list[Host]]

    def __init__(self, name: str) -> None:
        self.name = name
        self.failed = threading.Event()
        self.closed = False
        self.opened: list[PulledCamera] = []
        self.made.append(self)

    @property
    def cameras(self) -> tuple[PulledCamera, ...]:
        return tuple(self.opened)

    def open(self, camera: PulledCamera) -> None:
        self.opened.append(camera)

    def close_camera(self, camera: PulledCamera) -> None:
        self.opened.remove(camera)
        camera.let_go()

    def close(self, timeout_s: float) -> bool:
        self.closed = True
        return True

    def say(self, name: str, phase: Phase = Phase.STREAMING) -> None:
        for camera in self.opened:
            if camera.name == name:
                camera.heard(Report(camera.settings.stream, camera.settings.run, phase))


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[CameraDirectory]:
    with open_store(tmp_path / "data", {}) as store:
        yield CameraDirectory(store.cameras)


def test_a_stream_that_hangs_is_given_up_and_read_in_a_process_of_its_own(
    directory: CameraDirectory,
) -> None:
    class Hosts(Host):
        made: ClassVar[list[Host]] = []

    clock = Clock()
    puller = Puller(directory, LiveViews(DroppedFrames()), host=Hosts, clock=clock)  # type: ignore[arg-type]
    for name in ("door", "yard"):
        directory.add(
            CameraRecord(new_camera_id(), name, CameraKind.RTSP, 1.0, address="rtsp://10.0.0.7/1")
        )
    puller.step()
    (shared,) = Hosts.made
    clock.now_s += 10 * HUNG_S
    puller.step()  # the process has not begun: nothing hangs yet
    assert len(shared.opened) == 2
    shared.say("door")
    shared.say("yard", Phase.CONNECTING)
    for _ in range(4):
        clock.now_s += HUNG_S / 3
        shared.say("door")
        puller.step()
    assert [camera.name for camera in shared.opened] == ["door"]
    assert not shared.closed
    alone = Hosts.made[1]
    assert [camera.name for camera in alone.opened] == ["yard"]
    # it hangs there, too: that process holds nobody else, and is ended
    alone.say("yard")
    clock.now_s += HUNG_S + 1
    shared.say("door")
    puller.step()
    assert alone.closed
    assert [camera.name for camera in Hosts.made[2].opened] == ["yard"]
    assert [camera.name for camera in shared.opened] == ["door"]
    # a camera that waits for its next try is not hanging, however long that is
    Hosts.made[2].say("yard", Phase.WAITING)
    clock.now_s += 10 * HUNG_S
    shared.say("door")
    puller.step()
    assert len(Hosts.made) == 3
