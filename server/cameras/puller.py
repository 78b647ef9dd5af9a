"""The cameras that the server fetches itself: opened, changed, watched over, closed."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec

from lookout.server.cameras.camera_file import CameraFile
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.cameras.pulled_camera import PulledCamera
from lookout.server.cameras.pulled_cameras import NoPulledCameras
from lookout.server.cameras.settings_of import settings_of
from lookout.server.cameras.status import CameraCondition, CameraReport
from lookout.server.cameras.stream_host import StreamHost
from lookout.server.cameras.stream_settings import Phase
from lookout.server.cameras.views import LiveViews
from lookout.server.live.camera_claims import HERE, CameraClaim, CameraClaims, Unshared
from lookout.server.storage.camera_records import CameraKind, CameraRecord
from lookout.server.storage.errors import StorageError
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

STREAMS_A_PROCESS = 8
"""Cameras of one process: each process costs some 60 MB, each camera in it its decoder's; and in
FFmpeg's wheels for Python ten RTSP streams and more disturb each other."""
CHECK_S = 0.5
HUNG_S = 15.0
"""A stream reports more often than that, whatever its camera does: the limits of a connection are
5 s for opening and 5 s for reading. One that does not is stuck in its decoder."""

ELSEWHERE = "Another server on this store fetches it, or did so a moment ago."


class Puller(StoppableThread):
    """Owns the processes. Nothing is started before there is a camera to be fetched.

    A stream that does not come back from its decoder is given up where it is, disturbing none of
    the others there, and read from then on in a process of its own, which can be ended.

    claims: of several servers on one store each fetches other cameras.
    """

    def __init__(
        self,
        directory: CameraDirectory,
        views: LiveViews,
        decoding: str = "none",
        file: CameraFile | None = None,
        *,
        claims: CameraClaims | None = None,
        host: Callable[[str], StreamHost] = StreamHost,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory = directory
        self._views = views
        self._decoding = decoding
        self._file = file
        self._claims = claims or Unshared()
        self._claimed: dict[str, CameraClaim] = {}
        self._make_host = host
        self._clock = clock
        self._runs = itertools.count(1)
        self._names = itertools.count(1)
        self._hosts: list[StreamHost] = []
        self._cameras: Mapping[str, PulledCamera] = {}
        super().__init__("cameras")

    def status(self, camera: CameraRecord) -> CameraReport | None:
        pulled = self._cameras.get(camera.id)
        if pulled is None:
            claim = self._claimed.get(camera.id)
            if claim is None or claim.held:
                return None
            return CameraReport(CameraCondition.OFFLINE, ELSEWHERE)
        report = pulled.report
        return CameraReport(
            pulled.condition(),
            why=report.why,
            fps=report.fps if report.phase is Phase.STREAMING else 0.0,
            last_frame_s=pulled.frame_s,
            size_wh=report.size_wh if any(report.size_wh) else None,
        )

    def close(self, timeout_s: float) -> bool:
        """Ends the thread and all processes, these at the same time."""
        until_s = time.monotonic() + timeout_s
        ended = super().close(timeout_s)
        for claim in self._claimed.values():
            claim.release()
        for host in self._hosts:
            host.close(0.0)
        closed = [host.close(max(0.0, until_s - time.monotonic())) for host in self._hosts]
        return ended and all(closed)

    def _work(self) -> None:
        failing = False
        while True:
            try:
                self.step()
            except StorageError as error:
                if not failing:  # logged once, not twice a second
                    log.error("the cameras cannot be looked up: %s", error)  # noqa: TRY400
                failing = True
            else:
                failing = False
            if self._stop.wait(CHECK_S):
                return

    def step(self) -> None:
        """Brings what is read in line with the directory. Raises StorageError."""
        if self._file is not None:
            self._file.take(self._directory)
        self._directory.refresh()
        wanted = {
            camera.id: camera
            for camera in self._directory.all()
            if camera.enabled and camera.kind is not CameraKind.EDGE
        }
        wanted = self._own(wanted)
        for pulled in list(self._cameras.values()):
            camera = wanted.get(pulled.settings.stream)
            if camera is None or camera.name != pulled.name or self._changed(camera, pulled):
                self._close(pulled)
        self._replace_failed()
        self._give_up_hung()
        for camera in wanted.values():
            if camera.id not in self._cameras:
                self._open(camera)
        self._end_idle()

    def _own(self, wanted: Mapping[str, CameraRecord]) -> dict[str, CameraRecord]:
        """Those of them that no other server on this store fetches."""
        for gone in self._claimed.keys() - wanted.keys():
            self._claimed.pop(gone).release()
        for camera in wanted.values():
            if camera.id not in self._claimed:
                self._claimed[camera.id] = self._claims.claim(camera.name, HERE, lambda _: None)
        return {one: camera for one, camera in wanted.items() if self._claimed[one].held}

    def _changed(self, camera: CameraRecord, pulled: PulledCamera) -> bool:
        return settings_of(camera, pulled.settings.run, self._decoding) != pulled.settings

    def _open(self, camera: CameraRecord, *, alone: bool = False) -> None:
        settings = settings_of(camera, next(self._runs), self._decoding)
        pulled = PulledCamera(settings, camera.name, self._views, self._clock)
        pulled.alone = alone
        self._start(pulled)
        self._cameras = {**self._cameras, camera.id: pulled}

    def _start(self, pulled: PulledCamera) -> None:
        host = next((one for one in self._hosts if not pulled.alone and _has_room(one)), None)
        if host is None:
            host = self._make_host(f"cameras {next(self._names)}")
            self._hosts.append(host)
        host.open(pulled)

    def _close(self, pulled: PulledCamera) -> None:
        for host in self._hosts:
            if pulled in host.cameras:
                host.close_camera(pulled)
        self._cameras = {stream: one for stream, one in self._cameras.items() if one is not pulled}

    def _replace_failed(self) -> None:
        for host in [one for one in self._hosts if one.failed.is_set()]:
            self._hosts.remove(host)
            for pulled in host.cameras:
                self._cameras = {
                    stream: one for stream, one in self._cameras.items() if one is not pulled
                }
                pulled.let_go()

    def _give_up_hung(self) -> None:
        for pulled in list(self._cameras.values()):
            phase = pulled.report.phase
            if pulled.sign_s is None or phase is Phase.WAITING:
                continue
            if self._clock() - pulled.sign_s <= HUNG_S:
                continue
            log.warning("camera %r hangs in its decoder and is opened anew", pulled.name)
            self._close(pulled)
            if pulled.alone:
                self._end_alone()
            self._open(self._directory.get(pulled.settings.stream), alone=True)

    def _end_alone(self) -> None:
        """Ends the processes that have only held a camera that hangs."""
        for host in [one for one in self._hosts if not one.cameras]:
            self._hosts.remove(host)
            host.close(0.0)

    def _end_idle(self) -> None:
        """Keeps one process without a camera at most, for the next one."""
        idle = [host for host in self._hosts if not host.cameras]
        for host in idle[1 if self._cameras else 0 :]:
            self._hosts.remove(host)
            host.close(0.0)


def open_puller(
    directory: CameraDirectory,
    views: LiveViews,
    decoding: str,
    file: CameraFile | None = None,
    claims: CameraClaims | None = None,
) -> Puller | NoPulledCameras:
    """The cameras that are fetched, or their stand-in where PyAV is not installed."""
    if find_spec("av") is None:
        return NoPulledCameras(
            "fetching cameras needs the extra `cameras`: pip install '.[cameras]'"
        )
    return Puller(directory, views, decoding, file, claims=claims)


def _has_room(host: StreamHost) -> bool:
    cameras = host.cameras
    return (
        len(cameras) < STREAMS_A_PROCESS
        and not host.failed.is_set()
        and not any(camera.alone for camera in cameras)
    )
