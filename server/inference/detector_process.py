"""A detector in a process of its own, for one that holds Python's lock while it computes.

dlib's Python module does: during its HOG detector, 100 ms for 512×512 pixels with one upsampling,
no other thread of the process runs. Edges take a server that is silent for 0.6 s for dead, so such
a detector must not share a process with the socket loop. What else the server computes in (OpenCV,
ONNX Runtime) lets other threads run.
"""

from __future__ import annotations

from collections.abc import Sequence
from multiprocessing.connection import Connection

from lookout.faces.detections import Detections, Image
from lookout.faces.engine import open_detector
from lookout.faces.errors import FacesError
from lookout.faces.protocols import Detector
from lookout.server.errors import ChildGone, DetectorFailed
from lookout.server.threads.child_process import ChildProcess

HOLD_THE_LOCK = frozenset({"hog"})
"""Names of the detectors that hold Python's lock."""

OPEN_TIMEOUT_S = 60.0
DETECT_TIMEOUT_S = 30.0

_Reply = list[Detections] | FacesError
_Child = ChildProcess[list[Image], _Reply]


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

    A child that dies or hangs fails one call with DetectorFailed and is replaced at the next.
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
            self._child.send(list(images_bgr))
            return _received(self._child, DETECT_TIMEOUT_S)
        except ChildGone as error:
            self.close()
            raise DetectorFailed(f"the detector failed: {error}") from error

    def close(self) -> None:
        """Ends the child now."""
        if self._child is not None:
            self._child.close()
            self._child = None

    def _open(self) -> _Child:
        child: _Child = ChildProcess("detector", _work, self._name, self._device)
        try:
            _received(child, OPEN_TIMEOUT_S)
        except ChildGone as error:
            child.close()
            raise DetectorFailed(f"the detector did not open: {error}") from error
        except FacesError:
            child.close()
            raise
        return child


def _received(child: _Child, timeout_s: float) -> list[Detections]:
    reply = child.receive(timeout_s)
    if isinstance(reply, FacesError):
        raise reply
    return reply


def _work(pipe: Connection[_Reply, list[Image]], name: str, device: str) -> None:
    """The child: opens the detector, says so with an empty list, then detects for ever."""
    try:
        detector = open_detector(name, device)
    except FacesError as error:
        pipe.send(error)
        return
    pipe.send([])
    while True:
        pipe.send(detector.detect(pipe.recv()))
