"""The stage of the faults: one server for all, and for each group of faults an edge of its own
with a viewer before it and, where the fault needs one, something that can break in between."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from enum import Enum, auto
from pathlib import Path

import cv2
import psutil

from benchmarks.support.programs import Program, start_edge, start_server, train
from benchmarks.support.tap import Tap
from benchmarks.support.waiting import wait_until
from benchmarks.system.faults.disk import Disk
from benchmarks.system.faults.viewer import Viewer
from lookout.edge.cameras.demo import portrait

ASTRONAUT = "Eileen Collins"
FACE_BOTTOM = 330  # rows of the portrait; below is a mission patch that HOG takes for a face
PATIENCE_S = 20.0
"""How long anything may take before it counts as never."""


class Setting(Enum):
    """The thing that stands between the programs of a stage."""

    PLAIN = auto()  # nothing: the edge talks to the server itself
    TAPPED = auto()  # a proxy between edge and server
    CAMERA = auto()  # the edge's camera is a motion-JPEG stream, the page of a second edge
    DISK = auto()  # captures go to a disk of their own that can be filled


class Laboratory:
    """The server, which knows the demo camera's portrait under `name`. The same port through every
    restart."""

    def __init__(self, folder: Path, options: Sequence[str], name: str = ASTRONAUT) -> None:
        self.folder = folder
        self.encodings = folder / "encodings.pkl"
        self._options = options
        self._port = 0
        photograph = folder / "images" / name / "portrait.jpg"
        photograph.parent.mkdir(parents=True)
        cv2.imwrite(str(photograph), portrait()[:FACE_BOTTOM], [cv2.IMWRITE_JPEG_QUALITY, 95])
        train(folder)
        self.server: Program
        self.start_server()

    def start_server(self) -> float:
        """Starts it, again after a kill; the moment when it listens."""
        self.server = start_server(self.folder, *self._options, port=self._port)
        self._port = self.server.port
        return time.monotonic()

    def kill_server(self) -> None:
        self.server.kill()
        self.server.stop()  # collects its log

    def __enter__(self) -> Laboratory:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()


class Stage:
    """One edge of the laboratory with its viewer. Ends with the with-block."""

    def __init__(self, laboratory: Laboratory, setting: Setting) -> None:
        self.laboratory = laboratory
        self.tap: Tap | None = None
        self.disk: Disk | None = None
        self.camera: Program | None = None
        self._camera_port = 0
        self._ends = ExitStack()
        with ExitStack() as started:
            folder = laboratory.folder / setting.name.lower()
            port, camera = laboratory.server.port, "demo"
            within: tuple[str, ...] = ()
            if setting is Setting.TAPPED:
                self.tap = started.enter_context(Tap(port))
                port = self.tap.port
            elif setting is Setting.CAMERA:
                self.start_camera()
                started.callback(self.stop_camera)
                camera = f"http://127.0.0.1:{self._camera_port}/video_feed"
            elif setting is Setting.DISK:
                self.disk = Disk(folder / "images")
                within = self.disk.within
            self.edge = started.enter_context(start_edge(folder, port, camera, within=within))
            if self.disk is not None:
                self.disk.attach(self.edge)
            self.viewer = started.enter_context(Viewer(self.edge.port))
            self._ends = started.pop_all()

    def wait_for_name(self, since_s: float, name: str = ASTRONAUT) -> float | None:
        """The moment when the viewer sees and reads the name, from `since_s` on; None if never."""
        try:
            wait_until(
                lambda: (
                    self.viewer.error is not None
                    or self.viewer.named_since(since_s, name) is not None
                ),
                PATIENCE_S,
            )
        except TimeoutError:
            return None
        if self.viewer.error is not None:
            raise RuntimeError("the page itself failed") from self.viewer.error
        return self.viewer.named_since(since_s, name)

    def start_camera(self) -> float:
        """Starts the network camera, again after a kill; the moment when it listens. It is an edge
        without a server: its page sends motion JPEG as any network camera does."""
        self.camera = start_edge(
            self.laboratory.folder / "camera",
            _closed_port(),
            "demo",
            "--port",
            f"{self._camera_port}",
        )
        self._camera_port = self.camera.port
        return time.monotonic()

    def stop_camera(self) -> None:
        if self.camera is not None:
            self.camera.stop()

    def memory_mb(self) -> tuple[float, float]:
        """Resident memory of the edge and of the server."""
        return _resident_mb(self.edge), _resident_mb(self.laboratory.server)

    def deaths(self) -> list[str]:
        """Programs that ended although nobody ended them, and mistakes in their logs."""
        programs = {"edge": self.edge, "server": self.laboratory.server}
        ended = [f"the {name} ended" for name, program in programs.items() if not program.running]
        broken = [
            f"the {name} logged a traceback"
            for name, program in programs.items()
            if any(line.startswith("Traceback") for line in program.log())
        ]
        return ended + broken

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()


def _resident_mb(program: Program) -> float:
    process = psutil.Process(program.pid)
    family = [process, *process.children(recursive=True)]
    return sum(float(member.memory_info().rss) for member in family) / 2**20


def _closed_port() -> int:
    with socket.socket() as finder:
        finder.bind(("127.0.0.1", 0))
        port: int = finder.getsockname()[1]
        return port
