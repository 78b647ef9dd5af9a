"""Cameras that the server fetches itself, played by GStreamer's RTSP server, and what they cost."""

from __future__ import annotations

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import av
import psutil

from benchmarks.support.rtsp_peers import RtspPeer
from lookout.faces.decision.decide import Rule
from lookout.faces.detections import Image
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.tracking.motion import MotionGate, small_luma
from lookout.server.cameras.capture import Converter, StreamCapture
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.cameras.puller import Puller
from lookout.server.cameras.views import LiveViews
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.live.frame_job import Answer, Deliver, FrameJob, Outcome, Source
from lookout.server.live.pipeline import Pipeline
from lookout.server.live.scheduler import Scheduler
from lookout.server.storage.camera_records import CameraKind, CameraRecord, new_camera_id
from lookout.server.storage.sqlite.store import open_store

FPS = 10


def write_clip(path: Path, pictures: Sequence[Image], seconds: float) -> Path:
    """The pictures again and again as H.264, one key frame a second, as cameras send it; each in
    one slice, because GStreamer 1.22 loses others on their way from a file."""
    height, width = pictures[0].shape[:2]
    options = {"g": str(FPS), "bf": "0", "preset": "veryfast", "tune": "zerolatency"}
    options["x264-params"] = "sliced-threads=0"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = 800_000
        for picture in itertools.islice(itertools.cycle(pictures), round(FPS * seconds)):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "bgr24")))
        out.mux(stream.encode())
    return path


@dataclass(slots=True)
class Counted:
    """What became of the frames of all cameras: answers by camera with their latency in seconds,
    frames that newer ones replaced, faces, and milliseconds by stage."""

    answers: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    dropped: int = 0
    faces: int = 0
    stages_ms: dict[str, float] = field(default_factory=lambda: defaultdict(float))


class RtspSite:
    """The server's own puller, scheduler and pipeline, in this process."""

    def __init__(self, puller: Puller, directory: CameraDirectory, peer: RtspPeer) -> None:
        self.puller = puller
        self.counted = Counted()
        self._directory = directory
        self._peer = peer
        self._lock = threading.Lock()
        self._numbers = itertools.count()

    def add(self) -> CameraRecord:
        """One more camera."""
        number = next(self._numbers)
        url = f"rtsp://127.0.0.1:{self._peer.port}/camera{number}"
        name = f"camera {number}"
        camera = CameraRecord(new_camera_id(), name, CameraKind.RTSP, 1.0, address=url)
        return self._directory.add(camera)

    def take(self) -> Counted:
        """What was counted since the last time."""
        with self._lock:
            counted, self.counted = self.counted, Counted()
        return counted

    def rates(self) -> list[float]:
        """Frames a second that each camera sends and that are decoded."""
        found = (self.puller.status(camera) for camera in self._directory.all())
        return [status.fps or 0.0 for status in found if status is not None]

    def note(self, job: FrameJob, outcome: Outcome) -> None:
        """Counts an outcome. In the recognition thread."""
        if not isinstance(outcome, Answer):
            return
        with self._lock:
            if outcome.result.dropped:
                self.counted.dropped += 1
                return
            late_s = time.monotonic() - job.arrived_s
            self.counted.answers[job.source.camera].append(late_s)
            self.counted.faces += len(outcome.result.faces)
            for stage, ms in outcome.result.timings_ms.items():
                self.counted.stages_ms[stage] += ms


class _Noting:
    """The scheduler, with every outcome noted."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self.site: RtspSite | None = None

    def offer(self, job: FrameJob, deliver: Deliver) -> None:
        def noted(outcome: Outcome) -> None:
            if self.site is not None:
                self.site.note(job, outcome)
            deliver(outcome)

        self._scheduler.offer(job, noted)

    def forget(self, source: Source) -> None:
        self._scheduler.forget(source)


@contextmanager
def rtsp_site(folder: Path, clip: Path, detector: str, most: int) -> Iterator[RtspSite]:
    """A site without a camera yet, and an RTSP server with `most` of them that play the clip."""
    encoder = open_encoder()
    gallery = Gallery.empty(encoder.name, encoder.dimension)
    context = RecognitionContext(
        open_detector(detector), encoder, Rule.for_tolerance(encoder.tolerance), lambda: gallery
    )
    with ExitStack() as opened:
        store = opened.enter_context(open_store(folder / "data", {}))
        peer = opened.enter_context(RtspPeer(clip=clip, cameras=most))
        scheduler = Scheduler(Pipeline(context), on_failure=lambda: None)
        noting = _Noting(scheduler)
        directory = CameraDirectory(store.cameras)
        puller = Puller(directory, LiveViews(noting))
        site = noting.site = RtspSite(puller, directory, peer)
        scheduler.start()
        opened.callback(scheduler.close, 10.0)
        puller.start()
        opened.callback(puller.close, 10.0)
        yield site


def readers(process: psutil.Process) -> list[psutil.Process]:
    """The processes that read cameras for this one."""
    return [one for one in process.children() if "spawn_main" in " ".join(one.cmdline())]


@dataclass(frozen=True, slots=True)
class ReadingCost:
    """Milliseconds of the processor for each frame of a clip in the process that reads it."""

    decode_ms: float
    motion_ms: float
    convert_ms: float
    passed: float


def reading_cost(clip: Path) -> ReadingCost:
    """What a stream costs before recognition: decoding, the look for motion, and, of a frame that
    is searched, its conversion; and the share of frames that passed."""
    capture, converter, gate = (
        StreamCapture(CameraKind.FILE, str(clip)),
        Converter(1280),
        MotionGate(),
    )
    spent = {"decode": 0.0, "motion": 0.0, "convert": 0.0}
    frames = passed = 0
    try:
        for packet in itertools.islice(capture.packets(), 30 * FPS):
            began_s = time.thread_time()
            decoded = capture.decode(packet)
            spent["decode"] += time.thread_time() - began_s
            for frame in decoded:
                frames += 1
                began_s = time.thread_time()
                due = gate.passes(small_luma(converter.luma(frame)), frames / FPS)
                spent["motion"] += time.thread_time() - began_s
                if due:
                    passed += 1
                    began_s = time.thread_time()
                    converter.bgr(frame)
                    spent["convert"] += time.thread_time() - began_s
    finally:
        capture.close()
    of_all, of_passed = 1000 / max(1, frames), 1000 / max(1, passed)
    return ReadingCost(
        round(spent["decode"] * of_all, 2),
        round(spent["motion"] * of_all, 2),
        round(spent["convert"] * of_passed, 2),
        round(passed / max(1, frames), 2),
    )
