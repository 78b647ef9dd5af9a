"""A detector in a process of its own, for one that holds Python's lock while it computes.

dlib's Python module does: during its HOG detector, 100 ms for 512×512 pixels with one upsampling,
no other thread of the process runs. Edges take a server that is silent for 0.6 s for dead, so such
a detector must not share a process with the socket loop. What else the server computes in (OpenCV,
ONNX Runtime) lets other threads run.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from lookout.faces.detections import Detections, Image
from lookout.faces.engine import open_detector
from lookout.faces.errors import FacesError
from lookout.faces.protocols import Detector
from lookout.server.errors import DetectorFailed

HOLD_THE_LOCK = frozenset({"hog"})
"""Names of the detectors that hold Python's lock."""

OPEN_TIMEOUT_S = 60.0
DETECT_TIMEOUT_S = 30.0

_Child = tuple[BaseProcess, Connection]


def open_isolated_detector(name: str, device: str) -> Detector:
    """The detector called `name`, in this process or, where it holds Python's lock, in its own.

    Raises FacesError like `faces.engine.open_detector`.
    """
    detector = open_detector(name, device)
    if detector.name not in HOLD_THE_LOCK:
        return detector
    return SubprocessDetector(detector.name, device, detector.face_px)


class SubprocessDetector:
    """A `faces.protocols.Detector` whose work is done by a child process. One thread at a time.

    The child ends when it is closed or when this process ends, however it ends. A child that dies
    or hangs fails one call with DetectorFailed and is replaced at the next.
    """

    def __init__(self, name: str, device: str, face_px: int) -> None:
        self.face_px = face_px
        self._name = name
        self._device = device
        self._child: _Child | None = self._open()

    @property
    def name(self) -> str:
        return self._name

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        if self._child is None:
            self._child = self._open()
        try:
            self._child[1].send(list(images_bgr))
            found: list[Detections] = _receive(self._child[1], DETECT_TIMEOUT_S)
        except (OSError, EOFError) as error:
            self.close()
            raise DetectorFailed(f"the detector's process ended or hangs: {error!r}") from error
        return found

    def close(self) -> None:
        """End the child now."""
        if self._child is not None:
            process, connection = self._child
            self._child = None
            connection.close()
            process.kill()
            process.join(1.0)

    def _open(self) -> _Child:
        # a fresh interpreter, because a fork of a process with threads may inherit held locks
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_work, args=(theirs, self._name, self._device), name="detector", daemon=True
        )
        process.start()
        theirs.close()
        try:
            refused = _receive(ours, OPEN_TIMEOUT_S)
        except (OSError, EOFError) as error:
            process.kill()
            raise DetectorFailed("the detector's process ended while it opened") from error
        if isinstance(refused, FacesError):
            process.join(1.0)
            raise refused
        return process, ours


def _receive(connection: Connection, timeout_s: float) -> Any:
    if not connection.poll(timeout_s):
        raise TimeoutError(f"no answer within {timeout_s:g} s")
    return connection.recv()


def _work(connection: Connection, name: str, device: str) -> None:
    """The child: opens the detector, then answers until the other end of the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C is for the parent, which ends this
    try:
        detector = open_detector(name, device)
    except FacesError as error:
        connection.send(error)
        return
    connection.send(None)
    while True:
        try:
            connection.send(detector.detect(connection.recv()))
        except (EOFError, BrokenPipeError):
            return  # the parent has gone
